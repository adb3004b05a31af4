"""WSDLs of every style, written by hand, and the calls compiled from them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from lxml import etree

from guantong.record import Fields
from guantong_adapters.soap.calls.message import CompiledMessage, CompiledOperation, compile_operations
from guantong_adapters.soap.wsdl.documents import Documents
from guantong_adapters.soap.wsdl.read import read

SOAP = {"1.1": "http://schemas.xmlsoap.org/wsdl/soap/", "1.2": "http://schemas.xmlsoap.org/wsdl/soap12/"}
ENCODING = {"1.1": "http://schemas.xmlsoap.org/soap/encoding/", "1.2": "http://www.w3.org/2003/05/soap-encoding"}
Version = Literal["1.1", "1.2"]

CASE = """
<xs:simpleType name="Outcome"><xs:restriction base="xs:string">
  <xs:enumeration value="accepted"/><xs:enumeration value="refused"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Codes"><xs:list itemType="xs:int"/></xs:simpleType>
<xs:simpleType name="DayOrNever"><xs:union memberTypes="xs:date t:Never"/></xs:simpleType>
<xs:simpleType name="Never"><xs:restriction base="xs:string"><xs:enumeration value="never"/></xs:restriction></xs:simpleType>
<xs:complexType name="Person" abstract="true"><xs:sequence><xs:element name="name" type="xs:string"/></xs:sequence></xs:complexType>
<xs:complexType name="Citizen"><xs:complexContent><xs:extension base="t:Person"><xs:sequence>
  <xs:element name="idNo" type="xs:string" minOccurs="0"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
<xs:complexType name="Company"><xs:complexContent><xs:extension base="t:Person"><xs:sequence>
  <xs:element name="uscc" type="xs:string"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
<xs:complexType name="Material"><xs:sequence>
  <xs:element name="name" type="xs:string"/><xs:element name="body" type="xs:base64Binary" minOccurs="0" nillable="true"/>
  </xs:sequence><xs:attribute name="kind" type="xs:int" use="required"/><xs:attribute name="note" type="xs:string"/></xs:complexType>
<xs:complexType name="Fee"><xs:simpleContent><xs:extension base="xs:decimal">
  <xs:attribute name="unit" type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:complexType name="Step"><xs:sequence><xs:element name="code" type="xs:string"/>
  <xs:element name="then" type="t:Step" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="Case"><xs:sequence>
  <xs:element name="caseNo" type="xs:string"/>
  <xs:element name="acceptedAt" type="xs:dateTime" nillable="true"/>
  <xs:element name="outcome" type="t:Outcome" minOccurs="0"/>
  <xs:element name="applicant" type="t:Person" minOccurs="0"/>
  <xs:choice minOccurs="0"><xs:element name="window" type="xs:int"/>
    <xs:sequence><xs:element name="site" type="xs:string"/><xs:element name="agent" type="xs:string" minOccurs="0"/></xs:sequence></xs:choice>
  <xs:element name="material" type="t:Material" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element name="tag" type="xs:string" minOccurs="0" maxOccurs="3"/>
  <xs:element name="fee" type="t:Fee" minOccurs="0"/>
  <xs:element name="codes" type="t:Codes" minOccurs="0"/>
  <xs:element name="until" type="t:DayOrNever" minOccurs="0"/>
  <xs:element name="step" type="t:Step" minOccurs="0"/>
  <xs:element name="extra" minOccurs="0"><xs:complexType><xs:sequence>
    <xs:any processContents="lax" minOccurs="0" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
  </xs:sequence><xs:attribute name="version" type="xs:int"/></xs:complexType>
"""
FULL: Fields = {
    "@version": "3", "caseNo": "JD<2014>&001 䶮㙍𠮷", "acceptedAt": "2014-07-15T10:30:00+08:00", "outcome": "accepted",
    "applicant": {"name": "陈一", "idNo": "x", "@xsi:type": "Citizen"}, "site": "锡场镇", "agent": "王二",
    "material": [{"@kind": "1", "name": "申请表", "body": "5Y+M"}, {"@kind": "2", "@note": 'a "b"\n', "name": "", "body": None}],
    "tag": [{"": "急"}, {"": " spaces "}], "fee": "12.50", "fee@unit": "元", "codes": "1 2 3", "until": "never",
    "step": {"code": "1", "then": {"code": "2", "then": {"code": "3"}}}, "extra": {"anything": {"inside": "x", "@a": "1"}, "more": "y"},
}
"""A record of `CASE` with every kind of part it has."""


def wsdl(
    schema: str, request: str, reply: str, *, style: str = "document", use: str = "literal", version: Version = "1.1",
    faults: str = "", header: str = "", form: str = "qualified", operation: str = "Submit",
) -> str:
    """A WSDL with one operation. *request*, *reply* and *faults* are the `part` elements of their messages."""
    soap, encoding = SOAP[version], ENCODING[version]
    body = f'<soap:body use="{use}"' + (f' encodingStyle="{encoding}"' if use == "encoded" else "")
    body += ' namespace="urn:t"/>' if style == "rpc" else "/>"
    return f"""<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="{soap}" xmlns:t="urn:t"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:enc="{encoding}" targetNamespace="urn:t">
  <w:types><xs:schema targetNamespace="urn:t" elementFormDefault="{form}">{schema}</xs:schema></w:types>
  <w:message name="in">{request}</w:message><w:message name="out">{reply}</w:message>
  <w:message name="wrong">{faults}</w:message><w:message name="head">{header}</w:message>
  <w:portType name="P"><w:operation name="{operation}"><w:input message="t:in"/><w:output message="t:out"/>
    {'<w:fault name="wrong" message="t:wrong"/>' if faults else ""}</w:operation></w:portType>
  <w:binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="{style}"/>
    <w:operation name="{operation}"><soap:operation soapAction="urn:t/{operation}"/>
      <w:input>{body}{'<soap:header message="t:head" part="head" use="literal"/>' if header else ""}</w:input>
      <w:output>{body}</w:output>
      {'<w:fault name="wrong"><soap:fault name="wrong" use="literal"/></w:fault>' if faults else ""}</w:operation></w:binding>
  <w:service name="S"><w:port name="P" binding="t:B"><soap:address location="http://example.invalid/"/></w:port></w:service>
</w:definitions>"""


def compiled(text: str) -> CompiledOperation:
    """The only operation of a WSDL in one document."""
    description = read(Documents("file:///s.wsdl", {"file:///s.wsdl": text.encode()}))
    [operation] = compile_operations(description.services[0].ports[0], description.types).values()
    return operation


def there_and_back(message: CompiledMessage, fields: Fields) -> Fields:
    """The record read from what is written for it."""
    return message.read(body_of(message.write(fields)))


def body_of(content: str) -> etree._Element:
    """A SOAP body with *content*."""
    return etree.fromstring(f"<Body>{content}</Body>")


def saved(folder: Path, text: str, name: str = "service.wsdl") -> Path:
    """A WSDL as a file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def zeep_client(path: Path) -> Any:
    """A client that zeep makes of the WSDL at *path*; it can write and read messages without any network."""
    import zeep  # loads slowly, and few tests compare with it

    make: Any = zeep.Client
    return make(str(path))

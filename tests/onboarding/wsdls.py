"""WSDLs of counties, made up: handed over beside the answers."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

LUSHAN = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:lushan"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:lushan">
  <types><xs:schema targetNamespace="urn:lushan" elementFormDefault="qualified">
    <xs:simpleType name="Way"><xs:restriction base="xs:string"><xs:enumeration value="online"/><xs:enumeration value="counter"/></xs:restriction></xs:simpleType>
    <xs:simpleType name="No"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="40"/></xs:restriction></xs:simpleType>
    <xs:element name="newCaseRequest"><xs:complexType><xs:sequence>
      <xs:element name="caseNo" type="t:No"/><xs:element name="matterCode" type="xs:string"/>
      <xs:element name="applicantName" type="xs:string" minOccurs="0"/><xs:element name="way" type="t:Way" minOccurs="0"/>
      <xs:element name="appliedAt" type="xs:dateTime"/><xs:element name="appliedOn" type="xs:date" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="newCaseReply"><xs:complexType><xs:sequence>
      {reply}<xs:element name="message" type="xs:string" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="tellRequest"><xs:complexType><xs:sequence>
      <xs:element name="caseNo" type="t:No"/><xs:element name="acceptedAt" type="xs:dateTime"/>
      <xs:element name="outcome"><xs:simpleType><xs:restriction base="xs:string">
        <xs:enumeration value="accepted"/><xs:enumeration value="refused"/></xs:restriction></xs:simpleType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="tellReply"><xs:complexType><xs:sequence>{reply}</xs:sequence></xs:complexType></xs:element>
  </xs:schema></types>
  <message name="newIn"><part name="body" element="t:newCaseRequest"/></message>
  <message name="newOut"><part name="body" element="t:newCaseReply"/></message>
  <message name="tellIn"><part name="body" element="t:tellRequest"/></message>
  <message name="tellOut"><part name="body" element="t:tellReply"/></message>
  <portType name="Cases">
    <operation name="newCase"><documentation>申办</documentation><input message="t:newIn"/><output message="t:newOut"/></operation>
    <operation name="tellAcceptance"><input message="t:tellIn"/><output message="t:tellOut"/></operation>
  </portType>
  <binding name="CasesSoap" type="t:Cases"><soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
    <operation name="newCase"><soap:operation soapAction="urn:lushan/new"/><input><soap:body use="literal"/></input>
      <output><soap:body use="literal"/></output></operation>
    <operation name="tellAcceptance"><soap:operation soapAction="urn:lushan/tell"/><input><soap:body use="literal"/></input>
      <output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="Cases"><port name="Cases" binding="t:CasesSoap"><soap:address location="http://lushan.example.invalid/cases"/></port></service>
</definitions>
"""
"""Two operations; elements that are not named as the operations are; no header."""
NANXI = """<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:t="urn:nanxi"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:nanxi">
  <wsdl:types><xs:schema targetNamespace="urn:nanxi" elementFormDefault="qualified">
    <xs:complexType name="Result"><xs:sequence><xs:element name="Code" type="xs:int"/><xs:element name="Msg" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>
    <xs:element name="PushCase"><xs:complexType><xs:sequence>
      <xs:element name="CaseNo" type="xs:string"/><xs:element name="ApplyTime" type="xs:dateTime"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="PushCaseResponse"><xs:complexType><xs:sequence><xs:element name="PushCaseResult" type="t:Result"/></xs:sequence></xs:complexType></xs:element>
    <xs:element name="ReportIt"><xs:complexType><xs:sequence>
      <xs:element name="CaseNo" type="xs:string"/><xs:element name="AcceptTime" type="xs:dateTime"/><xs:element name="Outcome" type="xs:string"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="ReportItResponse"><xs:complexType><xs:sequence>{report}</xs:sequence></xs:complexType></xs:element>
  </xs:schema></wsdl:types>
  <wsdl:message name="pushIn"><wsdl:part name="parameters" element="t:PushCase"/></wsdl:message>
  <wsdl:message name="pushOut"><wsdl:part name="parameters" element="t:PushCaseResponse"/></wsdl:message>
  <wsdl:message name="reportIn"><wsdl:part name="parameters" element="t:ReportIt"/></wsdl:message>
  <wsdl:message name="reportOut"><wsdl:part name="parameters" element="t:ReportItResponse"/></wsdl:message>
  <wsdl:portType name="Soap">
    <wsdl:operation name="PushCase"><wsdl:input message="t:pushIn"/><wsdl:output message="t:pushOut"/></wsdl:operation>
    <wsdl:operation name="ReportIt"><wsdl:input message="t:reportIn"/><wsdl:output message="t:reportOut"/></wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="Soap" type="t:Soap"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="PushCase"><soap:operation soapAction="urn:nanxi/PushCase"/><wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>
    <wsdl:operation name="ReportIt"><soap:operation soapAction="urn:nanxi/ReportIt"/><wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="Case"><wsdl:port name="CaseSoap" binding="t:Soap"><soap:address location="http://nanxi.example.invalid/Case.asmx"/></wsdl:port></wsdl:service>
</wsdl:definitions>
"""
"""As .NET's ASMX writes it: each operation's reply in an element of its own name."""
RESULT = '<xs:element name="ReportItResult" type="t:Result"/>'
COUNTED = '<xs:element name="state" type="xs:int"/>'
TELLING = '<xs:element name="success" type="xs:boolean"/>'
LUSHAN_FIELDS = """events: {newCase: case.application, tellAcceptance: case.acceptance}
fields: {caseNo: serial.province, matterCode: item.code, appliedAt: applied_at, acceptedAt: accepted_at, way: channel}
"""
CASE_EXCHANGE_FIELDS = """events: {SubmitAcceptance: case.acceptance}
fields:
  record/ApplyNo: serial.province
  record/BizNo: serial.county
  record/ApplyTime: applied_at
  record/AcceptTime: accepted_at
  record/FinishTime: finished_at
  record/Result: outcome
reply: {success: {Receipt/Code: "0"}, duplicate: {Receipt/Code: "2"}}
"""


def lushan(folder: Path, reply: str = COUNTED) -> str:
    """Put the made-up WSDL there; its name."""
    (folder / "lushan.wsdl").write_text(LUSHAN.format(reply=reply), encoding="utf-8")
    return "lushan.wsdl"


def nanxi(folder: Path, report: str = RESULT) -> str:
    """Put ASMX's WSDL there; its name."""
    (folder / "Case.wsdl").write_text(NANXI.format(report=report), encoding="utf-8")
    return "Case.wsdl"


def case_exchange(folder: Path) -> str:
    """Put the shipped example of a county's WSDL there, with what it imports; its name."""
    shipped = Path(str(files("guantong_adapters.soap.simulators.caseexchange")))
    for name in ("CaseExchange.wsdl", "CaseTypes.xsd"):
        (folder / name).write_bytes((shipped / name).read_bytes())
    return "CaseExchange.wsdl"


def wsdl_answers(file: str, address: str = "http://approval.konggang.example.invalid/services/Cases", more: str = "") -> str:
    """The answers for a county whose WSDL is *file*."""
    return (f'county: konggang\nname: {{zh: 空港经济区, en: Konggang}}\nregion: "445298"\nprofile: county-soap-wsdl\n'
            f"address: {address}\nfrom: [{file}]\n{more}")

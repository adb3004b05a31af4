"""Schemas that the standards publish, answered here: old WSDLs import them by their public address."""

from __future__ import annotations

from importlib.resources import files

from guantong_adapters.soap.wsdl.model import ENCODING_11, ENCODING_12, XSD

_XML = "http://www.w3.org/XML/1998/namespace"
_KNOWN = frozenset({
    XSD, _XML, ENCODING_11, ENCODING_12,
    "http://schemas.xmlsoap.org/wsdl/", "http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/",
    "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope",
    "http://www.w3.org/2001/XMLSchema-instance",
})
_PLACES = frozenset({
    *(name.rstrip("/") for name in _KNOWN), "http://www.w3.org/2001/xml.xsd", "https://www.w3.org/2001/xml.xsd",
    "http://www.w3.org/2001/XMLSchema.xsd",
})
_ENCODING_12_SCHEMA = f"""<xs:schema xmlns:xs="{XSD}" xmlns:tns="{ENCODING_12}" targetNamespace="{ENCODING_12}">
  <xs:attribute name="itemType" type="xs:QName"/>
  <xs:attribute name="arraySize" type="xs:string"/>
  <xs:attribute name="nodeType" type="xs:string"/>
  <xs:attribute name="id" type="xs:ID"/>
  <xs:attribute name="ref" type="xs:IDREF"/>
  <xs:complexType name="Array">
    <xs:sequence><xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence>
    <xs:attribute ref="tns:itemType"/><xs:attribute ref="tns:arraySize"/>
    <xs:attribute ref="tns:nodeType"/><xs:attribute ref="tns:id"/>
  </xs:complexType>
</xs:schema>"""


def is_standard(namespace: str, location: str) -> bool:
    """Whether an import is of what is known here."""
    return namespace in _KNOWN or location.rstrip("/") in _PLACES


def encoding_schemas(text: str) -> list[str]:
    """The schemas of the SOAP encodings that are mentioned in *text*."""
    found = []
    if ENCODING_11 in text:
        found.append(files("xmlschema").joinpath("schemas/WSDL/soap-encoding.xsd").read_text("utf-8"))
    if ENCODING_12 in text:
        found.append(_ENCODING_12_SCHEMA)
    return found

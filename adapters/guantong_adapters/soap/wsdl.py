"""Checking the settings against a system's WSDL file, read by zeep. Nothing is fetched from any network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zeep.exceptions
from lxml import etree
from requests.exceptions import RequestException
from zeep.settings import Settings
from zeep.transports import Transport
from zeep.wsdl import Document

from guantong.problems import Code, Place, Problem, ProblemsError, nearest
from guantong_adapters.soap import codes
from guantong_adapters.soap.settings import SoapSettings

_ENCODING_SCHEMA = "http://schemas.xmlsoap.org/soap/encoding/"
_ENCODING = b"""<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="http://schemas.xmlsoap.org/soap/encoding/"
    targetNamespace="http://schemas.xmlsoap.org/soap/encoding/">
  <xs:attribute name="arrayType" type="xs:string"/>
  <xs:attribute name="offset" type="xs:string"/>
  <xs:complexType name="Array">
    <xs:sequence><xs:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence>
    <xs:attribute name="arrayType" type="xs:string"/>
  </xs:complexType>
  <xs:simpleType name="string"><xs:restriction base="xs:string"/></xs:simpleType>
  <xs:simpleType name="int"><xs:restriction base="xs:int"/></xs:simpleType>
</xs:schema>"""


class _Refused(Exception):
    """The WSDL wants something from a network."""


class _LocalFiles(Transport):
    """Gives zeep local files, and the one schema that old WSDLs import by its public address."""

    def load(self, url: str) -> bytes:
        if url.rstrip("/") == _ENCODING_SCHEMA.rstrip("/"):
            return _ENCODING
        if url.startswith(("http:", "https:")):
            raise _Refused(f"it imports {url}")
        load: Callable[[str], bytes] = super().load
        return load(url)


async def check_wsdl(settings: SoapSettings, path: Path) -> None:
    """Raise `ProblemsError` with every disagreement between *settings* and the WSDL at *path*."""
    problems = await asyncio.to_thread(_problems, settings, path)
    if problems:
        raise ProblemsError(problems)


def _problems(settings: SoapSettings, path: Path) -> list[Problem]:
    place = Place(path.as_posix())
    make_transport: Callable[[], Any] = _LocalFiles
    transport = make_transport()
    try:
        document: Any = Document(str(path), transport, settings=Settings(forbid_dtd=True, forbid_entities=True))
    except (OSError, _Refused, zeep.exceptions.Error, etree.LxmlError, RequestException) as error:
        what = str(error) or type(error).__name__
        return [Problem(codes.WSDL_UNREADABLE, place, details={"what": what})]
    finally:
        transport.session.close()
    operations = {
        name: operation for binding in document.bindings.values() for name, operation in binding.all().items()
    }
    wanted: list[tuple[str, tuple[str, ...]]] = []
    if settings.operation is not None:
        wanted.append((settings.operation, tuple(piece.name for piece in settings.arguments)))
    if settings.login is not None:
        wanted.append((settings.login.operation, tuple(each.name for each in settings.login.arguments)))
    return [
        problem
        for name, arguments in wanted
        for problem in _compare(settings, operations, name, arguments, place)
    ]


def _compare(
    settings: SoapSettings, operations: dict[str, Any], name: str, arguments: tuple[str, ...], place: Place
) -> list[Problem]:
    operation = operations.get(name)
    if operation is None:
        like = nearest(name, operations)
        known = ", ".join(sorted(operations)) or "-"
        details = {"operation": name, "known": known, "nearest": f" ({like}?)" if like else ""}
        return [Problem(codes.WSDL_NO_OPERATION, place, "operation", details)]
    found: list[Problem] = []

    def differ(code: Code, key: str, expected: str, given: str) -> None:
        if expected != given:
            details = {"operation": name, "expected": expected, "found": given}
            found.append(Problem(code, place, key, details))

    body = operation.input.body
    expected = tuple(element_name for element_name, _ in body.type.elements)
    differ(codes.WSDL_ARGUMENTS, "arguments", ", ".join(expected), ", ".join(arguments))
    differ(codes.WSDL_NAMESPACE, "namespace", body.qname.namespace or "", settings.namespace)
    return found

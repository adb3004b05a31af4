"""Calls by hand are held against the WSDL; zeep, a client we did not write, calls our door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import zeep
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree
from tests.adapters.soap_peer import COUNTY, HALL, RARE, Hub, context
from zeep.transports import AsyncTransport

from guantong.problems import ProblemsError
from guantong.record import Acceptance, Verdict
from guantong_adapters.soap.connection import open_soap

DOCUMENT_STYLE = """<?xml version="1.0" encoding="UTF-8"?>
<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:t="{namespace}" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{namespace}">
  <w:types><xs:schema targetNamespace="{namespace}" elementFormDefault="unqualified">{imported}
    <xs:element name="{operation}"><xs:complexType><xs:sequence>{arguments}</xs:sequence></xs:complexType></xs:element>
    <xs:element name="{operation}Response"><xs:complexType><xs:sequence>
      <xs:element name="return" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  </xs:schema></w:types>
  <w:message name="in"><w:part name="parameters" element="t:{operation}"/></w:message>
  <w:message name="out"><w:part name="parameters" element="t:{operation}Response"/></w:message>
  <w:portType name="P"><w:operation name="{operation}">
    <w:input message="t:in"/><w:output message="t:out"/></w:operation></w:portType>
  <w:binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <w:operation name="{operation}"><soap:operation soapAction="" style="document"/>
      <w:input><soap:body use="literal"/></w:input><w:output><soap:body use="literal"/></w:output></w:operation>
  </w:binding>
  <w:service name="S"><w:port name="Port" binding="t:B"><soap:address location="{address}"/></w:port></w:service>
</w:definitions>
"""
ENCODED = (
    '<xs:import namespace="http://schemas.xmlsoap.org/soap/encoding/"'
    ' schemaLocation="http://schemas.xmlsoap.org/soap/encoding/"/>'
)


def wsdl(
    folder: Path, namespace: str, operation: str, arguments: list[str],
    address: str = "http://example.invalid/", imported: str = "",
) -> Path:
    """Write a WSDL as Axis2 makes them for one operation with text arguments."""
    path = folder / "service.wsdl"
    elements = "".join(f'<xs:element name="{name}" type="xs:string"/>' for name in arguments)
    path.write_text(DOCUMENT_STYLE.format(
        namespace=namespace, operation=operation, arguments=elements, address=address, imported=imported,
    ), encoding="utf-8")
    return path


async def problems(path: Path, **more: Any) -> list[str]:
    """The lines of the problems found when the hall is opened with this WSDL."""
    try:
        connection = await open_soap(context(HALL, home=path.parent, url="http://x/", wsdl=path, **more))
    except ProblemsError as error:
        return [problem.line() for problem in error.problems]
    await connection.close()
    return []


async def test_settings_that_agree_with_the_wsdl_open(tmp_path: Path) -> None:
    """Also when it imports the SOAP-encoding schema by its public address: nothing is fetched."""
    arguments = ["arg0", "arg1", "arg2", "arg3"]
    assert await problems(wsdl(tmp_path, HALL["namespace"], "setDataXmlToFocus", arguments)) == []
    imports = wsdl(tmp_path, HALL["namespace"], "setDataXmlToFocus", arguments, imported=ENCODED)
    assert await problems(imports) == []


async def test_every_disagreement_is_said_with_what_to_write(tmp_path: Path) -> None:
    """Wrong arguments and namespace together; a misspelt operation with the nearest one."""
    path = wsdl(tmp_path, "http://example.invalid/other", "setDataXmlToFocus", ["arg0", "xml"])
    lines = await problems(path)
    assert [line[-7:] for line in lines] == ["[GT534]", "[GT535]"]
    assert "takes the arguments arg0, xml, not arg0, arg1, arg2, arg3" in lines[0]
    assert "write namespace: http://example.invalid/other" in lines[1]

    [line] = await problems(wsdl(tmp_path, HALL["namespace"], "setDataXmlToFocos", ["arg0"]))
    assert "(setDataXmlToFocos?) [GT533]" in line


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<a/>", b"not xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        DOCUMENT_STYLE.format(
            namespace=HALL["namespace"], operation="o", arguments="", address="",
            imported='<xs:import namespace="x" schemaLocation="/x.xsd"/>',
        ).encode(),
    ],
    ids=["empty", "other xml", "no xml", "doctype", "outside the home"],
)
async def test_a_wsdl_that_cannot_be_read_is_one_located_problem(tmp_path: Path, content: bytes) -> None:
    """Whatever is wrong with the file, opening says so and nothing else happens."""
    path = tmp_path / "service.wsdl"
    path.write_bytes(content)
    lines = await problems(path)
    [line] = lines
    assert line[-7:] in ("[GT646]", "[GT645]")
    assert line.startswith(path.as_posix())


async def test_a_missing_wsdl_is_a_located_problem(tmp_path: Path) -> None:
    """The path is in the message."""
    [line] = await problems(tmp_path / "nowhere.wsdl")
    assert line.endswith("[GT643]")
    assert "nowhere.wsdl: the WSDL cannot be fetched: No such file or directory" in line


@pytest.mark.parametrize("taken", [True, False])
async def test_a_zeep_client_calls_our_door(tmp_path: Path, taken: bool) -> None:
    """A client made from the county's WSDL alone is understood, and understands our answers and faults."""
    hub = Hub(Verdict(Acceptance.ROUTED if taken else Acceptance.REFUSED, 1, "", "no", "不行"))
    connection = await open_soap(context(COUNTY, hub, charset="utf-8"))
    door, *_ = connection.doors()
    app = web.Application()
    app.router.add_route(door.method, door.path, door.handle)
    document = f"<ROOT><SQRMC>{RARE} &amp; ]]&gt;</SQRMC></ROOT>"
    async with TestServer(app) as server:
        path = wsdl(tmp_path, COUNTY["namespace"], "invoke", ["xml"], str(server.make_url(door.path)))
        make_transport: Callable[..., Any] = AsyncTransport
        async with httpx.AsyncClient() as session:
            transport = make_transport(client=session)
            client = await asyncio.to_thread(zeep.AsyncClient, str(path), transport=transport)
            with client.settings(extra_http_headers={"X-Guantong-Key": "agreed-key"}):
                said = await client.service.invoke(xml=document)
                with pytest.raises(zeep.exceptions.Fault, match="GT527"):
                    await client.service.invoke(xml="")
            transport.wsdl_client.close()
    result = etree.fromstring(said)
    assert result.findtext("CODE") == ("1" if taken else "0")
    assert [(record.body.decode(), record.charset) for record in hub.records] == [(document, "utf-8")]

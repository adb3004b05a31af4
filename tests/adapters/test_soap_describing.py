"""A door that is told by hand hands out its WSDL: whoever makes a client of it is understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree
from tests.adapters.soap_peer import COUNTY, RARE, Hub, context
from tests.adapters.test_soap_door import DOCUMENT, KEY, TAKEN

from guantong.record import Outgoing
from guantong_adapters.soap.connection import open_soap
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.keeping import Keeper
from guantong_adapters.soap.wsdlcalls import WsdlCalls


def calls_by(text: bytes, folder: Path, version: str) -> WsdlCalls:
    """A client made of the WSDL."""
    file = folder / "door.wsdl"
    file.write_bytes(text)
    description = Keeper(file.as_uri(), folder).at_hand()
    assert description is not None
    settings = SoapSettings.model_validate({"url": "http://nobody.invalid/", "wsdl": "door.wsdl", "version": version})
    return WsdlCalls(settings, {}, description)


async def test_a_client_made_of_the_wsdl_is_taken_by_the_door(tmp_path: Path) -> None:
    """In both versions of SOAP; its address is the one it was asked by, and it is no fault to look at it without a key."""
    hub = Hub()
    connection = await open_soap(context(COUNTY, hub, 1 << 20))
    app = web.Application()
    for one in connection.doors():
        app.router.add_route(one.method, one.path, one.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url(connection.doors()[0].path))
        async with session.get(f"{url}?wsdl") as answer:
            text = await answer.read()
            assert (answer.status, answer.content_type) == (200, "text/xml")
        located = {one.get("location") for one in etree.fromstring(text).iter("{*}address")}
        assert located == {url}
        for version in ("1.1", "1.2"):
            body, call = calls_by(text, tmp_path, version).write(Sending(
                Outgoing(1, 1, "", "invoke", orjson.dumps({"xml": DOCUMENT.partition("?>")[2]}), {}, "GT1", 1.0), "", 0.0))
            async with session.post(url, data=body, headers={**call.http, **KEY}) as answer:
                said: Any = etree.fromstring((await answer.text()).partition("?>")[2])
                assert said[0][0][0].text == TAKEN
        async with session.get(url) as answer:
            assert answer.status == 404
    await connection.close()
    assert [RARE in record.body.decode(record.charset or "utf-8") for record in hub.records] == [True, True]


async def test_an_operation_in_no_namespace_has_no_wsdl() -> None:
    """A WSDL has a target namespace; the specification of the interface says what there is."""
    connection = await open_soap(context({**COUNTY, "namespace": ""}, Hub(), 1 << 20))
    assert [one.method for one in connection.doors()] == ["POST"]
    await connection.close()

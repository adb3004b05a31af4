"""SOAP keeps the promises of every adapter that sends over HTTP, with and without a login."""

from __future__ import annotations

from tests.adapters.soap_peer import COUNTY, HALL, context, envelope, outgoing

from guantong.record import Outgoing
from guantong.testing import AdapterContract
from guantong_adapters.soap.connection import SoapConnection, open_soap


class TestSoap(AdapterContract):
    """The hall's four strings."""

    content_type = "text/xml; charset=utf-8"

    async def open(self, url: str) -> SoapConnection:
        return await open_soap(context(HALL, url=f"{url}/services/DataExchange"))

    def answer(self) -> bytes:
        return envelope("<r><return>编码：0；描述：接收成功</return></r>").encode()

    def outgoing(self, seconds: float = 10.0) -> Outgoing:
        return outgoing(b"<ExInfo/>", timeout=seconds)


class TestSoapInGb18030(TestSoap):
    """A county's invoke in GB 18030."""

    content_type = "text/xml; charset=gb18030"

    async def open(self, url: str) -> SoapConnection:
        return await open_soap(context(COUNTY, url=f"{url}/services/Approval"))

    def answer(self) -> bytes:
        return envelope("<r><return>&lt;RESULT&gt;&lt;CODE&gt;1&lt;/CODE&gt;&lt;/RESULT&gt;</return></r>").encode("gb18030")

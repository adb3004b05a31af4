"""How a SOAP sending ends, and how a token is got, kept and renewed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import respx
from aiohttp import web
from tests.adapters.soap_peer import (
    COUNTY,
    HALL,
    RARE,
    SUPERVISION,
    Scripted,
    context,
    envelope,
    outgoing,
    soap,
)

from guantong.adapter import Renews, Sends, Serves
from guantong.record import NotSent, Reply, Unsure
from guantong_adapters.soap.connection import SoapConnection, open_soap

ANSWERED = "<r><return>&lt;result&gt;&lt;code&gt;0&lt;/code&gt;&lt;/result&gt;</return></r>"


@asynccontextmanager
async def opened(known: dict[str, Any], **more: Any) -> AsyncIterator[SoapConnection]:
    connection = await open_soap(context(known, **more))
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_call_names_its_version_charset_and_action() -> None:
    """SOAP 1.1 quotes the action, empty or not; 1.2 puts it into the content type; own headers stay."""
    peer = Scripted(lambda *_: soap("<r/>"))
    async with peer.url() as url:
        for more in ({}, {"soap_action": "urn:x"}, {"version": "1.2", "soap_action": "urn:x"}):
            async with opened(COUNTY, url=url, **more) as connection:
                await connection.send(outgoing(b"<ROOT/>"))
    said = [(headers.get("SOAPAction"), headers["Content-Type"]) for headers, _ in peer.seen]
    assert said == [
        ('""', "text/xml; charset=GB18030"), ('"urn:x"', "text/xml; charset=GB18030"),
        (None, 'application/soap+xml; charset=GB18030; action="urn:x"'),
    ]
    assert {headers["X-Guantong-Key"] for headers, _ in peer.seen} == {"agreed-key"}


async def test_the_reply_is_the_text_inside_the_answer() -> None:
    """Freed from SOAP, in the charset of the system's records, with the status beside it."""
    peer = Scripted(lambda *_: soap(f"<r><return>{RARE}</return></r>", "gb18030"))
    async with peer.url() as url, opened(COUNTY, url=url) as connection:
        end = await connection.send(outgoing(b"<ROOT/>"))
    assert isinstance(end, Reply)
    assert (end.body, end.meta["status"], end.meta["charset"]) == (RARE.encode("gb18030"), "200", "gb18030")


async def test_a_fault_and_an_error_page_are_replies() -> None:
    """The adapter judges neither."""
    peer = Scripted(lambda number, _: [
        soap("<x:Fault xmlns:x='y'><faultcode>x:Server</faultcode><faultstring>忙</faultstring></x:Fault>", status=500),
        web.Response(status=502, text="<html><body>Bad Gateway"),
    ][number])
    async with peer.url() as url, opened(HALL, url=url) as connection:
        fault = await connection.send(outgoing(b"<a/>"))
        page = await connection.send(outgoing(b"<a/>"))
    assert isinstance(fault, Reply)
    assert isinstance(page, Reply)
    assert (fault.body.decode(), fault.meta["fault"], fault.meta["status"]) == ("忙", "Server", "500")
    assert (page.meta["status"], page.meta["soap"]) == ("502", "no")


async def test_nobody_listening_is_not_sent_and_silence_is_unsure() -> None:
    """The two ends without a reply are told apart."""
    released = asyncio.Event()

    class Silent(Scripted):
        async def _handle(self, request: web.Request) -> web.StreamResponse:
            await released.wait()
            return await super()._handle(request)

    async with Silent(lambda *_: soap("<r/>")).url() as url:
        async with opened(HALL, url=url) as connection:
            assert isinstance(await connection.send(outgoing(b"<a/>", timeout=0.3)), Unsure)
        released.set()
    async with opened(HALL, url=url) as connection:
        assert isinstance(await connection.send(outgoing(b"<a/>")), NotSent)


async def test_capabilities_follow_the_contract() -> None:
    """A connection sends, renews and serves; without `receive` there is no door."""
    async with opened(HALL, url="http://127.0.0.1:9/") as connection:
        assert isinstance(connection, Sends)
        assert isinstance(connection, Renews)
        assert isinstance(connection, Serves)
        assert connection.doors() == ()


class Platform(Scripted):
    """Gives a new token at each login and honours only the newest, for `uses` calls."""

    def __init__(self, uses: int) -> None:
        super().__init__(self._answer)
        self.uses, self.left, self.logins, self.taken = uses, 0, 0, 0

    def _answer(self, _: int, body: bytes) -> web.StreamResponse:
        if b"serverHander" in body:
            self.logins += 1
            self.left = self.uses
            token = f"&lt;loginKey&gt;T{self.logins}&lt;/loginKey&gt;"
            return soap(f"<r><return>&lt;result&gt;{token}&lt;/result&gt;</return></r>")
        if self.left == 0 or f"&lt;loginKey&gt;T{self.logins}&lt;/loginKey&gt;".encode() not in body:
            return soap("<r><return>expired</return></r>")
        self.left -= 1
        self.taken += 1
        return soap(ANSWERED)


async def _until_taken(connection: SoapConnection) -> None:
    """What the core does: renew when told so, then send again."""
    for _ in range(10):
        end = await connection.send(outgoing(b"<field_1/>"))
        assert isinstance(end, Reply)
        if end.body != b"expired":
            return
        await connection.renew()
    raise AssertionError("never taken")


async def test_one_login_serves_many_calls_also_at_once() -> None:
    """The first sending logs in, those beside it wait for that login, later ones use its token."""
    platform = Platform(uses=100)
    async with platform.url() as url, opened(SUPERVISION, url=url) as connection:
        await asyncio.gather(*(_until_taken(connection) for _ in range(20)))
        await _until_taken(connection)
    assert (platform.logins, platform.taken) == (1, 21)


async def test_a_spent_token_is_renewed_once_for_all_who_notice() -> None:
    """Many sendings learn of the expiry at once: their renewals do not chase each other's tokens away."""
    platform = Platform(uses=10)
    async with platform.url() as url, opened(SUPERVISION, url=url) as connection:
        for _ in range(5):
            await asyncio.gather(*(_until_taken(connection) for _ in range(8)))
    assert platform.taken == 40
    assert platform.logins <= 8


URL = "http://supervision.example.invalid/services/Server"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.ConnectError("refused"), "no answer (ConnectError)"),
        (httpx.ReadTimeout("slow"), "no answer (ReadTimeout)"),
        (httpx.Response(502, text="<html>Bad Gateway</html>"), "not SOAP (HTTP status 502)"),
        (httpx.Response(200, text="<x>" * 400_000), "longer than 1048576 bytes"),
        (
            httpx.Response(200, text=envelope("<r><return>&lt;result/&gt;</return></r>")),
            "refused: no 'loginKey' in the answer",
        ),
        (
            httpx.Response(500, text=envelope("<Fault><faultcode>x</faultcode></Fault>")),
            "answered with a fault",
        ),
    ],
    ids=["refused", "slow", "error page", "too long", "wrong password", "fault"],
)
async def test_a_login_that_fails_means_the_record_was_not_sent(
    respx_mock: respx.MockRouter, answer: httpx.Response | Exception, said: str
) -> None:
    """No record leaves without a token; the reason says what happened and quotes no secret."""
    if isinstance(answer, Exception):
        respx_mock.post(URL).mock(side_effect=answer)
    else:
        respx_mock.post(URL).mock(return_value=answer)
    async with opened(SUPERVISION, url=URL) as connection:
        end = await connection.send(outgoing(b"<field_1/>"))
    assert isinstance(end, NotSent)
    assert said in end.reason
    assert "p<&w" not in end.reason


async def test_the_login_call_carries_the_credentials(respx_mock: respx.MockRouter) -> None:
    """One call of the login operation, in the settings' charset and version."""
    login = respx_mock.post(URL).mock(side_effect=httpx.ConnectError("enough seen"))
    async with opened(SUPERVISION, url=URL) as connection:
        await connection.send(outgoing(b"<field_1/>"))
    sent = login.calls.last.request
    assert sent.headers["content-type"] == "text/xml; charset=UTF-8"
    assert b"serverHander" in sent.content
    assert b"&lt;password&gt;p&amp;lt;&amp;amp;w&lt;/password&gt;" in sent.content

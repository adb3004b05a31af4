"""SOAP over https: whom we trust, what we show of us, and plain words for certificates that do not hold."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from pydantic import ValidationError
from tests.adapters.pki import pair
from tests.adapters.soap_peer import SUPERVISION, context, outgoing, secrets, settings, soap
from tests.adapters.test_soap_keeping import SIMPLE

from guantong.adapter import ProbeStep
from guantong.problems import ProblemsError
from guantong.readiness.network import reached
from guantong.record import NotSent, Reply, Unsure
from guantong_adapters.http.tokens import LoginFailed
from guantong_adapters.soap.connection import open_soap
from guantong_adapters.soap.keeping import keeper_in
from guantong_adapters.soap.login import SoapLogin
from guantong_adapters.soap.plugin import register_adapters
from guantong_adapters.soap.request import compile_login

AUTHORITY = "Private CA"
WITHOUT_LOGIN: dict[str, Any] = {
    "namespace": "urn:x", "operation": "invoke", "arguments": [{"name": "xml", "value": "body"}],
}
HIDDEN = pair("hidden").key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"invented")).decode()
CAUSES = {-2: ("certificate has expired", "证书已过期"), 9: ("unable to get local issuer certificate", "证书的颁发机构不受信任")}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """The settings that trust the county's own authority and show our certificate."""
    ours = pair("guantong", AUTHORITY)
    texts = {"tls_ca": pair(AUTHORITY, authority=True).pem, "tls_certificate": ours.pem, "tls_key": ours.key_pem}
    for name, text in texts.items():
        (tmp_path / f"{name}.pem").write_text(text)
    return {name: str(tmp_path / f"{name}.pem") for name in texts}


def server_side(folder: Path, ends: int, *, demands: bool) -> ssl.SSLContext:
    """What a county's server shows, and whether it demands that we show something, too."""
    its = pair("county", AUTHORITY, begins=-30, ends=ends, address="127.0.0.1")
    (folder / "county.pem").write_text(its.key_pem + its.pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(folder / "county.pem")
    if demands:
        tls.load_verify_locations(cadata=pair(AUTHORITY, authority=True).pem)
        tls.verify_mode = ssl.CERT_REQUIRED
    return tls


@asynccontextmanager
async def county(folder: Path, *, ends: int = 9, demands: bool = False) -> AsyncIterator[tuple[str, list[str]]]:
    """A county with a certificate of its own authority, until in *ends* days; gives its address and what it was asked.
    With *demands*, who shows no certificate of that authority is cut off."""
    asked: list[str] = []

    async def wsdl(_request: web.Request) -> web.Response:
        asked.append("wsdl")
        return web.Response(body=SIMPLE.encode(), content_type="text/xml")

    async def call(request: web.Request) -> web.Response:
        login = b"serverHander" in await request.read()
        asked.append("login" if login else "call")
        return soap("<r><return>&lt;r>&lt;loginKey>T1&lt;/loginKey>&lt;/r></return></r>" if login else "<r><return>ok</return></r>")

    app = web.Application()
    app.router.add_get("/", wsdl)
    app.router.add_post("/", call)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=server_side(folder, ends, demands=demands))
    try:
        yield str(server.make_url("/")), asked
    finally:
        await server.close()


async def tried(more: dict[str, Any]) -> list[ProbeStep]:
    """The way to the county, as `county ready` probes it."""
    [spec] = register_adapters()
    ends = dict.fromkeys(spec.reach(settings(WITHOUT_LOGIN, **more)))
    [end] = ends  # the interface and its WSDL are one place
    return await reached(end)


@pytest.mark.parametrize("demands", [False, True])
async def test_call_login_wsdl_and_probe_trust_the_countys_authority_and_show_our_certificate(
    tmp_path: Path, files: dict[str, Any], demands: bool
) -> None:
    """All four, whether a certificate of ours is demanded or not."""
    trusted = files if demands else {"tls_ca": files["tls_ca"]}
    async with county(tmp_path, demands=demands) as (url, asked):
        connection = await open_soap(context(SUPERVISION, url=url, **trusted))
        end = await connection.send(outgoing(b"<field_1/>"))
        await connection.close()
        keeper = keeper_in(tmp_path, settings(WITHOUT_LOGIN, url=url, wsdl=f"{url}?wsdl", **trusted))
        assert keeper is not None
        assert (await keeper.description()).services
        assert await keeper.changes() == []
        steps = await tried({"url": url, "wsdl": f"{url}?wsdl", **trusted})
    assert isinstance(end, Reply)
    assert asked == ["login", "call", "wsdl", "wsdl"]
    assert [(step.step, step.category) for step in steps] == [("connect", ""), ("tls", "")]


@pytest.mark.parametrize("ends", CAUSES)
async def test_a_certificate_that_does_not_hold_is_told_plainly_wherever_it_is_met(
    tmp_path: Path, files: dict[str, Any], ends: int
) -> None:
    """Expired, or of an authority that nobody named: the county is not asked anything."""
    trusted: dict[str, Any] = {"tls_ca": files["tls_ca"]} if ends < 0 else {}
    async with county(tmp_path, ends=ends) as (url, asked):
        connection = await open_soap(context(WITHOUT_LOGIN, url=url, **trusted))
        assert await connection.send(outgoing(b"<a/>")) == NotSent(
            f"no trusted connection ({CAUSES[ends][0]})", f"无法建立受信任的连接（{CAUSES[ends][1]}）")
        await connection.close()
        known = settings(SUPERVISION, url=url, wsdl=f"{url}?wsdl", **trusted)
        assert known.login is not None
        call = compile_login(known, secrets())
        with pytest.raises(LoginFailed) as failed:
            await SoapLogin(known, known.login, call, {}).log_in()
        keeper = keeper_in(tmp_path, known)
        assert keeper is not None
        with pytest.raises(ProblemsError) as refused:
            await keeper.description()
        steps = await tried({"url": url, **trusted})
    assert str(failed.value) == f"the login got no answer ({CAUSES[ends][0]})"
    [problem] = refused.value.problems
    assert problem.details["what"] == CAUSES[ends][0]
    assert problem.details["what_zh"] == ("证书已过期" if ends < 0 else "证书的颁发机构不受信任")
    assert steps[-1].category == ("expired" if ends < 0 else "untrusted")
    assert asked == []


def demanding(listening: socket.socket, folder: Path) -> None:
    """Take one connection as OpenSSL's servers do: who shows no certificate is told so before the line is cut."""
    tls = server_side(folder, 9, demands=True)
    taken, _ = listening.accept()
    with taken:
        with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
            tls.wrap_socket(taken.dup(), server_side=True)
        taken.shutdown(socket.SHUT_WR)
        while taken.recv(4096):
            pass  # what is left unread would have the system cut the line before the alert is heard


async def test_without_the_certificate_that_is_demanded_the_call_says_what_is_missing(
    tmp_path: Path, files: dict[str, Any]
) -> None:
    """With TLS 1.3 it shows only once the call is under way."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/"
        serving = asyncio.create_task(asyncio.to_thread(demanding, listening, tmp_path))
        connection = await open_soap(context(WITHOUT_LOGIN, url=url, tls_ca=files["tls_ca"]))
        end = await connection.send(outgoing(b"<a/>"))
        await connection.close()
        await serving
    assert end == Unsure(
        "the connection broke before the answer was complete (they want a certificate of ours)",
        "应答完成前连接中断（对方要求出示我方证书）")


def spoil(file: Path, text: str | None) -> None:
    """Have *text* stand in it, or nothing be there."""
    file.unlink() if text is None else file.write_text(text)


@pytest.mark.parametrize(("key", "text", "what"), [
    ("tls_ca", None, "No such file or directory"),
    ("tls_ca", "x", "there is nothing in it in the form of PEM that is wanted"),
    ("tls_certificate", None, "No such file or directory"),
    ("tls_certificate", "x", "there is nothing in it in the form of PEM that is wanted"),
    ("tls_key", None, "No such file or directory"),
    ("tls_key", pair("stranger").key_pem, "it is the key of another certificate"),
    ("tls_key", HIDDEN, "it can only be read with a password"),
])
async def test_a_file_that_cannot_be_used_is_told_with_its_setting(
    tmp_path: Path, files: dict[str, Any], key: str, text: str | None, what: str
) -> None:
    """When the system is opened, and as a step of the probe."""
    spoil(Path(files[key]), text)
    said = (f"settings.{key}: the file {files[key]} of `{key}:` cannot be used: {what}; give the path, from the home folder, of a PEM file"
            " that the hub's user may read [GT657]")
    with pytest.raises(ProblemsError) as refused:
        await open_soap(context(WITHOUT_LOGIN, url="https://127.0.0.1:9/", **files))
    async with county(tmp_path) as (url, _):
        step = (await tried({"url": url, **files}))[-1]
    assert [one.line() for one in refused.value.problems] == [said]
    assert (step.step, step.category) == ("tls", "settings")
    assert step.problem is not None
    assert step.problem.line() == said


def test_a_certificate_and_its_key_belong_together() -> None:
    with pytest.raises(ValidationError, match="`tls_certificate:` and `tls_key:` belong together"):
        settings(WITHOUT_LOGIN, url="https://x/", tls_key="key.pem")

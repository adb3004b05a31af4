"""Doors that speak TLS themselves: whose certificates are taken, how each one that is not is told, and that nothing else opens a door."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from cryptography.hazmat.primitives import hashes
from structlog.testing import capture_logs
from tests.adapters.hubtargets import BehindFolder
from tests.adapters.pki import Pair, pair
from tests.adapters.test_transport_hub import HALL, home_at, step
from tests.operations.test_reload import lines_of_the_hub

from guantong.config import Loaded, load
from guantong.hub import Hub, running
from guantong.plugins import registry

CA, OTHER_CA = "county-ca", "another-ca"
PATH = f"/in/{HALL}/events"
TOKEN = {"Authorization": "Bearer invented", "Content-Type": "application/json"}


def fingerprint(one: Pair) -> str:
    return f"sha256:{one.certificate.fingerprint(hashes.SHA256()).hex()}"


def hall() -> Pair:
    return pair("hall", CA)


def home(folder: Path, certificates: Any = None, **tls: Any) -> Path:
    """A home whose doors speak TLS, and whose hall shows one of *certificates*."""
    made = home_at(folder, BehindFolder(folder / "drop"), 0)
    server = pair("127.0.0.1", address="127.0.0.1")
    for name, text in {"server.pem": server.pem, "server.key": server.key_pem, "clients.pem": pair(CA, authority=True).pem}.items():
        (made / name).write_text(text)
    keys = {"certificate": "server.pem", "key": "server.key", "clients": "clients.pem", **tls}
    config = {"hub": {"name": "试验", "listen": "127.0.0.1:0", "tls": {name: value for name, value in keys.items() if value is not None}},
              "log": {"level": "error"}}
    (made / "config/guantong.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    city = yaml.safe_load((made / "config/city.yaml").read_text("utf-8"))
    city["systems"]["hall"]["settings"]["receive"]["kind"] = "EX_GDBS_SPCL"
    if certificates is not None:
        city["systems"]["hall"]["client_certificates"] = certificates
    (made / "config/city.yaml").write_text(yaml.safe_dump(city, allow_unicode=True, sort_keys=False), "utf-8")
    return made


def loaded(folder: Path) -> Loaded:
    return load(folder, registry(), {"HALL_TOKEN": "invented"})


@asynccontextmanager
async def hub_at(folder: Path) -> AsyncIterator[Hub]:
    found = loaded(folder)
    assert found.configuration is not None, [one.line() for one in found.problems]
    async with running(found.configuration, registry()) as hub:
        yield hub


def showing(folder: Path, client: Pair | None) -> ssl.SSLContext:
    """A caller that trusts the hub, and shows *client*."""
    context = ssl.create_default_context(cadata=(folder / "server.pem").read_text())
    if client is not None:
        (folder / "client.pem").write_text(client.pem + client.key_pem)
        context.load_cert_chain(folder / "client.pem")
    return context


async def told(hub: Hub, folder: Path, client: Pair | None, number: int = 1) -> tuple[int, str]:
    """The status and the code that a caller hears; (0, "") where the connection did not come about."""
    url = f"https://127.0.0.1:{hub.port}{PATH}"
    try:
        async with aiohttp.ClientSession() as session, session.post(
                url, data=step(1, number).body, headers=TOKEN, ssl=showing(folder, client)) as answer:
            body = await answer.json(content_type=None)
            return answer.status, str(body.get("code", "")) if isinstance(body, dict) else ""
    except (aiohttp.ClientError, OSError):
        return 0, ""


@pytest.mark.parametrize("agreed", ["print", "print as openssl has it", "name"])
async def test_a_caller_is_known_by_its_certificate_beside_its_other_proof(tmp_path: Path, agreed: str) -> None:
    """By fingerprint, in either form, or by common name; another of the same authority, or none, opens nothing."""
    value = fingerprint(hall())
    written = {"print": value, "print as openssl has it": "SHA256:" + ":".join(value[7:][at:at + 2].upper() for at in range(0, 64, 2)), "name": "CN=hall"}
    folder = home(tmp_path, written[agreed])
    async with hub_at(folder) as hub:
        assert (await told(hub, folder, hall()))[0] == 200
        assert await told(hub, folder, pair("another", CA)) == (403, "GT586")
        assert await told(hub, folder, None) == (403, "GT585")
        assert hub.engine.reader.message(1) is not None
        assert hub.engine.reader.message(2) is None
        async with aiohttp.ClientSession() as session, session.post(f"https://127.0.0.1:{hub.port}{PATH}", data=b"{}", ssl=showing(folder, hall())) as answer:
            assert answer.status == 401  # without the other proof
        async with aiohttp.ClientSession() as session, session.get(f"https://127.0.0.1:{hub.port}/healthz", ssl=showing(folder, None)) as answer:
            assert (answer.status, await answer.text()) == (200, "ok")


@pytest.mark.parametrize(("client", "what", "what_zh"), [
    (("hall", CA, -2), "certificate has expired", "证书已过期"),
    (("hall", OTHER_CA, 36500), "unable to get local issuer certificate", "证书的颁发机构不受信任"),
    (("hall", "", 36500), "self-signed certificate", "对方证书为自签名证书"),
])
async def test_an_expired_or_foreign_certificate_ends_the_connection_with_a_plain_line(
        tmp_path: Path, client: tuple[str, str, int], what: str, what_zh: str) -> None:
    """Nothing is read of whoever shows it; the log says why, once, and the refusals are counted."""
    folder = home(tmp_path, "CN=hall")
    name, issuer, ends = client
    with capture_logs() as logs:
        async with hub_at(folder) as hub:
            for _ in range(3):
                assert await told(hub, folder, pair(name, issuer, begins=-10, ends=ends)) == (0, "")
            assert (await told(hub, folder, hall()))[0] == 200
            assert hub.engine.reader.message(2) is None
    said = [(log["code"], log["what"], log["what_zh"]) for log in logs if log["event"] == "tls.refused"]
    assert said == [("GT587", what, what_zh)]
    assert "GT587" in [detail["code"] for what, _, detail in lines_of_the_hub(folder) if what == "refused"]


async def test_where_every_caller_must_show_one_nobody_else_gets_a_word(tmp_path: Path) -> None:
    """`required: yes`: no page at all, and plain HTTP neither."""
    folder = home(tmp_path, required=True)
    async with hub_at(folder) as hub:
        assert await told(hub, folder, None) == (0, "")
        assert (await told(hub, folder, pair("another", CA)))[0] == 200
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            assert b"200" not in await reader.read()
        writer.close()


@pytest.mark.parametrize(("change", "said"), [
    ({"key": "gone.key"}, "hub.tls.key: {home}/gone.key cannot be used: No such file or directory; name a readable file of PEM; the key without a password [GT588]"),
    ({"certificate": "server.key"}, "hub.tls.certificate: {home}/server.key cannot be used: there is nothing in it in the form of PEM that is wanted; name a readable file of PEM; the key without a password [GT588]"),
    ({"clients": None}, "`client_certificates:` needs `hub: {{tls: {{clients: …}}}}`; name the authorities that issue these certificates there [GT589]"),
    ({"clients": None, "required": True}, "`required:` needs `clients:`, the authorities that are trusted"),
])
def test_what_cannot_work_is_told_by_check_at_its_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    """A file that is not there or is no PEM, and certificates that nobody could verify."""
    folder = home(tmp_path, "CN=hall", **change)
    lines = [one.line() for one in loaded(folder).problems if one.code.severity == "error"]
    assert [said.format(home=folder) in line and line.startswith("config/") for line in lines] == [True]


def test_a_certificate_is_written_by_fingerprint_or_name(tmp_path: Path) -> None:
    """Anything else is told at its line."""
    folder = home(tmp_path, ["hall", "sha256:12"])
    lines = [one.line() for one in loaded(folder).problems if one.code.severity == "error"]
    assert len(lines) == 2
    assert all("expected sha256:… (64 digits of the certificate's fingerprint) or CN=… (its common name)" in line for line in lines)


def test_doors_that_speak_tls_may_be_reached_by_others_without_a_warning(tmp_path: Path) -> None:
    """And their address is an https one."""
    folder = home(tmp_path)
    config = (folder / "config/guantong.yaml").read_text("utf-8").replace("127.0.0.1:0", "0.0.0.0:8443")
    (folder / "config/guantong.yaml").write_text(config, "utf-8")
    found = loaded(folder)
    assert "GT156" not in [one.code.id for one in found.problems]
    assert found.configuration is not None
    assert replace(found.configuration.hub, listen_host="hub.example").address == "https://hub.example:8443"

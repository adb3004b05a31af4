"""File drop, opening: every mistake named where it is, host keys pinned, certificates checked, no secret shown."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import ValidationError
from structlog.testing import capture_logs
from tests.adapters.filepeers import Peer, context, faulty_sftp, ftp, name_of, opened, outgoing

from guantong.adapter import Polls, Probes, Queries, Receipts, Sends
from guantong.plugins import build_registry
from guantong.problems import ProblemsError
from guantong.record import NotSent, Reply
from guantong.secret import Secret
from guantong_adapters.files.adapter import open_files
from guantong_adapters.files.ftp import _Client
from guantong_adapters.files.settings import FilesSettings

LOCAL = {"place": {"local": {"folder": "drop"}}}
KEY = "SHA256:" + "A" * 43


def problems_of(given: dict[str, Any]) -> list[tuple[tuple[Any, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        FilesSettings.model_validate({**LOCAL, **given})
    return [(each["loc"], each["msg"]) for each in caught.value.errors(include_input=False)]


def test_settings_that_would_lose_or_mix_up_files_are_refused() -> None:
    """Each at its key, with what to write instead."""
    sent = {"folder": "in", "name": "{kind}_{key}.xml"}
    assert problems_of({"send": {"A": {"folder": "in", "name": "{SBLSH}.xml"}}})[0] == (
        ("send", "A"),
        ("`name:` needs {key}, or one delivery replaces another; or vouch for its fields with "
         "`fields_tell_apart: yes`"),
    )
    assert problems_of({"send": {"A": {**sent, "marker": "{name}.ok", "receipt": {
        "folder": "in", "confirmed": ["{name}.ok"],
    }}}}) == [(("send", "A"), "our own `marker:` would be read as the receipt")]
    assert problems_of({"send": {"A": sent}, "poll": [{"folder": "in"}]}) == [
        ((), "a folder is both read and written: we would read our own files"),
    ]
    assert problems_of({"poll": [{"folder": "error"}]}) == [
        ((), "a folder that is read is also `archive:` or `error:`"),
    ]
    assert problems_of({"send": {"A": {**sent, "receipt": {"folder": "back"}}}})[0][1].startswith(
        "say `confirmed:` or `judged:`"
    )
    assert FilesSettings.model_validate({**LOCAL, "send": {"A": {
        "folder": "in", "name": "{SBLSH}_{SJBBH}.xml", "fields_tell_apart": True,
    }}}).sent("A")


def test_settings_that_mean_nothing_are_refused() -> None:
    """Paths that lead elsewhere, templates, charsets, keys and places that are none."""
    for folder in ("../x", "/etc", "a//b", "a/", "a\\b"):
        assert problems_of({"poll": [{"folder": folder}]})[0][1].startswith("expected a folder inside the place")
    for name in ("{x!r}_{key}", "{", "{}_{key}"):
        assert problems_of({"send": {"A": {"folder": "in", "name": name}}})[0][1].startswith("expected a name")
    for name in ("a/{key}", ".{key}"):
        assert problems_of({"send": {"A": {"folder": "in", "name": name}}})[0][1].startswith("a file's name holds")
    assert problems_of({"charset": "gb18O30"}) == [(("charset",), "there is no charset 'gb18O30': write utf-8, gb18030 or gbk")]
    assert problems_of({"poll": [{"complete": {"marker": ".ok"}}]}) == [
        (("poll", 0, "complete", "marker"), "expected {name} or {stem} in it, such as {name}.ok"),
    ]
    assert problems_of({"poll": [{"kind_in_name": "^([A-Z]+)"}]})[0][1] == "`kind_in_name:` needs a part (?P<kind>…)"
    assert problems_of({"place": {}})[0] == (("place",), "say one of `local:`, `sftp:` and `ftp:`")
    assert problems_of({"place": {"sftp": {"host": "h", "user": "u", "host_keys": "yes"}}})[0] == (
        ("place", "sftp", "host_keys", 0),
        "expected a fingerprint (SHA256:…) or a public key (ssh-ed25519 AAAA…)",
    )
    assert problems_of({"place": {"sftp": {"host": "h", "user": "u"}}})[0][0] == ("place", "sftp", "host_keys")
    assert problems_of({"largest": 65 << 20})[0][0] == ("largest",)


def test_the_place_says_which_secret_it_needs() -> None:
    """A local folder none, an anonymous FTP login none, a key its own."""
    def needed(place: dict[str, Any]) -> list[str]:
        return list(FilesSettings.model_validate({"place": place}).secrets())

    assert needed({"local": {"folder": "x"}}) == []
    assert needed({"ftp": {"host": "h"}}) == []
    assert needed({"ftp": {"host": "h", "user": "county"}}) == ["password"]
    assert needed({"sftp": {"host": "h", "user": "u", "host_keys": KEY}}) == ["password"]
    assert needed({"sftp": {"host": "h", "user": "u", "login": "key", "host_keys": KEY}}) == ["key"]


async def test_every_missing_folder_is_said_at_once_and_keeps_no_hub_from_starting(tmp_path: Path) -> None:
    """Each at its key in the settings, in the log and by the probe; made later (a mount that comes), it is used."""
    peer = Peer(tmp_path, {"local": {"folder": str(tmp_path)}})
    sent = {"A": {"folder": "in", "receipt": {"folder": "back", "confirmed": ["{name}.ok"]}}}
    with capture_logs() as lines:
        files = await open_files(context(peer, send=sent))
    try:
        [line] = [line for line in lines if line["event"] == "files.not_as_configured"]
        told = [text.partition(":")[0] for text in line["problems"]]
        assert told == [f"huilai.approval.settings.{key}" for key in ("poll.0.folder", "send.A.folder", "send.A.receipt.folder")]
        assert isinstance(files, Probes)
        steps = await files.probe()
        assert sorted((step.category, step.problem.path) for step in steps if step.problem) == [("folder", path) for path in sorted(told)]
        with pytest.raises(ProblemsError, match="GT573"):
            await files.poll("", 1)
        for folder in ("out", "in", "back"):
            (tmp_path / folder).mkdir()
        assert [step.category for step in await files.probe()] == [""] * 4
        assert list((await files.poll("", 1)).records) == []
    finally:
        await files.close()


async def test_a_host_key_that_is_not_pinned_ends_the_connection_before_the_password(tmp_path: Path) -> None:
    """The problem shows what came; nothing is sent, and the hub starts all the same."""
    async with faulty_sftp(tmp_path / "drop") as (peer, _):
        came = peer.place["sftp"]["host_keys"]
        peer.place["sftp"]["host_keys"] = KEY
        async with opened(peer) as files:
            with pytest.raises(ProblemsError) as caught:
                await files.poll("", 1)
            [problem] = caught.value.problems
            assert (problem.code.id, problem.path) == ("GT571", "huilai.approval.settings.place.sftp")
            assert came in problem.message()
            assert isinstance(await files.send(outgoing()), NotSent)
            assert isinstance(await files.query(outgoing()), NotSent)
        peer.place["sftp"]["host_keys"] = [KEY, came]
        async with opened(peer) as files:
            assert isinstance(await files.send(outgoing()), Reply)


async def test_a_refused_login_is_named_without_showing_the_secret(tmp_path: Path) -> None:
    """Both protocols; and a private key that is none."""
    wrong = "another-password"
    async with faulty_sftp(tmp_path / "sftp") as (over_ssh, _):
        with ftp(tmp_path / "ftp") as (over_ftp, _):
            for peer in (over_ssh, over_ftp):
                peer.secrets["password"] = Secret(wrong)
                async with opened(peer) as files:
                    with pytest.raises(ProblemsError, match="GT572") as caught:
                        await files.poll("", 1)
                    assert wrong not in str(caught.value)
            over_ssh.place["sftp"]["login"] = "key"
            over_ssh.secrets["key"] = Secret("no key")
            async with opened(over_ssh) as files:
                with pytest.raises(ProblemsError, match=r"GT572") as caught:
                    await files.poll("", 1)
                assert "no private key we can open" in str(caught.value)
                assert "no key" not in str(caught.value).replace("no private key", "")


async def test_a_private_key_with_a_passphrase_opens(tmp_path: Path) -> None:
    """The key is read from the secret, never from a file of ours."""
    user = asyncssh.generate_private_key("ssh-ed25519")
    async with faulty_sftp(tmp_path / "drop") as (peer, _):
        peer.place["sftp"]["login"] = "key"
        peer.secrets = {
            "key": Secret(user.export_private_key(passphrase="invented").decode()),
            "key_passphrase": Secret("invented"),
        }
        async with opened(peer) as files:
            with pytest.raises(ProblemsError, match=r"\(key\).*GT572"):  # opened, offered, and unknown there
                await files.poll("", 1)


def certificate(path: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, vouching for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


async def test_ftp_over_tls_checks_the_certificate_and_protects_the_data(tmp_path: Path) -> None:
    """Reading, writing and listing over TLS; a server nobody vouches for gets neither password nor file."""
    with ftp(tmp_path / "drop", certificate=certificate(tmp_path / "server.pem")) as (peer, _):
        async with opened(peer) as files:
            peer.put("out/受理.xml", b"<A/>")
            [record] = (await files.poll("", 9)).records
            assert record.body == b"<A/>"
            assert isinstance(await files.send(outgoing()), Reply)
            assert name_of() in peer.tree()
        peer.place["ftp"]["ca"] = str(certificate(tmp_path / "another.pem"))
        async with opened(peer) as files:
            assert isinstance(await files.send(outgoing(8)), NotSent)
    assert name_of(8) not in peer.tree()


def test_listings_of_old_servers_are_read_byte_for_byte() -> None:
    """Unix and Windows, names in GBK whose bytes are white space elsewhere."""
    client = _Client(encoding="latin-1")
    name = "\x85\xa0.xml"  # two bytes of GBK, which Latin-1 has for white space
    line = f"-rw-r--r--   1 ftp      ftp          1234 Jul 15 10:30 {name}\r\n".encode("latin-1")
    path, facts = client.parse_list_line(line)
    assert (path.name, facts["type"], facts["size"]) == (name, "file", "1234")
    path, facts = client.parse_list_line(f"07-15-14  10:30AM       <DIR>          {name}\r\n".encode("latin-1"))
    assert (path.name, facts["type"], facts["modify"]) == (name, "dir", "20140715103000")
    path, facts = client.parse_list_line(f"07-15-2014  10:30PM                 77 {name}".encode("latin-1"))
    assert (path.name, facts["size"], facts["modify"]) == (name, "77", "20140715223000")
    path, facts = client.parse_mlsx_line(f"type=file;size=5;modify=20140715103000; {name}\r\n".encode("latin-1"))
    assert (path.name, facts["type"], facts["size"]) == (name, "file", "5")
    assert client.parse_list_line(b"total 12\r\n")[1]["type"] == "none"


async def test_it_can_do_what_the_core_asks_of_a_file_drop(tmp_path: Path) -> None:
    """All capabilities of a polled and sent-to system with receipts, and its name in the registry."""
    peer = Peer(tmp_path, {"local": {"folder": str(tmp_path)}})
    async with opened(peer) as files:
        for capability in (Sends, Queries, Polls, Receipts):
            assert isinstance(files, capability)
    registry = build_registry()
    assert registry.adapters["files"].settings is FilesSettings
    assert set(registry.adapters["files"].secrets) == {"password", "key", "key_passphrase"}
    assert "county-files" in registry.simulators

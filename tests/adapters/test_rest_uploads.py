"""Files beside a record, in a form of parts: streamed to the blob store, whatever their size, after the sender is proven."""

from __future__ import annotations

import asyncio
import base64
import io
import tracemalloc
import warnings
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import ValidationError
from tests.adapters.test_rest_requests import outgoing, peer

from guantong.adapter import Serves, SystemContext
from guantong.attached import Attached
from guantong.blobs.folding import Part
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import Blobs
from guantong.blobstore import BlobsFailed
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Record, Verdict
from guantong.secret import Secret
from guantong.vault import Vault
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.settings import RestSettings
from guantong_plugins.blobs.folder import BlobFolder
from guantong_plugins.signers.plugin import register_signers

SIGNERS = {spec.name: spec for spec in register_signers()}
SECRETS = {"token": Secret("an-invented-token"), "key": Secret("invented")}
RECEIVE: dict[str, Any] = {
    "path": "materials", "kind": "EX_GDBS_SBCL", "auth": {"signer": "bearer"}, "field": "record",
    "files": {"into": "ATTACH_BODY", "named_by": "ATTACH_NAME", "most": 3}, "replies": {"refusal": "plain"},
}
PROOF = {"Authorization": "Bearer an-invented-token"}
RECORD = b'{"SBLSH": "1", "ATTACH_NAME": "a.pdf"}'
MIB = 1 << 20


class Door:
    """A door over real blobs; keeps the records it is handed."""

    def __init__(self, folder: Path) -> None:
        self.blobs = Blobs(BlobFolder(folder), Vault(bytes(32), bytes(32)), 80 * MIB)
        self.records: list[Record] = []
        self.refused: list[str] = []
        self.url = ""

    async def accept(self, record: Record) -> Verdict:
        self.records.append(record)
        return Verdict(Acceptance.ROUTED, 7)

    def context(self, receive: dict[str, Any]) -> SystemContext:
        settings = RestSettings.model_validate({"receive": receive})
        return SystemContext(
            "city.hall-portal", settings, SECRETS, self.accept, lambda choice: SIGNERS[choice.scheme].open(choice, SECRETS), 1000,
            now=lambda: 1405391400.0, refused=self.refused.append, keep=partial(Intake, self.blobs))

    async def post(self, data: Any, headers: dict[str, str] | None = None) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.post(self.url, data=data, headers=PROOF if headers is None else headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    door = Door(tmp_path)
    connection = await open_rest(door.context(RECEIVE))
    assert isinstance(connection, Serves)
    app = web.Application()
    for one in connection.doors():
        app.router.add_route(one.method, one.path, one.handle)
    async with TestServer(app) as server:
        door.url = str(server.make_url(connection.doors()[0].path))
        yield door


def form(*files: tuple[str, Any], record: bytes | None = RECORD) -> aiohttp.FormData:
    """A form of the record and these files."""
    data = aiohttp.FormData()
    data.add_field("note", "read over")
    if record is not None:
        data.add_field("record", record.decode(), content_type="application/json")
    for name, content in files:
        sent = io.BytesIO(content) if isinstance(content, bytes) else content
        data.add_field("file", sent, filename=name, content_type="application/octet-stream")
    return data


async def test_a_file_beside_a_record_is_kept_and_handed_over(door: Door) -> None:
    """The record as it was, each file with its name and the field it belongs in."""
    assert (await door.post(form(("a.pdf", b"%PDF-1.4"), ("身份证.jpg", b"\xff\xd8\xff"))))[0] == 200
    (record,) = door.records
    one, two = (door.blobs.put([content]) for content in (b"%PDF-1.4", b"\xff\xd8\xff"))
    assert (record.body, record.kind) == (RECORD, "EX_GDBS_SBCL")
    assert record.parts == (Part("ATTACH_BODY", one, "a.pdf", "ATTACH_NAME"), Part("ATTACH_BODY", two, "身份证.jpg", "ATTACH_NAME"))


async def test_a_part_in_base64_is_decoded(door: Door) -> None:
    """As mail programs, and some vendors' clients, write parts."""
    text = base64.encodebytes(b"content" * 5000)
    body = (b'--b\r\nContent-Disposition: form-data; name="record"\r\n\r\n' + RECORD + b'\r\n--b\r\nContent-Disposition: form-data; '
            b'name="f"; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + text + b"\r\n--b--\r\n")
    status, _ = await door.post(body, {**PROOF, "Content-Type": "multipart/form-data; boundary=b"})
    assert status == 200
    assert b"".join(door.blobs.read(door.records[0].parts[0].blob)) == b"content" * 5000


async def test_an_odd_name_of_a_file_is_quoted_nowhere(door: Door) -> None:
    """A library warns of heads that are none, with all that stands in them: that would stand in the log."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")  # as in a hub; in tests they are errors
        await open_rest(door.context(RECEIVE))  # what a door sets, it sets for the process; what the fixture's did was undone
        for odd in ('form-data; name="f"; filename="林䶮"证.jpg; ;', '林䶮; name="f"', 'form-data; name="f"; 林䶮=1', 'form-data; "林䶮"'):
            head = f"--b\r\nContent-Disposition: {odd}\r\n\r\n".encode()
            body = b'--b\r\nContent-Disposition: form-data; name="record"\r\n\r\n' + RECORD + b"\r\n" + head + b"x\r\n--b--\r\n"
            await door.post(body, {**PROOF, "Content-Type": "multipart/form-data; boundary=b"})
    assert [str(one.message) for one in told] == []


async def test_a_name_that_is_no_text_is_written_out(door: Door) -> None:
    """Its bytes in neither charset: half a character could be kept nowhere."""
    body = broken(body=b"x\r\n--b--\r\n").replace(b'filename="a"', b'filename="\xff\xfe"')
    assert (await door.post(body, MULTI))[0] == 200
    assert [part.name for part in door.records[0].parts] == [r"\xff\xfe"]


async def test_a_large_file_needs_the_memory_of_a_few_pieces(door: Door) -> None:
    """70 MiB, more than any body may have, within 16 MiB for sender and receiver."""
    async def generated() -> AsyncIterator[bytes]:
        for number in range(280):
            yield bytes([number % 251]) * (MIB // 4)
            await asyncio.sleep(0)

    tracemalloc.start()
    try:
        status, _ = await door.post(form(("big.bin", generated())))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert status == 200
    assert door.records[0].parts[0].blob.size == 70 * MIB
    assert most < 16 * MIB


def broken(head: bytes = b"", body: bytes = b"x") -> bytes:
    """A form whose second part is not as it should be."""
    return (b'--b\r\nContent-Disposition: form-data; name="record"\r\n\r\n{}\r\n--b\r\nContent-Disposition: form-data; name="f"; '
            b'filename="a"\r\n' + head + b"\r\n" + body)


MULTI = {**PROOF, "Content-Type": "multipart/form-data; boundary=b"}


@pytest.mark.parametrize(("data", "headers", "status", "code"), [
    (lambda: form(("a", b"x"), record=None), None, 400, "GT546"),
    (lambda: form(*[(f"{n}", b"x") for n in range(4)]), None, 400, "GT547"),
    (lambda: form(record=b"x" * 1001), None, 413, "GT511"),
    (b"{}", {**PROOF, "Content-Type": "application/json"}, 400, "GT547"),
    (broken(b"Content-Encoding: gzip\r\n"), MULTI, 400, "GT547"),
    (broken(b"Content-Type: multipart/mixed; boundary=c\r\n", b"--c--"), MULTI, 400, "GT547"),
    (b"no parts", MULTI, 400, "GT547"),
    (b"x\r\n" * 100_000 + broken(), MULTI, 400, "GT547"),
    (b"x" * 700_000 + broken(), MULTI, 400, "GT547"),
    (broken(b"A: b\r\n" * 1000), MULTI, 400, "GT547"),
    (broken(b"A: " + b"b" * 10_000 + b"\r\n"), MULTI, 400, "GT547"),
    (broken(b"A: \x00\r\n"), MULTI, 400, "GT547"),
    (lambda: form(), {**PROOF, "Content-Encoding": "gzip"}, 415, "GT513"),
    (lambda: form(("a", b"x")), {}, 401, "GT510"),
])
async def test_what_is_no_such_form_is_turned_away(door: Door, data: Any, headers: dict[str, str] | None, status: int, code: str) -> None:
    """With the reason, and nothing of it is accepted; who is not proven is not read."""
    if callable(data):
        data = data()
    came, text = await door.post(data, headers)
    assert (came, code in text, door.records, door.refused) == (status, True, [], [code])


async def test_a_file_over_the_limit_leaves_nothing(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `blobs.largest` says."""
    monkeypatch.setattr(door.blobs, "largest", 10)
    status, text = await door.post(form(("a", b"x" * 11)))
    assert (status, "GT511" in text) == (413, True)
    assert list(door.blobs.store.held(1 << 40)) == []


async def test_a_full_disk_asks_to_come_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """503: the sender tries later."""
    def full() -> Any:
        raise BlobsFailed("blobs: No space left on device")

    monkeypatch.setattr(door.blobs.store, "begin", full)
    assert (await door.post(form(("a", b"x"))))[0] == 503


async def test_a_form_that_breaks_off_leaves_nothing(door: Door, tmp_path: Path) -> None:
    """The sender is gone in the middle of a file: no record, no content."""
    body = broken(body=b"x" * 300_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(door.url.split(":")[2].split("/")[0]))
    path = "/" + door.url.split("/", 3)[3]
    writer.write(f"POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: {PROOF['Authorization']}\r\nContent-Type: {MULTI['Content-Type']}\r\n"
                 f"Content-Length: {len(body) + 1000}\r\n\r\n".encode() + body)
    await writer.drain()
    writer.write_eof()
    await reader.read()
    writer.close()
    assert door.records == []
    assert files_in(tmp_path) == []


def files_in(folder: Path) -> list[Path]:
    """Every file, those of uploads that have not ended too."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_settings_that_cannot_be_are_refused() -> None:
    """Files stand in a form, and their sender is proven by a signer."""
    for change in ({"field": None}, {"auth": {"form": {"field": "k", "secret": "key"}}}):
        with pytest.raises(ValidationError, match="needs `field:`"):
            RestSettings.model_validate({"receive": {**RECEIVE, **change}})


async def test_a_proof_by_the_whole_body_cannot_be_streamed(tmp_path: Path) -> None:
    """Said when the system is opened, before anything comes."""
    context = Door(tmp_path).context({**RECEIVE, "auth": {"signer": "md5-gbk"}})
    with pytest.raises(ProblemsError, match="GT838"):
        await open_rest(context)


def attached(door: Door, name: str, content: bytes) -> Attached:
    blob = door.blobs.put([content])
    return Attached(name, "", blob, lambda: door.blobs.read(blob))


async def test_attachments_go_out_as_parts_that_our_own_door_reads(door: Door) -> None:
    """Byte for byte, under their own names, after the record, but one that stands in it; the same bytes in every attempt."""
    settings = {"send": {"*": {"path": "/x"}}, "envelope": {"form": "multipart", "parts": [{"name": "record", "value": "body"}], "files": "file"}}
    contents = {"身份证.pdf": b"%PDF-1.4" + bytes(range(256)), 'a"b.bin': b"\r\n--guantong-GT1\r\n", "": b"\xff\xd8\xff"}
    files = tuple(attached(door, name, content) for name, content in contents.items())
    async with peer(settings) as (sender, other):
        for attempt in (1, 2):
            await sender.send(outgoing(RECORD)._replace(attempt=attempt, attached=files[:1]))
        await sender.send(outgoing(RECORD)._replace(attached=(replace(files[0], name="in the record", inside=True), *files)))
    assert other.seen[0][1] == other.seen[1][1]
    _, body, headers = other.seen[2]
    assert (await door.post(body, {**PROOF, "Content-Type": headers["content-type"]}))[0] == 200
    (record,) = door.records
    assert record.body == RECORD
    assert [part.name for part in record.parts] == ["身份证.pdf", "a_b.bin", f"{files[2].blob.md5}.jpg"]
    assert [b"".join(door.blobs.read(part.blob)) for part in record.parts] == list(contents.values())


async def test_attachments_that_cannot_go_stop_the_sending(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too much for one request, or a content that is gone: nothing leaves, and a person hears why."""
    settings = {"send": {"*": {"path": "/x"}}, "envelope": {"form": "multipart", "parts": [{"name": "record", "value": "body"}], "files": "file"}}
    file = attached(door, "a.pdf", b"content")
    async with peer(settings) as (sender, other):
        with monkeypatch.context() as patch:
            patch.setattr("guantong_adapters.rest.compose.MOST_FILES", 6)
            with pytest.raises(ProblemsError, match="GT839"):
                await sender.send(outgoing(RECORD)._replace(attached=(file,)))
        assert door.blobs.store.delete(door.blobs.name(file.blob.sha256), 1 << 40)
        with pytest.raises(ProblemsError, match="GT855"):
            await sender.send(outgoing(RECORD)._replace(attached=(file,)))
    assert other.seen == []

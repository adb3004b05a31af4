"""Records that come to a door inside a form, sealed or not."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from guantong.adapter import Serves, SystemContext
from guantong.cipher import CipherChoice
from guantong.record import Acceptance, Record, Verdict
from guantong.secret import Secret
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.formfield import MULTIPART, URLENCODED, NoField, field_of
from guantong_adapters.rest.settings import RestSettings
from guantong_plugins.ciphers.plugin import register_ciphers
from guantong_plugins.signers.plugin import register_signers

SIGNERS = {spec.name: spec for spec in register_signers()}
CIPHERS = {spec.name: spec for spec in register_ciphers()}
SECRETS = {
    "token": Secret("an-invented-token"), "cipher_key": Secret("an-invented-key!"), "cipher_iv": Secret("an-invented-iv-!"),
}
PROOF = {"Authorization": "Bearer an-invented-token"}
DOOR = {"auth": {"signer": "bearer"}, "field": "xmlStr"}
RECORD = "<A>a+b & 言</A>".encode()


@asynccontextmanager
async def door(receive: dict[str, Any]) -> AsyncIterator[tuple[str, list[Record]]]:
    """The address of a door with these settings, and the records that came through it."""
    records: list[Record] = []

    async def accept(record: Record) -> Verdict:
        records.append(record)
        return Verdict(Acceptance.ROUTED, 7)

    connection = await open_rest(SystemContext(
        "puning.approval", RestSettings.model_validate({"receive": receive}), SECRETS, accept,
        lambda choice: SIGNERS[choice.scheme].open(choice, SECRETS), 1 << 20, now=lambda: 0.0,
        cipher=lambda choice: CIPHERS[choice.scheme].open(choice, SECRETS),
    ))
    assert isinstance(connection, Serves)
    app = web.Application(client_max_size=64 << 20)
    for one in connection.doors():
        app.router.add_route(one.method, one.path, one.handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/in/puning.approval/events")), records
    await connection.close()


async def post(url: str, body: Any, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers={**PROOF, **headers}) as answer:
        return answer.status, str((await answer.json(content_type=None)).get("code", ""))


async def test_a_field_of_a_form_is_the_record_byte_for_byte() -> None:
    """The rest of the form is the interface's, not the record's."""
    async with door(DOOR) as (url, records):
        form = urlencode({"access_token": "x", "xmlStr": RECORD.decode()})
        assert await post(url, form, **{"Content-Type": f"{URLENCODED}; charset=UTF-8"}) == (200, "0")
    assert records == [Record("puning.approval", RECORD, None, "UTF-8")]


async def test_a_part_of_a_multipart_form_is_the_record_byte_for_byte() -> None:
    """Whatever its bytes: a part is not text that something may mend."""
    record = bytes(range(256)) + b"\r\n--\r\n"
    async with door(DOOR) as (url, records):
        form = aiohttp.FormData()
        form.add_field("other", "x")
        form.add_field("xmlStr", record, content_type="application/octet-stream", filename="a.xml")
        assert await post(url, form) == (200, "0")
    assert records[0].body == record


async def test_a_sealed_record_is_opened_before_it_is_accepted() -> None:
    """With and without a form around it."""
    sealed = CIPHERS["sm4-cbc"].open(CipherChoice(scheme="sm4-cbc"), SECRETS).seal(RECORD)
    async with door({**DOOR, "cipher": "sm4-cbc"}) as (url, records):
        form = urlencode({"xmlStr": sealed.decode()})
        assert await post(url, form, **{"Content-Type": URLENCODED}) == (200, "0")
        assert await post(url, urlencode({"xmlStr": "QUJD"}), **{"Content-Type": URLENCODED}) == (400, "GT548")
    async with door({"auth": {"signer": "bearer"}, "cipher": "sm4-cbc"}) as (url, more):
        assert await post(url, sealed) == (200, "0")
    assert [record.body for record in records + more] == [RECORD, RECORD]


@pytest.mark.parametrize(("body", "content_type", "code"), [
    (b"other=1", URLENCODED, "GT546"), (b"", URLENCODED, "GT546"), (b"xmlStr", "text/plain", "GT547"),
    (b"a=1&" * 1001, URLENCODED, "GT547"), (b"--x\r\n\r\n", MULTIPART, "GT547"), (b"", f"{MULTIPART}; boundary=x", "GT547"),
    (b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n", f"{MULTIPART}; boundary=x", "GT546"),
    (b"--x\r\n\r\n" * 1001, f"{MULTIPART}; boundary=x", "GT547"), (b"--" * 1000, f"{MULTIPART}; boundary=" + "y" * 200, "GT547"),
])
async def test_what_holds_no_record_is_refused_by_name(body: bytes, content_type: str, code: str) -> None:
    """A missing field, another content type, thousands of fields: nothing reaches ACCEPT."""
    async with door(DOOR) as (url, records):
        assert await post(url, body, **{"Content-Type": content_type}) == (400, code)
    assert records == []


def part(head: str, content: str = "v", end: str = "\r\n") -> bytes:
    """A form of one part."""
    return end.join(("--x", head, "", content, "--x--", "")).encode()


@pytest.mark.parametrize(("form", "expected"), [
    (part('content-disposition: form-data; filename="a.xml"; name="a"'), b"v"),
    (part("Content-Disposition: form-data; name=a", "v\nw", "\n"), b"v\nw"),
    (part('Content-Disposition: form-data;\r\n\tname="a"\r\nContent-Type: text/xml'), b"v"),
    (part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: BASE64', "PEEvPg=="), b"<A/>"),
    (part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: quoted-printable', "=3CA/>"), b"<A/>"),
    (part('Content-Disposition: form-data; name="a"').removesuffix(b"--x--\r\n"), b"v\r\n"),
    (b"a preamble\r\n" + part('Content-Disposition: form-data; name="a"', "--xy\r\n--x") + b"an epilogue", b"--xy"),
    (part("Content-Disposition: form-data; name*=utf-8''a"), b"v"),
    (part("X: y", "v"), "GT546"), (b"--x\r\n\r\nv\r\n--x--", "GT546"), (b"--x\r\n--x--\r\n", "GT546"), (b"--x--\r\n", "GT547"),
])
def test_a_form_of_parts_is_read_as_senders_write_it(form: bytes, expected: bytes | str) -> None:
    """In either line end, folded, encoded for mail, cut before the last boundary."""
    found = _end(form, f"{MULTIPART}; boundary=x")
    assert found == expected


@pytest.mark.parametrize("head", [
    "Content-Disposition: form-data; name=" + "=?utf-8?q?a?= " * 100_000, "Content-Disposition: form-data; name=" + "(" * 10**6,
    "Content-Disposition: form-data; " + "a=b; " * 200_000, "A: b\r\n" * 200_000 + "B: c",
    "Content-Disposition: form-data; name=b\r\n" + " a\r\n" * 300_000 + " b", "Content-Type: message/rfc822\r\n\r\n" * 40_000,
    "Content-Disposition: form-data; name=" + "(" * 60_000, "Content-Disposition: form-data; " + "a=b; " * 12_000,
], ids=["encoded words", "comments", "parameters", "fields", "folded lines", "letters in letters", "comments within the bound",
        "parameters within the bound"])
async def test_no_head_of_a_part_costs_more_than_a_moment(head: str) -> None:
    """It is read before the sender is proven, whose key is a field of the same form: half a megabyte of header took minutes
    and ten gigabytes."""
    begun = time.process_time()
    async with door({"auth": {"form": {"field": "token", "secret": "token"}}, "field": "xmlStr"}) as (url, records):
        assert await post(url, part(head)[:1 << 20], **{"Content-Type": f"{MULTIPART}; boundary=x"}) == (401, "GT510")
    assert records == []
    assert time.process_time() - begun < 3


@given(body=st.binary(max_size=300), kind=st.sampled_from([URLENCODED, MULTIPART, f"{MULTIPART}; boundary=-", "", "\udcff"]))
def test_no_body_makes_a_form_fail_otherwise(body: bytes, kind: str) -> None:
    """Whatever comes, it holds the field or is refused."""
    end = _end(body, kind)
    assert isinstance(end, bytes) or end in ("GT546", "GT547")


def _end(body: bytes, kind: str) -> bytes | str:
    try:
        return field_of(body, kind, "a")
    except NoField as error:
        return error.code.id


@given(text=st.binary(max_size=200))
def test_a_form_holds_any_bytes(text: bytes) -> None:
    """What a sender percent-encodes comes back."""
    assert field_of(urlencode({"b": "c", "a": text}).encode(), URLENCODED, "a") == text

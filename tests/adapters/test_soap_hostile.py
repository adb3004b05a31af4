"""What strangers send to a service of ours: answered in the protocol's manner, in bounded memory and time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.adapters.served import ask, case_exchange, framed, told
from tests.adapters.soap_peer import Hub
from tests.adapters.wsdls import wsdl

PLENTY = 60.0
"""Seconds that no bad request may take, on a slow and busy machine."""
TEXTS = "".join(
    f'<xs:element name="{name}"><xs:complexType><xs:sequence><xs:element name="{part}" type="xs:string"/>'
    "</xs:sequence></xs:complexType></xs:element>" for name, part in (("Submit", "xml"), ("SubmitResponse", "return"))
)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DEEP = 50_000
INNER: dict[str, str] = {
    "an external entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    "an expanding entity": f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r>&l11;</r>',
    "an external document type": '<!DOCTYPE r SYSTEM "http://192.0.2.1/r.dtd"><r/>',
    "an unknown entity": "<r>&x;</r>",
    "deep nesting": "<a>" * DEEP + "</a>" * DEEP,
    "a few too deep": "<a>" * 250 + "</a>" * 250,
    "too many elements": "<r>" + "<a/>" * 300_000 + "</r>",
    "an unclosed element": "<r>",
    "an attribute twice": '<r a="1" a="2"/>',
    "a bad character": "<r>\x01</r>",
}
OUTER: dict[str, tuple[str, str]] = {
    "an external entity": ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + framed("<r>&x;</r>", "1.1"), "GT521"),
    "an expanding entity": (f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>' + framed("<r>&l11;</r>", "1.1"), "GT521"),
    "a document type after a comment": ("<!-- x --><!DOCTYPE r>" + framed("<r/>", "1.1"), "GT521"),
    "deep nesting": (framed("<a>" * DEEP + "</a>" * DEEP, "1.1"), "GT550"),
    "a CDATA section without an end": (framed("<a><![CDATA[x", "1.1"), "GT520"),
    "too many attributes": (framed("<a " + " ".join(f'a{n}="1"' for n in range(110_000)) + "/>", "1.1"), "GT672"),
    "too many elements": (framed("<a/>" * 300_000, "1.1"), "GT672"),
    "thousands of namespaces": (framed("".join(f'<a xmlns:n{n}="urn:{n}"/>' for n in range(20_000)), "1.1"), "GT672"),
    "namespaces in one element": (framed("<a " + " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(20_000)) + "/>", "1.1"), "GT672"),
    "elements between comments that look like CDATA": (
        framed("<!--<![CDATA[-->" + "<a/>" * 300_000 + "<!--]]>-->", "1.1"), "GT672"),
    "elements between instructions that look like CDATA": (
        framed("<?p <![CDATA[?>" + "<a/>" * 300_000 + "<?p ]]>?>", "1.1"), "GT672"),
    "a megabyte of CDATA sections without an end": (framed("<![CDATA[" * 210_000, "1.1"), "GT672"),
    "CDATA sections without an end, after many whole ones": (
        framed("<![CDATA[<]]>" * 150_000 + "<![CDATA[" * 210_000, "1.1"), "GT672"),
    "no envelope": ("<html/>", "GT522"),
    "an envelope of no version": ('<E:Envelope xmlns:E="urn:soap"><E:Body/></E:Envelope>', "GT522"),
    "no body": (f'<s:Envelope xmlns:s="{"http://schemas.xmlsoap.org/soap/envelope/"}"/>', "GT522"),
    "nothing": ("", "GT520"),
    "no XML": ('{"a": 1}', "GT520"),
    "the end of one": (framed(ask("SubmitStep"), "1.1")[:-30], "GT520"),
    "another operation": (framed("<Drop/>", "1.1"), "GT670"),
    "an operation that is not served": (framed(ask("SubmitApplication"), "1.1"), "GT670"),
    "rpc where documents are called": (framed('<SubmitStep xmlns="urn:rpc"><record/></SubmitStep>', "1.1"), "GT670"),
    "nesting that the WSDL allows": (framed(ask("SubmitStep", "<x>" * 200 + "</x>" * 200), "1.1"), "GT671"),
}


@pytest.mark.parametrize("what", OUTER)
async def test_a_bad_envelope_is_a_fault_with_its_code(tmp_path: Path, what: str) -> None:
    text, code = OUTER[what]
    hub = Hub()
    async with case_exchange(tmp_path, hub, body_limit=4 << 20) as caller:
        began = time.monotonic()
        answer = await caller.post(text.encode())
        assert time.monotonic() - began < PLENTY
        after = await caller.call(ask("SubmitStep"))
    assert answer.fault is not None
    assert (answer.status, f"[{code}]" in answer.fault[1]) == (500, True), answer.fault
    assert "root:" not in answer.text
    assert (after.status, len(hub.records)) == (200, 1)


@pytest.mark.parametrize("form", ["cdata", "escaped"])
@pytest.mark.parametrize("what", INNER)
async def test_a_bad_document_in_a_text_is_a_fault_too(tmp_path: Path, what: str, form: str) -> None:
    hub, text = Hub(), INNER[what]
    inside = f"<![CDATA[{text}]]>" if form == "cdata" else text.replace("&", "&amp;").replace("<", "&lt;")
    operations = {"Submit": {"taken": {"return": "1"}}}
    parts = '<w:part name="p" element="t:Submit"/>', '<w:part name="p" element="t:SubmitResponse"/>'
    async with told(tmp_path, wsdl(TEXTS, *parts), hub, operations, texts={"xml": {"root": "r"}}, body_limit=8 << 20) as caller:
        began = time.monotonic()
        answer = await caller.call(f'<t:Submit xmlns:t="urn:t"><t:xml>{inside}</t:xml></t:Submit>')
        assert time.monotonic() - began < PLENTY
    assert answer.fault is not None
    assert answer.fault[0] == "s:Client"
    assert any(f"[{code}]" in answer.fault[1] for code in ("GT671", "GT672", "GT520")), answer.fault
    assert not hub.records


async def test_a_huge_attribute_is_bounded_like_everything_else(tmp_path: Path) -> None:
    """One of 11 MB is more than libxml2 reads; one that it reads is a value like another."""
    hub = Hub()
    async with case_exchange(tmp_path, hub, body_limit=16 << 20) as caller:
        huge = await caller.call(ask("SubmitStep").replace('version="1"', f'version="{"1" * 11_000_000}"'))
        large = await caller.call(ask("SubmitStep").replace('version="1"', f'version="{"1" * 1_000_000}"'))
    assert huge.fault is not None
    assert "[GT551]" in huge.fault[1]
    assert (large.status, len(hub.records)) == (200, 1)


async def test_many_attributes_take_no_more_than_their_share_of_time(tmp_path: Path) -> None:
    many = " ".join(f'a{n}="1"' for n in range(50_000))
    async with case_exchange(tmp_path, Hub(), body_limit=4 << 20) as caller:
        began = time.monotonic()
        await caller.post(framed(f"<e {many}/>", "1.1").encode())
        assert time.monotonic() - began < PLENTY


async def test_more_than_the_limit_is_refused_unread(tmp_path: Path) -> None:
    async with case_exchange(tmp_path, Hub()) as caller:
        answer = await caller.post(b"<" * ((1 << 20) + 1))
    assert answer.status == 413
    assert answer.fault is not None
    assert "[GT529]" in answer.fault[1]


async def test_sixteen_mebibytes_are_read_while_other_calls_go_on(tmp_path: Path) -> None:
    """A material in Base64, by a thread of its own: small calls are answered before it is done."""
    hub = Hub()
    large = ask("SubmitStep", "x" * 9_000_000).replace("<t:Name>张三", f"<t:Name>{'y' * 7_000_000}")
    async with case_exchange(tmp_path, hub, body_limit=17 << 20) as caller:
        sending = asyncio.ensure_future(caller.call(large))
        answers = [await caller.call(ask("SubmitStep")) for _ in range(20)]
        answer = await sending
    assert {one.status for one in answers} == {answer.status} == {200}
    assert max(len(record.body) for record in hub.records) > 15_000_000


async def test_a_slow_drip_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guantong_adapters.http.intake.PATIENCE", 0.3)
    async with case_exchange(tmp_path, Hub()) as caller:
        where = urlsplit(caller.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        head = f"POST {where.path} HTTP/1.1\r\nHost: a\r\nX-Guantong-Key: agreed-key\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n<s"
        writer.write(head.encode())
        answer = await caller.call(ask("SubmitStep"))
        slow = await asyncio.wait_for(reader.readline(), 60)
        writer.close()
        await writer.wait_closed()
    assert (answer.status, slow.split()[1]) == (200, b"408")


@pytest.mark.parametrize("headers", [
    {"Content_Type": "text/xml; charset=utf-7"}, {"Content_Type": 'application/soap+xml; action="'}, {"SOAPAction": "\"" * 5000},
    {"Content_Type": "image/png"}, {"Content_Encoding": "gzip"}, {"Content_Type": ""},
])
async def test_odd_headers_are_answered(tmp_path: Path, headers: Any) -> None:
    async with case_exchange(tmp_path, Hub()) as caller:
        answer = await caller.post(framed(ask("SubmitStep"), "1.1").encode(), **headers)
    assert answer.status in (200, 415)


@pytest.mark.parametrize("garbage", [b"\xff\xfe\x00<", b"\x00" * 1000, b"<?xml version='1.0' encoding='utf-7'?><a/>", bytes(range(256)) * 40])
async def test_bytes_that_are_no_text_are_a_fault(tmp_path: Path, garbage: bytes) -> None:
    async with case_exchange(tmp_path, Hub()) as caller:
        answer = await caller.post(garbage)
    assert answer.fault is not None
    assert answer.fault[0] in ("s:Client", "s:VersionMismatch")

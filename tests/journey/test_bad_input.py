"""Bad input at the doors of a real hub: refused in the system's own manner or parked, and nobody else notices.

After every test its log is searched: neither the invented person nor a secret may stand in it.
"""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from tests.journey.attacked import (
    ID_NUMBER,
    NAME,
    Attacked,
    attacked,
    envelope,
    jiedong_document,
    jiedong_record,
    portal_record,
    refusal,
    request_head,
    rongcheng_record,
    taken,
)

from guantong_adapters.http import intake

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMIT = 16 << 20
DOORS = ("portal", "rongcheng", "jiedong")
BOMB = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
DOCTYPE = f'<!DOCTYPE ROOT [<!ENTITY e0 "aaaaaaaaaa">{BOMB}]>'


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    async with attacked(tmp_path_factory.mktemp("home")) as under:
        yield under


@pytest.fixture(autouse=True)
def _nothing_personal_is_logged(
    hub: Attacked, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    yield
    written = "".join(capfd.readouterr()) + caplog.text
    assert [told for told in (NAME, ID_NUMBER, *hub.secrets.values()) if told in written] == []
    assert "Traceback" not in written


JSON_BODIES: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "nothing": (lambda: b"", 400, "GT301"),
    "no JSON": (lambda: b"<ROOT/>", 400, "GT301"),
    "NUL bytes": (lambda: bytes(1000), 400, "GT301"),
    "cut off": (lambda: rongcheng_record()[:-7], 400, "GT301"),
    "a scalar": (lambda: b'"accept"', 400, "GT307"),
    "no record": (lambda: b"[]", 400, "GT307"),
    "a list in a list": (lambda: b"[[{}]]", 400, "GT307"),
    "a field twice": (lambda: b'{"type":"accept","applyNo":"1","applyNo":"2"}', 400, "GT306"),
    "a field with a long name twice": (lambda: b'{"' + b"n" * 10**6 + b'":1,"' + b"n" * 10**6 + b'":2}', 400, "GT306"),
    "nested without end": (lambda: b"[" * 40_000, 400, "GT301"),
    "nested too deep": (lambda: b'{"a":' * 200 + b"1" + b"}" * 200, 400, "GT304"),
    "a gigantic number": (lambda: b'{"type":"accept","ver":' + b"9" * 10**6 + b"}", 422, "GT658"),
    "not a number": (lambda: b'{"type":"accept","ver":NaN}', 400, "GT301"),
    "a lone surrogate": (lambda: b'{"type":"accept","memo":"\\ud800"}', 400, "GT301"),
    "a surrogate in UTF-8": (lambda: b'{"type":"accept","memo":"\xed\xa0\x80"}', 400, "GT310"),
    "another charset": (lambda: rongcheng_record().decode().encode("utf-16-le"), 400, "GT310"),
    "too many values": (lambda: b'{"a":[' + b"1," * 300_000 + b"1]}", 400, "GT305"),
    "an unknown kind": (lambda: rongcheng_record(type="destroy"), 422, "GT401"),
    "a very long kind": (lambda: rongcheng_record(type="k" * 10**6), 422, "GT401"),
    "a kind of control characters": (lambda: rongcheng_record(type="\x00\x1b[2J"), 422, "GT401"),
    "no kind": (lambda: b"{}", 422, "GT401"),
    "too many records": (lambda: b"[" + b",".join([rongcheng_record()] * 1001) + b"]", 422, "GT409"),
}


@pytest.mark.parametrize("what", JSON_BODIES)
async def test_what_is_no_record_is_refused_by_a_rest_door(hub: Attacked, what: str) -> None:
    """Four hundred, a stable code and a place, in the county's own form; nothing of it is kept."""
    make, status, code = JSON_BODIES[what]
    before = hub.kept()
    assert refusal("rongcheng", await hub.post("rongcheng", make())) == (status, code)
    assert hub.kept() == before


def outside(more: str) -> bytes:
    """A call with *more* before the document, as elements of the call itself."""
    return jiedong_record().replace(b"<xml>", more.encode("gb18030") + b"<xml>", 1)


SOAP_BODIES: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "nothing": (lambda: b"", 500, "GT520"),
    "no XML": (lambda: b'{"a":1}', 500, "GT520"),
    "NUL bytes": (lambda: bytes(1000), 500, "GT520"),
    "cut off": (lambda: jiedong_record()[:-20], 500, "GT520"),
    "no envelope": (lambda: b"<a/>", 500, "GT522"),
    "another operation": (lambda: envelope("<a/>", operation="destroy"), 500, "GT526"),
    "no argument": (lambda: envelope(""), 500, "GT527"),
    "a document type": (lambda: envelope("<a/>", before=DOCTYPE), 500, "GT521"),
    "a hidden document type": (lambda: envelope("<a/>", before=f"<!--<a-->{DOCTYPE}"), 500, "GT521"),
    "an attribute of 11 MB": (lambda: outside(f"<a b='{'x' * 11_000_000}'/>"), 500, "GT551"),
    "too many attributes": (lambda: outside("<a " + " ".join(f'a{n}="1"' for n in range(110_000)) + "/>"), 500, "GT672"),
    "too many tags": (lambda: outside("<a/>" * 300_000), 500, "GT672"),
    "a text of 11 MB": (lambda: envelope("x" * 11_000_000), 500, "GT551"),
    "nesting": (lambda: outside("<a>" * 300 + "</a>" * 300), 500, "GT550"),
    "another charset": (lambda: jiedong_record().decode("gb18030").encode("utf-16"), 500, "GT523"),
    "two charsets": (lambda: jiedong_record().replace(b"GB18030", b"UTF-8", 1), 500, "GT525"),
    "a document that is none": (lambda: envelope("nothing"), 200, "GT302"),
    "a bomb in the document": (lambda: envelope(f"{DOCTYPE}<ROOT>&e11;</ROOT>"), 200, "GT303"),
    "a document nested without end": (lambda: envelope("<a>" * 10**5), 200, "GT304"),
    "a document with an attribute of 9 MB": (lambda: envelope(f"<ROOT a='{'x' * 9_000_000}'/>"), 200, "GT307"),
    "a document nested too deep": (lambda: envelope(jiedong_document("<a>" * 100 + "</a>" * 100)), 200, "GT304"),
    "an endless name": (lambda: envelope(jiedong_document(f"<{'n' * 40_000}/>")), 200, "GT308"),
    "a field with an endless name twice": (lambda: envelope(f"<ROOT><{'n' * 40_000}/></ROOT>"), 200, "GT308"),
    "too many elements": (lambda: envelope(jiedong_document("<a/>" * 500_000)), 200, "GT305"),
    "an unknown kind": (lambda: envelope(jiedong_document(kind="EX_DESTROY")), 200, "GT401"),
    "a very long kind": (lambda: envelope(jiedong_document(kind="K" * 10**6)), 200, "GT401"),
}


@pytest.mark.parametrize("what", SOAP_BODIES)
async def test_what_is_no_record_is_refused_by_a_soap_door(hub: Attacked, what: str) -> None:
    """A fault where the call cannot be read, the agreed text where only its document cannot; nothing is kept."""
    make, status, code = SOAP_BODIES[what]
    before = hub.kept()
    assert refusal("jiedong", await hub.post("jiedong", make())) == (status, code)
    assert hub.kept() == before


@pytest.mark.parametrize(("field", "value", "code"), [
    ("applyNo", "9" * (1 << 20), "GT408"), ("applyNo", "1\x00\x1b[2J\n2", "GT408"),
    ("time", "'); DROP TABLE message;--", "GT244"), ("ver", "9" * 1000, "GT244"), ("result", "destroyed", "GT243"),
    ("applyNo", {"a": "b"}, "GT245"),
])
async def test_what_parses_but_cannot_be_told_is_parked_and_acknowledged(
    hub: Attacked, field: str, value: Any, code: str
) -> None:
    """The sender hears success, a person finds it under its code, and the reason quotes nothing personal."""
    known = {row.id for row in hub.parked()}
    answer = await hub.post("rongcheng", rongcheng_record(**{field: value}))
    assert taken("rongcheng", answer)
    row = next(row for row in hub.parked() if row.id not in known)
    assert row.code == code
    assert NAME not in row.reason


@pytest.mark.parametrize("name", ["=1+cmd|' /C calc'!A0", "../../etc/passwd\x00", "\x1b]0;x\x07", "\u202eeno"])
async def test_a_strange_name_is_a_name_like_any_other(hub: Attacked, name: str) -> None:
    """Formulas, path tricks and control characters in a person's name are kept as they are, and do nothing."""
    assert taken("portal", await hub.post("portal", portal_record(SQRMC=name)))


async def test_thousands_of_bad_items_leave_a_short_reason(hub: Attacked) -> None:
    """Every material wrong: parked with the first problems and the number of others found until that was enough."""
    known = {row.id for row in hub.parked()}
    await hub.post("portal", portal_record(SBCLQD=[{"CLMC": "x", "CLLX": "no such kind", "CLSL": "many"}] * 3000))
    row = next(row for row in hub.parked() if row.id not in known)
    assert len(row.reason) < 10_000
    assert "另有 180 个问题" in row.reason


WRONG: dict[str, dict[str, str]] = {
    "nothing": {}, "bearer of nothing": {"Authorization": "Bearer "}, "another scheme": {"Authorization": "Basic eDp5"},
    "another key": {"X-Guantong-Key": "guess"}, "no text": {"X-Guantong-Key": "\xff\xfe", "Authorization": "Bearer \xff"},
    "a made-up signature": {"x-tif-timestamp": "1405391400", "x-tif-nonce": "1", "x-tif-signature": "0" * 64},
    "an endless nonce": {"x-tif-timestamp": "1405391400", "x-tif-nonce": "1" * 5000, "x-tif-signature": "0" * 64},
}


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("what", WRONG)
async def test_who_is_not_proven_is_refused_before_anything_else(hub: Attacked, name: str, what: str) -> None:
    """Whatever the body is, nothing is told about it and nothing of it is kept."""
    before = hub.kept()
    status, code = refusal(name, await hub.post(name, proof=WRONG[what]))
    assert (status, code) == ((200, "GT528") if name == "jiedong" else (401, "GT510"))
    assert hub.kept() == before


async def test_a_captured_request_cannot_be_used_again(hub: Attacked) -> None:
    """A nonce counts once, and a timestamp five minutes."""
    proof = hub.sign(time.time())
    assert taken("portal", await hub.post("portal", proof=proof))
    assert refusal("portal", await hub.post("portal", proof=proof)) == (401, "GT510")
    for late in (-301, 301):
        stale = hub.sign(time.time() + late)
        assert refusal("portal", await hub.post("portal", proof=stale)) == (401, "GT510")


@pytest.mark.parametrize("name", DOORS)
async def test_an_unproven_sender_is_answered_before_its_body_comes(hub: Attacked, name: str) -> None:
    """Of a body of 16 MiB whose sender is nobody, not one byte is waited for."""
    answer = await hub.raw(hub.head(name, {"Content-Length": str(LIMIT)}, proof={}))
    assert refusal(name, answer)[1] in ("GT510", "GT528")


CHUNK = b"100000\r\n" + b" " * 0x100000 + b"\r\n"


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize(("headers", "body"), [
    ({"Content-Length": str(LIMIT + 1)}, b""), ({"Transfer-Encoding": "chunked"}, CHUNK * 17),
], ids=["announced", "in chunks"])
async def test_a_body_over_the_limit_is_refused(
    hub: Attacked, name: str, headers: dict[str, str], body: bytes
) -> None:
    status, code = refusal(name, await hub.raw(hub.head(name, headers) + body))
    assert (status, code) == (413, "GT529" if name == "jiedong" else "GT511")


@pytest.mark.parametrize("name", DOORS)
async def test_a_compressed_body_is_refused_and_never_unpacked(hub: Attacked, name: str) -> None:
    """A bomb of 1 GB in 1 MB, or what is no gzip at all."""
    for body in (gzip.compress(bytes(64 << 20)), b"no gzip"):
        status, code = refusal(name, await hub.post(name, body, {"Content-Encoding": "gzip"}))
        assert (status, code) == (415, "GT537" if name == "jiedong" else "GT513")


@pytest.mark.parametrize("name", DOORS)
async def test_a_body_that_does_not_come_is_given_up(
    hub: Attacked, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who announces more than comes waits in vain: the door does not."""
    monkeypatch.setattr(intake, "PATIENCE", 0.05)
    answer = await hub.raw(hub.head(name, {"Content-Length": "1000"}) + b"{")
    assert refusal(name, answer) == (408, "GT538" if name == "jiedong" else "GT518")


@pytest.mark.parametrize("name", DOORS)
async def test_a_request_broken_off_is_forgotten(hub: Attacked, name: str) -> None:
    """The sender hangs up in the middle of the body: nothing is kept, nothing is wrong with us."""
    before = hub.kept()
    _, writer = await asyncio.open_connection("127.0.0.1", hub.hub.port)
    writer.write(hub.head(name, {"Content-Length": "1000"}) + b'{"a":')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert taken(name, await hub.post(name))
    assert hub.kept() == before + 1


SECRET = b"an-invented-secret"
NOT_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
    "a header with NUL": b"POST / HTTP/1.1\r\nAuthorization: Bearer " + SECRET + b"\x00\r\n\r\n",
    "a header's name with a blank": b"POST / HTTP/1.1\r\nAuth orization: " + SECRET + b"\r\n\r\n",
    "an endless header": b"POST / HTTP/1.1\r\nAuthorization: " + SECRET * 10**4 + b"\r\n\r\n",
    "a flood of headers": b"POST / HTTP/1.1\r\n" + b"x: an-invented-secret\r\n" * 5000 + b"\r\n",
    "an endless path": b"POST /" + SECRET * 10**4 + b" HTTP/1.1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a gigantic length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
}


@pytest.mark.parametrize("what", NOT_HTTP)
async def test_what_is_no_request_is_told_so_and_not_quoted(
    hub: Attacked, what: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A problem, and of what came not a word in answer or log."""
    answer = await hub.raw(NOT_HTTP[what])
    assert (answer.status, answer.json()["code"]) == (400, "GT420")
    assert SECRET not in answer.body
    assert SECRET.decode() not in "".join(capfd.readouterr()) + caplog.text


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("POST", "/in/nowhere.approval/events", 404, "GT421"), ("POST", "/in/rongcheng.approval/../../etc", 404, "GT421"),
    ("POST", "/in/%2e%2e/%2fetc%00/passwd", 404, "GT421"), ("POST", "/in/rongcheng.approval%0d%0aX:y/events", 404, "GT421"),
    ("GET", "/in/rongcheng.approval/events", 405, "GT422"), ("DELETE", "/healthz", 405, "GT422"),
])
async def test_where_there_is_no_door_a_problem_says_so(
    hub: Attacked, method: str, path: str, status: int, code: str
) -> None:
    """An unknown county, path or method: a JSON problem that quotes neither."""
    answer = await hub.raw(request_head(method, path, {"Content-Length": "0"}))
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert "x" not in answer.headers
    assert "passwd" not in answer.text


@pytest.mark.parametrize("other", ["authorization", "AUTHORIZATION"])
async def test_who_proves_itself_twice_is_refused_and_told_why(hub: Attacked, other: str) -> None:
    """Also where both are right (RFC 9110: the header comes once): a proxy may have judged another of the two than we would."""
    proof, before = hub.doors["rongcheng"].proof(), hub.kept()
    answer = await hub.post("rongcheng", headers={other: proof["Authorization"]})
    assert (answer.status, answer.json()["code"]) == (400, "GT636")
    assert answer.json()["detail_zh"] == "请求带有多个 Authorization 请求头；请只带一个：途中的代理判断的可能是另一个"
    assert hub.kept() == before
    assert taken("rongcheng", await hub.post("rongcheng"))


@pytest.mark.parametrize("charset", ["\xff\xfe", "x" * 5000, "zlib", "utf-8; charset=idna", "'\"><"])
async def test_a_strange_charset_declaration_does_no_harm(hub: Attacked, charset: str) -> None:
    """A body that is UTF-8 is read as such; what was declared is not kept where it is no charset's name."""
    headers = {"Content-Type": f"application/json; charset={charset}"}
    assert taken("rongcheng", await hub.post("rongcheng", headers=headers))


@pytest.mark.parametrize("name", DOORS)
@pytest.mark.parametrize("kind", [
    "text/xml; charset=" + "(" * 7000, "(" * 7000, "text/xml; charset*=undefined''%ff", "text/xml; charset*=gbk; charset*0=b",
    "multipart/form-data; boundary=" + "(" * 7000,
], ids=["brackets", "nothing but brackets", "a charset that fails", "pieces in disorder", "a boundary of brackets"])
async def test_a_content_type_in_disorder_is_no_failure_of_ours(hub: Attacked, name: str, kind: str) -> None:
    """Anybody may write it, before any proof: each would be an error in the log."""
    head = request_head("POST", hub.doors[name].path, {**hub.doors[name].proof(), "Content-Type": kind, "Content-Length": "2"})
    status, code = refusal(name, await hub.raw(head + b"<>"))
    assert status < 500 or name == "jiedong"  # where a fault is a 500
    assert code != "GT424"

"""What the REST adapter reads: page by page, byte for byte, missing nothing, and telling the source afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from guantong.adapter import GivesBack, Mark, Polls, Queries, Sends, SystemContext
from guantong.cipher import CipherChoice
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Record, Verdict
from guantong.secret import Secret
from guantong.signer import Signer, SignerChoice
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.pages import NoPage, items
from guantong_adapters.rest.reading import Read
from guantong_adapters.rest.settings import RestSettings
from guantong_plugins.ciphers.plugin import register_ciphers

BY_TIME = {"path": "/cases?since={since}&page={page}&size={size}", "records_at": "data/list", "since_at": "changed",
           "ref_at": "id", "kind": "CASE", "first": "2014-07-15 00:00:00", "success": {"code": "0"}}


async def never(_: Record) -> Verdict:
    raise AssertionError("nothing is received here")


def no_signer(choice: SignerChoice) -> Signer:
    raise AssertionError(f"no signer {choice.scheme} is configured")


class Source:
    """A system that lists its cases by the time they changed, a page at a time."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str]] = []
        self.told: list[tuple[str, str, bytes]] = []
        self.page: bytes | None = None
        self.status = 200
        self.asked: list[str] = []

    def change(self, ident: str, when: str) -> None:
        self.rows = sorted([*(row for row in self.rows if row[1] != ident), (when, ident)])

    async def cases(self, request: web.Request) -> web.Response:
        self.asked.append(request.url.raw_query_string)
        if self.page is not None:
            return web.Response(status=self.status, body=self.page)
        page, size = int(request.query["page"]) - 1, int(request.query["size"])
        rows = [row for row in self.rows if row[0] >= request.query["since"]][page * size:(page + 1) * size]
        body = b",".join(b'{ "id": "%s", "changed":"%s", "fee":1.10 }' % (ident.encode(), when.encode()) for when, ident in rows)
        return web.Response(body=b'{"code":0,"data":{"list":[' + body + b"]}}")

    async def tell(self, request: web.Request) -> web.Response:
        self.told.append((request.method, request.path_qs, await request.read()))
        return web.Response(status=self.status)


@asynccontextmanager
async def source(read: dict[str, Any]) -> AsyncIterator[tuple[Polls, Source]]:
    """A source, and a system opened to read it."""
    other = Source()
    app = web.Application()
    app.router.add_route("*", "/cases", other.cases)
    app.router.add_route("*", "/cases/{tail:.*}", other.tell)
    async with TestServer(app) as server:
        model = RestSettings.model_validate({"url": str(server.make_url("/")), "read": read})
        connection = await open_rest(SystemContext("a.b", model, {}, never, no_signer, 1000, now=lambda: 0.0))
        yield cast("Polls", connection), other
        await connection.close()


async def read_all(reader: Polls, cursor: str, limit: int) -> tuple[list[str], str]:
    """The handles of everything read until a page is not full, and the cursor then."""
    found: list[str] = []
    for _ in range(100):
        polled = await reader.poll(cursor, limit)
        found += [record.ref or "" for record in polled.records]
        if not polled.records:
            return found, cursor
        cursor = polled.cursor
        if len(polled.records) < limit:
            return found, cursor
    raise AssertionError("the reading comes to no end")


async def test_a_record_is_its_bytes_in_the_page() -> None:
    """Spaces and numbers stay as the source wrote them; kind and handle are named."""
    async with source(BY_TIME) as (reader, other):
        other.change("A1", "2014-07-15 10:30:00")
        [record] = (await reader.poll("", 10)).records
    assert record == Record("a.b", b'{ "id": "A1", "changed":"2014-07-15 10:30:00", "fee":1.10 }', "CASE", None, "A1")
    assert other.asked == ["since=2014-07-15%2000:00:00&page=1&size=10"]


async def test_everything_is_read_page_by_page_also_where_many_changed_at_one_moment() -> None:
    """Full pages are followed by their next; nothing among equal times is left out, whatever the page's size."""
    async with source(BY_TIME) as (reader, other):
        for number in range(25):
            other.change(f"A{number:02d}", "2014-07-15 10:30:00")
        for size in (1, 4, 5, 25, 100):
            found, _ = await read_all(reader, "", size)
            assert sorted(set(found)) == [f"A{number:02d}" for number in range(25)], size


async def test_the_next_reading_goes_on_from_the_greatest_value_seen_inclusive() -> None:
    """What came at the same moment meanwhile is read; what comes again is a duplicate to the hub."""
    async with source(BY_TIME) as (reader, other):
        other.change("A1", "2014-07-15 10:30:00")
        other.change("A2", "2014-07-15 10:31:00")
        _, cursor = await read_all(reader, "", 10)
        other.change("A3", "2014-07-15 10:31:00")
        other.change("A1", "2014-07-15 10:32:00")
        found, _ = await read_all(reader, cursor, 10)
        assert found == ["A2", "A3", "A1"]


async def test_while_nothing_happens_nothing_is_read_twice() -> None:
    """The records of the last moment come with every page and are known again; what joins them there is read."""
    async with source(BY_TIME) as (reader, other):
        other.change("A1", "2014-07-15 10:30:00")
        other.change("A2", "2014-07-15 10:30:00")
        cursor, read = "", []
        for number in range(6):
            if number == 4:
                other.change("A3", "2014-07-15 10:30:00")
            polled = await reader.poll(cursor, 10)
            read.append([record.ref for record in polled.records])
            cursor = polled.cursor
        assert read == [["A1", "A2"], [], [], [], ["A1", "A2", "A3"], []]


@settings(max_examples=60)
@given(st.data())
async def test_whatever_changes_while_it_is_read_is_read_in_the_end(data: st.DataObject) -> None:
    """Changes between any two pages: every case's last change is seen."""
    size = data.draw(st.integers(1, 4))
    changes = data.draw(st.lists(st.integers(0, 6), min_size=1, max_size=12))
    async with source(BY_TIME) as (reader, other):
        cursor, seen = "", dict[str, str]()
        for minute, case in enumerate(changes):
            other.change(f"A{case}", f"2014-07-15 10:{minute // 3:02d}:00")
            if data.draw(st.booleans()):
                polled = await reader.poll(cursor, size)
                seen |= {record.ref or "": orjson.loads(record.body)["changed"] for record in polled.records}
                cursor = polled.cursor
        for _ in range(60):
            polled = await reader.poll(cursor, size)
            seen |= {record.ref or "": orjson.loads(record.body)["changed"] for record in polled.records}
            cursor = polled.cursor
        assert seen == {ident: when for when, ident in other.rows}


async def test_numbers_are_ordered_as_numbers_where_the_settings_say_so() -> None:
    """9 comes before 10, though the text does not."""
    async with source({**BY_TIME, "numbers": True, "first": "0"}) as (reader, other):
        other.page = b'{"code":0,"data":{"list":[{"id":"a","changed":9},{"id":"b","changed":10}]}}'
        assert orjson.loads((await reader.poll("", 10)).cursor)[0] == "10"
        other.page = b'{"code":0,"data":{"list":[{"id":"a","changed":"x"}]}}'
        with pytest.raises(ProblemsError, match="a record has no number at 'changed'"):
            await reader.poll("", 10)


async def test_a_system_that_says_what_to_ask_for_next_is_asked_for_that() -> None:
    """Its token is taken as it is."""
    async with source({"path": "/cases?after={since}", "next_at": "next", "records_at": "list"}) as (reader, other):
        other.page = b'{"list":[{}],"next":"t&1"}'
        polled = await reader.poll("", 10)
        await reader.poll(polled.cursor, 10)
    assert other.asked == ["after=", "after=t%261"]


async def test_xml_pages_are_cut_into_documents() -> None:
    """Each element at the path, with its namespaces, whatever else stands beside it."""
    async with source({"path": "/cases", "decode": "xml", "records_at": "list/case", "ref_at": "id",
                       "taken": {"path": "/cases/{ref}/taken"}}) as (reader, other):
        other.page = '<r xmlns="u:x"><n>2</n><list><case><id>言</id></case> <case><id>2</id></case></list></r>'.encode()
        records = (await reader.poll("", 10)).records
    assert [record.ref for record in records] == ["言", "2"]
    assert records[0].body.decode() == '<case xmlns="u:x"><id>言</id></case>'


async def test_the_source_hears_what_became_of_its_records() -> None:
    """Taken and refused each in their own request, what stands in it written so that it cannot lead elsewhere."""
    read = {**BY_TIME, "taken": {"method": "PUT", "path": "/cases/{ref}/taken?no={message}"},
            "refused": {"path": "/cases/{ref}/error", "body": '{"code":"{code}","why":"{reason}"}'}}
    async with source(read) as (reader, other):
        await reader.mark([
            Mark("A/1", Verdict(Acceptance.ROUTED, 7)),
            Mark("A2", Verdict(Acceptance.REFUSED, 0, "GT301", "not JSON", '不是“JSON”"')),
        ])
    assert other.told == [
        ("PUT", "/cases/A%2F1/taken?no=M7", b""),
        ("POST", "/cases/A2/error", '{"code":"GT301","why":"不是“JSON”\\""}'.encode()),
    ]


PARKED = Verdict(Acceptance.PARKED, 8, "GT401", "no code", "无此代码")


@pytest.mark.parametrize(("more", "told"), [
    ({}, ["parked M8 GT401 无此代码", "/cases/taken/A2", "/cases/taken/A3"]), ({"error_for": ["refused"]}, ["/cases/taken/A1", "/cases/taken/A2", "/cases/taken/A3"]),
    ({"error_for": ["conflict"]}, ["/cases/taken/A1", "conflict M9 GT404 ", "/cases/taken/A3"]), ({"refused": None}, ["/cases/taken/A1", "/cases/taken/A2", "/cases/taken/A3"]),
])
async def test_a_source_is_told_apart_what_waits_for_a_person(more: dict[str, Any], told: list[str]) -> None:
    """A parked record by the request of those that failed, unless `error_for` says otherwise; what none tells of was taken."""
    read = {**BY_TIME, "taken": {"path": "/cases/taken/{ref}"}, "refused": {"path": "/cases/failed/{ref}", "body": "{end} {message} {code} {reason}"}, **more}
    async with source(read) as (reader, other):
        await reader.mark([Mark("A1", PARKED), Mark("A2", Verdict(Acceptance.CONFLICT, 9, "GT404")), Mark("A3", Verdict(Acceptance.DUPLICATE, 7))])
    assert [body.decode() or path for _, path, body in other.told] == told


async def test_a_record_is_given_back_to_a_source_by_the_request_of_those_that_failed() -> None:
    """With the reason; a source that declares none cannot be told, one that does not listen is an error."""
    read = {**BY_TIME, "refused": {"path": "/cases/{ref}/error", "body": '{"end":"{end}","code":"{code}","why":"{reason}"}'}}
    async with source(read) as (reader, other):
        giving = cast("GivesBack", reader)
        assert await giving.give_back("A/1", "事项编码“不存在”") == "POST /cases/A%2F1/error"
        assert other.told == [("POST", "/cases/A%2F1/error", '{"end":"refused","code":"","why":"事项编码“不存在”"}'.encode())]
        other.status = 500
        with pytest.raises(ProblemsError, match="HTTP status 500 to what we said of a record"):
            await giving.give_back("A2", "x")
    async with source(BY_TIME) as (silent, _):
        assert await cast("GivesBack", silent).give_back("A1", "x") == ""


@pytest.mark.parametrize(("page", "status", "what"), [
    (b"", 200, "it is not the JSON"), (b"[1,2", 200, "or not what `success:` says"), (b'{"code":1}', 200, "or not what `success:` says"),
    (b'{"code":0}', 200, "nothing at 'data/list'"), (b'{"code":0,"data":{"list":7}}', 200, "it is not the JSON"),
    (b'{"code":0,"data":{"list":[]}}', 503, "HTTP status 503"), (b"[" * 100_000, 200, "or not what `success:` says"),
])
async def test_what_is_no_page_is_told_and_nothing_moves(page: bytes, status: int, what: str) -> None:
    """The problem names the settings and quotes nothing of what came."""
    async with source(BY_TIME) as (reader, other):
        other.page, other.status = page, status
        with pytest.raises(ProblemsError) as failed:
            await reader.poll("", 10)
    assert "settings.read: the system gave no page of records: " in str(failed.value)
    assert what in str(failed.value) or page == b""


async def test_a_source_that_does_not_listen_is_told_again_later() -> None:
    """Marking fails as a whole: the cursor stays, the records come again and are duplicates."""
    async with source({**BY_TIME, "taken": {"path": "/cases/{ref}/taken"}}) as (reader, other):
        other.status = 500
        with pytest.raises(ProblemsError, match="HTTP status 500 to what we said of a record"):
            await reader.mark([Mark("A1", Verdict(Acceptance.ROUTED, 7))])


async def test_a_page_on_which_nothing_moves_on_is_a_mistake_of_the_settings() -> None:
    """Without pages, a full answer of equal values would be read for ever: said instead."""
    async with source({**BY_TIME, "path": "/cases?since={since}"}) as (reader, other):
        other.page = b'{"code":0,"data":{"list":[{"id":"a","changed":"2014-07-15 00:00:00"}]}}'
        with pytest.raises(ProblemsError, match=r"put \{page\} into `path:`"):
            await reader.poll("", 1)


async def test_a_system_that_is_only_read_is_neither_sent_to_nor_asked() -> None:
    """The core looks at what a connection can do."""
    async with source(BY_TIME) as (reader, _):
        assert isinstance(reader, Polls)
        assert not isinstance(reader, Sends)
        assert not isinstance(reader, Queries)


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers() | st.none() | st.floats(allow_nan=False), max_size=3), max_size=5))
def test_every_item_of_a_page_keeps_its_bytes(rows: list[dict[str, Any]]) -> None:
    """However the page is written, the items are its own slices."""
    written = [orjson.dumps(row, option=orjson.OPT_INDENT_2) for row in rows if all(abs(v) < 2**63 for v in row.values() if isinstance(v, int))]
    page = b'{"a": {"b": [\n' + b" , ".join(written) + b"\n]}}"
    read = Read.model_validate({"path": "/x?{since}", "records_at": "a/b", "since_at": "t"})
    assert [item.body for item in items(page, read)] == written


@given(st.binary(max_size=100), st.sampled_from(["json", "xml"]))
def test_no_answer_makes_cutting_fail_otherwise(body: bytes, decode: str) -> None:
    """Whatever comes is a page or is none."""
    read = Read.model_validate({"path": "/x?{since}", "records_at": "a", "since_at": "t", "decode": decode})
    assert _cut(body, read) is not None


def _cut(body: bytes, read: Read) -> object:
    try:
        return items(body, read)
    except NoPage as error:
        return str(error)


@pytest.mark.parametrize(("read", "why"), [
    ({"path": "/x"}, "how the next page is found"), ({"path": "/x", "since_at": "a"}, "needs [{]since[}]"),
    ({"path": "/x?{sinc}", "next_at": "a"}, "unknown placeholder 'sinc'"),
    ({"path": "/x?{since}", "since_at": "a", "next_at": "b"}, "not both"),
    ({"path": "/x", "taken": {"path": "/y"}}, "need `ref_at:`"), ({"path": "/x", "next_at": "a", "decode": "xml"}, "XML pages need"),
    ({"path": "/x", "ref_at": "a", "taken": {"path": "/y", "body": "{serial}"}}, "unknown placeholder 'serial'"),
])
def test_settings_that_read_nothing_sensible_are_refused(read: dict[str, Any], why: str) -> None:
    """Before anything is opened, with what to write instead."""
    with pytest.raises(ValidationError, match=why):
        RestSettings.model_validate({"url": "http://127.0.0.1:1", "read": read})


async def test_sealed_records_are_opened_and_one_that_is_not_is_refused_at_the_source() -> None:
    """Shandong's xmlStr: each record of a page is SM4 text; the reading goes on past one that is not."""
    secrets = {"cipher_key": Secret("an-invented-key!"), "cipher_iv": Secret("an-invented-iv-!")}
    sealing = next(spec for spec in register_ciphers() if spec.name == "sm4-cbc").open(CipherChoice(scheme="sm4-cbc"), secrets)
    sealed = sealing.seal("<A>䶮</A>".encode()).decode()
    read = {"path": "/cases?size={size}", "method": "POST", "records_at": "data", "record_at": "xmlStr", "ref_at": "id", "cipher": "sm4-cbc",
            "taken": {"path": "/cases/{ref}/taken"}, "refused": {"path": "/cases/{ref}/refused?why={reason}"}}
    other = Source()
    other.page = orjson.dumps({"data": [{"id": 1, "xmlStr": sealed}, {"id": 2, "xmlStr": "<A/>"}, {"id": 3, "xmlStr": sealed}]})
    app = web.Application()
    app.router.add_route("*", "/cases", other.cases)
    app.router.add_route("*", "/cases/{tail:.*}", other.tell)
    async with TestServer(app) as server:
        model = RestSettings.model_validate({"url": str(server.make_url("/")), "read": read})
        context = SystemContext("a.b", model, secrets, never, no_signer, 1000, now=lambda: 0.0, cipher=lambda _choice: sealing)
        connection = await open_rest(context)
        reader = cast("Polls", connection)
        polled = await reader.poll("", 10)
        assert [(record.ref, record.body.decode()) for record in polled.records] == [("1", "<A>䶮</A>"), ("3", "<A>䶮</A>")]
        [refused] = polled.refused
        assert (refused.ref, refused.verdict.code) == ("2", "GT548")
        assert refused.verdict.reason_zh.endswith("; 请用双方约定的密钥加密")
        await reader.mark([Mark("1", Verdict(Acceptance.ROUTED, 7)), refused, Mark("3", Verdict(Acceptance.ROUTED, 8))])
        await connection.close()
    assert [path.partition("?")[0] for _, path, _ in other.told] == ["/cases/1/taken", "/cases/2/refused", "/cases/3/taken"]


def test_a_cipher_of_reading_needs_to_know_where_the_sealed_text_is() -> None:
    """Or nothing would be opened, in silence."""
    with pytest.raises(ValidationError, match="`cipher:` of reading opens the text at `record_at:`"):
        Read.model_validate({"path": "/cases?since={since}", "since_at": "changed", "cipher": "sm4-cbc"})

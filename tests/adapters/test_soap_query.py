"""Asking what became of a delivery by a status call over SOAP: by hand, by a WSDL, and through the whole hub."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from pydantic import ValidationError
from tests.adapters.caseexchange import SERIAL, connected, sample_wsdl, sending, service, step
from tests.adapters.soap_peer import COUNTY, RARE, SECRETS, Scripted, context, outgoing, settings, soap

from guantong.adapter import Queries
from guantong.config import load
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.record import Record, Reply, Unsure
from guantong_adapters.simulation.ledger import Ledger, read_effects
from guantong_adapters.soap.connection import AskedConnection, open_soap
from guantong_adapters.soap.simulators.county import PATH, run_county
from guantong_adapters.soap.simulators.settings import CountySettings

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = {"operation": "query", "arguments": [
    {"name": "type", "value": "kind"}, {"name": "sblsh", "field": "SBLSH"}, {"name": "sjbbh", "field": ["BBH", "SJBBH"]}]}
BY_WSDL = {"operation": "QueryCase", "arguments": [
    {"name": "Operation", "value": "kind"}, {"name": "ApplyNo", "field": "record/ApplyNo"},
    {"name": "Version", "field": "record/@version"}, {"name": "StepCode", "field": "record/StepCode"},
    {"name": "Time", "field": ["record/FinishTime", "record/StepTime"]}]}


async def test_a_status_call_by_hand_carries_the_records_own_fields() -> None:
    """In their order, escaped, in the charset of the system; the answer is freed from SOAP as any other."""
    peer = Scripted(lambda *_: soap("<r><return>&lt;RESULT&gt;&lt;CODE&gt;1&lt;/CODE&gt;&lt;/RESULT&gt;</return></r>", "gb18030"))
    asked = {**BY_HAND, "soap_action": "urn:query"}
    async with peer.url() as url:
        connection = await open_soap(context(COUNTY, url=url, query=asked))
        assert isinstance(connection, AskedConnection)
        sent = outgoing(b"<ROOT/>")._replace(fields={"SBLSH": f"<{RARE}>", "BBH": "", "SJBBH": "2"})
        end = await connection.query(sent)
        await connection.close()
    assert isinstance(end, Reply)
    assert end.body == b"<RESULT><CODE>1</CODE></RESULT>"
    headers, body = peer.seen[0]
    assert (headers["SOAPAction"], headers["X-Guantong-Key"]) == ('"urn:query"', "agreed-key")
    assert f"<type>EX_GDBS_SL</type><sblsh>&lt;{RARE}&gt;</sblsh><sjbbh>2</sjbbh></q:query>" in body.decode("gb18030")


@pytest.mark.parametrize("more", [{}, {"port": "CaseExchangeSoap12", "charset": "gb18030"}], ids=["1.1", "1.2 in gb18030"])
async def test_a_status_call_by_the_wsdl_tells_what_is_there(tmp_path: Path, more: dict[str, Any]) -> None:
    """Compiled as every operation is: what took effect is found, another version is not."""
    def asked(**fields: Any) -> Any:
        record = step(**fields)
        return sending(record)._replace(fields=record)

    async with service(tmp_path, faults={"lose_reply": [SERIAL]}) as url, connected(tmp_path, url, query=BY_WSDL, **more) as it:
        assert isinstance(it, Queries)
        assert isinstance(await it.send(sending(step())), Unsure)
        ends = [await it.query(asked()), await it.query(asked(**{"@version": "2"}))]
    assert [orjson.loads(end.body)["Receipt"]["Code"] for end in ends if isinstance(end, Reply)] == ["0", "4"]


async def test_a_record_without_the_field_asked_by_is_told_and_nothing_leaves(tmp_path: Path) -> None:
    """Guessing would find another's."""
    async with service(tmp_path) as url, connected(tmp_path, url, query=BY_WSDL) as it:
        assert isinstance(it, Queries)
        with pytest.raises(ProblemsError) as refused:
            await it.query(sending(step())._replace(fields={"record": {"@version": "1"}}))
    assert str(refused.value) == (
        "query.arguments: the status call 'QueryCase' needs record/ApplyNo, and the record has no such text; "
        "map the field, or name another at `query.arguments` [GT697]")


async def test_a_system_without_a_status_call_cannot_be_asked(tmp_path: Path) -> None:
    """The core looks at what is there."""
    async with service(tmp_path) as url, connected(tmp_path, url) as it:
        assert not isinstance(it, Queries)


async def test_a_status_call_that_the_wsdl_does_not_have_is_told_with_the_nearest(tmp_path: Path) -> None:
    """When the system is opened, not when something is lost."""
    known = {"url": "http://x.invalid/", "wsdl": str(sample_wsdl(tmp_path)), "query": {**BY_WSDL, "operation": "QueryCases"}}
    with pytest.raises(ProblemsError, match=r"query\.operation: the WSDL has no operation 'QueryCases'; did you mean 'QueryCase'\?"):
        await open_soap(context(known, home=tmp_path))


@pytest.mark.parametrize(("more", "said"), [
    ({"query": {**BY_HAND, "arguments": [{"name": "a/b", "value": "key"}]}}, "one element"),
    ({"query": {**BY_HAND, "arguments": [{"name": "a", "value": "token"}]}}, "needs `login:`"),
    ({"query": {**BY_HAND, "arguments": [{"name": "a", "value": "key", "field": "B"}]}}, "exactly one of `field:`, `value:`"),
    ({"query": {**BY_HAND, "arguments": []}}, "at least 1 item"),
])
def test_a_status_call_that_cannot_be_made_is_refused(more: dict[str, Any], said: str) -> None:
    """By the declaration, before anything is opened."""
    with pytest.raises(ValidationError, match=said):
        settings(COUNTY, url="http://x.invalid/", **more)


async def test_a_call_by_hand_carries_the_soap_headers() -> None:
    """Constants, secrets, the time and the key, in the operation's namespace or their own; without any, no header."""
    peer = Scripted(lambda *_: soap("<r/>"))
    header = {"name": "Auth", "must_understand": True, "fields": {"User": {"secret": "user"}, "Id": {"value": "key"}}}
    bare = {"name": "Tenant", "namespace": "", "fields": {"City": {"constant": "445203"}}}
    async with peer.url() as url:
        for headers in ([header, bare], []):
            connection = await open_soap(context(COUNTY, url=url, soap_headers=headers))
            await connection.send(outgoing(b"<ROOT/>"))
            await connection.close()
    with_headers, without = (body.decode("gb18030") for _, body in peer.seen)
    namespace = COUNTY["namespace"]
    assert (f'<s:Header><h:Auth s:mustUnderstand="1" xmlns:h="{namespace}"><h:User>{SECRETS["user"]}</h:User><h:Id>GT01</h:Id>'
            "</h:Auth><Tenant><City>445203</City></Tenant></s:Header><s:Body>") in with_headers
    assert "Header" not in without


async def test_what_a_reply_to_a_call_by_hand_says_of_its_charset_is_not_believed() -> None:
    """The bytes decide, as for calls by a WSDL: UTF-8 that header and declaration call GBK, and GBK called UTF-8."""
    text = "<return>办件已存在，请勿重复提交</return>"
    envelope = f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><r>{text}</r></e:Body></e:Envelope>'
    lies = [(envelope.encode(), "gbk"), (envelope.encode("gb18030"), "utf-8")]
    for body, said in lies:
        peer = Scripted(partial(_lying, body, said))
        async with peer.url() as url:
            connection = await open_soap(context(COUNTY, url=url))
            end = await connection.send(outgoing(b"<ROOT/>"))
            await connection.close()
        assert isinstance(end, Reply)
        assert end.body.decode("gb18030") == "办件已存在，请勿重复提交"


def _lying(body: bytes, charset: str, *_: object) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": f"text/xml; charset={charset}"})


# The whole hub: the shipped profiles with their commented status call taken in.

FILES = {
    "config/guantong.yaml": "hub: {name: 试验, listen: 127.0.0.1:0}\nlog: {level: error}\n",
    "config/routes.yaml": "routes:\n  - {name: hall-to-county, events: case.application, from: {role: hall}, to: {role: county, by: region}}\n",
    "config/city.yaml": """
name: {zh: 市, en: City}
region: "445200"
systems:
  hall:
    role: hall
    adapter: rest
    dialect: case-exchange
    settings: {receive: {path: in, auth: {signer: bearer}}}
    secrets: {token: {env: TOKEN}}
""",
}
EAST = """
name: {zh: 东县, en: East}
region: "445203"
systems:
  approval:
    role: county
    profile: @profile
    dialect: @dialect
    settings: {url: "@url"@more}
    delivery: {retry: {first: 10ms, factor: 1, most: 10ms, attempts: 50, for: 1h}}
    secrets: {key: {env: KEY}, user: {env: USER_NAME}, password: {env: PASSWORD}}
"""
ENVIRON = {"TOKEN": "t" * 20, "KEY": SECRETS["key"], "USER_NAME": SECRETS["user"], "PASSWORD": SECRETS["password"]}
APPLICATION = {"record": {"@version": "1", "ApplyNo": SERIAL, "ItemCode": "10000010100699301413445203", "ItemName": "设立登记",
                          "Region": "445203", "ApplicantName": "黄喆", "Title": "设立登记申请", "ApplyTime": "2014-07-15T10:30:00+08:00"}}


def with_status_call(profile: str) -> str:
    """The shipped profile as its own comment says: the lines taken in, and `unknown: query`."""
    lines = (ROOT / "config" / "profiles" / f"{profile}.yaml").read_text("utf-8").splitlines()
    for margin in ("  ", ""):
        begin = lines.index(f"{margin}# query:")
        end = next((number for number in range(begin, len(lines)) if not lines[number].startswith(f"{margin}# ")), len(lines))
        lines[begin:end] = [line.replace("# ", "", 1) for line in lines[begin:end]]
    return "\n".join(lines).replace("unknown: hold", "unknown: query").replace("unknown: retry", "unknown: query")


@asynccontextmanager
async def hub_with(folder: Path, profile: str, dialect: str, url: str, more: str = "", receipt: str = "") -> AsyncIterator[Hub]:
    """A hub with a hall and one county whose interface is *profile*."""
    east = EAST.replace("@profile", profile).replace("@dialect", dialect).replace("@url", url).replace("@more", more) + receipt
    files = {**FILES, "config/counties/east.yaml": east, f"config/profiles/{profile}.yaml": with_status_call(profile)}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    loaded = load(folder, registry(), ENVIRON)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    async with running(loaded.configuration, registry()) as hub:
        yield hub


def by_wsdl(folder: Path, url: str, receipt: str = "") -> AbstractAsyncContextManager[Hub]:
    """A hub with a county called by the WSDL that its service hands out."""
    return hub_with(folder, "county-soap-wsdl", "case-exchange", url, f', wsdl: "{url}?wsdl"', receipt)


async def told(hub: Hub) -> None:
    """The hall tells of an application."""
    assert (await accept(hub.engine, Record("city.hall", orjson.dumps(APPLICATION), "SubmitApplication"))).taken


async def until(hub: Hub, state: DeliveryState) -> None:
    async with asyncio.timeout(60):
        while (row := hub.engine.reader.delivery(1)) is None or row.state is not state:  # noqa: ASYNC110  the lines work beside us: nothing announces a change
            await asyncio.sleep(0.01)


async def test_after_a_lost_reply_the_county_is_asked_by_hand_and_not_sent_to_twice(tmp_path: Path) -> None:
    """`unknown: query` of the profile `county-soap-invoke`: it is there, so it is confirmed."""
    far = tmp_path / "far"
    far.mkdir()
    (far / "stories.jsonl").touch()
    known = CountySettings.model_validate({
        "secrets": SECRETS, "stories": far / "stories.jsonl", "county": "east", "hub_url": "http://127.0.0.1:9",
        "faults": {"lose_reply": [SERIAL]}})
    task = asyncio.ensure_future(run_county(known, far))
    while not (far / "ready.json").exists():
        assert not task.done(), task.exception()
        await asyncio.sleep(0.005)
    url = orjson.loads((far / "ready.json").read_bytes())["url"] + PATH
    async with hub_with(tmp_path / "home", "county-soap-invoke", "jiedong", url) as hub:
        await told(hub)
        await until(hub, DeliveryState.CONFIRMED)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    [effect] = read_effects(far / "ledger.db")
    assert (effect.key, effect.repeats) == ((SERIAL,), 0)


async def test_after_a_lost_reply_the_county_is_asked_by_its_wsdl_and_not_sent_to_twice(tmp_path: Path) -> None:
    """`unknown: query` of the profile `county-soap-wsdl`."""
    (far := tmp_path / "far").mkdir()
    async with service(far, faults={"lose_reply": [SERIAL]}) as url, by_wsdl(tmp_path / "home", url) as hub:
        await told(hub)
        await until(hub, DeliveryState.CONFIRMED)
    [effect] = read_effects(far / "ledger.db")
    assert (effect.kind, effect.repeats) == ("SubmitApplication", 0)


async def test_a_receipt_is_asked_for_by_the_status_call(tmp_path: Path) -> None:
    """`receipt: {by: query}`: taken is `sent`; what the county says when asked confirms it."""
    (far := tmp_path / "far").mkdir()
    receipt = """\
    receipt:
      by: query
      every: 100ms
      within: 1d
      reply: {decode: json, rules: [{when: {field: {Receipt/Code: "0", Receipt/Message: 已接收}}, means: confirmed}]}
"""
    async with service(far) as url, by_wsdl(tmp_path / "home", url, receipt) as hub:
        await told(hub)
        await until(hub, DeliveryState.CONFIRMED)
    ledger = Ledger(far / "ledger.db")
    counts = ledger.counts()
    ledger.close()
    assert (counts["effects"], counts["duplicates"], counts["queries"]) == (1, 0, 1)


def test_check_refuses_to_ask_whom_no_status_call_is_declared_for() -> None:
    """The settings decide, as for REST."""
    [spec] = [one for one in registry().adapters.values() if one.name == "soap"]
    plain = settings(COUNTY, url="http://x.invalid/")
    assert not spec.queries(plain)
    assert spec.queries(settings(COUNTY, url="http://x.invalid/", query=BY_HAND))

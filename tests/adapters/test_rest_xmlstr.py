"""The shipped profile of forms with `xmlStr` and the county that speaks so, against each other, both ways."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from guantong.adapter import Connection, Mark, Polls, Renews, Sends, Serves, SystemContext
from guantong.config import load
from guantong.config.configuration import System
from guantong.config.reply import Meaning
from guantong.journey.judge import Judgement, judge
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Outgoing, Record, Unsure, Verdict
from guantong.starter import starter
from guantong.yamlfile import Table, plain, read_yaml
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.settings import RestSettings
from guantong_adapters.rest.simulator import XmlStrSettings
from guantong_adapters.rest.xmlstr_county import run_county
from guantong_adapters.rest.xmlstr_records import Malformed, Seal, document
from guantong_adapters.simulation.ledger import read_effects, read_rejections
from guantong_adapters.simulation.story import Act, Story, write_stories
from guantong_plugins.ciphers.plugin import register_ciphers

CIPHERS = {spec.name: spec for spec in register_ciphers()}
SECRETS = {
    "access_token": "an-invented-access", "app_id": "an-invented-app", "app_secret": "an&invented=言",
    "cipher_key": "an-invented-key!", "cipher_iv": "an-invented-iv-!", "hub_token": "an-invented-hub",
}
SEAL = Seal({"key": SECRETS["cipher_key"], "iv": SECRETS["cipher_iv"]})
SERIAL, OWN = "10000010100699601311407150001", "PN20140715-0001"
CONTEXT: Mapping[str, Any] = {"system": {}, "site": {}, "case": {}}
TAKEN = Verdict(Acceptance.ROUTED, 42)
STORY = Story(1, "puning", "online", SERIAL, OWN, (
    Act("case.application", {"serial.province": SERIAL}),
    Act("case.acceptance", {
        "serial.province": SERIAL, "serial.county": OWN, "outcome": "accepted", "accepted_at": "2014-07-15T10:03:00",
        "operator.name": "𠮷<&某",
    }, quirks={"dates": "unpadded"}),
    Act("case.pause", {"serial.county": OWN, "pause.seq": 1, "pause.started_at": "2014-07-16T09:00:00"}),
    Act("case.resumption", {"serial.county": OWN, "pause.seq": 1, "pause.ended_at": "2014-07-17T09:00:00"}),
    Act("case.finish", {
        "serial.county": OWN, "outcome": "certificate", "fee.amount": "120.50", "finished_at": "2014-07-18T16:00:00",
    }, version=2, quirks={"empty": "word"}),
))


@pytest.fixture(scope="module")
def puning() -> System:
    """The starter's system, with invented secrets; the other systems' are invented as well."""
    named = re.findall(r"env: (\w+)", "".join(file.read_text("utf-8") for file in starter("config").rglob("*.yaml")))
    environment = dict.fromkeys(named, "an-invented-secret") | {f"GUANTONG_PUNING_{name.upper().replace('CIPHER_KEY', 'SM4_KEY').replace('CIPHER_IV', 'SM4_IV')}": secret
                   for name, secret in SECRETS.items()}
    configuration = load(starter("config").parent, registry(), environment).configuration
    assert configuration is not None
    return configuration.systems["puning.approval"]


class World:
    """The county's simulator, and the system opened as the hub opens it."""

    def __init__(self, system: System, folder: Path) -> None:
        self.system = system
        self.folder = folder
        self.records: list[Record] = []
        self.turned_away: list[str] = []
        self.verdict = TAKEN
        self.hub = ""
        self.connection: Connection

    async def accept(self, record: Record) -> Verdict:
        self.records.append(record)
        return self.verdict

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hand a request to our door of that path."""
        assert isinstance(self.connection, Serves)
        (door,) = (door for door in self.connection.doors() if door.path == request.path)
        return await door.handle(request)

    async def apply(self, item: str = "10000010100699601313445281") -> tuple[Judgement, dict[str, Any]]:
        """Send an application as the journey does; what the answer means, and the serials it tells."""
        values = {
            "serial.province": SERIAL, "item.code": item, "applicant.name": "陈䶮", "version": 1,
            "applied_at": "2014-07-15T10:00:00+08:00",
        }
        dialect = self.system.dialect
        native = dialect.outward("case.application", values, CONTEXT).native
        answer = await cast("Sends", self.connection).send(
            Outgoing(1, 1, "case.application", native.kind, dialect.encode(native), native.fields, "GT1", 20.0)
        )
        judgement = judge(answer, self.system.reply)
        if judgement.reply is None or judgement.meaning is not Meaning.SUCCESS or not judgement.reply.startswith(b"<"):
            return judgement, {}
        return judgement, dict(dialect.reply("case.application", dialect.decode_reply(judgement.reply)))

    async def renew(self) -> None:
        await cast("Renews", self.connection).renew()

    def events(self) -> list[dict[str, Any]]:
        """What the records received say."""
        dialect = self.system.dialect
        natives = [native for record in self.records for native in dialect.decode(record.body, record.kind)]
        return [{"event": one.event, **one.values} for native in natives for one in dialect.inward(native, CONTEXT)]


@pytest.fixture
def world(puning: System, tmp_path: Path) -> Callable[..., Any]:
    """Opens a world with the given faults and settings of the county, and changes to the adapter's."""

    @asynccontextmanager
    async def opened(faults: dict[str, Any] | None = None, change: Callable[[dict[str, Any], Path], Any] | None = None,
                     **more: Any) -> AsyncIterator[World]:
        write_stories(tmp_path / "stories", [STORY])
        made = World(puning, tmp_path)
        app = web.Application()
        app.router.add_post("/in/{tail:.*}", made.serve)
        async with TestServer(app) as server:
            made.hub = str(server.make_url(""))
            county = XmlStrSettings.model_validate({
                "stories": tmp_path / "stories", "hub_url": made.hub, "secrets": SECRETS, "faults": faults or {},
                "unknown_items": ["X"], **more,
            })
            running = asyncio.create_task(run_county(county, tmp_path))
            while not (tmp_path / "ready.json").exists():  # noqa: ASYNC110  another task writes it
                await asyncio.sleep(0)
            url = orjson.loads((tmp_path / "ready.json").read_bytes())["url"]
            said = puning.settings.model_dump(mode="json", exclude_unset=True, by_alias=True)
            settings = RestSettings.model_validate({**(change(said, tmp_path) if change else said), "url": url})
            made.connection = await open_rest(SystemContext(
                "puning.approval", settings, puning.secrets, made.accept, _no_signer, 1 << 20,
                refused=made.turned_away.append, now=time.time,
                cipher=lambda choice: CIPHERS[choice.scheme].open(choice, puning.secrets),
            ))
            yield made
            await made.connection.close()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    return opened


def _no_signer(choice: Any) -> Any:
    raise AssertionError(f"no signer {choice} is configured")


async def test_an_application_takes_effect_and_its_case_comes_back(world: Any) -> None:
    """The county opens what we sealed and says its serial; every act comes sealed in lines, and reads as it was told."""
    async with world() as one:
        judgement, serials = await one.apply()
        assert (judgement.meaning, serials) == (Meaning.SUCCESS, {"serial.county": OWN})
        while len(one.records) < 4:  # noqa: ASYNC110  the county pushes on its own
            await asyncio.sleep(0)
    (effect,) = read_effects(one.folder / "ledger.db")
    assert (effect.kind, effect.key, effect.fields["SQRMC"]) == ("SPSHENQING", (SERIAL,), "陈䶮")
    events = one.events()
    assert [event["event"] for event in events] == ["case.acceptance", "case.pause", "case.resumption", "case.finish"]
    assert events[0] | {
        "item.kind": "promised", "accepted_at": "2014-07-15T10:03:00+08:00", "operator.name": "𠮷<&某",
    } == events[0]
    assert (events[3]["fee.amount"], events[3]["version"]) == ("120.50", 2)


async def test_a_token_that_is_gone_is_renewed_and_the_application_repeated(world: Any) -> None:
    """接口令牌不存在: nothing took effect; after a new login the same application does, once."""
    async with world({"expire_every": 2}) as one:
        assert (await one.apply())[0].meaning is Meaning.SUCCESS
        assert (await one.apply())[0].meaning is Meaning.TOKEN_EXPIRED
        await one.renew()
        assert (await one.apply())[0].meaning is Meaning.DUPLICATE
    (effect,) = read_effects(one.folder / "ledger.db")
    assert effect.repeats == 1


async def test_success_is_understood_in_every_manner_it_is_said(world: Any) -> None:
    """In words and as JSON, where the serial is told by the case's own records only; said twice it is a duplicate."""
    async with world({"words_every": 1}) as one:
        assert (await one.apply())[0].meaning is Meaning.SUCCESS
        assert (await one.apply())[0].meaning is Meaning.DUPLICATE


async def test_success_as_json_is_understood(world: Any) -> None:
    """The interface's JSON says 200 as a text."""
    async with world({"json_every": 1}) as one:
        assert (await one.apply())[0].meaning is Meaning.SUCCESS


async def test_a_complaint_inside_a_200_is_a_refusal(world: Any) -> None:
    """The sealed data says that the item is unknown: the application comes back with that reason, and had no effect."""
    async with world() as one:
        judgement, _ = await one.apply(item="X")
        assert judgement.meaning is Meaning.PERMANENT
        assert "事项不存在" in judgement.reason
    assert read_effects(one.folder / "ledger.db") == []
    assert [each.reason for each in read_rejections(one.folder / "ledger.db")] == ["事项不存在"]


async def test_a_busy_county_is_asked_again(world: Any) -> None:
    """Busy is said in words, with status 200."""
    async with world({"busy_every": 2}) as one:  # the login is the first request
        assert (await one.apply())[0].meaning is Meaning.TRANSIENT


async def test_a_lost_reply_leaves_one_effect_when_sent_again(world: Any) -> None:
    """What became of it is unknown; sent again, the county says that it has it."""
    async with world({"lose_reply": [SERIAL]}) as one:
        judgement, _ = await one.apply()
        assert judgement.meaning is judge(Unsure("x"), one.system.reply).meaning is Meaning.UNKNOWN
        assert one.system.delivery.unknown == "retry"
        assert (await one.apply())[0].meaning is Meaning.DUPLICATE


@pytest.mark.parametrize(("form", "code", "said"), [
    ({"accessToken": "another", "xmlStr": "x"}, "GT510", "<code>401</code>"),
    ({"xmlStr": "x"}, "GT510", "<code>401</code>"),
    ({"accessToken": "an-invented-hub"}, "GT546", "<code>400</code>"),
    ({"accessToken": "an-invented-hub", "xmlStr": "<A/>"}, "GT548", "<code>400</code>"),
])
async def test_who_brings_no_token_or_no_sealed_record_is_told_so(
    world: Any, form: dict[str, str], code: str, said: str
) -> None:
    """In the county's own XML, with the reason in Chinese and its code; nothing is kept."""
    async with world() as one, aiohttp.ClientSession() as client:
        async with client.post(f"{one.hub}/in/puning.approval/approve", data=form) as answer:
            body = await answer.text()
            assert answer.content_type == "text/xml"
        assert body.startswith(f"<RESULT>{said}")
        assert f"[{code}]" in body
        assert (one.records, one.turned_away) == ([], [code])


async def test_the_answers_of_the_hub_are_escaped_for_xml(world: Any) -> None:
    """A reason that quotes the sender's names cannot break the document."""
    async with world() as one, aiohttp.ClientSession() as client:
        one.verdict = Verdict(Acceptance.REFUSED, 0, "GT301", "a<b", "甲&<乙>")
        form = {"accessToken": "an-invented-hub", "xmlStr": SEAL.seal("<A/>")}
        async with client.post(f"{one.hub}/in/puning.approval/approve", data=form) as answer:
            assert (answer.status, await answer.text()) == (
                400, "<RESULT><code>400</code><msg>甲&amp;&lt;乙&gt; [GT301]</msg></RESULT>"
            )


async def test_a_county_that_only_answers_is_read_and_told(world: Any) -> None:
    """The profile's other half, which stands there as a comment: getApplyInfo is read page by page with the token,
    each record as it was written; confirmed ones do not come again, and the case goes on."""
    async with world({"expire_every": 5}, change=_reading, hands_over="when_asked") as one:
        await one.apply()
        reader = cast("Polls", one.connection)
        seen: list[str] = []
        spent = 0
        while len(seen) < 4:
            try:
                polled = await reader.poll("", 10)
                await reader.mark([Mark(str(record.ref), TAKEN) for record in polled.records])
            except ProblemsError:  # the token was gone: the next poll has a new one
                spent += 1
                continue
            seen += [record.body.decode() for record in polled.records]
            await asyncio.sleep(0)
    assert seen == [document(act) for act in STORY.acts[1:]]
    assert spent


def _reading(settings: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The settings with the profile's commented `read:` in place of `receive:`."""
    profile = (starter("config") / "profiles/county-rest-xmlstr.yaml").read_text(encoding="utf-8")
    block = re.search(r"(?m)^  # read:\n(?:  #   .*\n)+", profile)
    assert block is not None
    (folder / "read.yaml").write_text(re.sub(r"(?m)^  # ", "", block[0]), encoding="utf-8")
    node, problems = read_yaml(folder / "read.yaml")
    assert isinstance(node, Table)
    assert problems == []
    return {**{key: value for key, value in settings.items() if key != "receive"}, **cast("dict[str, Any]", plain(node))}


def test_the_county_takes_no_sealed_text_with_line_breaks() -> None:
    """Its own program strips nothing: what we send stands on one line."""
    sealed = SEAL.seal("言" * 100, lines=True)
    with pytest.raises(Malformed):
        SEAL.open(sealed)
    assert SEAL.open("".join(sealed.split())) == "言" * 100

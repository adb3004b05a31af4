"""The shipped profile `gd-hall-rest` and the hall's REST side, against each other, both ways."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from guantong.adapter import Connection, Sends, Serves, SystemContext
from guantong.config import load
from guantong.config.configuration import System
from guantong.config.reply import Meaning
from guantong.journey.judge import Judgement, judge
from guantong.plugins import registry
from guantong.record import Acceptance, Outgoing, Record, Verdict
from guantong.starter import starter
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import Act, Story, write_stories
from guantong_adapters.soap.simulators.hall import run_hall
from guantong_adapters.soap.simulators.settings import HallSettings

SERIAL, OWN = "10000010100699201211407150001", "RC20140715-0001"
STORY = Story(1, "rongcheng", "online", SERIAL, OWN, (
    Act("case.application", {"serial.province": SERIAL, "applicant.name": "陈䶮", "applied_at": "2014-07-15T10:30:00"}),
))
HALL = """\
name: {zh: 某市, en: Some City}
region: "445200"
systems:
  hall:
    role: hall
    profile: gd-hall-rest
    dialect: gd-hall-json
    settings: {url: %s}
    secrets:
      token: {env: HALL_TOKEN}
      paasid: {env: HALL_PAASID}
"""
CONTEXT: dict[str, Any] = {"system": {}, "site": {}, "case": {}}


def _system(home: Path, url: str, **secrets: str) -> System:
    for folder in ("config/profiles", "mappings"):
        shutil.copytree(starter(folder.partition("/")[0]) / folder.partition("/")[2], home / folder, dirs_exist_ok=True)
    (home / "config/city.yaml").write_text(HALL % url, encoding="utf-8")
    (home / "config/routes.yaml").write_text("routes: []\n", encoding="utf-8")
    loaded = load(home, registry(), {"HALL_TOKEN": "an-invented-token", "HALL_PAASID": "hall-app", **secrets})
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    return loaded.configuration.systems["city.hall"]


class World:
    """The hall's simulator, and our system opened as the hub opens it."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.system: System
        self.connection: Connection

    async def accept(self, record: Record) -> Verdict:
        self.records.append(record)
        return Verdict(Acceptance.ROUTED, 42)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        assert isinstance(self.connection, Serves)
        (door,) = self.connection.doors()
        assert door.path == request.path
        return await door.handle(request)

    async def tell(self, event: str, **values: Any) -> tuple[Judgement, dict[str, Any]]:
        """Send an event as the journey does; what the answer means, and the serials it tells."""
        dialect = self.system.dialect
        native = dialect.outward(event, {"version": 1, **values}, CONTEXT).native
        answer = await cast("Sends", self.connection).send(
            Outgoing(1, 1, event, native.kind, dialect.encode(native), native.fields, "GT1", 20.0)
        )
        judgement = judge(answer, self.system.reply)
        if judgement.reply is None or judgement.meaning is not Meaning.SUCCESS or not dialect.reads_reply(event):
            return judgement, {}
        return judgement, dict(dialect.reply(event, dialect.decode_reply(judgement.reply)))


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., Any]:
    """Opens a world with the given faults of the hall and secrets of ours."""

    @asynccontextmanager
    async def opened(faults: dict[str, Any] | None = None, **secrets: str) -> AsyncIterator[World]:
        made, folder = World(), tmp_path / "hall"
        folder.mkdir()
        write_stories(tmp_path / "stories", [STORY])
        app = web.Application()
        app.router.add_post("/in/{tail:.*}", made.serve)
        async with TestServer(app) as server:
            running = asyncio.create_task(run_hall(HallSettings.model_validate({
                "stories": tmp_path / "stories", "hub_url": str(server.make_url("")), "start": "at_once",
                "portal_path": "/in/city.hall/applications", "paasid": "hall-app", "unknown_items": ["X"],
                "secrets": {"token": "an-invented-token", "dept_code": "x", "identify": "x"}, "faults": faults or {},
            }), folder))
            while not (folder / "ready.json").exists():  # noqa: ASYNC110  another task writes it
                await asyncio.sleep(0)
            url = orjson.loads((folder / "ready.json").read_bytes())["url"]
            system = made.system = _system(tmp_path, url, **secrets)
            signers = registry().signers
            made.connection = await open_rest(SystemContext(
                system.id, system.settings, system.secrets, made.accept,
                lambda choice: signers[choice.scheme].open(choice, system.secrets), 1 << 20, now=time.time,
            ))
            yield made
            await made.connection.close()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    return opened


async def test_the_hall_takes_an_event_once_and_pushes_applications(world: Any, tmp_path: Path) -> None:
    """Signed both ways: an acceptance is kept as it was told, sent again it is a duplicate; an application comes in and
    reads as it was told."""
    async with world() as one:
        told = {"serial.province": SERIAL, "outcome": "accepted", "accepted_at": "2014-07-15T15:02:11+08:00",
                "operator.name": "黄喆", "materials": [{"name": "申请书", "kind": "copy", "count": 2}]}
        assert (await one.tell("case.acceptance", **told))[0].meaning is Meaning.SUCCESS
        assert (await one.tell("case.acceptance", **told))[0].meaning is Meaning.DUPLICATE
        while not one.records:  # noqa: ASYNC110  the hall pushes on its own
            await asyncio.sleep(0)
        (native,) = one.system.dialect.decode(one.records[0].body, one.records[0].kind)
        (event,) = one.system.dialect.inward(native, CONTEXT)
        assert (event.event, event.values["serial.province"], event.values["applicant.name"]) == ("case.application", SERIAL, "陈䶮")
    (effect,) = read_effects(tmp_path / "hall/ledger.db")
    assert (effect.kind, effect.key, effect.repeats) == ("EX_GDBS_SL", (SERIAL,), 1)
    assert effect.fields["BLRXM"] == "黄喆"


async def test_the_hall_mints_the_uniform_serial_and_says_it(world: Any) -> None:
    """An application made at a window comes without: the reply tells it, the same each time."""
    async with world({"lose_reply": [OWN]}) as one:
        told = {"serial.county": OWN, "item.code": "10000010100699201213445202", "applicant.name": "陈䶮",
                "applied_at": "2014-07-15T10:30:00+08:00"}
        assert (await one.tell("case.application", **told))[0].meaning is Meaning.UNKNOWN
        judgement, _ = await one.tell("case.application", **told)
        assert judgement.meaning is Meaning.DUPLICATE
        assert judgement.reply is not None
        reply = one.system.dialect.decode_reply(judgement.reply)
        assert one.system.dialect.reply("case.application", reply) == {"serial.province": f"{SERIAL[:-4]}5001"}


@pytest.mark.parametrize(("faults", "secrets", "values", "meaning", "reason"), [
    ({}, {}, {"item.code": "X"}, Meaning.PERMANENT, "事项不存在"),
    ({}, {}, {"operator.name": "黄" * 101}, Meaning.PERMANENT, "字段超长 BLRXM"),
    ({"busy_every": 1}, {}, {}, Meaning.TRANSIENT, "系统繁忙"),
    ({}, {"HALL_TOKEN": "another"}, {}, Meaning.TRANSIENT, "HTTP 401: 身份验证失败"),
    ({}, {"HALL_PAASID": "another"}, {}, Meaning.TRANSIENT, "HTTP 401: 身份验证失败"),
])
async def test_what_the_hall_will_not_take_is_understood(
    world: Any, faults: dict[str, Any], secrets: dict[str, str], values: dict[str, Any], meaning: Meaning, reason: str
) -> None:
    """Mistakes of the record go back to its owner; what time or a token mends is tried again."""
    async with world(faults, **secrets) as one:
        told = {"serial.province": SERIAL, "outcome": "accepted", "accepted_at": "2014-07-15T15:02:11+08:00", **values}
        judgement, _ = await one.tell("case.acceptance", **told)
    assert (judgement.meaning, judgement.reason) == (meaning, reason)


@pytest.mark.parametrize(("settings", "callers", "application"), [
    ({}, None, "jieyang-portal"), ({"paasid": "hall-app"}, "hall-app", "hall-app"),
    ({"secrets": {"paasid": "ours"}}, "ours", "ours"), ({"secrets": {"paasid": "ours"}, "paasid": "hall-app"}, "ours", "ours"),
])
def test_a_simulated_hall_knows_the_application_that_the_hub_has_a_secret_for(
    tmp_path: Path, settings: dict[str, Any], callers: str | None, application: str,
) -> None:
    """One that has none, and was told none, lets any in who signs: so a hub without a `paasid` can be tried with its own hall."""
    made = HallSettings.model_validate({"stories": tmp_path, "hub_url": "http://127.0.0.1:1", **settings})
    assert (made.callers, made.application) == (callers, application)

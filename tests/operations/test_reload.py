"""A running hub takes up changed mappings between two messages, or keeps the old ones and says why."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from structlog.testing import capture_logs
from tests.journey.home import FILES, write_home
from tests.journey.played import Act as Does
from tests.journey.played import Played
from tests.journey.world import configured, plugged, step

from guantong.control import ask, ask_reload, status
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState, MessageState
from guantong.mapping.kept import Kept, kept_in
from guantong.operations import Act, Order
from guantong.record import Record

HALL = "city.hall"
STEP = "mappings/plain/case.step.yaml"
BROKEN = f"{FILES[STEP]}  nosuch: x\n"
SAID = (f"{STEP}:11:3 fields.nosuch: there is no field named 'nosuch'; known: region, serial.county, serial.province, "
        "step.code, step.opinion, title, version [GT205]")


@asynccontextmanager
async def hub_on(home: Path, played: dict[str, Played] | None = None, **given: Any) -> AsyncIterator[Hub]:
    """A hub that runs on *home*, its systems played."""
    ends = played if played is not None else {}
    write_home(home, **given)
    async with running(configured(home, ends), plugged(ends)) as hub:
        yield hub


def write(home: Path, file: str, *changes: tuple[str, str], text: str = "") -> None:
    """Change a file on disk, as an editor does."""
    said = text or (home / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in said
        said = said.replace(old, new)
    (home / file).write_text(said, encoding="utf-8")


async def reload(home: Path, *, dry_run: bool = False) -> dict[str, Any]:
    """What the hub answers over its socket."""
    return await ask_reload(home, "陈工", "试验", dry_run=dry_run)


async def tell(hub: Hub, record: dict[str, Any], system: str = "east.approval") -> str:
    return str((await accept(hub.engine, Record(system, orjson.dumps(record)))).acceptance)


def titles(hub: Hub, count: int) -> list[str]:
    """The titles of the first *count* events, in order of acceptance."""
    rows = [hub.engine.reader.event(number) for number in range(1, count + 1)]
    return [orjson.loads(hub.engine.vault.open(row.body))["title"] for row in rows if row is not None]


async def until(hub: Hub, delivery: int, state: DeliveryState) -> None:
    """Until the delivery is there; each look is a turn of the store."""
    while (row := hub.engine.reader.delivery(delivery)) is None or row.state is not state:
        await turn(hub)


async def turn(hub: Hub) -> None:
    """One turn of the store."""
    await hub.engine.store.write(lambda _: None)


def lines_of_the_hub(home: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """The journal's lines that are about no message, but for the start: what, who, and the detail."""
    with closing(sqlite3.connect(home / "var/guantong.db")) as store:
        rows = store.execute("SELECT what, actor, detail FROM journal WHERE message = 0 AND subject = 0 AND what <> 'begun'").fetchall()
    return [(what, actor, orjson.loads(detail)) for what, actor, detail in rows]


async def test_under_load_every_record_is_mapped_by_the_old_files_or_the_new(tmp_path: Path) -> None:
    """None is lost, none is told by a mixture; what is accepted after the reload is told by the new."""
    async with hub_on(tmp_path) as hub:
        told: list[str] = []
        over = asyncio.Event()

        async def send(county: int) -> None:
            number = 0
            while not over.is_set():
                number += 1
                record = step(str(number), f"P{county}", title="old", name="new")
                told.append(await tell(hub, record))

        senders = [asyncio.create_task(send(county)) for county in range(4)]
        while len(told) < 20:
            await turn(hub)
        write(tmp_path, STEP, ("title: title", "title: name"))
        answer = await reload(tmp_path)
        behind = len(told)
        while len(told) < behind + 20:
            await turn(hub)
        over.set()
        await asyncio.gather(*senders)
        assert answer["state"] == "taken"
        assert set(told) == {"routed"}
        found = titles(hub, len(told))
        assert len(found) == len(told)
        assert set(found) == {"old", "new"}
        assert found == sorted(found, reverse=True), "the old came back after the new"


async def test_what_was_attempted_is_sent_as_it_was_and_what_waits_by_the_new_mapping(tmp_path: Path) -> None:
    """DESIGN promise 2: byte for byte once attempted, else the mapping in force when its turn comes."""
    hall = Played(HALL, gate=asyncio.Event(), otherwise=Does.OK)
    hall.script.append(Does.BUSY)
    write_home(tmp_path)
    write(tmp_path, "config/city.yaml", ("{first: 1s, most: 4s", "{first: 1ms, most: 1ms"))
    async with running(configured(tmp_path, {HALL: hall}), plugged({HALL: hall})) as hub:
        for code in "12":
            await tell(hub, step(code, "P1"))
        while not hall.sent:
            await turn(hub)
        write(tmp_path, STEP, ("step.code: code", "step.code: stage"))
        assert (await reload(tmp_path))["state"] == "taken"
        assert hall.gate is not None
        hall.gate.set()
        for delivery in (1, 3):
            await until(hub, delivery, DeliveryState.CONFIRMED)
        first, again, second = hall.sent
        assert first.body == again.body
        assert (orjson.loads(again.body).get("code"), orjson.loads(again.body).get("stage")) == ("1", None)
        assert (orjson.loads(second.body).get("code"), orjson.loads(second.body).get("stage")) == (None, "2")


async def test_files_that_do_not_load_change_nothing_and_are_named(tmp_path: Path) -> None:
    """Every mistake with its place; the log hears of it once; the hub is ready and says since when; mended files
    are taken up."""
    with capture_logs() as logged:
        async with hub_on(tmp_path) as hub:
            before = hub.engine.configuration
            write(tmp_path, STEP, text=BROKEN)
            for _ in range(2):
                answer = await reload(tmp_path)
                assert (answer["state"], answer["before"], answer["after"]) == ("refused", before.version, before.version)
                assert [(one["file"], one["line"], one["column"], one["code"]) for one in answer["problems"]] == [
                    (STEP, 11, 3, "GT205")]
            assert hub.engine.configuration is before
            assert await tell(hub, step("1", "P1")) == "routed"
            said = await status(tmp_path)
            assert said is not None
            assert said["refused"]["problems"] == 1
            assert said["mappings"] == before.mappings_version
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{hub.port}/readyz") as ready:
                assert (ready.status, await ready.json()) == (200, {"ready": True})
            write(tmp_path, STEP, text=FILES[STEP] + "# mended\n")
            assert (await reload(tmp_path))["state"] == "taken"
            said = await status(tmp_path)
            assert said is not None
            assert said["refused"] is None
    refused = [one for one in logged if one["event"] == "mappings.refused"]
    assert [one["problems"] for one in refused] == [SAID]


async def test_files_put_back_as_they_were_are_no_longer_refused(tmp_path: Path) -> None:
    """The hub works with what is on disk again."""
    async with hub_on(tmp_path):
        write(tmp_path, STEP, text=BROKEN)
        await reload(tmp_path)
        write(tmp_path, STEP, text=FILES[STEP])
        assert (await reload(tmp_path))["state"] == "unchanged"
        said = await status(tmp_path)
        assert said is not None
        assert said["refused"] is None


async def test_a_code_row_that_was_missing_is_taken_up(tmp_path: Path) -> None:
    """The record waited among the dead; after the reload it is replayed, without a restart."""
    table = "step.code: {at: code, codes: steps}"
    files = {
        "mappings/canonical/codes/step.code.yaml":
            "codes: step.code\ntitle: {zh: 环节, en: Step}\nwords: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}\n",
        "mappings/canonical/events/case.step.yaml": FILES["mappings/canonical/events/case.step.yaml"].replace(
            "step.code: {type: text,", "step.code: {type: code, codes: step.code,"),
        "mappings/plain/codes/steps.yaml": 'table: {a: "1"}\n',
        STEP: FILES[STEP].replace("step.code: code", table),
    }
    async with hub_on(tmp_path, files=files) as hub:
        assert await tell(hub, step("2", "P1")) == "parked"
        write(tmp_path, "mappings/plain/codes/steps.yaml", text='table: {a: "1", b: "2"}\n')
        assert (await ask(tmp_path, Order(Act.REPLAY, ["M1"], "陈工")))[0]["state"] == ""
        answer = await reload(tmp_path)
        assert [(one["dialect"], one["mappings"]) for one in answer["dialects"]] == [
            ("arriving", ["case.step"]), ("minting", ["case.step"]), ("plain", ["case.step"])]
        assert (await ask(tmp_path, Order(Act.REPLAY, ["M1"], "陈工")))[0]["state"] == MessageState.ROUTED


async def test_what_waits_for_a_code_row_goes_on_with_the_reload_that_brings_it(tmp_path: Path) -> None:
    """`otherwise: wait`: nobody replays anything, and the answer counts what went on."""
    files = {
        "mappings/canonical/codes/step.code.yaml":
            "codes: step.code\ntitle: {zh: 环节, en: Step}\nwords: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}\n",
        "mappings/canonical/events/case.step.yaml": FILES["mappings/canonical/events/case.step.yaml"].replace(
            "step.code: {type: text,", "step.code: {type: code, codes: step.code,"),
        "mappings/plain/codes/steps.yaml": 'table: {a: "1"}\n',
        STEP: FILES[STEP].replace("step.code: code", "step.code: {at: code, codes: steps, otherwise: wait}"),
    }
    async with hub_on(tmp_path, files=files) as hub:
        assert await tell(hub, step("2", "P1")) == "parked"
        write(tmp_path, "mappings/plain/codes/steps.yaml", text='table: {a: "1", b: "2"}\n')
        assert (await reload(tmp_path, dry_run=True))["went_on"] == 0
        assert (await reload(tmp_path))["went_on"] == 1
        row = hub.engine.reader.message(1)
        assert row is not None
        assert row.state is MessageState.ROUTED


async def test_of_many_reloads_at_once_one_takes_the_files_up(tmp_path: Path) -> None:
    """The others find nothing changed; the journal has one line, with who, why and both versions; and what is in
    force is kept."""
    async with hub_on(tmp_path) as hub:
        old = hub.engine.configuration
        write(tmp_path, STEP, ("title: title", "title: name"))
        answers = await asyncio.gather(*(reload(tmp_path) for _ in range(5)))
        assert sorted(one["state"] for one in answers) == ["taken", *["unchanged"] * 4]
        new = hub.engine.configuration
        versions = {name: [old.dialects[name].version, new.dialects[name].version]
                    for name in ("arriving", "minting", "plain")}
        detail = {"before": old.version, "after": new.version, "why": "试验", "dialects": versions}
        assert lines_of_the_hub(tmp_path) == [("mappings_taken", "陈工", detail)]
        registry = plugged({})
        kept = Kept(kept_in(tmp_path), registry.codecs, registry.functions)
        for config in (old, new):
            for plan in config.dialects["plain"].plans.values():
                assert kept.plan(plan.id).plan.id == plan.id


async def test_a_dry_run_only_says_what_would_be(tmp_path: Path) -> None:
    """The same differences; nothing is taken up, kept, journaled or remembered."""
    async with hub_on(tmp_path) as hub:
        old, kept = hub.engine.configuration, len(list(kept_in(tmp_path).rglob("*")))
        write(tmp_path, STEP, ("title: title", "title: name"))
        answer = await reload(tmp_path, dry_run=True)
        assert (answer["state"], answer["before"]) == ("would_take", old.version)
        assert [one["dialect"] for one in answer["dialects"]] == ["arriving", "minting", "plain"]
        write(tmp_path, STEP, text=BROKEN)
        assert (await reload(tmp_path, dry_run=True))["state"] == "refused"
        said = await status(tmp_path)
        assert said is not None
        assert said["refused"] is None
        assert hub.engine.configuration is old
        assert len(list(kept_in(tmp_path).rglob("*"))) == kept
        assert lines_of_the_hub(tmp_path) == []


async def test_what_only_a_restart_takes_up_is_named(tmp_path: Path) -> None:
    """Files under config/ by their names, beside mappings that are taken up; a changed model stops the reload."""
    async with hub_on(tmp_path) as hub:
        write(tmp_path, "config/routes.yaml", ("to-watch", "to-the-watch"))
        write(tmp_path, STEP, ("title: title", "title: name"))
        answer = await reload(tmp_path)
        assert (answer["state"], answer["restart_needed"]) == ("taken", ["config/routes.yaml"])
        assert [one.name for one in hub.engine.configuration.routes][-1] == "to-watch"
        write(tmp_path, "mappings/canonical/serials.yaml", ("scope: system", "scope: global"))
        answer = await reload(tmp_path)
        assert answer["state"] == "refused"
        assert [one["message"] for one in answer["problems"]] == [
            "the canonical model changed: only a restart takes it up"]


async def test_a_dialect_still_in_use_cannot_be_taken_away(tmp_path: Path) -> None:
    """Even when config/ no longer names it: the systems that run do."""
    async with hub_on(tmp_path):
        write(tmp_path, "config/counties/west.yaml", ("dialect: arriving", "dialect: plain"))
        for file in (tmp_path / "mappings/arriving").iterdir():
            file.unlink()
        (tmp_path / "mappings/arriving").rmdir()
        answer = await reload(tmp_path)
        assert answer["restart_needed"] == ["config/counties/west.yaml"]
        assert [one["message"] for one in answer["problems"]] == [
            "the system west.approval, which runs, needs the dialect arriving"]


async def test_a_hangup_reloads_too(tmp_path: Path) -> None:
    """The hub itself is the actor then, and the signal the reason."""
    write_home(tmp_path)
    config = configured(tmp_path, {})
    async with running(config, plugged({})) as hub:
        write(tmp_path, STEP, ("title: title", "title: name"))
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hub.reloader.soon, "SIGHUP")
        try:
            signal.raise_signal(signal.SIGHUP)
            while hub.engine.configuration is config:
                await turn(hub)
        finally:
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        ((what, actor, detail),) = lines_of_the_hub(tmp_path)
        assert (what, actor, detail["why"]) == ("mappings_taken", "hub", "SIGHUP")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"why":"x"}'])
async def test_what_is_no_order_reloads_nothing(tmp_path: Path, body: bytes) -> None:
    """It is refused whole."""
    async with hub_on(tmp_path) as hub:
        write(tmp_path, STEP, ("title: title", "title: name"))
        before = hub.engine.configuration
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(path=str(tmp_path / "var/hub.sock"))) as session,
            session.post("http://hub/reload", data=body) as answer,
        ):
            assert answer.status == 400
        assert hub.engine.configuration is before

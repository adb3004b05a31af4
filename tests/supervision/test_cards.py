"""Cards through the whole hub: down from supervision's middle database to a county by REST, the reply up, the card taken
back. Both sides are played on their real interfaces."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select

from guantong.config import load
from guantong.hub import Hub, running
from guantong.journey.states import DeliveryState
from guantong.operations.supervising import warning_entries
from guantong.plugins import registry
from guantong.starter import starter
from guantong.supervision.kept import WatchFilter
from guantong_adapters.rest.county import run_county
from guantong_adapters.rest.simulator import CountySettings
from guantong_adapters.simulation.ledger import Effect, read_effects
from guantong_adapters.simulation.story import Act, Story, write_stories
from guantong_adapters.table.middle import WARNINGS, MiddleDatabase
from guantong_adapters.table.play import SupervisionTableSettings
from guantong_plugins.demo.hub import free_port

SERIAL, OWN, TOKEN = "10000010100699201211407150001", "RC20140715-0001", "invented"
WHO = {"serial.province": SERIAL, "serial.county": OWN, "item.code": "10000010100699201213445202", "item.name": "设立登记",
       "region": "445202"}
STORY = Story(1, "rongcheng", "onsite", SERIAL, OWN, (
    Act("case.application", {**WHO, "applicant.name": "陈䶮", "applicant.type": "person", "channel": "counter",
                             "applied_at": "2014-07-15T10:30:00", "title": "登记"}),
    Act("case.acceptance", {**WHO, "org.name": "榕城区某局", "operator.name": "黄喆", "outcome": "accepted",
                            "accepted_at": "2014-07-15T15:00:00", "legal_limit": 5, "legal_limit_unit": "workday"}),
))
FILES = {
    "config/supervision.yaml": "every: 100ms\n",
    "config/routes.yaml": """
routes:
  - {name: up, events: ["case.*", "alert.reply"], from: {role: county}, to: {role: supervision}}
  - {name: cards, events: "alert.*", from: {role: supervision}, to: {role: county, by: case}}
""",
    "config/city.yaml": """
name: {zh: 市}
region: "445200"
systems:
  supervision:
    role: supervision
    profile: supervision-table
    dialect: supervision-table
    settings: {url: "@database"}
    poll: {every: 100ms}
    receipt: {by: column, every: 100ms}
""",
    "config/counties/rongcheng.yaml": """
name: {zh: 榕城区}
region: "445202"
systems:
  approval:
    role: county
    profile: county-rest-json
    dialect: rongcheng
    settings: {url: "@county"}
    secrets: {token: {env: TOKEN}}
""",
}


def home_at(folder: Path, port: int, database: str, county: str) -> Path:
    for name, text in {**FILES, "config/guantong.yaml": f"hub: {{name: 试验, listen: 127.0.0.1:{port}}}\nlog: {{level: error}}\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace("@database", database).replace("@county", county), "utf-8")
    shutil.copytree(starter("mappings"), folder / "mappings")
    (folder / "config/profiles").mkdir()
    for name in ("supervision-table", "county-rest-json"):
        shutil.copy(starter("config") / "profiles" / f"{name}.yaml", folder / "config/profiles")
    return folder


@asynccontextmanager
async def at_work(*work: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def played(folder: Path, *, cards: bool = True) -> AsyncIterator[tuple[Hub, MiddleDatabase, Callable[[], list[Effect]]]]:
    """The hub between the platform, which raises a card about the case, and the county, which has it."""
    port = free_port()
    write_stories(folder / "stories.jsonl", [STORY])
    settings = CountySettings.model_validate({
        "secrets": {"token": TOKEN}, "stories": folder / "stories.jsonl", "hub_url": f"http://127.0.0.1:{port}", "start": "at_once"})
    middle = MiddleDatabase(SupervisionTableSettings(warn_about=(SERIAL,), read_every=0.05), folder / "supervision")
    await middle.load()
    place = folder / "rongcheng"
    async with at_work(run_county(settings, place), middle.read()):
        while not (place / "ready.json").exists():  # noqa: ASYNC110  a file of another program
            await asyncio.sleep(0.01)
        home = home_at(folder / "home", port, middle.url, json.loads((place / "ready.json").read_bytes())["url"])
        if not cards:
            for name in ("alert.raised.yaml", "alert.withdrawn.yaml", "tests/alerts.yaml"):
                (home / "mappings/rongcheng" / name).unlink()
        loaded = load(home, registry(), {"TOKEN": TOKEN})
        assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
        async with running(loaded.configuration, registry()) as hub:
            yield hub, middle, lambda: read_effects(place / "ledger.db")
    await middle.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let everybody work until *condition* holds."""
    while not condition():  # noqa: ASYNC110  another program's tables and ledgers: nothing announces a change
        await asyncio.sleep(0.02)


async def test_a_card_goes_down_its_reply_up_and_the_withdrawal_down(tmp_path: Path) -> None:
    """Each once; the row is gone from the platform's table only then; the list of warnings has nothing left to do."""
    async with played(tmp_path) as (hub, middle, county):
        await until(lambda: {effect.kind for effect in county()} >= {"warning", "warningWithdrawn"})
        card, back = [effect for effect in county() if effect.kind.startswith("warning")]
        assert (card.kind, card.fields["level"], card.fields["applyNo"], card.fields["bizNo"], card.repeats) == (
            "warning", "yellow", SERIAL, OWN, 0)
        assert (back.kind, back.fields["alertNo"], back.fields["reason"]) == ("warningWithdrawn", card.fields["alertNo"], "整改已核实")
        replies = [effect for effect in read_effects(tmp_path / "supervision/ledger.db") if effect.kind == "warnReplySubmit"]
        assert [(one.fields["field_3"], one.fields["field_4"], one.fields["field_6"], one.repeats) for one in replies] == [
            (card.fields["alertNo"], "已核实并整改", SERIAL, 0)]
        await until(lambda: middle._transactions._in_transaction(
            lambda connection: connection.execute(select(func.count()).select_from(middle.tables[WARNINGS])).scalar_one()) == 0)
        reader = hub.engine.reader

        def mine() -> list[dict[str, object]]:
            found = warning_entries(reader, WatchFilter(closed=True), time.time_ns() // 1_000_000, 10)
            return [one for one in found if one["no"] == card.fields["alertNo"]]

        await until(lambda: bool(mine()) and mine()[0]["withdrawn_at"] is not None)
        [listed] = mine()
        assert (listed["level"], listed["open"], bool(listed["replied_at"])) == ("yellow", False, True)
        assert listed["sent_to"] == [{"system": "rongcheng.approval", "state": DeliveryState.CONFIRMED.value}]


async def test_a_card_that_the_county_cannot_take_is_listed_for_its_window(tmp_path: Path) -> None:
    """Without a mapping for cards the county hears nothing; the message waits as unrouted, the card stands in the list."""
    async with played(tmp_path, cards=False) as (hub, _, county):
        reader = hub.engine.reader

        def cards() -> list[dict[str, object]]:
            found = warning_entries(reader, WatchFilter(region="445202"), time.time_ns() // 1_000_000, 10)
            return [one for one in found if one["no"]]

        await until(lambda: bool(cards()))
        [card] = cards()
        assert (card["level"], card["sent_to"], card["open"], card["org"]) == ("yellow", [], True, "榕城区某局")
        assert [effect.kind for effect in county()] == []

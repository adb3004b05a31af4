"""Exchange tables through the whole hub, on real databases: a county of the EA_JC family, supervision's middle database."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text
from structlog.testing import capture_logs
from tests.adapters.exchange import RARE

from guantong.config import load
from guantong.hub import Hub, running
from guantong.journey.states import DeliveryState, MessageState
from guantong.plugins import registry
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import Act, Story, write_stories
from guantong_adapters.table import eajc_tables
from guantong_adapters.table.middle import MESSAGES, WARNINGS, MiddleDatabase
from guantong_adapters.table.play import CountyTableSettings, SupervisionTableSettings
from guantong_adapters.table.simulator import CountyTables

ROOT = Path(__file__).resolve().parents[2]
SERIAL, OWN = "10000010100699201211407150001", "DC20140715-0001"
COUNTY, SUPERVISION = "east.approval", "city.supervision"
FILES = {
    "config/guantong.yaml": "hub: {name: 试验, listen: 127.0.0.1:0}\nlog: {level: warning}\n",
    "config/routes.yaml": """
routes:
  - {name: county-to-supervision, events: "case.*", from: {role: county}, to: {role: supervision}}
  - {name: supervision-to-county, events: case.application, from: {role: supervision}, to: {role: county, by: region}}
""",
    "config/city.yaml": """
name: {zh: 市, en: City}
region: "445200"
systems:
  supervision:
    role: supervision
    profile: supervision-table
    dialect: supervision-table
    settings: {url: "@url"}
    poll: {every: 100ms}
    receipt: {by: column, every: 100ms, within: 1d}
""",
    "config/counties/east.yaml": """
name: {zh: 东县, en: East}
region: "445222"
systems:
  approval:
    role: county
    profile: county-table-ea-jc
    dialect: ea-jc
    settings: {url: "@url"}
    facts: {stdver: "1", accept_list: 见材料, project_state: "02", approve_type: "01"}
    poll: {every: 100ms}
""",
}
BY_OPEN_CASES = """\
    settings:
      url: "@url"
      poll:
        - table: PRE_APASINFO_OUT
          kind: PRE_APASINFO
          read: {flag: {id: [PROJID, DATAVER], flag: SIGNSTATE, unread: "0", taken: "1", error: "2", leave_out: [SIGNNOTE, MAKETIME]}}
        - table: V_STEPS
          kind: EA_JC_STEP_PROC
          read: {open_cases: {serial: PROJID, id: [PROJID, SN], leave_out: [SIGNSTATE, SIGNNOTE, MAKETIME]}}
"""
ITEM = {"item.code": "10000010100699201213445202", "item.name": "个体工商户设立登记", "item.kind": "promised",
        "region": "445222", "title": "设立登记申请"}
WHO = {"serial.province": SERIAL, "serial.county": OWN, "region": "445222"}
ORG = {"org.name": "东县工商行政管理局", "org.code": "114452020069920124", "operator.name": "黄喆"}
STORY = Story(1, "east", "onsite", SERIAL, OWN, (
    Act("case.application", {
        **ITEM, "serial.province": SERIAL, "applicant.name": f"陈{RARE}", "channel": "counter",
        "applied_at": "2014-07-15T10:30:00",
    }),
    Act("case.acceptance", {
        **ITEM, **WHO, **ORG, "channel": "counter", "accepted_at": "2014-07-15T15:02:11", "promised_limit": 5,
        "legal_limit": 15,
    }),
    Act("case.step", {
        **WHO, **ORG, "step.group_no": 1, "step.name": "审核", "step.code": "review", "step.status": "passed",
        "step.at": "2014-07-16T09:00:05", "step.opinion": f"同意 {RARE}",
    }),
    Act("case.step", {
        **WHO, **ORG, "step.group_no": 2, "step.name": "批准", "step.code": "approval", "step.status": "passed",
        "step.at": "2014-07-17T09:00:05", "step.opinion": "准予", "quirk": "",
    }, quirks={"duplicate": 0}),
    Act("case.finish", {**WHO, "outcome": "certificate", "finished_at": "2014-07-18T16:00:00", "operator.name": "黄喆"}),
))


@asynccontextmanager
async def playing(*work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """The simulated programs at work."""
    tasks = [asyncio.ensure_future(each()) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def home_at(folder: Path, url: str, **more: str) -> Path:
    """A home as city IT would write it: two files of systems, the shipped profiles and mappings."""
    for name, content in {**FILES, **more}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content.replace("@url", url), "utf-8")
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    (folder / "config" / "profiles").mkdir()
    for name in ("supervision-table", "county-table-ea-jc"):
        shutil.copy(ROOT / "config" / "profiles" / f"{name}.yaml", folder / "config" / "profiles")
    return folder


@asynccontextmanager
async def hub_at(home: Path) -> AsyncIterator[Hub]:
    loaded = load(home, registry(), {})
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    async with running(loaded.configuration, registry()) as hub:
        yield hub


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  another program's tables: nothing announces a change
        await asyncio.sleep(0.01)


@pytest.fixture
async def platform(database_url: str, tmp_path: Path) -> AsyncIterator[MiddleDatabase]:
    """Supervision on the test's own database, its program not yet running."""
    settings = SupervisionTableSettings(url=database_url, read_every=0.01, warn_about=(SERIAL,))
    platform = MiddleDatabase(settings, tmp_path / "supervision")
    await platform.load()
    yield platform
    await platform.close()


@pytest.fixture
async def county(database_url: str, tmp_path: Path) -> AsyncIterator[CountyTables]:
    """The county on the same database, with one case to tell of."""
    folder = tmp_path / "county"
    folder.mkdir()
    write_stories(folder / "stories.jsonl", [STORY])
    county = CountyTables(CountyTableSettings.model_validate({
        "url": database_url, "family": "ea-jc", "county": "east", "stories": folder / "stories.jsonl", "read_every": 0.01,
    }), folder)
    await county.load()
    yield county
    await county.close()


async def test_a_case_goes_from_a_countys_tables_to_supervisions_and_its_warning_comes_back(
    county: CountyTables, platform: MiddleDatabase, tmp_path: Path
) -> None:
    """Every row takes effect once, is flagged and confirmed by its receipt; the warning is deleted at the source
    once it is ours, and belongs to the case."""
    home = home_at(tmp_path / "home", county.url)
    async with playing(county.push, county.read, platform.read), hub_at(home) as hub:
        await county.cases.start()
        await until(lambda: bool(county.status()["done"]))
        reader = hub.engine.reader
        await until(lambda: all(
            (row := reader.delivery(n)) is not None and row.state is DeliveryState.CONFIRMED for n in range(1, 6)
        ))
        await until(lambda: platform.status().get("warnings", 0) == 1 and platform.status()["warnings_left"] == 0)
        (subject,) = reader.subjects_by_number(SERIAL)
        events = [event.name for event in reader.events_of_subject(subject)]
        assert reader.messages_in(MessageState.PARKED) == []
        assert [message.system for message in reader.messages_in(MessageState.UNROUTED)] == [SUPERVISION]
    # The platform warns of the application: whether before or after the last steps were read, nobody says.
    assert sorted(events) == ["alert.raised", "case.acceptance", "case.application", "case.finish", "case.step", "case.step"]
    assert (county.status()["taken"], county.status()["errors"]) == (5, 0)
    effects = read_effects(tmp_path / "supervision" / "ledger.db")
    assert {effect.repeats for effect in effects} == {0}
    told = [(effect.kind, effect.key[0], effect.key[1]) for effect in effects]
    assert sorted(told) == sorted([
        ("basicDataSubmit", SERIAL, "SB"), ("logDataSubmit", SERIAL, "SL"), ("logDataSubmit", SERIAL, "SPCL"),
        ("logDataSubmit", SERIAL, "SPCL"), ("logDataSubmit", SERIAL, "BJ"),
    ])
    [basic] = [effect for effect in effects if effect.kind == "basicDataSubmit"]
    assert basic.fields["field_7"] == f"陈{RARE}"
    assert f"同意 {RARE}" in {effect.fields.get("field_4") for effect in effects}


@pytest.mark.crash
async def test_a_stop_between_keeping_and_flagging_reads_again_and_takes_effect_once(
    county: CountyTables, platform: MiddleDatabase, tmp_path: Path
) -> None:
    """The rows are durable and not yet flagged when everything stops: they come again and are duplicates."""
    class Stopped(BaseException):
        """Stands for a killed process: nobody catches it."""

    def crash(step: str) -> None:
        if step == "poll:before-mark":
            raise Stopped

    home = home_at(tmp_path / "home", county.url)
    async with playing(county.push, county.read, platform.read):
        await county.cases.start()
        await until(lambda: county.cases.pusher.pushed == 5)
        async with AsyncExitStack() as stack:
            hub = await stack.enter_async_context(hub_at(home))
            hub.engine.crash_at = crash
            polling = [task for task in hub._tasks if task.get_name() == f"poll {COUNTY}"]
            done, _ = await asyncio.wait(polling)
            assert isinstance(done.pop().exception(), Stopped)
            assert county.status()["pushed"] == 0
        async with hub_at(home) as hub:
            await until(lambda: bool(county.status()["done"]))
            reader = hub.engine.reader
            await until(lambda: all(
                (row := reader.delivery(n)) is not None and row.state is DeliveryState.CONFIRMED for n in range(1, 6)
            ))
            assert reader.delivery(6) is None
            states = {(system, state): count for system, state, count in reader.message_counts()}
            assert states[COUNTY, MessageState.ROUTED] == 5
            assert states[COUNTY, MessageState.DUPLICATE] >= 1
    assert [effect.repeats for effect in read_effects(tmp_path / "supervision" / "ledger.db")] == [0] * 5


async def test_a_column_that_goes_takes_its_system_down_once_and_up_once_and_no_other(
    county: CountyTables, platform: MiddleDatabase, tmp_path: Path
) -> None:
    """The log names table, column and the nearest; supervision's warnings are read all the while."""
    home = home_at(tmp_path / "home", county.url)
    engine = create_engine(county.url)
    q = engine.dialect.identifier_preparer.quote

    def rename(old: str, new: str) -> None:
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {q('EA_JC_STEP_DONE')} RENAME COLUMN {q(old)} TO {q(new)}"))

    def warnings() -> int:
        with engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(platform.tables[WARNINGS])).scalar_one())

    with capture_logs() as logs:
        async with hub_at(home):
            def told(what: str) -> list[dict[str, Any]]:
                return [dict(line) for line in logs if line["event"] == what and line["system"] == COUNTY]

            rename("MAKETIME", "MAKETIMES")
            await until(lambda: len(told("source.lost")) == 1)
            for _ in range(2):
                with engine.begin() as connection:
                    connection.execute(platform.tables[WARNINGS].insert().values(BUSINESS_ID=SERIAL, WARN_TYPE="1"))
                await until(lambda: warnings() == 0)
            rename("MAKETIMES", "MAKETIME")
            await until(lambda: len(told("source.back")) == 1)
            assert len(told("source.lost")) == 1
            assert told("source.lost")[0]["error"] == (
                f"{COUNTY}.settings.read.flag.age: the table 'EA_JC_STEP_DONE' has no column 'MAKETIME' (MAKETIMES?); "
                "correct the setting or the mapping, or have the column added [GT504]"
            )
        assert [line for line in logs if line["event"] == "source.lost" and line["system"] != COUNTY] == []
    engine.dispose()


async def test_what_is_no_message_is_returned_by_the_receipt_column(
    platform: MiddleDatabase, database_url: str, tmp_path: Path
) -> None:
    """The platform cannot parse what somebody else wrote: its own judgement, told by its flag."""
    engine = create_engine(database_url)
    row = {"TRANSACTION_ID": "1", "MSG_NAME": "logDataSubmit", "BUSINESS_ID": SERIAL, "XMLBODY": "<field_2>x</field_2>",
           "STATUS": "-1"}
    with engine.begin() as connection:
        connection.execute(platform.tables[MESSAGES].insert().values(**row))

    def status() -> tuple[str, str | None]:
        with engine.connect() as connection:
            table = platform.tables[MESSAGES]
            status, parsed = connection.execute(select(table.c.STATUS, table.c.IS_PARSE)).one()
            return status, parsed

    async with playing(platform.read):
        await until(lambda: status() != ("-1", None))
    assert status() == ("999", "2")
    assert read_effects(tmp_path / "supervision" / "ledger.db") == []
    engine.dispose()


async def test_the_hub_says_which_cases_are_open_and_the_view_is_asked_for_them(
    county: CountyTables, tmp_path: Path
) -> None:
    """A case the county told of is asked for until it is finished; nobody else's row is read."""
    engine = create_engine(county.url)
    q = engine.dialect.identifier_preparer.quote
    tables = county._tables
    view = f"CREATE VIEW {q('V_STEPS')} AS SELECT * FROM {q('EA_JC_STEP_PROC')}"  # noqa: S608  names of the fixture
    east = FILES["config/counties/east.yaml"].replace('    settings: {url: "@url"}\n', BY_OPEN_CASES)
    with engine.begin() as connection:
        connection.exec_driver_sql(view)
        for serial, number in ((SERIAL, 1), (SERIAL[:-1] + "2", 1)):
            _, row = eajc_tables.row_of(Act("case.step", {**STORY.acts[2].facts, "serial.province": serial}))
            connection.execute(tables["EA_JC_STEP_PROC"].insert().values(**{**row, "ORGBUSNO": f"{serial}-{number}"}))
    async with playing(county.push), hub_at(home_at(tmp_path / "home", county.url, **{"config/counties/east.yaml": east})) as hub:
        assert hub.engine.reader.subjects_by_number(SERIAL) == []
        with engine.begin() as connection:
            _, row = eajc_tables.row_of(STORY.acts[0])
            connection.execute(tables["PRE_APASINFO_OUT"].insert().values(**row))

        def steps() -> list[str]:
            return [event.name for subject in hub.engine.reader.subjects_by_number(SERIAL)
                    for event in hub.engine.reader.events_of_subject(subject)]

        await until(lambda: steps() == ["case.application", "case.step"])
        assert hub.engine.reader.subjects_by_number(SERIAL[:-1] + "2") == []
    engine.dispose()

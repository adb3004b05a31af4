"""Where books are read: what goes wrong is told in words, nothing half-read is compared, nothing is changed there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import date

import orjson
import pytest
from sqlalchemy import func, insert, select
from tests.cli.desk import SECRETS
from tests.reconcile.county import DAY, JIEXI, SYSTEM, County, accepted
from tests.reconcile.test_reconcile import answer

from guantong.adapter import Asked, Lists
from guantong.cli.home import reading, vault_of
from guantong.config import load
from guantong.journey.states import DeliveryState as D
from guantong.opening import context_of
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.reconcile.books import Around
from guantong.reconcile.comparing import Wanted, reconcile
from guantong.reconcile.days import Days
from guantong.record import Acceptance, Fields, Record, Verdict
from guantong_adapters.table.adapter import Tables

ARGS = ("reconcile", SYSTEM, "--date", DAY)
LIST = "    reconcile:\n      source: {view: EX_GDBS_SL, kind: EX_GDBS_SL, time: SLSJ}\n"


async def listed(county: County, asked: Asked) -> list[Fields]:
    """All rows, as the adapter gives them."""
    config = county.configuration()
    context = context_of(config.systems[SYSTEM], registry(), config, accept=_nobody, refused=lambda _code: None, now=lambda: 0.0)
    connection = await config.systems[SYSTEM].adapter.open(context)
    assert isinstance(connection, Lists)
    try:
        return [row async for page in connection.listing(asked) for row in page]
    finally:
        await connection.close()


async def _nobody(_record: Record) -> Verdict:
    return Verdict(Acceptance.STALE)


async def test_rows_come_in_pages_as_texts_without_padding(served: County) -> None:
    """All of them, at each database; CHAR columns without their blanks; of a query its own names."""
    served.add(accepted(1))
    with served.engine.begin() as connection:
        connection.execute(insert(served.tables["EX_GDBS_SL"]), [accepted(number) for number in range(2, 2502)])
    mark = "`" if served.engine.dialect.name in ("mysql", "mariadb") else '"'
    query = 'SELECT "YWLSH" AS "业务号", "SLZTDM", "SLSJ" FROM "EX_GDBS_SL" WHERE "SLSJ" < :until'.replace('"', mark)
    rows = await listed(served, Asked("2014-07-12 00:00:00", "2014-07-13 00:00:00", query=query))
    assert len({row["业务号"] for row in rows}) == 2501
    assert {row["SLZTDM"] for row in rows} == {"1"}
    assert {str(row["SLSJ"])[:19] for row in rows} == {"2014-07-12 09:00:00"}
    assert await listed(served, Asked("2014-07-13 00:00:00", "2014-07-14 00:00:00", view="EX_GDBS_SL", time="SLSJ")) == []


async def test_a_question_cannot_change_anything(served: County) -> None:
    """The transaction only reads, whatever the question calls; what it asked is undone."""
    served.add(accepted(1))
    if served.engine.dialect.name == "postgresql":
        with served.engine.begin() as connection:
            connection.exec_driver_sql("""CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS 'DELETE FROM "EX_GDBS_SL" RETURNING 1'""")
        with pytest.raises(ProblemsError) as caught:
            await listed(served, Asked("", "", query="SELECT spoil()"))
        assert caught.value.problems[0].code.id == "GT505"
    else:
        with pytest.raises(ProblemsError):
            await listed(served, Asked("", "", query="WITH gone AS (SELECT 1) DELETE FROM EX_GDBS_SL"))
    with served.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(served.tables["EX_GDBS_SL"])).scalar() == 1


@pytest.mark.parametrize(("declared", "said"), [
    ("view: NOWHERE, kind: EX_GDBS_SL", "前置库中没有表 'NOWHERE'"), ("query: SELECT * FROM NOWHERE, kind: EX_GDBS_SL", "[GT505]"),
    ("query: 'SELECT * FROM EX_GDBS_SL WHERE SLSJ > :began', kind: EX_GDBS_SL", "只能使用 :since 与 :until"),
    ("query: SELECT SLSJ FROM EX_GDBS_SL, kind: EX_GDBS_SL", "缺少列 SBLSH / SBLSH_SHORT / YWLSH"),
    ("view: EX_GDBS_SL, kind: EX_GDBS_SL, time: NEVER", "没有列 'NEVER'"),
])
def test_books_that_cannot_be_asked_say_why(county: County, declared: str, said: str) -> None:
    """In words, with what to do; exit 2, and nothing is compared."""
    county.add(accepted(1))
    county.read()
    county.declare(f"    reconcile:\n      source: {{{declared}}}\n")
    result = county.desk.guantong(*ARGS, env=SECRETS)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert said in result.stderr, result.stderr


def test_only_the_secrets_of_who_is_asked_are_needed(county: County) -> None:
    """An operator has the password of that database, not of every system."""
    county.add(accepted(1))
    county.read()
    county.declare("    secrets:\n      password: {env: GUANTONG_JIEXI_PASSWORD}\n")
    without = county.desk.guantong(*ARGS, env={"GUANTONG_JIEXI_PASSWORD": ""})
    assert (without.exit_code, without.stderr.count("[GT107]")) == (2, 1), without.stderr
    assert county.desk.guantong(*ARGS, env={"GUANTONG_JIEXI_PASSWORD": "invented"}).exit_code == 1


def test_a_row_whose_bytes_are_no_text_is_told_by_its_place(county: County) -> None:
    """It hides no other row, and nothing of it is guessed."""
    county.add(accepted(1), accepted(2))
    county.read()
    county.end({})
    county.declare(LIST)
    with county.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE EX_GDBS_SL SET YWLSH = CAST(x'ff4a58' AS TEXT), SBLSH = CAST(x'ff' AS TEXT) WHERE YWLSH = 'JX2'")
    found = answer(county)
    assert (found["unreadable"], found["unreadable_places"], found["agrees"], found["extra"]) == (1, ["jiexi.approval:EX_GDBS_SL#2"], 1, 1)


def test_a_database_that_is_away_is_told_plainly(county: County) -> None:
    county.add(accepted(1))
    county.read()
    path = county.desk.home / JIEXI
    path.write_text(path.read_text(encoding="utf-8").replace("sqlite:///", "sqlite:////nowhere/at/all"), encoding="utf-8")
    result = county.desk.guantong(*ARGS, env=SECRETS)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("jiexi.approval 的账未能读完：前置库无法连接"), result.stderr


async def test_a_source_that_goes_away_in_the_middle_leaves_nothing(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """No difference is told, no file left; what went wrong is said, not its words."""
    county.add(*(accepted(number) for number in range(1, 4)))
    await asyncio.to_thread(county.read)
    county.declare(LIST)

    async def listing(_self: Tables, _asked: Asked) -> AsyncIterator[Sequence[Fields]]:
        yield [{"YWLSH": "JX1", "SLSJ": "2014-07-12 09:00:00"}]
        raise ConnectionResetError("欧阳示例 was in the last packet")

    monkeypatch.setattr(Tables, "listing", listing)
    config = county.configuration()
    told: list[object] = []
    days = Days(date(2014, 7, 12), date(2014, 7, 12))
    around = Around(config, registry(), vault_of(config), lambda _rows: None)
    with reading(config) as reader, pytest.raises(ProblemsError) as caught:
        await reconcile(around, reader, Wanted(config.systems[SYSTEM], days), told.append, lambda _events: None)
    assert caught.value.problems[0].line("zh") == "jiexi.approval 的账未能读完：ConnectionResetError; 未作比对，未留结果；待其恢复后重试 [GT798]"
    assert told == []


async def test_what_comes_while_the_books_are_read_is_neither_missing_nor_extra(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub reads the same tables at the same time."""
    county.add(accepted(1))
    await asyncio.to_thread(county.read)
    await asyncio.to_thread(county.end, {})
    county.declare(LIST)
    theirs = Tables.listing

    async def listing(self: Tables, asked: Asked) -> AsyncIterator[Sequence[Fields]]:
        county.add(accepted(2))
        async for page in theirs(self, asked):
            yield page
        county.add(accepted(3))
        await asyncio.to_thread(county.read)

    monkeypatch.setattr(Tables, "listing", listing)
    config = county.configuration()
    around = Around(config, registry(), vault_of(config), lambda _rows: None)
    with reading(config) as reader:
        found = await reconcile(around, reader, Wanted(config.systems[SYSTEM], Days(date(2014, 7, 12), date(2014, 7, 12))), lambda _line: None, lambda _events: None)
    assert (found.words["missing"], found.words["extra"], found.words["agrees"]) == (0, 0, 2)


def test_a_targets_own_books_tell_what_its_receipts_do_not(county: County) -> None:
    """Confirmed and not in its books is a difference; there, though we hold it unsettled, is shown."""
    county.add(accepted(1), accepted(2), accepted(3))
    county.read()
    county.end({3: D.UNKNOWN})
    city = county.desk.home / "config/city.yaml"
    text = city.read_text(encoding="utf-8")
    hall = text.index("  hall:\n") + len("  hall:\n")
    ours = "    reconcile: {target: {view: HALL, through: jiexi.approval, kind: EX_GDBS_SL}}\n"
    city.write_text(text[:hall] + ours + text[hall:], encoding="utf-8")
    with county.engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW HALL AS SELECT SBLSH, SJBBH, SLSJ FROM EX_GDBS_SL WHERE YWLSH <> 'JX2'")
    found = answer(county)
    lines = {one["number"]: one["targets"]["city.hall"] for one in found["differences"]}
    assert {int(number[-5:]): (one["state"], one["there"]) for number, one in lines.items()} == {2: ("not_there", False), 3: ("unknown", True)}
    assert found["targets"]["city.hall"] == {"confirmed": 1, "waiting": 0, "dead": 0, "unknown": 1, "sent": 0, "returned": 0, "settled": 0, "not_there": 1}


@pytest.mark.parametrize(("declared", "said"), [
    ("{source: {query: DELETE FROM EX_GDBS_SL, kind: EX_GDBS_SL}}", "应为一条以 SELECT 或 WITH 开头的只读语句"),
    ("{source: {query: SELECT 1; DROP TABLE X, kind: EX_GDBS_SL}}", "应为一条以 SELECT 或 WITH 开头的只读语句"),
    ("{source: {query: SELECT 1, view: V, kind: EX_GDBS_SL}}", "`query:` 与 `view:` 只写其一"),
    ("{source: {view: V}}", "[GT132]"), ("{source: {view: V, kind: EX_GDBS_SX}}", "是否应为 'EX_GDBS_SL'"),
    ("{source: {view: V, kind: EX_GDBS_SL, through: jiexi.aproval}}", "是否应为 'jiexi.approval'"),
    ("{source: {view: V, kind: EX_GDBS_SL, through: rongcheng.approval}}", "[GT133]"),
    ("{source: {view: V, kind: EX_GDBS_SL}, compare: outcom}", "是否应为 'outcome'"), ("{compare: outcome}", "[GT134]"), ("{at: '2:30'}", "at"),
    ("{source: {view: V, kind: EX_GDBS_SL, times: HH:mm}}", "应为如 yyyy-MM-dd HH:mm:ss 的格式"),
    ("{source: {view: V, kind: EX_GDBS_SL, columns: {A: 号, B: 号}}}", "同一列写了两次"), ("{sauce: {}}", "sauce"),
])
def test_every_slip_in_the_declaration_is_named_at_its_place(county: County, declared: str, said: str) -> None:
    """By `guantong check`, before anything runs."""
    county.declare(f"    reconcile: {declared}\n")
    found = [problem.line("zh") for problem in load(county.desk.home, registry(), SECRETS).problems if "reconcile" in problem.path]
    assert len(found) == 1, found
    assert said in found[0]
    line = (county.desk.home / JIEXI).read_text(encoding="utf-8").splitlines().index(f"    reconcile: {declared}") + 1
    assert found[0].startswith(f"config/counties/jiexi.yaml:{line}:"), found[0]


def test_a_system_that_only_pushes_says_what_it_takes(county: County) -> None:
    """A nightly hour without books is a mistake; by hand, a file is asked for."""
    county.add(accepted(1))
    county.read()
    result = county.desk.guantong("reconcile", "rongcheng", "--date", DAY, env=SECRETS)
    assert result.exit_code == 2
    assert "[GT799]" in result.stderr, result.stderr
    path = county.desk.home / "config/counties/rongcheng.yaml"
    path.write_text(path.read_text(encoding="utf-8").rstrip() + '\n    reconcile: {at: "02:30"}\n', encoding="utf-8")
    problems = [problem.code.id for problem in load(county.desk.home, registry(), SECRETS).problems]
    assert "GT131" in problems


@pytest.mark.parametrize(("words", "said"), [
    (("--date", "2014-7-12"), "--date：'2014-7-12' 不是日期; 请写 2026-11-26 [GT911]"),
    (("--date", DAY, "--to", "2014-07-11"), "--to：'2014-07-11' 不是不早于 2014-07-12 的日期; 请写 2014-07-12 [GT911]"),
])
def test_a_slip_in_the_days_is_named(county: County, words: tuple[str, ...], said: str) -> None:
    result = county.desk.guantong("reconcile", "jiexi", *words, env=SECRETS)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, said)


def test_nothing_of_a_person_is_in_any_answer(county: County) -> None:
    """Numbers, places, versions and the names of fields: no value of any case."""
    county.add(accepted(1, BLRXM="欧阳示例"), accepted(2, BLRXM="欧阳示例"))
    county.read(without=[2])
    county.alter(1, BLRXM="欧阳另例", SXMC="不予公开事项")
    told = county.desk.guantong(*ARGS, "--json", env=SECRETS).stdout + county.desk.guantong(*ARGS, env=SECRETS).stdout
    assert not {word for word in ("欧阳", "不予公开事项", "揭西县䶮镇某局") if word in told}
    assert {one["finding"] for one in orjson.loads(told[:told.rindex("}") + 1])["differences"]} == {"different", "missing"}

"""`guantong backfill` on a county's exchange tables, read by watermark, with the hub that runs."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import create_engine, insert
from tests.cli.desk import SECRETS, Desk
from typer.testing import Result

from guantong.backfillstore import BackfillOrder
from guantong.cli.since import moment
from guantong.config import Configuration, load
from guantong.hub import Hub, running
from guantong.journey import backfill
from guantong.operations.backfill import reconciled
from guantong.plugins import registry
from guantong_adapters.files.packages import write_package
from guantong_adapters.simulation.story import Act
from guantong_adapters.table.county_tables import make_tables

PROFILE, JIEXI = "config/profiles/county-table-gdbs.yaml", "config/counties/jiexi.yaml"
SYSTEM = "jiexi.approval"


def accepted(number: int, day: int) -> dict[str, Any]:
    """One acceptance of July 2014."""
    return {
        "SBLSH": f"100000101006992012114071{number:05d}", "YWLSH": f"JX{number}", "SXBM": "10000010100699201213445222",
        "SXMC": "个体工商户设立登记", "XZQHDM": "445222", "SJBBH": 1, "SLBMMC": "揭西县某局", "SLZTDM": "1",
        "SLSJ": datetime(2014, 7, day, 9), "CLZT": "Y", "INSERTTIME": datetime(2014, 7, day, 10),
    }


@pytest.fixture
def stocked(desk: Desk, tmp_path: Path) -> Desk:
    """A desk whose tables are read by watermark, and hold six acceptances that were all taken long ago."""
    path = desk.home / PROFILE
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"    flag:.*?(?=\npoll:)", "    watermark: {column: INSERTTIME, id: ID, leave_out: [CLZT, CLJG]}",
                           text, flags=re.DOTALL), encoding="utf-8")
    fill(desk, tmp_path)
    return desk


def fill(desk: Desk, tmp_path: Path) -> str:
    """Have the county's database, with six acceptances taken long ago; gives its address."""
    url = f"sqlite:///{tmp_path / 'exchange.db'}"
    desk.edit(JIEXI, "mysql+pymysql://guantong@db.jiexi.example.invalid/exchange", url)
    desk.edit("config/guantong.yaml", "127.0.0.1:8080", "127.0.0.1:0")
    engine, tables = create_engine(url), make_tables()
    tables["EX_GDBS_SL"].metadata.create_all(engine)
    with engine.begin() as connection:
        for number in range(1, 7):
            connection.execute(insert(tables["EX_GDBS_SL"]).values(**accepted(number, 10 + number)))
    engine.dispose()
    return url


def beside_a_hub(desk: Desk, *verbs: tuple[str, ...]) -> list[Result]:
    """What the verbs answer while a hub runs on the home."""

    async def run() -> list[Result]:
        loaded = load(desk.home, registry(), SECRETS)
        assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
        async with running(loaded.configuration, registry()):
            return [await asyncio.to_thread(desk.guantong, *verb) for verb in verbs]

    return asyncio.run(run())


def test_what_cannot_be_read_again_says_what_it_needs(desk: Desk) -> None:
    """What pushes to us cannot be asked again."""
    result = desk.guantong("backfill", "rongcheng", "--since", "2014-01-01")
    assert (result.exit_code, result.stderr) == (2, (
        "rongcheng.approval 的存量无法重读：已读取或已标记的不会再次给出; 前置库表（`procedure:`、`open_cases:` 除外）可以，REST 用 "
        "`since_at:` 或 `next_at:` 读取时可以，文件可从归档重读（`taken: delete` 除外）；只推送的请厂商导出为文件，用 `--from 文件夹` 补传 [GT438]\n"
        "    the stock of rongcheng.approval cannot be read again: what was read or marked is not given twice; it can be of tables "
        "(but by `procedure:` or `open_cases:`), by `since_at:` or `next_at:` (REST), and of files (but with `taken: delete`), from "
        "their archive; of a system that pushes, have the vendor export files: `--from FOLDER`\n"))


@pytest.mark.parametrize("option", ["--since", "--until"])
def test_a_bad_date_is_named_even_where_nothing_can_be_read_again(desk: Desk, option: str) -> None:
    result = desk.guantong("backfill", "rongcheng", option, "2026-31-01")
    assert result.exit_code == 2
    assert result.stderr == (f"{option}：'2026-31-01' 不是时间; 请写 2026-11-01、2026-11-01T08:00、7d 或 12h [GT435]\n"
                             f"    {option}: '2026-31-01' is no time; write 2026-11-01, 2026-11-01T08:00, 7d or 12h\n")


@pytest.mark.parametrize(("words", "said"), [
    (("jiexii",), "没有名为 'jiexii' 的地区或系统; 可用："), (("jiexi", "--rate", "20"), "--rate：'20' 不是速率；请写 20/s 或 600/m"),
    (("jiexi", "--since", "lately"), "--since：'lately' 不是时间"), (("jiexi", "--until", "soon"), "--until：'soon' 不是时间"),
])
def test_a_slip_is_named(stocked: Desk, words: tuple[str, ...], said: str) -> None:
    """Nothing is begun."""
    result = stocked.guantong("backfill", *words)
    assert (result.exit_code, result.stderr.startswith(said)) == (2, True), result.stderr


def test_without_a_hub_nothing_is_begun(stocked: Desk) -> None:
    """It is the hub that reads and sends."""
    result = stocked.guantong("backfill", "jiexi")
    assert (result.exit_code, "[GT642]" in result.stderr) == (1, True)


def test_a_dry_run_counts_and_keeps_nothing(stocked: Desk) -> None:
    """What lies inside the span and outside; no store is made, no memory is left behind."""
    result = stocked.guantong("backfill", "jiexi", "--since", "2014-07-12", "--until", "2014-07-15", "--dry-run", env=SECRETS)
    assert (result.exit_code, result.stdout) == (0, (
        "jiexi.approval · 在时段内 inside 3 · 时段外 outside 3 · 无法转换 untold 0 · 拒收 refused 0\n"))
    assert not (stocked.home / "var/guantong.db").exists()


def test_the_stock_is_carried_in_and_reconciled(stocked: Desk) -> None:
    """The daily reading saw it all before: what lies in the span is a duplicate of that, and the counts agree; a second
    run reads the same again."""
    verb = ("backfill", "jiexi", "--since", "2014-07-13", "--rate", "1000/s", "--json")
    first, second, shown = beside_a_hub(stocked, verb, verb, verb[:-1])
    for number, result in enumerate((first, second), 1):
        answer = orjson.loads(result.stdout)
        (run,) = answer["runs"]
        assert (run["run"], run["system"], run["state"]) == (number, SYSTEM, "done")
        assert (run["read"], run["skipped"], run["missing"], run["read_again"]) == (6, 2, 0, 0)
        assert sum(run["messages"].values()) == 4
        assert answer["agree"] is (run["for_a_person"] == 0)
    assert shown.stdout.startswith("jiexi.approval · 第 3 次 run · 读取 read 6 · 时段外 skipped 2 · 拒收 refused 0\n")
    assert stocked.json("queues")["systems"][SYSTEM]["findings"] == 0
    assert list((stocked.home / "var/systems" / SYSTEM).glob("backfill-*")) == []


def test_what_a_target_that_is_down_has_not_got_is_told_and_not_waited_for(desk: Desk, tmp_path: Path) -> None:
    """The hall is nowhere: without `--no-wait` the verb would not end while it is."""
    fill(desk, tmp_path)
    [result] = beside_a_hub(desk, ("backfill", "jiexi", "--since", "2014-07-13", "--rate", "1000/s", "--no-wait"))
    assert "未送达：city.hall" in result.stdout, result.output
    assert "账目相符" not in result.stdout
    assert "此后的进展与核对 how it goes on: guantong backfill jiexi --status\n" in result.stdout


def test_how_a_run_stands_is_told_once_nobody_waits_and_when_the_hub_is_gone(desk: Desk, tmp_path: Path) -> None:
    """The latest first, each reconciled; with the hub and without it the same, and nothing is begun by looking."""
    fill(desk, tmp_path)
    verb = ("backfill", "jiexi", "--since", "2014-07-13", "--rate", "1000/s", "--no-wait")
    asked = ("backfill", "jiexi", "--status")
    before, *_, during = beside_a_hub(desk, asked, verb, verb, (*asked, "--json"))
    assert (before.exit_code, before.stdout) == (0, f"没有补传过：{SYSTEM} · nothing of these was ever backfilled\n")
    after, shown = desk.guantong(*asked, "--json"), desk.guantong(*asked)
    assert orjson.loads(after.stdout) == orjson.loads(during.stdout)
    answer = orjson.loads(after.stdout)
    assert answer["agree"] is False  # the hall is nowhere
    assert [(run["run"], run["state"], run["read"], run["skipped"], run["missing"]) for run in answer["runs"]] == [(2, "done", 6, 2, 0), (1, "done", 6, 2, 0)]
    assert re.search(r"^  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d – \d{4}-\d\d-\d\d ", shown.stdout, re.MULTILINE)
    assert "未送达：city.hall 4" in shown.stdout


def test_a_run_is_reconciled_after_a_restart_once_all_has_arrived(stocked: Desk) -> None:
    """What was taken elsewhere before is a duplicate, so nothing is on its way; a name that is nobody's is a slip."""
    beside_a_hub(stocked, ("backfill", "jiexi", "--until", "2014-07-01", "--rate", "1000/s", "--no-wait"))
    restarted, slip = beside_a_hub(stocked, ("backfill", "jiexi", "--status"), ("backfill", "jiexii", "--status"))
    assert restarted.exit_code == 0, restarted.output
    assert restarted.stdout.startswith(f"{SYSTEM} · 第 1 次 run · 读取 read 6 · 时段外 skipped 6 · 拒收 refused 0\n")
    assert restarted.stdout.endswith("账目相符 The counts agree.\n")
    assert (slip.exit_code, "没有名为 'jiexii' 的地区或系统" in slip.stderr) == (2, True)


def test_rows_flagged_long_ago_are_read_again_and_their_flags_left(desk: Desk, tmp_path: Path) -> None:
    """By the profile as it is shipped, which reads by flag: in a dry run and in earnest, nothing is written at the source."""
    url = fill(desk, tmp_path)
    before = rows_at(url)
    counted = desk.guantong("backfill", "jiexi", "--since", "2014-07-13", "--dry-run", env=SECRETS)
    assert counted.stdout.startswith("jiexi.approval · 在时段内 inside 4 · 时段外 outside 2 ·"), counted.stderr
    loaded = load(desk.home, registry(), SECRETS)
    configuration = loaded.configuration
    assert configuration is not None, [problem.line() for problem in loaded.problems]

    async def carry() -> dict[str, Any]:
        async with running(configuration, registry()) as hub, asyncio.timeout(60):
            [number] = await hub.backfills.begin([BackfillOrder(SYSTEM, moment("2014-07-13"), 0, 1000.0, "陈工")])
            return await outcome(hub, number)

    run = asyncio.run(carry())
    assert (run["read"], run["skipped"], run["refused"], run["missing"]) == (6, 2, 0, 0)
    assert run["messages"] == {"routed": 4}
    assert rows_at(url) == before


def archive(desk: Desk, tmp_path: Path) -> Path:
    """Have Huilai's files in a folder whose archive holds a package of each of five days, one of them broken; the folder."""
    fill(desk, tmp_path)
    drop = tmp_path / "drop"
    desk.edit("config/counties/huilai.yaml", "/srv/exchange/huilai", str(drop))
    for name in ("out", "in", "back"):
        (drop / name).mkdir(parents=True)
    for number in range(1, 6):
        day = drop / f"archive/2014-07-{10 + number}"
        day.mkdir(parents=True)
        act = Act("case.step", {
            "step.code": "review", "step.at": f"2014-07-{10 + number}T09:00:00", "step.opinion": "同意", "step.status": "passed",
            "region": "445224", "serial.province": f"1000000100000000000114071500{number}", "serial.county": f"HL{number}",
        })
        body = write_package([act], "惠来县", number)
        (day / f"{number}.xml").write_bytes(body if number < 5 else body[:-20])
        (day / f"{number}.xml.ok").write_bytes(b"")
    return drop


def test_archived_files_are_carried_in_across_a_stop_and_stay_where_they_are(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in a dry run first; cut short after two of five, the next hub reads the others, and the broken one is for a person."""
    monkeypatch.setattr(backfill, "BATCH", 2)
    drop = archive(desk, tmp_path)
    before = files_of(drop)
    counted = desk.guantong("backfill", "huilai", "--since", "2014-07-12", "--dry-run", env=SECRETS)
    assert counted.stdout == "huilai.approval · 在时段内 inside 3 · 时段外 outside 1 · 无法转换 untold 1 · 拒收 refused 0\n", counted.stderr
    configuration = load(desk.home, registry(), SECRETS).configuration
    assert configuration is not None

    async def begin_and_stop() -> int:
        async with running(configuration, registry()) as hub, asyncio.timeout(60):
            stopped = asyncio.Event()

            def stop_at(step: str) -> None:
                if step == "backfill:after-cursor":
                    stopped.set()
                    raise asyncio.CancelledError

            hub.engine.crash_at = stop_at
            [number] = await hub.backfills.begin([BackfillOrder("huilai.approval", moment("2014-07-12"), 0, 1000.0, "陈工")])
            await stopped.wait()
            return number

    number = asyncio.run(begin_and_stop())
    run = asyncio.run(ended(configuration, number))
    assert (run["read"], run["skipped"], run["refused"], run["missing"], run["read_again"]) == (5, 1, 1, 0, 0)
    assert run["messages"] == {"routed": 3}
    assert files_of(drop) == before


def files_of(folder: Path) -> dict[str, bytes]:
    """All files under a folder, with what they hold."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def ended(configuration: Configuration, number: int) -> dict[str, Any]:
    """What became of a run, once a hub that starts anew has read it to its end."""
    async with running(configuration, registry()) as hub, asyncio.timeout(60):
        return await outcome(hub, number)


async def outcome(hub: Hub, number: int) -> dict[str, Any]:
    """What became of a run, once it has read everything."""
    while hub.engine.reader.backfills_running():  # noqa: ASYNC110  a task of the hub: nothing announces its end
        await asyncio.sleep(0.05)
    row = hub.engine.reader.backfill(number)
    assert row is not None
    return reconciled(hub.engine.reader, row)


def rows_at(url: str) -> list[Any]:
    """All acceptances, with their flags."""
    engine = create_engine(url)
    with engine.begin() as connection:
        found = list(connection.exec_driver_sql("SELECT * FROM EX_GDBS_SL ORDER BY ID"))
    engine.dispose()
    return found

"""`guantong backfill --from`: the exported files of a county that pushes, foretold and carried in."""

from __future__ import annotations

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import pytest
from rich.console import Console
from tests.cli.desk import ACCEPTANCE, COUNTY, SECRETS, Desk
from tests.cli.test_backfill import beside_a_hub, ended, outcome

from guantong.backfillstore import BackfillOrder
from guantong.cli.backfill_runs import print_runs
from guantong.config import Configuration, load
from guantong.exported.connection import open_folder
from guantong.hub import running
from guantong.journey import backfill
from guantong.plugins import registry

ROW = {name: value for name, value in ACCEPTANCE.items() if name != "type"}


def row(number: int, **other: str) -> dict[str, str]:
    """The acceptance of another case."""
    return {**ROW, "applyNo": f"{ROW['applyNo'][:-5]}{number:05d}", "bizNo": f"RC{number}", "itemCode": "10000010100699201213445202", **other}


def table(*rows: dict[str, str]) -> str:
    return "\n".join([",".join(ROW), *(",".join(one.values()) for one in rows), ""])


@pytest.fixture
def exported(desk: Desk, tmp_path: Path) -> Path:
    """A folder of an export: a table in GBK, with two rows that say the same, one of no known outcome and one too short; a
    record as the interface sends it; and half a file."""
    desk.edit("config/guantong.yaml", "127.0.0.1:8080", "127.0.0.1:0")
    folder = tmp_path / "导出"
    (folder / "accept").mkdir(parents=True)
    text = table(row(1), row(2), row(2), row(3, result="whatever"), row(4, time="2014-08-01 09:00:00")) + "1,2\n"
    (folder / "accept/2014.csv").write_text(text, encoding="gb18030")
    (folder / "one.json").write_bytes(orjson.dumps({"type": "accept", **row(5)}))
    (folder / "two.json").write_text('{"type": "accept"', encoding="utf-8")
    return folder


def there(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All that is in a folder."""
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def fates(file: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in file.items() if isinstance(count, int) and count}


def test_a_dry_run_tells_of_each_file_what_would_become_of_it(desk: Desk, exported: Path) -> None:
    """Before anything was ever kept: in numbers, and the places and reasons of what would not be taken; nothing is made."""
    before = there(exported)
    result = desk.guantong("backfill", "rongcheng", "--from", str(exported), "--until", "2014-08-01", "--dry-run", "--json")
    answer = orjson.loads(result.stdout)
    assert result.exit_code == 1, result.stderr
    assert [(file["file"], fates(file)) for file in answer["files"]] == [
        ("accept/2014.csv", {"records": 6, "accepted": 2, "duplicate": 1, "parked": 1, "refused": 1, "outside": 1}),
        ("one.json", {"records": 1, "accepted": 1}), ("two.json", {"records": 1, "refused": 1}),
    ]
    assert fates(answer) == {"records": 8, "accepted": 3, "duplicate": 1, "parked": 1, "refused": 2, "outside": 1}
    places = [(problem["place"], problem["code"]) for file in answer["files"] for problem in file["problems"]]
    assert [place for place, _ in places] == ["accept/2014.csv:5", "accept/2014.csv:7", "two.json"]
    assert dict(places)["accept/2014.csv:7"] == "GT765"
    assert there(exported) == before
    assert not (desk.home / "var/guantong.db").exists()


def test_a_dry_run_on_the_screen_ends_with_the_sum(desk: Desk, exported: Path) -> None:
    result = desk.guantong("backfill", COUNTY, "--from", str(exported), "--dry-run")
    lines = result.stdout.splitlines()
    assert lines[0] == "accept/2014.csv · 记录 records 6 · 可收入 accepted 3 · 重复 duplicate 1 · 无法转换 parked 1 · 拒收 refused 1"
    assert lines[-2:] == [
        "rongcheng.approval · 共 3 个文件 files · 记录 records 8 · 可收入 accepted 4 · 重复 duplicate 1 · 无法转换 parked 1 · 拒收 refused 2",
        "以上只是预估，未留存、未推送。Nothing was kept or sent."]


def configured(desk: Desk) -> Configuration:
    loaded = load(desk.home, registry(), SECRETS)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    return loaded.configuration


def test_the_files_are_carried_in_as_foretold_and_a_second_time_nothing_is_new(desk: Desk, exported: Path) -> None:
    """Marked, reconciled, without findings; what was taken is then foretold as known; the folder stays as it was."""
    before = there(exported)

    async def carry() -> dict[str, Any]:
        async with running(configured(desk), registry()) as hub, asyncio.timeout(60):
            [number] = await hub.backfills.begin([BackfillOrder(COUNTY, 0, 0, 1000.0, "陈工", str(exported))])
            return await outcome(hub, number)

    run = asyncio.run(carry())
    assert (run["read"], run["refused"], run["missing"], run["read_again"]) == (8, 2, 0, 0)
    assert run["messages"] == {"routed": 4, "duplicate": 1, "parked": 1}
    assert run["folder"] == str(exported)
    verb = ("backfill", "rongcheng", "--from", str(exported), "--rate", "1000/s", "--json")
    foretold, second = beside_a_hub(desk, (*verb[:4], "--dry-run", "--json"), verb)
    assert fates(orjson.loads(foretold.stdout)) == {"records": 8, "duplicate": 5, "parked": 1, "refused": 2}
    answer = orjson.loads(second.stdout)
    (again,) = answer["runs"]
    assert again["refused"] == len(again["refused_places"]) == 2
    assert "two.json" in "".join(one["place"] for one in again["refused_places"])
    assert all(one["code"].startswith("GT") for one in again["refused_places"])
    shown = Console(file=StringIO(), width=200)
    print_runs(shown, {**answer, "runs": [{**again, "refused": 3}]})
    lines = shown.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO
    assert [line.split(" [")[0] for line in lines if line.startswith("    拒收")] == [
        f"    拒收 refused {one['place']}" for one in again["refused_places"]]
    assert "    另有 1 条，见交换日志 · the others are in the journal" in lines
    assert (second.exit_code, answer["agree"], again["read"], again["deliveries"]) == (1, False, 8, {})
    assert again["messages"]["duplicate"] >= 5
    assert "routed" not in again["messages"]
    assert desk.json("queues")["systems"][COUNTY]["findings"] == 0
    assert there(exported) == before


@pytest.mark.parametrize(("words", "said"), [
    (("rongcheng", "--from", "nowhere"), "无法读取文件夹 "), (("city", "--from", "."), "导出文件只属于一个系统，而 city 有多个："),
    (("rongcheng", "--from", ".", "--system", "hall"), "没有名为 'hall' 的地区或系统; 可用：rongcheng.approval [GT437]"),
])
def test_a_slip_is_named_before_anything_is_begun(desk: Desk, words: tuple[str, ...], said: str) -> None:
    result = desk.guantong("backfill", *words)
    assert (result.exit_code, result.stderr.startswith(said)) == (2, True), result.stderr


def test_a_run_that_was_cut_short_goes_on_in_the_midst_of_a_file(desk: Desk, exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub stops after one batch; the next start reads the rest, and nothing is taken twice."""
    monkeypatch.setattr(backfill, "BATCH", 2)
    configuration = configured(desk)

    async def begin_and_stop() -> int:
        async with running(configuration, registry()) as hub, asyncio.timeout(60):
            stopped = asyncio.Event()

            def stop_at(step: str) -> None:
                if step == "backfill:after-cursor":
                    stopped.set()
                    raise asyncio.CancelledError

            hub.engine.crash_at = stop_at
            [number] = await hub.backfills.begin([BackfillOrder(COUNTY, 0, 0, 1000.0, "陈工", str(exported))])
            await stopped.wait()
            kept = hub.engine.reader.backfill(number)
            assert kept is not None
            assert kept.progress.read == 2
            return number

    told = asyncio.run(ended(configuration, asyncio.run(begin_and_stop())))
    assert (told["read"], told["refused"], told["missing"], told["read_again"]) == (8, 2, 0, 0)
    assert told["messages"] == {"routed": 4, "duplicate": 1, "parked": 1}


async def test_a_file_that_is_another_by_now_is_read_from_its_beginning(desk: Desk, exported: Path) -> None:
    """Its lines count anew; the files before it do not."""
    loaded = load(desk.home, registry(), {}, secrets=False)
    assert loaded.configuration is not None
    system = loaded.configuration.systems[COUNTY]
    folder = open_folder(str(exported), system, registry())
    polled = await folder.poll("", 2)
    assert [record.ref for record in polled.records] == ["accept/2014.csv:2", "accept/2014.csv:3"]
    again = await open_folder(str(exported), system, registry()).poll(polled.cursor, 1)
    assert [record.ref for record in again.records] == ["accept/2014.csv:4"]
    (exported / "accept/2014.csv").write_text(table(row(1)), encoding="utf-8")
    anew = await open_folder(str(exported), system, registry()).poll(polled.cursor, 10)
    assert [record.ref for record in anew.records] == ["accept/2014.csv:2", "one.json"]
    end = await folder.poll(anew.cursor, 10)
    assert (list(end.records), list(end.refused)) == ([], [])

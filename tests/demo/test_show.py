"""What a demo prints for a person: who takes part, what came of it, the verdict."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from guantong_plugins.demo.compare import Comparison
from guantong_plugins.demo.connected import Told
from guantong_plugins.demo.difference import Difference
from guantong_plugins.demo.director import Demo
from guantong_plugins.demo.report import Report
from guantong_plugins.demo.show import show_beginning, show_report, show_verdict


def _shown(report: Report, columns: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=columns)
    show_report(console, report)
    show_verdict(console, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def _report(**given: object) -> Report:
    told = Told({"towns": (1, 4), "villages": (3, 8)}, {"agent": 2, "": 1})
    facts: dict[str, object] = {
        "comparison": Comparison(), "cases": 2, "events": 9, "dead": 1, "seconds": 1.25, "systems": {"city.hall": {"received": 0}},
        "reasons": {"city.hall": ["超长 [GT1]"]}, "connected": told, **given}
    return Report(**facts)  # type: ignore[arg-type]  # the fields as named


def test_everyone_who_takes_part_is_introduced(tmp_path: Path) -> None:
    """Every simulated system of the play, in 80 columns, with the size of the play."""
    console = Console(file=io.StringIO(), width=80)
    play = Demo(tmp_path, 20, seed=3)
    with play:
        show_beginning(console, play.books.cases, play.books.events, 3)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    introduced = [line.split()[0] for line in lines if line.startswith("  ")]
    assert introduced == ["city.hall", "city.hall-portal", "city.supervision", "rongcheng.approval", "jiedong.approval",
                          "jiexi.approval", "huilai.approval", "puning.approval"]
    assert {simulator.role.system for simulator in play.simulators} <= set(introduced)
    assert lines[-1] == f"20 件虚构的办件 invented cases, {play.books.events} 条过程信息 events, seed 3"


def test_books_that_agree_are_said_to_in_the_end() -> None:
    """What is dead was meant to be; places, ways, counts, and the verdict last."""
    lines = _shown(_report(), 120)
    assert "  city.hall: 超长 [GT1]" in [line.rstrip() for line in lines]
    assert "站点接入 sites connected: 镇街 towns 1/4 (25%) · 村居 villages 3/8 (38%)" in lines
    assert "办理方式 ways: 代办 agent 2 · 未注明 not told 1" in lines
    assert lines[-3:] == [
        "账目相符 The books agree. 2 件 cases, 9 条 events, 1.2 s",
        "丢失 lost 0 · 重复 doubled 0 · 乱序 out of order 0 · 字段有误 wrong fields 0",
        "异常 dead 1，应有而无 missing 0，不应有 unexpected 0 · 回执有误 wrong receipts 0 · 接入有误 wrong sites 0"]


def test_a_county_with_other_counts_makes_the_books_disagree() -> None:
    """And it is named."""
    wrong = Comparison(wrong_sites=[Difference("榕城区", "", "sites connected", "cases: expected {}")])
    lines = _shown(_report(comparison=wrong), 120)
    assert not _report(comparison=wrong).agree
    assert any(line.startswith("账目不符 The books do not agree.") for line in lines)
    assert lines[-1] == "  榕城区 sites connected: cases: expected {}"

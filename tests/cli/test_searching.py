"""`guantong trace` without a serial: by a person's number with a reason, by window, by time."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.desk import ACCEPTANCE, APPLICATION, PERSON_NO, Desk
from tests.cli.test_unmasking import journaled

NOBODYS = "445202199001010026"
"""An invented number with a right check character."""


@pytest.fixture
def told(desk: Desk) -> Desk:
    """A home in which a case was applied for by a person, and accepted at a window."""
    desk.tell(APPLICATION, {**ACCEPTANCE, "windowNo": "W03"})
    return desk


def searches(home: Path) -> list[tuple[int, int, int, str, dict[str, object]]]:
    return journaled(home, "searched")


def test_a_person_is_looked_for_with_a_reason_that_is_journaled(told: Desk) -> None:
    """Without one nothing is told; with one the cases are listed, and their history says who looked. The number is nowhere."""
    refused = told.guantong("trace", PERSON_NO, "--as", "陈工")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        "这是个人证件号码：按证件号码查找办件必须写明原因; 请用 --why 写明原因；原因与操作人将记入交换日志 [GT782]\n"
        "    this is the number of a person: cases are looked for by it only with a reason; write it with --why; it is kept in the journal "
        "with your name\n")
    assert searches(told.home) == []
    listed = told.guantong("trace", PERSON_NO, "--as", "陈工", "--why", "来访查询")
    assert (listed.exit_code, "C1" in listed.stdout, "guantong trace C1" in listed.stdout, PERSON_NO in listed.stdout) == (0, True, True, False)
    assert searches(told.home) == [(1, 0, 0, "陈工", {"why": "来访查询"})]
    traced = told.guantong("trace", "C1", columns=140).stdout
    assert "按证件查找 searched" in traced
    assert PERSON_NO not in traced


@pytest.mark.parametrize(("number", "shown"), [(NOBODYS, "4452**********0026"), ("445202900101002", "4452*******1002")])
def test_a_look_for_a_person_who_has_no_case_is_journaled_too(told: Desk, number: str, shown: str) -> None:
    """With a reason like any other, so that nobody learns without a trace who has a case; the number is not echoed."""
    refused = told.guantong("trace", number, "--as", "陈工")
    assert (refused.exit_code, "[GT782]" in refused.stderr) == (2, True)
    unknown = told.guantong("trace", number, "--as", "陈工", "--why", "来访查询")
    assert (unknown.exit_code, unknown.stderr.startswith(f"没有找到 {shown}：")) == (1, True)
    assert searches(told.home) == [(0, 0, 0, "陈工", {"why": "来访查询"})]


@pytest.mark.parametrize(("number", "shown"), [
    ("445202199001010028", "4452**********0028"), ("445202901301002", "4452*******1002"), ("44520219900101002", "4452*********1002"), ("PN-1", "PN-1"),
])
def test_a_number_that_can_be_nobodys_is_told_as_any_unknown_one(told: Desk, number: str, shown: str) -> None:
    """Its check character or its day of birth is wrong: somebody mistyped it, so it is not echoed; with a reason it is journaled that somebody
    looked."""
    unknown = told.guantong("trace", number, "--as", "陈工")
    assert (unknown.exit_code, unknown.stderr.startswith(f"没有找到 {shown}：")) == (1, True)
    assert searches(told.home) == []
    assert told.guantong("trace", number, "--as", "陈工", "--why", "来访查询").exit_code == 1
    assert searches(told.home) == [(0, 0, 0, "陈工", {"why": "来访查询"})]


def test_cases_of_a_window_or_a_time_are_listed(told: Desk) -> None:
    """As a table, or as JSON; none is said so."""
    assert [row["case"] for row in told.json("trace", "--window", "W03")["cases"]] == ["C1"]
    assert [row["case"] for row in told.json("trace", "--from", "1d")["cases"]] == ["C1"]
    assert told.json("trace", "--window", "W03", "--to", "2014-01-01") == {"cases": [], "more": False}
    assert told.guantong("trace", "--window", "W04").stdout == "没有符合条件的办件 · no case fits\n"
    assert "10000010100699201211407150777" in told.guantong("trace", "--window", "W03", columns=140).stdout


@pytest.mark.parametrize("words", [(), ("--to", "1d"), ("--from", "1h", "--to", "1d"), ("C1", "--window", "W03")])
def test_what_cannot_be_looked_for_is_said(told: Desk, words: tuple[str, ...]) -> None:
    refused = told.guantong("trace", *words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == (
        "查找条件不明：请给出一个办件或证件号码，或一个窗口，或一段时间（--from 须早于 --to）; "
        "请给出流水号、证件号码、--window，或 --from 与 --to：2026-11-01、2026-11-01T08:00、7d、12h [GT781]\n"
        "    what to look for is not clear: one case or person; or a window; or a time, --from before --to; give a serial, a person's "
        "certificate number, --window, or --from and --to: 2026-11-01, 2026-11-01T08:00, 7d, 12h\n")

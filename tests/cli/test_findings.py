"""Findings on the command line: listed by what they are, shown with what to do, settled with a reason."""

from __future__ import annotations

import pytest
from tests.cli.desk import ACCEPTANCE, COUNTY, Desk, widest

from guantong.cli.trace import _detail

FINISH = {**ACCEPTANCE, "type": "finish", "result": "finished", "time": "2014-07-15 09:00:00"}


@pytest.fixture
def odd(desk: Desk) -> Desk:
    """A desk with a case that was finished before it was accepted, and one that only was finished."""
    desk.tell(ACCEPTANCE, FINISH, {**FINISH, "applyNo": "10000010100699201211407150778", "bizNo": "RC20140715-0778"})
    return desk


def test_nothing_odd_is_said_in_words(desk: Desk) -> None:
    """No empty table that looks like a broken one."""
    desk.tell(ACCEPTANCE)
    assert desk.guantong("findings", "list").stdout == "没有疑点 · Nothing is odd.\n"
    assert desk.json("findings", "list") == {"findings": [], "open": []}


def test_findings_are_listed_by_kind_with_the_ordinary_ones_counted_apart(odd: Desk) -> None:
    """What needs a look first; what happens every day is one line."""
    lines = odd.guantong("findings", "list", columns=400).stdout.splitlines()
    assert lines[0] == "办理环节先后颠倒 · A later step happened before an earlier one · rongcheng.approval · 1 件"
    assert lines[1].endswith(
        "event case.finish  at 2014-07-15T09:00:00+08:00  should_follow case.acceptance  "
        "which_was_at 2014-07-16T09:00:00+08:00")
    assert lines[-2:] == [
        "查看 look: guantong findings show F1 · 处理完毕 settled: guantong findings settle F1 --why …",
        "另有正常情形 1 件 · 1 ordinary ones: guantong findings list --ordinary"]
    assert len(odd.json("findings", "list", "--ordinary")["findings"]) == 2


def test_the_filters_choose(odd: Desk) -> None:
    """By kind, system, region (whatever its length) and time."""

    def ids(*words: str) -> list[str]:
        return [one["id"] for one in odd.json("findings", "list", *words)["findings"]]

    assert ids("--kind", "finished_unaccepted") == ["F2"]
    assert ids("--system", COUNTY) == ["F1"]
    assert ids("--system", "jiedong.approval") == []
    assert ids("--region", "445200") == ids("--region", "445202000000") == ["F1"]
    assert ids("--region", "445281") == []
    assert ids("--since", "1h") == ["F1"]
    assert ids("--since", "2200-01-01") == []
    assert ids("--settled") == []


@pytest.mark.parametrize(("words", "said"), [
    (("--kind", "imposible_order"), ("没有名为 'imposible_order' 的疑点类型; 可用 guantong findings kinds 查看全部类型 "
     "(impossible_order?) [GT434]\n    there is no kind of finding 'imposible_order'; see them with: guantong findings "
     "kinds (impossible_order?)\n")),
    (("--since", "gestern"), ("--since：'gestern' 不是时间; 请写 2026-11-01、2026-11-01T08:00、7d 或 12h [GT435]\n"
     "    --since: 'gestern' is no time; write 2026-11-01, 2026-11-01T08:00, 7d or 12h\n")),
])
def test_a_filter_that_names_nothing_is_no_empty_list(odd: Desk, words: tuple[str, ...], said: str) -> None:
    """A slip must not look like good news."""
    result = odd.guantong("findings", "list", *words)
    assert (result.exit_code, result.stderr) == (2, said)


def test_a_finding_is_shown_with_its_case_and_what_to_do(odd: Desk) -> None:
    """Numbers to look it up by; nothing of a person."""
    text = odd.guantong("findings", "show", "F1").stdout
    assert "F1 · 办理环节先后颠倒" in text
    assert "编号 serial county RC20140715-0777" in text
    assert "case.acceptance (M1), case.finish (M2)" in text
    assert "怎么办 what to do: 请与档案核对两处时间" in text
    assert "欧阳示例" not in text
    assert odd.guantong("findings", "show", "M1").exit_code == 1
    assert odd.json("findings", "show", "F1")["hint"].startswith("compare both times with the file")


def test_settling_needs_a_reason_and_takes_it_off_the_list(odd: Desk) -> None:
    """And puts it on the list of what was settled, with who and why."""
    without = odd.guantong("findings", "settle", "F1")
    assert (without.exit_code, without.stderr) == (2, "请用 --why 说明原因 / say why with --why\n")
    assert odd.guantong("findings", "settle", "F1", "--why", "已核实").stdout == "✓ F1: 核实完毕 settled\n"
    assert odd.json("findings", "list")["findings"] == []
    (one,) = odd.json("findings", "list", "--settled")["findings"]
    assert (one["id"], one["settled_by"], one["why"]) == ("F1", "chen", "已核实")
    assert "疑点消除 finding_settled" in odd.guantong("trace", "RC20140715-0777", columns=200).stdout


def test_the_kinds_are_listed_with_who_contributes_them(desk: Desk) -> None:
    """A screen of 100 columns holds them."""
    result = desk.anywhere("findings", "kinds")
    assert "accepted_before_applied" in result.stdout
    assert widest(result.stdout) <= 100


def test_queues_count_findings(odd: Desk) -> None:
    """Beside what waits; without the ordinary ones."""
    assert odd.json("queues")["systems"][COUNTY]["findings"] == 1
    assert "疑点" in odd.guantong("queues").stdout


def test_a_trace_shows_a_finding_that_counts_events_in_place_of_naming_them() -> None:
    """As that of several days' work entered at once does."""
    detail = {"finding": "entered_at_once", "events": 3, "first": "2014-07-15 09:00:00", "last": "2014-07-17 09:00:00"}
    line = {"message": "M7", "delivery": None, "detail": detail, "actor": "hub", "system": COUNTY}
    assert _detail(line).startswith("M7  ")
    assert _detail(line).endswith(" entered_at_once")
    assert _detail({**line, "detail": {"events": ["case.pause", "case.resumption"]}}) == "M7  合并 2 条过程信息 events case.pause, case.resumption"

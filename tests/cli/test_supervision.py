"""Deadlines and warnings on the command line: counted so that an auditor can follow, listed so that a window can act."""

from __future__ import annotations

import orjson
import pytest
from rich.cells import cell_len
from tests.cli.desk import ACCEPTANCE, COUNTY, SECRETS, Desk, widest

from guantong.cli.plot import bar
from guantong.config.calendar import read_calendar
from guantong.config.files import Files
from guantong.journey.engine import Engine
from guantong.starter import starter
from guantong.supervision.deadline import Counting, Stop, read_clock
from guantong.supervision.limit import Limit, Unit
from guantong.supervision.watch import Watch

LIMITED = {**ACCEPTANCE, "legalLimit": "5", "legalLimitUnit": "workday"}
PAUSE = {**{key: value for key, value in LIMITED.items() if not key.startswith("legal")}, "type": "suspend", "seq": "1",
         "kind": "statutory", "startTime": "2014-07-17 10:00:00", "reason": "听证"}


async def _look(engine: Engine) -> None:
    rules = engine.configuration.supervision
    assert rules is not None
    watch = Watch(engine, rules)
    while await watch.look():
        pass


@pytest.fixture
def supervised(desk: Desk) -> Desk:
    """A desk with an overdue case (five working days from 16 July 2014), looked at."""
    desk.tell(LIMITED)
    desk.work(_look)
    return desk


def test_open_cases_are_listed_with_their_due_time(supervised: Desk) -> None:
    shown = supervised.guantong("deadlines").stdout
    assert "超时 overdue" in shown
    assert "2014-07-23 23:59:59" in shown
    assert widest(shown) <= 100
    [case] = supervised.json("deadlines")["cases"]
    assert (case["state"], case["clock"], case["region"], case["item_name"]) == ("overdue", "legal", "445202", "个体工商户设立登记")
    for words in (("--state", "running"), ("--region", "445203"), ("--window", "W1")):
        assert supervised.json("deadlines", *words) == {"cases": []}
    assert supervised.guantong("deadlines", "--region", "445203").stdout == "没有在办的限时办件 · No open case with a limit.\n"
    assert supervised.guantong("deadlines", "--state", "late").exit_code == 2


def test_a_case_is_shown_with_its_whole_reckoning(supervised: Desk) -> None:
    """Start, due time, what counted, the plot, what it deserved; all on 100 columns but for lines that a person copies."""
    lines = supervised.guantong("deadlines", "RC20140715-0777").stdout.splitlines()
    assert lines[1] == "  法定时限 legal：5个工作日 · 5 workdays   超时 overdue"
    assert lines[2].startswith("    起 from 2014-07-16 09:00:00   到期 due 2014-07-23 23:59:59   已用 spent 5/5   超 over ")
    assert set(lines[3].strip()) <= {"█", "▓", "│"}
    assert lines[4] == "      2014-07-16 09:00:00 → …  计 counted 5"
    assert any(line.startswith("  红牌 red  应发未收 missing  应发 deserved 2014-07-24 00:00:00（法定时限 legal）") for line in lines)
    [case] = supervised.json("deadlines", "C1")["cases"]
    [clock] = case["clocks"]
    assert (clock["kind"], clock["limit"], clock["unit"], clock["state"], clock["spent"], clock["left"]) == (
        "legal", 5, "workday", "overdue", 5, 0)


def test_a_pause_is_named_where_it_stopped_the_clock(supervised: Desk) -> None:
    supervised.tell(PAUSE)
    shown = supervised.guantong("deadlines", "RC20140715-0777").stdout
    assert "→ …  不计 not counted：法定特别程序 1 statutory procedure" in shown
    assert "到期 due — 计时停止中 the clock stands   已用 spent 1/5   剩 left 4" in shown


def test_a_missing_card_is_listed_for_its_region(supervised: Desk) -> None:
    shown = supervised.guantong("alerts", "list").stdout
    assert "红牌 red" in shown
    assert "应发未收 missing" in shown
    entry = next(one for one in supervised.json("alerts", "list", "--level", "red")["alerts"])
    assert (entry["verdict"], entry["region"], entry["open"], entry["no"], entry["sent_to"]) == ("missing", "445202", True, "", [])
    assert supervised.json("alerts", "list", "--region", "445281") == {"alerts": []}
    assert supervised.json("alerts", "list", "--overdue") == {"alerts": []}
    shown = supervised.guantong("alerts", "show", "RC20140715-0777").stdout
    assert "（未收到 none came）  红牌 red  应发未收 missing" in shown
    assert "应发 deserved  2014-07-24 00:00:00 法定时限 legal" in shown
    assert supervised.json("findings", "list", "--kind", "warning_missing")["findings"][0]["system"] == COUNTY


def test_where_the_time_of_a_case_went_is_split(supervised: Desk) -> None:
    """A step told years late by its county, and not sent yet: the source's time, then the hub's. On 100 columns."""
    shown = supervised.guantong("trace", "RC20140715-0777", "--delay").stdout
    assert "2014-07-16 09:00  case.acceptance  0s" in shown
    assert "待推送" in shown
    assert "合计 in all → city.supervision：人工 person 0s · 枢纽 hub " in shown
    assert widest(shown) <= 100
    [case] = supervised.json("trace", "C1", "--delay")["cases"]
    [step] = case["steps"]
    assert (step["name"], step["system"], step["office"], step["occurred_at"]) == ("case.acceptance", COUNTY, 0, 1_405_472_400_000)
    assert step["source"] == step["heard_at"] - step["occurred_at"] > 0
    assert {(one["target"], one["state"], one["reached_at"]) for one in step["deliveries"]} >= {("city.supervision", "waiting", None)}
    assert all(set(one["counted_to"]) == {"person", "hub", "target"} for one in step["deliveries"])
    assert case["late_for_warnings"] == []


def test_what_is_not_there_is_said_in_words(supervised: Desk) -> None:
    for words, said in (
        (("deadlines", "XX-1"), "没有办件 'XX-1'; 请给出该办件在任一系统的流水号，或列表中的 C… 编号 [GT871]"),
        (("alerts", "show", "XX-1"), "没有编号为 'XX-1' 的预警或红黄牌"),
    ):
        result = supervised.guantong(*words)
        assert (result.exit_code, said in result.stderr) == (1, True)
    (supervised.home / "config/supervision.yaml").unlink()
    for verb in (("deadlines",), ("alerts", "list")):
        result = supervised.guantong(*verb)
        assert (result.exit_code, "GT870" in result.stderr) == (2, True)


def test_check_warns_before_the_calendar_ends_and_only_where_it_is_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, told in (("2026-10-31", False), ("2026-11-02", True)):
        class Today:
            @staticmethod
            def today(day: str = day) -> object:
                from datetime import date
                return date.fromisoformat(day)

        monkeypatch.setattr("guantong.cli.check.date", Today)
        problems = orjson.loads(desk.guantong("check", "--json", env=SECRETS).stdout)["problems"]
        assert any(one["code"] == "GT865" for one in problems) is told
    (desk.home / "config/supervision.yaml").unlink()
    assert "GT865" not in desk.guantong("check", env=SECRETS).stdout


def test_the_plot_tells_what_ran_stood_is_left_and_is_over() -> None:
    calendar, _ = read_calendar(Files(starter("config"), "config"))
    start, day = 1_405_391_400_000, 86_400_000
    counting = Counting(Limit(10, Unit.DAY), start, calendar, stops=(Stop(start + 2 * day, start + 4 * day, "pause 1 statutory"),))
    running = bar(read_clock(counting, start + 6 * day), start + 6 * day, 26).plain
    assert running == "█████" + "░░░░" + "████" + "·" * 13   # ten days, two of them stopped: due at the end of the twelfth
    over = bar(read_clock(counting, start + 20 * day), start + 20 * day, 40).plain
    assert (over.count("│"), over[-1], cell_len(over)) == (1, "▓", 40)

"""Stock carried in by a backfill (存量办件): its limits are known, and nothing is warned of or found odd about it."""

from __future__ import annotations

from tests.supervision.home import at

from guantong.config.calendar import read_calendar
from guantong.config.files import Files
from guantong.config.supervision import SupervisionFile
from guantong.starter import starter
from guantong.supervision.facts import Heard, facts_of_case
from guantong.supervision.judge import judge

CALENDAR, _ = read_calendar(Files(starter("config"), "config"))


def heard(number: int, name: str, *, backfilled: bool, **values: object) -> Heard:
    return Heard(number, name, {key.replace("__", "."): value for key, value in values.items()}, at("2014-09-01 10:00"), "east.approval", backfilled)


def test_a_backfilled_case_is_overdue_and_deserves_no_warning() -> None:
    for backfilled in (False, True):
        events = [
            heard(1, "case.application", backfilled=backfilled, applied_at="2014-07-01T10:00:00+08:00"),
            heard(2, "case.acceptance", backfilled=backfilled, outcome="accepted", accepted_at="2014-07-15T10:00:00+08:00",
                  promised_limit=5, promised_limit_unit="workday"),
            heard(3, "case.step", backfilled=backfilled, step__code="handling", step__at="2014-07-18T10:00:00+08:00"),
        ]
        found = judge(facts_of_case(events, {}), SupervisionFile(), CALENDAR, at("2014-09-02"))
        assert found.main is not None
        assert found.main.state.value == "overdue"
        assert bool(found.warned) is not backfilled
        assert bool(found.irregular) is not backfilled

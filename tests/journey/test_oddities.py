"""What is odd about a case's events, seen from the events alone."""

from __future__ import annotations

from itertools import permutations

import pytest

from guantong.journey.oddities import oddities
from guantong.store import Happening

APPLIED = ("case.application", "2014-07-14T09:00:00+08:00")
ACCEPTED = ("case.acceptance", "2014-07-15T10:30:00+08:00")
FINISHED = ("case.finish", "2014-07-18T16:00:00+08:00")


def found(*told: tuple[str, str]) -> list[tuple[str, str]]:
    """The oddities of events told as (name, when), each an identity of its own."""
    happened = [Happening(number, name, b"%d" % number, 1, when) for number, (name, when) in enumerate(told, 1)]
    return sorted((one.kind.name, one.identity) for one in oddities(happened))


@pytest.mark.parametrize("told", list(permutations([APPLIED, ACCEPTED, FINISHED])))
def test_events_may_come_in_any_order(told: tuple[tuple[str, str], ...]) -> None:
    """Only when things happened counts, not when they were told."""
    assert found(*told) == []


def test_a_finish_alone_is_noted_as_what_it_is() -> None:
    """Cases done at once are told so."""
    assert found(FINISHED) == [("finished_unaccepted", "case.acceptance")]
    assert found(APPLIED, FINISHED) == [("finished_unaccepted", "case.acceptance")]


@pytest.mark.parametrize(("told", "missing"), [
    (("case.resumption",), "case.pause"), (("case.correction",), "case.correction_notice"),
    (("case.collection",), "case.finish"),
    (("case.pause", "case.resumption", "case.resumption"), "case.pause"),
    (("case.correction_notice", "case.correction", "case.correction"), "case.correction_notice"),
])
def test_what_follows_something_is_odd_without_it(told: tuple[str, ...], missing: str) -> None:
    """A pause ends once for each time it began."""
    assert found(*((name, "") for name in told)) == [("missing_event", missing)]


@pytest.mark.parametrize("told", [
    ("case.pause", "case.resumption"), ("case.pause", "case.pause", "case.resumption"),
    ("case.acceptance", "case.finish", "case.finish", "case.collection"), ("case.step",), ("case.void",),
])
def test_what_is_there_is_not_missing(told: tuple[str, ...]) -> None:
    """A pause may still last; two parties may tell of one finish."""
    assert found(*((name, "") for name in told)) == []


def test_an_acceptance_before_the_application_is_told_as_such() -> None:
    """With both times, as they were told."""
    early = ("case.acceptance", "2014-07-14T08:58:00+08:00")
    (one,) = oddities([Happening(1, *_keyed(APPLIED)), Happening(2, *_keyed(early))])
    assert (one.kind.name, dict(one.detail)) == ("accepted_before_applied", {
        "event": "case.acceptance", "at": "2014-07-14T08:58:00+08:00", "should_follow": "case.application",
        "which_was_at": "2014-07-14T09:00:00+08:00"})


def _keyed(told: tuple[str, str]) -> tuple[str, bytes, int, str]:
    name, when = told
    return name, name.encode(), 1, when


@pytest.mark.parametrize(("told", "identity"), [
    ((ACCEPTED, ("case.finish", "2014-07-15T10:29:59+08:00")), "case.acceptance<case.finish"),
    ((ACCEPTED, ("case.finish", "2014-07-14")), "case.acceptance<case.finish"),
    ((FINISHED, ("case.collection", "2014-07-17")), "case.finish<case.collection"),
    ((("case.pause", "2014-07-16"), ("case.resumption", "2014-07-15")), "case.pause<case.resumption"),
    ((("case.correction_notice", "2014-07-16"), ("case.correction", "2014-07-15")), "case.correction_notice<case.correction"),
    ((ACCEPTED, ("case.step", "2014-07-15T02:29:00+00:00")), "case.acceptance<case.step"),
])
def test_a_later_step_before_an_earlier_one_is_impossible(told: tuple[tuple[str, str], ...], identity: str) -> None:
    """Also where only days are told, or the offsets differ."""
    kinds = [one for one in found(*told) if one[0] != "finished_unaccepted" and one[0] != "missing_event"]
    assert kinds == [("impossible_order", identity)]


@pytest.mark.parametrize("finished", [
    "2014-07-15", "2014-07-15T10:30:00+08:00", "2014-07-15T10:00:00", "", "不详", "2014-13-45",
])
def test_what_is_not_surely_before_is_not_odd(finished: str) -> None:
    """The same day, the same moment, a time of unknown offset on that day, or none at all."""
    assert found(ACCEPTED, ("case.finish", finished)) == []


def test_the_newest_version_counts() -> None:
    """A wrong time that was corrected is wrong no longer."""
    accepted = Happening(1, "case.acceptance", b"a", 1, ACCEPTED[1])
    wrong = Happening(2, "case.finish", b"f", 1, "2014-07-01")
    corrected = Happening(3, "case.finish", b"f", 2, FINISHED[1])
    assert [one.kind.name for one in oddities([accepted, wrong])] == ["impossible_order"]
    assert oddities([accepted, wrong, corrected]) == set()
    assert oddities([accepted, corrected, wrong]) == set()

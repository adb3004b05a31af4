"""Where a case's time went: each stretch is counted to whoever let it pass, and to nobody twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from guantong.journey.states import DeliveryState as D
from guantong.operations.delays import PARTS, CaseDelays, Way, delays_of
from guantong.store import DeliveryRow, EntryRow
from guantong.supervision.facts import Alert, CaseFacts, Told

MINUTE = 60_000
NOW = 1000 * MINUTE
PLATFORM = "city.supervision"
COUNTY = "rongcheng.approval"


def facts(*steps: tuple[int, int], raised: Sequence[int] = ()) -> CaseFacts:
    """Steps as (happened, heard) in minutes, the events 1, 2, …; warnings raised at."""
    told = [(Told(at * MINUTE, heard * MINUTE, number), "case.step", COUNTY) for number, (at, heard) in enumerate(steps, 1)]
    alerts = {f"W{at}": Alert(f"W{at}", "red", Told(at * MINUTE, at * MINUTE, 90)) for at in raised}
    return CaseFacts(told=told, alerts=alerts)


def row(number: int, event: int, accepted: int, state: D = D.CONFIRMED, target: str = PLATFORM) -> DeliveryRow:
    return DeliveryRow(number, event, 7, target, "case.step", state, 0, 1, accepted * MINUTE, None, "", "", "", False)


def line(at: int, what: str, delivery: int, actor: str = "hub") -> EntryRow:
    return EntryRow(at * MINUTE, what, subject=7, delivery=delivery, actor=actor)


def delays(told: CaseFacts, rows: Sequence[DeliveryRow], journal: Sequence[EntryRow]) -> CaseDelays:
    return delays_of(7, told, rows, journal, [PLATFORM], NOW)


def minutes(way: Way) -> tuple[int, ...]:
    """What is counted to a person, the hub and the target."""
    return tuple(way.spent(part) // MINUTE for part in PARTS)


@pytest.mark.parametrize(("journal", "expected", "reached"), [
    ([(12, "confirmed", "hub")], (0, 2, 0), 12),
    ([(11, "retrying", "hub"), (15, "retrying", "hub"), (40, "confirmed", "hub")], (0, 1, 29), 40),
    ([(11, "intended", "hub"), (31, "confirmed", "hub")], (0, 1, 20), 31),
    ([(11, "dead", "hub"), (61, "replayed", "陈工"), (63, "confirmed", "hub")], (50, 3, 0), 63),
    ([(11, "unknown", "hub"), (21, "settled", "hub"), (21, "confirmed", "hub")], (0, 1, 10), 21),
    ([(11, "unknown", "hub"), (21, "settled", "陈工"), (22, "confirmed", "hub")], (10, 2, 0), 22),
    ([(11, "sent", "hub"), (71, "confirmed", "hub")], (0, 1, 60), 71),
    ([(11, "waiting", "hub"), (31, "confirmed", "hub")], (20, 1, 0), 31),
    ([(11, "retrying", "hub"), (20, "superseded", "hub")], (0, 1, 9), None),
    ([(11, "retrying", "hub")], (0, 1, 989), None),
    ([], (0, 990, 0), None),
], ids=["at once", "away", "slow", "dead", "asked", "looked up by a person", "receipt", "row", "superseded", "still away", "not begun"])
def test_a_delivery_waits_for_whom_its_journal_names(journal: list[tuple[int, str, str]], expected: tuple[int, ...], reached: int | None) -> None:
    lines = [line(at, what, 1, actor) for at, what, actor in journal]
    [step] = delays(facts((5, 10)), [row(1, 1, 10)], lines).steps
    [way] = step.ways
    assert (step.source // MINUTE, minutes(way)) == (5, expected)
    assert way.reached == (None if reached is None else reached * MINUTE)
    assert all(one.end == other.begin for one, other in zip(way.spans, way.spans[1:], strict=False))


def test_until_it_was_made_its_message_waited_for_a_person() -> None:
    """It was parked: a code had no translation."""
    [step] = delays(facts((10, 10)), [row(1, 1, 200)], [line(201, "confirmed", 1)]).steps
    assert minutes(step.ways[0]) == (190, 1, 0)


def test_what_waits_behind_another_waits_for_what_that_waits_for() -> None:
    """The second began when the first had gone: only what nobody else caused is the hub's."""
    told = facts((10, 10), (20, 20), (30, 30))
    rows = [row(1, 1, 10), row(2, 2, 20), row(3, 3, 30, target="city.hall")]
    journal = [line(11, "retrying", 1), line(60, "confirmed", 1), line(62, "confirmed", 2), line(31, "confirmed", 3)]
    first, second, elsewhere = (step.ways[0] for step in delays(told, rows, journal).steps)
    assert (minutes(first), minutes(second), minutes(elsewhere)) == ((0, 1, 49), (0, 2, 40), (0, 1, 0))


def test_a_stretch_that_two_caused_is_counted_once() -> None:
    told = facts((10, 10), (11, 11), (12, 12))
    rows = [row(1, 1, 10), row(2, 2, 11), row(3, 3, 12)]
    journal = [line(10, "retrying", 1), line(50, "confirmed", 1), line(51, "dead", 2), line(80, "discarded", 2), line(80, "confirmed", 3)]
    third = delays(told, rows, journal).steps[2].ways[0]
    assert minutes(third) == (29, 1, 38)
    assert sum(minutes(third)) == 80 - 12


def test_the_office_had_the_time_between_two_steps() -> None:
    """In the order they happened, whenever they were told."""
    found = delays(facts((300, 310), (100, 400)), [], []).steps
    assert [(step.occurred // MINUTE, step.office // MINUTE, step.source // MINUTE) for step in found] == [(100, 0, 300), (300, 200, 10)]


def test_a_warning_is_held_against_the_steps_it_did_not_know_of() -> None:
    """Those that had happened, and arrived at the platform after it, or have not yet; what other systems knew does not count."""
    told = facts((10, 10), (20, 20), (600, 600), raised=(100, 5))
    rows = [row(1, 1, 10), row(2, 2, 20, D.RETRYING), row(3, 3, 600), row(4, 1, 10, target="city.hall")]
    journal = [line(200, "confirmed", 1), line(21, "retrying", 2), line(601, "confirmed", 3), line(500, "confirmed", 4)]
    found = delays(told, rows, journal)
    assert [(one.warning, one.step.event, one.way.delivery) for one in found.late] == [("W100", 1, 1), ("W100", 2, 2)]
    assert found.as_json()["late_for_warnings"][1] == {
        "no": "W100", "level": "red", "raised_at": 100 * MINUTE, "event": "E2", "name": "case.step", "delivery": "D2", "target": PLATFORM}

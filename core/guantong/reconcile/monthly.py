"""The monthly sheet (月报): by county and town, how many cases were accepted, in time, complete, correct, late, returned.

A case is of the month in which it was accepted, as its county says; one that was finished at once, without an acceptance, of the month of its
finish. It is judged as it stands when the sheet is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import orjson

from guantong.clock import now_ms
from guantong.config.configuration import Configuration, System
from guantong.config.supervision import SupervisionFile
from guantong.finding import FindingKind
from guantong.journey.findingkinds import (
    ACCEPTED_BEFORE_APPLIED,
    IMPOSSIBLE_ORDER,
    MISSING_EVENT,
    OTHER_COUNTY,
    RECEIPT_CONTRADICTS,
    TWO_COUNTIES,
)
from guantong.journey.states import DeliveryState, MessageState
from guantong.reconcile.days import Days
from guantong.reconcile.kept import EARLY, PAGE, first_since, holds
from guantong.reconcilestore import ToldEvent
from guantong.sites.naming import named
from guantong.sites.site import Level
from guantong.store import FindingFilter, Reader
from guantong.supervision.deadline import State
from guantong.supervision.judge import judge
from guantong.supervision.reading import read_case
from guantong.vault import Pruned, Vault

ACCEPTED, FINISHED = "case.acceptance", "case.finish"
BASIC = ("item.code", "item.name", "region", "org.name", "operator.name", "accepted_at")
"""What every acceptance should say."""
WRONG: tuple[FindingKind, ...] = (ACCEPTED_BEFORE_APPLIED, IMPOSSIBLE_ORDER, TWO_COUNTIES, OTHER_COUNTY, RECEIPT_CONTRADICTS)
"""Findings by which a case is not correct while they are open."""
NO_TOWN = ""
"""Of cases that name no site below their county."""


@dataclass(slots=True)
class Counts:
    """Cases of one place. `in_time`, `late` and `open` (still within their limit) are of those that have a limit; `complete`: no step is missing, and
    the acceptance says all that it should; `correct`: nothing contradicts, and no conflict waits; `returned`: a target
    sent something of it back. `gone`: their contents were pruned, so that they are only counted as accepted."""

    accepted: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    no_limit: int = 0
    complete: int = 0
    correct: int = 0
    returned: int = 0
    gone: int = 0

    def add(self, other: Counts) -> None:
        """Count those of *other*, too."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def as_json(self) -> dict[str, int]:
        """By name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(slots=True)
class County:
    """One county: its system, its towns by name, and what its nightly reconciliations of the month found."""

    id: str
    name: str
    region: str
    towns: dict[str, Counts]
    nights: int
    missing: int
    different: int

    @property
    def all(self) -> Counts:
        """The whole county."""
        total = Counts()
        for one in self.towns.values():
            total.add(one)
        return total

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {"system": self.id, "name": self.name, "region": self.region, "cases": self.all.as_json(),
                "towns": [{"name": name or None, **one.as_json()} for name, one in sorted(self.towns.items())],
                "reconciled": {"nights": self.nights, "missing": self.missing, "different": self.different}}


def month_of(text: str) -> Days:
    """The days of a month written `2026-11`. Raises `ValueError`."""
    first = date.fromisoformat(f"{text}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return Days(first, following - timedelta(days=1))


class Monthly:
    """Makes the sheet of one month from what is kept."""

    def __init__(self, reader: Reader, vault: Vault, configuration: Configuration, days: Days, counted: Callable[[int], None]) -> None:
        self._reader = reader
        self._vault = vault
        self._configuration = configuration
        self._days = days
        self._counted = counted
        self._rules = configuration.supervision or SupervisionFile()
        self._now = now_ms()

    def counties(self) -> list[County]:
        """Every county there is a system of, by region."""
        with self._reader.snapshot():
            lacking = self._odd((MISSING_EVENT,))
            wrong = self._odd(WRONG)
            systems = sorted((one for one in self._configuration.systems.values() if one.role == "county"), key=lambda one: (one.region, one.id))
            return [self._county(system, lacking, wrong) for system in systems]

    def _county(self, system: System, lacking: set[int], wrong: set[int]) -> County:
        first, last = self._days.first.isoformat(), self._days.last.isoformat()
        kept = [one for one in self._reader.reconciliations(system.id, 400) if first <= one.day <= last]
        county = County(system.id, system.title_zh, system.region, {}, len(kept), sum(one.counts.get("missing", 0) for one in kept),
                        sum(one.counts.get("different", 0) for one in kept))
        for subject, (event, undecided) in self._cases(system).items():
            town, counts = self._case(system, subject, event, subject in lacking, subject in wrong or undecided)
            county.towns.setdefault(town, Counts()).add(counts)
            self._counted(1)
        return county

    def _cases(self, system: System) -> dict[int, tuple[int, bool]]:
        """The cases of the month: the event each is of it by, its acceptance where there is one, and whether a conflict waits."""
        accepted: dict[int, int] = {}
        finished: dict[int, int] = {}
        undecided: set[int] = set()
        for event in self._told(system):
            if event.held_back and event.state == MessageState.CONFLICT:
                undecided.add(event.subject)
            elif event.held_back or not holds(self._days.span, event):
                continue
            elif event.name == ACCEPTED:
                accepted[event.subject] = event.id
            elif event.name == FINISHED:
                finished[event.subject] = event.id
        for subject in [subject for subject in finished if subject not in accepted]:
            if not any(row.name == ACCEPTED for row in self._reader.events_held(subject)):  # else it is of the month it was accepted in
                accepted[subject] = finished[subject]
        return {subject: (event, subject in undecided) for subject, event in accepted.items()}

    def _told(self, system: System) -> Iterator[ToldEvent]:
        after, last = (first_since(self._reader, self._days.span.since - EARLY), 0), self._reader.newest_kept()[0]
        while page := self._reader.told_between(system.id, after, last, PAGE):
            yield from page
            after = (page[-1].message, page[-1].id)

    def _case(self, system: System, subject: int, event: int, lacking: bool, wrong: bool) -> tuple[str, Counts]:
        row = self._reader.event(event)
        try:
            values = orjson.loads(self._vault.open(row.body)) if row is not None else {}
            read = read_case(self._reader, self._vault, self._configuration, subject)
        except Pruned:
            return NO_TOWN, Counts(accepted=1, gone=1)
        main = judge(read.facts, self._rules, self._configuration.calendar, self._now).main
        state = main.state if main is not None else None
        said = row is not None and (row.name != ACCEPTED or all(values.get(path) not in (None, "") for path in BASIC if self._is_told(row.name, path)))
        returned = any(one.state is DeliveryState.RETURNED for one in self._reader.went(read.events))
        return self._town(system, values), Counts(
            accepted=1, in_time=int(state is State.MET), late=int(state in (State.MISSED, State.OVERDUE)),
            open=int(state in (State.RUNNING, State.STOPPED)), no_limit=int(state is None),
            complete=int(not lacking and said), correct=int(not wrong), returned=int(returned))

    def _is_told(self, event: str, path: str) -> bool:
        return path in self._configuration.model.events[event].fields

    def _town(self, system: System, values: Mapping[str, Any]) -> str:
        """The name of the town whose site, or village's, the event names."""
        tree = self._configuration.sites
        found = named(tree, values, system.site)
        site = tree.sites.get(found.key) if found is not None else None
        town = tree.at(site, Level.TOWN) if site is not None else None
        return town.name if town is not None else NO_TOWN

    def _odd(self, kinds: tuple[FindingKind, ...]) -> set[int]:
        """The cases with an open finding of these kinds."""
        found: set[int] = set()
        for kind in kinds:
            after = 0
            while rows := self._reader.findings(FindingFilter(kind=kind.name), PAGE, after):
                found.update(row.subject for row in rows)
                after = rows[-1].id
        return found

"""The walk: everything that happened lies in the journal in its order, and whatever lets something go writes a line. So what
is due is found by walking the journal up to a period ago, once for each period, and what was passed is never looked at again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from guantong.config.configuration import Configuration
from guantong.config.retention import CASE, Kept, Periods
from guantong.journey.belonging import owner
from guantong.retention.holdings import Held, Stage, Why, held_of_case, held_of_message
from guantong.retentionstore import EventHeld, Step
from guantong.store import Reader
from guantong.supervision.reading import read_case
from guantong.vault import Vault

CURSOR = "retention"
"""Under which name it is kept how far the walks are: no system is called so."""
PAGE = 500
DAY = 86_400_000
ENDS = frozenset({"case.finish", "case.void"})
"""What closes a case; an acceptance may, too, by its outcome."""
_ANSWERS = frozenset({"case.acceptance", "case.pre_acceptance"})


class Lot(NamedTuple):
    """What goes or stays: one case (`subject`), or one message of no case. `entry` is the line of the journal that led
    here; `since` is when its period began; `why` says why it stays ("": it goes)."""

    stage: Stage
    days: int
    rule: str
    county: str
    kind: str
    subject: int
    message: int
    entry: int
    since: int
    why: Why | None
    held: Held | None = None


@dataclass(slots=True)
class Places:
    """How far each walk is, by its stage and period, under the rules they were made by."""

    rules: str
    at: dict[str, int] = field(default_factory=dict)

    def of(self, stage: Stage, days: int) -> int:
        """The last line that was looked at."""
        return self.at.get(f"{stage} {days}", 0)

    def move(self, stage: Stage, days: int, entry: int) -> None:
        """From now on it is this one."""
        self.at[f"{stage} {days}"] = entry

    def text(self) -> str:
        """As it is kept."""
        return orjson.dumps({"rules": self.rules, "at": self.at}).decode()


class Page(NamedTuple):
    """A stretch of one walk: what is due or stays, up to which line, and whether nothing older is left."""

    stage: Stage
    days: int
    lots: list[Lot]
    upto: int
    over: bool


class Walk:
    """Walks through the store of one home by the periods of its configuration. Reads only."""

    def __init__(self, configuration: Configuration, reader: Reader, vault: Vault) -> None:
        self._configuration = configuration
        self._reader = reader
        self._vault = vault
        self._periods = Periods(configuration.retention)
        self._running = {run.id for run in reader.backfills_running()}
        self.places = self._kept()

    def _kept(self) -> Places:
        """How far it was; from the beginning where the rules are others now: what was young by the old may be due by them."""
        rules = hashlib.sha256(self._configuration.retention.model_dump_json(exclude={"at"}).encode()).hexdigest()[:16]
        kept = self._reader.cursor(CURSOR)
        found = orjson.loads(kept) if kept else {}
        return Places(rules, found["at"]) if found.get("rules") == rules else Places(rules)

    def pages(self, now: int) -> Iterator[Page]:
        """Page by page, contents before rows; `places` is moved on after each."""
        for stage, days in sorted((Stage(stage), days) for stage, days in self._periods.all()):
            over = False
            while not over:
                page = self._page(stage, days, now)
                yield page
                self.places.move(stage, days, page.upto)
                over = page.over

    def length(self) -> tuple[int, int]:
        """How many lines the walks are past, and how many there are for them."""
        walks = self._periods.all()
        newest = self._reader.newest_kept()[3]
        return sum(self.places.of(Stage(stage), days) for stage, days in walks), newest * len(walks)

    def _page(self, stage: Stage, days: int, now: int) -> Page:
        upto, until = self.places.of(stage, days), now - days * DAY
        steps = self._reader.steps(upto, PAGE)
        old = []
        for step in steps:
            if step.at > until:
                break
            old.append(step)
        lots = []
        seen: set[int] = set()
        for step in old:
            lot = self._case(step, stage, days) if step.kind == CASE else self._message(step, stage, days, until, seen)
            if lot is not None:
                lots.append(lot)
        return Page(stage, days, lots, old[-1].entry if old else upto, len(old) < len(steps) or len(steps) < PAGE)

    def _case(self, step: Step, stage: Stage, days: int) -> Lot | None:
        """The case whose newest line this is."""
        if self._reader.last_step(step.subject) != step.entry:
            return None
        county = self._county(step.subject)
        kept = self._periods.of(county, CASE)
        if days != _of(kept, stage):
            return None
        told = told_of(self._reader, step.subject)
        held = held_of_case(self._reader, step.subject, told, stage, self._running)
        lot = Lot(stage, days, kept.rule, county, CASE, step.subject, 0, step.entry, step.at, None)
        if isinstance(held, Why):
            return lot._replace(why=held)
        if not _anything(held, stage):
            return None
        return lot._replace(held=held) if self._closed(step.subject, held.events) else lot._replace(why=Why.OPEN)

    def _message(self, step: Step, stage: Stage, days: int, until: int, seen: set[int]) -> Lot | None:
        if not step.message or step.message in seen:
            return None
        seen.add(step.message)
        row = self._reader.message_held(step.message)
        if row is None:
            return None
        county = row.system.partition(".")[0]
        events = self._reader.events_held_of(step.message)
        kind = events[0].kind if events else step.kind
        kept = self._periods.of(county, kind)
        if days != _of(kept, stage):
            return None
        held = held_of_message(self._reader, step.message, step.entry, stage, self._running)
        lot = Lot(stage, days, kept.rule, county, kind, step.subject, step.message, step.entry, step.at, None)
        if held is None:
            return None
        if isinstance(held, Why):
            return lot._replace(why=held)
        if held.newest_at > until or not _anything(held, stage):
            return None
        return lot._replace(held=held, since=held.newest_at)

    def _county(self, subject: int) -> str:
        """The place whose case it is; else the place that first told of it."""
        parties = self._reader.parties(subject)
        theirs = owner(parties, self._configuration.systems)
        first = theirs.id if theirs is not None else next(iter(parties), "")
        return first.partition(".")[0]

    def _closed(self, subject: int, found: Sequence[EventHeld]) -> bool:
        names = {event.name for event in found if not event.held_back}
        if not found or names & ENDS or any(not event.size for event in found):
            return True  # what was pruned once was closed
        return bool(names & _ANSWERS) and read_case(self._reader, self._vault, self._configuration, subject).facts.ended is not None


def told_of(reader: Reader, subject: int) -> list[tuple[int, int]]:
    """The messages that a case's journal names, each with the first line that does."""
    found: dict[int, int] = {}
    for line in reader.journal_of(subject):
        if line.message:
            found.setdefault(line.message, line.id)
    return list(found.items())


def _of(kept: Kept, stage: Stage) -> int:
    return kept.contents if stage is Stage.CONTENTS else kept.rows


def _anything(held: Held, stage: Stage) -> bool:
    return bool(held.size or held.blobs) if stage is Stage.CONTENTS else bool(held.messages or held.events)

"""Parallel running (并行试运行), looked at: what would have been sent, beside what the system reports of the same event.

Cases are the same by a common serial (then they are one subject here), or by values. Personal values are told apart by
keyed digests and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import orjson

from guantong.codec import Undecodable
from guantong.config.configuration import Configuration, System
from guantong.config.policies import MatchKey
from guantong.journey.facts import facts_of
from guantong.journey.prepare import fields_sent
from guantong.mapping import Untranslatable
from guantong.operations.agreement import Agreement, Telling, score
from guantong.record import Native
from guantong.store import DeliveryRow, EventRow, Reader
from guantong.vault import Vault

PAGE = 500
_END = (1 << 63) - 1


class Event(NamedTuple):
    """One told event of a case: its name, what tells it from others of its name, and its telling."""

    subject: int
    name: str
    identity: tuple[str, ...]
    telling: Telling


@dataclass(slots=True)
class Compared:
    """What the comparison found. `ours`, `theirs` and `ambiguous` count what has no partner, and is not scored."""

    shadowed: int = 0
    reported: int = 0
    ours: int = 0
    theirs: int = 0
    ambiguous: int = 0
    agreements: dict[str, Agreement] = field(default_factory=dict)


class Comparison:
    """Compares what was shadowed for one system with what its county reports, accepted at *since* or later."""

    def __init__(self, configuration: Configuration, system: System, reader: Reader, vault: Vault, since: int) -> None:
        assert system.shadow is not None  # noqa: S101 -- the verb refuses others
        self._model = configuration.model
        self._system = system
        self._reporter = configuration.systems[system.shadow.against or system.id]
        self._keys = system.shadow.keys
        self._reader = reader
        self._vault = vault
        self._since = since

    def run(self, watched: Any = iter) -> Compared:
        """The comparison. *watched* wraps the walks over the store, to show how far they are."""
        found = Compared()
        ours = self._newest(watched(self._shadowed()))
        theirs = self._newest(watched(self._reported(frozenset(one.name for one in ours.values()))))
        found.shadowed, found.reported = len(ours), len(theirs)
        same = self._same_cases(ours.values(), theirs.values(), found)
        left = dict(theirs)
        for one in ours.values():
            partner = left.pop((same[one.subject], one.name, one.identity), None) if one.subject in same else None
            if partner is None:
                found.ours += 1
            else:
                found.agreements.setdefault(one.name, Agreement(self._model)).take(one.telling, partner.telling)
        found.theirs = len(left)
        return found

    def _newest(self, events: Iterable[Event]) -> dict[tuple[int, str, tuple[str, ...]], Event]:
        """By case, name and identity the event told last: walks go from old to new."""
        return {(one.subject, one.name, one.identity): one for one in events}

    def _shadowed(self) -> Iterator[Event]:
        """What would have been sent, as its reader would understand it."""
        after = 0
        while rows := self._reader.shadowed(self._system.id, PAGE, after):
            after = rows[-1].id
            for row in rows:
                event = self._reader.event(row.event)
                if event is not None and event.body and row.accepted_at >= self._since:
                    yield self._event(event, self._source(event), self._understood(row, event))

    def _understood(self, row: DeliveryRow, event: EventRow) -> Mapping[str, Any]:
        """The values that the mapped bytes say; what cannot be read back, as the event says it."""
        dialect = self._system.dialect
        if row.body is None or not dialect.hears(row.kind):
            return self._values(event)
        try:
            fields = fields_sent(self._system, row.kind, self._vault.open_folded(row.body).body)
            told = dialect.inward(Native(row.kind, fields), facts_of(self._system))
        except (Undecodable, Untranslatable):
            return self._values(event)
        return next((one.values for one in told if one.event == row.name), self._values(event))

    def _reported(self, names: frozenset[str]) -> Iterator[Event]:
        """What the county's own system told of events of these names, from old to new."""
        numbers: list[int] = []
        before = _END
        while rows := self._reader.recent_messages(before, self._since, self._reporter.id, PAGE):
            before = rows[-1].id
            numbers += [row.id for row in rows]
        for message in reversed(numbers):
            for event in self._reader.events_of_message(message):
                if event.name in names and event.body and not event.held_back:
                    yield self._event(event, self._reporter.id, self._values(event))

    def _event(self, row: EventRow, source: str, values: Mapping[str, Any]) -> Event:
        told = self._values(row)
        identity = tuple(str(told.get(path, "")) for path in self._model.events[row.name].identity)
        return Event(row.subject, row.name, identity, Telling(source, f"C{row.subject}", values))

    def _source(self, event: EventRow) -> str:
        message = self._reader.message(event.message)
        return message.system if message is not None else ""

    def _values(self, event: EventRow) -> dict[str, Any]:
        values: dict[str, Any] = orjson.loads(self._vault.open(event.body))
        return values

    def _same_cases(self, ours: Iterable[Event], theirs: Iterable[Event], found: Compared) -> dict[int, int]:
        """Our cases, each with theirs that is the same. One of theirs is the same as one of ours only."""
        if not self._keys:
            reported = {one.subject for one in theirs}
            return {one.subject: one.subject for one in ours if one.subject in reported}
        free = _Index(self._keys, self._vault)
        for subject in sorted({one.subject for one in theirs}):
            free.add(subject, self._key_values(subject, reported=True))
        same: dict[int, int] = {}
        for subject in sorted({one.subject for one in ours}):
            partners = free.near(self._key_values(subject, reported=False))
            if len(partners) > 1:
                found.ambiguous += 1
            elif partners:
                same[subject] = partners[0]
                free.take(partners[0])
        return same

    def _key_values(self, subject: int, *, reported: bool) -> dict[str, str]:
        """What the case's events say at the keys' paths: those the county's own system told, or the others."""
        values: dict[str, str] = {}
        for event in self._reader.events_of_subject(subject):
            if (self._source(event) == self._reporter.id) is reported:
                told = self._values(event)
                values |= {key.path: str(told[key.path]) for key in self._keys if key.path in told}
        return values


class _Index:
    """Cases by the digests of their values; of those that agree, the ones whose days are near."""

    def __init__(self, keys: tuple[MatchKey, ...], vault: Vault) -> None:
        self._exact = [key.path for key in keys if key.days is None]
        self._days = [(key.path, key.days) for key in keys if key.days is not None]
        self._vault = vault
        self._cases: dict[bytes, dict[int, list[date | None]]] = {}

    def add(self, subject: int, values: Mapping[str, str]) -> None:
        digest = self._digest(values)
        if digest is not None:
            self._cases.setdefault(digest, {})[subject] = [_day(values.get(path, "")) for path, _ in self._days]

    def near(self, values: Mapping[str, str]) -> list[int]:
        """Cases that agree; of several the nearest alone, where one is nearer than the others."""
        digest = self._digest(values)
        apart: dict[int, int] = {}
        for subject, days in self._cases.get(digest, {}).items() if digest is not None else ():
            gaps = [_gap(_day(values.get(path, "")), day) for (path, _), day in zip(self._days, days, strict=True)]
            if all(gap is not None and gap <= most for gap, (_, most) in zip(gaps, self._days, strict=True)):
                apart[subject] = sum(gap or 0 for gap in gaps)
        nearest = min(apart.values(), default=0)
        return [subject for subject, gap in apart.items() if gap == nearest]

    def take(self, subject: int) -> None:
        for cases in self._cases.values():
            cases.pop(subject, None)

    def _digest(self, values: Mapping[str, str]) -> bytes | None:
        """The keyed digest of the values, None where one is missing."""
        if any(not values.get(path, "").strip() for path in self._exact):
            return None
        return self._vault.digest("\x1f".join(values[path].strip().upper() for path in self._exact).encode())


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _gap(one: date | None, other: date | None) -> int | None:
    return abs((one - other).days) if one is not None and other is not None else None


def as_json(compared: Compared, configuration: Configuration) -> dict[str, Any]:
    """The comparison with the score of each event and of all."""
    events = []
    agreed = of = 0
    for name, agreement in sorted(compared.agreements.items()):
        fields = agreement.fields()
        agree, total = sum(one.agree for one in fields), sum(one.compared for one in fields)
        agreed, of = agreed + agree, of + total
        events.append({"event": name, "pairs": agreement.pairs, "score": score(agree, total),
                       "fields": [one.as_json(configuration.model) for one in fields]})
    return {
        "shadowed": compared.shadowed, "reported": compared.reported, "pairs": sum(one["pairs"] for one in events),
        "unmatched": {"ours": compared.ours, "theirs": compared.theirs, "ambiguous": compared.ambiguous},
        "score": score(agreed, of), "events": events,
    }

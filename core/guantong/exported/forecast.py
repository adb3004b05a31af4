"""What would become of exported files, told file by file without keeping anything: each record is read, mapped and compared
with what is known of its case, and with the records before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from guantong.config.configuration import Configuration, System
from guantong.exported.listing import Exported
from guantong.exported.records import Reading, Unread
from guantong.journey.backfill import Span, inside_of
from guantong.journey.routing import Router
from guantong.journey.translate import Incoming, Refused, decode, to_events
from guantong.journey.versions import Standing, standing, version_on_arrival
from guantong.mapping import Untranslatable
from guantong.record import Record
from guantong.store import Known, Reader, Serial
from guantong.vault import Vault

Fate = Literal["accepted", "duplicate", "stale", "conflict", "unrouted", "parked", "refused", "outside"]
FATES: tuple[Fate, ...] = ("accepted", "duplicate", "stale", "conflict", "unrouted", "parked", "refused", "outside")
MOST_TOLD = 20
"""Problems of one file that are told; the others are counted."""


@dataclass(slots=True)
class Forecast:
    """What would become of one file's records, by fate, and the first problems: place, code and reason, in both languages."""

    file: str
    counts: Counter[Fate] = field(default_factory=Counter)
    problems: list[Unread] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        told = [{"place": one.place, "code": one.code, "message": one.reason, "message_zh": one.reason_zh} for one in self.problems]
        return {"file": self.file, "records": self.counts.total(), **{fate: self.counts[fate] for fate in FATES}, "problems": told}


class Forecaster:
    """Foretells for one system. *reader* is None where nothing was ever kept."""

    def __init__(self, configuration: Configuration, system: System, vault: Vault, reader: Reader | None) -> None:
        self._configuration = configuration
        self._system = system
        self._vault = vault
        self._reader = reader
        self._router = Router(configuration.routes, configuration.systems)
        self._before: dict[Serial, dict[bytes, Known]] = {}

    def files(self, files: Iterable[Exported], reading: Reading, span: Span) -> Iterator[Forecast]:
        """One forecast a file, in order."""
        for file in files:
            found = Forecast(file.name)
            for one in reading.records(file):
                fate, why = ("refused", one) if isinstance(one, Unread) else self._of(one, span)
                found.counts[fate] += 1
                if why is not None and len(found.problems) < MOST_TOLD:
                    found.problems.append(why)
            yield found

    def _of(self, record: Record, span: Span) -> tuple[Fate, Unread | None]:
        place = record.ref or ""
        if inside_of(self._configuration, self._system, record, span) == "outside":
            return "outside", None
        try:
            events = to_events(self._system, decode(self._system, record), self._configuration.model, self._vault)
        except Refused as error:
            return "refused", Unread(place, error.code, f"{place}: {error.reason}", f"{place}：{error.reason_zh}")
        except Untranslatable as error:
            first = error.problems[0]
            return "parked", Unread(place, first.code.id, f"{place}: {first.line()}", f"{place}：{first.line('zh')}")
        return self._fate([self._standing(event) for event in events], events), None

    def _fate(self, standings: Sequence[Standing], events: Sequence[Incoming]) -> Fate:
        """As a message's state is found: by what most needs attention."""
        fresh = [event for event, one in zip(events, standings, strict=True) if one in (Standing.FIRST, Standing.NEWER)]
        if Standing.CONFLICT in standings:
            return "conflict"
        if any(self._unrouted(event) for event in fresh):
            return "unrouted"
        if fresh:
            return "accepted"
        return "stale" if Standing.STALE in standings else "duplicate"

    def _unrouted(self, event: Incoming) -> bool:
        parties = partial(self._parties, event)
        source, name, values = self._system.id, event.name, event.values
        return not self._router.targets(source, name, values, parties) or bool(self._router.unmatched(source, name, values, parties))

    def _standing(self, event: Incoming) -> Standing:
        known = self._known(event)
        if event.attached:  # its content counts, too, and is kept first: by identity and version alone it may be a duplicate
            return Standing.FIRST if known is None else Standing.DUPLICATE
        version = version_on_arrival(known, event.digest) if event.version is None else event.version
        found = standing(known, version, event.digest)
        if found in (Standing.FIRST, Standing.NEWER):
            for serial in event.serials:
                self._before.setdefault(serial, {})[event.identity] = Known(version, event.digest, 0)
        return found

    def _known(self, event: Incoming) -> Known | None:
        """The newest of this identity, among the records before it or what is kept."""
        for serial in event.serials:
            if (known := self._before.get(serial, {}).get(event.identity)) is not None:
                return known
        if self._reader is None:
            return None
        kept = [row for subject in self._subjects(event) for row in self._reader.events_of_subject(subject) if row.key == event.identity]
        newest = max(kept, key=lambda row: row.version, default=None)
        return None if newest is None else Known(newest.version, newest.digest, newest.id)

    def _subjects(self, event: Incoming) -> set[int]:
        if self._reader is None:
            return set()
        numbers = {serial.number for serial in event.serials}
        found = {subject for number in numbers for subject in self._reader.subjects_by_number(number)}
        return {subject for subject in found if set(self._reader.serials_of(subject)) & set(event.serials)}

    def _parties(self, event: Incoming) -> list[str]:
        return [party for subject in sorted(self._subjects(event)) for party in (self._reader.parties(subject) if self._reader else ())]

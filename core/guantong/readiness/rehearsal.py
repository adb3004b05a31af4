"""The rehearsal: what would be sent to whom, made in full and sent to nobody.

A record of the county becomes events, and each event the record of every system that a route brings it to; an
event of others that a route brings to the county becomes the county's record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guantong.codec import Undecodable, Unencodable
from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.journey.facts import facts_of
from guantong.journey.routing import Router
from guantong.mapping import Missing, Untranslatable
from guantong.mapping.outcome import Incomplete
from guantong.mapping.pairfiles import Pair, translating_pairs
from guantong.oserrors import in_words
from guantong.problems import Place, Problem
from guantong.readiness.codes import SAMPLE_UNREADABLE
from guantong.record import Native, Outgoing

MOST_PROBLEMS = 20
"""Problems kept of each leg; what is beyond is counted."""
LARGEST = 16 * 1024 * 1024
"""Bytes of a sample file at most."""


@dataclass
class Leg:
    """One event on its way from a system to another: how often it could be made, must wait for an earlier event of the
    case (which only the case itself can tell), or cannot be made."""

    event: str
    source: str
    target: str
    made: int = 0
    waits: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def way(self) -> str:
        """The event, from whom it comes, and to whom it goes: into the hub where nobody is named."""
        return f"{self.event}: {self.source} → {self.target or '中枢 hub'}"

    def fail(self, problems: Sequence[Problem]) -> None:
        """Count one that cannot be made."""
        self.refused += 1
        self.problems += problems[: max(0, MOST_PROBLEMS - len(self.problems))]

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {"event": self.event, "from": self.source, "to": self.target, "made": self.made, "waits": self.waits,
                "refused": self.refused}


class Rehearsal:
    """Takes records and events, tells its legs."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._router = Router(configuration.routes, configuration.systems)
        self._legs: dict[tuple[str, str, str], Leg] = {}
        self._written: dict[tuple[str, str], list[Outgoing]] = {}

    def legs(self) -> list[Leg]:
        """Every leg, by event."""
        return [self._legs[key] for key in sorted(self._legs)]

    def written(self, system: str) -> list[Outgoing]:
        """What would be sent to *system*: of each kind, as many records as it takes to have every field."""
        return [one for (target, _), outgoing in self._written.items() if target == system for one in outgoing]

    def record(self, system: System, native: Native) -> None:
        """A record of *system* goes in, its events go on to whoever is to hear of them."""
        try:
            told = system.dialect.inward(native, facts_of(system))
        except Untranslatable as error:
            # Of the events that it should have told, where that is known: others of its kind may well tell theirs.
            meant = [plan.event for plan in system.dialect.plans_in(native.kind) if plan.matches(native.fields)]
            for event in dict.fromkeys(meant or [native.kind]):
                self._leg(event, system.id, "").fail(error.problems)
            return
        for translated in told:
            self._leg(translated.event, system.id, "").made += 1
            for target in self._router.targets(system.id, translated.event, translated.values):
                self.event(system.id, translated.event, translated.values, self._configuration.systems[target.system])

    def event(self, source: str, event: str, values: Mapping[str, Any], target: System) -> None:
        """An event from *source* goes out to *target*."""
        leg = self._leg(event, source, target.id)
        facts = facts_of(target)
        try:
            plan, told = target.dialect.plan_joined(event, {event: values}, facts)
            native = plan.outward(told, facts).native
            body = target.dialect.encode(native)
        except (Missing, Incomplete):
            leg.waits += 1
        except Untranslatable as error:
            leg.fail(error.problems)
        except Unencodable as error:
            details = {"file": event, "what": error.reason, "what_zh": error.reason_zh}
            leg.fail([Problem(SAMPLE_UNREADABLE, path=error.path, details=details)])
        else:
            leg.made += 1
            kept = self._written.setdefault((target.id, native.kind), [])
            if not native.fields.keys() <= {name for one in kept for name in one.fields}:
                kept.append(Outgoing(0, 1, event, native.kind, body, native.fields, "rehearsal", target.delivery.timeout))

    def towards(self, county: System) -> None:
        """Every event that the pairs of others tell and a route brings to *county*."""
        for source in self._configuration.systems.values():
            if source.id == county.id:
                continue
            for pair in pairs_of(self._configuration, source):
                for event in pair.events if pair.inward else ():
                    values = {**event.values, "region": county.region}
                    heard = {one.system for one in self._router.targets(source.id, event.name, values, lambda: [county.id])}
                    if county.id in heard:
                        self.event(source.id, event.name, values, county)

    def _leg(self, event: str, source: str, target: str) -> Leg:
        return self._legs.setdefault((event, source, target), Leg(event, source, target))


def pairs_of(configuration: Configuration, system: System) -> list[Pair]:
    """The pairs that translate, of the system's dialect and those it extends."""
    pairs, _ = translating_pairs(system.dialect, configuration.dialects, configuration.model, "mappings")
    return pairs


def sample_files(home: Path, county: str) -> list[Path]:
    """The files in `samples/<county>/`, hidden ones aside."""
    folder = home / "samples" / county
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))


def read_samples(files: Sequence[Path], systems: Sequence[System]) -> Iterator[tuple[str, System, Native] | Problem]:
    """Every record in the sample *files* with the first of the county's systems that takes it, or why none does."""
    for file in files:
        try:
            body = file.read_bytes() if file.stat().st_size <= LARGEST else None
        except OSError as error:
            what, what_zh = in_words(error)
            yield _unreadable(file, what, what_zh)
            continue
        if body is None:
            yield _unreadable(file, f"over {LARGEST} bytes", f"超过 {LARGEST} 字节")
            continue
        why = ("no system", "没有系统")
        for system in systems:
            try:
                natives = system.dialect.decode(body)
            except Undecodable as error:
                why = (error.reason, error.reason_zh)
                continue
            for native in natives:
                yield file.name, system, native
            break
        else:
            yield _unreadable(file, *why)


def _unreadable(file: Path, what: str, what_zh: str) -> Problem:
    return Problem(SAMPLE_UNREADABLE, Place(f"samples/{file.parent.name}/{file.name}"),
                   details={"file": file.name, "what": what, "what_zh": what_zh})

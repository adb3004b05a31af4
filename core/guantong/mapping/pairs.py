"""Running a pair: does the record give exactly the event, the event exactly the record?

The one implementation behind `guantong test`, its mutations and the repository's own tests. Pure: a pair,
a dialect and the model in; the problems of the pair out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guantong.codec import Undecodable, Unencodable
from guantong.mapping.dialect import Dialect
from guantong.mapping.outcome import Incomplete, Missing, Untranslatable
from guantong.mapping.paircodes import (
    PAIR_DIFFERS,
    PAIR_EVENTS,
    PAIR_REFUSED,
    PAIR_TAKEN,
    PAIR_WAITS,
    PAIR_WIRE,
)
from guantong.mapping.pairfiles import Pair
from guantong.mapping.showing import Shower
from guantong.mapping.wholenumbers import as_text
from guantong.problems import Code, Problem
from guantong.record import Fields, Native

NOTHING = ("nothing", "无")


@dataclass(frozen=True, slots=True)
class PairRun:
    """One pair through one dialect. Values in problems are shown by *shower*, masked unless it reveals them."""

    pair: Pair
    dialect: Dialect
    shower: Shower

    def problems(self) -> list[Problem]:
        """All that does not hold, wire form included; nothing for a pair that holds."""
        found = list(self.translation())
        if self.pair.outward and not found and not self.pair.refused and self.pair.awaits is None:
            found += self._wire()
        return found

    def translation(self) -> Iterator[Problem]:
        """What does not hold of the translation alone."""
        if self.pair.direction == "reply":
            yield from self._reply()
        if self.pair.inward:
            yield from self._inward()
        if self.pair.outward:
            yield from self._outward()

    def _inward(self) -> Iterator[Problem]:
        pair = self.pair
        try:
            made = self.dialect.inward(Native(pair.kind, pair.fields), pair.context)
        except Untranslatable as error:
            yield from self._refusal(error)
            return
        if pair.refused:
            yield from self._taken()
            return
        events, expected = sorted(one.event for one in made), sorted(one.name for one in pair.events)
        if events != expected:
            yield self._problem(PAIR_EVENTS, "", expected=", ".join(expected), came=", ".join(events))
            return
        in_order = sorted(made, key=lambda one: one.event)
        for translated, wanted in zip(in_order, sorted(pair.events, key=lambda one: one.name), strict=True):
            yield from self._differences(wanted.values, translated.values, self.shower.canonical)
        unread = sorted({path for one in made for path in one.unread})
        if unread != sorted(pair.unread):
            listed = [", ".join(paths) or "-" for paths in (sorted(pair.unread), unread)]
            yield self._problem(PAIR_DIFFERS, "unread", expected=listed[0], came=listed[1])

    def _outward(self) -> Iterator[Problem]:
        pair = self.pair
        apart: set[str] = set()
        for event, told in pair.together(self.dialect):
            try:
                plan, values = self.dialect.plan_joined(event, told, pair.context)
                native = plan.outward(values, pair.context).native
            except Incomplete as incomplete:
                apart |= set(incomplete.missing) or {event}
                continue
            except Untranslatable as error:
                yield from self._refusal(error)
                continue
            except Missing as missing:
                yield from self._waiting((missing.path, missing.wait_seconds))
                continue
            if pair.refused:
                yield from self._taken()
            elif pair.awaits is not None:
                yield from self._waiting(None)
            elif native.kind != pair.kind:
                yield self._problem(PAIR_DIFFERS, "record.kind", expected=repr(pair.kind), came=repr(native.kind))
            else:
                yield from self._differences(pair.fields, as_text(native.fields), self.shower.native(plan))
        if apart:
            yield from self._waiting((", ".join(sorted(apart)), 0))

    def _reply(self) -> Iterator[Problem]:
        for event in self.pair.events:
            try:
                values = self.dialect.reply(event.name, Native(self.pair.kind, self.pair.fields))
            except Untranslatable as error:
                yield from self._refusal(error)
            else:
                yield from self._differences(event.values, values, self.shower.canonical)

    def _refusal(self, error: Untranslatable) -> Iterator[Problem]:
        refused = {(problem.path, problem.code.id) for problem in error.problems}
        for problem in error.problems:
            if (problem.path, problem.code.id) not in self.pair.refused:
                yield self._problem(
                    PAIR_REFUSED, problem.path, what=f"{problem.message()} [{problem.code.id}]",
                    what_zh=f"{problem.message('zh')} [{problem.code.id}]")
        for path, code in sorted(self.pair.refused - refused):
            yield self._problem(PAIR_TAKEN, path, expected=code)

    def _taken(self) -> Iterator[Problem]:
        for path, code in sorted(self.pair.refused):
            yield self._problem(PAIR_TAKEN, path, expected=code)

    def _waiting(self, waits: tuple[str, int] | None) -> Iterator[Problem]:
        if waits != self.pair.awaits:
            (expected, _), (came, came_zh) = _wait(self.pair.awaits), _wait(waits)
            yield self._problem(PAIR_WAITS, "", expected=expected, came=came, came_zh=came_zh)

    def _differences(
        self, wanted: Mapping[str, Any], came: Mapping[str, Any], shown: Callable[[str, Any], str]
    ) -> Iterator[Problem]:
        expected, got = dict(flat(wanted)), dict(flat(came))
        for path in [*expected, *(path for path in got if path not in expected)]:
            if path in expected and path in got and _same(expected[path], got[path]):
                continue
            texts = [shown(path, side[path]) if path in side else NOTHING[0] for side in (expected, got)]
            yield self._problem(PAIR_DIFFERS, path, expected=texts[0], came=texts[1])

    def _wire(self) -> Iterator[Problem]:
        """A record encoded for its system and decoded again is the same record, where one codec serves both ways."""
        pair = self.pair
        try:
            body = self.dialect.encode(Native(pair.kind, pair.fields))
            if type(self.dialect.codec_in) is not type(self.dialect.codec_out):
                return
            natives = self.dialect.decode(body, pair.kind)
        except Unencodable as error:
            yield self._problem(PAIR_WIRE, error.path, what=error.reason, what_zh=error.reason_zh)
        except Undecodable as error:
            yield self._problem(PAIR_WIRE, "", what=error.reason, what_zh=error.reason_zh)
        else:
            back = [(native.kind, texts(native.fields)) for native in natives]
            if back != [(pair.kind, texts(pair.fields))]:
                names = sorted(_changed(pair.fields, natives[0].fields if natives else {})) or ["-"]
                yield self._problem(PAIR_WIRE, names[0], what=", ".join(names), what_zh="、".join(names))

    def _problem(self, code: Code, path: str, **details: Any) -> Problem:
        places = self.pair.places
        place = places.get(path) or places.get(path.partition("[")[0].partition("/")[0]) or self.pair.place
        return Problem(code, place, path, {"name": self.pair.name, **details})


def flat(values: Mapping[str, Any], before: str = "", between: str = "") -> Iterator[tuple[str, Any]]:
    """Paths and scalars of an event or a record: `materials[0].name`, `SBCLQD[0].CLMC`. An empty list or
    object is a scalar of its own."""
    for name, value in values.items():
        path = f"{before}{between}{name}"
        items = value if isinstance(value, list) else None
        if isinstance(value, Mapping) and value:
            yield from flat(value, path, ".")
        elif items and all(isinstance(item, Mapping) for item in items):
            for order, item in enumerate(items):
                yield from flat(item, f"{path}[{order}]", ".") if item else [(f"{path}[{order}]", {})]
        else:
            yield path, value


def texts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold something, numbers as text: wire forms differ in how they write nothing."""
    made: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping):
            made[name] = texts(value)
        elif isinstance(value, list):
            made[name] = [texts(item) if isinstance(item, Mapping) else str(item) for item in value]
        elif value is not None and value != "":
            made[name] = str(value)
    return made


def _changed(before: Fields, after: Fields) -> Iterable[str]:
    old, new = dict(flat(texts(before))), dict(flat(texts(after)))
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def _same(expected: Any, came: Any) -> bool:
    """Equal, and of one type: 1 is not true, and "1" is not 1."""
    return type(expected) is type(came) and expected == came


def _wait(waits: tuple[str, int] | None) -> tuple[str, str]:
    if waits is None:
        return NOTHING
    return (f"{waits[0]} ({waits[1]} s)", f"{waits[0]}（{waits[1]} 秒）") if waits[1] else (waits[0], waits[0])


def holds(pair: Pair, dialect: Dialect, shower: Shower) -> bool:
    """Whether the translation of a pair holds; stops at the first thing that does not."""
    return next(PairRun(pair, dialect, shower).translation(), None) is None


def run_pairs(pairs: Sequence[Pair], dialect: Dialect, shower: Shower) -> Iterator[tuple[Pair, list[Problem]]]:
    """Each pair with its problems."""
    for pair in pairs:
        yield pair, PairRun(pair, dialect, shower).problems()

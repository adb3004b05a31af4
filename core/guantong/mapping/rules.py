"""Resolved rules: what a mapping says, ready to be interpreted or compiled.

`fields`, `in`, `out`, `constants` and the rules inherited from other dialects are already merged: a
`Mapping` holds one list of rules per direction. Everything here is plain, immutable data.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from guantong.mapping.dates import DateFormat
from guantong.mapping.join import Join
from guantong.model import FieldType
from guantong.problems import Place

NativePath: TypeAlias = tuple[str, ...]
Scope = Literal["own", "case", "system", "site"]
NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: the event itself (`own`), earlier events of its case, facts of the system
    or of the site; `path` within it."""

    scope: Scope
    path: str

    def __str__(self) -> str:
        return self.path if self.scope == "own" else f"${self.scope}.{self.path}"

    def find(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
        """The value, or None when it is not there."""
        if self.scope == "own":
            return values.get(self.path)
        return context.get(self.scope, NOTHING).get(self.path)


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of `when:`: the value, as text, is one of these words. Absent is none of them."""

    source: Source
    words: frozenset[str]

    def holds(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        value = self.source.find(values, context)
        if value.__class__ is bool:
            value = "true" if value else "false"
        return value is not None and str(value) in self.words


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One row of a code table: the canonical `word`, the native `value` it is written as, other spellings that
    are read (`also`), whether `value` is read as this word, the days it is in force (inclusive, Asia/Shanghai;
    "" is open), and where it stands."""

    word: str
    value: str
    also: tuple[str, ...] = ()
    read: bool = True
    since: str = ""
    until: str = ""
    why: str = ""
    place: Place = field(default_factory=Place, compare=False)

    def holds_on(self, day: str) -> bool:
        """Whether the row is in force on *day* (`2014-07-15`)."""
        return self.since <= day and (not self.until or day <= self.until)

    def reads(self, native: str) -> bool:
        """Whether *native* is read as this row's word."""
        return native in self.also or (self.read and native == self.value)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A code table: `written` canonical → native; `read` the same the other way; `also` native spellings
    that are read but never written.

    Where rows have dates, `eras` are the tables in force one after the other, each from its day in `since`
    on (the first from ""), and the three mappings are those of the newest rows: what is used where nothing
    tells the day.
    """

    name: str
    written: Mapping[str, str]
    read: Mapping[str, str]
    also: Mapping[str, str]
    since: tuple[str, ...] = ()
    eras: tuple[CodeTable, ...] = ()
    rows: tuple[CodeRow, ...] = field(default=(), compare=False, repr=False)

    def on(self, day: str | None) -> CodeTable:
        """The table in force on *day*; that of the newest rows where no day is known."""
        return self.eras[bisect_right(self.since, day) - 1] if self.eras and day else self

    def row(self, day: str | None, *, word: str | None = None, native: str | None = None) -> CodeRow | None:
        """The row in force on *day* (None: the newest) that writes *word* or reads *native*."""
        found = [
            row for row in self.rows
            if (row.word == word if native is None else row.reads(native)) and (not day or row.holds_on(day))
        ]
        return max(found, key=lambda row: row.since) if found else None


@dataclass(frozen=True, slots=True)
class Step:
    """One value function, in the direction it is applied. `name` is `trim@1`."""

    name: str
    apply: Callable[[str], str] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Need:
    """How long to wait (seconds) for a value of the case, and what to do then."""

    wait: int
    then: Literal["park"] = "park"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `bytes` bytes in `charset`; over it, refuse or cut at a whole character."""

    bytes: int
    charset: str
    over: Literal["reject", "cut"]


KEPT = "\x00keep"
"""In place of a translation: the code goes on as it is."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One correspondence in one direction.

    `path` is the canonical path ("" where an outward rule writes a constant or another case's fact); `at`
    the native paths (read: first present; written: the first); `bit` its number in `fired`. `otherwise`
    is the translation of a code that has none (canonical inward, native outward; `KEPT` leaves it as it is; None parks,
    or where `waits` waits for its row). `fill` is written outward when there is no value (None: nothing), and read inward as no value.
    """

    path: str
    type: FieldType
    at: tuple[NativePath, ...]
    place: Place = field(compare=False)
    sources: tuple[Source, ...] = ()
    value: Any = None
    table: CodeTable | None = None
    otherwise: str | None = None
    waits: bool = False
    formats: tuple[DateFormat, ...] = ()
    default: Any = None
    fill: str | None = None
    via: tuple[Step, ...] = ()
    limit: Limit | None = None
    when: tuple[Condition, ...] = ()
    need: Need | None = None
    required: bool = False
    strict: bool = False
    personal: bool = False
    lossy: str = ""
    fields: tuple[Rule, ...] = ()
    bit: int = 0
    number: bool = False
    """Whether it hands whole numbers on as they are: the codec writes the field as a number."""

    @property
    def native(self) -> str:
        """The first native path, as written in the file."""
        return "/".join(self.at[0]) if self.at else ""


@dataclass(frozen=True, slots=True)
class MappingPlan:
    """One mapping file, merged with what it inherits. `kinds_in` are the record kinds it is recognised by,
    `kind_out` the one it writes; `match` narrows recognition by native values, `when` the events written. `dated` are the
    fields that tell the event's own day, the first present, where a code table needs it. Where it joins several
    events (`join`), `event` is the last of them."""

    name: str
    event: str
    kinds_in: tuple[str, ...]
    kind_out: str
    match: tuple[tuple[NativePath, frozenset[str]], ...]
    when: tuple[Condition, ...]
    inward: tuple[Rule, ...]
    outward: tuple[Rule, ...]
    reply: tuple[Rule, ...]
    ignored: tuple[NativePath, ...]
    constants: Mapping[NativePath, str]
    dated: tuple[str, ...] = ()
    place: Place = field(default_factory=Place, compare=False)
    join: Join | None = None
    typed: bool = False
    """Whether its rules hand on all that the codec writes as numbers and booleans."""

    @property
    def events(self) -> tuple[str, ...]:
        """The events it is about: those it joins, else its one."""
        return self.join.events if self.join is not None else (self.event,)


@dataclass(frozen=True, slots=True)
class Manners:
    """How a dialect writes and reads in general: `nulls` are the texts that mean no value (always with
    ""), `fold` ignores the case of native names, `absent` is what is written for no value (None: the
    field is left out)."""

    nulls: frozenset[str]
    fold: bool
    absent: str | None


def every(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    """The rules and, after each list, its item rules."""
    for rule in rules:
        yield rule
        yield from every(rule.fields)

"""Compares the books with the other side's ledgers: effect by effect, field by field, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guantong_adapters.simulation.ledger import Effect
from guantong_plugins.demo.books import Books, DeadLetter, Entry, Given
from guantong_plugins.demo.books.cards import REPLY
from guantong_plugins.demo.books.entry import HALL, SUPERVISION
from guantong_plugins.demo.books.supervision import BASIC
from guantong_plugins.demo.difference import Difference
from guantong_plugins.demo.seen import describe, seen_fields

NEVER_AGAIN = frozenset({"rongcheng.approval", "jiedong.approval"})
"""Systems that promise no deduplication: a record they already took must never be sent to them again."""


@dataclass(slots=True)
class Comparison:
    """All differences, by sort. `doubled` also holds effects that nobody expected."""

    lost: list[Difference] = field(default_factory=list)
    doubled: list[Difference] = field(default_factory=list)
    out_of_order: list[Difference] = field(default_factory=list)
    wrong_fields: list[Difference] = field(default_factory=list)
    dead_missing: list[Difference] = field(default_factory=list)
    dead_unexpected: list[Difference] = field(default_factory=list)
    wrong_receipts: list[Difference] = field(default_factory=list)
    wrong_sites: list[Difference] = field(default_factory=list)

    @property
    def agree(self) -> bool:
        return not any(self.all())

    def all(self) -> Iterator[Difference]:
        """Every difference, the sorts in the order of their declaration."""
        yield from self.lost
        yield from self.doubled
        yield from self.out_of_order
        yield from self.wrong_fields
        yield from self.dead_missing
        yield from self.dead_unexpected
        yield from self.wrong_receipts
        yield from self.wrong_sites


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a record of one kind names its case and version."""

    province: str
    county: str
    version: str


_GUANGDONG = _Columns("SBLSH", "YWLSH", "SJBBH")
_RONGCHENG = _Columns("applyNo", "bizNo", "ver")
_SUPERVISION_BASIC = _Columns("field_1", "field_2", "field_13")
_SUPERVISION_LOG = _Columns("field_6", "field_7", "field_10")
_SUPERVISION_REPLY = _Columns("field_6", "", "field_7")


def _columns(system: str, kind: str) -> _Columns:
    if system == SUPERVISION:
        return {BASIC: _SUPERVISION_BASIC, REPLY: _SUPERVISION_REPLY}.get(kind, _SUPERVISION_LOG)
    return _RONGCHENG if system == "rongcheng.approval" else _GUANGDONG


@dataclass(frozen=True, slots=True)
class _Found:
    """An effect with its fields brought to the books' form."""

    effect: Effect
    fields: Mapping[str, str]


_Name = tuple[str, str, str, str, tuple[str, ...]]
"""System, case, kind, version, identity: what names an entry and its effect alike."""


def compare(
    books: Books,
    ledgers: Mapping[str, Sequence[Effect]],
    dead: Iterable[DeadLetter],
    returned: Iterable[str],
) -> Comparison:
    """Compare *books* with the *ledgers* by system, with what the hub says is *dead*, and with the cases it
    says were *returned* by a receipt."""
    result = Comparison()
    cases = _Cases(books, ledgers)
    entries = {_entry_name(entry): entry for entry in books.entries}
    identities = {(entry.system, entry.kind): entry.identity for entry in books.entries}
    found: dict[_Name, _Found] = {}
    for system, effects in ledgers.items():
        for effect in effects:
            seen = _Found(effect, seen_fields(system, effect))
            columns = _columns(system, effect.kind)
            case = cases.of(columns, seen.fields)
            version = seen.fields.get(columns.version, effect.version)
            identity = tuple(seen.fields.get(name, "") for name in identities.get((system, effect.kind), ()))
            name = (system, case, effect.kind, version, identity)
            if name not in entries:
                result.doubled.append(Difference(system, case or "?", effect.kind, "nobody expected this effect"))
            elif name in found:
                result.doubled.append(Difference(system, case, entries[name].event, "took effect twice"))
            else:
                found[name] = seen
    for name, entry in entries.items():
        if name in found:
            _compare_one(entry, found[name], cases, result)
        elif not entry.optional:
            result.lost.append(Difference(entry.system, entry.case, entry.event, f"version {entry.version}"))
    _compare_order(entries, found, result)
    _compare_dead(books.dead, dead, result)
    _compare_receipts(books, returned, result)
    return result


def count_cards(books: Books, ledgers: Mapping[str, Sequence[Effect]]) -> dict[str, int]:
    """How many cards the books have as raised, and how many the *ledgers* have as delivered, answered and withdrawn."""
    events = {(entry.system, entry.kind): entry.event for entry in books.entries}
    came = Counter(events.get((system, effect.kind)) for system, effects in ledgers.items() for effect in effects)
    raised = sum(entry.event == "alert.raised" for entry in books.entries)
    return {"raised": raised, "delivered": came["alert.raised"], "answered": came["alert.reply"],
            "withdrawn": came["alert.withdrawn"]}


def _entry_name(entry: Entry) -> _Name:
    identity = tuple(str(entry.fields.get(name, "")) for name in entry.identity)
    return entry.system, entry.case, entry.kind, str(entry.version), identity


class _Cases:
    """Finds the case of a record by its serials; learns from the hall's ledger which serials it minted."""

    def __init__(self, books: Books, ledgers: Mapping[str, Sequence[Effect]]) -> None:
        self._known = {entry.case for entry in books.entries}
        self._serials = dict(books.serials)
        for effect in ledgers.get("city.hall", ()):
            fields = seen_fields("city.hall", effect)
            case, serial = fields.get("YWLSH", ""), fields.get("SBLSH", "")
            if effect.kind == "EX_GDBS_SB" and case in self._known and serial:
                self._serials.setdefault(case, serial)
        self._by_serial = {serial: case for case, serial in self._serials.items()}

    def serial(self, case: str) -> str:
        """The uniform serial of *case*, empty when nobody gave it one."""
        return self._serials.get(case, "")

    def of(self, columns: _Columns, fields: Mapping[str, str]) -> str:
        county = fields.get(columns.county, "")
        if county in self._known:
            return county
        return self._by_serial.get(fields.get(columns.province, ""), "")


def _compare_one(entry: Entry, seen: _Found, cases: _Cases, result: Comparison) -> None:
    for name in sorted(entry.fields.keys() | seen.fields.keys()):
        expected, came = entry.fields.get(name, ""), seen.fields.get(name, "")
        wanted = cases.serial(entry.case) if expected is Given.MINTED else expected
        if came != wanted:
            what = f"{name}: expected {describe(name, wanted)}, the ledger has {describe(name, came)}"
            result.wrong_fields.append(Difference(entry.system, entry.case, entry.event, what))
    if seen.effect.altered:
        what = f"sent again with other content {seen.effect.altered} times"
        result.wrong_fields.append(Difference(entry.system, entry.case, entry.event, what))
    if entry.system in NEVER_AGAIN and seen.effect.repeats:
        what = f"sent again {seen.effect.repeats} times after it took effect"
        result.doubled.append(Difference(entry.system, entry.case, entry.event, what))


def _compare_order(
    entries: Mapping[_Name, Entry], found: Mapping[_Name, _Found], result: Comparison
) -> None:
    arrived = sorted(found, key=lambda name: (name[0], name[1], found[name].effect.seq))
    last: dict[tuple[str, str], int] = {}
    for name in arrived:
        entry = entries[name]
        line = (entry.system, entry.case)
        if entry.place < last.get(line, -1):
            what = f"place {entry.place} came after place {last[line]}"
            result.out_of_order.append(Difference(entry.system, entry.case, entry.event, what))
        last[line] = max(entry.place, last.get(line, -1))


def _compare_dead(expected: Iterable[DeadLetter], came: Iterable[DeadLetter], result: Comparison) -> None:
    wanted, there = Counter(expected), Counter(came)
    result.dead_missing.extend(_dead(letter) for letter in (wanted - there).elements())
    result.dead_unexpected.extend(_dead(letter) for letter in (there - wanted).elements())


def _dead(letter: DeadLetter) -> Difference:
    return Difference(letter.system, letter.case, letter.event, f"dead at {letter.stage}")


def _compare_receipts(books: Books, came: Iterable[str], result: Comparison) -> None:
    counties = {entry.case: entry.system for entry in books.entries if entry.system not in (HALL, SUPERVISION)}
    wanted, there = Counter(books.returned), Counter(came)
    for what, cases in (("a rejecting receipt was not read", wanted - there),
                        ("no receipt rejected it", there - wanted)):
        result.wrong_receipts.extend(Difference(counties.get(case, "?"), case, "case.application", what)
                                     for case in cases.elements())

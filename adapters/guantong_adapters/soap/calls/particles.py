"""What stands inside an element, compiled: each part becomes a function that takes its keys out of the record.

A `Put` appends what its part writes and tells how many of the record's keys it used: where that is fewer than
the record has, something in it has no place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from guantong.record import Fields
from guantong_adapters.soap.calls.texts import Check, escaped, text_of
from guantong_adapters.soap.calls.unfit import NOTHING, Unfit, Want, kind_of
from guantong_adapters.soap.wsdl.model import UNBOUNDED

Add = Callable[[str], None]
Put = Callable[[Add, Fields], int]
One = Callable[[Add, Any], None]
"""Writes one element with its tags, from its value."""

_MISSING = object()


class Leaf(NamedTuple):
    """An element of text that stands at most once. `absent` is written where the record has none ("" for
    nothing, None where it is required), `nil` for a value of None."""

    name: str
    start: str
    end: str
    check: Check | None
    unfit: tuple[Want, str]
    absent: str | None
    nil: str | None

    def text(self, value: object) -> str:
        """The element with *value*. Raises `Unfit`."""
        text = text_of(value, self.name)
        if self.check is not None and not self.check(text):
            raise Unfit(self.name, self.unfit[0], kind_of(value), self.unfit[1])
        return f"{self.start}{escaped(text, self.name)}{self.end}"

    def without(self, *, none: bool) -> str:
        """What is written where there is no value. Raises `Unfit` where one is required."""
        said = self.nil if none and self.nil is not None else self.absent
        if said is None:
            raise Unfit(self.name, Want.PRESENT, NOTHING)
        return said


class _Filled(NamedTuple):
    """Leaves as a template, for records with just these keys: `get` takes their values out, `checks` are those
    of the values by their number."""

    template: str
    get: Callable[[Fields], Sequence[Any]]
    checks: tuple[tuple[int, Check], ...]
    number: int


_UNFILLED = _Filled("", lambda _fields: (), (), 0)
_MOST_SHAPES = 64
"""Sets of keys that a run of leaves remembers a template for. Mappings make a handful."""


def leaves(parts: Sequence[Leaf]) -> Put:
    """Elements of text, one after the other: most of what records are made of.

    Records of one kind mostly have the same keys, so what is between their values is put together once for each
    set of keys. What does not fit that (an absent element that must be there, a value that is no text, a
    character that is escaped) is written one by one.
    """
    filled: dict[tuple[str, ...], _Filled] = {}

    def put(add: Add, fields: Fields) -> int:
        keys = tuple(fields)
        shape = filled.get(keys)
        if shape is None:
            shape = _shape(parts, fields)
            if len(filled) < _MOST_SHAPES:
                filled[keys] = shape
        template, get, checks, count = shape
        if not count:
            return _one_by_one(parts, add, fields)
        values = get(fields)
        try:
            every = "".join(values)
        except TypeError:  # not all of them are texts
            return _one_by_one(parts, add, fields)
        if not every.isprintable() or "<" in every or "&" in every or ">" in every:
            return _one_by_one(parts, add, fields)
        for number, check in checks:
            if not check(values[number]):
                return _one_by_one(parts, add, fields)
        add(template % values)
        return count

    return put


def _shape(parts: Sequence[Leaf], fields: Fields) -> _Filled:
    """The leaves as a template for records with the keys of *fields*; of none where one must be there and is not,
    or where there are too few to be worth it."""
    present = [leaf for leaf in parts if leaf.name in fields]
    if len(present) < 2 or any(leaf.absent is None for leaf in parts if leaf.name not in fields):
        return _UNFILLED
    template = "".join(
        _constant(leaf.start) + "%s" + _constant(leaf.end) if leaf.name in fields else _constant(leaf.absent or "") for leaf in parts
    )
    checks = tuple((number, leaf.check) for number, leaf in enumerate(present) if leaf.check is not None)
    return _Filled(template, itemgetter(*(leaf.name for leaf in present)), checks, len(present))


def _constant(text: str) -> str:
    return text.replace("%", "%%")


def _one_by_one(parts: Sequence[Leaf], add: Add, fields: Fields) -> int:
    taken = 0
    for leaf in parts:
        value = fields.get(leaf.name, _MISSING)
        if value is _MISSING:
            add(leaf.without(none=False))
        else:
            add(leaf.without(none=True) if value is None else leaf.text(value))
            taken += 1
    return taken


def single(name: str, one: One, absent: str | None, nil: str | None) -> Put:
    """An element that stands at most once; *absent* and *nil* as in `Leaf`."""

    def put(add: Add, fields: Fields) -> int:
        value = fields.get(name, _MISSING)
        if value is _MISSING or value is None:
            said = nil if value is None and nil is not None else absent
            if said is None:
                raise Unfit(name, Want.PRESENT, NOTHING)
            if said:
                add(said)
            return int(value is None)
        one(add, value)
        return 1

    return put


def repeated(name: str, one: One, least: int, most: int, nil: str | None) -> Put:
    """An element that may stand several times: a list in the record."""

    def put(add: Add, fields: Fields) -> int:
        value = fields.get(name)
        if value is None:
            if least:
                raise Unfit(name, Want.PRESENT, NOTHING)
            return int(name in fields)
        if not isinstance(value, list):
            raise Unfit(name, Want.ITEMS, kind_of(value))
        if len(value) < least or (most != UNBOUNDED and len(value) > most):
            count = (f"{len(value)} items", f"{len(value)} 项")
            raise Unfit(name, Want.MORE if len(value) < least else Want.FEWER, count, str(least if len(value) < least else most))
        for number, item in enumerate(value):
            try:
                if item is None and nil is not None:
                    add(nil)
                else:
                    one(add, item)
            except Unfit as error:
                error.path.insert(1, str(number))
                raise
        return 1

    return put


def parallel(parts: Sequence[tuple[str, One]], *, required: bool) -> Put:
    """A sequence that repeats as a whole: its elements are lists of one length, written by turns."""
    names = [name for name, _ in parts]

    def put(add: Add, fields: Fields) -> int:
        lists = [fields.get(name) or [] for name in names]
        for name, items in zip(names, lists, strict=True):
            if not isinstance(items, list):
                raise Unfit(name, Want.ITEMS, kind_of(items))
            if len(items) != len(lists[0]):
                count = (f"{len(items)} items", f"{len(items)} 项")
                raise Unfit(name, Want.MORE if len(items) < len(lists[0]) else Want.FEWER, count, str(len(lists[0])))
        if required and not lists[0]:
            raise Unfit(names[0], Want.PRESENT, NOTHING)
        for row in zip(*lists, strict=True):
            for (_, one), item in zip(parts, row, strict=True):
                one(add, item)
        return sum(name in fields for name in names)

    return put


def in_order(parts: Sequence[Put]) -> Put:
    """One part after the other."""
    if len(parts) == 1:
        return parts[0]
    each = tuple(parts)

    def put(add: Add, fields: Fields) -> int:
        taken = 0
        for part in each:
            taken += part(add, fields)
        return taken

    return put


def optional(names: frozenset[str], part: Put) -> Put:
    """A part that is left out as a whole where the record has none of its *names*."""

    def put(add: Add, fields: Fields) -> int:
        return 0 if names.isdisjoint(fields) else part(add, fields)

    return put


class Branch(NamedTuple):
    """One of several to choose from: the names it may hold, and those it must."""

    names: frozenset[str]
    required: frozenset[str]
    put: Put


def choice(branches: Sequence[Branch], *, required: bool) -> Put:
    """The first branch that has a place for all that the record has of any branch."""
    every = frozenset[str]().union(*(branch.names for branch in branches))
    known = ", ".join(sorted(every))

    def put(add: Add, fields: Fields) -> int:
        present = every & fields.keys()
        if not present and not required:
            return 0
        for names, needed, part in branches:
            if present <= names and needed <= present:
                return part(add, fields)
        came = (", ".join(sorted(present)), "、".join(sorted(present))) if present else NOTHING
        raise Unfit("", Want.ONE, came, known)

    return put

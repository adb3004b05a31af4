"""The move itself: every table copied in the order of its key, then both ends summed up and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from guantong.problems import Problem, ProblemsError
from guantong_plugins.stores.moving.codes import DIFFERS, OTHER_TABLES
from guantong_plugins.stores.moving.rows import Relation, Row, Sum, sum_of

BATCH = 2000
"""Rows in one transaction: what is copied again at most when a move was cut short."""
_SHOWN = 12


class From(Protocol):
    """Where rows come from."""

    def relations(self) -> list[Relation]: ...

    def count(self, relation: Relation) -> int: ...

    def rows(self, relation: Relation, after: Sequence[Any] | None, most: int) -> list[Row]: ...

    def every(self, relation: Relation) -> Iterator[Row]: ...


class To(Protocol):
    """Where they go."""

    def columns(self) -> dict[str, set[str]]: ...

    def reached(self, relation: Relation) -> tuple[list[Any] | None, int]: ...

    def put(self, relation: Relation, rows: Sequence[Row]) -> None: ...

    def every(self, relation: Relation) -> Iterator[Row]: ...

    def end(self) -> None: ...


class Moved(NamedTuple):
    """A table that is the same at both ends."""

    relation: str
    sum: Sum


def move(source: From, target: To, told: Callable[[str, str, int], None]) -> list[Moved]:
    """Copy everything that was not copied yet, prove that both ends hold the same, and open the target. *told* hears what is
    done ("copy", "compare"), with which table, and how many rows that was. Raises `ProblemsError` where something differs: the
    target stays shut."""
    relations = source.relations()
    _same_tables(relations, target.columns())
    for relation in relations:
        after, copied = target.reached(relation)
        told("copy", relation.name, copied)
        while rows := source.rows(relation, after, BATCH):
            target.put(relation, rows)
            after = relation.key_of(rows[-1])
            told("copy", relation.name, len(rows))
    moved = [Moved(relation.name, _compared(relation, source, target, told)) for relation in relations]
    target.end()
    return moved


def _same_tables(relations: Sequence[Relation], there: dict[str, set[str]]) -> None:
    here = {relation.name: set(relation.columns) for relation in relations}
    names = sorted({*here, *there})
    wrong = [name for name in names if here.get(name) != there.get(name)]
    if wrong:
        raise ProblemsError([Problem(OTHER_TABLES, details={"what": ", ".join(wrong)})])


def _compared(relation: Relation, source: From, target: To, told: Callable[[str, str, int], None]) -> Sum:
    left, right = sum_of(source.every(relation)), sum_of(target.every(relation))
    if left != right:
        details = {"table": relation.name, "left": left.rows, "left_digest": left.digest[:_SHOWN], "right": right.rows,
                   "right_digest": right.digest[:_SHOWN]}
        raise ProblemsError([Problem(DIFFERS, details=details)])
    told("compare", relation.name, left.rows)
    return left

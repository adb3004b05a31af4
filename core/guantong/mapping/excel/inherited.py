"""Inherited rows: what a sheet shows of the dialects its own extends, and what of an edited sheet is its own.

A sheet shows the whole table, own and inherited. An inherited row left alone is not written; an edited one becomes
a difference in the dialect's own file, one that is taken out is named by `without:`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from guantong.mapping.excel.codes import NOT_APART, NOT_LEFT_OUT
from guantong.mapping.excel.rows import INHERITED, INHERITED_MARK, Row, SheetKind
from guantong.mapping.excel.values import BadCell, read_words, show_words
from guantong.problems import Code

WITHOUT, ADDED, EVENT = ("without",), ("ignored",), ("event",)
Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the whole table. `of` is the dialect it is inherited from, "" where the dialect at hand states it;
    `over` then names whose row it changes."""

    row: Row
    of: str = ""
    over: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What cannot be said in the dialect's own file: at a row and column of the sheet (0: of the sheet as a whole)."""

    code: Code
    number: int
    column: str
    details: Mapping[str, object]


def inherited(kind: SheetKind, layers: Iterable[tuple[str, Sequence[Row]]]) -> list[Shown]:
    """What a dialect inherits: the rows of the dialects it extends by their names, the farthest first."""
    under: list[Shown] = []
    for name, rows in layers:
        under = [Shown(one.row, one.of or name) for one in overlay(kind, rows, under) if one.row.path]
    return under


def marked(one: Shown) -> dict[str, str]:
    """The cell that says whose row it is."""
    said = f"{INHERITED_MARK}{one.of}" if one.of else f"改自 {one.over}" if one.over else ""
    return {INHERITED: said} if said else {}


def overlay(kind: SheetKind, own: Sequence[Row], under: Sequence[Shown]) -> list[Shown]:
    """The whole table: *own* rows laid over those *under* them."""
    left_out = _words(next((row for row in own if row.path == WITHOUT), None), kind)
    below = _groups(one for one in under if _is_shown(kind, one.row) and not _named(one.row, left_out))
    mine = _groups(Shown(row) for row in own)
    tail = [Shown(row) for row in own if not row.path]
    merged = {
        group: _amended(kind, [one.row for one in mine[group]], rows) if group in mine else rows
        for group, rows in below.items()
    }
    order: list[Group] = [group for group in mine if len(group) == 1]
    order += [group for group in below if len(group) == 1 and group not in mine]
    sections = dict.fromkeys(group[0] for group in (*below, *mine) if len(group) > 1)
    for section in sections:
        order += [group for group in below if len(group) > 1 and group[0] == section]
        order += [group for group in mine if len(group) > 1 and group[0] == section and group not in below]
    return [*(one for group in order for one in merged.get(group) or mine[group]), *tail]


def own_rows(
    kind: SheetKind, after: Sequence[Row], own: Sequence[Row], under: Sequence[Shown], *, partial: bool = False
) -> tuple[list[Row], list[Trouble]]:
    """What of the edited rows *after* the dialect's own file must say, where it said *own* before. Of *partial*
    rows (others could not be read) none counts as taken out."""
    shown = overlay(kind, own, under)
    before = _groups(shown)
    edited = _groups(Shown(row) for row in after if row.path)
    base = _groups(one for one in under if _is_shown(kind, one.row))
    mine = _groups(Shown(row) for row in own)
    troubles: list[Trouble] = []
    made: dict[Group, list[Row]] = {}
    for group, found in edited.items():
        rows = [one.row for one in found]
        if rows == [one.row for one in before.get(group, ())]:
            made[group] = [one.row for one in mine.get(group, ())]
        elif group in base and group != WITHOUT:
            made[group] = _difference(kind, rows, [one.row for one in base[group]], troubles)
        else:
            made[group] = rows
    gone = [] if partial else [group for group in before if group not in edited and group in base]
    made[WITHOUT] = _without(kind, made.get(WITHOUT, []), gone, edited, base, troubles)
    if (mine or any(made.values())) and EVENT in base and not made.get(EVENT):
        made = {EVENT: [replace(base[EVENT][0].row, note="", lead="")], **{key: rows for key, rows in made.items() if key != EVENT}}
    rows = _in_order(made, [one.row.path for one in shown], [row.path for row in after], mine)
    return [*rows, *(row for row in after if not row.path)], troubles


def _is_shown(kind: SheetKind, row: Row) -> bool:
    """Not the comments around a parent's sections, which are its file's own; nor what its file leaves out."""
    return bool(row.path) and row.path != WITHOUT and not (len(row.path) == 1 and row.path[0] in kind.sections and not row.cells)


def _named(row: Row, names: Iterable[str]) -> bool:
    return len(row.path) > 1 and row.path[1] in names


def _groups(rows: Iterable[Shown]) -> dict[Group, list[Shown]]:
    """The rows of each rule: its own, then those of its items. A file's own key is a group by itself."""
    found: dict[Group, list[Shown]] = {}
    for one in rows:
        if one.row.path:
            found.setdefault(one.row.path[:2], []).append(one)
    return found


def _amended(kind: SheetKind, own: Sequence[Row], below: Sequence[Shown]) -> list[Shown]:
    """An own rule over the one it changes, as it holds: `lay_over` says how."""
    head, base = own[0], below[0]
    over = base.of or base.over
    if len(head.path) == 1:
        cells = _both(kind, base.row, head) if head.path == ADDED else head.cells
        return [Shown(replace(head, cells=cells), "", over)]
    if kind.stands_alone(head.path, head.cells):
        return [Shown(row, "", over) for row in own]
    first = Shown(replace(head, cells={**base.row.cells, **head.cells}), "", over)
    items = [Shown(row, "", over) for row in own[1:]] or list(below[1:])
    return [first, *items]


def _both(kind: SheetKind, base: Row, own: Row) -> Mapping[str, str]:
    words = dict.fromkeys((*_words(base, kind), *_words(own, kind)))
    return {kind.value_column: show_words(words)}


def _words(row: Row | None, kind: SheetKind) -> list[str]:
    try:
        return list(read_words(row.cells.get(kind.value_column, ""))) if row is not None else []
    except BadCell:
        return []  # told where the row is read


def _difference(kind: SheetKind, rows: Sequence[Row], base: Sequence[Row], troubles: list[Trouble]) -> list[Row]:
    """The own rows that make *base* read as the edited *rows*; none where they say the same."""
    head, under = rows[0], base[0]
    note, lead = ("" if head.note == under.note else head.note), ("" if head.lead == under.lead else head.lead)
    if len(head.path) == 1:
        return _file_key(kind, head, under, note, lead, troubles)
    items = list(rows[1:])
    same_items = items == list(base[1:])
    cells = kind.difference(head.path, head.cells, under.cells)
    if not cells and same_items:
        if not (note or lead):
            return []
        cells = dict(head.cells)  # a comment needs a rule to stand at
    alone = kind.stands_alone(head.path, cells)
    first = Row(head.path, cells or kind.filled(head.path, {}), note, lead, head.number)
    return [first, *(items if alone or not same_items else [])]


def _file_key(kind: SheetKind, head: Row, under: Row, note: str, lead: str, troubles: list[Trouble]) -> list[Row]:
    cells = dict(head.cells)
    if head.path == ADDED:
        inherited, said = _words(under, kind), _words(head, kind)
        missing = [one for one in inherited if one not in said]
        if missing:
            troubles.append(Trouble(NOT_LEFT_OUT, head.number, kind.value_column, {"what": ", ".join(missing)}))
        fresh = [one for one in said if one not in inherited]
        cells = {kind.value_column: show_words(fresh)} if fresh else {}
    elif head.cells == under.cells and not (note or lead):
        return []
    return [Row(head.path, cells, note, lead, head.number)] if cells or note or lead else []


def _without(
    kind: SheetKind, said: Sequence[Row], gone: Sequence[Group], edited: Mapping[Group, object], base: Mapping[Group, object],
    troubles: list[Trouble],
) -> list[Row]:
    """The row `without`: what it said, and the inherited rules that were taken out."""
    for group in gone:
        other = next((one for one in edited if len(one) > 1 and one[1:] == group[1:] and one in base), None)
        if len(group) == 1:
            troubles.append(Trouble(NOT_LEFT_OUT, 0, "", {"what": group[0]}))
        elif other is not None:
            troubles.append(Trouble(NOT_APART, 0, "", {"what": group[1], "one": kind.sections[group[0]],
                                                       "other": kind.sections[other[0]]}))
    present = {group[1] for group in edited if len(group) > 1}
    names = [name for name in _words(said[0], kind) if name not in present] if said else []
    names += [group[1] for group in gone if len(group) > 1 and group[1] not in names]
    if not names:
        return []
    row = said[0] if said else Row(WITHOUT, {})
    return [replace(row, cells={kind.value_column: show_words(names)})]


def _in_order(
    made: Mapping[Group, Sequence[Row]], shown: Sequence[Group], after: Sequence[Group], mine: Mapping[Group, object]
) -> list[Row]:
    """The rows in the order of the file, as long as nobody moved them in the sheet; new ones behind."""
    common = set(shown) & set(after)
    moved = [one for one in shown if one in common] != [one for one in after if one in common]
    order = list(made) if moved else [*(one for one in mine if one in made), *(one for one in made if one not in mine)]
    if not mine:
        order.sort(key=lambda group: len(group) > 1)
    return [row for group in order for row in made[group]]

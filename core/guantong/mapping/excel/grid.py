"""A sheet as a grid of texts: rows written under their titles, and read back wherever the columns stand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guantong.mapping.excel.codes import (
    BAD_CELL,
    COLUMN_TWICE,
    MISSING_COLUMN,
    NO_KEY,
    NO_LIST,
    NOT_A_CHOICE,
    ROW_TWICE,
    UNKNOWN_COLUMN,
)
from guantong.mapping.excel.columns import letters
from guantong.mapping.excel.notes import tidy
from guantong.mapping.excel.rows import FILE, LEAD, NOTE, SECTION, TAIL, CellMistake, Row, SheetKind
from guantong.mapping.excel.values import UNSHOWN, quoted, show_word
from guantong.model.declaration import suggestion
from guantong.problems import Code, Place, Problem

ITEM = "[]."
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(slots=True)
class Grid:
    """The cells of one sheet that hold a text, by row and column from 1. `bad` are those that hold something
    else, with what is wrong; `numbers` the whole numbers among them. `name` is the sheet's, `file` the
    workbook's."""

    name: str
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    bad: dict[tuple[int, int], tuple[Code, Mapping[str, object]]] = field(default_factory=dict)
    numbers: dict[tuple[int, int], str] = field(default_factory=dict)
    file: str = ""

    @property
    def rows(self) -> int:
        """The number of the last row that holds anything."""
        return max((row for row, _ in (*self.cells, *self.bad)), default=0)

    def problem(self, code: Code, row: int, column: int, title: str = "", **details: object) -> Problem:
        """A problem at a cell."""
        place = Place(f"{self.file}[{self.name}]", row, column)
        return Problem(code, place, f"{letters(column)}{row} {title}".strip() if column else "", details)


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """The rows of a sheet, settled; where its columns stand; what is wrong with it."""

    rows: list[Row]
    at: Mapping[str, int]
    problems: list[Problem]


def written_rows(kind: SheetKind, rows: Sequence[Row], labels: Sequence[str]) -> list[dict[str, str]]:
    """The cells of *rows* by column, their keys, sections and labels included."""
    made = []
    for row, label in zip(rows, labels, strict=True):
        cells = {**row.cells, NOTE: row.note, LEAD: row.lead, "label": label}
        cells[SECTION] = TAIL if not row.path else FILE if len(row.path) == 1 else kind.sections[row.path[0]]
        if row.path:
            keys = row.path[1:2] if kind.folds(row.path[:2]) else row.path[1:]
            cells[kind.key_column(row.path)] = _shown_path(row.path if len(row.path) == 1 else keys)
        made.append({column: cell for column, cell in cells.items() if cell})
    return made


def read_sheet(kind: SheetKind, grid: Grid) -> ReadSheet:
    """The rows of a grid. Empty rows are passed over."""
    problems: list[Problem] = []
    at = _columns(kind, grid, problems)
    rows: list[Row] = []
    if not problems:
        reader = _Reader(kind, grid, at, problems)
        rows = [row for number in range(2, grid.rows + 1) if (row := reader.row(number)) is not None]
    return ReadSheet(rows, at, problems)


def _columns(kind: SheetKind, grid: Grid, problems: list[Problem]) -> dict[str, int]:
    """Where each column stands, by the titles in the first row."""
    titles = {name: column for column in kind.columns for name in (column.title, column.id)}
    at: dict[str, int] = {}
    for (row, number), cell in sorted(grid.cells.items()):
        if row != 1 or not cell.strip():
            continue
        column = titles.get(cell.strip())
        if column is None:
            known = suggestion(cell.strip(), [one.title for one in kind.columns])
            problems.append(_named(grid.problem(UNKNOWN_COLUMN, 1, number), cell.strip()[:40], known))
        elif column.id in at:
            problems.append(_named(grid.problem(COLUMN_TWICE, 1, number, column.title), column.title))
        else:
            at[column.id] = number
    for column in kind.columns:
        if column.core and column.id not in at:
            problems.append(_named(grid.problem(MISSING_COLUMN, 1, 0), column.title))
    return at


def _named(problem: Problem, title: str, more: Mapping[str, str] | None = None) -> Problem:
    return Problem(problem.code, problem.place, problem.path, {"title": title, **(more or {})})


@dataclass(slots=True)
class _Reader:
    """Reads row after row; `seen` holds the paths so far."""

    kind: SheetKind
    grid: Grid
    at: Mapping[str, int]
    problems: list[Problem]
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)

    def row(self, number: int) -> Row | None:
        cells: dict[str, str] = {}
        sound = True
        for column in self.kind.columns:
            spot = (number, self.at.get(column.id, 0))
            counted = self.grid.numbers.get(spot, "") if column.shape == "integer" or column.id in (NOTE, LEAD) else ""
            if spot in self.grid.bad and not column.info and not counted:
                code, details = self.grid.bad[spot]
                self._say(code, column.id, number, **details)
                sound = False
            cell = self.grid.cells.get(spot, counted)
            if cell.strip() and not column.info:
                cells[column.id] = tidy(cell) if column.id in (NOTE, LEAD) else cell.strip()
                if column.id in (NOTE, LEAD) and UNSHOWN.search(cells[column.id].replace("\t", "").replace("\n", "")):
                    self._say(BAD_CELL, column.id, number, what="it holds control characters", what_zh="含有控制字符")
                    sound = False
        if not cells or not sound:
            return None
        path = self._path(cells, number)
        if path is None:
            return None
        try:
            settled = self._settled(path, cells)
        except CellMistake as mistake:
            self._say(mistake.code, mistake.column, number, **mistake.details)
            return None
        return Row(path, settled, " ".join(cells.get(NOTE, "").split("\n")), cells.get(LEAD, ""), number)

    def _settled(self, path: tuple[str, ...], cells: Mapping[str, str]) -> dict[str, str]:
        if len(path) > 1:
            return self.kind.settled(path, cells)
        # A row of a section holds its comments only.
        empty = not path or (path[0] in self.kind.sections and self.kind.value_column not in cells)
        return {} if empty else self.kind.settled_file(path[0], cells)

    def _path(self, cells: Mapping[str, str], number: int) -> tuple[str, ...] | None:
        said = cells.get(SECTION, "")
        sections = {shown: name for name, shown in self.kind.sections.items()}
        path: tuple[str, ...] = ()
        if said not in (FILE, TAIL, *sections):
            known = "、".join((FILE, *sections, TAIL))
            self._say(NOT_A_CHOICE, SECTION, number, choices=known, came=said[:40])
            return None
        if said != TAIL:
            column = self.kind.key_columns[sections.get(said, "")]
            title = next(one.title for one in self.kind.columns if one.id == column)
            if column not in cells:
                self._say(NO_KEY, column, number, title=title)
                return None
            keys = _read_path(cells[column])
            if keys is None or (said == FILE and len(keys) > 1):
                self._say(BAD_CELL, column, number, what="this is no field's name", what_zh="不是字段名")
                return None
            path = keys if said == FILE else (sections[said], *keys)
            if len(path) > 2 and path[:-1] not in self.seen:
                self._say(NO_LIST, column, number, key=ITEM.join(keys))
                return None
        if path in self.seen and self.kind.folds(path):
            path = (*path, str(2 + sum(one[:-1] == path for one in self.seen)))
        if path in self.seen:
            column = self.kind.key_column(path) if path else SECTION
            self._say(ROW_TWICE, column, number, key=ITEM.join(path[1:] or path or (TAIL,)), first=self.seen[path])
            return None
        self.seen[path] = number
        return path

    def _say(self, code: Code, column: str, number: int, **details: object) -> None:
        title = next((one.title for one in self.kind.columns if one.id == column), "")
        problem = self.grid.problem(code, number, self.at.get(column, 0), title)
        self.problems.append(Problem(code, problem.place, problem.path, details))


def _shown_path(keys: Sequence[str]) -> str:
    return ITEM.join(quoted(key) if ITEM in key else show_word(key) for key in keys)


def _read_path(cell: str) -> tuple[str, ...] | None:
    """The keys a cell names: `materials[].name` is two."""
    keys: list[str] = []
    at = 0
    while True:
        part = _STRING.match(cell, at)
        ends = part.end() if part else cell.find(ITEM, at) if ITEM in cell[at:] else len(cell)
        try:
            key = str(json.loads(part[0], strict=False)) if part else cell[at:ends]
        except json.JSONDecodeError:
            return None
        if not key and not part:
            return None
        keys.append(key)
        if ends == len(cell):
            return tuple(keys)
        if not cell.startswith(ITEM, ends):
            return None
        at = ends + len(ITEM)


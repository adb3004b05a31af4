"""An edited workbook as the files of a dialect: all of them or, where anything is wrong, none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from guantong.mapping.excel.assemble import assemble
from guantong.mapping.excel.book import Book, read_book
from guantong.mapping.excel.codes import (
    BAD_CELL,
    CHANGED_SINCE,
    EMPTY_BOOK,
    NO_SUCH_SHEET,
    NOT_KEPT,
    OTHER_DIALECT,
)
from guantong.mapping.excel.codesheet import ROW_COLUMNS, CodeSheet, DialectSheet
from guantong.mapping.excel.columns import letters
from guantong.mapping.excel.grid import Grid, ReadSheet, read_sheet
from guantong.mapping.excel.inherited import inherited, own_rows
from guantong.mapping.excel.layout import Layout, cut
from guantong.mapping.excel.mappingsheet import CANONICAL, MappingSheet, event_of
from guantong.mapping.excel.outgoing import CODES_TITLE, DIALECT_FILE, DIALECT_TITLE, Parents
from guantong.mapping.excel.rows import Row, SheetKind, rows_of
from guantong.mapping.excel.source import Source
from guantong.mapping.excel.values import BadCell, read, table
from guantong.model import EventModel, Model
from guantong.model.declaration import Shape
from guantong.problems import Place, Problem
from guantong.yamlfile import Node

_CODE_ROW = re.compile(r"(?P<word>.+?)(?:\[(?P<number>\d+)\])?(?:\.(?P<key>value|also|from|until|read|why))?")
_FILE = re.compile(r"(?:codes/)?[A-Za-z0-9_][\w.-]*\.yaml", re.ASCII)


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file made of a sheet: its path below the dialect's folder, its bytes, and where in the workbook
    its parts stand."""

    file: str
    body: bytes
    text: str
    kind: SheetKind
    grid: Grid
    sheet: ReadSheet

    def located(self, problem: Problem) -> Problem:
        """A problem of the file as one of the cell it comes from."""
        row, column = self._row_of_code(problem.path)
        row = row or self._row_by_path(problem.path) or self._row_by_line(problem.place.line)
        if row is None:
            return Problem(problem.code, Place(f"{self.grid.file}[{self.grid.name}]"), problem.path, problem.details)
        column = column or self._column(row, problem.path)
        at = self.sheet.at.get(column, 0)
        title = next((one.title for one in self.kind.columns if one.id == column), "")
        place = Place(f"{self.grid.file}[{self.grid.name}]", row.number, at)
        return Problem(problem.code, place, f"{letters(at)}{row.number} {title}".strip(), problem.details)

    def _row_of_code(self, path: str) -> tuple[Row | None, str]:
        """Of a code table's problem, the row and column of its word's entry; (None, "") for any other."""
        prefix = self.file.removesuffix(".yaml").replace("/", ".") + "."
        said = _CODE_ROW.fullmatch(path.removeprefix(prefix)) if path.startswith(prefix) else None
        if said is None or not isinstance(self.kind, CodeSheet):
            return None, ""
        further = (str(int(said["number"]) + 1),) if int(said["number"] or 0) else ()
        row = next((row for row in self.sheet.rows if row.path == ("table", said["word"], *further)), None)
        return row, ROW_COLUMNS.get(said["key"] or "", self.kind.key_columns["table"])

    def _row_by_path(self, path: str) -> Row | None:
        fitting = [
            row for row in self.sheet.rows
            if row.path and (path == _dotted(row.path) or (len(row.path) > 1 and path.startswith(f"{_dotted(row.path)}.")))
        ]
        return max(fitting, key=lambda row: len(row.path), default=None)

    def _row_by_line(self, line: int) -> Row | None:
        by_path = {row.path: row for row in self.sheet.rows}
        found = None
        for entry in cut(self.text, self.kind.opens).every():
            if entry.line <= line <= entry.last and entry.path in by_path:
                found = by_path[entry.path]
        return found

    def _column(self, row: Row, path: str) -> str:
        dotted = _dotted(row.path)
        rest = path.removeprefix(dotted).strip(".").split(".")[0] if f"{path}.".startswith(f"{dotted}.") else ""
        if len(row.path) == 1:
            return self.kind.value_column if row.cells else self.kind.key_columns[""]
        if rest in ("at", "each"):
            return self.kind.value_column
        if rest == "from" and row.path[0] == "out":
            return CANONICAL
        known = {column.id for column in self.kind.columns}
        return rest if rest in known else self.kind.key_column(row.path)


@dataclass(slots=True)
class Incoming:
    """What a workbook says: the files that differ from those there are, and all that is wrong. `partial` are
    the sound rows of sheets with mistakes: never to be written, but they may hold more mistakes."""

    made: list[MadeFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    partial: list[MadeFile] = field(default_factory=list)

    def located(self, prefix: str, problems: Iterable[Problem]) -> list[Problem]:
        """Problems of the files, which they name after *prefix*, as problems of their cells; without what is
        only wrong because rows are left out."""
        made = {prefix + one.file: (one, one in self.partial) for one in (*self.made, *self.partial)}
        found: list[Problem] = []
        for problem in problems:
            one, partly = made.get(problem.place.file, (None, False))
            told = one.located(problem) if one is not None else problem
            if not partly or told.place.column:
                found.append(told)
        return found


def from_workbook(
    body: bytes, name: str, dialect: str, files: Mapping[str, bytes], model: Model, parents: Parents = (), *,
    overwrite: bool = False,
) -> Incoming:
    """The files of *dialect* as the workbook has them, beside *files* as they are now. A file whose sheet
    is missing stays as it is. With *overwrite*, what changed on disk since the export gives way. What the workbook
    shows of *parents* is held against what they were when it was made: only what was edited is the dialect's own."""
    book, problems = read_book(body, name)
    found = Incoming(problems=problems)
    if book.dialect and book.dialect != dialect:
        found.problems.append(Problem(OTHER_DIALECT, Place(name), details={"came": book.dialect, "expected": dialect}))
    grids = [grid for grid in book.grids.values() if grid.rows]
    if not grids and not found.problems:
        found.problems.append(Problem(EMPTY_BOOK, Place(name)))
    for grid in grids:
        file = _file_of(grid.name, book, files, model)
        if file is None:
            known = {"sheet": grid.name}
            found.problems.append(Problem(NO_SUCH_SHEET, Place(f"{name}[{grid.name}]"), details=known))
            continue
        origin = book.origins.get(file)
        was = (origin.body or None) if origin else files.get(file)
        layers = [(parent, theirs[file]) for parent, theirs in (list(book.parents.items()) or parents) if file in theirs]
        mistakes: list[Problem] = []
        made = _made(file, grid, was, layers, model, mistakes)
        if mistakes:
            found.problems += mistakes
            found.partial += [made] if made is not None else []
            continue
        if made is None or made.body == was:
            continue
        if origin is not None and not overwrite and files.get(file) not in (origin.body or None, made.body):
            place = Place(f"{name}[{grid.name}]")
            found.problems.append(Problem(CHANGED_SINCE, place, details={"file": f"{dialect}/{file}"}))
        if made.body != files.get(file):
            found.made.append(made)
    return found


def _file_of(sheet: str, book: Book, files: Mapping[str, bytes], model: Model) -> str | None:
    """The file a sheet is about, by the workbook's own index or else by its name."""
    for origin in book.origins.values():
        if origin.sheet == sheet and _FILE.fullmatch(origin.file):
            return origin.file
    if sheet == DIALECT_TITLE:
        return DIALECT_FILE
    stem = sheet.rsplit(" ", 1)[-1]
    file = f"codes/{stem}.yaml" if sheet.startswith(f"{CODES_TITLE} ") else f"{stem}.yaml"
    if not _FILE.fullmatch(file):
        return None
    known = file in files or file.startswith("codes/") or any(
        stem == event or stem.startswith(f"{event}.") for event in model.events)
    return file if known else None


def _made(
    file: str, grid: Grid, was: bytes | None, layers: Sequence[tuple[str, bytes]], model: Model,
    problems: list[Problem],
) -> MadeFile | None:
    """The file of one sheet; where it has mistakes, which are told, of its sound rows, if there are any. None where
    it says nothing that *layers*, the files it inherits from, nearest first, do not say."""
    kind = _kind(file, grid, model)
    sheet = read_sheet(kind, grid)
    problems += sheet.problems
    if not sheet.rows:
        return None
    source, layout = Source(""), None
    if was is not None:
        try:
            source = Source.of(was)
            layout = source.layout(kind)
        except ValueError:
            source, layout = Source(""), None  # what was there is no readable YAML: the sheet replaces it
    rows = sheet.rows
    if layers and isinstance(kind, MappingSheet):
        rows = _own(kind, sheet, layout, layers, grid, problems)
    elif layers and was is None:
        source = Source.of(layers[0][1])
        layout = source.layout(kind)
        if rows == rows_of(kind, layout):
            return None
    if not rows:
        return None
    if layout is not None and was is not None and rows == rows_of(kind, layout):
        return MadeFile(file, was, source.text, kind, grid, sheet)
    text = _text(kind, rows, layout, grid, problems)
    return MadeFile(file, source.bytes(text), text, kind, grid, sheet) if text is not None else None


def _own(
    kind: SheetKind, sheet: ReadSheet, layout: Layout | None, layers: Sequence[tuple[str, bytes]], grid: Grid,
    problems: list[Problem],
) -> list[Row]:
    """What of a sheet that shows inherited rows too the dialect's own file must say."""
    theirs = [(name, rows_of(kind, Source.of(body).layout(kind))) for name, body in reversed(layers)]
    own = rows_of(kind, layout) if layout is not None else []
    rows, troubles = own_rows(kind, sheet.rows, own, inherited(kind, theirs), partial=bool(sheet.problems))
    for one in troubles:
        place = grid.problem(one.code, one.number, sheet.at.get(one.column, 0))
        problems.append(Problem(one.code, place.place, place.path, one.details))
    return rows


def _kind(file: str, grid: Grid, model: Model) -> SheetKind:
    """The kind of a sheet. What it is about is read from the sheet itself first."""
    if file == DIALECT_FILE:
        return DialectSheet()
    first: SheetKind = CodeSheet(model, "") if file.startswith("codes/") else MappingSheet(model, None)
    rows = {row.path: row.cells.get(first.value_column, "") for row in read_sheet(first, grid).rows}
    if isinstance(first, CodeSheet):
        return CodeSheet(model, rows.get(("codes",), "") or file.removeprefix("codes/").removesuffix(".yaml"))
    return MappingSheet(model, _event(rows, model))


def _event(rows: Mapping[tuple[str, ...], str], model: Model) -> EventModel | None:
    """The event that a sheet of a mapping is about, by what its `event:` or `join:` row says."""
    shapes: dict[str, Shape] = {"event": "text", "join": "table"}
    said: dict[str, Node] = {}
    for key in shapes.keys() & {path[0] for path in rows if len(path) == 1}:
        try:
            said[key] = read(rows[key,], shapes[key])
        except BadCell:
            continue  # told where the row itself is read
    return event_of(table(said.items()), model)


def _text(
    kind: SheetKind, rows: list[Row], layout: Layout | None, grid: Grid, problems: list[Problem]
) -> str | None:
    """The file's text, held to read back as the rows it was made of."""
    try:
        text = assemble(kind, rows, layout)
        back = {row.path: row for row in rows_of(kind, cut(text, kind.opens))}
    except BadCell as bad:
        problems.append(grid.problem(BAD_CELL, 1, 0, what=bad.what, what_zh=bad.zh))
        return None
    except ValueError:
        back = {}
        text = ""
    odd = [row for row in rows if back.pop(row.path, None) != row and (row.cells or row.note or row.lead)]
    for row in odd:
        column = kind.key_column(row.path) if row.path else "lead"
        problems.append(grid.problem(NOT_KEPT, row.number, next(
            (number for number, one in enumerate(kind.columns, 1) if one.id == column), 0)))
    return None if odd else text


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join((path[0], ".fields.".join(path[1:]))) if len(path) > 1 else path[0]


"""A dialect's files as a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from guantong.mapping.excel.book import Origin, Sheet, fits, write_book
from guantong.mapping.excel.codes import TOO_LARGE
from guantong.mapping.excel.codesheet import CodeSheet, DialectSheet
from guantong.mapping.excel.grid import written_rows
from guantong.mapping.excel.inherited import Shown, inherited, marked, overlay
from guantong.mapping.excel.mappingsheet import MappingSheet, event_of, mapping_columns
from guantong.mapping.excel.rows import Column, Row, SheetKind, rows_of
from guantong.mapping.excel.source import Source
from guantong.model import Model
from guantong.model.declaration import word, words
from guantong.problems import Place, Problem
from guantong.yamlfile import Node, Table, parse_yaml

DIALECT_FILE, DIALECT_TITLE, CODES_TITLE = "dialect.yaml", "数据规范", "代码"
Parents = Sequence[tuple[str, Mapping[str, bytes]]]
"""The dialects one extends by their names, nearest first, with their files."""
Parsed = tuple[Source, Table]
_ILLEGAL = re.compile(r"[\[\]:*?/\\']")
_LONGEST_TITLE = 31


class Written(NamedTuple):
    """A workbook (empty where there are problems) and how many sheets staff see in it."""

    body: bytes
    problems: list[Problem]
    sheets: int


def to_workbook(
    dialect: str, files: Mapping[str, bytes], model: Model, tables: Iterable[str], functions: Iterable[str],
    parents: Parents = (),
) -> Written:
    """The workbook of the files of a dialect (by their paths below its folder) and of those it inherits from
    *parents*, nearest first. *tables* are the code tables and *functions* the value functions its rules may name.
    Every file must parse; problems name it (`../PARENT/…` those of parents)."""
    sheets: list[Sheet] = []
    origins: list[Origin] = [Origin(file, "", body, name) for name, theirs in parents for file, body in sorted(theirs.items())]
    problems: list[Problem] = []
    taken: set[str] = set()
    ours = _parsed(files, "", problems)
    theirs = [(name, _parsed(theirs, f"../{name}/", problems)) for name, theirs in parents]
    carried = _carried([ours, *(one for _, one in theirs)])
    known = {*ours, *(file for _, one in theirs for file in one if file != DIALECT_FILE)}
    for file in sorted(known, key=lambda one: (one != DIALECT_FILE, "/" in one, one)):
        layers = [(name, one[file]) for name, one in theirs if file in one and file != DIALECT_FILE]
        node = ours[file][1] if file in ours else layers[0][1][1]
        named = next((one for one in (node, *(layer[1] for _, layer in layers)) if one.get("event") is not None), node)
        if carried and file not in files and not file.startswith("codes/") and word(named.get("event")) not in carried:
            continue
        kind, columns, title = _kind(file, named, model, tables, functions)
        own = rows_of(kind, ours[file][0].layout(kind)) if file in ours else []
        if layers and isinstance(kind, MappingSheet):
            shown = overlay(kind, own, inherited(kind, [
                (name, rows_of(kind, source.layout(kind))) for name, (source, _) in reversed(layers)]))
        elif file in ours:
            shown = [Shown(row) for row in own]
        else:  # a code table is inherited whole, from the nearest that has it
            shown = [Shown(row, layers[0][0]) for row in rows_of(kind, layers[0][1][0].layout(kind))]
        rows = [one.row for one in shown]
        cells = [{**marked(one), **row} for one, row in zip(
            shown, written_rows(kind, rows, [_label(kind, row) for row in rows]), strict=True)]
        if not all(fits(cell) for row in cells for cell in row.values()):
            what = {"what": "a value longer than a cell can hold", "what_zh": "有值超过单元格可容纳的长度"}
            problems.append(Problem(TOO_LARGE, Place(file), details=what))
            continue
        name = _sheet_name(title, file.rsplit("/", 1)[-1].removesuffix(".yaml"), taken)
        sheets.append(Sheet(name, columns, cells))
        origins.append(Origin(file, name, files.get(file, b"")))
    return Written(b"" if problems else write_book(dialect, sheets, origins), problems, len(sheets))


def _parsed(files: Mapping[str, bytes], shown: str, problems: list[Problem]) -> dict[str, Parsed]:
    """The files that parse as tables; the others' problems are told."""
    made: dict[str, Parsed] = {}
    for file, body in files.items():
        try:
            source = Source.of(body)
        except UnicodeDecodeError:
            problems += parse_yaml("\0", shown + file)[1]
            continue
        node, found = parse_yaml(source.text, shown + file)
        problems += found
        if not found and isinstance(node, Table):
            made[file] = (source, node)
    return made


def _carried(chain: Sequence[Mapping[str, Parsed]]) -> set[str]:
    """The events the nearest dialect that names any carries; none named means all."""
    said = (one[DIALECT_FILE][1].get("events") for one in chain if DIALECT_FILE in one)
    return {text.value for text in words(next((node for node in said if node is not None), None))}


def _kind(
    file: str, node: Table, model: Model, tables: Iterable[str], functions: Iterable[str]
) -> tuple[SheetKind, tuple[Column, ...], str]:
    if file == DIALECT_FILE:
        kind: SheetKind = DialectSheet()
        return kind, kind.columns, DIALECT_TITLE
    if file.startswith("codes/"):
        kind = code_kind(model, file, node)
        return kind, kind.columns, CODES_TITLE
    event = event_of(node, model)
    columns = mapping_columns(event.fields if event else (), tables, functions)
    return MappingSheet(model, event, columns), columns, event.title_zh if event else ""


def code_kind(model: Model, file: str, node: Node | None) -> CodeSheet:
    """The kind of a code table's sheet: it translates the list it names, or that of its own name."""
    named = word(node.get("codes")) if isinstance(node, Table) else ""
    return CodeSheet(model, named or file.removeprefix("codes/").removesuffix(".yaml"))


def _label(kind: SheetKind, row: Row) -> str:
    if not row.path:
        return ""
    if isinstance(kind, MappingSheet):
        return kind.labelled(row.path, row.cells)
    return kind.labelled(row.path) if isinstance(kind, (CodeSheet, DialectSheet)) else ""


def _sheet_name(title: str, stem: str, taken: set[str]) -> str:
    """`受理 case.acceptance`; only the stem where that is too long, numbered where it is taken."""
    full = title if title == DIALECT_TITLE else f"{title} {stem}".strip()
    name = _ILLEGAL.sub("-", full if len(full) <= _LONGEST_TITLE else stem)[:_LONGEST_TITLE]
    number, base = 2, name
    while name.casefold() in taken:
        name = f"{base[:_LONGEST_TITLE - 3]}~{number}"
        number += 1
    taken.add(name.casefold())
    return name

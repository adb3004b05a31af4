"""A dialect's files as a workbook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from guantong.mapping.excel.book import Origin, Sheet, fits, write_book
from guantong.mapping.excel.codes import TOO_LARGE
from guantong.mapping.excel.codesheet import CodeSheet, DialectSheet
from guantong.mapping.excel.grid import written_rows
from guantong.mapping.excel.mappingsheet import MappingSheet, event_of, mapping_columns
from guantong.mapping.excel.rows import Column, Row, SheetKind, rows_of
from guantong.mapping.excel.source import Source
from guantong.model import Model
from guantong.model.declaration import word
from guantong.problems import Place, Problem
from guantong.yamlfile import Node, Table, parse_yaml

DIALECT_FILE, DIALECT_TITLE, CODES_TITLE = "dialect.yaml", "数据规范", "代码"
_ILLEGAL = re.compile(r"[\[\]:*?/\\']")
_LONGEST_TITLE = 31


def to_workbook(
    dialect: str, files: Mapping[str, bytes], model: Model, tables: Iterable[str], functions: Iterable[str]
) -> tuple[bytes, list[Problem]]:
    """The workbook of the files of a dialect (by their paths below its folder). *tables* are the code
    tables and *functions* the value functions its rules may name. Every file must parse; problems name it."""
    sheets: list[Sheet] = []
    origins: list[Origin] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for file in sorted(files, key=lambda one: (one != DIALECT_FILE, "/" in one, one)):
        try:
            source = Source.of(files[file])
        except UnicodeDecodeError:
            node, found = None, parse_yaml("\0", file)[1]
        else:
            node, found = parse_yaml(source.text, file)
        problems += found
        if found or not isinstance(node, Table):
            continue
        kind, columns, title = _kind(file, node, model, tables, functions)
        rows = rows_of(kind, source.layout(kind))
        cells = written_rows(kind, rows, [_label(kind, row) for row in rows])
        if not all(fits(cell) for row in cells for cell in row.values()):
            what = {"what": "a value longer than a cell can hold", "what_zh": "有值超过单元格可容纳的长度"}
            problems.append(Problem(TOO_LARGE, Place(file), details=what))
            continue
        name = _sheet_name(title, file.rsplit("/", 1)[-1].removesuffix(".yaml"), taken)
        sheets.append(Sheet(name, columns, cells))
        origins.append(Origin(file, name, files[file]))
    return (b"" if problems else write_book(dialect, sheets, origins)), problems


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

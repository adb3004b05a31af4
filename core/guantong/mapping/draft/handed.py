"""What kind of file was handed over, and the reader for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from guantong.mapping.draft.codes import BAD_COLUMNS, NO_FIELDS, NO_SHEET, NOT_READABLE, UNKNOWN_FORM
from guantong.mapping.draft.ddl import read_ddl
from guantong.mapping.draft.delimited import read_delimited
from guantong.mapping.draft.formsamples import is_form, read_form
from guantong.mapping.draft.headwords import OTHER, column_roles, folded
from guantong.mapping.draft.plaintext import as_text
from guantong.mapping.draft.samples import guessed, read_json, too_large
from guantong.mapping.draft.schema import MAX_RECORDS, FieldSketch, Found, RecordSketch
from guantong.mapping.draft.sheets import read_xls, read_xlsx
from guantong.mapping.draft.tables import IDENTIFIER, TextGrid, find_records
from guantong.mapping.draft.wordtables import read_docx
from guantong.mapping.draft.xmlsamples import read_xml
from guantong.mapping.draft.xmlschema import read_schema
from guantong.mapping.excel.columns import number
from guantong.model.declaration import suggestion
from guantong.problems import Place, Problem

MAX_MIB = 32
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_CREATES = re.compile(r"\bcreate\s+(?:(?:global|local)\s+)?(?:temporary\s+)?table\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Handed:
    """One file handed over: its name and its bytes."""

    name: str
    body: bytes

    @property
    def stem(self) -> str:
        """What its records are called where nothing else names them."""
        words = re.findall(r"[A-Za-z_][A-Za-z0-9_]*", PurePath(self.name).stem)
        return max(words, key=len) if words else "record"


def read_handed(
    handed: Handed, columns: Mapping[str, int], sheets: Sequence[str], beside: Sequence[Handed] = ()
) -> Found:
    """The records of one file. *columns* (role → column from 0) says where a table's columns stand; of a
    workbook only the named *sheets* are read, all where none is. What a schema imports is looked for in the files
    handed over *beside* it."""
    if len(handed.body) > MAX_MIB * 1024 * 1024:
        return Found(problems=[too_large(handed.name, MAX_MIB)])
    found = _read(handed, columns, sheets, beside)
    found.records = [record for record in found.records if record.fields][:MAX_RECORDS]
    if not found.records and not [one for one in found.problems if one.code.severity == "error"]:
        found.problems.append(Problem(NO_FIELDS, Place(handed.name)))
    return found


def parse_columns(said: str) -> tuple[dict[str, int], list[Problem]]:
    """`字段名=B,中文名=C` as role → column from 0."""
    roles = column_roles()
    columns: dict[str, int] = {}
    problems: list[Problem] = []
    for part in re.split(r"[,，;；]", said):
        title, _, letters = part.partition("=")
        role = roles.get(folded(title), "")
        letters = letters.strip().upper()
        number = _column(letters)
        if not part.strip():
            continue
        if not role or role == OTHER or number is None:
            known = {"known": "字段名、中文名、类型、长度、必填、可空、说明、表名、表中文名"}
            problems.append(Problem(BAD_COLUMNS, details={"came": part.strip()[:40], **known}))
        else:
            columns[role] = number
    if not problems and columns and "name" not in columns:
        problems.append(Problem(BAD_COLUMNS, details={"came": said[:40], "known": "字段名=B"}))
    return columns, problems


def _column(letters: str) -> int | None:
    if letters.isascii() and letters.isdigit() and 0 < int(letters[:6]) <= 16384:
        return int(letters) - 1
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        return None
    return number(letters) - 1


def _read(handed: Handed, columns: Mapping[str, int], sheets: Sequence[str], beside: Sequence[Handed]) -> Found:
    body, name = handed.body, handed.name
    if body.startswith(_ZIP):
        word = b"word/document.xml" in body
        grids, problems = read_docx(body, name) if word else read_xlsx(body, name)
        return _tables(handed, grids, problems, columns, sheets)
    if body.startswith(_OLE):
        if name.lower().endswith(".doc"):
            what = {"what": "an old Word document; save it as .docx", "what_zh": "旧版 Word 文档，请另存为 .docx"}
            return Found(problems=[Problem(UNKNOWN_FORM, Place(name), details=what)])
        grids, problems = read_xls(body, name)
        return _tables(handed, grids, problems, columns, sheets)
    if body.lstrip(b"\xef\xbb\xbf \t\r\n\0\xfe\xff")[:1] == b"<":
        schema = re.search(rb"<(?:\w+:)?(?:schema|definitions)\b", body[:4000].replace(b"\0", b""))
        others = {one.name: one.body for one in beside if one.name != name}
        return read_schema(body, name, others) if schema else read_xml(body, name, handed.stem)
    text = as_text(body)
    if text is None:
        what = {"what": "it is neither text nor a known format", "what_zh": "既不是文本也不是已知格式"}
        return Found(problems=[Problem(NOT_READABLE, Place(name), details=what)])
    return _text(handed, *text, columns, sheets)


def _text(handed: Handed, text: str, charset: str, columns: Mapping[str, int], sheets: Sequence[str]) -> Found:
    start = text.lstrip("\ufeff \t\n")[:1]
    told = "gb18030" if charset == "gb18030" else "utf-8"
    if start in ("{", "["):
        found = read_json(text.lstrip("\ufeff"), handed.name, handed.stem)
    elif is_form(text):
        return read_form(text, handed.name, handed.stem)
    elif _CREATES.search(text):
        found = Found(records=read_ddl(text, handed.name), codec="row", any_case=True)
        return found
    else:
        grid, problems = read_delimited(text, handed.name)
        found = _tables(handed, [grid], problems, columns, sheets)
        if not found.records and not found.problems and not columns:
            found = _sample_rows(handed, grid)
    found.charset = told if found.codec != "row" or found.options else "utf-8"
    return found


def _tables(
    handed: Handed, grids: Sequence[TextGrid], problems: list[Problem], columns: Mapping[str, int],
    sheets: Sequence[str],
) -> Found:
    found = Found(problems=problems, codec="row", any_case=True)
    names = [grid.name for grid in grids]
    for wanted in sheets:
        if wanted not in names and any(names):
            known = suggestion(wanted, names)["suggestion"]
            found.problems.append(Problem(NO_SHEET, Place(handed.name), details={"came": wanted, "known": known}))
    for grid in grids:
        if not sheets or not grid.name or grid.name in sheets:
            found.records += _told_apart(find_records(grid, handed.name, columns, handed.stem), found.records, handed.stem)
    return found


def _told_apart(records: Sequence[RecordSketch], before: Sequence[RecordSketch], stem: str) -> list[RecordSketch]:
    """Records that nothing named keep the file's name with a number of their own: those of two sheets are not one."""
    taken = {record.name for record in before}
    made: list[RecordSketch] = []
    for record in records:
        name, number = record.name, 2
        while record.name.startswith(stem) and name in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name)
        made.append(replace(record, name=name))
    return made


def _sample_rows(handed: Handed, grid: TextGrid) -> Found:
    """A CSV of sample records: its first row names the fields."""
    rows = [row for row in grid.rows if any(row)]
    heads = rows[0] if rows else []
    if len([cell for cell in heads if IDENTIFIER.fullmatch(cell)]) < max(2, len(heads) // 2):
        return Found()
    fields = tuple(
        FieldSketch(name, type=guessed(row[column] for row in rows[1:]))
        for column, name in enumerate(heads) if IDENTIFIER.fullmatch(name) and name not in heads[:column]
    )
    return Found(records=[RecordSketch(handed.stem, "", fields, Place(handed.name, 1))], codec="row", any_case=True)

"""A table of matters (.xlsx, or .csv in UTF-8 or GBK) as matters, every mistake named at its row and column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from guantong.mapping.draft.delimited import read_delimited
from guantong.mapping.draft.plaintext import as_text
from guantong.mapping.draft.sheets import read_xlsx
from guantong.mapping.draft.tables import TextGrid
from guantong.matters.catalogue import clashes
from guantong.matters.codes import BAD_CELL, CLASH, NO_HEADS, NOT_A_TABLE, TWICE, UNREAD
from guantong.matters.matter import CODED, LABELS, Matter
from guantong.model import Model
from guantong.problems import Place, Problem

MOST_BYTES = 64 * 1024 * 1024
LOOKED_THROUGH = 10
"""Rows among which the heads are looked for: titles may stand above."""
_ZIP = b"PK\x03\x04"
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{1,59}")
_REGION = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:\s*00:00:00)?")
_ODD = re.compile(r"[\s_*＊:：()（）]+")
_LONGEST = 500
_CODES = ("code", "old_code", "short_code", "basic_code", "org_code", "situation")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row by field, and where it stands; rows and columns count from 1."""

    cells: Mapping[str, str]
    at: Mapping[str, int]
    file: str
    number: int

    def problem(self, field: str, came: str, what: tuple[str, str], expected: tuple[str, str]) -> Problem:
        details = {"came": came[:60], "what": what[0], "what_zh": what[1], "expected": expected[0], "expected_zh": expected[1]}
        return Problem(BAD_CELL, self.place(field), LABELS[field][0], details)

    def place(self, field: str) -> Place:
        return Place(self.file, self.number, self.at.get(field, -1) + 1)


def read_matters(body: bytes, file: str, model: Model) -> tuple[list[Matter], list[Problem]]:
    """The matters of a table, in its order, and everything that is wrong with it."""
    grids, problems = _grids(body, file)
    rows: list[_Row] = []
    for grid in grids:
        if any(map(any, grid.rows)):
            rows += _rows(grid, f"{file}[{grid.name}]" if grid.name else file, problems)
    if not rows and not problems:
        problems.append(_unreadable(file, "it holds no rows", "没有数据行"))
    matters = [(row, matter) for row in rows if (matter := _matter(row, model, problems)) is not None]
    _once(matters, problems)
    at = {matter.key: row for row, matter in matters}
    for one, other in clashes(matter for _, matter in matters):
        details = {"old": one.old_code, "one": one.code, "other": other.code}
        problems.append(Problem(CLASH, at[other.key].place("old_code"), LABELS["old_code"][0], details))
    return [matter for _, matter in matters], problems


def _grids(body: bytes, file: str) -> tuple[list[TextGrid], list[Problem]]:
    if len(body) > MOST_BYTES:
        return [], [_unreadable(file, f"over {MOST_BYTES >> 20} MiB", f"超过 {MOST_BYTES >> 20} MiB")]
    if body.startswith(_ZIP):
        return read_xlsx(body, file)
    text = as_text(body)
    if text is None:
        return [], [_unreadable(file, "it is neither text in UTF-8 or GBK nor an .xlsx workbook",
                                "既不是 UTF-8、GBK 文本，也不是 .xlsx 工作簿")]
    grid, problems = read_delimited(text[0], file)
    return ([] if problems else [grid]), list(problems)


def _unreadable(file: str, what: str, what_zh: str) -> Problem:
    return Problem(NOT_A_TABLE, Place(file), details={"what": what, "what_zh": what_zh})


def _rows(grid: TextGrid, file: str, problems: list[Problem]) -> list[_Row]:
    found = [_named(row) for row in grid.rows[:LOOKED_THROUGH]]
    head = max(range(len(found)), key=lambda index: len(found[index]), default=0)
    at = found[head] if found else {}
    missing = [LABELS[field][0] for field in ("code", "name") if field not in at]
    if missing:
        details = {"rows": LOOKED_THROUGH, "missing": ", ".join(missing), "names": ", ".join(LABELS[one][0] for one in ("code", "name"))}
        problems.append(Problem(NO_HEADS, Place(file), details=details))
        return []
    known = "、".join(names[0] for names in LABELS.values())
    problems += [Problem(UNREAD, Place(file, head + 1, column + 1), details={"head": text[:40], "known": known})
                 for column, text in enumerate(grid.rows[head]) if text.strip() and column not in at.values()]
    made = []
    for number, cells in enumerate(grid.rows[head + 1:], head + 2):
        texts = {field: cells[column].strip() for field, column in at.items() if column < len(cells)}
        if any(texts.values()):
            made.append(_Row(texts, at, file, number))
    return made


def _named(row: Sequence[str]) -> dict[str, int]:
    heads = {_plain(text): column for column, text in reversed(list(enumerate(row))) if text.strip()}
    return {field: heads[_plain(name)] for field, names in LABELS.items()
            for name in reversed(names) if _plain(name) in heads}


def _plain(head: str) -> str:
    return _ODD.sub("", unicodedata.normalize("NFKC", head)).lower()


def _matter(row: _Row, model: Model, problems: list[Problem]) -> Matter | None:
    before = len(problems)
    values: dict[str, Any] = {}
    for field in LABELS:
        text = row.cells.get(field, "")
        if not text and field not in ("code", "name"):
            continue
        value, wrong = _value(field, text, model)
        if wrong is not None:
            problems.append(row.problem(field, text, *wrong))
        else:
            values[field] = value
    if len(problems) > before:
        return None
    matter = Matter(**{"version": 1, **values})
    if matter.since and matter.until and matter.until < matter.since:
        problems.append(row.problem("until", matter.until, ("day after it came in force", "生效之后的日期"),
                                    (f"{matter.since} or later, or nothing", f"{matter.since} 或之后，或留空")))
        return None
    return matter


_Wrong = tuple[tuple[str, str], tuple[str, str]]


def _value(field: str, text: str, model: Model) -> tuple[Any, _Wrong | None]:
    """The value of a cell, or what it should have been."""
    word = "".join(unicodedata.normalize("NFKC", text).split())
    if field in CODED:
        words = model.codes[CODED[field]].words
        found = next((name for name, labels in words.items() if text in (name, *labels)), None)
        listed = " / ".join(labels[0] for labels in words.values())
        return found, None if found else (("word of this list", "本列可用的词"), (listed, listed))
    if field in ("version", "legal_limit", "promised_limit"):
        good = word.isascii() and word.isdigit() and 0 < len(word) < 7 and (int(word) > 0 or field != "version")
        return (int(word) if field == "version" else str(int(word))) if good else None, None if good else (
            ("whole number", "整数"), ("digits, such as 1", "数字，如 1"))
    if field in ("since", "until"):
        return _day(word)
    if field == "region":
        return word, None if _REGION.fullmatch(word) else (("region code", "行政区划代码"), ("6, 9 or 12 digits", "6、9 或 12 位数字"))
    if field in _CODES:
        return word, None if _CODE.fullmatch(word) else (
            ("code", "编码"), ("2 to 60 letters, digits, `.`, `_` or `-`", "2 至 60 个字母、数字、点、下划线或连字符"))
    name = " ".join(text.split())
    good = bool(name) and len(name) <= _LONGEST and name.isprintable()
    return name, None if good else (("name", "名称"), (f"1 to {_LONGEST} printable characters", f"1 至 {_LONGEST} 个可见字符"))


def _day(word: str) -> tuple[str, _Wrong | None]:
    match = _DAY.fullmatch(word)
    try:
        if match:
            return date(*(int(part) for part in match.groups())).isoformat(), None
    except ValueError:
        pass  # told below, as any other text that is no day
    return "", (("date", "日期"), ("a date such as 2014-12-31", "如 2014-12-31 的日期"))


def _once(matters: Sequence[tuple[_Row, Matter]], problems: list[Problem]) -> None:
    first: dict[tuple[str, int], int] = {}
    for row, matter in matters:
        known = first.setdefault(matter.key, row.number)
        if known != row.number:
            details = {"code": matter.code, "version": matter.version, "first": known}
            problems.append(Problem(TWICE, row.place("code"), LABELS["code"][0], details))

"""Importing a year of the calendar from the table an office keeps: .csv or .xlsx, one day or row of days a line."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from guantong.config.calendar import LONGEST_ROW, days_in, written
from guantong.mapping.excel.guard import guarded
from guantong.problems import Place, Problem
from guantong.supervision.codes import MIXED_YEARS, NO_COLUMN, NO_TABLE, NOT_A_DAY, NOT_A_KIND

MOST_BYTES, MOST_ROWS = 1024 * 1024, 2000
_COLUMNS = {"day": ("日期", "date", "day"), "kind": ("类型", "kind", "type"), "name": ("名称", "节日", "name", "holiday")}
_KINDS = {"放假": "off", "休息": "off", "休": "off", "off": "off", "上班": "work", "调休上班": "work", "班": "work",
          "work": "work"}
_WIDE = str.maketrans("０１２３４５６７８９－．", "0123456789-.")


@dataclass(slots=True)
class DayTable:
    """What a table says: days off and days on by holiday, in the order of the rows."""

    off: dict[str, list[date]] = field(default_factory=dict)
    work: dict[str, list[date]] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        return sorted(day for named in (self.off, self.work) for days in named.values() for day in days)

    def year(self, wanted: int | None) -> int | None:
        """The year the days are of: *wanted*, or the one that all but the December before lie in."""
        years = {day.year for day in self.days}
        if wanted is None and years:
            wanted = max(years)
        fits = wanted is not None and all(day.year == wanted or (day.year, day.month) == (wanted - 1, 12)
                                          for day in self.days)
        return wanted if fits else None


def read_table(body: bytes, name: str) -> tuple[DayTable, list[Problem]]:
    """The days in *body*, named *name* in problems; each mistake at its row and column."""
    if len(body) > MOST_BYTES:
        what, what_zh = f"over {MOST_BYTES} bytes", f"超过 {MOST_BYTES} 字节"
        return DayTable(), [Problem(NO_TABLE, Place(name), details={"what": what, "what_zh": what_zh})]
    rows, problems = _xlsx(body, name) if name.lower().endswith(".xlsx") else _csv(body, name)
    if problems:
        return DayTable(), problems
    return _table(rows, name)


def file_of(table: DayTable, year: int, source: str) -> str:
    """The text of the calendar file of *year*."""
    lines = [f"# {year} 年放假与调休上班日。off 为放假（含周末），work 为因调休而上班的周六、周日。",
             f"# Days off and make-up working days of {year}.", f"year: {year}", f"source: {_quoted(source)}"]
    for key, named in (("off", table.off), ("work", table.work)):
        if named or key == "off":
            lines.append(f"{key}:" if named else f"{key}: {{}}")
        for holiday, days in named.items():
            rows = written(days)
            lines.append(f"  {_quoted(holiday)}: " + (rows[0] if len(rows) == 1 else f"[{', '.join(rows)}]"))
    return "\n".join(lines) + "\n"


def mixed_years(table: DayTable, name: str) -> Problem:
    """The problem that the days of *table* are of more than one year."""
    years = ", ".join(str(year) for year in sorted({day.year for day in table.days})) or "-"
    return Problem(MIXED_YEARS, Place(name), details={"years": years})


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"' if not text.isalnum() else text


def _csv(body: bytes, name: str) -> tuple[list[list[str]], list[Problem]]:
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(charset)
        except UnicodeDecodeError:
            continue
        reader = csv.reader(io.StringIO(text))
        try:
            return [row for _, row in zip(range(MOST_ROWS), reader, strict=False)], []
        except csv.Error:
            break
    what, what_zh = "it is no table of comma-separated values", "不是逗号分隔的表"
    return [], [Problem(NO_TABLE, Place(name), details={"what": what, "what_zh": what_zh})]


def _xlsx(body: bytes, name: str) -> tuple[list[list[str]], list[Problem]]:
    refused = guarded(body, name)
    if refused:
        return [], refused
    from openpyxl import load_workbook  # an extra: who imports a .csv needs it not

    try:
        sheet = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False).worksheets[0]
        rows = [[_cell(value) for value in row]
                for row in sheet.iter_rows(max_row=MOST_ROWS, max_col=50, values_only=True)]
    except Exception as error:  # noqa: BLE001  the library raises anything on a malformed file
        what = type(error).__name__
        return [], [Problem(NO_TABLE, Place(name), details={"what": what, "what_zh": what})]
    return rows, []


def _cell(value: object) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value if value is not None else "")


def _table(rows: Sequence[Sequence[str]], name: str) -> tuple[DayTable, list[Problem]]:
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    found = {key: next((heads.index(word) for word in words if word in heads), None) for key, words in _COLUMNS.items()}
    missing = [Problem(NO_COLUMN, Place(name, 1, 1), details={"column": _COLUMNS[key][0]})
               for key, column in found.items() if column is None]
    if missing:
        return DayTable(), missing
    table, problems = DayTable(), list[Problem]()
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            problems += _take(table, row, {key: column or 0 for key, column in found.items()}, name, number)
    return table, problems


def _take(table: DayTable, row: Sequence[str], at: dict[str, int], name: str, number: int) -> Iterator[Problem]:
    cell = {key: (row[column].strip() if column < len(row) else "") for key, column in at.items()}
    kind = _KINDS.get(cell["kind"].lower())
    if kind is None:
        came = cell["kind"][:60]
        details = {"came": f'"{came}"' if came else "nothing", "came_zh": f"“{came}”" if came else "空值"}
        yield Problem(NOT_A_KIND, Place(name, number, at["kind"] + 1), details=details)
    try:
        days = days_in(_dashed(cell["day"]))
    except ValueError:
        came = cell["day"][:60]
        details = {"expected": f"a day, or a row of at most {LONGEST_ROW} days",
                   "expected_zh": f"日期，或至多连续 {LONGEST_ROW} 日的起止日期",
                   "came": f'"{came}"' if came else "nothing", "came_zh": f"“{came}”" if came else "空值"}
        yield Problem(NOT_A_DAY, Place(name, number, at["day"] + 1), details=details)
        return
    if kind is not None:
        named = table.off if kind == "off" else table.work
        named.setdefault(cell["name"] or ("放假" if kind == "off" else "调休"), []).extend(days)


def _dashed(text: str) -> str:
    """Days as spreadsheets and people write them: `2026/10/1`, `2026年10月1日`, `20261001`, `2026-10-01至2026-10-07`."""
    first, mark, last = text.translate(_WIDE).replace("至", "..").replace("～", "..").replace("~", "..").partition("..")
    return "..".join(_one(part.strip()) for part in ((first, last) if mark else (first,)))


def _one(text: str) -> str:
    if len(text) == 8 and text.isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    parts = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-").split("-")
    return "-".join((parts[0], *(part.strip().zfill(2) for part in parts[1:])))

"""Sites written as a table: what `import` reads back as it was, and the empty one to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from guantong.mapping.excel.formulas import as_text
from guantong.sites.cells import LEVEL_WORDS
from guantong.sites.columns import LABELS, TEMPLATE
from guantong.sites.site import Site
from guantong.sites.table import NOTES

SHEET = "站点"
WIDTHS: Mapping[str, int] = {"code": 18, "name": 32, "level": 8, "parent": 18, "region": 16, "address": 40, "phone": 16}
NOTE_ROWS = (
    ("列 Column", "说明", "Meaning"),
    ("站点编码", "必填；字母、数字、点、下划线或连字符；可用 12 位行政区划代码；窗口编码在同一大厅内不重复即可",
     "needed; letters, digits, . _ -; a 12-digit region code will do; a window's need only be unique in its hall"),
    ("站点名称", "必填", "needed"),
    ("级别", "市、县区（含管委会）、镇街、村居、窗口；不填则由行政区划代码推定", "else told from the region code"),
    ("上级", "上级站点的编码或名称；不填则由行政区划代码推定", "code or name; else told from the region code"),
    ("行政区划代码", "6、9 或 12 位；可用国标之外的代码（如管委会）；不填时取站点编码", "outside GB/T 2260 too; else the site's code"),
    ("地址", "可不填", "may be left out"),
    ("电话", "办公电话，可不填", "of the office; may be left out"),
    ("启用日期", "如 2014-12-31，可不填", "may be left out"),
    ("停用日期", "填写后该站点视为停用；站点不会被删除", "the site counts as closed from then; none is ever removed"),
)


def as_workbook(sites: Iterable[Site]) -> bytes:
    """An .xlsx workbook of *sites* in their order, with a sheet that explains the columns."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    sheet.freeze_panes = "A2"
    rows: Sequence[Sequence[str]] = [[LABELS[field] for field in TEMPLATE], *map(_cells, sites)]
    for number, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.number_format = "@"  # a code is no number
            cell.value = text or None
            if text:
                cell.data_type = "s"  # a text that begins with = is no formula
    notes = book.create_sheet(NOTES[0])
    for line in NOTE_ROWS:
        notes.append(line)
    for cell in (*sheet[1], *notes[1]):
        cell.font = Font(bold=True)
    for column, field in enumerate(TEMPLATE, 1):
        sheet.column_dimensions[get_column_letter(column)].width = WIDTHS.get(field, 12)
    for letter, width in zip("ABC", (16, 70, 70), strict=True):
        notes.column_dimensions[letter].width = width
    return _bytes(book)


def as_csv(sites: Iterable[Site]) -> bytes:
    """Delimited text in UTF-8 with a mark, which office programs read rightly."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([LABELS[field] for field in TEMPLATE])
    writer.writerows(map(as_text, _cells(site)) for site in sites)
    return out.getvalue().encode("utf-8-sig")


def _cells(site: Site) -> list[str]:
    said = site.as_json() | {"level": LEVEL_WORDS[site.level].split()[0], "parent": site.parent}
    return [said[field] for field in TEMPLATE]


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

"""The monthly sheet as a workbook: a row for each town, one for each county, and one for all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from guantong.reconcile.monthly import NO_TOWN, Counts, County
from guantong.reconcile.sheet import printable

HEADS = ("县区", "镇街", "受理件数", "按时办结", "超期", "在办未到期", "无时限", "资料完整", "数据准确", "被退回", "内容已清除", "按时率", "完整率", "准确率",
         "对账天数", "对账缺少", "对账不一致")
NOT_TOLD = "未注明镇街"
TOTAL = "合计"
_SHARES = (12, 13, 14)
"""The columns that are shares."""


class SheetRow(NamedTuple):
    """One row: the place, its counts, its shares (None where nothing is to be shared), and the nights of a county."""

    county: str
    town: str
    counts: Counts
    nights: tuple[int, int, int] | None = None

    @property
    def shares(self) -> tuple[float | None, ...]:
        """In time of those that were due, complete and correct of those that are still kept."""
        counts = self.counts
        kept = counts.accepted - counts.gone
        return tuple(round(part / whole, 4) if whole else None for part, whole in (
            (counts.in_time, counts.in_time + counts.late), (counts.complete, kept), (counts.correct, kept)))


def rows_of(counties: Sequence[County]) -> list[SheetRow]:
    """The rows: each county's towns, the county, and at the end all of them."""
    rows: list[SheetRow] = []
    total = Counts()
    for county in counties:
        towns = sorted(county.towns.items(), key=lambda one: (one[0] == NO_TOWN, one[0]))
        rows += [SheetRow(county.name, name or NOT_TOLD, counts) for name, counts in towns]
        rows.append(SheetRow(county.name, TOTAL, county.all, (county.nights, county.missing, county.different)))
        total.add(county.all)
    nights = sum(one.nights for one in counties), sum(one.missing for one in counties), sum(one.different for one in counties)
    return [*rows, SheetRow(TOTAL, "", total, nights)]


def as_workbook(counties: Sequence[County], month: str) -> bytes:
    """An .xlsx workbook."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = f"{month} 月报"
    sheet.append([f"{month} 办件数据质量月报"])
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.append(HEADS)
    for cell in sheet[2]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="center")
    for row in rows_of(counties):
        sheet.append([printable(row.county), printable(row.town), *row.counts.as_json().values(), *row.shares, *(row.nights or ("", "", ""))])
        for column in (1, 2):
            sheet.cell(sheet.max_row, column).data_type = "s"  # a name that begins with = is no formula
        for column in _SHARES:
            sheet.cell(sheet.max_row, column).number_format = "0.0%"
        if row.nights is not None:
            for cell in sheet[sheet.max_row]:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "C3"
    for letter, width in (("A", 16), ("B", 22)):
        sheet.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

"""Who is connected, as a workbook for those who ask: the counties' shares, and the sites not yet connected."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from openpyxl import Workbook
from openpyxl.styles import Font

from guantong.clock import shown
from guantong.sites.connected import COUNTED, Connected, Target
from guantong.sites.site import Level

SHARES, MISSING = "接入情况", "未接入"


def as_report(found: Connected, targets: Sequence[Target], ways: Mapping[str, str]) -> bytes:
    """An .xlsx workbook of *found*; *ways* are the shown names of the ways cases are handled in."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHARES
    used = [way for way in ways if any(one.cases[way] for one in found.counties)]
    heads = ["县区", "镇街数", "已接入镇街", "镇街占比", "村居数", "已接入村居", "村居占比"]
    heads += [f"距 {one.share:.0%}（{one.by}）差{level.zh}" for one in targets for level in COUNTED]
    sheet.append([*heads, "首次办件", "最近办件", *(ways[way] for way in used)])
    for one in found.counties:
        row: list[str | int | float] = [one.county.name]
        for level in COUNTED:
            reached = one.of(level)
            row += [reached.total, len(reached.connected), reached.share]
        row += [one.of(level).lacking(target) for target in targets for level in COUNTED]
        row += [shown(at) if at else "" for at in (one.first_at, one.last_at)]
        sheet.append([*row, *(one.cases[way] for way in used)])
        sheet.cell(sheet.max_row, 1).data_type = "s"  # a name that begins with = is no formula
        for column in (4, 7):
            sheet.cell(sheet.max_row, column).number_format = "0.0%"
    missing = book.create_sheet(MISSING)
    missing.append(["县区", "级别", "站点编码", "站点名称"])
    for one in found.counties:
        for level in (Level.TOWN, Level.VILLAGE):
            for site in one.of(level).missing:
                missing.append([one.county.name, level.zh, site.code, site.name])
                for cell in missing[missing.max_row]:
                    cell.data_type = "s"  # a text that begins with = is no formula
    for cell in (*sheet[1], *missing[1]):
        cell.font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

"""The list of network openings (网络开通清单), as a workbook that can be sent to the network's administrators as it is."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.paper.network import openings

HEADS = ("序号", "源（发起方）", "源 IP（请填写）", "目的地址", "目的端口", "协议", "用途", "开通情况")
WIDTHS = (6, 30, 18, 34, 10, 12, 46, 16)
FIRST = 4
"""The row of the first opening."""


def openings_workbook(configuration: Configuration, title: str, systems: Sequence[System], day: str) -> bytes:
    """The workbook."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "网络开通清单"
    rows = openings(configuration, systems)
    _line(sheet, 1, f"{title}网络开通清单", Font(name="黑体", size=16, bold=True))
    _line(sheet, 2, f"申请单位：                        日期：{day}        配置版本：{configuration.version}", Font(name="宋体", size=10))
    thin = Side(style="thin", color="808080")
    frame = Border(left=thin, right=thin, top=thin, bottom=thin)
    told: list[tuple[str | int, ...]] = [HEADS, *((number, one.source, "", one.target, one.port or "以对方为准", f"TCP / {one.protocol}", one.why, "")
                     for number, one in enumerate(rows, 1))]
    for row, values in enumerate(told, FIRST - 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(row, column, value)
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with = is no formula
            cell.border, cell.font = frame, Font(name="宋体", size=10, bold=row == FIRST - 1)
            cell.alignment = Alignment(vertical="center", wrap_text=True, horizontal="center" if column in (1, 5, 6) or row == FIRST - 1 else "left")
            if row == FIRST - 1:
                cell.fill = PatternFill("solid", fgColor="E7EBF0")
        sheet.row_dimensions[row].height = 22 if row == FIRST - 1 else 34
    last = FIRST + len(rows)
    note = "说明：均为 TCP，由源发起；应答经同一连接返回，无需反向开通。中枢服务器的 IP 及监听地址为 127.0.0.1 的，请改填实际地址。"
    _line(sheet, last + 1, note, Font(name="宋体", size=9))
    sheet.row_dimensions[last + 1].height = 30
    _line(sheet, last + 3, "申请人：                    审核人：                    网络管理员：                    日期：", Font(name="宋体", size=10))
    _print(sheet)
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def _line(sheet: Worksheet, row: int, text: str, font: Font) -> None:
    """A text over the whole width."""
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(HEADS))
    cell = sheet.cell(row, 1, text)
    cell.data_type = "s"
    cell.font = font
    cell.alignment = Alignment(horizontal="center" if row == 1 else "left", vertical="center", wrap_text=True)
    sheet.row_dimensions[row].height = 30 if row == 1 else 20


def _print(sheet: Worksheet) -> None:
    for letter, width in zip("ABCDEFGH", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{FIRST - 1}:{FIRST - 1}"
    sheet.freeze_panes = f"A{FIRST}"
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(center=_HeaderFooterPart("第 &P 页 共 &N 页"))

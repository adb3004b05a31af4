"""What was found, as a workbook (对账单): the counts, and a row for each key that does not agree."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from guantong.model import Model
from guantong.reconcile.outcome import AT_TARGET, WORDS, Found, Line, Word

SUMMARY, DIFFERENCES, UNREADABLE = "汇总", "差异", "无法读取"
MOST = 1_000_000
"""Rows of a sheet: more do not fit."""
_HEADS = ("核对结果", "过程信息", "编号", "发生时间", "来源版本", "本处版本", "不一致的字段", "目标", "目标情况", "推送编号", "报文编号", "来源位置")
Cell = str | int | None


class Sheet:
    """Rows are written as they come."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._book = Workbook(write_only=True)
        self._summary: Any = self._book.create_sheet(SUMMARY)
        self._lines: Any = self._book.create_sheet(DIFFERENCES)
        self._lines.freeze_panes = "A2"
        for column, width in zip("ABCDEFGHIJKL", (12, 14, 32, 26, 9, 9, 24, 20, 10, 10, 10, 34), strict=True):
            self._lines.column_dimensions[column].width = width
        self._lines.append(self._head(self._lines, _HEADS))
        self._rows = 0
        self._left_out = 0

    def add(self, line: Line) -> None:
        """A row for each target where it does not agree, one at least."""
        event = self._model.events.get(line.event)
        said: list[Cell] = [WORDS[line.word.value], event.title_zh if event else line.event, line.number, line.occurred,
                            line.version_there, line.version_here, "、".join(map(self._label, line.differs))]
        beside: list[Cell] = [f"M{line.message}" if line.message else "", line.place]
        rows = [[*said, name, AT_TARGET[one.word], f"D{one.delivery}", *beside] for name, one in line.targets.items()] or [[*said, "", "", "", *beside]]
        for row in rows:
            if self._rows >= MOST:
                self._left_out += 1
                continue
            self._rows += 1
            self._lines.append(self._cells(self._lines, row))

    def bytes(self, found: Found) -> bytes:
        """The workbook, with what was counted."""
        sheet = self._summary
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 24
        rows: list[list[Cell]] = [["系统", found.system], ["日期", str(found.days)], ["结论", "账目相符" if found.agree else "有差异"],
                                  ["来源件数", found.source], ["接收件数", found.accepted]]
        rows += [[WORDS[word.value], found.words[word.value]] for word in Word]
        rows += [[WORDS["unreadable"], found.unreadable], ["未能比对内容", found.uncompared]]
        for row in rows:
            sheet.append(self._cells(sheet, row))
        sheet.append([])
        sheet.append(self._head(sheet, ("目标", *AT_TARGET.values())))
        for name, states in sorted(found.targets.items()):
            sheet.append(self._cells(sheet, [name, *(states[word] for word in AT_TARGET)]))
        if self._left_out:
            sheet.append(self._cells(sheet, [f"差异过多，另有 {self._left_out} 行未列出"]))
        if found.places:
            places: Any = self._book.create_sheet(UNREADABLE)
            places.append(self._head(places, (f"位置（前 {len(found.places)} 处）",)))
            for place in found.places:
                places.append(self._cells(places, [place]))
        out = io.BytesIO()
        self._book.save(out)
        return out.getvalue()

    def _label(self, path: str) -> str:
        declared = self._model.field(path)
        return "内容" if path == "*" else "版本" if path == "version" else declared.label_zh if declared else path

    @staticmethod
    def _head(sheet: Any, heads: Iterable[str]) -> list[SheetCell]:
        cells = [WriteOnlyCell(sheet, head) for head in heads]
        for cell in cells:
            cell.font = Font(bold=True)
        return cells

    @staticmethod
    def _cells(sheet: Any, row: Iterable[Cell]) -> list[SheetCell]:
        return [text_cell(sheet, value) for value in row]


def text_cell(sheet: Any, value: Cell | float) -> SheetCell:
    """A cell: a number is a number, and a text that begins with = is no formula."""
    cell = WriteOnlyCell(sheet, printable(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def printable(text: str) -> str:
    """*text* without what a workbook cannot hold."""
    return "".join(char if char.isprintable() or char == " " else "\ufffd" for char in text)[:32_000]

"""The rows of a sheet (ECMA-376-1, 18.3.1.73), and the texts that cells share (18.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guantong_adapters.files.splitting.cells import MOST_COLUMNS, NoCell, Texts, column_of, in_a_row, inside
from guantong_adapters.files.splitting.partscan import PartScan, ways
from guantong_adapters.files.splitting.shell import Unsplittable

_MOST_ROWS = 1_048_576
_NO_RECORD = float("-inf")


class Row(NamedTuple):
    """The number of a row that is not blank, and its cells."""

    number: int
    cells: str


class _Texts(PartScan):
    """Collects a text: its plain part, the last where there are several, then its runs. Phonetic runs and formats are none of it."""

    TEXTS = frozenset({"t"})

    def __init__(self, name: str, most: int) -> None:
        super().__init__(name, most)
        self._plain, self._run = "", ""
        self._runs: list[str] = []
        self._in_run = False

    def begins(self, state: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 -- what it overrides has it
        if state == "t":
            self.said.clear()
        elif state == "r":
            self._in_run, self._run = True, ""

    def ends(self, state: str) -> None:
        if state == "t":
            text = "".join(self.said)
            if self._in_run:
                self._run = text
            else:
                self._plain = text
        elif state == "r":
            self._in_run = False
            self._runs.append(self._run)

    def taken(self) -> str:
        """The text that ended; the next begins."""
        text, self._plain = self._plain + "".join(self._runs), ""
        self._runs.clear()
        return text


class SharedScan(_Texts):
    """`found` are the texts since it was emptied last."""

    WAYS = ways(part="sst", sst="si", si="t r", r="t")

    def __init__(self, name: str, most: int) -> None:
        super().__init__(name, most)
        self.found: list[str] = []

    def begins(self, state: str, attributes: Mapping[str, str]) -> None:
        if state == "si":
            self.tags = self.size = 0
        else:
            super().begins(state, attributes)

    def ends(self, state: str) -> None:
        if state == "si":
            self.tags = _NO_RECORD
            self.found.append(self.taken().replace("x005F_", ""))  # an escaped underscore, as the codec reads it
        else:
            super().ends(state)


class SheetScan(_Texts):
    """`rows` are those since it was emptied last. *formats* gives a cell's format its number in a part."""

    WAYS = ways(part="worksheet", worksheet="sheetData", sheetData="row", row="c", c="v is", **{"is": "t r"}, r="t")
    TEXTS = frozenset({"t", "v"})

    def __init__(self, name: str, most: int, shared: Texts, formats: Sequence[int]) -> None:
        super().__init__(name, most)
        self.rows: list[Row] = []
        self._shared, self._formats = shared, formats
        self._number = self._count = self._column = 0
        self._cells: dict[int, str] = {}
        self._kind, self._format = "n", ""
        self._value: str | None = None
        self._inline = False

    def begins(self, state: str, attributes: Mapping[str, str]) -> None:
        if state == "c":
            self._begin_cell(attributes)
        elif state == "v":
            self.said.clear()
        elif state == "row":
            self._begin_row(attributes.get("r"))
        elif state == "is":
            self._inline = True
        else:
            super().begins(state, attributes)

    def ends(self, state: str) -> None:
        if state == "c":
            self._end_cell()
        elif state == "v":
            if self._value is None:
                self._value = "".join(self.said)
        elif state == "row":
            self.tags = _NO_RECORD
            if self._cells:
                self.rows.append(Row(self._number, in_a_row(self._cells)))
        else:
            super().ends(state)

    def _begin_row(self, said: str | None) -> None:
        self.tags = self.size = self._column = 0
        self._cells.clear()
        self._count += 1
        if self._count > _MOST_ROWS:
            raise self.broken(f"more than {_MOST_ROWS} rows", f"超过 {_MOST_ROWS} 行")
        number = self._number + 1 if said is None else _whole(said)
        if number is None:
            where, where_zh = (f"behind row {self._number}", f"第 {self._number} 行之后") if self._number else ("its first row", "首行")
            raise Unsplittable("it says a number that is none of a row", "行号有误", where, where_zh)
        if number <= self._number:
            raise Unsplittable(f"row {number} stands behind row {self._number}", f"第 {number} 行排在第 {self._number} 行之后",
                               f"row {number}", f"第 {number} 行")
        self._number = number

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        self._kind, self._format, self._value, self._inline = attributes.get("t", "n"), attributes.get("s", ""), None, False
        said = attributes.get("r")
        try:
            self._column = column_of(said) if said else self._column + 1
            if self._column > MOST_COLUMNS:
                raise NoCell("more columns than a sheet has", "列数超过工作表上限")
        except NoCell as error:
            raise self._in_row(error.what, error.what_zh) from None

    def _end_cell(self) -> None:
        text = self.taken()
        try:
            made = inside(self._kind, self._value or "", text if self._inline else None, self._shared)
        except NoCell as error:
            raise self._in_row(error.what, error.what_zh) from None
        if made is None:
            self._cells.pop(self._column, None)
            return
        if self._kind == "n" and self._format.isascii() and self._format.isdigit() and int(self._format) < len(self._formats):
            made = f' s="{self._formats[int(self._format)]}"{made}'
        self.size += len(made)
        self._cells[self._column] = made

    def _in_row(self, what: str, what_zh: str) -> Unsplittable:
        return Unsplittable(what, what_zh, f"row {self._number}", f"第 {self._number} 行")


def _whole(said: str) -> int | None:
    """A row's number, as some programs write it."""
    try:
        number = float(said) if len(said) <= 20 else -1.0
    except ValueError:
        return None
    return int(number) if number.is_integer() and 0 < number < 1 << 31 else None

"""The formats of a workbook's cells, as far as they tell what a number means: a day, a time, an amount (ECMA-376-1, 18.8)."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from guantong_adapters.files.splitting.partscan import MAIN, PartScan, ways

_MOST, _LONGEST = 10_000, 500
"""Of formats, and of the characters of one."""


class Formats(PartScan):
    """Those of the part that holds them. `numbers` gives, by the number that a cell says, the one that it says in a part: there each kind of
    number has one."""

    WAYS = ways(part="styleSheet", styleSheet="numFmts cellXfs", numFmts="numFmt", cellXfs="xf")

    def __init__(self, name: str, most: int) -> None:
        super().__init__(name, most)
        self.numbers: list[int] = []
        self._codes: dict[str, str] = {}
        self._kept: dict[str, int] = {"0": 0}

    def begins(self, state: str, attributes: Mapping[str, str]) -> None:
        if state == "xf":
            self.numbers.append(self._kept.setdefault(attributes.get("numFmtId", "0")[:20], len(self._kept)))
        elif state == "numFmt":
            self._codes[attributes.get("numFmtId", "")[:20]] = attributes.get("formatCode", "")[:_LONGEST]
        if max(len(self._kept), len(self._codes)) > _MOST:
            raise self.broken(f"more than {_MOST} formats of numbers", f"数字格式超过 {_MOST} 种")

    def written(self) -> bytes:
        """The part of that name in a part of the file: formats of numbers, and nothing else of a cell's looks."""
        own = {number: self._codes[number] for number in self._kept if number in self._codes}
        codes = "".join(f"<numFmt numFmtId={quoteattr(number)} formatCode={quoteattr(code)}/>" for number, code in own.items())
        each = "".join(f'<xf numFmtId={quoteattr(number)} fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
                       for number in self._kept)
        return (f'<styleSheet xmlns="{MAIN}">{f"<numFmts>{codes}</numFmts>" if codes else ""}'
                '<fonts><font/></fonts><fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
                f"<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs>{each}</cellXfs>"
                '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>').encode()

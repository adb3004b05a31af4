"""The cells of one row as the fields of a site, each held to its form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from guantong.problems import Problem
from guantong.sites.codes import BAD_CELL, EMPTY_CELL
from guantong.sites.site import Level
from guantong.sites.table import Row

LEVEL_WORDS: Mapping[Level, str] = {
    Level.CITY: "市 地市 市级 地级市 city",
    Level.COUNTY: "县 区 县区 区县 县级 区级 县级市 管委会 功能区 开发区 county zone",
    Level.TOWN: "镇 街 街道 镇街 乡镇 乡 镇级 镇街级 街道办 town street",
    Level.VILLAGE: "村 居 村居 社区 居委 村委 居委会 村委会 村级 村居级 village",
    Level.WINDOW: "窗口 窗 window",
}
_LEVELS = {word: level for level, words in LEVEL_WORDS.items() for word in words.split()}
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,59}")
_REGION = re.compile(r"[0-9]{6}|[0-9]{9}|[0-9]{12}")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:00:00:00)?")
_LONGEST = {"name": 200, "address": 300, "phone": 100}


class Cells:
    """Reads one row; what is wrong goes to *problems*, and "" or None takes its place."""

    def __init__(self, row: Row, problems: list[Problem]) -> None:
        self._row = row
        self._problems = problems

    def code(self) -> str:
        """The site's own code, else its region's."""
        word = self._row.word("code") or self._row.word("region")
        if not word:
            self._empty("code" if "code" in self._row.columns.at else "region", "code", "编码")
        elif not _CODE.fullmatch(word):
            self._bad("code" if self._row.word("code") else "region", word, "code of a site", "站点编码",
                      "letters, digits, `.`, `_` and `-`, at most 60", "字母、数字、点、下划线或连字符，至多 60 个")
            return ""
        return word

    def region(self, code: str, level: Level | None) -> str:
        """The region's code, else the site's where that has the form of one."""
        word = self._row.word("region")
        if not word:
            return code if level is not Level.WINDOW and _REGION.fullmatch(code) else ""
        if not _REGION.fullmatch(word):
            self._bad("region", word, "region code", "行政区划代码", "6, 9 or 12 digits, such as 445202001201",
                      "6、9 或 12 位数字，如 445202001201")
            return ""
        return word

    def level(self, region: str) -> Level | None:
        """As written, else told from the region's code."""
        word = self._row.word("level").lower()
        if word in _LEVELS:
            return _LEVELS[word]
        if word:
            self._bad("level", word, "level", "级别", "市, 县区, 镇街, 村居 or 窗口", "市、县区、镇街、村居或窗口")
            return None
        if not region:
            if not self._row.word("region"):  # else that is what is wrong
                self._empty("level", "level", "级别", "or give a region code, which tells it", "或填写行政区划代码，由其推定级别")
            return None
        return level_of(region)

    def text(self, field: str, *, needed: bool = False) -> str:
        """A text of bounded length, printable; line ends and wide blanks in it count as one blank."""
        text = " ".join(self._row.text(field).split())
        if needed and not text:
            self._empty(field, field, "名称")
        if len(text) > _LONGEST[field] or not text.isprintable():
            limit = _LONGEST[field]
            self._bad(field, text, "text for this column", "此列可用的文本", f"at most {limit} printable characters",
                      f"至多 {limit} 个可见字符")
            return ""
        return text

    def day(self, field: str) -> str:
        """A date as `2014-12-31`."""
        word = self._row.word(field)
        found = _DATE.fullmatch(word)
        if word:
            try:
                if found:
                    return date(*(int(part) for part in found.groups())).isoformat()
            except ValueError:
                found = None
            self._bad(field, word, "date", "日期", "a date such as 2014-12-31", "如 2014-12-31 的日期")
        return ""

    def _empty(self, field: str, what: str, what_zh: str, advice: str = "or take the row out", advice_zh: str = "或删去该行") -> None:
        details = {"column": what, "column_zh": what_zh, "advice": advice, "advice_zh": advice_zh}
        self._problems.append(self._row.problem(EMPTY_CELL, field, **details))

    def _bad(self, field: str, came: str, what: str, what_zh: str, expected: str, expected_zh: str) -> None:
        details = {"came": came[:60], "what": what, "what_zh": what_zh, "expected": expected, "expected_zh": expected_zh}
        self._problems.append(self._row.problem(BAD_CELL, field, **details))


def level_of(region: str) -> Level:
    """The level a region code tells: two digits each down to the county, three each below."""
    whole = region.ljust(12, "0")
    for start, end, level in ((9, 12, Level.VILLAGE), (6, 9, Level.TOWN), (4, 6, Level.COUNTY)):
        if whole[start:end].strip("0"):
            return level
    return Level.CITY

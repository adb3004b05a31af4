"""What is wrong with YAML, for people who do not write it every day: libyaml's words in Chinese, and the
slips that cause most of them, found in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_ENGLISH = {
    "mapping values are not allowed in this context": "no colon belongs here, or the line is not indented as the one above",
    "did not find expected key": "a key belongs here; the indentation or a quote may be wrong",
    "did not find expected '-' indicator": "an item with - belongs here; the indentation may be wrong",
    "did not find expected ',' or '}'": "the bracket { is not closed, or a comma is missing",
    "did not find expected ',' or ']'": "the bracket [ is not closed, or a comma is missing",
    "did not find expected node content": "what the bracket holds is not whole",
    "could not find expected ':'": "this line has no colon",
    "but found another document": "a file holds one document, and a second one begins here (---)",
}
_CHINESE = {
    "but found another document": "一个文件只能有一篇，此处又开始了另一篇（---）",
    "found a tab character that violates indentation": "行首使用了制表符（Tab）",
    "found character that cannot start any token": "此处的字符不能作为值的开头",
    "could not find expected ':'": "这一行缺少冒号",
    "mapping values are not allowed in this context": "此处不应出现冒号，或缩进与上一行不一致",
    "did not find expected key": "此处应为一个键，缩进或引号可能有误",
    "did not find expected '-' indicator": "此处应为以 - 开头的列表项，缩进可能有误",
    "did not find expected ',' or '}'": "花括号 { 没有闭合，或缺少逗号",
    "did not find expected ',' or ']'": "方括号 [ 没有闭合，或缺少逗号",
    "did not find expected node content": "括号中的内容不完整",
    "found unexpected end of stream": "引号没有成对，直到文件末尾",
    "found undefined alias": "以 * 开头的值须加引号",
}
_NO_BLANK = re.compile(r"^\s*(?:- )?[\w.]+:(?![\s/]|$)")
_FULL_WIDTH = re.compile(r"^\s*(?:- )?[\w.]+：")
_NO_COLON = re.compile(r"^(\s*)[\w.]+ +[^\s:#][^:#]*$")
_MOST_LINES = 5000


def in_chinese(problem: str) -> str:
    """libyaml's *problem* in Chinese; as it is where it is a rare one."""
    return _CHINESE.get(problem, problem)


def in_english(problem: str) -> str:
    """libyaml's *problem* in plain English; as it is where that is plain already."""
    return _ENGLISH.get(problem, problem)


def is_open(problem: str) -> bool:
    """Whether libyaml complains of a bracket that is not closed, or of what stands in one."""
    return problem.startswith("did not find expected ',' or ")


class Slip(NamedTuple):
    """A likely slip: its line and column (from 1), what it is and what to write, in English and Chinese."""

    line: int
    what: str
    what_zh: str
    remedy: str
    remedy_zh: str
    column: int = 1


def slip(lines: Sequence[str], first: int, last: int, *, bracket: bool = False) -> Slip | None:
    """The slip in *lines* that most likely made the parser stop between line *first* and line *last*; *bracket* says
    that it stopped inside one."""
    for number in range(max(first - 1, 1), min(last, len(lines)) + 1):
        line = lines[number - 1]
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return Slip(number, "the line begins with a tab", "行首是制表符（Tab）", "write blanks", "请改用空格")
        if bracket and "\uff0c" in line.split(" #")[0]:
            return Slip(number, "the comma is a full-width one (\uff0c)", "逗号是全角的“\uff0c”", "write , and a blank",
                        "请改为半角逗号加空格", line.index("\uff0c") + 1)
        if _FULL_WIDTH.match(line):
            return Slip(number, "the colon is a full-width one (：)", "冒号是全角的“：”",
                        "write : and a blank", "请改为半角冒号加空格")
        if _NO_BLANK.match(line):
            return Slip(number, "no blank follows the colon", "冒号后没有空格", "write a blank after the colon",
                        "请在冒号后加一个空格")
    before = _NO_COLON.match(lines[last - 2]) if 1 < last <= len(lines) else None
    if before and lines[last - 1].startswith(before[1]) and not lines[last - 1][len(before[1]):].startswith((" ", "-")):
        return Slip(last - 1, "no colon follows the key", "键后面没有冒号", "write : and a blank after the key",
                    "请在键后写半角冒号和一个空格")
    for number, line in enumerate(lines[: min(last, _MOST_LINES)], 1):
        if not line.lstrip().startswith("#") and line.split(" #")[0].count('"') % 2:
            return Slip(number, "the quote has no end", "引号没有成对", "close it", "请补上另一个引号")
    return None

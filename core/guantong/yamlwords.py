"""What is wrong with YAML, for people who do not write it every day: libyaml's words in Chinese, and the
slips that cause most of them, found in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CHINESE = {
    "found a tab character that violates indentation": "行首使用了制表符（Tab）",
    "found character that cannot start any token": "此处的字符不能作为值的开头",
    "could not find expected ':'": "这一行缺少冒号",
    "mapping values are not allowed in this context": "此处不应出现冒号，或缩进与上一行不一致",
    "did not find expected key": "此处应为一个键，缩进或引号可能有误",
    "did not find expected '-' indicator": "此处应为以 - 开头的列表项，缩进可能有误",
    "did not find expected ',' or '}'": "花括号 { } 没有成对，或缺少逗号",
    "did not find expected ',' or ']'": "方括号 [ ] 没有成对，或缺少逗号",
    "did not find expected node content": "括号中的内容不完整",
    "found unexpected end of stream": "引号没有成对，直到文件末尾",
    "found undefined alias": "以 * 开头的值须加引号",
}
_NO_BLANK = re.compile(r"^\s*(?:- )?[\w.]+:(?![\s/]|$)")
_FULL_WIDTH = re.compile(r"^\s*(?:- )?[\w.]+：")
_MOST_LINES = 5000


def in_chinese(problem: str) -> str:
    """libyaml's *problem* in Chinese; as it is where it is a rare one."""
    return _CHINESE.get(problem, problem)


def slip(lines: Sequence[str], first: int, last: int) -> tuple[str, str]:
    """The likely slip in *lines* between line *first* and line *last* (from 1), as advice in English and
    Chinese that follows "mend the file at this place"; empty where none is seen."""
    for number in range(max(first - 1, 1), min(last, len(lines)) + 1):
        line = lines[number - 1]
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return f": line {number} begins with a tab, write blanks", f"：第 {number} 行行首是制表符，请改用空格"
        if _FULL_WIDTH.match(line):
            return (f": line {number} has the full-width colon ：, write : and a blank",
                    f"：第 {number} 行用了全角冒号“：”，请改为半角冒号加空格")
        if _NO_BLANK.match(line):
            return f": line {number} needs a blank after the colon", f"：第 {number} 行的冒号后缺少空格"
    for number, line in enumerate(lines[: min(last, _MOST_LINES)], 1):
        if not line.lstrip().startswith("#") and line.split(" #")[0].count('"') % 2:
            return f": the quote in line {number} has no end", f"：第 {number} 行的引号没有成对"
    return "", ""

"""Functions on white space and line breaks."""

from __future__ import annotations

from guantong.function import FunctionSpec

_BREAKS = str.maketrans(dict.fromkeys("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"))


def collapse_spaces(text: str) -> str:
    """Runs of white space as one space, none at the ends."""
    return " ".join(text.split())


def strip_newlines(text: str) -> str:
    """The text on one line: every line break removed, nothing put in its place."""
    return text.translate(_BREAKS)


FUNCTIONS = (
    FunctionSpec(
        "trim", 1, "Remove white space at both ends, the ideographic space too", "去掉首尾空白（含全角空格）",
        str.strip, None, "the spaces are not kept", ((" 张三 ", "张三"), ("　事项　", "事项"), ("a b", "a b"), ("  ", "")),
        idempotent=True,
    ),
    FunctionSpec(
        "collapse_spaces", 1, "Write runs of white space as one space, and none at the ends",
        "将连续空白合并为一个空格，并去掉首尾空白",
        collapse_spaces, None, "the spaces are not kept", (("a \t b", "a b"), (" 一　二 ", "一 二"), ("ab", "ab")),
        idempotent=True,
    ),
    FunctionSpec(
        "strip_newlines", 1, "Remove line breaks", "去掉换行符",
        strip_newlines, None, "the line breaks are not kept", (("一\r\n二", "一二"), ("ab", "ab"), ("\n", "")),
        idempotent=True,
    ),
)

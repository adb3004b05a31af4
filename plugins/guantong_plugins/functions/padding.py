"""Functions for columns of fixed width: CHAR columns and serial numbers with leading zeros.

Each takes off exactly what the other puts on, so both can be undone; a text that already begins (or ends)
with what is filled in would not come back, and is refused.
"""

from __future__ import annotations

from guantong.function import FunctionSpec, Parameter, ValueRefused

_WIDTH = Parameter("width", "integer", "how many characters the padded text has", "补足后的字符数", most=4000)
_ZEROS = Parameter("fill", "text", "the character filled in", "填充字符", most=1, default="0")
_BLANKS = Parameter("fill", "text", "the character filled in", "填充字符", most=1, default=" ")


def pad_left(width: int, fill: str, text: str) -> str:
    """*text* filled at the left. Raises `ValueRefused` for what is longer or begins with *fill*."""
    if text.startswith(fill):
        raise ValueRefused("it begins with the character that is filled in", "以填充字符开头")
    return _within(width, text).rjust(width, fill)


def unpad_left(width: int, fill: str, text: str) -> str:
    """*text* without what fills it at the left. Raises `ValueRefused` for another width."""
    return _whole(width, text).lstrip(fill)


def pad_right(width: int, fill: str, text: str) -> str:
    """*text* filled at the right. Raises `ValueRefused` for what is longer or ends with *fill*."""
    if text.endswith(fill):
        raise ValueRefused("it ends with the character that is filled in", "以填充字符结尾")
    return _within(width, text).ljust(width, fill)


def unpad_right(width: int, fill: str, text: str) -> str:
    """*text* without what fills it at the right. Raises `ValueRefused` for another width."""
    return _whole(width, text).rstrip(fill)


def _within(width: int, text: str) -> str:
    if len(text) > width:
        raise ValueRefused(
            f"expected at most {width} characters, got {len(text)}", f"应不超过 {width} 个字符，实际为 {len(text)} 个"
        )
    return text


def _whole(width: int, text: str) -> str:
    if len(text) != width:
        raise ValueRefused(
            f"expected {width} characters, got {len(text)}", f"应为 {width} 个字符，实际为 {len(text)} 个"
        )
    return text


FUNCTIONS = (
    FunctionSpec(
        "pad_left", 1, "Fill a text at the left up to a width in characters", "左侧补足到固定字符数",
        pad_left, unpad_left, "", (("42", "000042"), ("", "000000"), ("123456", "123456")),
        (_WIDTH, _ZEROS), ("6", "0"),
    ),
    FunctionSpec(
        "unpad_left", 1, "Take off what fills a text of fixed width at the left", "去掉固定宽度文本左侧的填充",
        unpad_left, pad_left, "", (("000042", "42"), ("000000", ""), ("123456", "123456")),
        (_WIDTH, _ZEROS), ("6", "0"),
    ),
    FunctionSpec(
        "pad_right", 1, "Fill a text at the right up to a width in characters", "右侧补足到固定字符数",
        pad_right, unpad_right, "", (("受理", "受理  "), ("", "    ")), (_WIDTH, _BLANKS), ("4",),
    ),
    FunctionSpec(
        "unpad_right", 1,
        "Take off what fills a text of fixed width at the right, such as a CHAR column; what the driver has"
        " already cut is another width and refused: `trim` takes both, and cannot be undone",
        "去掉固定宽度文本（如 CHAR 列）右侧的填充；宽度不符则拒绝，驱动已去空格的请用 trim（不可逆）",
        unpad_right, pad_right, "", (("受理  ", "受理"), ("    ", "")), (_WIDTH, _BLANKS), ("4",),
    ),
)

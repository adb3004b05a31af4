"""Functions on time limits written as words: `5个工作日` in one field, a number and a unit in ours."""

from __future__ import annotations

import re

from guantong.function import FunctionSpec, ValueRefused

_LIMIT = re.compile(r"\s*(0|[1-9][0-9]{0,5})\s*个?\s*(工作日|自然日|日历日|小时|分钟|月|天|日)\s*")
_WORKING_DAYS = re.compile(r"(0|[1-9][0-9]{0,5})个工作日")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")


def working_days(text: str) -> str:
    """The number in `5个工作日`. Raises `ValueRefused` for other words."""
    limit = _WORKING_DAYS.fullmatch(text)
    if limit is None:
        raise ValueRefused("expected a limit such as 5个工作日", "应为“5个工作日”形式的时限")
    return limit[1]


def _in_words(text: str) -> str:
    if _NUMBER.fullmatch(text) is None:
        raise ValueRefused("expected a whole number of days", "应为整数天数")
    return f"{text}个工作日"


def limit_number(text: str) -> str:
    """The number of a time limit in any unit. Raises `ValueRefused`."""
    return _limit(text)[1]


def limit_unit(text: str) -> str:
    """The unit of a time limit, as its word. Raises `ValueRefused`."""
    return _limit(text)[2]


def _limit(text: str) -> re.Match[str]:
    limit = _LIMIT.fullmatch(text)
    if limit is None:
        raise ValueRefused("expected a number and its unit, such as 5个工作日", "应为数字加单位，如“5个工作日”")
    return limit


FUNCTIONS = (
    FunctionSpec(
        "working_days", 1, "Read the number of working days in words", "读出“N个工作日”中的天数",
        working_days, _in_words, "", (("5个工作日", "5"), ("20个工作日", "20"), ("0个工作日", "0")),
    ),
    FunctionSpec(
        "limit_number", 1, "Take the number of a time limit in words, whatever its unit", "取时限文字中的数字",
        limit_number, None, "the unit and how it was written are not kept",
        (("5个工作日", "5"), ("30 天", "30"), ("2小时", "2")),
    ),
    FunctionSpec(
        "limit_unit", 1, "Take the unit of a time limit in words, for a code table", "取时限文字中的单位，供代码表翻译",
        limit_unit, None, "the number and how it was written are not kept",
        (("5个工作日", "工作日"), ("30 天", "天"), ("2小时", "小时")),
    ),
)

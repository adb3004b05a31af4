"""The cells of a workbook as the texts they were typed as; what Excel has spoiled is told, never guessed at."""

from __future__ import annotations

import datetime
from typing import Any

EXACT_DIGITS = 15
ERRORS = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})


class Spoiled(Exception):
    """A cell that no longer holds what was typed: what it does instead, behind "column 3" and "第 3 列"."""

    def __init__(self, what: str, what_zh: str) -> None:
        self.what = what
        self.what_zh = what_zh
        super().__init__(what)


def exact(value: Any) -> str:
    """A cell's value as text; "" for none. Numbers stand without what Excel adds to them, times as `2014-07-15 10:30:00`, days as
    `2014-07-15`. Raises `Spoiled` for an error, and for a number of more digits than Excel keeps."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith("#") and value in ERRORS:
            raise Spoiled(f"holds the error {value}", f"为错误值 {value}")
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d" if value.time() == datetime.time() else "%Y-%m-%d %H:%M:%S")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value)
    return str(value)


def _number(value: float) -> str:
    if abs(value) >= 10**EXACT_DIGITS:
        raise Spoiled(
            f"is a number of more than {EXACT_DIGITS} digits, whose last are lost",
            f"是超过 {EXACT_DIGITS} 位的数字，末尾几位已丢失，请改为文本格式重新填写",
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) else format(value, ".15g")

"""Generated values: for each type the ordinary ones, the edges, and what has broken integrations before.

Deterministic, so that a proof says the same today and tomorrow. Every person and number is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guantong.model import Field, Model

TEXTS = (
    "同意", "0", "01", "-1", "1e5", "true", "null", "NULL", "None", "无", "-", "N/A", " 前后有空格 ", "　全角空格　", "a  b", "tab\there",
    "两行\n文字", "回车\r\n换行\r", "控制\x00\x0b\x7f", "陈䶮", "𠮷野家", "買売㎡①Ⅳ", "ＡＢＣ１２３", "<a>&amp;</a>", "]]>", "\"引号\" 'it' \\", "{}[],:;|", "%41+&=?#", "é e\u0301",
    "👩‍👧 🇨🇳", "עברית مرحبا", "\u200b零宽\ufeff", "ﬁ ß İ", "=1+1", "'; --", "长" * 300,
)
_VALUES: Mapping[str, tuple[Any, ...]] = {
    "integer": (1, 0, -1, 15, 10**17),
    "money": ("120.50", "0.00", "-3.00", "1234567890.00", "0.123456"),
    "boolean": (True, False),
    "date": ("2014-07-15", "2016-02-29", "1900-01-01", "2099-12-31"),
    "datetime": (
        "2014-07-15T10:30:00+08:00", "2016-02-29T23:59:59+08:00", "2014-01-05T03:04:05+08:00", "2014-07-15T00:00:00+08:00",
        "2014-07-15T10:30:00.125+08:00", "2014-07-15T02:30:00+00:00",
    ),
    "region": ("445202", "445202001", "445202001002"),
    "organisation": ("006992012", "91445200MA4UJ7XK0X"),
    "identity": ("442326194708026313", "440525850416963", "11010519491231002X"),
    "credit": ("91445200MA4UJ7XK0X",), "blob": ("JVBERi0xLjQ=",),
}


def specimens(declared: Field, model: Model) -> tuple[Any, ...]:
    """The values a field is proven with; for a code every word of its list."""
    if declared.type == "code" and declared.codes is not None and declared.codes in model.codes:
        return tuple(model.codes[declared.codes].words)
    return _VALUES.get(declared.type, TEXTS)


def value_number(number: int, declared: Field, model: Model, inside: frozenset[str]) -> Any:
    """The *number*th value of a field (they begin again at the end). A list has two items of the fields
    *inside* it that the mapping carries."""
    if declared.type != "list":
        known = specimens(declared, model)
        return known[number % len(known)]
    carried = [item for name, item in declared.fields.items() if name in inside]
    return [
        {item.path: value_number(number + order + beside, item, model, frozenset()) for beside, item in enumerate(carried)}
        for order in range(2)
    ]


def plain_value(number: int, declared: Field, model: Model, inside: frozenset[str]) -> Any:
    """An ordinary value, of texts one of their own for each *number*."""
    if declared.type == "list":
        carried = [item for name, item in declared.fields.items() if name in inside]
        return [{item.path: plain_value(number + beside, item, model, frozenset()) for beside, item in enumerate(carried)}]
    return f"文字{number}" if declared.type == "text" else specimens(declared, model)[0]


def enough(fields: list[Field], model: Model) -> int:
    """How many events it takes to see every value of every one of *fields*."""
    return max((len(specimens(one, model)) for declared in fields for one in (declared, *declared.fields.values())), default=0)

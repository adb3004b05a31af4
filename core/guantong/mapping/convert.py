"""One value through one rule, either way. Used by the tolerant interpreter and, for whatever is not the
common case, by generated code: so the two agree by construction.

Each function gives the value and whether more than plain copying happened (`fired`), or raises `Refused`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from guantong.function import ValueRefused
from guantong.mapping.codes import (
    CHECK_DIGIT,
    FUNCTION_REFUSED,
    NO_TRANSLATION,
    NOT_IN_FORCE,
    NOT_TEXT,
    NOT_TYPE,
    TOO_LONG,
    WAITS_FOR_ROW,
)
from guantong.mapping.eras import periods
from guantong.mapping.rules import KEPT, CodeRow, CodeTable, Rule
from guantong.mapping.scalars import HOLDS, read_boolean, read_identity, read_integer, read_money
from guantong.problems import Code

_EXPECTED = {
    "integer": ("a whole number", "整数"), "money": ("an amount", "金额"), "boolean": ("1 or 0", "1 或 0"),
    "date": ("a date", "日期"), "datetime": ("a time", "日期时间"),
}
_SHAPES: dict[type, tuple[str, str]] = {
    str: ("a text", "文本"), dict: ("an object", "对象"), list: ("a list", "列表"), bool: ("true or false", "布尔值"),
    int: ("a number", "数字"), float: ("a fraction", "小数"), type(None): ("nothing", "空"),
}


class Refused(Exception):
    """A value the rule cannot take: the problem's code and details."""

    def __init__(self, code: Code, **details: Any) -> None:
        self.code = code
        self.details = details
        super().__init__(code.id)


def as_text(raw: Any, rule: Rule) -> str:
    """A native scalar as text. JSON's whole numbers and booleans are taken; anything else is refused."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int) or (isinstance(raw, float) and rule.type == "money"):
        return str(raw)
    raise _not_text(raw)


def _not_text(raw: Any) -> Refused:
    return wrong_shape(raw, "a text", "文本")


def wrong_shape(raw: Any, expected: str, expected_zh: str) -> Refused:
    """The refusal of a value of another shape than expected: its kind is told, never the value."""
    came, came_zh = _SHAPES.get(type(raw), ("something else", "其他"))
    return Refused(NOT_TEXT, expected=expected, expected_zh=expected_zh, came=came, came_zh=came_zh)


def apply_steps(rule: Rule, text: str) -> str:
    """The text after the rule's value functions."""
    for step in rule.via:
        try:
            text = step.apply(text)
        except ValueRefused as error:
            raise Refused(FUNCTION_REFUSED, function=step.name, what=str(error), what_zh=error.zh) from error
    return text


def to_canonical(rule: Rule, text: str, day: str | None = None) -> tuple[Any, bool]:
    """The canonical value of a native *text* that is not empty; *day* is the event's own, where it is known."""
    if rule.table is not None:
        return _code_in(rule, rule.table, text, day)
    kind = rule.type
    value: Any = text
    if kind == "integer":
        value = read_integer(text)
    elif kind == "money":
        value = read_money(text)
    elif kind == "boolean":
        value = read_boolean(text)
        return _typed(rule, text, value), text not in ("1", "0")
    elif kind in ("date", "datetime"):
        return _date_in(rule, text)
    elif kind == "identity":
        value = read_identity(text)
    if rule.strict and kind in HOLDS and not HOLDS[kind](value):
        raise Refused(CHECK_DIGIT)
    value = _typed(rule, text, value)
    return value, str(value) != text


def _typed(rule: Rule, text: str, value: Any) -> Any:
    if value is None:
        expected, expected_zh = _EXPECTED[rule.type]
        raise Refused(NOT_TYPE, expected=expected, expected_zh=expected_zh, length=len(text))
    return value


def _code_in(rule: Rule, table: CodeTable, text: str, day: str | None) -> tuple[Any, bool]:
    now = table.on(day)
    newest = bool(table.eras) and not day
    word = now.read.get(text)
    if word is not None:
        return _word(rule, word), newest
    word = now.also.get(text) or rule.otherwise
    if word is None:
        raise _untranslated(rule, table, day, text, now.read, [row for row in table.rows if row.reads(text)])
    return text if word == KEPT else _word(rule, word), True


def _word(rule: Rule, word: str) -> Any:
    return word == "true" if rule.type == "boolean" else word


def _untranslated(
    rule: Rule, table: CodeTable, day: str | None, came: str, known: Iterable[str], elsewhere: Iterable[CodeRow]
) -> Refused:
    """The refusal of a code without translation; *elsewhere* are its rows of other days."""
    shown = "" if rule.personal else repr(came[:40])
    when, when_zh = (f" for {day}", f"（{day}）") if table.eras and day else ("", "")
    if rule.waits:
        return Refused(WAITS_FOR_ROW, came=shown, table=table.name, when=when, when_zh=when_zh)
    others = tuple(elsewhere)
    if others and day:
        known_from, known_from_zh = periods(others)
        return Refused(NOT_IN_FORCE, came=shown, table=table.name, day=day, periods=known_from,
                       periods_zh=known_from_zh)
    return Refused(NO_TRANSLATION, came=shown, table=table.name, expected=", ".join(known))


def _date_in(rule: Rule, text: str) -> tuple[str, bool]:
    for order, form in enumerate(rule.formats):
        value = form.read(text)
        if value is not None:
            return value, order > 0 or form.write(value) != text
    expected, expected_zh = _EXPECTED[rule.type]
    listed = " / ".join(form.pattern for form in rule.formats)
    raise Refused(
        NOT_TYPE, expected=f"{expected} as in {listed}", expected_zh=f"{expected_zh}（{listed}）", length=len(text)
    )


def to_native(rule: Rule, value: Any, day: str | None = None) -> tuple[Any, bool]:
    """The native text (of a `number` rule: the number) of a canonical *value*, through code table (of the event's own *day*, where it is known),
    format, functions and length."""
    text, fired = _plain_native(rule, value, day)
    done = apply_steps(rule, text)
    fired = fired or done != text
    if rule.limit is None:
        return done, fired
    kept = within(rule, done)
    return kept, fired or kept is not done


def _plain_native(rule: Rule, value: Any, day: str | None) -> tuple[Any, bool]:
    if rule.table is not None:
        return _code_out(rule, rule.table, value, day)
    if isinstance(value, bool):
        return ("1" if value else "0"), False
    if isinstance(value, int):
        return (value if rule.number else str(value)), False
    if not isinstance(value, str):
        raise _not_text(value)
    if rule.formats:
        form = rule.formats[0]
        try:
            text = form.write(value)
            return text, form.read(text) != value
        except ValueError as error:
            expected, expected_zh = _EXPECTED[rule.type]
            raise Refused(NOT_TYPE, expected=expected, expected_zh=expected_zh, length=len(value)) from error
    return value, False


def _code_out(rule: Rule, table: CodeTable, value: Any, day: str | None) -> tuple[str, bool]:
    now = table.on(day)
    word = canonical_word(value)
    native = now.written.get(word)
    if native is not None:
        return native, bool(table.eras) and not day
    if rule.otherwise is None:
        raise _untranslated(rule, table, day, word, now.written, [row for row in table.rows if row.word == word])
    return word if rule.otherwise == KEPT else rule.otherwise, True


def canonical_word(value: Any) -> str:
    """A canonical value as code tables know it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def within(rule: Rule, text: str) -> str:
    """The text if it fits the rule's limit, or cut at a whole character where the rule allows it."""
    limit = rule.limit
    assert limit is not None  # noqa: S101 - told by the caller
    # GB18030 holds every character and counts those of GBK alike, so a rare name is counted, not refused.
    charset = "gb18030" if limit.charset.lower() in ("gbk", "gb2312", "cp936") else limit.charset
    body = text.encode(charset, "surrogatepass" if charset.lower().startswith("utf") else "replace")
    if len(body) <= limit.bytes:
        return text
    if limit.over == "reject":
        raise Refused(TOO_LONG, length=len(body), charset=limit.charset, limit=limit.bytes)
    return body[: limit.bytes].decode(charset, "ignore")

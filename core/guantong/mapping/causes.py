"""Why a rule did more than copy, told of one field as the interpreter made it.

The names are what coverage counts, what a proof takes as declared, and what people read.
"""

from __future__ import annotations

from collections.abc import Mapping

from guantong.mapping.convert import Refused, apply_steps, within
from guantong.mapping.interpret import Step
from guantong.mapping.rules import KEPT, Rule

CAUSES: Mapping[str, tuple[str, str]] = {
    "default": ("a default put in", "填入缺省值"),
    "constant": ("a constant put in", "填入固定值"),
    "fact": ("taken from elsewhere", "取自其他来源"),
    "empty": ("a text put in for no value", "以文本填充空值"),
    "alias": ("read under another name", "读自别名"),
    "also": ("another spelling of the code", "代码的其他写法"),
    "newest": ("the newest row, for want of a date", "没有日期可依，按最新的行"),
    "otherwise": ("a code without translation", "无对应代码，按兜底处理"),
    "format": ("another format of time", "其他时间格式"),
    "function": ("changed by a function", "经函数改写"),
    "cut": ("cut", "被截断"),
    "normalised": ("written in its canonical form", "改写为规范形式"),
}
"""Every cause by name, in English and Chinese."""
FILLED = ("default", "constant", "fact", "empty")


def causes(step: Step, *, inward: bool) -> list[str]:
    """The causes of one field, in the order they happened; none for a plain copy."""
    return _inward(step) if inward else _outward(step)


def _inward(step: Step) -> list[str]:
    rule, raw = step.rule, step.raw
    if rule.type == "list":
        return _alias(step)
    done = _changed(rule, raw)
    if raw is None or done in ("", rule.fill):
        return [_filled(rule, step.value)]
    found = _alias(step)
    if done != _text(raw):
        found.append("function")
    if rule.table is not None:
        now = rule.table.on(step.day)
        if done not in now.read:
            found.append("also" if done in now.also else "otherwise")
        if step.row is not None and rule.table.eras and not step.day:
            found.append("newest")
    elif rule.formats:
        value = rule.formats[0].read(done)
        if value is None or rule.formats[0].write(value) != done:
            found.append("format")
    elif step.fired and not found:
        found.append("normalised")
    return found


def _outward(step: Step) -> list[str]:
    rule, raw = step.rule, step.raw
    if raw is None or rule.value is not None:
        return [] if step.value == "" else ["empty" if raw is None else "constant"]
    if rule.type == "list":
        return []
    found = ["fact"] if rule.sources and step.source.rpartition("].")[2] != str(rule.sources[0]) else []
    plain = _plain(rule, raw, step.day)
    if rule.table is not None and _text(raw) not in rule.table.on(step.day).written:
        found.append("otherwise")
    elif rule.table is not None and rule.table.eras and not step.day:
        found.append("newest")
    if rule.formats and rule.formats[0].read(plain) != raw:
        found.append("format")
    done = _changed(rule, plain)
    if done != plain:
        found.append("function")
    if rule.limit is not None and within(rule, done) != done:
        found.append("cut")
    return found


def _filled(rule: Rule, value: object) -> str:
    if rule.value is not None:
        return "constant"
    return "default" if rule.default is not None and value == rule.default else "fact"


def _alias(step: Step) -> list[str]:
    read = step.source.rpartition("]/")[2]
    return ["alias"] if len(step.rule.at) > 1 and read != "/".join(step.rule.at[0]) else []


def _changed(rule: Rule, raw: object) -> str:
    try:
        return apply_steps(rule, _text(raw))
    except Refused:  # such a value has no field to tell of
        return _text(raw)


def _plain(rule: Rule, raw: object, day: str | None) -> str:
    """The native text before functions and limits."""
    text = _text(raw)
    if rule.table is not None:
        return rule.table.on(day).written.get(text, text if rule.otherwise == KEPT else rule.otherwise or "")
    if rule.formats:
        return rule.formats[0].write(text)
    return {"true": "1", "false": "0"}[text] if isinstance(raw, bool) else text


def _text(raw: object) -> str:
    if raw is None:
        return ""
    return ("true" if raw else "false") if isinstance(raw, bool) else str(raw)

"""Mappings held to the requests of a WSDL: every path has its place, all that is required is written, in forms that fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guantong.fitting.codes import NO_PLACE, NOT_WRITTEN, SOME_CODES, WRONG_FORM
from guantong.mapping.convert import Refused, to_native
from guantong.mapping.rules import KEPT, MappingPlan, Rule
from guantong.problems import Place, Problem, nearest
from guantong_adapters.soap.calls.texts import Checks, text_of
from guantong_adapters.soap.calls.unfit import Unfit
from guantong_adapters.soap.fitting.levels import Level, Levels, Lost, Path, Spot, required
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.model import Operation, Type

_SAMPLES: Mapping[str, Any] = {"datetime": "2014-07-15T10:30:00+08:00", "date": "2014-07-15", "integer": "3", "boolean": "true"}
"""A value of each type whose written form tells whether it fits, whatever the value."""
_MOST_CODES = 8


class Requests:
    """Holds mappings to the operations they call."""

    def __init__(self, settings: SoapSettings, types: Mapping[str, Type]) -> None:
        self._levels = Levels(types)
        self._checks = Checks(types)
        self._given = [tuple(path.split("/")) for path in settings.parameters]
        self._documents = {tuple(path.split("/")) for path, one in settings.texts.items() if one.root is not None}

    def problems(self, plan: MappingPlan, operation: Operation) -> Iterator[Problem]:
        """What of the mapping does not fit the operation, each at its line."""
        level = self._levels.of_message(operation.request)
        said = {"record": plan.kind_out, "operation": operation.name}
        tree: dict[str, Any] = {}
        for path in self._given:
            _plant(tree, path, None)
            found = self._levels.find(level, path)
            if isinstance(found, Lost) and not self._in_document(path):
                yield _nowhere(found, path, said, Place(), "parameters")
        yield from self._rules(plan.outward, level, (), said, tree)
        place = Place(plan.place.file, plan.place.line or 1, plan.place.column or 1)
        for path in required(self._levels, level.parts, tree, level.attributes):
            shown = "/".join(path)
            yield Problem(NOT_WRITTEN, place, shown, {**said, "path": shown, **_once(path, level)})

    def _rules(self, rules: Sequence[Rule], level: Level, above: Path, said: Mapping[str, str], tree: dict[str, Any]) -> Iterator[Problem]:
        for rule in rules:
            if not rule.at:
                continue
            path = rule.at[0]
            whole = (*above, *path)
            if self._in_document(whole):
                _plant(tree, self._document(whole)[len(above):], None)
                continue
            found = self._levels.find(level, path)
            below: dict[str, Any] | None = {} if rule.type == "list" else None
            _plant(tree, path, below)
            if isinstance(found, Lost):
                yield _nowhere(found, whole, said, rule.place, rule.path)
            elif found.type is None:
                continue
            elif below is not None and found.many:
                yield from self._rules(rule.fields, self._levels.of_type(found.type), whole, said, below)
            elif found.many or below is not None or found.holds_fields:
                yield _shape(found, whole, rule, said)
            else:
                yield from self._form(found, whole, rule, said)

    def _document(self, path: Path) -> Path:
        return next((one for one in self._documents if path[: len(one)] == one), ())

    def _in_document(self, path: Path) -> bool:
        return bool(self._document(path))

    def _form(self, spot: Spot, path: Path, rule: Rule, said: Mapping[str, str]) -> Iterator[Problem]:
        check, want, detail = self._checks.of(spot.type or "")
        if spot.fixed is not None:
            fixed = spot.fixed
            check, detail = fixed.__eq__, fixed
        texts = written(rule)
        wrong = [text for text in texts if check is not None and not check(text)]
        if not wrong:
            return
        expected, expected_zh = want.value
        details = {**said, "path": "/".join(path), "expected": f"{expected} {detail}".strip(), "expected_zh": f"{expected_zh} {detail}".strip()}
        if len(wrong) < len(texts):
            yield Problem(SOME_CODES, rule.place, rule.path, {**details, "came": ", ".join(wrong[:_MOST_CODES])})
            return
        if rule.formats:
            advice = ("write the date as the interface has it: `dates:` of the dialect, or `dates:` of this field",
                      "请按接口的日期格式写出：修改数据规范的 `dates:`，或为该字段写 `dates:`")
        else:
            advice = ("mend the code table, or what it is written as", "请修改代码表或写出的值")
        came = ", ".join(repr(text) for text in wrong[:_MOST_CODES])
        yield Problem(WRONG_FORM, rule.place, rule.path, {**details, "came": came, "came_zh": came, "advice": advice[0], "advice_zh": advice[1]})


def written(rule: Rule) -> list[str]:
    """Every text that the rule can write whatever its value is, as far as that is known beforehand."""
    if rule.value is not None:
        return [str(rule.value)]
    if rule.table is not None:
        extra = [one for one in (rule.otherwise, rule.fill) if one and one != KEPT]
        return list(dict.fromkeys([*rule.table.written.values(), *extra]))
    sample = _SAMPLES.get(rule.type)
    if sample is None:
        return []
    try:
        return [text_of(to_native(rule, sample, None)[0], rule.native)]
    except (Refused, Unfit):
        return []


def _plant(tree: dict[str, Any], path: Path, below: dict[str, Any] | None) -> None:
    for name in path[:-1]:
        inner = tree.get(name)
        if not isinstance(inner, dict):
            inner = tree[name] = {}
        tree = inner
    tree.setdefault(path[-1], below)


def _once(path: Path, level: Level) -> dict[str, str]:
    """That the element is required only because what holds it is written."""
    if len(path) < 2:
        return {"given": "", "given_zh": ""}
    held = level
    member = held.members.get(path[0])
    if member is not None and member.element.least and len(path) == 2:
        return {"given": "", "given_zh": ""}
    parent = "/".join(path[:-1])
    return {"given": f" (where {parent} is written)", "given_zh": f"（写出 {parent} 时）"}


def _nowhere(lost: Lost, path: Path, said: Mapping[str, str], place: Place, where: str) -> Problem:
    shown = "/".join(path)
    if lost.list:
        advice = (f"{lost.list} repeats: write it as a list (`each:`)", f"{lost.list} 可重复：请写作列表（`each:`）")
    else:
        near = nearest(path[-1], lost.known)
        known = ", ".join(sorted(lost.known)[:20]) or "-"
        advice = (f"did you mean {near!r}?", f"是否应为 {near!r}？") if near else (f"known there: {known}", f"该处可用：{known}")
    return Problem(NO_PLACE, place, where, {**said, "path": shown, "advice": advice[0], "advice_zh": advice[1]})


def _shape(spot: Spot, path: Path, rule: Rule, said: Mapping[str, str]) -> Problem:
    if spot.many:
        came, expected, advice = ("one value", "单个值"), ("a list", "列表"), ("write it as a list (`each:`)", "请写作列表（`each:`）")
    elif rule.type == "list":
        came, expected = ("a list", "列表"), ("the element once", "只出现一次的元素")
        advice = ("the element does not repeat: take another", "该元素不可重复：请改用其他元素")
    else:
        came, expected = ("a text", "文本"), ("fields of its own", "下级字段")
        advice = ("write the fields below it", "请写出其下级字段")
    return Problem(WRONG_FORM, rule.place, rule.path, {
        **said, "path": "/".join(path), "came": came[0], "came_zh": came[1], "expected": expected[0], "expected_zh": expected[1],
        "advice": advice[0], "advice_zh": advice[1],
    })

"""A dialect's records as the tables of an interface specification: fields, samples, code tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from guantong.codec import Codec, Unencodable
from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.journey.facts import facts_of
from guantong.mapping.outcome import Incomplete, Missing, Untranslatable
from guantong.mapping.pairfiles import Pair
from guantong.mapping.plan import Plan
from guantong.mapping.rules import CodeTable, Rule, every
from guantong.model import CodeList, Model
from guantong.paper.made_up import made_up
from guantong.readiness.rehearsal import pairs_of
from guantong.record import Native

TYPES = {
    "text": "文本", "integer": "整数", "money": "金额", "boolean": "是否", "date": "日期", "datetime": "日期时间", "code": "代码",
    "region": "行政区划", "organisation": "机构代码", "identity": "身份证号", "credit": "信用代码", "list": "列表", "blob": "附件",
}
FIELD_HEADS = ("序号", "字段", "含义", "类型", "必填", "说明")
FIELD_WIDTHS = (1.2, 3.6, 3.4, 1.8, 1.2, 4.8)
IN_ORDER = (
    "case.application", "case.pre_acceptance", "case.intake", "case.acceptance", "case.step", "case.pause", "case.resumption",
    "case.correction_notice", "case.correction", "case.finish", "case.collection", "case.void", "case.material", "case.evaluation",
)
"""The official order of a case's events; all others follow by name."""
_LONGEST_SAMPLE = 6000


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One kind of record in one direction: its title, fields, a sample, and whether that was made up from the declaration alone."""

    kind: str
    event: str
    title: str
    rows: Sequence[tuple[str, ...]]
    sample: str
    made_up: bool = False


def pages(configuration: Configuration, system: System, *, inward: bool) -> list[RecordPage]:
    """The records that *system* sends (*inward*) or is sent, each once, in the official order. Only events
    that some route takes are told: others never travel."""
    model = configuration.model
    order = [*IN_ORDER, *(event for event in model.events if event not in IN_ORDER)]
    found: list[RecordPage] = []
    pairs = pairs_of(configuration, system)
    for plan in sorted(travelling(configuration, system, inward=inward), key=lambda one: (order.index(one.event), one.mapping.name)):
        rules = plan.mapping.inward if inward else plan.mapping.outward
        title = model.events[plan.event].title_zh
        rows = [(str(number), *row) for number, row in enumerate(_rows(model, plan, rules, ""), 1)]
        sample = _sample(system, plan, pairs, inward=inward)
        made = None if sample else made_up(system, plan, model, inward=inward)
        if made is not None:
            sample = _travelling(system.dialect.codec_in if inward else system.dialect.codec_out, made)
        found.append(RecordPage("、".join(_kinds(plan, inward=inward)), plan.event, title, rows, sample, made is not None))
    return found


def code_tables(configuration: Configuration, system: System) -> list[tuple[CodeTable, str]]:
    """Every code table that the records of either direction use, by name, each with the fields that do. One name may stand
    for several tables: a dialect's own of one mapping, inherited of another, or what is read and what is written."""
    used: list[tuple[CodeTable, dict[str, None]]] = []
    for inward in (True, False):
        for plan in travelling(configuration, system, inward=inward):
            for rule in every(plan.mapping.inward if inward else plan.mapping.outward):
                if rule.at and rule.table is not None and rule.table.name:  # constants have no field, so no codes of the record
                    fields = next((fields for table, fields in used if table == rule.table), None)
                    if fields is None:
                        used.append((rule.table, fields := {}))
                    fields[rule.native] = None
    return sorted(((table, "、".join(fields)) for table, fields in used), key=lambda one: (one[0].name, one[1]))


def codes_of(model: Model, table: CodeTable) -> CodeList | None:
    """The model's list whose words *table* has: that of its name, or of what its name begins with (`step.status.in`)."""
    parts = table.name.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((model.codes[name] for name in names if name in model.codes and table.written.keys() <= model.codes[name].words.keys()), None)


def code_rows(model: Model, table: CodeTable) -> list[tuple[str, str, str]]:
    """The rows of a code table: the code, what it means, what else is read as it."""
    known = codes_of(model, table)
    words = known.words if known else {word: label for codes in model.codes.values() for word, label in codes.words.items()}
    also: dict[str, list[str]] = {}
    for native, word in table.also.items():
        also.setdefault(word, []).append(native)
    return [(native, words[word][0] if word in words else word, "、".join(also.get(word, ()))) for word, native in table.written.items()]


def travelling(configuration: Configuration, system: System, *, inward: bool) -> list[Plan]:
    """The plans of the records that *system* sends (*inward*) or is sent, where a route takes their events."""
    return [plan for plan in system.dialect.plans.values()
            if _kinds(plan, inward=inward) and _travels(configuration, system, plan.event, inward=inward)]


def _kinds(plan: Plan, *, inward: bool) -> Sequence[str]:
    return plan.mapping.kinds_in if inward else tuple(filter(None, (plan.mapping.kind_out,)))


def _travels(configuration: Configuration, system: System, event: str, *, inward: bool) -> bool:
    if not inward and event not in system.told():
        return False
    for route in configuration.routes:
        ends = (route.from_system, route.from_role) if inward else (route.to_system, route.to_role)
        if route.takes(event) and ends in ((system.id, None), (None, system.role)):
            return True
    return False


def _rows(model: Model, plan: Plan, rules: Sequence[Rule], above: str) -> Iterator[tuple[str, ...]]:
    event = model.events[plan.event]
    for rule in rules:
        if not rule.at:
            continue
        path = ".".join(filter(None, (above, rule.path)))
        declared = event.fields.get(path) or model.field(path)
        label = declared.label_zh if declared else "固定值" if rule.value is not None else ""
        indent = "　" * bool(above)
        yield f"{indent}{rule.native}", label, TYPES.get(rule.type, rule.type), "是" if rule.required else "否", _remark(rule)
        if rule.fields:
            yield from _rows(model, plan, rule.fields, path)


def _remark(rule: Rule) -> str:
    said: list[str] = []
    if rule.table is not None:
        said.append(f"代码表 {rule.table.name}" if rule.table.name and len(rule.table.written) > 3 else
                    "、".join(dict.fromkeys(rule.table.written.values())))
    if rule.value is not None:
        said.append(f"固定为 {rule.value}")
    if rule.formats:
        said.append("格式 " + " 或 ".join(one.pattern for one in rule.formats[:2]))
    if rule.limit is not None:
        said.append(f"至多 {rule.limit.bytes} 字节（{rule.limit.charset}）")
    if rule.default is not None:
        said.append(f"缺省 {rule.default}")
    others = ["/".join(at) for at in rule.at[1:]]
    if others:
        said.append(f"亦读 {'、'.join(others)}")
    return "；".join(said)


def _sample(system: System, plan: Plan, pairs: Sequence[Pair], *, inward: bool) -> str:
    """The first pair of this record as it travels; its persons are invented."""
    for pair in pairs:
        if inward and pair.inward and pair.kind in plan.mapping.kinds_in:
            return _travelling(system.dialect.codec_in, Native(pair.kind, pair.fields))
        if not inward and pair.outward:
            told = {event.name: event.values for event in pair.events}
            if plan.event not in told:
                continue
            try:
                chosen, values = system.dialect.plan_joined(plan.event, told, {**facts_of(system), **pair.context})
                if chosen is plan:
                    return _travelling(system.dialect.codec_out, plan.outward(values, {**facts_of(system), **pair.context}).native)
            except (Untranslatable, Missing, Incomplete):
                continue
    return ""


def _travelling(codec: Codec, native: Native) -> str:
    """*native* as the side that speaks writes it: what we read may have another form than what we send."""
    try:
        body = codec.encode(native)
    except Unencodable:
        body = orjson.dumps(_plain(native.fields), option=orjson.OPT_INDENT_2)
    for charset in ("utf-8", "gb18030"):
        try:
            text = body.decode(charset)
        except UnicodeDecodeError:
            continue
        return text if len(text) <= _LONGEST_SAMPLE else f"{text[:_LONGEST_SAMPLE]}\n……"
    return ""


def _plain(fields: Any) -> Any:
    return {key: _plain(value) for key, value in fields.items()} if isinstance(fields, dict) else fields

"""A dialect's records as the tables of an interface specification: fields, samples, code tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from guantong.agreed import Agreeing, Travelling
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
_INNER = "　"
"""Before the fields of a list's items."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One kind of record in one direction: its title, fields, a sample, and whether that was made up from the declaration alone;
    what is said of the sample, and when a record of the kind is this one, where it may be several."""

    kind: str
    event: str
    title: str
    rows: Sequence[tuple[str, ...]]
    sample: str
    made_up: bool = False
    caption: str = ""
    when: str = ""


def pages(configuration: Configuration, about: Agreeing, *, inward: bool) -> list[RecordPage]:
    """The records that the system sends (*inward*) or is sent, each once, in the official order. Only events
    that some route takes are told: others never travel."""
    system = configuration.systems[about.system]
    model = configuration.model
    order = [*IN_ORDER, *(event for event in model.events if event not in IN_ORDER)]
    found: list[RecordPage] = []
    pairs = pairs_of(configuration, system)
    for plan in sorted(travelling(configuration, system, inward=inward), key=lambda one: (order.index(one.event), one.mapping.name)):
        rules = plan.mapping.inward if inward else plan.mapping.outward
        title = model.events[plan.event].title_zh
        kinds = heard_kinds(system, plan) if inward else (plan.mapping.kind_out,)
        demanded = system.adapter.agreement.requires(about, kinds[0], inward)
        rows = [(str(number), *row) for number, row in enumerate(_merged(_rows(model, plan, rules, "", inward=inward), demanded), 1)]
        native = _sample(system, plan, pairs, inward=inward)
        made = made_up(system, plan, model, inward=inward) if native is None else None
        caption, sample = _shown(about, system, native or made, inward=inward)
        found.append(RecordPage("、".join(kinds), plan.event, title, rows, sample, made is not None, caption, _recognised(plan) if inward else ""))
    return found


def samples_of(configuration: Configuration, system: System) -> dict[str, str]:
    """A sample of each kind of record that *system* reports, as its dialect writes it, without what the adapter puts round it."""
    found: dict[str, str] = {}
    pairs = pairs_of(configuration, system)
    for plan in travelling(configuration, system, inward=True):
        native = _sample(system, plan, pairs, inward=True) or made_up(system, plan, configuration.model, inward=True)
        if native is not None:
            text = _bounded(_text(_encoded(system.dialect.codec_in, native), system.dialect.charset_in))
            found |= {kind: text for kind in heard_kinds(system, plan) if text}
    return found


def _recognised(plan: Plan) -> str:
    """By which fields a record of its kind is known to be this one."""
    if not plan.mapping.match:
        return ""
    said = "，且 ".join(f"{'/'.join(at)} 为 {'、'.join(sorted(words))}" for at, words in plan.mapping.match)
    return f"同一类型的报文中，{said} 的是本项。"


def _merged(rows: Iterable[tuple[str, ...]], demanded: Mapping[str, bool]) -> list[tuple[str, ...]]:
    """Each field once, though several rules write it, and required where either the mapping or the interface demands it. The fields of a
    list's items stand below it, further in."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    outer = ""
    for native, label, kind, required, remark in rows:
        outer = outer if native.startswith(_INNER) else native
        place = (outer, native)
        before = found.get(place)
        if before is not None:
            label, kind = before[1] or label, before[2]
            required = "是" if "是" in (required, before[3]) else "否"
            remark = "；".join(dict.fromkeys(filter(None, (before[4], remark))))
        path = native if native == outer else f"{outer}/{native.removeprefix(_INNER)}"
        if demanded.get(path):
            required = "是"
        found[place] = (native, label, kind, required, remark)
    return list(found.values())


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
            if (heard_kinds(system, plan) if inward else _is_sent(system, plan))
            and _travels(configuration, system, plan.event, inward=inward)]


def heard_kinds(system: System, plan: Plan) -> Sequence[str]:
    """The kinds of records that *plan* reads and *system* has a way to report."""
    tells = system.adapter.agreement.tells(system.settings)
    return plan.mapping.kinds_in if tells is None else [kind for kind in plan.mapping.kinds_in if kind in tells]


def _is_sent(system: System, plan: Plan) -> bool:
    takes, kind = system.adapter.agreement.takes(system.settings), plan.mapping.kind_out
    return bool(kind) and (takes is None or kind in takes)


def _travels(configuration: Configuration, system: System, event: str, *, inward: bool) -> bool:
    if not inward and event not in system.told():
        return False
    for route in configuration.routes:
        ends = (route.from_system, route.from_role) if inward else (route.to_system, route.to_role)
        if route.takes(event) and ends in ((system.id, None), (None, system.role)):
            return True
    return False


def _rows(model: Model, plan: Plan, rules: Sequence[Rule], above: str, *, inward: bool) -> Iterator[tuple[str, ...]]:
    event = model.events[plan.event]
    for rule in rules:
        if not rule.at:
            continue
        path = ".".join(filter(None, (above, rule.path)))
        declared = event.fields.get(path) or model.field(path)
        label = declared.label_zh if declared else "固定值" if rule.value is not None else ""
        indent = _INNER * bool(above)
        yield f"{indent}{rule.native}", label, TYPES.get(rule.type, rule.type), "是" if rule.required else "否", _remark(rule, one_of_several=inward and path.startswith("serial."))
        if rule.fields:
            yield from _rows(model, plan, rule.fields, path, inward=inward)


def _remark(rule: Rule, *, one_of_several: bool) -> str:
    said: list[str] = ["各编号至少填一个"] if one_of_several and not rule.required else []
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


def _sample(system: System, plan: Plan, pairs: Sequence[Pair], *, inward: bool) -> Native | None:
    """The record of the first pair that *plan* reads, or writes; its persons are invented."""
    for pair in pairs:
        if inward and pair.inward and pair.kind in plan.mapping.kinds_in and plan.matches(pair.fields):
            return Native(pair.kind, pair.fields)
        if not inward and pair.outward:
            told = {event.name: event.values for event in pair.events}
            if plan.event not in told:
                continue
            try:
                chosen, values = system.dialect.plan_joined(plan.event, told, {**facts_of(system), **pair.context})
                if chosen is plan:
                    return plan.outward(values, {**facts_of(system), **pair.context}).native
            except (Untranslatable, Missing, Incomplete):
                continue
    return None


def _shown(about: Agreeing, system: System, native: Native | None, *, inward: bool) -> tuple[str, str]:
    """What is said of the sample, and the sample on its way: as the side that speaks writes it, in whatever the adapter puts round
    it."""
    if native is None:
        return "", ""
    body = _encoded(system.dialect.codec_in if inward else system.dialect.codec_out, native)
    travelling = system.adapter.agreement.travels(about, Travelling(native.kind, body, native.fields, inward))
    if travelling is not None:
        return travelling.caption, _bounded(travelling.text)
    return "", _bounded(_text(body, about.charset_in if inward else about.charset_out))


def _encoded(codec: Codec, native: Native) -> bytes:
    try:
        return codec.encode(native)
    except Unencodable:
        return orjson.dumps(_plain(native.fields), option=orjson.OPT_INDENT_2)


def _text(body: bytes, charset: str) -> str:
    for known in ("utf-8", charset, "gb18030"):
        try:
            return body.decode(known)
        except UnicodeDecodeError:
            continue
    return ""


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST_SAMPLE else f"{text[:_LONGEST_SAMPLE]}\n……"


def _plain(fields: Any) -> Any:
    return {key: _plain(value) for key, value in fields.items()} if isinstance(fields, dict) else fields

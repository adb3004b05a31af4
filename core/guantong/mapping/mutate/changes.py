"""What can go wrong with one rule: every way it is changed to see whether a pair notices.

A change is one a person could make by mistake and that gives another result for some record or event;
what no record could tell is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from guantong.mapping.dates import DateFormat, date_format
from guantong.mapping.eras import code_table, day_after, day_before, overlap
from guantong.mapping.rules import CodeRow, CodeTable, Limit, Manners, Need, Rule
from guantong.model import Field

CHANGES: Mapping[str, tuple[str, str]] = {
    "kind": ("records of kind {what} not read", "不再读取类型 {what}"),
    "kind_out": ("written as another kind of record", "以其他类型写出"),
    "drop": ("the rule left out", "删去该规则"),
    "alias": ("{what} no longer read", "不再读取 {what}"),
    "source": ("not taken from {what}", "不再取自 {what}"),
    "codes": ("the code table turned by one row", "代码表错开一行"),
    "row": ("{what} translated as its neighbour", "{what} 译成相邻一行"),
    "also": ("{what} no longer read", "不再读取 {what}"),
    "begins": ("{what} in force a day later", "{what} 晚一日生效"),
    "ends": ("{what} in force a day less", "{what} 早一日失效"),
    "otherwise": ("a code without translation parked", "无对应代码时改为转入异常"),
    "constant": ("another constant", "改为其他固定值"),
    "default": ("another default", "改为其他缺省值"),
    "empty": ("another text for no value", "空值改写为其他文本"),
    "read": ("the text for no value read as a value", "空值文本被当作值读入"),
    "format": ("{what} no longer read", "不再读取格式 {what}"),
    "written": ("written in another format", "以其他格式写出"),
    "function": ("without {what}", "不再使用 {what}"),
    "limit": ("without its limit of bytes", "取消字节数上限"),
    "tighter": ("a limit one byte smaller", "字节数上限减一"),
    "over": ("cut instead of refused, or refused instead of cut", "超长时的截断与拒绝互换"),
    "when": ("without its condition", "取消条件"),
    "word": ("no longer for {what}", "条件中去掉 {what}"),
    "need": ("not waited for", "不再等待"),
    "wait": ("waited for one second longer", "等待时长加一秒"),
    "required": ("not required", "不再必填"),
    "emit": ("sent as {what} says", "改为按 {what} 推送"),
    "on": ("joined whatever {what} is", "合并时不比较 {what}"),
    "strict": ("a wrong check digit taken", "接受错误的校验位"),
}
"""Every kind of change by name, in English and Chinese; `what` is filled in."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a rule; no *rule* means that it is left out."""

    kind: str
    rule: Rule | None
    what: str = ""


def changes(rule: Rule, declared: Field | None, manners: Manners, *, outward: bool) -> Iterator[Change]:
    """The changes of one rule. Tables' rows and formats are changed wherever they are used (`rows`,
    `formats`); the items of a list have changes of their own."""
    yield Change("drop", None)
    yield from _places(rule, outward=outward)
    if rule.table is not None and any(_turned(era) != era for era in rule.table.eras or (rule.table,)):
        yield Change("codes", replace(rule, table=_turned(rule.table)))
    if rule.table is not None and rule.otherwise is not None:
        yield Change("otherwise", replace(rule, otherwise=None))
    if rule.value is not None:
        yield Change("constant", replace(rule, value=another(rule.value, rule)))
    if rule.default is not None and not outward:
        yield Change("default", replace(rule, default=another(rule.default, rule)))
    yield from _empties(rule, manners, outward=outward)
    if rule.formats and outward:
        yield Change("written", replace(rule, formats=(_other_format(rule.formats[0], rule.type),)))
    for order, step in enumerate(rule.via):
        yield Change("function", replace(rule, via=rule.via[:order] + rule.via[order + 1:]), step.name)
    if rule.limit is not None:
        yield from _limits(rule, rule.limit)
    yield from _conditions(rule)
    if rule.need is not None:
        yield Change("need", replace(rule, need=None))
        yield Change("wait", replace(rule, need=Need(rule.need.wait + 1, rule.need.then)))
    if rule.required and (outward or declared is None or not declared.required):
        yield Change("required", replace(rule, required=False))
    if rule.strict and not outward and (declared is None or not declared.strict):
        yield Change("strict", replace(rule, strict=False))


def _places(rule: Rule, *, outward: bool) -> Iterator[Change]:
    if not outward:
        for order, at in enumerate(rule.at[1:], 1):
            yield Change("alias", replace(rule, at=rule.at[:order] + rule.at[order + 1:]), "/".join(at))
    if len(rule.sources) > 1 or (rule.sources and (rule.fill is not None or not outward)):
        for order, source in enumerate(rule.sources):
            kept = rule.sources[:order] + rule.sources[order + 1:]
            yield Change("source", replace(rule, sources=kept), str(source))


def _empties(rule: Rule, manners: Manners, *, outward: bool) -> Iterator[Change]:
    """Changes of the rule's own `empty:`; what the dialect says is changed for all its rules at once."""
    if rule.fill == manners.absent or rule.value is not None or rule.type == "list":
        return
    if outward:
        yield Change("empty", replace(rule, fill=manners.absent if rule.fill is None else f"{rule.fill}~"))
    elif rule.fill not in (None, "", *manners.nulls):
        yield Change("read", replace(rule, fill=None))


def _limits(rule: Rule, limit: Limit) -> Iterator[Change]:
    yield Change("limit", replace(rule, limit=None))
    yield Change("tighter", replace(rule, limit=replace(limit, bytes=limit.bytes - 1)))
    yield Change("over", replace(rule, limit=replace(limit, over="cut" if limit.over == "reject" else "reject")))


def _conditions(rule: Rule) -> Iterator[Change]:
    for order, condition in enumerate(rule.when):
        others = rule.when[:order] + rule.when[order + 1:]
        yield Change("when", replace(rule, when=others))
        for word in sorted(condition.words) if len(condition.words) > 1 else ():
            fewer = replace(condition, words=condition.words - {word})
            yield Change("word", replace(rule, when=(*others, fewer)), word)


def rows(table: CodeTable) -> Iterator[tuple[str, str, CodeTable]]:
    """Each row of a table changed: kind, what, and the table then. A row becomes its neighbour; a spelling
    that is only read is read no longer; one with days is in force a day less at either end."""
    if table.eras:
        yield from _dated(table)
        return
    words = list(table.written)
    for order, word in enumerate(words):
        neighbour = words[(order + 1) % len(words)]
        native = table.written[word]
        other = table.written[neighbour] if neighbour != word and table.written[neighbour] != native else f"{native}~"
        read = {**table.read, native: neighbour} if neighbour != word else {}
        yield "row", word, replace(table, written={**table.written, word: other}, read=read)
    for spelling in table.also:
        yield "also", spelling, replace(table, also={one: word for one, word in table.also.items() if one != spelling})


def _dated(table: CodeTable) -> Iterator[tuple[str, str, CodeTable]]:
    for order, row in enumerate(table.rows):
        def changed(*instead: CodeRow, order: int = order) -> CodeTable:
            return code_table(table.name, [*table.rows[:order], *instead, *table.rows[order + 1:]])

        what = " ".join(part for part in (row.word, row.since, row.until) if part)
        beside = next((one for one in table.rows if one.word != row.word and one.value != row.value
                       and overlap(one, row) is not None), None)
        yield "row", what, changed(replace(row, value=beside.value if beside else f"{row.value}~"))
        for native in row.also:
            yield "also", native, changed(replace(row, also=tuple(one for one in row.also if one != native)))
        if row.since:
            yield "begins", what, changed(replace(row, since=day_after(row.since)))
        if row.until:
            yield "ends", what, changed(replace(row, until=day_before(row.until)))


def formats(known: tuple[DateFormat, ...]) -> Iterator[tuple[str, tuple[DateFormat, ...]]]:
    """Each format that is only read left out: its pattern, and the formats then."""
    for order in range(1, len(known)):
        yield known[order].pattern, known[:order] + known[order + 1:]


def another(value: Any, rule: Rule) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if rule.table is not None:
        return next((word for word in rule.table.written if word != value), f"{value}~")
    return f"{value}~"


def _turned(table: CodeTable) -> CodeTable:
    words = list(table.written)
    if not words:
        return table
    natives = [table.written[word] for word in words]
    written = dict(zip(words, [*natives[1:], natives[0]], strict=True))
    following = dict(zip(words, [*words[1:], words[0]], strict=True))
    read = {native: following.get(word, word) for native, word in table.read.items()}
    return replace(table, written=written, read=read, eras=tuple(_turned(era) for era in table.eras))


def _other_format(form: DateFormat, kind: str) -> DateFormat:
    if kind == "date":
        return date_format("yyyy.M.d" if form.pattern != "yyyy.M.d" else "yyyyMMdd", "date")
    return date_format("epoch" if form.pattern != "epoch" else "epoch_ms", "datetime")

"""`guantong try`: one sample through a mapping, field by field. Nothing is sent, nothing is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer

from guantong.cli.check import Lang
from guantong.cli.codes import NO_SAMPLE, UNKNOWN_MAPPING, UNREADABLE_SAMPLE
from guantong.cli.home import HERE, PROBLEMS_FOUND, WRONG_USAGE, HomeOption, JsonOption, fail
from guantong.cli.mappinghome import SHOWN, read_mappings
from guantong.cli.screen import console, table
from guantong.codec import Undecodable, Unencodable
from guantong.journey.codes import NOT_TO_JOIN, WAITS_TO_JOIN
from guantong.mapping import Dialect, Incomplete, Missing, Plan, Untranslatable
from guantong.mapping.interpret import Step
from guantong.mapping.pairfiles import Direction
from guantong.mapping.pairtext import pair_text
from guantong.mapping.wholenumbers import as_text
from guantong.model import Model
from guantong.operations.values import row_json
from guantong.oserrors import in_words
from guantong.problems import Code, Language, Problem, in_order, nearest
from guantong.record import Native

NO_KIND = Code(
    "GT264", "the sample does not say what kind of record it is", "样例没有写明报文类型",
    "name it with --kind: {known}", "请用 --kind 指明：{known}",
)
OTHER_KIND = Code(
    "GT265", "the sample is a record of kind {came!r}; {event} is read from {known}",
    "样例的报文类型是 {came!r}；{event} 应为 {known}",
    "give another sample, or the dialect alone", "请换一个样例，或只写数据规范名",
)
AWAITED = Code(
    "GT263", "{path} is not there yet: a delivery would wait {seconds} s for it, then be parked",
    "{path} 尚缺：推送时将等待 {seconds} 秒，仍缺则转入异常",
    "give it under `case` in the --context file", "可在 --context 文件的 case 中给出", severity="warning",
)
ONE_RECORD = Code(
    "GT182", "a pair is of one record, the sample holds {count}", "对照样例只含一条报文，该样例有 {count} 条",
    "give a file with one record", "请给出只含一条报文的文件",
)
NOT_TOGETHER = Code(
    "GT183", "the events of the sample do not make one record: {what}", "样例中的过程信息不能合成一条报文：{what_zh}",
    "give an object with only the events that the mapping joins, each an object of canonical paths",
    "请给出一个对象，键为该映射合并的过程信息，值为以标准路径为键的对象",
)
HEADS = {
    "zh": ("目标字段", "来源字段", "规则", "位置", "值 ← 原值"),
    "en": ("target", "source", "rule", "place", "value ← raw"),
}


@dataclass(slots=True)
class Trial:
    """What one record came to under one mapping."""

    plan: Plan
    record: Native | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The events of an outward record, by name: several where the mapping joins them."""
    steps: list[Step] = field(default_factory=list)
    unread: tuple[str, ...] = ()
    fired: int = 0
    problems: tuple[Problem, ...] = ()
    body: bytes | None = None


def try_mapping(
    mapping: Annotated[str, typer.Argument(help="A dialect, or dialect/event (数据规范/过程信息).")],
    sample: Annotated[Path, typer.Argument(help="A file with one record; with --out a JSON object of canonical paths, or of several events by name where a mapping joins them (样例文件).")],
    out: Annotated[bool, typer.Option("--out", help="From the canonical event to the native record (发送方向).")] = False,
    kind: Annotated[str | None, typer.Option(help="The record kind, where the bytes do not say it (报文类型).")] = None,
    context: Annotated[Path | None, typer.Option(help="JSON with system:, site: and case: facts (上下文).")] = None,
    pair: Annotated[str | None, typer.Option("--pair", metavar="NAME", help="Print the sample and what became of it as a "
        "pair for tests/, unmasked: give invented samples only (生成对照样例；样例须为虚构).")] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show personal values unmasked (不脱敏).")] = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the texts (语言).")] = None,
) -> None:
    """Put one sample through a mapping and show every field (试映射，不发送).

    Reads only mappings/: needs no running hub, no store and no secrets. Personal values are masked.

    Example: `guantong try rongcheng sample.json` or `guantong try gd-hall/case.step event.json --out`; with
    `--pair 受理 >> mappings/rongcheng/tests/samples.yaml` a sample becomes a test.
    """
    name, _, event = mapping.partition("/")
    language: Language = "en" if lang is Lang.EN else "zh"
    loaded, wrong = read_mappings(home / SHOWN, [name])
    if wrong:
        _stop(in_order(wrong), language)
    dialect = loaded.dialects.get(name)
    if dialect is None:
        _stop([_unknown("dialect", "数据规范", name, loaded.dialects)], language)
    if event and event not in dialect.events_in() | dialect.events_out():
        _stop([_unknown("event", "过程信息", event, dialect.events_in() | dialect.events_out())], language)
    facts = _facts(context, language)
    trials = _outward(dialect, event, sample, facts, language) if out else _inward(
        dialect, event, sample, kind, facts, language)
    show = _Shown(loaded.model, reveal, language, out)
    if pair is not None:
        _as_pair(pair, trials, out, facts, language)
    else:
        typer.echo(show.json(trials)) if as_json else show.tables(trials)
    if any(problem.code.severity == "error" for trial in trials for problem in trial.problems):
        raise typer.Exit(PROBLEMS_FOUND)


def _inward(
    dialect: Dialect, event: str, sample: Path, kind: str | None, facts: Mapping[str, Any], language: Language
) -> list[Trial]:
    if kind is None and event:
        kind = next((one for plan in dialect.plans.values() if plan.event == event for one in plan.mapping.kinds_in), None)
    try:
        natives = dialect.decode(_bytes(sample, language), kind)
    except Undecodable as error:
        details = {"what": f"{sample.name}: {error.reason}", "what_zh": f"{sample.name}：{error.reason_zh}"}
        _stop([Problem(UNREADABLE_SAMPLE, details=details)], language)
    return tried_in(dialect, event, natives, facts, language)


def tried_in(
    dialect: Dialect, event: str, natives: Iterable[Native], facts: Mapping[str, Any], language: Language
) -> list[Trial]:
    """What each mapping that reads these records (those of *event* only, where it is named) makes of them."""
    trials: list[Trial] = []
    for native in natives:
        heard = dialect.plans_in(native.kind)
        plans = [plan for plan in heard if plan.event == event or not event]
        if not plans:
            _stop([_wrong_kind(dialect, event, native.kind)], language)
        # As the hub chooses; where none recognises the record, each says what it would make of it.
        for plan in [plan for plan in plans if plan.matches(native.fields)] or plans:
            trial = Trial(plan, native)
            values, run = plan.examine_inward(native.fields, facts, trial.steps.append)
            trial.unread, trial.problems = tuple(run.unread), tuple(run.problems)
            if not run.problems:
                trial.fired, trial.values = run.fired, values
            trials.append(trial)
    return trials


def _wrong_kind(dialect: Dialect, event: str, kind: str) -> Problem:
    """Why no mapping that was asked for reads records of *kind*."""
    plans = [plan for plan in dialect.plans.values() if plan.event == event or not event]
    known = ", ".join(sorted({one for plan in plans for one in plan.mapping.kinds_in})) or "-"
    if not kind:
        return Problem(NO_KIND, details={"known": known})
    if event and dialect.hears(kind):
        return Problem(OTHER_KIND, details={"came": kind, "event": event, "known": known})
    return _unknown("record kind", "报文类型", kind, dialect.kinds_in())


def _outward(
    dialect: Dialect, event: str, sample: Path, facts: Mapping[str, Any], language: Language
) -> list[Trial]:
    if not event:
        fail("--out 需要写明 dialect/event / with --out, write dialect/event", WRONG_USAGE)
    return tried_out(dialect, event, _object(sample, language), facts, language)


def tried_out(
    dialect: Dialect, event: str, given: Mapping[str, Any], facts: Mapping[str, Any], language: Language
) -> list[Trial]:
    """The record that is written of an event, or of several given by their names, field by field."""
    told = _told(dialect, event, given, language)
    apart: tuple[Problem, ...] = ()
    try:
        plan, values = dialect.plan_joined(event if event in told else next(iter(told)), told, facts)
    except Incomplete as incomplete:
        plan = next(one for one in dialect.plans.values() if one.mapping.join in dialect.joins(event))
        values = dialect.joins(event)[0].values(told)
        details = {"missing": ", ".join(incomplete.missing), "event": event}
        apart = (Problem(WAITS_TO_JOIN if incomplete.missing else NOT_TO_JOIN, details=details),)
    except Untranslatable as error:
        _stop(error.problems, language)
    trial = Trial(plan, values=values, told=told)
    try:
        made = trial.plan.trace_outward(values, facts, trial.steps.append)
        trial.fired, trial.record, trial.body = made.fired, made.native, dialect.encode(made.native)
    except Untranslatable as error:
        trial.problems = error.problems
    except Missing as missing:
        trial.problems = (Problem(AWAITED, details={"path": missing.path, "seconds": missing.wait_seconds}),)
    except Unencodable as error:
        details = {"what": error.reason, "what_zh": error.reason_zh}
        trial.problems = (Problem(UNREADABLE_SAMPLE, path=error.path, details=details),)
    trial.problems = (*apart, *trial.problems)
    return [trial]


def _told(dialect: Dialect, event: str, given: Mapping[str, Any], language: Language) -> Mapping[str, Mapping[str, Any]]:
    """The events of a sample, by name: what is no event of a join is the values of *event* itself. Ends the verb where
    its events are not of one record."""
    joins = dialect.joins(event)
    joined = {name for join in joins for name in join.events}
    if not joined & given.keys():
        return {event: given}
    problems = [
        _apart(f"{name!r} is no event that {event} is joined with", f"{name!r} 不是与 {event} 合并的过程信息")
        for name in sorted(given.keys() - joined)]
    problems += [
        _apart(f"{name} is not an object", f"{name} 不是对象") for name in sorted(joined & given.keys())
        if not isinstance(given[name], dict)]
    if not problems:
        problems = [
            _apart(f"they differ in {path}", f"其 {path} 不同") for join in joins for path in join.on
            if len({str(given[name].get(path)) for name in join.events if name in given}) > 1]
    if problems:
        _stop(problems, language)
    return given


def _apart(what: str, what_zh: str) -> Problem:
    return Problem(NOT_TOGETHER, details={"what": what, "what_zh": what_zh})


def _as_pair(name: str, trials: Sequence[Trial], out: bool, facts: Mapping[str, Any], language: Language) -> None:
    """Print what holds now as a pair; ends the verb where something is wrong with the sample."""
    if problems := [problem for trial in trials for problem in trial.problems]:
        _stop(problems, language)
    records = {id(trial.record): trial.record for trial in trials if trial.record is not None}
    if len(records) != 1:
        _stop([Problem(ONE_RECORD, details={"count": len(records)})], language)
    (record,) = records.values()
    events = [one for trial in trials for one in (trial.told or {trial.plan.event: trial.values}).items()]
    unread = sorted({path for trial in trials for path in trial.unread})
    way: Direction = "out" if out else "both" if _comes_back(trials, record, facts) else "in"
    typer.echo(pair_text(name, way, record, events, unread, facts), nl=False)


def _comes_back(trials: Sequence[Trial], record: Native, facts: Mapping[str, Any]) -> bool:
    """Whether the one event of a record is written as the very record: such a pair holds both ways."""
    if len(trials) != 1 or not trials[0].plan.mapping.kind_out:
        return False
    try:
        written = trials[0].plan.outward(trials[0].values, facts).native
        return (written.kind, as_text(written.fields)) == record
    except (Untranslatable, Missing):
        return False


def _facts(path: Path | None, language: Language) -> Mapping[str, Any]:
    return {"system": {}, "site": {}, "case": {}} | (_object(path, language) if path is not None else {})


def _bytes(path: Path, language: Language) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        what, what_zh = in_words(error)
        _stop([Problem(NO_SAMPLE, details={"what": f"{path.name}: {what}", "what_zh": f"{path.name}：{what_zh}"})], language)


def _object(path: Path, language: Language) -> dict[str, Any]:
    try:
        value = orjson.loads(_bytes(path, language))
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        details = {"what": f"{path.name} is not a JSON object", "what_zh": f"{path.name} 不是 JSON 对象"}
        _stop([Problem(NO_SAMPLE, details=details)], language)
    return value


def _unknown(what: str, what_zh: str, came: str, known: Collection[str]) -> Problem:
    like = nearest(came, known)
    details = {"what": what, "what_zh": what_zh, "came": came, "known": ", ".join(sorted(known)),
               "near": f" ({like}?)" if like else ""}
    return Problem(UNKNOWN_MAPPING, details=details)


@dataclass(frozen=True, slots=True)
class _Shown:
    """How trials are shown: personal values masked unless they are to be revealed."""

    model: Model
    reveal: bool
    language: Language
    out: bool

    def value(self, step: Step, value: Any) -> str:
        if value is None or value == "":
            return ""
        if isinstance(value, list):
            return f"[{len(value)}]"
        if self.reveal or not step.rule.personal:
            return str(value)
        # Inside a list the model names the item's field by the list's path; the step names the item too.
        path = "".join(part.split("]", 1)[-1] for part in (step.source if self.out else step.target).split("["))
        return self.model.mask(path, value)

    def values(self, step: Step) -> str:
        """The value, and what it was made from where that reads otherwise."""
        value, raw = self.value(step, step.value), self.value(step, step.raw)
        said = value if raw == value or not raw else f"{value}  ← {raw}"
        if step.rule.table is None:
            return said
        word = "代码表" if self.language == "zh" else "codes"
        return f"{said}  · {word} {step.rule.table.name}{_row(step)}"

    def rule(self, step: Step) -> str:
        """What the rule does, without its code table."""
        return " ".join((*(one.name for one in step.rule.via), step.rule.type)) + (" *" if step.fired else "")

    def whole_rule(self, step: Step) -> str:
        """The same with the table and its row."""
        table = f"codes {step.rule.table.name}{_row(step)} " if step.rule.table is not None else ""
        functions = " ".join(one.name for one in step.rule.via)
        return " ".join(filter(None, (functions, table.strip(), step.rule.type))) + (" *" if step.fired else "")

    def json(self, trials: list[Trial]) -> str:
        answer = [
            {
                "event": trial.plan.event, "mapping": trial.plan.mapping.name, "plan": trial.plan.id,
                "fired": trial.fired, "unread": trial.unread,
                "fields": [
                    {"target": step.target, "value": self.value(step, step.value), "source": step.source,
                     "raw": self.value(step, step.raw), "rule": self.whole_rule(step), "fired": step.fired,
                     "file": str(step.rule.place), "row": row_json(step)}
                    for step in trial.steps
                ],
                "bytes": len(trial.body) if trial.body is not None else None,
                "problems": [problem.as_json() for problem in trial.problems],
            }
            for trial in trials
        ]
        return orjson.dumps({"trials": answer}, option=orjson.OPT_INDENT_2).decode()

    def tables(self, trials: list[Trial]) -> None:
        screen = console()
        for trial in trials:
            file = trial.plan.mapping.place.file
            screen.print(f"{file} {'←' if self.out else '→'} {trial.plan.event}", style="bold")
            rows = [
                (step.target, step.source, self.rule(step), str(step.rule.place).removeprefix(file), self.values(step))
                for step in trial.steps
            ]
            screen.print(table(HEADS[self.language], rows))
            for line in self.remarks(trial):
                screen.print(line)

    def remarks(self, trial: Trial) -> list[str]:
        chinese = self.language == "zh"
        lines = [problem.line(self.language) for problem in trial.problems]
        if trial.unread:
            names = ", ".join(trial.unread)
            lines.append(f"未读取的字段：{names}" if chinese else f"unread fields: {names}")
        if trial.fired:
            lines.append("* 不是原样复制：别名、缺省、填充、其他格式、改写或兜底代码" if chinese else
                         "* more than copying: an alias, default, fill, other format, change or fallback code")
        if trial.body is not None:
            lines.append(f"编码后 {len(trial.body)} 字节" if chinese else f"encoded: {len(trial.body)} bytes")
        return lines


def _row(step: Step) -> str:
    """The line of the row that translated a code, with its file where that is not the table's own (its folder aside)."""
    if step.row is None or step.rule.table is None:
        return ""
    inline = step.row.place.file == step.rule.place.file
    folder, _, _ = step.row.place.file.rpartition("/codes/")
    where = "" if inline or step.rule.place.file.startswith(f"{folder}/") else f"（{folder.rpartition('/')[2]}）"
    return f":{step.row.place.line}{where}"


def _stop(problems: Iterable[Problem], language: Language) -> NoReturn:
    """End the verb: there is nothing to try."""
    fail("\n".join(problem.line(language) for problem in problems), WRONG_USAGE)

"""A county's readiness: every item of the list, in the order in which they are mended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from guantong.adapter import ProbeStep
from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.mapping import Dialect
from guantong.mapping.coverage import Coverage
from guantong.mapping.coverage.findings import Finding
from guantong.mapping.pairfiles import Pair, load_pairs
from guantong.mapping.pairs import run_pairs
from guantong.mapping.prove import Prover
from guantong.mapping.showing import Shower
from guantong.plugins import Registry
from guantong.problems import Place, Problem, in_order
from guantong.readiness.interfaces import directions_item, interface_item
from guantong.readiness.items import HOME, OTHER_SECRETS, SECRETS, Item, by_problems
from guantong.readiness.loading import Examined, examine
from guantong.readiness.probing import probe
from guantong.readiness.rehearsal import Leg, Rehearsal, pairs_of, read_samples, sample_files
from guantong.record import Native, Outgoing

MOST_NAMED = 8
"""How many fields of one kind are named at most."""


@dataclass
class Readiness:
    """What was found. `at` is when, in seconds since 1970; `go` whether nothing hinders."""

    county: str
    at: float
    examined: Examined
    items: list[Item] = field(default_factory=list)
    probes: dict[str, list[ProbeStep]] = field(default_factory=dict)
    legs: list[Leg] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)

    @property
    def go(self) -> bool:
        """Whether no item failed."""
        return all(item.verdict != "failed" for item in self.items)

    @property
    def secrets_missing(self) -> list[str]:
        """The variables and files of all the secrets that the hub still lacks to start, the county's own and others'."""
        problems = (*self.examined.secret_problems, *self.examined.other_secrets)
        return list(dict.fromkeys(str(one.details.get("file") or one.details["name"]) for one in problems))

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "ok": self.go, "secrets_missing": self.secrets_missing, "county": self.county, "items": [item.as_json() for item in self.items],
            "probes": {system: [_step(one) for one in steps] for system, steps in self.probes.items()},
            "legs": [leg.as_json() for leg in self.legs], "samples": self.samples,
        }


async def ready(home: Path, county: str, registry: Registry, environ: Mapping[str, str], *, online: bool) -> Readiness:
    """Try everything. *online* says whether systems are probed. Raises `ProblemsError` where there is no such county."""
    found = Readiness(county, time.time(), examine(home, county, registry, environ))
    examined = found.examined
    found.items += [_check(examined), _secrets(examined, online), *_other_secrets(examined)]
    configuration = examined.configuration
    if configuration is None:
        return found
    samples, records = _samples(found, home, examined.systems)
    rehearsed, written = _rehearse(found, configuration, examined.systems, records)
    for system in examined.systems:
        found.items.append(await _probed(found, Probing(system, registry, configuration, written(system.id)), online))
        found.items += [*interface_item(configuration, system, written(system.id)), directions_item(configuration, system)]
    found.items += [samples, *rehearsed]
    for dialect in {system.dialect.name: system.dialect for system in examined.systems}.values():
        mine = [native for _, system, native in records if system.dialect is dialect]
        found.items += _mappings(county, configuration, dialect, mine, registry)
    found.items += _of_the_home(examined)
    return found


def _check(examined: Examined) -> Item:
    title = ("配置检查", "configuration")
    systems = ", ".join(system.id for system in examined.systems) or "-"
    said = (f"系统：{systems}", f"systems: {systems}") if examined.configuration else ("无法加载", "it does not load")
    return by_problems("check", title, examined.own_problems, said)


def _of_the_home(examined: Examined) -> list[Item]:
    """What `check` warns of besides the county: nothing that who judges the county must look at, so counted by code."""
    counts = Counter(problem.code.id for problem in examined.others_warnings)
    if not counts:
        return []
    each = ", ".join(f"{code} × {count}" for code, count in sorted(counts.items()))
    return [Item(HOME, ("中枢的其他提醒（与本县区无关）", "reminders of the home, not of this county"), "reminder", (each, each),
                 ("详见 guantong check", "see guantong check"), in_order(examined.others_warnings))]


def _secrets(examined: Examined, online: bool) -> Item:
    title = ("密钥", "secrets")
    missing = examined.secret_problems
    if missing:
        said = (f"缺 {len(missing)} 项", f"{len(missing)} missing")
        todo = (f"按 config/counties/{examined.county}.env.example 设置", "set them before going live")
        return Item(SECRETS, title, "failed" if online else "reminder", said, todo, missing)
    return Item(SECRETS, title, "passed", ("齐全", "all are there"))


def _other_secrets(examined: Examined) -> list[Item]:
    """What is no matter of the county's, and without which the hub does not start, so the county neither goes live."""
    others = examined.other_secrets
    if not others:
        return []
    systems = ", ".join(dict.fromkeys(_whose(one) for one in others))
    return [Item(OTHER_SECRETS, ("其他系统的密钥", "secrets of other systems"), "reminder",
                 (f"缺 {len(others)} 项（{systems}）", f"{len(others)} missing ({systems})"),
                 ("枢纽补齐后才能启动", "the hub starts only with them"), others)]


def _whose(secret: Problem) -> str:
    """The system that lacks a secret, or the key of the hub's own that does."""
    at = secret.path.split(".")
    return f"{Path(secret.place.file).stem}.{at[1]}" if at[0] == "systems" else secret.path


class Probing(NamedTuple):
    """A system to probe, and what would be written to it."""

    system: System
    registry: Registry
    configuration: Configuration
    written: Sequence[Outgoing]


async def _probed(found: Readiness, asked: Probing, online: bool) -> Item:
    system = asked.system
    key, title = f"probe:{system.id}", (f"连通与凭据 {system.id}", f"connection and credentials of {system.id}")
    if not online:
        return Item(key, title, "skipped", ("离线检查，未探测", "offline: not probed"),
                    ("网络开通后不带 --offline 再查一次", "try again without --offline once the network is open"))
    if found.examined.secret_problems:
        return Item(key, title, "skipped", ("密钥未齐，未探测", "secrets are missing: not probed"), ("先补齐密钥", "set the secrets first"))
    steps = found.probes[system.id] = await probe(system, asked.registry, asked.configuration, written=asked.written)
    problems = [step.problem for step in steps if step.problem is not None]
    seconds = sum(step.seconds for step in steps)
    bad = ", ".join(dict.fromkeys(step.category for step in steps if step.category))
    said = (f"{len(steps)} 步，{seconds * 1000:.0f} 毫秒" + (f"，故障类别：{bad}" if bad else ""),
            f"{len(steps)} steps in {seconds * 1000:.0f} ms" + (f"; failures: {bad}" if bad else ""))
    return by_problems(key, title, problems, said)


def _samples(found: Readiness, home: Path, systems: Sequence[System]) -> tuple[Item, list[tuple[str, System, Native]]]:
    """Read the vendor's samples; tell what of them is read by nobody."""
    title = ("对方样例", "samples of the vendor")
    files = sample_files(home, found.county)
    records: list[tuple[str, System, Native]] = []
    problems: list[Problem] = []
    for one in read_samples(files, systems):
        problems.append(one) if isinstance(one, Problem) else records.append(one)
    found.samples = [file.name for file in files]
    if not files:
        todo = (f"请对方提供原样报文，放入 samples/{found.county}/", f"put records as they send them into samples/{found.county}/")
        return Item("samples", title, "reminder", ("还没有", "none yet"), todo), records
    said = (f"{len(files)} 个文件，{len(records)} 条报文", f"{len(files)} files, {len(records)} records")
    return by_problems("samples", title, problems, said), records


def _rehearse(found: Readiness, configuration: Configuration, systems: Sequence[System],
              records: Sequence[tuple[str, System, Native]]) -> tuple[list[Item], Callable[[str], list[Outgoing]]]:
    """Both directions with nothing sent: the vendor's samples, and the pairs that stand beside the mappings. With the
    items, what would be sent to a system."""
    given, known = Rehearsal(configuration), Rehearsal(configuration)
    for _, system, native in records:
        given.record(system, native)
    for system in systems:
        for pair in pairs_of(configuration, system):
            if pair.inward and system.dialect.hears(pair.kind):
                known.record(system, pair.record)
        known.towards(system)
    found.legs = [*given.legs(), *known.legs()]
    items = [_legs_item("rehearsal", ("双向试运行（不发送）", "rehearsal, both directions"), known.legs(), strict=False)]
    if records:
        items.insert(0, _legs_item("rehearsal:samples", ("样例试运行（不发送）", "rehearsal of the samples"), given.legs(), strict=True))
    return items, lambda system: [*given.written(system), *known.written(system)]


def _legs_item(key: str, title: tuple[str, str], legs: Sequence[Leg], *, strict: bool) -> Item:
    """Samples must all be made. Of pairs, which hold every odd case on purpose, some of each kind must."""
    made, waits, refused = (sum(getattr(leg, name) for leg in legs) for name in ("made", "waits", "refused"))
    said = (f"{len(legs)} 条去向：成 {made}，待前序 {waits}，不成 {refused}", f"{len(legs)} ways: {made} made, {waits} await, {refused} refused")
    dead = [leg for leg in legs if leg.refused and (strict or not leg.made + leg.waits)]
    odd = [leg for leg in legs if leg.refused]
    problems: dict[tuple[str, Place, str, str], Problem] = {}  # each once, with every way on which it was met
    ways: dict[tuple[str, Place, str, str], list[str]] = {}
    for leg in dead or odd:
        for problem in leg.problems:
            problems[problem.identity] = problem
            met = ways.setdefault(problem.identity, [])
            if leg.way not in met:
                met.append(leg.way)
    if dead:
        return Item(key, title, "failed", said, ("按问题修改映射", "mend the mappings"), [*problems.values()], ways)
    if not legs:
        return Item(key, title, "failed", said, ("没有任何过程信息能收发：检查映射与转发规则", "nothing goes either way: see to mappings and routes"))
    if odd:
        return Item(key, title, "reminder", said, ("个别情形不成：逐条判断是否会出现", "some odd cases fail: judge whether they occur"), [*problems.values()], ways)
    return Item(key, title, "passed", said)


def _mappings(county: str, configuration: Configuration, dialect: Dialect, records: Sequence[Native], registry: Registry) -> list[Item]:
    """Pairs, coverage and round trip of one dialect."""
    shower = Shower(configuration.model)
    nothing: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
    pairs = pairs_of(configuration, next(one for one in configuration.systems.values() if one.dialect is dialect))
    coverage, prover = Coverage(dialect, shower), Prover(dialect, shower, registry.functions)
    for number, native in enumerate(records, 1):
        coverage.read(f"#{number}", native, nothing)
        prover.record(native, nothing)
    if not records:
        coverage.take(pairs)
    generated = sum(count for _, count in prover.generated())
    prover.take(pairs)
    return [
        _pairs(configuration, dialect, shower), _coverage(county, dialect, coverage.findings(), len(records)),
        _round_trip(dialect, prover, generated),
    ]


def _pairs(configuration: Configuration, dialect: Dialect, shower: Shower) -> Item:
    title = (f"对照样例 {dialect.name}", f"pairs of {dialect.name}")
    own: list[Pair]
    own, _, problems = load_pairs(dialect.folder, configuration.model, f"mappings/{dialect.name}")
    failed = 0
    for _, wrong in run_pairs(own, dialect, shower):
        failed += bool(wrong)
        problems += wrong
    said = (f"{len(own)} 个，{failed} 个不成立", f"{len(own)}, of which {failed} do not hold")
    if not own and not problems:
        todo = (f"可由样例生成：guantong try {dialect.name} 样例 --pair 名称", "make some of samples: guantong try … --pair NAME")
        return Item(f"pairs:{dialect.name}", title, "reminder", said, todo)
    return by_problems(f"pairs:{dialect.name}", title, problems, said)


def _coverage(county: str, dialect: Dialect, findings: Sequence[Finding], samples: int) -> Item:
    counts = Counter(one.kind for one in findings)
    shown = (("unread", "未读字段", "fields unread"), ("untranslated", "无对应代码", "codes untranslated"), ("cut", "截断", "cut"),
             ("refused", "被拒", "refused"))
    said = ("，".join(f"{zh} {counts[kind]}" for kind, zh, _ in shown), ", ".join(f"{counts[kind]} {en}" for kind, _, en in shown))
    basis = (f"（按 {samples} 条样例）", f" (of {samples} samples)") if samples else ("（按对照样例）", " (of the pairs)")
    said = (said[0] + basis[0], said[1] + basis[1])
    title, key = (f"映射覆盖 {dialect.name}", f"coverage of {dialect.name}"), f"coverage:{dialect.name}"
    look = f"guantong mapping coverage {dialect.name}" + (f" samples/{county}" if samples else "")
    named = [(kind_zh, kind_en, list(dict.fromkeys(one.path for one in findings if one.kind == kind))) for kind, kind_zh, kind_en in shown]
    todo = ("；".join([*(f"{zh}：{'、'.join(paths[:MOST_NAMED])}" for zh, _, paths in named if paths), f"详见 {look}"]),
            "; ".join([*(f"{en}: {', '.join(paths[:MOST_NAMED])}" for _, en, paths in named if paths), f"see {look}"]))
    if samples and counts["refused"]:
        return Item(key, title, "failed", said, todo)
    return Item(key, title, "reminder" if any(counts[kind] for kind, _, _ in shown) else "passed", said, todo)


def _round_trip(dialect: Dialect, prover: Prover, generated: int) -> Item:
    counts = Counter(one.status for one in prover.proofs())
    said = (f"原样 {counts['exact']}，已声明失真 {counts['lossy']}，未声明失真 {counts['undeclared']}（另生成 {generated} 条）",
            f"{counts['exact']} exact, {counts['lossy']} lossy as declared, {counts['undeclared']} undeclared ({generated} generated)")
    title, key = (f"往返证明 {dialect.name}", f"round trip of {dialect.name}"), f"roundtrip:{dialect.name}"
    if counts["undeclared"]:
        return Item(key, title, "failed", said, (f"详见 guantong mapping prove {dialect.name}", f"see guantong mapping prove {dialect.name}"))
    return Item(key, title, "passed", said)


def _step(one: ProbeStep) -> dict[str, Any]:
    return {"step": one.step, "target": one.target, "ms": round(one.seconds * 1000, 1), "category": one.category,
            "note": one.note, "problem": one.problem.as_json() if one.problem else None}

"""`guantong bench mapping`: compiled mappings beside handwritten Python, in one process, round by round.

Both sides get the same records (every one with its own serial, times and dates) and must give the same
result before anything is measured. A ratio is the median of the ratios of the rounds, by CPU time: what else
the machine does in a round falls on both sides of it.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Any

import orjson

from guantong.mapping import Dialect, load_dialects
from guantong.mapping.emit import Emitter
from guantong.model import load_model
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench import handwritten
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.bench.home import FILES
from guantong_plugins.bench.record import record

EVENT, KIND = "case.application", "application"
CONTEXT: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
RECORDS = 256
Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison: *ours* against *baseline*, each one pass over all the records. `goal` is the name of the
    aim it answers to (none: it is part of one)."""

    name: str
    goal: str
    ours: Work
    baseline: Work


@dataclass(frozen=True, slots=True)
class Figures:
    """What the rounds said. `rate` is our records a second and `cpu_us` our CPU a record (medians), `ratio` our
    CPU ÷ the baseline's (median of the rounds), `spread` (highest - lowest) / median of those ratios."""

    name: str
    goal: str
    rate: float
    cpu_us: float
    baseline_us: float
    ratio: float
    spread: float
    runs: int

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "name": self.name, "goal": self.goal, "rate": round(self.rate), "cpu_us": round(self.cpu_us, 3),
            "baseline_us": round(self.baseline_us, 3), "ratio": round(self.ratio, 3), "spread": round(self.spread, 3),
            "runs": self.runs,
        }


def measure(parts: Sequence[Part], *, runs: int, passes: int) -> list[Figures]:
    """The figures of each part: *runs* rounds, in each every part does *passes* passes over the records, side by
    side with its baseline; who goes first changes from round to round."""
    taken: list[list[tuple[float, float, float]]] = [[] for _ in parts]
    for part in parts:  # once unmeasured, so that everything is compiled and met
        part.ours()
        part.baseline()
    gc.collect()
    gc.disable()
    try:
        for number in range(runs):
            for part, rounds in zip(parts, taken, strict=True):
                rounds.append(_round(part, passes, ours_first=number % 2 == 0))
            gc.collect()
    finally:
        gc.enable()
    return [_figures(part, rounds, passes) for part, rounds in zip(parts, taken, strict=True)]


def _round(part: Part, passes: int, *, ours_first: bool) -> tuple[float, float, float]:
    """Our CPU, our time and the baseline's CPU, in seconds. The sides take turns pass by pass."""
    cpu = wall = base = 0.0
    for _ in range(passes):
        if ours_first:
            spent, lasted = _timed(part.ours)
            other, _unused = _timed(part.baseline)
        else:
            other, _unused = _timed(part.baseline)
            spent, lasted = _timed(part.ours)
        cpu, wall, base = cpu + spent, wall + lasted, base + other
    return cpu, wall, base


def _timed(work: Work) -> tuple[float, float]:
    begin, began = perf_counter(), process_time()
    work()
    return process_time() - began, perf_counter() - begin


def _figures(part: Part, rounds: Sequence[tuple[float, float, float]], passes: int) -> Figures:
    done = RECORDS * passes
    ratios = [cpu / base for cpu, _, base in rounds]
    return Figures(
        part.name, part.goal,
        rate=median(done / wall for _, wall, _ in rounds),
        cpu_us=median(cpu for cpu, _, _ in rounds) / done * 1e6,
        baseline_us=median(base for _, _, base in rounds) / done * 1e6,
        ratio=median(ratios), spread=(max(ratios) - min(ratios)) / median(ratios), runs=len(rounds),
    )


def parts() -> list[Part]:
    """The comparisons, after proof that both sides do the same. Raises `ProblemsError` where they do not."""
    portal, county = _dialects()
    bodies = [body(number) for number in range(1, RECORDS + 1)]
    records = [portal.decode(one, KIND)[0] for one in bodies]
    fields = [one.fields for one in records]
    events = [handwritten.read(one) for one in fields]
    _same("inward", (portal.inward(one, CONTEXT)[0].values for one in records), events)
    natives = [county.outward(EVENT, one, CONTEXT).native for one in events]
    _same("outward", (orjson.loads(county.encode(one)) for one in natives), map(handwritten.write, events))
    source, target = portal.plans[EVENT], county.plans[EVENT]
    quick_in, quick_out = _compiled(source.generated_inward, "inward"), _compiled(target.generated_outward, "outward")
    bare_in, bare_out = _unrecorded(source.generated_inward, "inward"), _unrecorded(target.generated_outward, "outward")
    _same("without lineage, inward", (bare_in(one, CONTEXT) for one in fields), events)
    _same("without lineage, outward", (bare_out(one, CONTEXT) for one in events), (one.fields for one in natives))
    read, write, loads, dumps = handwritten.read, handwritten.write, orjson.loads, orjson.dumps

    def exchange(one: bytes) -> bytes:
        (event,) = portal.inward(portal.decode(one, KIND)[0], CONTEXT)
        return county.encode(county.outward(EVENT, event.values, CONTEXT).native)

    return [
        Part("inward", "", each(lambda one: portal.inward(one, CONTEXT), records), each(read, fields)),
        Part("outward", "", each(lambda one: county.outward(EVENT, one, CONTEXT), events), each(write, events)),
        Part("mapping", "G1", each(lambda one: county.outward(EVENT, portal.inward(one, CONTEXT)[0].values, CONTEXT), records),
             each(lambda one: write(read(one)), fields)),
        Part("lineage", "G2", each(lambda one: quick_out(quick_in(one, CONTEXT).values, CONTEXT), fields),
             each(lambda one: bare_out(bare_in(one, CONTEXT), CONTEXT), fields)),
        Part("exchange", "G3", each(exchange, bodies), each(lambda one: dumps(write(read(loads(one)))), bodies)),
    ]


def each(work: Callable[[Any], object], records: Sequence[Any]) -> Work:
    """One pass of *work* over the records; nothing is kept, as a hub keeps nothing of a record that is done."""
    def once() -> None:
        for one in records:
            work(one)
    return once


def body(number: int) -> bytes:
    """The bench's record *number* with times and dates of its own, as a day's traffic has them."""
    value = orjson.loads(record(number))
    day, second = number % 28 + 1, number * 337 % 86_400
    clock = f"{second // 3600:02}{second // 60 % 60:02}{second % 60:02}"
    value["sentAt"] = f"202405{day:02}{clock}"
    value["applyTime"] = f"2024-05-{day:02} {clock[:2]}:{clock[2:4]}:{clock[4:]}"
    value["dueDate"] = f"202406{day:02}"
    value["applicant"]["birth"] = f"{1940 + number % 60}02{day:02}"
    # Numbers come as text out of the codec; written as text they are what most senders send.
    value["ver"] = str(value["ver"])
    for index, one in enumerate(value["materials"]):
        one["uploadTime"] = f"202405{day:02}{clock[:4]}{(second + index) % 60:02}"
    return orjson.dumps(value)


def _dialects() -> tuple[Dialect, Dialect]:
    folder, plugged = FILES / "mappings", registry()
    model, wrong = load_model(folder / "canonical", "mappings/canonical")
    dialects, found = load_dialects(folder, model, plugged.codecs, plugged.functions, "mappings")
    if wrong or found:
        raise ProblemsError([*wrong, *found])
    return dialects["bench-portal"], dialects["bench-county"]


def _same(what: str, ours: Iterable[object], expected: Iterable[object]) -> None:
    """Raise `ProblemsError` unless both sides made the same of every record."""
    for number, (one, other) in enumerate(zip(ours, expected, strict=True), 1):
        if one != other:
            details = {"what": f"{what}: record {number} differs from the handwritten result", "log": "this text"}
            raise ProblemsError([Problem(UNTRUE, details=details)])


def _compiled(made: Emitter, name: str) -> Callable[..., Any]:
    return made.compile(name, f"bench {name}")


_RECORDING = (
    (re.compile(r"; k\d* \|= \d+$"), ""),                       # a5 = '无'; k |= 2
    (re.compile(r"\bk\d* \|= \d+; "), ""),                      # k |= 32; x = y
    (re.compile(r"^( *)(?:if .*: )?k\d* \|= .*$"), r"\1pass"),   # if y: k7 |= 2
    (re.compile(r"; k\d* = 0\b"), ""),
    (re.compile(r"^ return new\(Translated, .*$"), " return v"),
    (re.compile(r"^ return new\(TranslatedOut, .*$"), " return n"),
)


def _unrecorded(made: Emitter, name: str) -> Callable[..., Any]:
    """The same generated function with the recording taken out: it returns the values alone."""
    lines = []
    for line in made.source.splitlines():
        for pattern, instead in _RECORDING:
            line = pattern.sub(instead, line)
        lines.append(line)
    source = "\n".join(lines)
    if re.search(r"\bk\d*\b", source):
        raise ProblemsError([Problem(UNTRUE, details={"what": f"lineage is still recorded {name}", "log": "this text"})])
    names = dict(made.globals)
    exec(compile(source, f"<bench {name} without lineage>", "exec"), names)  # noqa: S102 - the generator's own source, shortened
    function: Callable[..., Any] = names[name]
    return function

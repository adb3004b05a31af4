"""Measuring how long mappings take to load: `check` cold and cached, and a reload of one changed file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import orjson

from guantong.config import Loaded, load
from guantong.mapping.memory import Memory
from guantong.mapping.outlines import outlines_in
from guantong.plugins import registry
from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import UNTRUE
from guantong_plugins.demo.home import begin_home

PARENT = "gd-exchange"
GOALS = {"cold": 5.0, "cached": 1.0, "reload": 0.1}
"""Seconds for 1,000 mappings, where the goals hold."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How long one thing took: seconds on the clock, and of CPU."""

    seconds: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What loading one shape of home took: medians over the runs."""

    shape: str
    name: str
    mappings: int
    runs: Sequence[Taken]

    @property
    def seconds(self) -> float:
        return median(one.seconds for one in self.runs)

    @property
    def cpu(self) -> float:
        return median(one.cpu for one in self.runs)

    @property
    def spread(self) -> float:
        """How far the runs lie apart: (longest - shortest) / median."""
        taken = [one.seconds for one in self.runs]
        return (max(taken) - min(taken)) / self.seconds

    def as_json(self) -> dict[str, Any]:
        return {
            "name": f"{self.shape}.{self.name}", "mappings": self.mappings, "rate": round(self.mappings / self.seconds, 1),
            "cpu_us": round(self.cpu / self.mappings * 1e6, 1), "seconds": round(self.seconds, 4),
            "cpu_seconds": round(self.cpu, 4), "goal_seconds": GOALS[self.name], "runs": len(self.runs),
            "spread": round(self.spread, 3),
        }


def measure(place: Path, *, mappings: int, runs: int) -> list[Figures]:
    """The figures of both shapes of home, each made under *place*. Raises `ProblemsError` when a run was not
    what it should be."""
    return [one for shape, grow in (("heirs", _heir), ("own", _own)) for one in _of(place / shape, shape, grow, mappings, runs)]


def _of(folder: Path, shape: str, grow: Callable[[Path, Path, str], None], mappings: int, runs: int) -> list[Figures]:
    folder.mkdir()
    begin_home(folder)
    parent = folder / "mappings" / PARENT
    each = sum(1 for file in parent.glob("*.yaml") if file.name != "dialect.yaml")
    dialects = -(-mappings // each)
    for number in range(dialects):
        grow(parent, folder / "mappings" / f"county{number:03d}", f"county{number:03d}")
    (folder / "var").mkdir(mode=0o700)
    cold: list[Taken] = []
    cached: list[Taken] = []
    for _ in range(runs):
        outlines_in(folder).unlink(missing_ok=True)
        answers = []
        for found in (cold, cached):
            taken, answer = _check(folder)
            found.append(taken)
            answers.append(answer)
        if answers[0] != answers[1] or answers[0]["dialects"] < dialects:
            _untrue("the cache gave another answer")
    made = {"cold": cold, "cached": cached, "reload": _reloads(folder, runs)}
    return [Figures(shape, name, dialects * each, found) for name, found in made.items()]


def _heir(parent: Path, folder: Path, name: str) -> None:
    """A dialect that extends *parent* and says two of its mappings otherwise."""
    folder.mkdir()
    (folder / "dialect.yaml").write_text(
        f"dialect: {name}\nextends: {parent.name}\ntitle: {{zh: {name}, en: {name}}}\n", encoding="utf-8")
    for event in ("case.acceptance", "case.finish"):
        (folder / f"{event}.yaml").write_text(
            f"event: {event}\nfields:\n  operator.name: {{at: BLRXM_{name}}}\n", encoding="utf-8")


def _own(parent: Path, folder: Path, name: str) -> None:
    """A dialect that says all by itself, as *parent* does."""
    shutil.copytree(parent, folder, ignore=shutil.ignore_patterns("tests"))
    file = folder / "dialect.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"dialect: {parent.name}", f"dialect: {name}"), encoding="utf-8")


def _check(folder: Path) -> tuple[Taken, dict[str, Any]]:
    """One `guantong check` as a person runs it: a process of its own."""
    before, begun = os.times(), perf_counter()
    done = subprocess.run(  # noqa: S603 - this interpreter, and a folder made here
        [sys.executable, "-m", "guantong", "check", "--json", "--home", str(folder)],
        capture_output=True, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    seconds, after = perf_counter() - begun, os.times()
    if done.returncode:
        _untrue(f"check ended with {done.returncode}")
    answer: dict[str, Any] = orjson.loads(done.stdout)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(seconds, cpu), answer


def _reloads(folder: Path, runs: int) -> list[Taken]:
    """What a running hub does when one file changed: reads all, makes anew what it is part of, checks."""
    memory = Memory()
    before = _loaded(folder, memory)
    file = folder / "mappings" / "county000" / "case.acceptance.yaml"
    text = file.read_text(encoding="utf-8")
    taken = []
    for number in range(runs):
        file.write_text(f"{text}\n# {number}\n", encoding="utf-8")
        begun, cpu = perf_counter(), process_time()
        after = _loaded(folder, memory)
        taken.append(Taken(perf_counter() - begun, process_time() - cpu))
        if after.mappings_version == before.mappings_version or after.problems != before.problems:
            _untrue("a changed file was not taken up")
    return taken


def _loaded(folder: Path, memory: Memory) -> Loaded:
    found = load(folder, registry(), {}, secrets=False, memory=memory)
    if found.configuration is None:
        raise ProblemsError(found.problems)
    return found


def _untrue(what: str) -> None:
    raise ProblemsError([Problem(UNTRUE, details={"what": what, "log": "guantong check"})])

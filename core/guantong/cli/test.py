"""`guantong test`: the pairs of record and event beside the mappings, and whether they would notice mistakes."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from guantong.cli.check import Lang
from guantong.cli.home import HERE, PROBLEMS_FOUND, HomeOption, JsonOption
from guantong.cli.mappinghome import SHOWN, Mappings, UnmaskOption, end_with, read_mappings
from guantong.mapping import Dialect
from guantong.mapping.mutate import Judge, Verdict, idle, mutants, verdicts
from guantong.mapping.paircodes import NO_PAIRS, NOTHING_NOTICES
from guantong.mapping.pairfiles import Exemption, Pair, load_pairs
from guantong.mapping.pairs import run_pairs
from guantong.mapping.showing import Shower
from guantong.problems import Language, Place, Problem


@dataclass(slots=True)
class Tested:
    """One dialect: its pairs, what of them does not hold, and the verdicts on its mutants."""

    dialect: Dialect
    pairs: list[Pair]
    exempt: list[Exemption]
    problems: list[Problem] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    judged: list[Verdict] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "dialect": self.dialect.name, "pairs": len(self.pairs), "failed": len(self.failed),
            "mutants": len(self.judged), "noticed": sum(one.pair is not None for one in self.judged),
            "exempt": sum(one.exemption is not None for one in self.judged),
            "unnoticed": [
                {"rule": one.mutant.rule, "change": one.mutant.kind, "what": one.mutant.what,
                 "file": one.mutant.place.file, "line": one.mutant.place.line}
                for one in self.judged if not one.passed
            ],
        }


def run_tests(
    dialects: Annotated[list[str] | None, typer.Argument(
        metavar="[DIALECT]...", help="Only these; without names all (只测这些数据规范，缺省为全部).")] = None,
    mutate: Annotated[bool, typer.Option(
        "--mutate", help="Change each rule in turn and list those no pair would notice (逐条改动规则).")] = False,
    unmask: UnmaskOption = False,
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="Language of the texts (语言).")] = None,
) -> None:
    """Run the pairs of record and event beside the mappings (运行映射的对照样例).

    Pairs stand in mappings/DIALECT/tests/*.yaml. With --mutate each rule is changed in turn (left out, codes
    swapped, another constant, default, format, length or condition): a change that no pair notices is a rule
    that nothing tests. Rules inherited unchanged are their parent's to test.

    Examples 示例: `guantong test` · `guantong test rongcheng --mutate` · `guantong test --mutate --json`
    """
    loaded, errors = read_mappings(home / SHOWN, dialects or ())
    language: Language = "en" if lang is Lang.EN else "zh"
    if errors:  # what could be loaded has its pairs read too: every mistake at once
        known = [loaded.dialects[name] for name in dialects or sorted(loaded.dialects) if name in loaded.dialects]
        end_with([*errors, *_read(loaded, known)[1]])
    tested, wrong = _read(loaded, [loaded.dialect(name) for name in dialects or sorted(loaded.dialects)])
    if wrong:
        end_with(wrong)
    shower = Shower(loaded.model, unmask)
    with _progress(not as_json) as progress:
        for one in tested:
            _run(one, shower, progress)
        for one in tested if mutate else ():
            if not one.failed:
                _mutate(one, loaded, shower, progress)
    problems = [problem for one in tested for problem in one.problems]
    if as_json:
        answer = {"ok": not _wrong(problems), "dialects": [one.as_json() for one in tested],
                  "problems": [problem.as_json() for problem in problems]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
    else:
        for problem in problems:
            typer.echo(problem.line(language))
        for one in tested:
            typer.echo(_summary(one, language, mutate))
    if _wrong(problems):
        raise typer.Exit(PROBLEMS_FOUND)


def _read(loaded: Mappings, dialects: Sequence[Dialect]) -> tuple[list[Tested], list[Problem]]:
    tested: list[Tested] = []
    wrong: list[Problem] = []
    for dialect in dialects:
        shown = f"mappings/{dialect.name}"
        pairs, exempt, problems = load_pairs(dialect.folder, loaded.model, shown)
        wrong += problems
        one = Tested(dialect, pairs, exempt)
        if not pairs:
            one.problems.append(Problem(NO_PAIRS, Place(shown), details={"dialect": dialect.name, "folder": shown}))
        tested.append(one)
    return tested, wrong


def _run(one: Tested, shower: Shower, progress: Progress) -> None:
    task = progress.add_task(one.dialect.name, total=len(one.pairs))
    for pair, problems in run_pairs(one.pairs, one.dialect, shower):
        if problems:
            one.failed.add(f"{pair.place}")
            one.problems += problems
        progress.advance(task)


def _mutate(one: Tested, loaded: Mappings, shower: Shower, progress: Progress) -> None:
    of = list(mutants(one.dialect, loaded.dialects.get(one.dialect.extends or ""), loaded.model))
    if of and not one.pairs:
        place = Place(f"mappings/{one.dialect.name}")
        one.problems.append(Problem(NOTHING_NOTICES, place, details={"count": len(of)}))
        return
    task = progress.add_task(f"{one.dialect.name} --mutate", total=len(of))
    for verdict in verdicts(Judge(one.dialect, one.pairs, shower), of, one.exempt):
        one.judged.append(verdict)
        if not verdict.passed:
            one.problems.append(verdict.problem())
        progress.advance(task)
    one.problems += idle(one.exempt, one.judged)


@contextmanager
def _progress(wanted: bool) -> Iterator[Progress]:
    """A bar on standard error where somebody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True,
                  disable=not (wanted and sys.stderr.isatty())) as progress:
        yield progress


def _wrong(problems: Sequence[Problem]) -> bool:
    return any(problem.code.severity == "error" for problem in problems)


def _summary(one: Tested, language: Language, mutate: bool) -> str:
    holding = len(one.pairs) - len(one.failed)
    if language == "zh":
        text = f"{one.dialect.name}：{len(one.pairs)} 个样例，{holding} 个成立，{len(one.failed)} 个不成立"
    else:
        text = f"{one.dialect.name}: {len(one.pairs)} pairs, {holding} hold, {len(one.failed)} do not"
    if not mutate:
        return text
    counts = Counter("exempt" if one.exemption else "noticed" if one.pair else "unnoticed" for one in one.judged)
    if one.failed:
        return text + ("；样例不成立时不做变异" if language == "zh" else "; not mutated while pairs do not hold")
    if language == "zh":
        return f"{text}；{len(one.judged)} 处改动，{counts['noticed']} 处能发现，{counts['exempt']} 处豁免，{counts['unnoticed']} 处无样例能发现"
    return (f"{text}; {len(one.judged)} changes, {counts['noticed']} noticed, {counts['exempt']} exempt, "
            f"{counts['unnoticed']} unnoticed")

"""`guantong check`: every mistake of the configuration, found by the loader that `run` uses."""

from __future__ import annotations

import os
from datetime import date
from enum import StrEnum
from typing import Annotated

import orjson
import typer

from guantong.cli.codes import NO_HOME
from guantong.cli.home import HERE, PROBLEMS_FOUND, WRONG_USAGE, HomeOption, JsonOption, starter_notice
from guantong.cli.running import differences, status_of
from guantong.config import Loaded, load
from guantong.config.calendar import FOLDER, ending
from guantong.mapping.outlines import outlines_in
from guantong.plugins import registry
from guantong.problems import Language, Place, Problem
from guantong.proof.setup import look_at_setup


class Lang(StrEnum):
    """The language of the texts."""

    ZH = "zh"
    EN = "en"


def check(
    home: HomeOption = HERE,
    as_json: JsonOption = False,
    lang: Annotated[Lang | None, typer.Option(help="One language only; both otherwise (语言).")] = None,
) -> None:
    """Report every mistake of every configuration and mapping file (检查配置).

    Each with file:line:column, what to write instead, and its code; warnings hinder nothing.

    Example: `guantong check --home /srv/guantong`
    """
    if not home.is_dir():
        missing = Problem(NO_HOME, details={"folder": home.as_posix()})
        _answer(Loaded(None, [missing]), as_json, lang)
        raise typer.Exit(WRONG_USAGE)
    specs = registry()
    loaded = load(home.resolve(), specs, os.environ, outlines=outlines_in(home.resolve()))
    loaded.problems[:0] = starter_notice(home) if _errors(loaded) else []
    loaded.problems.extend(differences(status_of(home.resolve()), loaded.configuration))
    if loaded.configuration is not None:
        loaded.problems.extend(look_at_setup(loaded.configuration, specs))
    if loaded.configuration is not None and loaded.configuration.supervision is not None:
        loaded.problems.extend(ending(loaded.configuration.calendar, date.today(), Place(f"config/{FOLDER}")))
    _answer(loaded, as_json, lang)
    if _errors(loaded):
        raise typer.Exit(PROBLEMS_FOUND)


def _answer(loaded: Loaded, as_json: bool, lang: Lang | None) -> None:
    typer.echo(_as_json(loaded) if as_json else _as_text(loaded, lang))


def _errors(loaded: Loaded) -> int:
    return sum(problem.code.severity == "error" for problem in loaded.problems)


def _as_json(loaded: Loaded) -> str:
    answer = {
        "ok": not _errors(loaded), "systems": loaded.systems, "routes": loaded.routes,
        "dialects": loaded.dialects, "problems": [problem.as_json() for problem in loaded.problems],
    }
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()


def _as_text(loaded: Loaded, lang: Lang | None) -> str:
    lines = [line for problem in loaded.problems for line in _texts(problem, lang)]
    errors = _errors(loaded)
    warnings = len(loaded.problems) - errors
    counts = {
        "zh": (
            f"{loaded.systems} 个系统，{loaded.routes} 条转发规则，{loaded.dialects} 个数据规范："
            f"{errors} 个错误，{warnings} 个警告"
        ),
        "en": (
            f"{loaded.systems} systems, {loaded.routes} routes, {loaded.dialects} dialects: "
            f"{errors} errors, {warnings} warnings"
        ),
    }
    return "\n".join([*lines, *(counts[language] for language in _languages(lang))])


def _texts(problem: Problem, lang: Lang | None) -> list[str]:
    """The problem on one line, and on an indented second one in the other language unless one was asked."""
    first, *others = _languages(lang)
    lines = [f"{problem.line(first)}{_severity(problem, first)}"]
    for language in others:
        text = "; ".join(part for part in (problem.message(language), problem.hint(language)) if part)
        lines.append(f"    {text}{_severity(problem, language)}")
    return lines


def _languages(lang: Lang | None) -> tuple[Language, ...]:
    if lang is None:
        return ("zh", "en")
    return ("zh",) if lang is Lang.ZH else ("en",)


def _severity(problem: Problem, language: Language) -> str:
    if problem.code.severity == "error":
        return ""
    return "（警告）" if language == "zh" else " (warning)"

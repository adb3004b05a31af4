"""Files tried out in a copy of the home before any is written; what is wrong is told where the answers said it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from guantong.config import Loaded, load
from guantong.config.codes import FACT_MISSING, SECRET_NEEDED, UNUSED_SECRET
from guantong.onboarding.answers import Answered
from guantong.onboarding.codes import FACT_WANTED
from guantong.onboarding.files import write_all
from guantong.plugins import registry
from guantong.problems import Problem


def tried(home: Path, files: Mapping[str, bytes]) -> Loaded:
    """How the home would load with *files* in it. The home itself is not touched, no secret is looked for."""
    with tempfile.TemporaryDirectory(prefix="guantong-") as place:
        copy = Path(place)
        for kind in ("config", "mappings", "plugins", "wsdl"):  # what settings name by a path of the home
            if (home / kind).is_dir():
                shutil.copytree(home / kind, copy / kind)
        write_all(copy, files)
        return load(copy, registry(), os.environ, secrets=False)


def secrets_of(loaded: Loaded, file: str) -> tuple[set[str], set[str]]:
    """The secrets that the systems of the place *file* need and do not name, and those named for nothing."""
    mine = [problem for problem in loaded.problems if problem.place.file == file]
    return ({str(one.details["name"]) for one in mine if one.code is SECRET_NEEDED},
            {str(one.details["name"]) for one in mine if one.code is UNUSED_SECRET})


def concerning(loaded: Loaded, files: Mapping[str, bytes], before: Loaded | None, answered: Answered) -> list[Problem]:
    """The problems that *files* bring: all in them, and the errors elsewhere that were not there *before*."""
    known = {problem.line() for problem in before.problems} if before else set()
    found = [problem for problem in loaded.problems if problem.place.file in files
             or (problem.code.severity == "error" and problem.line() not in known)]
    return [_said_at(problem, answered) for problem in found]


def facts_wanted(found: Iterable[Problem], answered: Answered) -> tuple[list[Problem], list[Problem]]:
    """Of the problems *found*, the facts that the new system does not tell, each at the answer it is missing in; and all others."""
    said = answered.said
    wanted, others = [], []
    for problem in found:
        mine = problem.code is FACT_MISSING and problem.place.file == f"config/counties/{said.county}.yaml"
        if mine and problem.path.startswith(f"systems.{said.system}.facts."):
            name = problem.details["name"]
            wanted.append(replace(problem, code=FACT_WANTED, place=answered.place("facts"), path=f"facts.{name}"))
        else:
            others.append(problem)
    return wanted, others


def _said_by_key(problem: Problem, answered: Answered) -> Problem:
    """The problem of what the place file has from one answer, at that answer; of what follows from none of them, where the county is
    named: a file that is not written yet has no lines to point at."""
    inside = problem.path.removeprefix(f"systems.{answered.said.system}.").removeprefix(f"systems.{answered.said.system}")
    key = inside.partition(".")[0]
    known = key if answered.table.get(key) is not None else "profile" if problem.path.startswith("systems.") else "county"
    return replace(problem, place=answered.place(known, *inside.split(".")[1:]) if known == key else answered.place(known), path=inside or problem.path)


def _said_at(problem: Problem, answered: Answered) -> Problem:
    """The problem where its cause stands among the answers, if it does."""
    said = answered.said
    prefix = f"systems.{said.system}.settings"
    if problem.place.file != f"config/counties/{said.county}.yaml" or problem.code is FACT_MISSING:  # a fact is asked for: `facts_wanted`
        return problem
    if not problem.path.startswith(prefix):
        return _said_by_key(problem, answered)
    steps = [step for step in re.split(r"[.\[\]]+", problem.path.removeprefix(prefix)) if step]
    settings = answered.place("settings")
    place = answered.place("settings", *steps)
    if place in (settings, answered.place()) and said.address:
        return replace(problem, place=answered.place("address"), path=".".join(["settings", *steps]))
    return replace(problem, place=place, path=".".join(["settings", *steps]))

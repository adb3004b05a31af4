"""What the verbs of sites share: the home, its tree, a site by code or name, and how a problem ends a verb."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import orjson
import typer

from guantong.cli.codes import NO_HOME
from guantong.cli.home import PROBLEMS_FOUND, WRONG_USAGE, print_problems, stop
from guantong.problems import Problem, ProblemsError, nearest
from guantong.sites.codes import NO_SUCH_SITE, NOTHING_IMPORTED
from guantong.sites.kept import read
from guantong.sites.site import Site
from guantong.sites.tree import Tree


def home_of(home: Path) -> Path:
    """The home folder; ends the verb where there is none."""
    if not home.is_dir():
        stop(Problem(NO_HOME, details={"folder": home.as_posix()}))
    return home.resolve()


def refuse(problems: Sequence[Problem], as_json: bool, code: int = PROBLEMS_FOUND) -> NoReturn:
    """End the verb with *problems*, as JSON or in both languages."""
    if as_json:
        answer = {"ok": False, "problems": [one.as_json() for one in problems]}
        typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2))
    else:
        print_problems(problems)
        if len(problems) > 1:
            errors = sum(one.code.severity == "error" for one in problems)
            typer.echo(f"{errors} 个错误，什么也没有改 · {errors} problems; nothing was changed", err=True)
    raise typer.Exit(code)


def standing(home: Path, as_json: bool, *, needed: bool = False) -> Tree:
    """The tree in force; ends the verb when it is damaged, or *needed* and not there."""
    try:
        tree = read(home)
    except ProblemsError as error:
        refuse(error.problems, as_json)
    if needed and not tree:
        refuse([Problem(NOTHING_IMPORTED)], as_json)
    return tree


def named(tree: Tree, text: str, as_json: bool) -> Site:
    """The site with this code, key or whole name; ends the verb where none has it."""
    found = tree.sites.get(text) or next((site for site in tree.sites.values() if text in (site.name, site.code)), None)
    if found is not None:
        return found
    like = nearest(text, [*(site.name for site in tree.sites.values()), *tree.sites])
    refuse([Problem(NO_SUCH_SITE, details={"came": text[:60], "near": f" ({like}?)" if like else ""})], as_json, WRONG_USAGE)

"""What verbs share: the home folder, its configuration, its store, and how a problem ends a verb."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from guantong.config import Configuration, load
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.store import Reader, StoreRefused
from guantong.vault import Vault, VaultError, open_vault

PROBLEMS_FOUND = 1
WRONG_USAGE = 2

HomeOption = Annotated[Path, typer.Option("--home", help="The folder with config/, mappings/ and var/ (工作目录).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as one JSON object (以 JSON 输出).")]
HERE = Path(".")


def fail(text: str, code: int = WRONG_USAGE) -> NoReturn:
    """End the verb with *text* on standard error."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def print_problems(problems: Iterable[Problem]) -> None:
    """Each problem in Chinese and English, on standard error."""
    for problem in problems:
        typer.echo(problem.line("zh"), err=True)
        typer.echo(f"    {problem.message('en')} [{problem.code.id}]", err=True)


def configuration(home: Path) -> Configuration:
    """The configuration of *home*; ends the verb with every problem when it does not load."""
    if not home.is_dir():
        fail(f"没有目录 {home.as_posix()}；请用 --home 指定 / there is no folder {home.as_posix()}; give --home")
    loaded = load(home.resolve(), registry(), os.environ)
    if loaded.configuration is None:
        print_problems(loaded.problems)
        raise typer.Exit(WRONG_USAGE)
    return loaded.configuration


@contextmanager
def reading(configuration: Configuration) -> Iterator[Reader]:
    """The store, read-only, beside a running hub or without one."""
    choice = configuration.store
    try:
        reader = registry().stores[choice.use].open_reader(choice.settings, configuration.home)
    except StoreRefused as error:
        fail(str(error))
    try:
        yield reader
    finally:
        reader.close()


def vault_of(configuration: Configuration) -> Vault:
    """The vault of a home that has been run before."""
    try:
        return open_vault(configuration.keys, create=False)
    except VaultError as error:
        fail(str(error))

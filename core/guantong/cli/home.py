"""What verbs share: the home folder, its configuration, its store, and how a problem ends a verb."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from guantong.cli.codes import NO_HOME, NO_KEYS, NO_SUCH_SYSTEM, NOT_A_HOME, NOT_WRITABLE, STORE_NOT_READ
from guantong.config import Configuration, load
from guantong.mapping.memory import Memory
from guantong.mapping.outlines import outlines_in
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Problem, nearest
from guantong.store import Reader, StoreFailed, StoreRefused
from guantong.whereabouts import must_be_the_store

if TYPE_CHECKING:
    from guantong.vault import Vault, VaultError

PROBLEMS_FOUND = 1
WRONG_USAGE = 2

HomeOption = Annotated[Path, typer.Option("--home", help="The folder with config/, mappings/ and var/ (工作目录).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as one JSON object (以 JSON 输出).")]
SystemOption = Annotated[str | None, typer.Option("--system", help="Of one system only (只看某系统).")]
HERE = Path(".")


def fail(text: str, code: int = WRONG_USAGE) -> NoReturn:
    """End the verb with *text* on standard error."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def stop(problem: Problem, code: int = WRONG_USAGE) -> NoReturn:
    """End the verb with *problem* on standard error."""
    print_problems([problem])
    raise typer.Exit(code)


def refuse(error: StoreRefused | VaultError) -> NoReturn:
    """End the verb: the store, or the keys, cannot be opened."""
    if not isinstance(error, StoreRefused):
        stop(Problem(NO_KEYS, details={"what": str(error)}))
    if error.problem is not None:
        stop(error.problem)
    fail(str(error))


def unwritable(error: OSError) -> NoReturn:
    """End the verb: the operating system lets nothing be done to the home. Raises *error* where it is of no file."""
    if error.filename is None:
        raise error
    what, what_zh = in_words(error)
    stop(Problem(NOT_WRITABLE, details={"what": what, "what_zh": what_zh, "file": f" ({error.filename})"}))


def print_problems(problems: Iterable[Problem]) -> None:
    """Each problem in Chinese and, below it, in English, on standard error."""
    for problem in problems:
        typer.echo(problem.line("zh"), err=True)
        typer.echo("    " + "; ".join(filter(None, (problem.message("en"), problem.hint("en")))), err=True)


def configuration(home: Path, *, secrets: bool | Collection[str] = False, memory: Memory | None = None) -> Configuration:
    """The configuration of *home*; ends the verb with every error when it does not load. Without *secrets*
    none is looked for: who reads or repairs may not have them; or only those of the systems named. *memory* is filled for loading again; without it,
    what an earlier command found of the same mappings is taken from the home's cache."""
    if not home.is_dir():
        stop(Problem(NO_HOME, details={"folder": home.as_posix()}))
    cache = outlines_in(home.resolve()) if memory is None else None
    loaded = load(home.resolve(), registry(), os.environ, secrets=secrets, memory=memory, outlines=cache)
    if loaded.configuration is None:
        print_problems(starter_notice(home))
        print_problems(problem for problem in loaded.problems if problem.code.severity == "error")
        raise typer.Exit(WRONG_USAGE)
    return loaded.configuration


def starter_notice(home: Path) -> list[Problem]:
    """The problem that *home* has no configuration of its own, if so, and the folder that was perhaps meant."""
    if (home / "config").is_dir():
        return []
    homes = sorted(path.parent.as_posix() for path in home.glob("*/config") if path.is_dir())
    near = f" ({homes[0]}?)" if len(homes) == 1 else ""
    return [Problem(NOT_A_HOME, details={"folder": home.as_posix(), "near": near})]


@contextmanager
def reading(configuration: Configuration) -> Iterator[Reader]:
    """The store, read-only, beside a running hub or without one."""
    choice = configuration.store
    try:
        reader = registry().stores[choice.use].open_reader(choice.settings, configuration.home)
    except StoreRefused as error:
        if error.empty:
            _must_never_have_been(configuration)
        print_problems(starter_notice(configuration.home))
        refuse(error)
    try:
        yield reader
    except StoreFailed as error:
        stop(Problem(STORE_NOT_READ, details={"what": str(error)}), PROBLEMS_FOUND)
    finally:
        reader.close()


def _must_never_have_been(configuration: Configuration) -> None:
    """Ends the verb where the home was begun in a store that now holds nothing: to start a hub would be the wrong advice."""
    try:
        must_be_the_store(configuration.home, configuration.store, registry().stores)
    except StoreRefused as error:
        refuse(error)


def vault_of(configuration: Configuration) -> Vault:
    """The vault of a home that has been run before."""
    from guantong.blobs.opening import open_blobs
    from guantong.keyring import open_vault  # ciphers load for who opens bodies
    from guantong.vault import VaultError

    try:
        vault = open_vault(configuration.keys, create=False)
    except VaultError as error:
        fail(str(error))
    open_blobs(configuration, registry(), vault)
    return vault


def known_system(configuration: Configuration, system: str | None, found: object) -> None:
    """End the verb when *system* is configured nowhere and nothing was *found* of it: a misspelt name must not
    look like an empty list."""
    if system is not None and not found and system not in configuration.systems:
        like = nearest(system, configuration.systems)
        details = {"system": system, "known": ", ".join(sorted(configuration.systems)), "near": f" ({like}?)" if like else ""}
        stop(Problem(NO_SUCH_SYSTEM, details=details))

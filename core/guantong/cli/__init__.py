"""The command line: `guantong VERB`. Each verb is a module of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from guantong import __version__
from guantong.plugins import registry

VERBS = {
    "run": "run:run", "check": "check:check", "try": "try_:try_mapping", "test": "test:run_tests", "trace": "trace:trace",
    "queues": "queues:queues", "mapping": "mapping:mapping", "dead": "dead:dead", "unknown": "unknown:unknown",
    "conflicts": "conflicts:conflicts", "findings": "findings:findings", "shadow": "shadow:shadow",
    "hold": "hold:hold", "release": "hold:release", "purge": "purge:purge", "return": "give_back:give_back", "doctor": "doctor:doctor", "retention": "retention:retention", "audit": "audit:audit", "keys": "keys:keys",
    "backfill": "backfill:backfill", "reconcile": "reconcile:verb", "monthly": "monthly:monthly", "county": "county:county",
    "reload": "reload:reload", "simulate": "simulate:simulate", "calendar": "calendar:calendar", "sites": "sites:sites",
    "deadlines": "deadlines:deadlines", "alerts": "alerts:alerts",
    "matters": "matters:matters", "openapi": "openapi:openapi", "workers": "workers:workers",
}
"""The built-in verbs in the order of the help: each is `module:name` in this package, a function or a group."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"guantong {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True,
                                          help="Print the version (版本).")] = False,
) -> None:
    """Guantong 贯通: carries cases between the systems of a city and its counties, and proves it.

    政务服务办件的交换枢纽：翻译、转发、留痕。

    First look 初次体验: `guantong demo`. Every day 日常值班: `guantong queues`, `guantong dead list`.
    Each verb explains itself 每个命令自带说明: `guantong VERB --help`.
    """


def build_app(verb: str | None = None) -> typer.Typer:
    """The whole command line, plugins' verbs included; or only the built-in *verb*, whose module alone is then
    loaded: most of a short command's time would go into what it does not use."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False,
                      rich_markup_mode="markdown", callback=_options)
    for name in VERBS if verb is None else (verb,):
        module, _, attribute = VERBS[name].partition(":")
        found = getattr(import_module(f"guantong.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    if verb is None:
        registry().manager.hook.register_commands(app=app)
    return app


def app_for(words: Sequence[str]) -> typer.Typer:
    """What a command of these *words* needs of it."""
    return build_app(words[0] if words and words[0] in VERBS else None)


def main() -> None:
    """The entry point of the `guantong` program."""
    app_for(sys.argv[1:])(prog_name="guantong")

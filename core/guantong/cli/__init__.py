"""The command line: `guantong VERB`. Each verb is a module of its own."""

from __future__ import annotations

from typing import Annotated

import typer

from guantong import __version__
from guantong.cli.check import check
from guantong.cli.conflicts import conflicts
from guantong.cli.dead import dead
from guantong.cli.mapping import mapping
from guantong.cli.queues import queues
from guantong.cli.reload import reload
from guantong.cli.run import run
from guantong.cli.simulate import simulate
from guantong.cli.test import run_tests
from guantong.cli.trace import trace
from guantong.cli.try_ import try_mapping
from guantong.cli.unknown import unknown
from guantong.plugins import registry


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


def build_app() -> typer.Typer:
    """The whole command line, plugins' verbs included."""
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False,
                      rich_markup_mode="markdown", callback=_options)
    app.command("run")(run)
    app.command("check")(check)
    app.command("try")(try_mapping)
    app.command("test")(run_tests)
    app.command("trace")(trace)
    app.command("queues")(queues)
    app.add_typer(mapping, name="mapping")
    app.add_typer(dead, name="dead")
    app.add_typer(unknown, name="unknown")
    app.add_typer(conflicts, name="conflicts")
    app.command("reload")(reload)
    app.command("simulate")(simulate)
    registry().manager.hook.register_commands(app=app)
    return app


def main() -> None:
    """The entry point of the `guantong` program."""
    build_app()(prog_name="guantong")

"""`guantong demo`: the main job on one command."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from guantong.problems import Problem, ProblemsError
from guantong_plugins.demo.codes import FOLDER_IN_USE
from guantong_plugins.demo.director import Demo
from guantong_plugins.demo.processes import terminable
from guantong_plugins.demo.report import Report
from guantong_plugins.demo.show import (
    show_beginning,
    show_next,
    show_places,
    show_report,
    show_trace,
    show_verdict,
)

DISAGREE, WRONG_USAGE = 1, 2
_PAGE = 120
"""Columns of what is written to a file or a log."""


def demo(
    cases: Annotated[int, typer.Option(min=1, max=200_000, help="How many cases (办件数).")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories (随机种子).")] = 2014,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object (以 JSON 输出).")] = False,
    serve: Annotated[bool, typer.Option(help="Keep everything running until Ctrl-C (保持运行).")] = False,
    home: Annotated[Path | None, typer.Option(help="An empty folder for the demo; kept (演示目录).")] = None,
    keep: Annotated[bool, typer.Option(help="Keep the folder of the demo (保留目录).")] = False,
) -> None:
    """Carry simulated cases between hall, counties and supervision, then compare the books (演示).

    Needs nothing: it starts simulated systems and a hub of its own. Exit 0 only when the books agree.

    Example: `guantong demo`, or to look around: `guantong demo --cases 60 --serve --home ./demo`
    """
    console = Console(stderr=as_json)
    if not console.is_terminal:
        console = Console(stderr=as_json, width=_PAGE)
    try:
        with _folder(home, keep or serve, console) as folder:
            report = _perform(folder, cases, seed, console, serve=serve, as_json=as_json)
    except ProblemsError as error:
        for problem in error.problems:
            typer.echo(problem.line("zh"), err=True)
            typer.echo(problem.line("en"), err=True)
        raise typer.Exit(WRONG_USAGE) from None
    if as_json:
        typer.echo(orjson.dumps(report.as_json()).decode())
    if not report.agree:
        raise typer.Exit(DISAGREE)


@contextlib.contextmanager
def _folder(home: Path | None, keep: bool, console: Console) -> Iterator[Path]:
    """The folder of this demo: the one named, which must be empty or new, or a temporary one."""
    if home is not None:
        if home.exists() and any(home.iterdir()):
            raise ProblemsError([Problem(FOLDER_IN_USE, details={"folder": str(home)})])
        home.mkdir(parents=True, exist_ok=True)
        yield home.resolve()
    elif keep:
        folder = Path(tempfile.mkdtemp(prefix="guantong-demo-"))
        yield folder
        console.print(f"保留于 kept in {folder}")
    else:
        with tempfile.TemporaryDirectory(prefix="guantong-demo-") as name:
            yield Path(name)


def _perform(
    folder: Path, cases: int, seed: int, console: Console, *, serve: bool, as_json: bool
) -> Report:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console,
    )
    with terminable(), Demo(folder, cases, seed) as play:
        show_beginning(console, play.books.cases, play.books.events, seed)
        play.set_stage()
        with bar:
            delivered = bar.add_task("送达 delivered", total=len(play.books.entries))
            play.begin()

            def _watch(made: int, of: int) -> None:
                play.hub.child.must_run()
                bar.update(delivered, completed=made, total=of)

            stalled = play.run_to_end(_watch)
            if not stalled:  # versions that newer ones overtook need not arrive
                bar.update(delivered, completed=len(play.books.entries))
        report = play.conclude(stalled)
        if not as_json:
            show_report(console, report)
            show_trace(console, *play.traced(console.width))
            show_verdict(console, report)
            if not serve:
                show_next(console)
        if serve:
            urls = {simulator.role.name: simulator.url for simulator in play.simulators}
            show_places(console, str(play.home.folder), play.hub.url, urls)
            with contextlib.suppress(KeyboardInterrupt):
                threading.Event().wait()
    return report

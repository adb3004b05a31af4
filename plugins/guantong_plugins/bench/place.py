"""Where a bench measures: a folder of its own, taken away unless a run failed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from guantong.cli.home import print_problems
from guantong.problems import ProblemsError
from guantong_plugins.bench.needs import must_have

FAILED = 1


@contextmanager
def measuring(folder: Path | None) -> Iterator[Path]:
    """A fresh folder, in *folder* where one is given. Where this machine lacks something, or a run fails, that is printed and the verb
    ends with 1; the logs stay."""
    root = Path(tempfile.mkdtemp(prefix="guantong-bench-", dir=folder))
    try:
        must_have()
        yield root
    except ProblemsError as error:
        print_problems(error.problems)
        raise typer.Exit(FAILED) from None
    shutil.rmtree(root)

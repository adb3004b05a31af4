"""The option `--since` of verbs that look at a span of time."""

from __future__ import annotations

from typing import Annotated

import typer

from guantong.cli.codes import BAD_SINCE
from guantong.cli.home import stop
from guantong.clock import now_ms
from guantong.operations.since import since_ms
from guantong.problems import Problem

SinceOption = Annotated[str, typer.Option("--since", help="Since a date, a time or an age: 2026-11-01, 7d, 12h (起始时间).")]


def moment(text: str, option: str = "--since") -> int:
    """The time *text* names, in UTC milliseconds, 0 for none; ends the verb where it names no time."""
    try:
        return since_ms(text, now_ms()) if text else 0
    except ValueError:
        stop(Problem(BAD_SINCE, details={"option": option, "came": text[:60]}))

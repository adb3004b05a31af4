"""`guantong trace` for who has no serial: the cases of a person, of a window, or of a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import typer
from rich.text import Text

from guantong.cli.codes import NO_SPAN
from guantong.cli.home import stop, vault_of
from guantong.cli.screen import console, table
from guantong.cli.since import moment
from guantong.cli.unmasking import searched
from guantong.clock import shown
from guantong.config import Configuration
from guantong.journey.lookups import is_of_a_person
from guantong.operations.searching import (
    FOREVER,
    MOST,
    at_window,
    in_time,
    of_person,
    summaries,
)
from guantong.problems import Problem
from guantong.store import Reader

NOTHING = "没有符合条件的办件 · no case fits"


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: the cases of a *window* (None: of all), of the time between two texts."""

    config: Configuration
    reader: Reader
    window: str | None
    began: str
    ended: str

    def of_person(self, number: str, actor: str, why: str) -> list[int]:
        """The cases of the person with this certificate *number*, after the journal says who looked for them, and why: also that nobody's
        were found, where it is an identity card's, or whoever asks gives a reason. Else, where it is no person's, [] without a word."""
        if not self.config.keys.digest_is_there:
            return []  # nothing was ever kept here
        found = of_person(self.reader, vault_of(self.config), number, *self._span())
        if found or is_of_a_person(number) or why.strip():
            searched(self.config, found[:MOST], actor, why)
        return found

    def in_span(self, key: str) -> list[int]:
        """The cases of the window, or of the time; ends the verb where neither is named, or a case (*key*) beside it."""
        if key or (self.window is None and not self.began):
            stop(Problem(NO_SPAN))
        if self.window is None:
            return in_time(self.reader, *self._span())
        return at_window(self.reader, vault_of(self.config), self.window, *self._span())

    def _span(self) -> tuple[int, int]:
        since, until = moment(self.began, "--from"), moment(self.ended, "--to") or FOREVER
        if since >= until:
            stop(Problem(NO_SPAN))
        return since, until


def show_cases(reader: Reader, subjects: Sequence[int], *, as_json: bool) -> None:
    """List cases; at most `MOST` are, and it is said where there are more."""
    rows, more = summaries(reader, subjects[:MOST]), len(subjects) > MOST
    if as_json:
        typer.echo(orjson.dumps({"cases": rows, "more": more}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    if not rows:
        screen.print(Text(NOTHING))
        return
    screen.print(table(("办件 Case", "编号 Serials", "最近过程 Event", "系统 System", "起 From", "止 To"), [_cells(row) for row in rows]))
    if more:
        screen.print(Text(f"只列出前 {MOST} 件，请缩小范围 · the first {MOST}: narrow it down", style="yellow"))
    screen.print(Text(f"逐件查看 · one of them: guantong trace {rows[0]['case']}"))


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = "  ".join(dict.fromkeys(one["number"] for one in row["serials"]))
    return row["case"], numbers, row["event"], row["system"], shown(row["first_at"])[:16], shown(row["last_at"])[:16]

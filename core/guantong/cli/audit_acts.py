"""`guantong audit acts`: who did what, and why."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import orjson
import typer
from rich.text import Text

from guantong.cli.codes import NO_SUCH_HAPPENING
from guantong.cli.home import HERE, WRONG_USAGE, HomeOption, JsonOption, configuration, reading, stop
from guantong.cli.screen import console, table
from guantong.cli.since import SinceOption, moment
from guantong.clock import shown
from guantong.operations.idents import delivery_ident
from guantong.operations.searching import FOREVER
from guantong.operations.whodid import Asked, done_by_people
from guantong.operations.words import HAPPENINGS, both
from guantong.problems import Problem, nearest
from guantong.proof.absent import detail_of
from guantong.proof.leaf import Line

MOST = 500
"""Lines of one answer on a screen."""
FACTS = ("why", "was", "as", "back_to", "of", "field", "files_changed")


def acts(
    by: Annotated[str, typer.Option("--by", help="Only of this person or token, as --as named them (操作人).")] = "",
    what: Annotated[list[str] | None, typer.Option("--what", help="Only this: replayed, discarded, unmasked, held … (只看某类操作).")] = None,
    since: SinceOption = "7d",
    until: Annotated[str, typer.Option("--until", help="Before then (止).")] = "",
    home: HomeOption = HERE, as_json: JsonOption = False,
) -> None:
    """List what people and tokens did: who, when, what, to which case, why (操作记录).

    Replays, discards, decisions on what is unknown or in conflict, holds, looks at personal values, exports, new mappings and settings,
    retention: every act of a person is a line of the journal. What the hub and the systems did by themselves is left out.

    Example: `guantong audit acts --since 30d --by 陈工` · `guantong audit acts --what unmasked --what searched --since 2026-11-01 --json`
    """
    for name in what or ():
        if name not in HAPPENINGS:
            stop(Problem(NO_SUCH_HAPPENING, details={"name": name[:60], "near": f"（{likely}?）" if (likely := nearest(name, HAPPENINGS)) else ""}), WRONG_USAGE)
    config = configuration(home)
    asked = Asked(moment(since), moment(until, "--until") or FOREVER, by, tuple(what or ()))
    with reading(config) as reader:
        found = done_by_people(reader, asked, config.systems.keys())
        lines = list(found if as_json else islice(found, MOST + 1))
    if as_json:
        typer.echo(orjson.dumps({"acts": [_as_json(line) for line in lines]}, option=orjson.OPT_INDENT_2))
        return
    screen = console()
    if not lines:
        screen.print(Text("这段时间没有人工操作 · nobody did anything in that time"))
        return
    screen.print(table(("时间 When", "操作人 Who", "操作 What", "对象 Object", "系统 System", "说明 Detail"), [_cells(line) for line in lines[:MOST]]))
    if len(lines) > MOST:
        screen.print(Text(f"只列出前 {MOST} 条，请缩小范围或用 --json · the first {MOST}: narrow it down, or say --json", style="yellow"))


def _cells(line: Line) -> tuple[str, ...]:
    told = _as_json(line)
    objects = " ".join(filter(None, (told["case"], told["message"], told["delivery"])))
    facts = "  ".join(str(told["detail"][name]) for name in FACTS if told["detail"].get(name))
    return shown(line.at), line.actor, both(HAPPENINGS, line.what), objects, line.system, facts


def _as_json(line: Line) -> dict[str, Any]:
    return {"entry": line.id, "at": line.at, "by": line.actor, "what": line.what, "case": f"C{line.subject}" if line.subject else "",
            "message": f"M{line.message}" if line.message else "", "delivery": delivery_ident(line.delivery) if line.delivery else "",
            "system": line.system, "detail": detail_of(line)}

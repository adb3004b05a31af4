"""`guantong reconcile --last`: what the nightly reconciliations found."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import typer

from guantong.cli.codes import NO_SUCH_PLACE
from guantong.cli.home import PROBLEMS_FOUND, reading, stop
from guantong.cli.screen import console, table
from guantong.clock import shown
from guantong.config import Configuration, System
from guantong.problems import Problem, nearest
from guantong.reconcile.outcome import AT_TARGET, FINE, WORDS, agrees

MOST = 31
"""Days that are told of."""
_PLAIN = frozenset({"source", "accepted", "agrees", "uncompared"})


def print_nights(config: Configuration, name: str, as_json: bool) -> None:
    """Print the results that are kept, the latest day first; ends the verb with 1 where the latest does not agree."""
    system = system_named(config, name)
    with reading(config) as reader:
        kept = reader.reconciliations(system.id, MOST)
    nights = [{"day": one.day, "at": one.at, "actor": one.actor, "agree": agrees(one.counts), "counts": dict(one.counts)} for one in kept]
    if as_json:
        typer.echo(orjson.dumps({"system": system.id, "nights": nights}, option=orjson.OPT_INDENT_2))
    elif not kept:
        typer.echo(f"{system.id}：尚无夜间对账的结果，在 reconcile: 中写 at: 即每夜对账 · no night has done it yet: write `at:` under `reconcile:`")
    else:
        rows = [[one.day, str(one.counts.get("source", 0)), str(one.counts.get("accepted", 0)), "相符 agree" if agrees(one.counts) else "差异 differ",
                 _odd(one.counts), shown(one.at)] for one in kept]
        console().print(table(("日期\nday", "来源\nsource", "接收\naccepted", "结论\nfound", "差异\ndifferences", "对账时间\ndone"), rows, right=(1, 2)))
    if kept and not agrees(kept[0].counts):
        raise typer.Exit(PROBLEMS_FOUND)


def _odd(counts: Mapping[str, int]) -> str:
    """What does not agree, in a few words."""
    found = []
    for name, count in counts.items():
        target, _, word = name.rpartition(":")
        if count and name not in _PLAIN and word not in FINE:
            found.append(f"{target} {AT_TARGET[word]} {count}".strip() if target else f"{WORDS.get(word, word)} {count}")
    return "，".join(found)


def system_named(config: Configuration, name: str) -> System:
    """The system *name*, or the only one of the place; ends the verb where there is none, or several."""
    if name in config.systems:
        return config.systems[name]
    there = [one for one in config.systems.values() if one.id.partition(".")[0] == name]
    if len(there) == 1:
        return there[0]
    names = sorted(one.id for one in there) or sorted(config.systems)
    like = nearest(name, names)
    stop(Problem(NO_SUCH_PLACE, details={"name": name, "known": ", ".join(names), "near": f" ({like}?)" if like else ""}))

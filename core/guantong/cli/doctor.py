"""`guantong doctor`: whether what is stored keeps the promises (体检)."""

from __future__ import annotations

import orjson
import typer

from guantong.cli.home import (
    HERE,
    PROBLEMS_FOUND,
    HomeOption,
    JsonOption,
    configuration,
    print_problems,
    reading,
)
from guantong.cli.running import status_of
from guantong.cli.screen import console
from guantong.clock import now_ms
from guantong.doctor.examine import examine
from guantong.operations.words import DELIVERY_STATES, MESSAGE_STATES, both
from guantong.plugins import registry
from guantong.proof.setup import look_at_setup


def doctor(home: HomeOption = HERE, as_json: JsonOption = False) -> None:
    """Prove that what is stored keeps the promises: states, transitions, order, sums, contents, keys, disk, clock (体检).

    What is still to be sent and the newest records are opened; that nothing kept was altered is proved by `guantong audit verify`.

    Reads only; a running hub goes on meanwhile. Each finding says what to do; exit 1 when a promise does not hold.

    Example: `guantong doctor` or `guantong doctor --json`
    """
    config = configuration(home)
    hub = status_of(home.resolve())
    specs = registry()
    blobs = specs.blob_stores[config.blobs.keys.use].make(config.blobs.settings, config.home)
    with reading(config) as reader:
        found = examine(config, reader, blobs, hub, now_ms())
    found.problems.extend(look_at_setup(config, specs))
    if as_json:
        typer.echo(orjson.dumps(found.as_json(), option=orjson.OPT_INDENT_2))
    else:
        screen = console()
        for title, words, sums in (("报文 messages", MESSAGE_STATES, found.counts.messages),
                                   ("推送 deliveries", DELIVERY_STATES, found.counts.deliveries)):
            each = "  ".join(f"{both(words, state)} {count}" for state, count in sorted(sums.items()))
            screen.print(f"{title}  {sum(sums.values())} = {each or 0}", soft_wrap=True)
        screen.print(f"交换日志 journal  {found.counts.entries}    附件内容 contents  {found.blobs}    已打开 opened  {found.opened}")
        print_problems(found.problems)
        if found.sound:
            screen.print("完好：各项承诺均成立；日志和内容是否被改动见 guantong audit verify · Sound: every promise holds; whether anything was altered, "
                         "guantong audit verify says.", soft_wrap=True)
    if not found.sound:
        raise typer.Exit(PROBLEMS_FOUND)

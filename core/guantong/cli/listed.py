"""What the lists of operators' verbs share: read, hold the system to what is known, answer as JSON or say that
there is nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import typer

from guantong.cli.home import configuration, known_system, reading
from guantong.config import Configuration
from guantong.store import Reader

Entries = list[dict[str, Any]]


def listed(home: Path, system: str | None, as_json: bool, key: str, nothing: str,
           find: Callable[[Reader, str | None], Entries]) -> tuple[Configuration, Entries]:
    """The configuration and what *find* finds, for the verb to show; no entries when the answer was already
    given: as JSON under *key*, or as *nothing*."""
    config = configuration(home)
    with reading(config) as reader:
        entries = find(reader, system)
    known_system(config, system, entries)
    if as_json:
        typer.echo(orjson.dumps({key: entries}, option=orjson.OPT_INDENT_2))
        return config, []
    if not entries:
        typer.echo(nothing)
    return config, entries

"""The columns that polled tables had, kept at our side: a table that has lost one since is not read as if nothing were wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from guantong.problems import Place, Problem
from guantong_adapters.table import codes
from guantong_adapters.table.layout import Layouts, nearest_column
from guantong_adapters.table.seen import own_folder
from guantong_adapters.table.settings import TableSettings

FILE = "columns.json"


def hold(folder: Path, system: str, settings: TableSettings, layouts: Layouts) -> list[Problem]:
    """Compare the polled tables as they are with how they were, and remember them. Each column that is there no more, and is not
    named under `gone:`, is a problem; nothing is remembered then."""
    before = _kept(folder / FILE)
    now: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for number, polled in enumerate(settings.poll):
        if polled.table is None:
            continue
        layout = layouts[polled.table]
        meant = {name.lower() for name in polled.gone}
        for name in before.get(layout.name, ()):
            if name.lower() not in layout.columns and name.lower() not in meant:
                problems.append(gone(system, layout.name, name, nearest_column(name, layout), f"poll.{number}"))
        now[layout.name] = sorted(layout.columns.values())
    if not problems and now != before:
        _keep(folder / FILE, now)
    return problems


def gone(system: str, table: str, column: str, nearest: str, path: str) -> Problem:
    """That *table* had *column* and has it no more."""
    details = {"table": table, "column": column, "nearest": nearest}
    return Problem(codes.GONE_COLUMN, Place(), f"{system}.settings.{path}", details)


def _kept(path: Path) -> Mapping[str, list[str]]:
    """What was remembered; nothing where that is not there, or was damaged: it is looked at anew."""
    try:
        kept = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _keep(path: Path, tables: Mapping[str, list[str]]) -> None:
    """Whole, or as it was; for its owner alone, as all that a hub keeps."""
    own_folder(path.parent)
    half = path.with_suffix(f".{os.getpid()}.new")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(orjson.dumps(tables))
    half.replace(path)

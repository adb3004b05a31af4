"""The shelf: the generated source of what maps records, on disk for people and for tracebacks.

A file is named by its plan's id, which covers all that the source depends on, and by its way. It is written when
the source is first compiled and never run: what runs is made in each process (docs/decisions/0015)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from guantong.mapping.dialect import Dialect
from guantong.mapping.overview import source_text
from guantong.mapping.plan import Plan


def shelve_in(home: Path) -> Path:
    """Where the generated source of *home* is written: a cache, safe to delete."""
    return home / "var" / "cache" / "mappings"


def shelve(folder: Path, dialects: Mapping[str, Dialect]) -> None:
    """Have every plan of *dialects* put its source on the shelf at *folder* once it is compiled; what is there of
    plans no longer in force goes. A folder that cannot be written is done without."""
    plans = {plan.id for dialect in dialects.values() for plan in dialect.plans.values()}
    for file in folder.glob("*.py") if folder.is_dir() else ():
        if file.name.partition(".")[0] not in plans:
            file.unlink(missing_ok=True)
    for dialect in dialects.values():
        for plan in dialect.plans.values():
            plan.shelf = partial(_put, folder, dialect.name)


def _put(folder: Path, dialect: str, plan: Plan, *, inward: bool) -> tuple[str, str]:
    """The name and the text of the source of *plan* one way, written unless the very text is there."""
    text = source_text(dialect, plan, inward=inward)
    file = folder / f"{plan.id}.{'in' if inward else 'out'}.py"
    body = text.encode("utf-8", "backslashreplace")
    try:
        if not file.is_file() or file.read_bytes() != body:
            for place in (folder.parent, folder):
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = folder / f"{file.name}.{os.getpid()}"
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
                stream.write(body)
            draft.replace(file)
    except OSError:
        return f"<{plan.mapping.place.file} {'inward' if inward else 'outward'}>", text  # mapping needs no shelf
    return str(file), text

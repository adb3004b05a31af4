"""Numbered files of one folder: `000007.json` is the seventh version of something, and the highest is in force.

A version is written whole and never again, and two writers at a time cannot take the same number.
"""

from __future__ import annotations

import os
from pathlib import Path

from guantong.durable import sync_folder


def numbers_in(folder: Path) -> list[int]:
    """The numbers there are, ascending."""
    found = (path.stem for path in folder.glob("*.json"))
    return sorted(int(name) for name in found if len(name) == 6 and name.isascii() and name.isdigit())


def path_of(folder: Path, number: int) -> Path:
    """Where a version lies."""
    return folder / f"{number:06}.json"


def keep_numbered(folder: Path, number: int, body: bytes) -> None:
    """Keep *body* durably as version *number*. Raises `FileExistsError` when another has taken the number meanwhile,
    `OSError` where the disk does not take it."""
    path = path_of(folder, number)
    half = folder / f".{path.name}.{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(half, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.link(half, path)  # unlike a renaming, this refuses a name that is taken
    finally:
        half.unlink()
    sync_folder(folder)

"""What the processes of a bench hand one another in files."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from pathlib import Path

PYTHON = (sys.executable, "-m")
"""Runs a module of ours in a process of its own."""


def reading(path: Path) -> Callable[[], str | None]:
    """A look for the text in *path*: None until it is there."""
    return lambda: path.read_text(encoding="utf-8") if path.is_file() else None


def doubles(path: Path) -> array[float]:
    """The numbers in *path*."""
    values = array("d")
    values.frombytes(path.read_bytes())
    return values

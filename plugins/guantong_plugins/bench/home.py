"""The home folder of a benchmark run: a source, a target, one mapping each, one route."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

TOKEN = "GUANTONG_BENCH_TOKEN"  # noqa: S105 -- the name of a variable, not a token
SOURCE, TARGET = "bench.portal", "bench.county"
DOOR = f"/in/{SOURCE}/records"
FILES = Path(__file__).resolve().parent / "home"


@dataclass(frozen=True, slots=True)
class BenchHome:
    """A home folder, and the secrets its configuration asks for, by variable."""

    folder: Path
    environment: Mapping[str, str]


def write_home(folder: Path, *, sink: str, unknown: str, synchronous: str) -> BenchHome:
    """Write the bench's home to *folder*, which must not exist. *sink* is the target's address, *unknown*
    its policy for attempts without a known end, *synchronous* how the store commits."""
    shutil.copytree(FILES, folder)
    values = {"sink": sink, "unknown": unknown, "synchronous": synchronous}
    for file in (folder / "config").rglob("*.yaml"):
        file.write_text(Template(file.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    return BenchHome(folder, {TOKEN: secrets.token_hex(16)})

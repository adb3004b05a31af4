"""The home folder of a benchmark run: a source, a target, one mapping each, one route."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import orjson

TOKEN = "GUANTONG_BENCH_TOKEN"  # noqa: S105 -- the name of a variable, not a token
SOURCE, TARGET = "bench.portal", "bench.county"
DOOR = f"/in/{SOURCE}/records"
FILES = Path(__file__).resolve().parent / "home"


@dataclass(frozen=True, slots=True)
class BenchHome:
    """A home folder, and the secrets its configuration asks for, by variable."""

    folder: Path
    environment: Mapping[str, str]


def write_home(folder: Path, *, sink: str, unknown: str, store: Mapping[str, Any]) -> BenchHome:
    """Write the bench's home to *folder*, which must not exist. *sink* is the target's address, *unknown*
    its policy for attempts without a known end, *store* what stands under `store:`."""
    shutil.copytree(FILES, folder)
    lines = [f"{key}: {orjson.dumps(value).decode()}" for key, value in store.items()]
    values = {"sink": sink, "unknown": unknown, "store": "\n  ".join(lines)}
    for file in (folder / "config").rglob("*.yaml"):
        file.write_text(Template(file.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    return BenchHome(folder, {TOKEN: secrets.token_hex(16)})

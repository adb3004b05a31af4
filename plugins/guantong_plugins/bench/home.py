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


def write_home(folder: Path, *, sink: str, unknown: str, store: Mapping[str, Any], concurrency: int = 64,
               hold: bool = False) -> BenchHome:
    """Write the bench's home to *folder*, which must not exist. *sink* is the target's address, *unknown*
    its policy for attempts without a known end, *store* what stands under `store:`, *concurrency* how
    many it is sent at once; with *hold* it is sent nothing."""
    shutil.copytree(FILES, folder)
    lines = [f"{key}: {orjson.dumps(value).decode()}" for key, value in store.items()]
    values = {"sink": sink, "unknown": unknown, "concurrency": str(concurrency), "hold": str(hold).lower(), "store": "\n  ".join(lines)}
    for file in (folder / "config").rglob("*.yaml"):
        file.write_text(Template(file.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
    return BenchHome(folder, {TOKEN: secrets.token_hex(16)})


def move_in(home: BenchHome, name: str, title: Mapping[str, str], target: Mapping[str, Any]) -> None:
    """A second county *name*, with a source of its own (`name.portal`) and a *target* (`name.county`), and the route between them."""
    place = {"name": title, "region": "445222", "systems": {
        "portal": {"role": f"{name}-portal", "profile": "bench-portal", "dialect": "bench-portal", "secrets": {"token": {"env": TOKEN}}},
        "county": {"role": f"{name}-county", "dialect": "bench-county", **target}}}
    config = home.folder / "config"
    (config / f"{name}.yaml").write_bytes(orjson.dumps(place))  # JSON is YAML
    route = {"name": name, "events": "case.application", "from": {"role": f"{name}-portal"}, "to": {"role": f"{name}-county"}}
    routes = config / "routes.yaml"
    routes.write_text(f"{routes.read_text(encoding='utf-8')}  - {orjson.dumps(route).decode()}\n", encoding="utf-8")

"""Sides that exchange files: in a folder of this machine, or of a server on it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guantong_plugins.bench.burst.side import Clocked, Setup, Watched
from guantong_plugins.bench.burst.steps import document

_RULES = {"decode": "json", "rules": [{"when": {"field": {"result": "written"}}, "means": "success"}], "otherwise": "transient"}
_ASKED = {"decode": "json", "rules": [{"when": {"field": {"result": "found"}}, "means": "success"},
                                      {"when": {"field": {"result": "absent"}}, "means": "permanent"}], "otherwise": "unknown"}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, as the other side sees it, and how the hub reaches it: `settings.place`, and secrets by name and by the
    variable that holds them."""

    folder: Path
    settings: dict[str, Any]
    secrets: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def entry(self, **more: Any) -> dict[str, Any]:
        secrets = {"secrets": self.secrets} if self.secrets else {}
        return {"adapter": "files", "dialect": "bench-flat", **secrets, **more}


class Dropped(Clocked):
    """A county that drops a file for each step."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._folder = place.folder / "out"
        self._folder.mkdir()
        settings = {"place": place.settings, "poll": [{"folder": "out", "match": "*.json", "kind": "STEP"}]}
        self.setup = Setup(place.entry(settings=settings, poll={"every": "100ms", "batch": 500}), place.environment)

    def put(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            half = self._folder / f"{number:08d}.tmp"
            half.write_bytes(document(number))
            half.rename(half.with_suffix(".json"))


class Collected(Watched):
    """A county that collects the files we write, and takes each away."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._folder = place.folder / "in"
        self._folder.mkdir()
        settings = {"place": place.settings, "send": {"*": {"folder": "in", "name": "{key}.json"}}}
        self.setup = Setup(place.entry(settings=settings, delivery={"unknown": "query", "concurrency": 8}, reply=_RULES,
                                       query=_ASKED), place.environment)
        self.watch()

    def look(self) -> Iterable[bytes]:
        with os.scandir(self._folder) as entries:
            paths = [Path(entry.path) for entry in entries if entry.name.endswith(".json")]
        for path in paths:
            body = path.read_bytes()
            path.unlink()
            yield body


@contextmanager
def dropped(place: Place) -> Iterator[Dropped]:
    """The side that drops files."""
    yield Dropped(place)


@contextmanager
def collected(place: Place) -> Iterator[Collected]:
    """The side that collects files."""
    target = Collected(place)
    try:
        yield target
    finally:
        target.arrived()

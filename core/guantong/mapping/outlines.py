"""Outlines: what loading found of a folder of mappings, kept for the commands that follow.

A command such as `check` or `queues` asks of a dialect which events and kinds it knows, and of the files what
is wrong with them; hardly ever does it map a record. So the outcome of a loading is kept in
`var/cache/mappings.json`, under the hash of every file, of the plugins and of the loader itself. With it a
dialect is read in full only when somebody uses it.

The cache is plain data: nothing in it is run, and the hub itself never asks it, so that it maps by the files
alone. One that is damaged, foreign, or of other files is passed over and written anew; where it cannot be
written, or no hub ever ran, there is none.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson

from guantong import __version__
from guantong.mapping.dialect import Dialect
from guantong.mapping.load import CANONICAL
from guantong.mapping.systemfacts import SystemFact
from guantong.plugins import Registry
from guantong.problems import Place, Problem, all_codes
from guantong.yamlfolder import YamlFolder

Made = tuple[dict[str, Dialect], list[Problem]]
Make = Callable[[YamlFolder], Made]
MOST_BYTES: Final = 64 * 1024 * 1024
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_SAID = ("name", "extends", "title_zh", "title_en", "versioning", "version")
_TOLD = ("folder", "facts")


def outlines_in(home: Path) -> Path:
    """The cache of *home*."""
    return home / "var" / "cache" / "mappings.json"


class Outlined(Dialect):
    """A dialect known by its outline. The first use of anything else reads it in full, from the files that were
    read when it was made."""

    __slots__ = ("_events_in", "_events_out", "_facts_read", "_kinds", "_make", "_replies")
    _events_in: frozenset[str]
    _events_out: frozenset[str]
    _facts_read: Mapping[str, frozenset[str]]
    _kinds: tuple[str, ...]
    _make: Callable[[], Dialect]
    _replies: frozenset[str]

    def __init__(self, said: Mapping[str, Any], folder: Path, make: Callable[[], Dialect]) -> None:
        put = object.__setattr__
        for name in _SAID:
            put(self, name, said[name])
        put(self, "folder", folder)
        put(self, "_make", make)
        put(self, "facts", {name: SystemFact(**one) for name, one in said["facts"].items()})
        put(self, "_facts_read", {event: frozenset(names) for event, names in said["facts_read"].items()})
        put(self, "_kinds", tuple(map(str, said["kinds_in"])))
        put(self, "_events_in", frozenset(map(str, said["events_in"])))
        put(self, "_events_out", frozenset(map(str, said["events_out"])))
        put(self, "_replies", frozenset(map(str, said["replies"])))

    def __getattr__(self, name: str) -> Any:
        # Only what is not set yet comes here: all of it is set at once.
        if name not in _IN_FULL:
            raise AttributeError(name)
        found = self._make()
        for each in _IN_FULL:
            object.__setattr__(self, each, getattr(found, each))
        return getattr(self, name)

    def kinds_in(self) -> tuple[str, ...]:
        return self._kinds

    def hears(self, kind: str) -> bool:
        return kind in self._kinds

    def speaks(self, event: str) -> bool:
        return event in self._events_out

    def events_in(self) -> frozenset[str]:
        return self._events_in

    def events_out(self) -> frozenset[str]:
        return self._events_out

    def reads_reply(self, event: str) -> bool:
        return event in self._replies

    def facts_read(self, event: str) -> frozenset[str]:
        return self._facts_read.get(event, frozenset())


_IN_FULL = {one.name for one in fields(Dialect)} - {*_SAID, *_TOLD}


@dataclass(frozen=True, slots=True)
class Outlines:
    """The cache of one folder of mappings, whose files problems name from *shown* on."""

    file: Path
    shown: str
    registry: Registry

    def load(self, folder: YamlFolder, make: Make) -> Made:
        """What *make* gives for *folder*, by outlines where the cache has them. Problems are the same either
        way."""
        key = self._key(folder)
        found = self._read(key, folder, make)
        if found is None:
            found = make(folder)
            self._write(key, *found)
        return found

    def _key(self, folder: YamlFolder) -> str:
        """The hash of all that the outcome depends on."""
        # The files of the loader, not the modules loaded: every verb must find the same cache.
        core = Path(__file__).parents[1]
        made_by = {*core.glob("mapping/*.py"), *core.glob("model/*.py"), *core.glob("yaml*.py")}
        made_by |= {Path(file) for file in map(_module_of, self._plugged()) if file}
        stamps = sorted(f"{path} {(found := path.stat()).st_size} {found.st_mtime_ns}" for path in made_by)
        names = [*sorted(self.registry.functions), *sorted(self.registry.codecs)]
        said = "\n".join([__version__, sys.version, self.shown, folder.digest.hex(), *names, *stamps])
        return hashlib.sha256(said.encode()).hexdigest()

    def _plugged(self) -> Iterable[object]:
        yield from (spec.apply for spec in self.registry.functions.values())
        for spec in self.registry.codecs.values():
            yield spec.make
            yield spec.options

    def _read(self, key: str, folder: YamlFolder, make: Make) -> Made | None:
        try:
            said = orjson.loads(_sound(self.file))
            if said["key"] != key:
                return None
            parents = {one["name"]: one["extends"] for one in said["dialects"]}
            dialects: dict[str, Dialect] = {
                name: Outlined(one, folder.folder(name).path, partial(_in_full, name, _of_chain(name, parents, folder), make))
                for one in said["dialects"] if (name := one["name"])
            }
            return dialects, [_problem(one) for one in said["problems"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none, not ours or not whole: what it would save is done

    def _write(self, key: str, dialects: Mapping[str, Dialect], problems: list[Problem]) -> None:
        if not self.file.parent.parent.is_dir():
            return  # no hub ever ran here: reading leaves nothing behind
        try:
            body = orjson.dumps({"key": key, "dialects": [_outline(one) for one in dialects.values()],
                                 "problems": [_said(one) for one in problems]})
            self.file.parent.mkdir(mode=0o700, exist_ok=True)
            half = self.file.with_name(f".{self.file.name}.{os.getpid()}")
            half.unlink(missing_ok=True)
            descriptor = os.open(half, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            half.replace(self.file)
        except (OSError, TypeError):
            return  # a read-only home works without; so does a problem whose details are no plain data


def _sound(file: Path) -> bytes:
    """What *file* holds. Raises `ValueError` when others may have written it, or it is not whole."""
    with file.open("rb") as opened:
        found = os.fstat(opened.fileno())
        home = file.parent.parent.stat()
        if found.st_uid not in (home.st_uid, _me()) or found.st_mode & _OTHERS_WRITE or found.st_size > MOST_BYTES:
            raise ValueError("others may write it")
        digest, _, body = opened.read().partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("it is not whole")
    return body


def _me() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0  # Windows knows no owners here: all files are 0


def _module_of(plugged: object) -> str | None:
    module = sys.modules.get(getattr(plugged, "__module__", ""))
    return getattr(module, "__file__", None)


def _of_chain(name: str, parents: Mapping[str, str | None], folder: YamlFolder) -> YamlFolder:
    """The part of *folder* that a dialect is made of: the model's folder, its own, those it extends."""
    folders = {CANONICAL: folder.folder(CANONICAL)}
    one: str | None = name
    while one is not None and one not in folders:
        folders[one] = folder.folder(one)
        one = parents[one]
    return YamlFolder(folder.path, {}, folders)


def _in_full(name: str, folder: YamlFolder, make: Make) -> Dialect:
    return make(folder)[0][name]


def _outline(one: Dialect) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in _SAID}
    replies = [event for event in sorted(one.events_out()) if one.reads_reply(event)]
    return {**said, "kinds_in": one.kinds_in(), "events_in": sorted(one.events_in()),
            "events_out": sorted(one.events_out()), "replies": replies, "facts": one.facts,
            "facts_read": {event: sorted(read) for event in sorted(one.events_out()) if (read := one.facts_read(event))}}


def _said(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {"code": problem.code.id, "place": (place.file, place.line, place.column), "path": problem.path,
            "details": dict(problem.details)}


def _problem(said: Mapping[str, Any]) -> Problem:
    return Problem(all_codes()[said["code"]], Place(*said["place"]), said["path"], said["details"])

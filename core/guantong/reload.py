"""Reloading: a running hub takes up changed mappings between two messages, or keeps the old ones and says why.

Only what lies in the dialects' folders is swapped (mappings, code tables, `dialect.yaml`), and the tree of sites; changed interfaces of
systems are taken up by the systems' own connections. Everything is read, checked, kept and journaled first; then one step on the event loop replaces it all, so that a message is
mapped by the old files or the new and never by a mixture. What has been sent is sent again as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import structlog

from guantong.config import Configuration, load
from guantong.interfacestaken import Interface, Interfaces
from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.journey.rowsadded import look_again
from guantong.journey.sitestaken import note_taken, settle_known_sites
from guantong.mapping.kept import keep, kept_in
from guantong.mapping.load import CANONICAL
from guantong.mapping.memory import Memory
from guantong.mapping.shelf import shelve, shelve_in
from guantong.matters import Catalogue
from guantong.matters.kept import read as read_matters
from guantong.operations.codes import DIALECT_GONE, MODEL_CHANGED, NOT_KEPT
from guantong.plugins import Registry
from guantong.problems import Place, Problem, ProblemsError, summary
from guantong.store import Entry, StoreFailed, Transaction

log = structlog.get_logger("guantong.reload")


@dataclass(frozen=True, slots=True)
class Change:
    """One dialect that differs: its version in force and the one on disk ("": there is none), and the mappings
    that say something else."""

    dialect: str
    before: str
    after: str
    mappings: Sequence[str]

    def as_json(self) -> dict[str, object]:
        return {"dialect": self.dialect, "before": self.before, "after": self.after, "mappings": list(self.mappings)}


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload came to. `restart` names the changed files that only a restart takes up; `went_on` counts the messages
    and deliveries that waited for a code table's row and have it now."""

    state: Literal["taken", "would_take", "unchanged", "refused"]
    before: str
    after: str
    changes: Sequence[Change] = ()
    restart: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    went_on: int = 0
    matters: int = 0
    """The version of the catalogue of matters that was taken up, 0 where none was."""
    sites: tuple[int, int] | None = None
    """The version of the tree of sites in force and the newest, where they differ."""
    interfaces: Sequence[Interface] = ()
    """What became of descriptions of interfaces that differ from those in use."""

    def as_json(self) -> dict[str, Any]:
        return {
            "state": self.state, "before": self.before, "after": self.after,
            "dialects": [one.as_json() for one in self.changes], "restart_needed": list(self.restart),
            "went_on": self.went_on, "matters": self.matters,
            "sites": {"before": self.sites[0], "after": self.sites[1]} if self.sites else None,
            "interfaces": [one.as_json() for one in self.interfaces], "problems": [one.as_json() for one in self.problems],
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """Files that did not load: since when (UTC milliseconds), which version of them, and how many problems."""

    since: int
    version: str
    problems: int


class Reloader:
    """Reloads the mappings of one engine, one reload at a time. Work in flight waits for none of it."""

    def __init__(self, engine: Engine, registry: Registry, memory: Memory, interfaces: Interfaces | None = None) -> None:
        """*memory* is what the configuration in force was loaded with; *interfaces* are those of the systems that run."""
        self.refused: Refused | None = None
        self._engine = engine
        self._registry = registry
        self._memory = memory
        self._interfaces = interfaces
        self._turn = asyncio.Lock()
        self._asked: set[asyncio.Task[None]] = set()

    async def reload(self, actor: str, why: str = "", *, dry_run: bool = False) -> Reloaded:
        """Take up what is on disk; with *dry_run* only say what that would be. Never raises for what is wrong
        with the files or the store: it says so, and the old mappings stay in force."""
        async with self._turn:
            old = self._engine.configuration
            loaded = await asyncio.to_thread(load, old.home, self._registry, {}, secrets=False, memory=self._memory)
            if loaded.configuration is None:
                errors = [one for one in loaded.problems if one.code.severity == "error"]
                return self._refuse(old, loaded.mappings_version, errors, dry_run=dry_run)
            try:
                matters = await asyncio.to_thread(read_matters, old.home)
            except ProblemsError as error:
                return self._refuse(old, loaded.mappings_version, error.problems, dry_run=dry_run)
            taken = await self._take(old, loaded.configuration, actor, why, dry_run=dry_run)
            if taken.state == "refused":
                return taken
            if matters.number != self._engine.matters.number:
                taken = await self._take_matters(taken, matters, actor, why, dry_run=dry_run)
            if self._interfaces is None:
                return taken
            return replace(taken, interfaces=await self._interfaces.take_up(actor, why, dry_run=dry_run))

    def soon(self, why: str) -> None:
        """Reload for a signal: the hub itself acts; how it ends is logged."""
        task = asyncio.create_task(self._logged(why), name="reload")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def close(self) -> None:
        """Wait for the reloads that were asked for by signal."""
        await asyncio.gather(*self._asked)

    async def _logged(self, why: str) -> None:
        try:
            await self.reload(HUB_ACTOR, why)
        except Exception as error:  # noqa: BLE001 -- a mistake of ours while reloading must not end the hub
            log.error("reload.failed", error=type(error).__name__)

    async def _take(self, old: Configuration, found: Configuration, actor: str, why: str, *,
                    dry_run: bool) -> Reloaded:
        restart = old.settings_changed(found)
        if (old.mappings.digest, old.sites.number) == (found.mappings.digest, found.sites.number):
            self.refused = None
            return Reloaded("unchanged", old.version, old.version, restart=restart)
        problems = _hindered(old, found)
        if problems:
            return self._refuse(old, found.mappings_version, problems, restart, dry_run=dry_run)
        new = old.with_data_of(found)
        changes = _changes(old, new)
        sites = (old.sites.number, new.sites.number) if old.sites.number != new.sites.number else None
        if dry_run:
            return Reloaded("would_take", old.version, new.version, changes, restart, sites=sites)
        try:
            await asyncio.to_thread(keep, kept_in(new.home), new.mappings, new.dialects)
            await self._engine.store.write(partial(_note, self._engine, old, new, changes, actor, why))
        except ProblemsError as error:
            return self._refuse(old, found.mappings_version, error.problems, restart)
        except StoreFailed as error:
            problem = Problem(NOT_KEPT, details={"id": "mappings", "what": str(error)})
            return self._refuse(old, found.mappings_version, [problem], restart)
        shelve(shelve_in(new.home), new.dialects)
        self._engine.take(new)
        self.refused = None
        log.info("mappings.taken", before=old.version, after=new.version, dialects=[one.dialect for one in changes],
                 sites=new.sites.number)
        went_on = await look_again(self._engine)
        if sites is not None:
            await settle_known_sites(self._engine)
        return Reloaded("taken", old.version, new.version, changes, restart, went_on=went_on, sites=sites)

    async def _take_matters(self, taken: Reloaded, matters: Catalogue, actor: str, why: str, *, dry_run: bool) -> Reloaded:
        """Take up another version of the catalogue of matters, journaled with its number and hash."""
        engine = self._engine
        if not dry_run:
            detail = {"before": engine.matters.number, "after": matters.number, "digest": matters.digest, "why": why}
            entry = Entry(engine.clock(), "matters_taken", actor=actor, detail=detail)
            try:
                await engine.store.write(partial(_note_entry, entry))
            except StoreFailed as error:
                log.error("matters.not_taken", error=str(error))
                return taken
            engine.matters = matters
            log.info("matters.taken", version=matters.number, matters=len(matters.matters))
        return replace(taken, matters=matters.number)

    def _refuse(self, old: Configuration, version: str, problems: Sequence[Problem], restart: Sequence[str] = (), *,
                dry_run: bool = False) -> Reloaded:
        """The old mappings stay. The log hears of the same files once."""
        if not dry_run and (self.refused is None or self.refused.version != version):
            self.refused = Refused(self._engine.clock(), version, len(problems))
            log.warning("mappings.refused", in_force=old.version, problems=summary(problems))
        return Reloaded("refused", old.version, old.version, (), restart, problems)


def _hindered(old: Configuration, found: Configuration) -> list[Problem]:
    """Why the files on disk, which load, cannot be taken up by the systems that run."""
    place = f"mappings/{CANONICAL}"
    if old.mappings.folder(CANONICAL).digest != found.mappings.folder(CANONICAL).digest:
        return [Problem(MODEL_CHANGED, Place(place))]
    return [
        Problem(DIALECT_GONE, Place(f"mappings/{system.dialect.name}"),
                details={"system": system.id, "dialect": system.dialect.name})
        for system in old.systems.values() if system.dialect.name not in found.dialects
    ]


def _changes(old: Configuration, new: Configuration) -> list[Change]:
    changes = []
    for name in sorted(old.dialects.keys() | new.dialects.keys()):
        before, after = old.dialects.get(name), new.dialects.get(name)
        if before is not None and after is not None and before.version == after.version:
            continue
        plans = [{key: plan.id for key, plan in one.plans.items()} if one else {} for one in (before, after)]
        said = sorted(key for key in plans[0].keys() | plans[1].keys() if plans[0].get(key) != plans[1].get(key))
        changes.append(Change(name, before.version if before else "", after.version if after else "", said))
    return changes


def _note_entry(entry: Entry, tx: Transaction) -> None:
    tx.note(entry)


def _note(engine: Engine, old: Configuration, new: Configuration, changes: Sequence[Change], actor: str, why: str,
          tx: Transaction) -> None:
    at = engine.clock()
    if old.mappings.digest != new.mappings.digest:
        detail = {"before": old.version, "after": new.version, "why": why,
                  "dialects": {one.dialect: [one.before, one.after] for one in changes}}
        tx.note(Entry(at, "mappings_taken", actor=actor, detail=detail))
    if old.sites.number != new.sites.number:
        note_taken(tx, at, old.sites.number, new.sites, actor, why)

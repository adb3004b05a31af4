"""Stored records for the verbs about mappings: of a home's systems that speak a dialect, read beside a running hub."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from guantong.cli.codes import BAD_SELECTION, NOBODY_SPEAKS
from guantong.cli.home import configuration, fail, known_system, reading, stop, vault_of
from guantong.clock import now_ms
from guantong.config import Configuration
from guantong.journey.joins import told_with
from guantong.journey.states import DeliveryState
from guantong.operations.stored import (
    Selection,
    deliveries,
    facts_in,
    facts_out,
    messages,
    selection,
)
from guantong.problems import Problem
from guantong.store import Reader
from guantong.vault import Vault, VaultError

StoredOption = Annotated[bool, typer.Option("--stored", help="Records and deliveries kept in this home (用库中留存的报文).")]
MessagesOption = Annotated[str | None, typer.Option(
    "--messages", metavar="system=…,since=…,limit=…", help="Which of them; implies --stored. since: a date, or 7d, 12h; "
    "limit 10000 unless told (筛选留存报文：系统、起始时间、条数).")]


@dataclass(frozen=True, slots=True)
class Came:
    """A stored record: its name, its bytes, what the transport said of it, and the facts of its system."""

    name: str
    body: bytes
    kind: str | None
    charset: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Went:
    """A stored event on its way to a system: *told* are its values, by its name, and those of the events that make its
    record with it; with the facts of the system and of its case."""

    name: str
    event: str
    told: Mapping[str, Mapping[str, Any]]
    facts: dict[str, Any]


Row = TypeVar("Row")


class Stored:
    """What is kept of the systems that speak one dialect. Every walk goes newest first and shows how far it is."""

    def __init__(self, configured: Configuration, reader: Reader, vault: Vault, chosen: Selection, systems: Collection[str]) -> None:
        self._configured = configured
        self._reader = reader
        self._vault = vault
        self._chosen = chosen
        self._systems = systems

    def came(self) -> Iterator[Came]:
        """The records these systems sent."""
        for row in self._told(messages(self._reader, self._systems, self._chosen), "报文 messages"):
            system = self._configured.systems[row.system]
            if not row.body:
                continue  # pruned
            yield Came(f"M{row.id}", self._vault.open(row.body), row.kind or None, row.charset or None, facts_in(system))

    def went(self) -> Iterator[Went]:
        """The events that were, or are to be, delivered to these systems."""
        for row, event in self._told(deliveries(self._reader, self._systems, self._chosen), "推送 deliveries"):
            system = self._configured.systems[row.target]
            if not event.body:
                continue
            facts = facts_out(self._configured, system, event, self._reader, self._vault)
            if row.state is not DeliveryState.JOINED:  # it went with another's record
                found = told_with(self._reader, self._vault, self._configured.model, system.dialect, row, event)
                yield Went(f"D{row.id}", row.name, found.told, facts)

    def _told(self, rows: Iterable[Row], what: str) -> Iterator[Row]:
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()) as progress:
            yield from progress.track(rows, total=self._chosen.limit)


@contextmanager
def stored_of(home: Path, dialect: str, said: str | None) -> Iterator[Stored]:
    """What *home* keeps of the systems that speak *dialect*, of the selection *said*; ends the verb where there
    is none, or a body does not open."""
    try:
        chosen = selection(said or "", now_ms())
    except ValueError as error:
        stop(Problem(BAD_SELECTION, details={"came": str(error)[:60]}))
    configured = configuration(home)
    known_system(configured, chosen.system, None)
    systems = {name for name, one in configured.systems.items() if one.dialect.name == dialect and chosen.system in (None, name)}
    if not systems:
        known = ", ".join(sorted({one.dialect.name for one in configured.systems.values()}))
        stop(Problem(NOBODY_SPEAKS, details={"dialect": dialect, "system": chosen.system or "-", "known": known}))
    with reading(configured) as reader:
        try:
            yield Stored(configured, reader, vault_of(configured), chosen, systems)
        except VaultError as error:
            fail(str(error))

"""Reading a case's facts out of the store: its events opened, of each the newest version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from guantong.config import Configuration
from guantong.store import EventRow, Reader
from guantong.supervision.facts import WATCHED, CaseFacts, Heard, facts_of_case
from guantong.vault import Vault


class ReadCase(NamedTuple):
    """A case's facts, and the ids of the events it had when it was read: with others it is to be read anew."""

    facts: CaseFacts
    events: tuple[int, ...]


def read_case(reader: Reader, vault: Vault, configuration: Configuration, subject: int) -> ReadCase:
    """The facts of *subject*. Raises `VaultError` when an event cannot be opened."""
    rows = reader.heard_of(subject)
    newest: dict[tuple[str, bytes], tuple[EventRow, int, str, bool]] = {}
    for row, at, system, backfilled in rows:
        known = newest.get((row.name, row.key))
        if row.body and row.name in WATCHED and (known is None or (row.version, row.id) > (known[0].version, known[0].id)):
            newest[row.name, row.key] = row, at, system, backfilled
    heard = [Heard(row.id, row.name, orjson.loads(vault.open(row.body)), at, system, backfilled)
             for row, at, system, backfilled in sorted(newest.values(), key=lambda one: one[0].id)]
    return ReadCase(facts_of_case(heard, regions(configuration)), tuple(row.id for row, *_ in rows))


def regions(configuration: Configuration) -> Mapping[str, str]:
    """The region of each system whose word on a case's region counts: those of one county, town or village."""
    return {system.id: system.region for system in configuration.systems.values() if system.role == "county"}

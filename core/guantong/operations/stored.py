"""Stored records of a home, newest first: what came from some systems, what went to them, and the facts around it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from guantong.config.configuration import Configuration, System
from guantong.journey.facts import facts_of
from guantong.journey.prepare import case_so_far
from guantong.journey.siting import site_of
from guantong.operations.since import since_ms
from guantong.store import DeliveryRow, EventRow, MessageRow, Reader
from guantong.vault import Vault

MOST = 10_000
"""Records looked at where nobody says how many."""
PAGE = 200
_END = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Selection:
    """Which stored records: of one system (None: of any), since a time in UTC milliseconds, at most so many."""

    system: str | None = None
    since: int = 0
    limit: int = MOST


def selection(text: str, now: int) -> Selection:
    """`system=rongcheng.approval,since=7d,limit=500`: each part may be left out; `since` is a date, a time (in
    Asia/Shanghai) or an age in days, hours or minutes before *now*. Raises `ValueError` with the part that is none."""
    found: dict[str, Any] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        key, _, value = part.partition("=")
        if key == "system" and value:
            found["system"] = value
        elif key == "since":
            try:
                found["since"] = since_ms(value, now)
            except ValueError:
                raise ValueError(part) from None
        elif key == "limit" and value.isascii() and value.isdigit() and 0 < int(value) <= _END:
            found["limit"] = int(value)
        else:
            raise ValueError(part)
    return Selection(**found)


def messages(reader: Reader, systems: Collection[str], chosen: Selection) -> Iterator[MessageRow]:
    """The messages that came from these systems, newest first."""
    before, left = _END, chosen.limit
    while left > 0 and (page := reader.recent_messages(before, chosen.since, chosen.system, PAGE)):
        before = page[-1].id
        for row in page:
            if row.system in systems and left > 0:
                left -= 1
                yield row


def deliveries(reader: Reader, targets: Collection[str], chosen: Selection) -> Iterator[tuple[DeliveryRow, EventRow]]:
    """The deliveries to these systems with their events, newest first."""
    before, left = _END, chosen.limit
    while left > 0 and (page := reader.recent_deliveries(before, chosen.since, chosen.system, PAGE)):
        before = page[-1].id
        for row in page:
            event = reader.event(row.event) if row.target in targets and left > 0 else None
            if event is not None:
                left -= 1
                yield row, event


def facts_in(system: System) -> dict[str, Any]:
    """What a mapping may read besides a record of *system*."""
    return facts_of(system)


def facts_out(configuration: Configuration, system: System, event: EventRow, reader: Reader, vault: Vault) -> dict[str, Any]:
    """What a mapping may read besides *event* on its way to *system*: what its case told, and where it happened."""
    case = case_so_far(reader, vault, event.id, event.subject)
    values = values_of(event, vault) if configuration.sites else {}
    return facts_of(system, case, site_of(configuration, reader, event.id, values, case))


def values_of(event: EventRow, vault: Vault) -> dict[str, Any]:
    """The canonical values of a kept event. Raises `VaultError`."""
    values: dict[str, Any] = orjson.loads(vault.open(event.body))
    return values

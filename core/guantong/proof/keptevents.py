"""The kept events of a record, each with the group of fields that binds us to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from guantong.proof.binding import Binding, Told, event_told, group_digest
from guantong.proof.hashing import Hashing
from guantong.store import Reader
from guantong.vault import Vault, VaultError


class KeptEvent(NamedTuple):
    """An event as a group of fields, and the number of that group; None where what is kept is not what was committed to."""

    told: Told
    group: int | None


def events_in(reader: Reader, vault: Vault, message: int) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """The name and values of each event of *message* in their order, without those whose bodies are gone; None for the values of one that
    does not open."""
    for row in reader.events_of_message(message):
        if not row.body:
            continue
        try:
            yield row.name, orjson.loads(vault.open(row.body))
        except (VaultError, ValueError):
            yield row.name, None


def kept_events(reader: Reader, vault: Vault, hashing: Hashing, message: int, bound: Binding) -> Iterator[KeptEvent]:
    """The events of *message* in their order, without those whose bodies are gone. There may be more groups than events: of what was
    pruned, and of repetitions, which an earlier version committed to without keeping them."""
    after = bound.natives
    for name, values in events_in(reader, vault, message):
        if values is None:
            yield KeptEvent(Told(name, ()), None)
            continue
        told = event_told(name, values)
        group = next((number for number in range(after, len(bound.groups))
                      if group_digest(hashing, bound.seed, number, told) == bound.groups[number]), None)
        after = after if group is None else group + 1
        yield KeptEvent(told, group)

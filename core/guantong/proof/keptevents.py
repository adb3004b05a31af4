"""The kept events of a record, each with the group of fields that binds us to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from guantong.proof.binding import Binding, Told, event_told, group_digest
from guantong.proof.hashing import Hashing
from guantong.store import Reader
from guantong.vault import Vault, VaultError


class KeptEvent(NamedTuple):
    """An event as a group of fields, and the number of that group; None where what is kept is not what was committed to."""

    told: Told
    group: int | None


def kept_events(reader: Reader, vault: Vault, hashing: Hashing, message: int, bound: Binding) -> Iterator[KeptEvent]:
    """The events of *message* in their order, without those whose bodies are gone. A repetition was committed to and not kept, so there
    may be more groups than events."""
    after = bound.natives
    for row in reader.events_of_message(message):
        if not row.body:
            continue
        try:
            told = event_told(row.name, orjson.loads(vault.open(row.body)))
        except (VaultError, ValueError):
            yield KeptEvent(Told(row.name, ()), None)
            continue
        group = next((number for number in range(after, len(bound.groups))
                      if group_digest(hashing, bound.seed, number, told) == bound.groups[number]), None)
        after = after if group is None else group + 1
        yield KeptEvent(told, group)

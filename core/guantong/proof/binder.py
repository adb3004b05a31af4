"""Binding us to what came and what was sent, behind the traffic: to its bytes, to its native records as they are decoded, and to its events
as they are kept.

What does not open any more, or is gone, binds us to nothing; a record that its codec fails over, to its bytes and its events.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import structlog

from guantong.blobs.folding import Folded
from guantong.log import where
from guantong.proof.binding import Group, bind
from guantong.proof.bound import raw_of
from guantong.proof.hashing import Hashing
from guantong.proof.keptevents import events_in
from guantong.proof.leaf import SALT, commit
from guantong.proof.resting import Resting
from guantong.proofstore import MARK, Commitment
from guantong.store import MessageRow, Reader
from guantong.vault import Vault, VaultError, folded_in, has_seed

PORTION = 16
"""Bodies of what was sent that are read at once."""
Decodes: TypeAlias = Callable[[MessageRow, Folded], Sequence[Group] | None]
"""The native records in a kept message, as they are decoded now; None where there is nobody any more who could."""
log = structlog.get_logger("guantong.proof")


class Binder:
    """Of one home. One thread at a time may call it; it is *resting* after each body."""

    def __init__(self, reader: Reader, vault: Vault, decodes: Decodes, resting: Resting) -> None:
        self._reader = reader
        self._vault = vault
        self._decodes = decodes
        self._resting = resting
        self._told: set[str] = set()

    def commitments(self, hashing: Hashing, wanted: Mapping[tuple[str, int], int]) -> list[Commitment]:
        """Those to *wanted* bodies, each with the line that says so first; not to what was pruned this moment. Few bodies are in memory at
        once."""
        made = [self._to_message(hashing, number, entry) for (kind, number), entry in wanted.items() if kind == "m"]
        sent = [number for kind, number in wanted if kind == "d"]
        for at in range(0, len(sent), PORTION):
            bodies = self._reader.sealed_bodies("d", sent[at:at + PORTION])
            made += [self._to(hashing, ("d", number), wanted["d", number], body) for number, body in bodies.items()]
        return [one for one in made if one is not None]

    def _to_message(self, hashing: Hashing, number: int, entry: int) -> Commitment | None:
        row = self._reader.message(number)
        return self._to(hashing, ("m", number), entry, row.body, row) if row is not None and row.body else None

    def _to(self, hashing: Hashing, about: tuple[str, int], entry: int, sealed: bytes, row: MessageRow | None = None) -> Commitment | None:
        try:
            return self._made(hashing, about, entry, sealed, row)
        finally:
            self._resting.rest()

    def _made(self, hashing: Hashing, about: tuple[str, int], entry: int, sealed: bytes, row: MessageRow | None) -> Commitment | None:
        try:
            if has_seed(sealed):
                content, seed = self._vault.open_seeded(sealed)
                bound = bind(hashing, seed, content, *self._groups(row, sealed, content))
                return Commitment(*about, entry, sealed[:MARK], bound.beside(), bound.value)
            content, salt = raw_of(self._vault, sealed), os.urandom(SALT)  # an earlier version sealed it
        except VaultError:
            self._tell("proof.body_not_opened", about)
            return None
        return Commitment(*about, entry, sealed[:MARK], salt, commit(hashing, salt, content))

    def _groups(self, row: MessageRow | None, sealed: bytes, content: bytes) -> tuple[Sequence[Group], Sequence[Group]]:
        """The native records and the events of a message."""
        if row is None:
            return (), ()
        events = [(name, values) for name, values in events_in(self._reader, self._vault, row.id) if values is not None]
        try:
            return self._decodes(row, folded_in(sealed, content)) or (), events
        except Exception as error:  # noqa: BLE001 -- a codec's mistake must not hold up the journal
            self._tell("proof.fields_not_bound", ("m", row.id), error=type(error).__name__, where=where(error))
            return (), events

    def _tell(self, event: str, about: tuple[str, int], **more: str) -> None:
        """Once, not for each body that one mistake is in."""
        if event not in self._told:
            log.error(event, about=f"{about[0]}{about[1]}", **more)
        self._told.add(event)

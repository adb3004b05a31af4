"""Whether what is kept can be read: the values of what is still to be sent, and the newest records."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from guantong.config.configuration import Configuration
from guantong.doctor import codes
from guantong.doctor.tally import Tally
from guantong.journey.states import BLOCKING, DeliveryState
from guantong.keyring import open_vault
from guantong.openstore import OpenRow
from guantong.operations.idents import delivery_ident
from guantong.store import Reader
from guantong.vault import Pruned, Vault, VaultError

MOST_OPEN = 20_000
"""Unfinished deliveries of which the values are opened: a second's work; `guantong audit verify` opens everything."""
NEWEST = 2_000
"""Records, the newest."""
MOST_NAMED = 12
_PAGE, _FEW = 1000, 100  # deliveries with values, records: of these one may be large
_LAST = 1 << 62


def look_at_contents(config: Configuration, reader: Reader, tally: Tally) -> int:
    """Everything looked at opens; how many were. Where the keys are wrong, that is another's finding."""
    try:
        vault = open_vault(config.keys, create=False)
    except VaultError:
        return 0
    count, shut = 0, list[str]()
    for name, body in chain(_to_send(reader), islice(_records(reader), NEWEST)):  # a few in memory at a time
        count += 1
        if not _opens(vault, body):
            shut.append(name)
    if shut:
        tally.tell(codes.SHUT_BODY, count=len(shut), names=", ".join(shut[:MOST_NAMED]) + (" …" if len(shut) > MOST_NAMED else ""))
    return count


def _to_send(reader: Reader) -> Iterator[tuple[str, bytes]]:
    return islice(((delivery_ident(row.id), row.body) for state in sorted(BLOCKING) for row in _open(reader, state)), MOST_OPEN)


def _open(reader: Reader, state: DeliveryState) -> Iterator[OpenRow]:
    after = 0
    while rows := reader.open_deliveries(state, None, _PAGE, after):
        yield from rows
        after = rows[-1].id


def _records(reader: Reader) -> Iterator[tuple[str, bytes]]:
    before = _LAST
    while rows := reader.recent_messages(before, 0, None, _FEW):
        yield from ((f"M{row.id}", row.body) for row in rows)
        before = rows[-1].id


def _opens(vault: Vault, body: bytes) -> bool:
    try:
        vault.open_folded(body)
    except Pruned:  # its period was over
        return True
    except VaultError:
        return False
    return True

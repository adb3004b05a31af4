"""Another key for bodies from now on (换密钥): the old one stays and opens what it sealed; journaled with who and why."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from guantong.aead import cipher_of
from guantong.durable import sync_folder
from guantong.journey.engine import Engine
from guantong.keyfile import write_key
from guantong.keyplace import KeyPlace
from guantong.keyring import BODY, fingerprint, new_key, read_keys
from guantong.store import Entry, Transaction

LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """The fingerprints of the key that was and of the one that is, the latter's cipher, and the file that the former is in."""

    was: str
    now: str
    cipher: str
    former: str


async def rotate(engine: Engine, place: KeyPlace, cipher: str, actor: str, why: str) -> Rotated:
    """Make a key of *cipher* (`aes` or `sm4`) and let it seal what comes from now on. Whatever moment it is cut off at, every body
    opens: the old key is under its new name first, then it is journaled, then the new one takes its place. Raises `StoreFailed`,
    `VaultError`, `OSError`."""
    old, new = read_keys(place, create=False).body, new_key(cipher)
    done = Rotated(fingerprint(old), fingerprint(new), cipher_of(new), f"body-{fingerprint(old)}.key")
    write_key(place.folder / done.former, old)
    await engine.store.write(partial(_note, engine.clock(), actor, why, done))
    coming = place.folder / f"{BODY}.coming"
    coming.unlink(missing_ok=True)
    write_key(coming, new)
    coming.replace(place.folder / BODY)
    sync_folder(place.folder)
    return done


def _note(at: int, actor: str, why: str, done: Rotated, tx: Transaction) -> None:
    tx.note(Entry(at, "key_changed", actor=actor, detail={
        "was": done.was, "now": done.now, "cipher": done.cipher, **({"why": why[:LONGEST]} if why else {})}))

"""Bodies as earlier versions sealed them: homes have them still."""

from __future__ import annotations

import os

import zstandard

from guantong.aead import aead
from guantong.blobs.folding import Folded
from guantong.proof.binding import Binding
from guantong.proof.hashing import Hashing
from guantong.vault import Vault


def packed(bound: Binding) -> bytes:
    """What bound us to a record, as it was kept within its body."""
    return bound.seed + bound.natives.to_bytes(4, "big") + len(bound.groups).to_bytes(4, "big") + b"".join(bound.groups)


def seal_bound(vault: Vault, content: bytes, bound: Binding, hashing: Hashing, *, folded: bool = False) -> bytes:
    """With what binds us to it within, and the commitment before it."""
    begin, said = b"\x04" if folded else b"\x03", bytes((hashing.number,)) + bound.value
    return _sealed(vault, begin, said, packed(bound) + zstandard.compress(content))


def seal_folded(vault: Vault, folded: Folded) -> bytes:
    """Some contents of which are blobs, bound by its bytes alone."""
    return _sealed(vault, b"\x02", b"", zstandard.compress(folded.packed()))


def _sealed(vault: Vault, begin: bytes, said: bytes, plain: bytes) -> bytes:
    nonce = os.urandom(12)
    return begin + nonce + said + aead(vault.blob_keys[0]).encrypt(nonce, plain, begin + said)

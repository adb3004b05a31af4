"""What binds us to a kept record, or to what was sent: the seed of its salts lies in the sealed body, the rest beside the commitment."""

from __future__ import annotations

from guantong.proof.binding import Binding, binds_fields, from_beside
from guantong.proofstore import WITHIN
from guantong.vault import Vault, VaultError


def opened(vault: Vault, sealed: bytes, salt: bytes, value: bytes) -> tuple[bytes, Binding] | None:
    """The bytes that *value*, a commitment, is to, and what binds us to them, of a body as it is kept and of what stands beside the
    commitment; None where an earlier version bound us to the bytes alone, and *salt* is theirs. Raises `VaultError`."""
    if not binds_fields(salt):
        return None
    if salt == WITHIN:
        return vault.open_bound(sealed)
    content, seed = vault.open_seeded(sealed)
    try:
        return content, from_beside(seed, salt, value)
    except ValueError as error:
        raise VaultError("what is kept beside a commitment is none of ours") from error


def raw_of(vault: Vault, sealed: bytes) -> bytes:
    """The bytes that a commitment is to: the body's own; of one whose contents are kept apart, the body with their marks, which
    are keyed digests. Raises `VaultError`."""
    folded = vault.open_folded(sealed)
    return folded.packed() if folded.marks or folded.parts else folded.body

"""The vault: bodies are compressed, then encrypted, before a store sees them.

AES-256-GCM or SM4-GCM (`guantong.aead`) with nonces that never repeat over zstd (RFC 8878). A sealed body is one
byte of format version, the nonce, the ciphertext. One that the journal is to bind us to (`guantong.proof.binding`) holds, before what is
compressed, the seed of the salts: who takes the body takes it along. Those of an earlier version have behind their nonce the hash
function's number and the commitment, in the clear, and the whole of what binds us to them within. Keyed digests are BLAKE2b (RFC 7693):
a digest kept in the store cannot be recomputed by guessing contents without the key.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from itertools import count

import zstandard

from guantong.aead import aead, opened_by
from guantong.blobs.folding import Contents, Folded, unpacked
from guantong.proof import binding
from guantong.proof.binding import SEED, Binding
from guantong.proof.hashing import HASHES, Hashing
from guantong.proofstore import HEAD, MARK

_FORMAT = b"\x01"
_FOLDED = b"\x02"
_BOUND = b"\x03"
_BOUND_FOLDED = b"\x04"
_SEEDED = b"\x05"
_SEEDED_FOLDED = b"\x06"
_MOST_NUMBERS = 0xFFFF_FFFF
_LEVEL = -1  # half the time of level 1, for a seventh more bytes
MOST_BYTES = 1 << 30  # what one body may unpack to


def has_seed(sealed: bytes) -> bool:
    """Whether a sealed body, or its beginning, has the seed of its salts within."""
    return sealed[:1] in (_SEEDED, _SEEDED_FOLDED)


def folded_in(sealed: bytes, content: bytes) -> Folded:
    """What *content* is, the opened bytes of a sealed body: contents left where they are."""
    return unpacked(content) if sealed[:1] in (_FOLDED, _BOUND_FOLDED, _SEEDED_FOLDED) else Folded(content)


def commitment_in(head: bytes) -> tuple[Hashing, bytes] | None:
    """The commitment in the first `HEAD` bytes of a body that an earlier version sealed; None where it has none, or one by a hash function
    of a newer program."""
    if head[:1] not in (_BOUND, _BOUND_FOLDED) or len(head) < HEAD:
        return None
    hashing = next((one for one in HASHES.values() if one.number == head[MARK]), None)
    return (hashing, head[MARK + 1:HEAD]) if hashing is not None else None


class VaultError(Exception):
    """A key is missing or does not fit. The text names the setting, never a key."""


class Pruned(VaultError):
    """There is no body any more: its period was over (保留期限)."""

    def __init__(self) -> None:
        super().__init__("内容已清除，交换日志仍在 (guantong trace) / the content was pruned or redacted; "
                         "the journal still tells of it")


class Nonces:
    """Nonces that never come twice under one key (NIST SP 800-38D §8.2.1): a field of this process alone, 64
    random bits, and a counter of 32 bits; a new field when the counter is used up, and in a forked child."""

    def __init__(self) -> None:
        self._renew()
        if hasattr(os, "register_at_fork"):  # Windows does not fork
            os.register_at_fork(after_in_child=self._renew)

    def fresh(self) -> bytes:
        """The next nonce, 12 bytes."""
        field, numbers = self._now
        while (number := next(numbers)) > _MOST_NUMBERS:
            self._renew()
            field, numbers = self._now
        return field + number.to_bytes(4, "big")

    def _renew(self) -> None:
        self._now = os.urandom(8), count()  # as one, for several threads ask


_nonces = Nonces()


class _Zstd(threading.local):
    """Each thread's own: neither may be used by two threads at once."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


class Vault:
    """Seals and opens bodies, and makes keyed digests, with one home's keys. What a *former* key sealed still opens."""

    def __init__(self, body_key: bytes, digest_key: bytes, former: Sequence[bytes] = ()) -> None:
        self.blob_keys = (body_key, *former)
        """What the keys of blobs are derived from: of new ones the first."""
        self.contents: Contents | None = None
        """Reads contents; set once the home's blobs are at hand."""
        self._ciphers = [aead(key) for key in self.blob_keys]
        self._cipher = self._ciphers[0]
        self._digest_key = digest_key
        self._zstd = _Zstd()

    def seal(self, body: bytes) -> bytes:
        """Compress and encrypt."""
        nonce = _nonces.fresh()
        return _FORMAT + nonce + self._cipher.encrypt(nonce, self._zstd.compress(body), None)

    def seal_seeded(self, folded: Folded) -> bytes:
        """The same of what the journal is to bind us to, a record or what is sent, with a fresh seed for its salts."""
        beside = bool(folded.marks or folded.parts)
        begin, content = (_SEEDED_FOLDED, folded.packed()) if beside else (_SEEDED, folded.body)
        nonce = _nonces.fresh()
        return begin + nonce + self._cipher.encrypt(nonce, os.urandom(SEED) + self._zstd.compress(content), begin)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt and unpack; a folded body comes whole, contents and all. Raises `VaultError` when the key does not
        fit or the bytes were altered, and what reading a content raises."""
        if sealed[:1] == _FORMAT:
            return self._opened(sealed, None)
        if sealed[:1] == _SEEDED:
            return self.open_seeded(sealed)[0]
        if sealed[:1] == _BOUND:
            return self.open_bound(sealed)[0]
        folded = self.open_folded(sealed)
        if not folded.marks:
            return folded.body
        if self.contents is None:
            raise VaultError("a stored body has contents in blobs, and no blobs are at hand")
        return folded.whole(self.contents)

    def open_folded(self, sealed: bytes) -> Folded:
        """Decrypt and unpack, contents left where they are. Raises `VaultError`."""
        begin = sealed[:1]
        if begin in (_SEEDED, _SEEDED_FOLDED):
            content = self.open_seeded(sealed)[0]
        elif begin in (_BOUND, _BOUND_FOLDED):
            content = self.open_bound(sealed)[0]
        else:
            content = self._opened(sealed, _FOLDED if begin == _FOLDED else None)
        return folded_in(sealed, content)

    def open_seeded(self, sealed: bytes) -> tuple[bytes, bytes]:
        """The bytes that a commitment is to (a body, or what `Folded.packed` gave), and the seed of their salts. Raises `VaultError`."""
        opened = self._decrypted(sealed, MARK, sealed[:1])
        if len(opened) < SEED:
            raise VaultError("a stored body opens, and is none")
        return self._zstd.decompress(opened[SEED:], max_output_size=MOST_BYTES), opened[:SEED]

    def open_bound(self, sealed: bytes) -> tuple[bytes, Binding]:
        """The bytes that a commitment is to, and what binds us to them, of a body that an earlier version sealed. Raises `VaultError`."""
        said = sealed[MARK:HEAD]
        try:
            bound, packed = binding.from_within(self._decrypted(sealed, HEAD, sealed[:1] + said), said[1:])
        except ValueError as error:
            raise VaultError("a stored body opens, and is none") from error
        return self._zstd.decompress(packed, max_output_size=MOST_BYTES), bound

    def _opened(self, sealed: bytes, said: bytes | None) -> bytes:
        if not sealed:
            raise Pruned
        if sealed[:1] != (said or _FORMAT):
            raise VaultError("a stored body has an unknown format; was it written by a newer program?")
        return self._zstd.decompress(self._decrypted(sealed, MARK, said), max_output_size=MOST_BYTES)

    def _decrypted(self, sealed: bytes, begins: int, said: bytes | None) -> bytes:
        found = opened_by(self._ciphers, sealed[1:MARK], sealed[begins:], said)
        if found is None:
            raise VaultError("a stored body does not open: keys.folder holds another key, or the body was altered")
        return found[1]

    def digest(self, content: bytes) -> bytes:
        """16 bytes that tell contents apart, worthless without the key."""
        return hashlib.blake2b(content, digest_size=16, key=self._digest_key).digest()

    def name(self, digest: bytes) -> str:
        """64 hexadecimal digits in place of a content's digest: what may lie open, worthless without the key."""
        return hashlib.blake2b(digest, digest_size=32, key=self._digest_key, person=b"guantong blob").hexdigest()

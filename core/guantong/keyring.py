"""The keys of a home: one that bodies are sealed with, former ones that still open what they sealed, one for digests.

They lie in a folder, or come from files or environment variables as text (Base64 or hexadecimal). A former key is needed until
retention has taken the last body under it. The key for digests stays: by it equal contents, persons and kiosks are known again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from guantong.aead import LENGTHS
from guantong.keyfile import write_key
from guantong.keyplace import DIGEST, KeyPlace, KeySource
from guantong.vault import Vault, VaultError

BODY = "body.key"
FORMER = "body-*.key"
_DIGEST_LENGTH = 32
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_LONGEST = 1000


class Keys(NamedTuple):
    """The keys themselves, never shown."""

    body: bytes
    digest: bytes
    former: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return "Keys(***)"


def open_vault(place: KeyPlace, *, create: bool, environ: Mapping[str, str] | None = None) -> Vault:
    """The vault with the keys at *place*; makes those that lie in its folder (mode 0600) where *create* and there are none.
    Raises `VaultError`."""
    keys = read_keys(place, create=create, environ=environ)
    return Vault(keys.body, keys.digest, keys.former)


def read_keys(place: KeyPlace, *, create: bool, environ: Mapping[str, str] | None = None) -> Keys:
    """The keys at *place*, as `open_vault` takes them. Raises `VaultError`."""
    variables = os.environ if environ is None else environ
    body = _told("keys.body", place.body, variables) if place.body else _kept(place.folder / BODY, create=create)
    digest = _told("keys.digest", place.digest, variables) if place.digest else _kept(place.folder / DIGEST, create=create)
    if len(digest) != _DIGEST_LENGTH:
        raise VaultError(f"{'keys.digest' if place.digest else f'keys.folder: {DIGEST}'} must hold {_DIGEST_LENGTH} bytes, it holds {len(digest)}")
    former = [_told(f"keys.former.{number}", source, variables) for number, source in enumerate(place.former)]
    former += [_kept(path, create=False) for path in former_in(place)]
    return Keys(body, digest, tuple(key for key in dict.fromkeys(former) if key != body))


def former_in(place: KeyPlace) -> Iterator[Path]:
    """The files of former keys; where the key for bodies comes from elsewhere, one that is still there is such a one."""
    if place.body is not None and (place.folder / BODY).exists():
        yield place.folder / BODY
    yield from sorted(place.folder.glob(FORMER))


def new_key(cipher: str) -> bytes:
    """A fresh key of `aes` or `sm4`."""
    return os.urandom(LENGTHS[cipher])


def as_text(key: bytes) -> str:
    """A key as it stands in a variable or file."""
    return base64.b64encode(key).decode()


def fingerprint(key: bytes) -> str:
    """Eight hexadecimal digits that tell keys apart and nothing of them."""
    return hashlib.blake2b(key, digest_size=4, person=b"guantong key").hexdigest()


def _kept(path: Path, *, create: bool) -> bytes:
    """The key in a file of the folder, which holds its bytes."""
    if not path.exists():
        if not create:
            raise VaultError(f"keys.folder: there is no {path.name}; without it stored bodies cannot be read")
        write_key(path, new_key("aes"))
    key = path.read_bytes()
    if len(key) not in LENGTHS.values():
        expected = str(_DIGEST_LENGTH) if path.name == DIGEST else " or ".join(map(str, sorted(LENGTHS.values(), reverse=True)))
        raise VaultError(f"keys.folder: {path.name} must hold {expected} bytes, it holds {len(key)}")
    return key


def _told(name: str, source: KeySource, environ: Mapping[str, str]) -> bytes:
    """The key whose text stands in a variable or in a file."""
    if source.env:
        text = environ.get(source.env, "")
        where = f"the variable {source.env}"
    else:
        path = source.file or Path()
        where = f"the file {path.name}"
        try:
            with path.open("rb") as file:
                text = file.read(_LONGEST).decode("ascii", "replace")
        except OSError as error:
            raise VaultError(f"{name}: {where} cannot be read: {type(error).__name__}") from None
    plain = text.strip()
    if not plain:
        raise VaultError(f"{name}: {where} is not set, or empty")
    key = decoded(plain)
    if key is None:
        raise VaultError(f"{name}: {where} must hold 32 or 16 bytes as Base64 or hexadecimal (`guantong keys new` makes them)")
    return key


def decoded(text: str) -> bytes | None:
    """The key in *text*, None where it is none."""
    if _HEX.fullmatch(text) and len(text) // 2 in LENGTHS.values():
        return bytes.fromhex(text)
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) in LENGTHS.values() else None

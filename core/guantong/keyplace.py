"""Where the keys of a home are: known without loading ciphers. `guantong.keyring` reads them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

DIGEST = "digest.key"


class KeySource(NamedTuple):
    """Where a key's text stands: an environment variable, or a file."""

    env: str = ""
    file: Path | None = None


class KeyPlace(NamedTuple):
    """Where the keys of a home are. What is not said lies in `folder`: `body.key`, `digest.key`, and former keys as `body-….key`."""

    folder: Path
    body: KeySource | None = None
    digest: KeySource | None = None
    former: tuple[KeySource, ...] = ()

    @property
    def digest_is_there(self) -> bool:
        """Whether a home was ever run with these keys."""
        return self.digest is not None or (self.folder / DIGEST).exists()

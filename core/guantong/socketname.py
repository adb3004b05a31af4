"""Names of local sockets, of which the kernel takes 107 bytes, whatever the folder is called that they lie in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 100
"""Bytes of a socket's name that is used as it is."""


@contextmanager
def within_limit(path: Path) -> Iterator[str]:
    """A name for the socket *path* that fits, while the context lasts: through its opened folder where it is too long itself."""
    if len(os.fsencode(path)) < LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)

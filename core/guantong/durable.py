"""Having on the disk what was named in a folder."""

from __future__ import annotations

import os
from pathlib import Path


def sync_folder(folder: Path | bytes) -> None:
    """Keep the names in *folder*, whatever happens to the machine, where folders can be opened. Raises `OSError`."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""What the folder of blobs is told."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel


class FolderSettings(BaseModel, extra="forbid"):
    """Keys of `blobs:` when it says `use: folder`."""

    path: Path = Path("var/blobs")
    """The folder; beside the store by default. On several machines: one that all of them share."""

"""What the embedded store is told."""

from __future__ import annotations

from pydantic import BaseModel


class SqliteSettings(BaseModel, extra="forbid"):
    """Keys of `store:` when it says `use: sqlite`."""

    path: str = "var/guantong.db"
    synchronous: str = "FULL"

"""Versions: what an event is beside what is already known of the same identity (DESIGN promise 5)."""

from __future__ import annotations

from enum import StrEnum

from guantong.store import Known


class Standing(StrEnum):
    """An event's standing beside the newest known version of its identity."""

    FIRST = "first"
    NEWER = "newer"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    STALE = "stale"


def standing(known: Known | None, version: int, digest: bytes) -> Standing:
    """Higher supersedes; same version, same content is a duplicate; same version, other content a conflict;
    lower is stale."""
    if known is None:
        return Standing.FIRST
    if version > known.version:
        return Standing.NEWER
    if version < known.version:
        return Standing.STALE
    return Standing.DUPLICATE if digest == known.digest else Standing.CONFLICT


def version_on_arrival(known: Known | None, digest: bytes) -> int:
    """The version of an event whose dialect has none (`versioning: arrival`): other content is a new one."""
    if known is None:
        return 1
    return known.version if digest == known.digest else known.version + 1

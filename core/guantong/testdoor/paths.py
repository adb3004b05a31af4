"""Where a test door stands: at the path of the real one, under `/test/`."""

from __future__ import annotations

_REAL, _TEST = "/in/", "/test/"


def tried_at(path: str) -> str:
    """The path of the test door of the door at *path*."""
    return _TEST + path.removeprefix(_REAL).lstrip("/")

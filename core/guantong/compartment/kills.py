"""How often each delivery ended the process of its system: kept beside the process's log, so that a hub that starts anew counts on."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import structlog

MOST = 1000
"""Deliveries that are remembered: the newest."""
FILE = "kills.json"
log = structlog.get_logger("guantong.compartment")


class Kills:
    """Counts, by delivery key. A file that cannot be read, or written, is told once: then this process counts for itself."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._told = False
        self._counts = self._read()

    def of(self, key: str) -> int:
        """How often the delivery *key* ended it."""
        return self._counts.get(key, 0)

    def add(self, key: str) -> None:
        """It ended it once more."""
        count = self._counts.pop(key, 0) + 1
        self._counts = dict([*self._counts.items(), (key, count)][-MOST:])
        self._write()

    def forget(self, key: str) -> None:
        """It was answered, or nobody will give it to the process again before a person looked."""
        if self._counts.pop(key, None) is not None:
            self._write()

    def _read(self) -> dict[str, int]:
        try:
            found = orjson.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self._tell(error)
            return {}
        counts = found.items() if isinstance(found, dict) else ()
        return {key: count for key, count in counts if isinstance(count, int) and count > 0}

    def _write(self) -> None:
        fresh = self._file.with_name(f"{FILE}.new")
        try:
            fresh.write_bytes(orjson.dumps(self._counts))
            os.replace(fresh, self._file)
        except OSError as error:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        if not self._told:
            log.warning("compartment.kills_not_kept", file=str(self._file), error=type(error).__name__)
        self._told = True

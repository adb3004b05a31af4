"""What the connections of backfills remember of their sources: a folder for each run, gone when the run has ended."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

_PREFIX = "backfill-"


class RunFolders:
    """The folders of all runs, under `var/systems/SYSTEM/`."""

    def __init__(self, home: Path) -> None:
        self._systems = home / "var" / "systems"

    def of(self, system: str, run: int) -> Path:
        """The folder of one run, which its connection makes when it needs it."""
        return self._systems / system / f"{_PREFIX}{run}"

    def remove(self, system: str, run: int) -> None:
        """Remove the folder of a run that has ended, where there is one. Raises `OSError`."""
        folder = self.of(system, run)
        if folder.exists():
            shutil.rmtree(folder)

    def sweep(self, running: Collection[int]) -> None:
        """Remove the folders of runs that had ended when an earlier hub stopped. Raises `OSError`."""
        for folder in self._systems.glob(f"*/{_PREFIX}*"):
            number = folder.name.removeprefix(_PREFIX)
            if number.isdecimal() and int(number) not in running:
                shutil.rmtree(folder)

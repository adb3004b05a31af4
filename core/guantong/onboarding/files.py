"""Writing several files as one act: all of them, or none."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from guantong.onboarding.codes import UNWRITABLE
from guantong.oserrors import in_words
from guantong.problems import Problem, ProblemsError

_FRESH = ".guantong-new"


def write_all(home: Path, files: Mapping[str, bytes]) -> None:
    """Put *files* under *home*. Each is first written whole beside its place; only when all are, they take their
    names. Raises `ProblemsError` when one cannot be written: then what was there is there, and nothing else."""
    folders: list[Path] = []
    fresh: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    try:
        for name, body in files.items():
            file = home / name
            current = file
            _make(file.parent, folders)
            fresh[file] = file.with_name(f"{file.name}{_FRESH}")
            fresh[file].write_bytes(body)
        for file, new in fresh.items():
            current = file
            before[file] = file.read_bytes() if file.is_file() else None
            os.replace(new, file)
    except OSError as error:
        _take_back(fresh, before, folders)
        what, what_zh = in_words(error)
        details = {"file": current.relative_to(home).as_posix(), "what": what, "what_zh": what_zh}
        raise ProblemsError([Problem(UNWRITABLE, details=details)]) from None


def _make(folder: Path, made: list[Path]) -> None:
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir()
        made.append(one)


def _take_back(fresh: Mapping[Path, Path], before: Mapping[Path, bytes | None], folders: list[Path]) -> None:
    """Undo what was done, as far as a disk that failed once lets us."""
    for new in fresh.values():
        with suppress(OSError):
            new.unlink(missing_ok=True)
    for file, old in before.items():
        with suppress(OSError):
            file.unlink() if old is None else file.write_bytes(old)
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def difference(home: Path, name: str, after: bytes) -> str:
    """What writing *after* to the file *name* changes, as a unified diff."""
    file = home / name
    old = file.read_bytes().decode("utf-8", "replace").splitlines(keepends=True) if file.is_file() else []
    return "".join(difflib.unified_diff(old, after.decode().splitlines(keepends=True),
                                        name if file.is_file() else "/dev/null", name))

"""What lies in a folder of exported files: every file in one order, and what it is instead where it is none."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from guantong.exported.codes import NO_FOLDER
from guantong.oserrors import in_words
from guantong.problems import Problem, ProblemsError

TABLES = frozenset({".csv", ".tsv", ".txt", ".xlsx"})
LINES = frozenset({".jsonl", ".ndjson"})
WHOLE = frozenset({".xml", ".json"})
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload", "~")
_PACKED = frozenset({".zip", ".rar", ".7z", ".gz", ".tgz", ".tar", ".bz2", ".xz"})
_NOTHING = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Exported:
    """A file below the folder: its name there (with `/`), its size in bytes and when it was last changed (nanoseconds).
    `odd` says what it is where it is nothing to read, in English and Chinese."""

    name: str
    path: Path
    size: int
    changed: int
    odd: tuple[str, str] | None = None

    @property
    def ending(self) -> str:
        return self.path.suffix.lower()


def listed(folder: Path) -> list[Exported]:
    """The files below *folder*, by name; those whose names begin with a dot are left out, as everywhere. No link is
    followed. Raises `ProblemsError` where the folder, or one in it, cannot be read."""
    found: list[Exported] = []

    def unreadable(error: OSError) -> None:
        what, what_zh = in_words(error)
        details = {"folder": os.fsdecode(error.filename or folder), "what": what, "what_zh": what_zh}
        raise ProblemsError([Problem(NO_FOLDER, details=details)])

    try:
        os.listdir(folder)
    except OSError as error:
        unreadable(error)
    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names + [name for name in folders if os.path.islink(os.path.join(place, name))]:
            if not name.startswith(".") and name.lower() not in _NOTHING:
                path = Path(place, name)
                found.append(_exported(path, path.relative_to(folder).as_posix()))
    return sorted(found, key=lambda one: one.name)


def _exported(path: Path, name: str) -> Exported:
    try:
        there = path.lstat()
    except OSError as error:
        what, what_zh = in_words(error)
        return Exported(name, path, 0, 0, (f"a file that cannot be looked at ({what})", f"无法查看的文件（{what_zh}）"))
    return Exported(name, path, there.st_size, there.st_mtime_ns, _odd(path, there))


def _odd(path: Path, there: os.stat_result) -> tuple[str, str] | None:
    """What is there, if nothing to read."""
    ending = path.suffix.lower()
    if stat.S_ISLNK(there.st_mode):
        return "a link", "链接"
    if not stat.S_ISREG(there.st_mode):
        return "no file", "非普通文件"
    if path.name.lower().endswith(_UNFINISHED) or path.name.startswith("~$"):
        return "a file that a program is still writing, by its name", "尚未写完的临时文件（按文件名判断）"
    if ending in _PACKED:
        return "a packed archive", "压缩包"
    if ending == ".xls":
        return "a workbook of the old kind", "旧格式工作簿"
    if ending not in TABLES | LINES | WHOLE:
        return f"a file of another kind ({ending or 'no ending'})", f"其他类型的文件（{ending or '无扩展名'}）"
    return None

"""Writing a pack: one archive, the same bytes for the same contents, each file hashed on its way."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from guantong.oserrors import in_words
from guantong.pack.archive import MOST_BYTES, MOST_FILES
from guantong.pack.checking import MANIFEST
from guantong.pack.codes import FILE_THERE, NOT_WRITTEN, TOO_LARGE
from guantong.pack.parts import Part
from guantong.pack.rules import hashing
from guantong.problems import Problem, ProblemsError

_DAY = (1980, 1, 1, 0, 0, 0)  # of every file: when a pack was made stands in it, and in the journal
_PLAIN = 0o100600 << 16
_ROOM = 1 << 20  # for names, manifest and directory
Listed = list[dict[str, Any]]


class Writer:
    """An archive that is being written. The manifest comes last."""

    def __init__(self, path: Path, kinds: Sequence[str]) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=False)
        self._kinds = kinds
        self._size = 0
        self.listed: Listed = []
        """What is in it so far, as the manifest says it."""

    def add(self, part: Part) -> None:
        """Write a file. Raises `ProblemsError` where the archive becomes too large, and what making it raises."""
        hashes = {kind: hashing(kind) for kind in self._kinds}
        with self._opened(part.name) as file:
            size = 0
            for piece in part.pieces():
                size += len(piece)
                if self._size + size > MOST_BYTES - _ROOM or len(self.listed) >= MOST_FILES - 1:
                    raise ProblemsError([Problem(TOO_LARGE, details={"most": "4 GiB"})])
                for one in hashes.values():
                    one.update(piece)
                file.write(piece)
        self._size += size + 2 * len(part.name.encode()) + 76
        self.listed.append({"name": part.name, "bytes": size, **{kind: one.digest().hex() for kind, one in hashes.items()}})

    def close(self) -> None:
        """Write the manifest, and the end."""
        manifest = {"format": MANIFEST, "files": self.listed}
        with self._opened("manifest.json") as file:
            file.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
        self._zip.close()

    def drop(self) -> None:
        """End without an end: what was written is no archive."""
        if self._zip.fp is not None:
            self._zip.fp.close()
            self._zip.fp = None

    def _opened(self, name: str) -> Any:
        info = zipfile.ZipInfo(name, _DAY)
        info.external_attr, info.create_system, info.create_version, info.extract_version = _PLAIN, 3, 20, 20
        return self._zip.open(info, "w")


@contextmanager
def in_place(path: Path) -> Iterator[Path]:
    """A file to write to, which only its owner may read, and which is put at *path* when all went well, unless there is one.
    Raises `ProblemsError`."""
    if path.exists():
        raise ProblemsError([Problem(FILE_THERE, details={"file": path.name})])
    half = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        half.unlink(missing_ok=True)
        os.close(os.open(half, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600))
        try:
            yield half
            with open(half, "rb") as written:
                os.fsync(written.fileno())
            os.link(half, path)  # unlike a renaming, this leaves the file that is there
        finally:
            half.unlink(missing_ok=True)
    except FileExistsError:
        raise ProblemsError([Problem(FILE_THERE, details={"file": path.name})]) from None
    except OSError as error:
        what, what_zh = in_words(error)
        raise ProblemsError([Problem(NOT_WRITTEN, details={"what": what, "what_zh": what_zh})]) from error


def write(path: Path, kinds: Sequence[str], parts: Sequence[Part], last: Callable[[Listed], Sequence[Part]], shows: Callable[[int], None]) -> str:
    """Write *parts*, and those that *last* makes of what is in the archive then, to *path*; the SHA-256 of the whole. *shows* hears
    how many are done. Raises as `Writer.add`, and `OSError`."""
    writer = Writer(path, kinds)
    try:
        for part in parts:
            writer.add(part)
            shows(len(writer.listed))
        for part in last(list(writer.listed)):
            writer.add(part)
        writer.close()
    finally:
        writer.drop()
    digest = hashlib.sha256()
    with open(path, "rb") as written:
        while piece := written.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()

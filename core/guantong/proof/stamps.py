"""Time stamps as files: requests that were made, answers that were kept, and which checkpoint each is over.

They lie in `var/stamps`, and copies of the answers beside each anchor, in a folder of its name and `.stamps`. No file is ever written over.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography.x509 import Certificate

from guantong.config.configuration import Configuration
from guantong.problems import Place, Problem, ProblemsError
from guantong.proof import codes
from guantong.proof.checkpoint import Checkpoint, parsed
from guantong.proof.hashing import HASHES
from guantong.proof.note import VerifierKey, opened
from guantong.proof.sealer import TilesRead
from guantong.proof.stamping import OIDS, Stamp, check, read
from guantong.proof.tree import root
from guantong.proofstore import ReadsProof

MOST = 1024 * 1024
"""Bytes of an answer: far more than any authority's."""


class Proved(NamedTuple):
    """A checkpoint that existed before `at` (UTC milliseconds), as `tsa` says."""

    file: str
    size: int
    entry: int
    at: int
    tsa: str


def folders(configuration: Configuration) -> list[Path]:
    """Where answers are kept: here first, then beside each anchor."""
    home = configuration.home
    return [home / "var/stamps", *(home / f"{name}.stamps" for name in configuration.audit.anchors)]


def answers(paths: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """The answers in these files and folders, each once. Raises `OSError`."""
    seen = set()
    for path in paths:
        for file in sorted(path.glob("*.tsr")) if path.is_dir() else [path]:
            with file.open("rb") as stream:
                data = stream.read(MOST + 1)
            if data not in seen:
                seen.add(data)
                yield file, data


def asked(configuration: Configuration, size: int, nonce: int, data: bytes) -> None:
    """Keep what was asked for the checkpoint of *size* entries. Raises `OSError`."""
    _kept(folders(configuration)[0] / f"{size}-{nonce:016x}.tsq", data)


def answered(configuration: Configuration, stamp: Stamp) -> int | None:
    """The size of the checkpoint that *stamp* was asked for; None where nobody asked here."""
    found = folders(configuration)[0].glob(f"*-{stamp.nonce:016x}.tsq") if stamp.nonce is not None and stamp.nonce >= 0 else iter(())
    return next((int(one.name.partition("-")[0]) for one in found), None)


def keep(folder: Path, size: int, data: bytes) -> bool:
    """Have the answer *data* lie in *folder*; False where it does already. Raises `OSError`."""
    return _kept(folder / name_of(size, data), data)


def name_of(size: int, data: bytes) -> str:
    """What the file of an answer is called."""
    return f"{size}-{hashlib.sha256(data).hexdigest()[:16]}.tsr"


def imprints(notes: Iterable[str]) -> dict[bytes, str]:
    """Signed notes by all digests that a stamp may be over."""
    return {HASHES[kind].digest(note.encode()): note for note in notes for kind in OIDS}


def proved(reader: ReadsProof, found: Iterable[tuple[Path, bytes]], trust: Sequence[Certificate], known: Mapping[bytes, str],
           keys: Sequence[VerifierKey]) -> tuple[list[Proved], list[Problem]]:
    """Those of the answers *found* that show of a checkpoint of this journal, as it is now, when it existed; a problem for each other. The
    checkpoints are *known* by their digests, and one of *keys* signed them."""
    shown: list[Proved] = []
    problems: list[Problem] = []
    tree = reader.tree()
    for file, data in found:
        place = Place(file.name)
        try:
            stamp = read(data)
            check(stamp, trust)
        except ProblemsError as error:
            problems += [Problem(one.code, place, details=one.details) for one in error.problems]
            continue
        said = _signed(known.get(stamp.imprint, ""), keys)
        if said is None or tree is None or said.hash != tree.hash or not 0 < said.size <= tree.size \
                or root(HASHES[tree.hash], TilesRead(reader), said.size) != said.root:
            problems.append(Problem(codes.STAMP_APART, place))
        else:
            shown.append(Proved(file.name, said.size, said.entry, stamp.at, stamp.tsa))
    return sorted(shown, key=lambda one: (one.size, one.at)), problems


def _signed(note: str, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    text = opened(note)
    if text is None or not any(key.holds(text[0], one) for key in keys for one in text[1]):
        return None
    return parsed(text[0])


def _kept(path: Path, data: bytes) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.new")
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
    return True

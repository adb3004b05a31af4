"""Anchors: files outside, to which every checkpoint is appended and never anything else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from guantong.proof.checkpoint import Checkpoint, parsed
from guantong.proof.note import Signature, opened

_TAIL = 64 * 1024


class Anchored(NamedTuple):
    """A checkpoint as it stands in a file at *line*: its `note`, the text of it and its signatures, not checked; `checkpoint` is
    None where what stands there is none."""

    file: str
    line: int
    note: str
    text: str
    checkpoint: Checkpoint | None
    signatures: list[Signature]


def append(path: Path, note: str) -> bool:
    """Have *note* stand at the end of the file, on the disk; False where it does already. What a crash left half is left as it
    is, and the note comes whole behind it. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, _TAIL, max(0, size - _TAIL))
        whole = f"{note}\n".encode()
        if tail.endswith(whole):
            return False
        torn = b"" if not tail or tail.endswith(b"\n\n") else b"\n" if tail.endswith(b"\n") else b"\n\n"
        left = memoryview(torn + whole)
        while left:
            left = left[os.write(descriptor, left):]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True


def read(path: Path) -> list[Anchored]:
    """Every checkpoint in the file, in order, and every part that is none. A part that a later one begins with was cut short by a
    crash, and written whole then: it is left out. Raises `OSError`."""
    lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")  # a crash may leave half a character
    found: list[Anchored] = []
    at = 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        first = at
        while at < len(lines) and lines[at]:
            at += 1
        text_end = at
        at += 1
        below = at
        while at < len(lines) and _is_signature(lines[at]):
            at += 1
        if at == below:  # nobody signed it
            at = text_end
        found.append(_anchored(path.name, first + 1, "\n".join(lines[first:at]) + "\n"))
    return [one for place, one in enumerate(found) if not _torn(one, found[place + 1:place + 2])]


def _is_signature(line: str) -> bool:
    """Or as much of its beginning as a crash left."""
    dash = "\u2014 ".encode()
    said = line.encode("utf-8", "surrogateescape")[:len(dash)]
    return bool(said) and dash.startswith(said)


def _anchored(file: str, line: int, note: str) -> Anchored:
    known = opened(note)
    if known is None:
        return Anchored(file, line, note, note, None, [])
    return Anchored(file, line, note, known[0], parsed(known[0]), known[1])


def _torn(one: Anchored, following: list[Anchored]) -> bool:
    said = one.note.rstrip("\n").encode("utf-8", "surrogateescape")
    return any(other.note.encode("utf-8", "surrogateescape").startswith(said) and other.note != one.note for other in following)

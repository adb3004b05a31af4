"""Checkpoints (C2SP `tlog-checkpoint`): what a log held at one moment, in a few lines that are signed as a note.

    city.example/guantong           the log: the name of its key
    120345                          how many entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=     the root, in Base64
    hash sha256
    time 2014-07-16T02:30:00.000Z   by the hub's clock; proves nothing
    entry 120345                    the newest entry
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import NamedTuple

from guantong.proof.hashing import BYTES, HASHES
from guantong.proof.note import from_base64

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Checkpoint(NamedTuple):
    """A log at one moment. `at` is UTC milliseconds, `entry` the newest entry's number; 0 where the text does not say."""

    origin: str
    size: int
    root: bytes
    hash: str
    at: int
    entry: int

    def text(self) -> str:
        """Its lines, unsigned."""
        moment = datetime.fromtimestamp(self.at // 1000, UTC)
        time = f"{moment:%Y-%m-%dT%H:%M:%S}.{self.at % 1000:03}Z"
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nhash {self.hash}\ntime {time}\nentry {self.entry}\n"


def parsed(text: str) -> Checkpoint | None:
    """The checkpoint that *text* is; None where it is none. Lines that we do not know say nothing to us."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not text.endswith("\n") or not _SIZE.fullmatch(lines[1]):
        return None
    root = from_base64(lines[2])
    said = dict(line.split(" ", 1) for line in lines[3:] if " " in line)
    kind = said.get("hash", "sha256")
    if root is None or len(root) != BYTES or kind not in HASHES:
        return None
    entry = said.get("entry", "0")
    return Checkpoint(lines[0], int(lines[1]), root, kind, _moment(said.get("time", "")), int(entry) if _SIZE.fullmatch(entry) else 0)


def _moment(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return 0

"""What the store rests on: keys, disk, clock, the contents of attachments."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

from guantong.blobstore import BlobStore
from guantong.config.configuration import Configuration
from guantong.doctor import codes
from guantong.doctor.tally import Tally
from guantong.keyring import open_vault
from guantong.store import Reader
from guantong.vault import VaultError

MIB = 1024 * 1024
PAGE = 5000
MOST_NAMED = 3
CLOCK_SLACK = 60_000  # ms that a line of the journal may lie ahead of the clock
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_keys(config: Configuration, tally: Tally) -> None:
    """The keys are there, whole, and nobody else's to read."""
    try:
        open_vault(config.keys, create=False)
    except VaultError as error:
        tally.tell(codes.NO_KEY, what=str(error))
    for path in sorted(config.keys.folder.glob("*.key")) if config.keys.folder.is_dir() else ():
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & OTHERS:
            tally.tell(codes.OPEN_KEY, file=_below(path, config.home), mode=f"{mode:04o}")


def look_at_disk(config: Configuration, least: int, tally: Tally) -> None:
    """More than *least* bytes are free where the state lies."""
    folder = config.home / "var"
    free = shutil.disk_usage(folder if folder.is_dir() else config.home).free
    if free < least:
        tally.tell(codes.LITTLE_SPACE, free=free // MIB, folder=_below(folder, config.home), least=least // MIB)


def look_at_clock(newest_at: int, now: int, tally: Tally) -> None:
    """Nothing was journaled in the future."""
    if newest_at - now > CLOCK_SLACK:
        tally.tell(codes.CLOCK_BEHIND, seconds=(newest_at - now) // 1000)


def look_at_blobs(reader: Reader, blobs: BlobStore, tally: Tally) -> int:
    """Every content that a message needs is there; how many are needed."""
    count, gone, after = 0, 0, ""
    first: list[str] = []
    while names := reader.survey_blobs(after, PAGE):
        after = names[-1]
        count += len(names)
        for name in names:
            if not blobs.exists(name):
                gone += 1
                first = [*first, name[:12]][:MOST_NAMED]
    if gone:
        tally.tell(codes.BLOB_GONE, count=gone, names=", ".join(first))
    return count


def _below(path: Path, home: Path) -> str:
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else path.as_posix()

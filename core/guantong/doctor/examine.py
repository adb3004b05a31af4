"""The examination: everything that `guantong doctor` looks at, in one answer. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guantong.blobstore import BlobStore
from guantong.config.configuration import Configuration
from guantong.doctor import codes
from guantong.doctor.contents import look_at_contents
from guantong.doctor.surroundings import look_at_blobs, look_at_clock, look_at_disk, look_at_keys
from guantong.doctor.survey import Counts, named, survey
from guantong.doctor.tally import Tally
from guantong.doctor.workers import look_at_workers
from guantong.journey.states import DeliveryState
from guantong.problems import Problem
from guantong.proof.setup import look_at_log, look_at_sealing
from guantong.store import Reader


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at and what does not hold."""

    counts: Counts
    blobs: int
    opened: int
    problems: list[Problem]

    @property
    def sound(self) -> bool:
        """Whether every promise holds; a warning is no breach."""
        return not any(problem.code.severity == "error" for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """The one object that `doctor --json` prints."""
        return {"sound": self.sound, "messages": dict(self.counts.messages), "deliveries": dict(self.counts.deliveries),
                "journal": self.counts.entries, "blobs": self.blobs, "opened": self.opened, "problems": [one.as_json() for one in self.problems]}


def examine(config: Configuration, reader: Reader, blobs: BlobStore, sending: Mapping[str, int] | None, now: int) -> Examined:
    """Examine a home. *sending* is what its running hub has in hand, None where none runs."""
    tally = Tally()
    for what in reader.integrity():
        tally.tell(codes.BROKEN_STORE, what=what[:200])
    with reader.snapshot():
        counts = survey(reader, tally)
        needed = look_at_blobs(reader, blobs, tally)
        several = look_at_workers(reader, tally)
        opened = 0 if tally.problems() else look_at_contents(config, reader, tally)  # rows that make no sense are told first
    under_way = counts.deliveries.get(DeliveryState.SENDING, 0)
    if under_way and sending is None and not several:
        tally.tell(codes.NO_OWNER, count=under_way, ids=named(counts.sending))
    look_at_keys(config, tally)
    look_at_disk(config, config.hub.queue.free, tally)
    look_at_clock(counts.newest_at, now, tally)
    return Examined(counts, needed, opened, [*tally.problems(), *look_at_log(config, reader), *look_at_sealing(reader, now)])

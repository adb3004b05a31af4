"""What belongs to a case: its lines and their proofs, what came and went of it. Bodies are not held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from guantong.operations.tracing import before_case, find_subjects
from guantong.pack.codes import NO_CHECKPOINT_YET, NO_SUCH_CHECKPOINT
from guantong.problems import Problem, ProblemsError
from guantong.proof.checkpoint import Checkpoint
from guantong.proof.codes import KEPT_OTHERWISE
from guantong.proof.consistency import consistency
from guantong.proof.hashing import HASHES
from guantong.proof.leaf import Line
from guantong.proof.notary import look_at_kept, told
from guantong.proof.proving import Sealed, find, proof
from guantong.proof.sealer import TilesRead
from guantong.proofstore import KeptCheckpoint
from guantong.store import DeliveryRow, EventRow, MessageRow, Reader, Serial

EARLIER = 100
"""Earlier checkpoints that a pack is shown to contain: so many of the newest, and so many spread over the others."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case, or a message that is of none (`subjects` is empty then), as it was at one moment. `proof` is what `guantong audit proof`
    prints of the lines that are in the checkpoint; `late` are those that are not."""

    subjects: Sequence[int]
    serials: Sequence[Serial]
    lines: Sequence[Line]
    sealed: Mapping[int, Sealed]
    late: Sequence[int]
    proof: Mapping[str, Any]
    said: Checkpoint
    earlier: Sequence[Mapping[str, Any]]
    messages: Sequence[MessageRow]
    deliveries: Sequence[DeliveryRow]
    events: Sequence[EventRow]
    others: Mapping[int, Sequence[int]]
    """Messages that tell of other cases, too, and which."""

    @property
    def ident(self) -> str:
        """What its file is called for: C5."""
        return "-".join(f"C{one}" for one in self.subjects[:4]) or f"M{self.messages[0].id}"


def newest_of(reader: Reader, key: str) -> dict[int, int]:
    """The lines that *key* is about, as of now: the subjects it names, each with its newest line; subject 0 for a message that is of
    none. Empty where nothing is known of it."""
    found = {subject: max((line.id for line in reader.journal_of(subject)), default=0) for subject in find_subjects(reader, key)}
    if not found and key[:1] in ("M", "m") and key[1:].isascii() and key[1:].isdigit() and len(key) < 19:
        entries = reader.journal_of_message(int(key[1:]))
        return {0: max(entry.id for entry in entries)} if entries else {}
    return found


def gathered(reader: Reader, key: str, newest: Mapping[int, int], public: str, size: int | None = None) -> Case:
    """The case *key*, its lines up to the *newest* of each subject; proved under the newest checkpoint, or the one of *size* entries,
    for the key whose public line is *public*. Raises `ProblemsError`, `Damaged`."""
    under = _checkpoint(reader, size)
    said = told(under) if under is not None else None
    if under is None:
        raise ProblemsError([Problem(NO_CHECKPOINT_YET)])
    if said is None or (size is None and look_at_kept(reader)):
        raise ProblemsError([Problem(KEPT_OTHERWISE, details={"size": under.size})])
    subjects = [one for one in newest if one]
    told_of = [entry for subject in subjects for entry in reader.journal_of(subject) if entry.id <= newest[subject]]
    before = before_case(reader, (entry.message for entry in told_of)) if subjects else reader.journal_of_message(int(key[1:]))
    entries = sorted({entry.id for entry in [*told_of, *before] if entry.id <= max(newest.values())})
    sealed = {entry: found for entry in entries if (found := find(reader, entry)) is not None and found.leaf < said.size}
    if not sealed:
        raise ProblemsError([Problem(NO_CHECKPOINT_YET)])
    lines = [line for entry in entries if (line := reader.line(entry)) is not None]
    messages = {line.message for line in lines if line.message} | {one.message for subject in subjects for one in reader.events_of_subject(subject)}
    deliveries = {line.delivery for line in lines if line.delivery} | {one.id for subject in subjects for one in reader.deliveries_of_subject(subject)}
    return Case(
        subjects, [serial for subject in subjects for serial in reader.serials_of(subject)], lines, sealed,
        [entry for entry in entries if entry not in sealed], proof(reader, sorted(sealed), public, under), said, _earlier(reader, said),
        [replace(row, body=b"") for one in sorted(messages) if (row := reader.message(one)) is not None],
        [replace(sent, body=None) for one in sorted(deliveries) if (sent := reader.delivery(one)) is not None],
        [event for subject in subjects for event in reader.events_of_subject(subject)],
        {one: others for one in sorted(messages)
         if (others := sorted({event.subject for event in reader.events_of_message(one)} - set(subjects)))},
    )


class Bound(NamedTuple):
    """What binds us to a record: the first line of the case that says so, and the commitment (`guantong.proofstore.Commitment`)."""

    entry: int
    salt: bytes
    value: bytes


def committed(case: Case, reader: Reader) -> dict[str, Bound]:
    """By M12 or D34: what binds us to its bytes as they are now."""
    lines: dict[tuple[tuple[str, int] | None, bytes], int] = {}
    for entry, sealed in sorted(case.sealed.items()):
        lines.setdefault((sealed.line.about, sealed.raw), entry)
    return {f"{kind.upper()}{one.of}": Bound(lines[(kind, one.of), one.value], one.salt, one.value)
            for kind, numbers in (("m", [one.id for one in case.messages]), ("d", [one.id for one in case.deliveries]))
            for one in reader.commitments(kind, numbers) if one.salt and ((kind, one.of), one.value) in lines}


def _checkpoint(reader: Reader, size: int | None) -> KeptCheckpoint | None:
    if size is None:
        return reader.newest_checkpoint()
    found = [one for one in reader.checkpoints(size - 1, 1) if one.size == size]
    if not found:
        raise ProblemsError([Problem(NO_SUCH_CHECKPOINT, details={"size": size})])
    return found[0]


def _earlier(reader: Reader, said: Checkpoint) -> list[Mapping[str, Any]]:
    """Earlier checkpoints of the same log, each with the proof that this one contains it."""
    kept: list[KeptCheckpoint] = []
    while page := reader.checkpoints(kept[-1].size if kept else 0, 1000):
        kept += [one for one in page if one.size < said.size]
        if page[-1].size >= said.size or len(page) < 1000:
            break
    old, new = kept[:-EARLIER], kept[-EARLIER:]
    step = max(1, -(-len(old) // EARLIER))
    tiles, hashing = TilesRead(reader), HASHES[said.hash]
    return [{"checkpoint": one.note, "path": [each.hex() for each in consistency(hashing, tiles, one.size, said.size)]}
            for one in [*old[::step], *new] if (earlier := told(one)) is not None and earlier.origin == said.origin and one.size]

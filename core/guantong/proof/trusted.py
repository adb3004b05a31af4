"""Checkpoints from outside: whose they are, and which of them may be believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from guantong.problems import Place, Problem
from guantong.proof.anchoring import Anchored
from guantong.proof.checkpoint import Checkpoint
from guantong.proof.codes import BAD_SIGNATURE, NO_CHECKPOINT, OTHER_LOG
from guantong.proof.note import VerifierKey


class Trusted(NamedTuple):
    """A checkpoint that a known key signed, and where it stands."""

    place: Place
    checkpoint: Checkpoint


def trusted(anchored: Iterable[Anchored], keys: Sequence[VerifierKey]) -> tuple[list[Trusted], list[Problem]]:
    """Those of *anchored* that a key of *keys* signed, by size; a problem for each other."""
    found: list[Trusted] = []
    problems: list[Problem] = []
    names = {key.name for key in keys}
    for one in anchored:
        place = Place(one.file, one.line)
        if one.checkpoint is None:
            problems.append(Problem(NO_CHECKPOINT, place))
        elif one.checkpoint.origin not in names:
            problems.append(Problem(OTHER_LOG, place, details={"origin": one.checkpoint.origin[:200]}))
        elif not any(key.holds(one.text, signature) for key in keys for signature in one.signatures):
            problems.append(Problem(BAD_SIGNATURE, place, details={"size": one.checkpoint.size, "keys": ", ".join(sorted(names))}))
        else:
            found.append(Trusted(place, one.checkpoint))
    return sorted(found, key=lambda one: one.checkpoint.size), problems

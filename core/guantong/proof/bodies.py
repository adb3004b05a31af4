"""Records and what was sent, held against the commitments that the journal made to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from guantong.clock import shown
from guantong.problems import Problem
from guantong.proof.codes import BODY_ALTERED
from guantong.proof.hashing import BYTES, Hashing
from guantong.proof.leaf import NOT_COMMITTED, Line, commit
from guantong.proof.sealer import numbers_of, raw_of
from guantong.proofstore import MARK, Commitment, ReadsProof
from guantong.vault import Vault, VaultError

MOST_UNSEALED = 100_000
"""Lines behind the last sealed one that are looked at for what they are about."""
_CHANGED = "it was altered", "内容被改动"
_GONE = "what binds us to it was removed", "承诺记录被删除"
_OTHER = "what binds us to it was altered", "承诺记录被改动"
_BACK = "it was taken away, and something stands there again", "内容已清除，其处又出现内容"
_SHUT = "it does not open", "无法解密"


class Looked(NamedTuple):
    """What was found of one line's bytes: they are as committed (`whole`), or gone by retention (`gone`), or a problem."""

    whole: int = 0
    gone: int = 0
    problem: Problem | None = None


class Bodies:
    """Holds bodies against commitments; each body once, at the line that committed to it first."""

    def __init__(self, reader: ReadsProof, vault: Vault, hashing: Hashing) -> None:
        self._reader = reader
        self._vault = vault
        self._hashing = hashing
        self._unsealed: set[tuple[str, int]] | None = None

    def look(self, lines: Iterable[tuple[Line, bytes]]) -> list[Looked]:
        """What is found of *lines*, each with the commitment in its leaf."""
        asked = [(line, raw, line.about) for line, raw in lines if raw != NOT_COMMITTED and line.about is not None]
        bound: dict[tuple[str, int], Commitment] = {}
        for kind in ("m", "d"):
            numbers = list(dict.fromkeys(about[1] for _, _, about in asked if about is not None and about[0] == kind))
            bound.update({(kind, one.of): one for one in self._reader.commitments(kind, numbers)})
        return [self._look(line, raw, about, bound.get(about)) for line, raw, about in asked if about is not None]

    def _look(self, line: Line, raw: bytes, about: tuple[str, int], known: Commitment | None) -> Looked:
        if known is None:
            return _wrong(line, about, _GONE)
        if known.entry != line.id:
            return Looked() if self._said_by(known) else _wrong(line, about, _OTHER)
        if known.value != raw:
            return _wrong(line, about, _OTHER)
        sealed = self._reader.sealed_bodies(about[0], [about[1]]).get(about[1])
        if sealed is None:
            return Looked(gone=1)
        if sealed[:MARK] != known.mark and about in self._still_to_seal():
            return Looked()  # contents came for it a moment ago, and the line that says so commits to it anew
        if not known.salt:
            return _wrong(line, about, _BACK)
        try:
            content = raw_of(self._vault, sealed)
        except VaultError:
            return _wrong(line, about, _SHUT)
        return Looked(whole=1) if commit(self._hashing, known.salt, content) == raw else _wrong(line, about, _CHANGED)

    def _still_to_seal(self) -> Collection[tuple[str, int]]:
        """What lines that are not sealed yet are about."""
        if self._unsealed is None:
            tree = self._reader.tree()
            reached = tree.reached if tree is not None else 0
            sealed = {number for tile in self._reader.tiles_beyond(reached) for number in numbers_of(tile)}
            lines = self._reader.lines(reached, len(sealed) + MOST_UNSEALED)
            self._unsealed = {line.about for line in lines if line.id not in sealed and line.about is not None}
        return self._unsealed

    def _said_by(self, known: Commitment) -> bool:
        """Whether the line that a commitment names has it in its leaf: there the body is looked at."""
        for tile in self._reader.tiles_with(known.entry):
            entries = numbers_of(tile)
            if known.entry in entries:
                place = entries.index(known.entry)
                line = self._reader.line(known.entry)
                return (tile.raws[place * BYTES:(place + 1) * BYTES] == known.value and line is not None
                        and line.about == (known.kind, known.of))
        return False


def _wrong(line: Line, about: tuple[str, int], what: tuple[str, str]) -> Looked:
    name = f"M{about[1]}" if about[0] == "m" else f"D{about[1]}"
    return Looked(problem=Problem(BODY_ALTERED, details={
        "about": name, "entry": line.id, "at": shown(line.at), "what": what[0], "what_zh": what[1]}))

"""Verifying the whole journal: every row against its leaf, the tree against its leaves, and both against what lies outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from guantong.clock import shown
from guantong.problems import Place, Problem
from guantong.proof import codes
from guantong.proof.absent import Absent
from guantong.proof.binder import Decodes
from guantong.proof.bodies import Bodies, Looked
from guantong.proof.chains import Chains
from guantong.proof.hashing import BYTES, HASHES, Hashing
from guantong.proof.leaf import SALT, Line
from guantong.proof.leaves import Held, Rows, held
from guantong.proof.sealer import NUMBER
from guantong.proof.tiles import BITS, FULL, WIDTH, Damaged, grow
from guantong.proof.tree import root
from guantong.proof.trusted import Trusted
from guantong.proofstore import ReadsProof, Tile, Tree
from guantong.store import Reader
from guantong.vault import Vault

PAGE = 64  # tiles
MOST_TOLD = 1000
"""Problems of one kind that are told one by one; the rest is counted."""


@dataclass(slots=True)
class Verdict:
    """What was found. `entries` are sealed, of which the last checkpoint outside that holds covers `covered`; `unsealed` are all
    others. Of records and what was sent, `bodies` are as they were committed to, `gone` by retention; `fields` are the single fields that
    are as they were, `undecoded` the records whose native fields cannot be read any more as they were then."""

    hash: str = ""
    entries: int = 0
    covered: int = 0
    unsealed: int = 0
    root: bytes = b""
    checkpoints: int = 0
    bodies: int = 0
    gone: int = 0
    fields: int = 0
    undecoded: int = 0
    more: int = 0
    problems: list[Problem] = field(default_factory=list)
    _of_code: Counter[str] = field(default_factory=Counter)

    def add(self, problem: Problem) -> None:
        """One more problem; very many of a kind are only counted."""
        self._of_code[problem.code.id] += 1
        if self._of_code[problem.code.id] <= MOST_TOLD:
            self.problems.append(problem)
        else:
            self.more += 1

    def take(self, looked: Looked) -> None:
        """Count what was found of a line's bytes; not what is not there."""
        self.bodies += looked.whole
        self.fields += looked.fields
        self.undecoded += looked.undecoded
        for problem in looked.problems:
            self.add(problem)

    def as_json(self) -> dict[str, Any]:
        """As `audit verify --json` prints it."""
        return {"verified": not self.problems, "hash": self.hash, "entries": self.entries, "covered": self.covered,
                "unsealed": self.unsealed, "root": self.root.hex(), "checkpoints": self.checkpoints, "bodies": self.bodies,
                "bodies_gone": self.gone, "fields": self.fields, "undecoded": self.undecoded, "problems": [problem.as_json() for problem in self.problems], "more_problems": self.more}


def verify(reader: Reader, vault: Vault | None, outside: Sequence[Trusted],
           shows: Callable[[int, int], None] = lambda _done, _of: None, decodes: Decodes | None = None) -> Verdict:
    """Work everything out anew and hold it against the checkpoints *outside*, in the order of their size. Without a *vault* bodies
    are not looked at; native fields are where it is given who *decodes* them. *shows* hears how many entries of how many are done."""
    tree, verdict = reader.tree(), Verdict()
    if tree is None:
        tree = Tree(0, 0, "sha256")
    if tree.hash not in HASHES:
        verdict.add(Problem(codes.TREE_DAMAGED, details={"level": 0, "number": 0}))
        return verdict
    bodies = Bodies(reader, vault, HASHES[tree.hash], decodes) if vault is not None else None
    return _Verifying(reader, tree, bodies, outside, verdict).run(shows)


class _Verifying:
    """One walk from the first leaf to the last."""

    def __init__(self, reader: ReadsProof, tree: Tree, bodies: Bodies | None, outside: Sequence[Trusted], verdict: Verdict) -> None:
        self._reader = reader
        self._tree = tree
        self._hashing: Hashing = HASHES[tree.hash]
        self._bodies = bodies
        self._absent = Absent()
        self._chains = Chains()
        self._broken: set[int] = set()  # lines that are gone, or not as they were sealed
        self._verdict = verdict
        self._left = list(outside)
        self._edges: list[bytes] = []
        self._tiles: dict[tuple[int, int], bytes] = {}  # as worked out: every level but the first, and of that the newest
        self._size = 0
        self._held: list[Trusted] = []  # the checkpoints that hold
        self._newest_at = 0  # the time of the newest row that is as it was sealed
        self._whole = True

    def run(self, shows: Callable[[int, int], None]) -> Verdict:
        verdict, tree = self._verdict, self._tree
        verdict.hash = tree.hash
        rows = Rows(self._reader)
        self._against()
        for tile in self._stored():
            self._look(held(self._hashing, tile, rows))
            shows(self._size, tree.size)
        if self._size != tree.size:
            self._damaged(0, self._size >> BITS)
        self._against(over=True)
        for line in rows.left():
            if line.id <= tree.reached:
                verdict.add(Problem(codes.LINE_INSERTED, details={
                    "entry": line.id, "what": line.what, "at": shown(line.at), "reached": tree.reached}))
            else:
                verdict.unsealed += 1
                verdict.gone += self._absent.told(line)
                self._chains.look((line,))
        for problem in self._chains.left(self._broken):
            verdict.add(problem)
        self._lost()
        self._upper_levels()
        verdict.entries = self._size
        verdict.covered = self._held[-1].checkpoint.size if self._held else 0
        verdict.unsealed += self._size - verdict.covered
        if self._whole:
            verdict.root = root(self._hashing, self._worked_out, self._size)
        return verdict

    def _stored(self) -> Iterator[Tile]:
        """Tiles of the first level, as far as they are whole and follow one another."""
        number = 0
        while page := self._reader.tiles(number - 1, PAGE):
            for tile in page:
                count = min(WIDTH, self._tree.size - number * WIDTH)
                if tile.number != number or count <= 0 or len(tile.hashes) != count * BYTES or len(tile.entries) != count * NUMBER \
                        or len(tile.salts) != count * SALT or len(tile.raws) != count * BYTES:
                    return
                yield tile
                number += 1

    def _look(self, found: Held) -> None:
        """One tile: its rows, their bodies, and the roots of checkpoints within it."""
        first = self._size
        if not found.altered and None not in found.lines:
            self._chains.look(cast("Sequence[Line]", found.lines))
        else:
            wrong = set(found.altered)
            self._broken.update(entry for place, entry in enumerate(found.entries) if found.lines[place] is None or place in wrong)
            self._chains.look([line for place, line in enumerate(found.lines) if line is not None and place not in wrong])
        for place, line in enumerate(found.lines):
            if line is None:
                self._verdict.add(Problem(codes.LINE_MISSING, details={
                    "entry": found.entries[place], "number": first + place + 1, **_around(found, place, self._newest_at)}))
        for place in found.altered:
            line = found.lines[place]
            if line is not None:
                self._verdict.add(Problem(codes.LINE_ALTERED, details={
                    "entry": line.id, "what": line.what, "at": shown(line.at), "number": first + place + 1}))
        for entry in found.twice:
            self._verdict.add(Problem(codes.SEALED_TWICE, details={"entry": entry}))
        if self._bodies is not None:
            wrong = set(found.altered)
            sound = [(line, found.raw(place)) for place, line in enumerate(found.lines) if line is not None and place not in wrong]
            self._take([line for line, _ in sound], self._bodies.look(sound))
        self._tiles.pop((0, found.tile.number - 1), None)
        self._tiles[0, found.tile.number] = found.tile.hashes
        for one in grow(self._hashing, first, self._edges, found.tile.hashes):
            if one.level:
                self._tiles[one.level, one.number] = one.hashes
        self._size += len(found.entries)
        times = (line.at for place, line in reversed(tuple(enumerate(found.lines))) if line is not None and place not in found.altered)
        self._newest_at = next(times, self._newest_at)
        self._against()

    def _take(self, lines: Sequence[Line], looked: Sequence[Looked]) -> None:
        """What was found of the bodies of *lines*, in their order: each may say that earlier ones were pruned."""
        of = {one.line.id: one for one in looked if one.line is not None}
        for line in lines:
            self._verdict.gone += self._absent.told(line)
            if (one := of.get(line.id)) is None or line.about is None:
                continue
            self._verdict.take(one)
            if one.gone:
                self._absent.missed(line.about)
            if one.lost:
                self._absent.missed_event(one.lost, line.subject, line.id)

    def _lost(self) -> None:
        """What is not there although no line says that it was pruned."""
        if self._bodies is None:
            return
        for problem in (*(self._bodies.lost(*about) for about in self._absent.bodies()),
                        *(self._bodies.lost_event(*one) for one in self._absent.events())):
            if problem is not None:
                self._verdict.add(problem)

    def _against(self, *, over: bool = False) -> None:
        """Hold the tree as far as it is worked out against the checkpoints it has reached."""
        while self._left and (over or self._left[0].checkpoint.size <= self._size):
            place, said = one = self._left.pop(0)
            self._verdict.checkpoints += 1
            if said.size > self._tree.size:
                self._verdict.add(Problem(codes.ROLLED_BACK, place, details={
                    "at": shown(said.at), "size": said.size, "here": self._tree.size, "missing": said.size - self._tree.size}))
            elif said.hash == self._hashing.name and said.size <= self._size and self._root(said.size) == said.root:
                self._held.append(one)
            else:
                before = next((held.checkpoint for held in reversed(self._held) if not _behind(held.place, place)), None)
                size, at = (before.size, before.at) if before is not None else (0, 0)
                self._verdict.add(Problem(codes.CHECKPOINT_DIFFERS, place, details={
                    "at": shown(said.at), "size": said.size, "first": size + 1, "last": said.size,
                    "between": f" ({shown(at)} – {shown(said.at)})" if at else ""}))

    def _root(self, size: int) -> bytes:
        try:
            return root(self._hashing, self._worked_out, size)
        except Damaged:
            return b""

    def _worked_out(self, level: int, number: int) -> bytes:
        return self._tiles.get((level, number), b"")

    def _upper_levels(self) -> None:
        """The stored tree above its leaves, held against what the leaves give."""
        for (level, number), hashes in sorted(self._tiles.items()):
            if level:
                stored = self._reader.tile(level, number)
                if stored is None or stored.hashes != hashes:
                    self._damaged(level, number)

    def _damaged(self, level: int, number: int) -> None:
        self._whole = False
        self._verdict.add(Problem(codes.TREE_DAMAGED, details={"level": level, "number": number}))


def _behind(one: Place, other: Place) -> bool:
    """Whether *one* was written later into the same file: then it proves nothing of what the *other* saw."""
    return one.file == other.file and (one.line or 0) > (other.line or 0)


def _around(found: Held, place: int, before: int) -> dict[str, str]:
    """Between which times a missing line was written, as far as its neighbours tell."""
    earlier = [line.at for line in found.lines[:place] if line is not None] or ([before] if before else [])
    later = [line.at for line in found.lines[place:] if line is not None]
    return {"before": shown(earlier[-1]) if earlier else "…", "after": shown(later[0]) if later else "…"}


assert FULL == WIDTH * BYTES  # noqa: S101  what `_stored` counts by

"""Verifying one case: its lines, that none between its first and its newest is missing, and its bytes; without reading the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from guantong.clock import shown
from guantong.problems import Problem
from guantong.proof import codes
from guantong.proof.absent import FORGETS, About, pruned_in
from guantong.proof.binder import Decodes
from guantong.proof.bodies import Bodies, Looked, lost_event, of_rows
from guantong.proof.chains import forked
from guantong.proof.hashing import BYTES, HASHES
from guantong.proof.inclusion import inclusion, root_by_inclusion
from guantong.proof.proving import Sealed, find
from guantong.proof.sealer import TilesRead
from guantong.proof.tiles import Damaged
from guantong.proof.tree import root
from guantong.proof.trusted import Trusted
from guantong.proof.verifying import Verdict
from guantong.retention.holdings import Stage
from guantong.store import EntryRow, Reader
from guantong.vault import Vault


def verify_case(reader: Reader, vault: Vault | None, subject: int, outside: Sequence[Trusted], decodes: Decodes | None = None) -> Verdict:
    """What is found of the lines of *subject*, and of its messages from before they found it, each held against its leaf, and by its path
    against the newest checkpoint *outside* that the stored tree keeps to; the rows of events that the lines tell of, and with a *vault* bodies, too."""
    verdict, tree = Verdict(), reader.tree()
    chain = reader.journal_of(subject)
    known = {line.id for line in chain}
    newest: dict[int, int] = {}
    for line in chain:
        if line.previous and line.previous not in known:
            verdict.add(Problem(codes.CHAIN_BROKEN, details={
                "entry": line.id, "what": line.what, "at": shown(line.at), "previous": line.previous}))
        elif line.previous != newest.get(line.subject, 0):
            verdict.add(forked(line, newest.get(line.subject, 0)))
        newest[line.subject] = line.id
    if tree is None:
        verdict.unsealed = len(chain)
        return verdict
    if tree.hash not in HASHES:
        verdict.add(Problem(codes.TREE_DAMAGED, details={"level": 0, "number": 0}))
        return verdict
    verdict.hash = tree.hash
    hashing, tiles = HASHES[tree.hash], TilesRead(reader)
    holds = _held_against(reader, outside, verdict)
    verdict.root = holds.checkpoint.root if holds is not None else b""
    found: list[Sealed] = []
    before = {line.id for message in sorted({line.message for line in chain} - {0}) for line in reader.journal_of_message(message)}
    for entry in sorted(known | before):
        sealed = find(reader, entry)
        if sealed is None:
            _not_sealed(reader, entry, tree.reached, verdict)
            continue
        verdict.entries += 1
        if not sealed.is_as_sealed(hashing):
            verdict.add(Problem(codes.LINE_ALTERED, details={
                "entry": entry, "what": sealed.line.what, "at": shown(sealed.line.at), "number": sealed.leaf + 1}))
            continue
        found.append(sealed)
        if holds is None or sealed.leaf >= holds.checkpoint.size:
            verdict.unsealed += 1
            continue
        said = holds.checkpoint
        hashed = sealed.tile.hashes[sealed.place * BYTES:(sealed.place + 1) * BYTES]
        try:
            path = inclusion(hashing, tiles, sealed.leaf, said.size)
        except Damaged as damaged:
            verdict.add(Problem(codes.TREE_DAMAGED, details={"level": damaged.level, "number": damaged.number}))
            continue
        if root_by_inclusion(hashing, sealed.leaf, said.size, hashed, path) == said.root:
            verdict.covered += 1
        else:
            verdict.add(Problem(codes.LINE_ALTERED, holds.place, details={
                "entry": entry, "what": sealed.line.what, "at": shown(sealed.line.at), "number": sealed.leaf + 1}))
    if vault is not None:
        bodies = Bodies(reader, vault, hashing, decodes)
        for looked in bodies.look((one.line, one.raw) for one in found):
            verdict.take(looked)
            for problem in (*_lost_event(reader, looked, chain), *_lost(reader, bodies, looked, chain, verdict)):
                verdict.add(problem)
    else:
        for one in found:
            looked = of_rows(reader, one.line)
            verdict.take(looked)
            for problem in _lost_event(reader, looked._replace(line=one.line), chain):
                verdict.add(problem)
    return verdict


def _lost_event(reader: Reader, looked: Looked, chain: Sequence[EntryRow]) -> Iterator[Problem]:
    """An event that a line tells of and that is not there, unless a later line of the case says that all its rows were pruned."""
    line = looked.line
    if looked.lost and line is not None and not any(
            one.detail.get("stage") == Stage.ROWS for one in chain if one.what in FORGETS and one.id > line.id):
        yield from filter(None, [lost_event(reader, looked.lost, line.id)])


def _lost(reader: Reader, bodies: Bodies, looked: Looked, chain: Sequence[EntryRow], verdict: Verdict) -> Iterator[Problem]:
    """What is not there of a line's bodies, unless a later line of the case says that it was pruned, or of one that shares its record."""
    line, later = looked.line, [one for one in chain if one.what in FORGETS and looked.line is not None and one.id > looked.line.id]
    if line is None or line.about is None:
        return
    if not looked.gone:
        return
    if not _accounted(later, line.about):
        beside = [one for subject in reader.told_beside(line.message, line.id) if subject != line.subject
                  for one in reader.journal_of(subject) if one.what in FORGETS and one.id > line.id] if line.message else []
        if not _accounted(beside, line.about):
            yield from filter(None, [bodies.lost(*line.about)])
            return
    verdict.gone += 1


def _accounted(pruned: Iterable[EntryRow], about: About) -> bool:
    return any(about in pruned_in(one.detail) for one in pruned)


def _held_against(reader: Reader, outside: Sequence[Trusted], verdict: Verdict) -> Trusted | None:
    """The newest checkpoint that the stored tree keeps to; a problem for each that it does not."""
    tree = reader.tree()
    size = tree.size if tree is not None else 0
    tiles, holds = TilesRead(reader), None
    for one in outside:
        said = one.checkpoint
        verdict.checkpoints += 1
        if said.size > size:
            verdict.add(Problem(codes.ROLLED_BACK, one.place, details={
                "at": shown(said.at), "size": said.size, "here": size, "missing": said.size - size}))
            continue
        try:
            found = root(HASHES[said.hash], tiles, said.size)
        except Damaged as damaged:
            verdict.add(Problem(codes.TREE_DAMAGED, one.place, details={"level": damaged.level, "number": damaged.number}))
            continue
        if found == said.root:
            holds = one
        else:
            first = holds.checkpoint.size + 1 if holds is not None else 1
            verdict.add(Problem(codes.CHECKPOINT_DIFFERS, one.place, details={
                "at": shown(said.at), "size": said.size, "first": first, "last": said.size, "between": ""}))
    return holds


def _not_sealed(reader: Reader, entry: int, reached: int, verdict: Verdict) -> None:
    line = reader.line(entry)
    if line is not None and entry <= reached:
        verdict.add(Problem(codes.LINE_INSERTED, details={"entry": entry, "what": line.what, "at": shown(line.at), "reached": reached}))
    else:
        verdict.unsealed += 1

"""Records, their fields and what was sent, held against the commitments that the journal made to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from guantong.blobs.folding import Folded
from guantong.clock import shown
from guantong.problems import Problem
from guantong.proof.absent import detail_of
from guantong.proof.binder import Decodes
from guantong.proof.binding import Binding, group_digest, native_told, record_value
from guantong.proof.bound import opened, raw_of
from guantong.proof.codes import BODY_ALTERED, READ_OTHERWISE
from guantong.proof.hashing import BYTES, Hashing
from guantong.proof.keptevents import kept_events
from guantong.proof.leaf import NOT_COMMITTED, Line, commit
from guantong.proof.sealer import numbers_of
from guantong.proofstore import MARK, Commitment
from guantong.store import Reader
from guantong.vault import Vault, VaultError, folded_in

MOST_UNSEALED = 100_000
"""Lines behind the last sealed one that are looked at for what they are about."""
_CHANGED = "it was altered", "内容被改动"
_GONE = "what binds us to it was removed", "承诺记录被删除"
_OTHER = "what binds us to it was altered", "承诺记录被改动"
_BACK = "it was taken away, and something stands there again", "内容已清除，其处又出现内容"
_SHUT = "it does not open", "无法解密"
_EVENT = "its fields were altered", "字段被改动"
_LOST = "it is not there, and no line says that it was pruned", "内容缺失，而日志未载明已清除"
_LOST_EVENT = "an event of it is not there, or is kept as another's or of another version", "其某条过程信息缺失，或所属办件、版本、映射被改动"
_ELSEWHERE = "it is kept as another system's", "所属系统被改动"
_TELLS = frozenset({"routed", "unrouted", "stale", "conflict"})
"""Lines that tell of an event that is kept."""

class Looked(NamedTuple):
    """What was found of one line's bytes: they are as committed (`whole`), or not there (`gone`), or problems. `lost` is the message of which
    the event is not there that the line tells of. `fields` are as committed one by one; `undecoded` is 1 where native ones cannot be read any
    more."""

    line: Line | None = None
    whole: int = 0
    gone: bool = False
    lost: int = 0
    fields: int = 0
    undecoded: int = 0
    problems: Sequence[Problem] = ()


NOTHING = Looked()


class Bodies:
    """Holds bodies against commitments; each body once, at the line that committed to it first. The fields of kept events are held
    against theirs, and where it is given who *decodes* records, those of native records."""

    def __init__(self, reader: Reader, vault: Vault, hashing: Hashing, decodes: Decodes | None = None) -> None:
        self._reader = reader
        self._vault = vault
        self._hashing = hashing
        self._decodes = decodes
        self._unsealed: set[tuple[str, int]] | None = None

    def look(self, lines: Iterable[tuple[Line, bytes]]) -> list[Looked]:
        """What is found of *lines*, each with the commitment in its leaf."""
        asked = [(line, raw, line.about) for line, raw in lines if raw != NOT_COMMITTED and line.about is not None]
        bound: dict[tuple[str, int], Commitment] = {}
        for kind in ("m", "d"):
            numbers = list(dict.fromkeys(about[1] for _, _, about in asked if about is not None and about[0] == kind))
            bound.update({(kind, one.of): one for one in self._reader.commitments(kind, numbers)})
        return [of_rows(self._reader, line, self._look(line, raw, about, bound.get(about)))._replace(line=line)
                for line, raw, about in asked if about is not None]

    def lost(self, kind: str, number: int) -> Problem | None:
        """That this body is not there though nothing says that it was pruned; None where nothing binds us to it."""
        known = self._reader.commitments(kind, [number])
        line = self._reader.line(known[0].entry) if known else None
        return _wrong(line, (kind, number), _LOST).problems[0] if line is not None else None

    def lost_event(self, message: int, entry: int) -> Problem | None:
        """The same of the event that the line *entry* tells of."""
        return lost_event(self._reader, message, entry)

    def _look(self, line: Line, raw: bytes, about: tuple[str, int], known: Commitment | None) -> Looked:
        if known is None:
            return _wrong(line, about, _GONE)
        if known.entry != line.id:
            return Looked() if self._said_by(known) else _wrong(line, about, _OTHER)
        if known.value != raw:
            return _wrong(line, about, _OTHER)
        sealed = self._reader.sealed_bodies(about[0], [about[1]]).get(about[1])
        if sealed is None:
            return Looked(gone=True)
        if sealed[:MARK] != known.mark and about in self._still_to_seal():
            return Looked()  # contents came for it a moment ago, and the line that says so commits to it anew
        if not known.salt:
            return _wrong(line, about, _BACK)
        try:
            found = opened(self._vault, sealed, known.salt, known.value)
            if found is not None:
                return self._bound(line, raw, about, sealed, *found)
            content = raw_of(self._vault, sealed)
        except VaultError:
            return _wrong(line, about, _SHUT)
        return Looked(whole=1) if commit(self._hashing, known.salt, content) == raw else _wrong(line, about, _CHANGED)

    def _bound(self, line: Line, raw: bytes, about: tuple[str, int], sealed: bytes, content: bytes, bound: Binding) -> Looked:
        """Of a body whose *content* and fields we are bound to. Raises `VaultError`."""
        of_bytes = commit(self._hashing, bound.raw_salt, content)
        if record_value(self._hashing, of_bytes, bound.natives, bound.groups) != raw:
            return _wrong(line, about, _CHANGED)
        if about[0] != "m":
            return Looked(whole=1)
        fields = 0
        problems: list[Problem] = []
        for one in kept_events(self._reader, self._vault, self._hashing, about[1], bound):
            fields += len(one.told.texts) if one.group is not None else 0
            if one.group is None:
                problems += _wrong(line, about, _EVENT, f"/{one.told.name}").problems
        natives = self._native_fields(line, about[1], folded_in(sealed, content), bound) if self._decodes is not None and bound.natives else Looked()
        return natives._replace(whole=1, fields=fields + natives.fields, problems=[*problems, *natives.problems])

    def _native_fields(self, line: Line, message: int, folded: Folded, bound: Binding) -> Looked:
        row = self._reader.message(message)
        found = self._decodes(row, folded) if row is not None and self._decodes is not None else None
        if found is None:
            return Looked(undecoded=1)
        told = [native_told(*one) for one in found]
        digests = [group_digest(self._hashing, bound.seed, number, one) for number, one in enumerate(told)]
        if digests == list(bound.groups[:bound.natives]):
            return Looked(fields=sum(len(one.texts) for one in told))
        return Looked(undecoded=1, problems=[Problem(READ_OTHERWISE, details={"about": f"M{message}", "entry": line.id, "at": shown(line.at)})])

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


def of_rows(reader: Reader, line: Line, looked: Looked = NOTHING) -> Looked:
    """What was found of *line*, and of the rows of the message and the event that it tells of; nothing is opened for it."""
    if line.message <= 0 or line.what not in _TELLS:
        return looked
    row, said = reader.message_held(line.message), detail_of(line)
    if row is None or "event" not in said:
        return looked
    if row.system != line.system:
        return looked._replace(problems=[*looked.problems, *_wrong(line, ("m", line.message), _ELSEWHERE).problems])
    asked = said["event"], said.get("version"), said.get("plan")
    there = any((one.name, one.version, one.plan if "plan" in said else None) == asked and _is_of(reader, one.subject, line)
                for one in reader.events_of_message(line.message))
    return looked if there else looked._replace(lost=line.message)


def lost_event(reader: Reader, message: int, entry: int) -> Problem | None:
    """That the event that the line *entry* tells of is not there though nothing says that it was pruned."""
    line = reader.line(entry)
    event = detail_of(line).get("event", "") if line is not None else ""
    return _wrong(line, ("m", message), _LOST_EVENT, f"/{event}").problems[0] if line is not None else None


def _is_of(reader: Reader, subject: int, line: Line) -> bool:
    """Whether the line is one of the case *subject*, of which the one it names may have become a part since."""
    return subject == line.subject or any(one.id == line.id for one in reader.journal_of(subject))


def _wrong(line: Line, about: tuple[str, int], what: tuple[str, str], part: str = "") -> Looked:
    name = f"M{about[1]}" if about[0] == "m" else f"D{about[1]}"
    return Looked(problems=[Problem(BODY_ALTERED, details={
        "about": name + part, "entry": line.id, "at": shown(line.at), "what": what[0], "what_zh": what[1]})])

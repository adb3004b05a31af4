"""Checking a pack, claim by claim: the second half of the stand-alone verifier. It runs on Python 3.8.

Nothing in a pack is believed but what its signed checkpoint leads to; the manifest, which nobody signed, only tells damage.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, BinaryIO, Callable, Dict, List, Sequence  # noqa: UP035  it runs on older Pythons, too

from guantong.pack.archive import PIECE, Archive, Bad
from guantong.pack.claim import FAILS, NONE, OK, OPEN, Claim
from guantong.pack.content import Contents
from guantong.pack.rules import (
    COLUMNS,
    FILES,
    as_csv,
    as_line,
    believed,
    contains,
    hashing,
    is_row,
    is_whole,
    notes_in,
    predecessors,
    read_json,
)
from guantong.pack.says import TITLES
from guantong.proof.standalone import (
    FORM,
    HASHES,
    Checkpoint,
    Key,
    Uncheckable,
    Unsigned,
    Wrong,
    _entry,
    check,
    read_key,
)

PACK, MANIFEST = "guantong-pack/2", "guantong-manifest/1"
PACKS = ("guantong-pack/1", PACK)  # the first holds no line of a message from before it found its case
EMPTY = "\n"
"""What a file says that was given and is empty: nothing is something else than no file."""
CLAIMS = tuple(TITLES)


def check_pack(stream: BinaryIO, keys: str = "", outside: str = "", exported: str = "",
               reads: Callable[[str], Key] = read_key) -> List[Claim]:  # noqa: UP006  it runs on older Pythons, too
    """Every claim of the pack in *stream*, in the order of `CLAIMS`, with what came of it. *keys* are public lines that did not come
    with the pack; *outside* is the text of a file of checkpoints, *exported* of a proof of the line that records the export. A public
    line *reads* as a key that it can check by."""
    found: Dict[str, Claim] = {}  # noqa: UP006  it runs on older Pythons, too

    def claimed(name: str, verdict: str, key: str = "", /, **details: Any) -> None:
        if name not in found or found[name].verdict in (OK, NONE):  # the first thing that is wrong is told
            found[name] = Claim(name, verdict, key or name, details)

    try:
        _Pack(stream, claimed, reads).check(keys, outside, exported)
    except Bad as bad:
        claimed(bad.key.partition(".")[0], FAILS, bad.key, **bad.details)
    except Uncheckable:
        claimed("checkpoint", OPEN, "checkpoint.kind")
    except Wrong as wrong:
        zh, _, en = str(wrong).partition(" · ")
        claimed("checkpoint", FAILS, "checkpoint.bad", why=zh, why_en=en)
    return [found.get(name, Claim(name, OPEN, "unchecked")) for name in CLAIMS]


class _Pack:
    """A pack while it is checked."""

    def __init__(self, stream: BinaryIO, claimed: Callable[..., None], reads: Callable[[str], Key]) -> None:
        self._claimed = claimed
        self._reads = reads
        self._archive = Archive(stream)
        self._stream = stream
        self._entries: Dict[int, List[Any]] = {}  # noqa: UP006  it runs on older Pythons, too
        self._leaves: Dict[int, int] = {}  # noqa: UP006  the same
        self._late: List[int] = []  # noqa: UP006  the same

    def check(self, keys: str, outside: str, exported: str) -> None:
        about = self._json("pack.json")
        if about.get("format") not in PACKS:
            raise Bad("form.foreign")
        proof, records = self._json("proof.json"), self._json("records.json")
        self._manifest()
        self._claimed("form", OK, count=len(self._archive.members))
        believed = self._keys(keys, proof)
        said = self._checkpoint(proof, believed)
        sizes = self._consistency(said, believed)
        self._proved(proof, said)
        self._outside(outside, believed, said, proof["checkpoint"], sizes)
        self._journal()
        self._chain(about)
        contents = Contents(self._archive, self._entries, said.hash, self._claimed)
        contents.records(about, records)
        contents.values(self._json("fields.json").get("shown"))
        self._exported(exported, believed)

    def _json(self, name: str) -> Any:
        try:
            found = read_json(self._archive.read(name))
        except ValueError:
            raise Bad("form.json", name=name) from None
        if not isinstance(found, dict):
            raise Bad("form.json", name=name)
        return found

    def _manifest(self) -> None:
        told = self._json("manifest.json")
        listed = told.get("files")
        if told.get("format") != MANIFEST or not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise Bad("form.json", name="manifest.json")
        left = set(self._archive.members) - {"manifest.json"}
        for one in listed:
            name = one.get("name")
            if not isinstance(name, str) or name not in left:
                self._claimed("manifest", FAILS, "manifest.lacks", name=name[:200] if isinstance(name, str) else "?")
                continue
            left.remove(name)
            if not is_whole(one.get("bytes")) or one["bytes"] != self._archive.members[name].size or one.get("sha256") != self._digest("sha256", name) \
                    or ("sm3" in one and one["sm3"] != self._digest("sm3", name)):
                self._claimed("manifest", FAILS, "manifest.differs", name=name)
        for name in sorted(left):
            self._claimed("manifest", FAILS, "manifest.more", name=name)
        for name in sorted(self._archive.members):
            if not re.fullmatch(FILES, name):
                self._claimed("manifest", FAILS, "manifest.foreign", name=name)
        self._claimed("manifest", OK, count=len(listed))

    def _digest(self, kind: str, name: str) -> str:
        hashed = hashing(kind)
        self._archive.feed(name, hashed.update)
        return str(hashed.digest().hex())

    def _keys(self, keys: str, proof: Any) -> List[Key]:  # noqa: UP006  it runs on older Pythons, too
        given = [line for line in keys.splitlines() if line.strip()]
        try:
            found = [self._reads(line) for line in given or [str(proof.get("key", ""))]]
        except Wrong as wrong:
            zh, _, en = str(wrong).partition(" · ")
            raise Bad("key.bad", why=zh, why_en=en) from None
        if given:
            self._claimed("key", OK, name=", ".join(sorted({one.name for one in found})))
        else:
            self._claimed("key", OPEN, "key.own")
        return found

    def _checkpoint(self, proof: Any, keys: Sequence[Key]) -> Checkpoint:
        note, listed = proof.get("checkpoint"), proof.get("entries")
        if proof.get("format") != FORM or not isinstance(note, str) or not isinstance(listed, list):
            raise Bad("form.json", name="proof.json")
        said = believed(note, keys)
        if proof.get("hash") != said.hash:
            raise Bad("checkpoint.hash")
        self._claimed("checkpoint", OK, origin=said.origin, size=said.size, hash=said.hash, root=said.root.hex())
        return said

    def _consistency(self, said: Checkpoint, keys: Sequence[Key]) -> Dict[int, bytes]:  # noqa: UP006  it runs on older Pythons, too
        """The roots of earlier checkpoints, each shown to be contained in this one."""
        listed = self._json("consistency.json").get("earlier")
        roots: Dict[int, bytes] = {}  # noqa: UP006  it runs on older Pythons, too
        if not isinstance(listed, list):
            raise Bad("form.json", name="consistency.json")
        for number, one in enumerate(listed, 1):
            try:
                earlier, path = believed(one["checkpoint"], keys), [bytes.fromhex(each) for each in one["path"]]
            except Uncheckable:
                self._claimed("consistency", OPEN, "consistency.kind", number=number)
                continue
            except Unsigned:
                self._claimed("consistency", OPEN, "consistency.key", number=number)
                continue
            except (Wrong, KeyError, TypeError, ValueError, AttributeError):
                self._claimed("consistency", FAILS, "consistency.bad", number=number)
                continue
            if earlier.hash != said.hash or not contains(HASHES[said.hash], earlier.size, earlier.root, said.size, said.root, path):
                self._claimed("consistency", FAILS, "consistency.bad", number=number)
                continue
            roots[earlier.size] = earlier.root
        self._claimed("consistency", OK if roots else NONE, "consistency" if roots else "consistency.none", count=len(roots))
        return roots

    def _proved(self, proof: Any, said: Checkpoint) -> None:
        for number, one in enumerate(proof["entries"], 1):
            try:
                entry = _entry(one, said)
            except (Wrong, ValueError, RecursionError):
                named = _named(one)
                self._claimed("entries", FAILS, "entries.form" if named is None else "entries.bad", number=number, entry=named)
                continue
            row = entry[2:]
            if not is_row(row):
                self._claimed("entries", FAILS, "entries.form", number=number)
            elif row[0] in self._entries:
                self._claimed("entries", FAILS, "entries.twice", entry=row[0])
            else:
                self._entries[row[0]], self._leaves[row[0]] = row, one["leaf"]
        self._claimed("entries", OK, count=len(self._entries))

    def _outside(self, text: str, keys: Sequence[Key], said: Checkpoint, note: str, roots: Dict[int, bytes]) -> None:  # noqa: UP006  it runs on older Pythons, too
        if not text:
            self._claimed("outside", NONE, "outside.none")
            return
        notes, names = notes_in(text), {key.name for key in keys}
        ours = [one for one in notes if one.split("\n", 1)[0] in names]
        known = {**roots, said.size: said.root}
        best, bad = 0, 0
        for one in ours:
            try:
                other = believed(one, keys)
            except Wrong as wrong:
                bad += not isinstance(wrong, Uncheckable)  # what cannot be checked here proves nothing, and forges nothing
                continue
            if other.size in known and (other.root != known[other.size] or other.hash != said.hash):
                self._claimed("outside", FAILS, "outside.fork", size=other.size)
            elif other.size in known:
                best = max(best, other.size)
        covered = sum(leaf < best for leaf in self._leaves.values())
        if bad:
            self._claimed("outside", FAILS, "outside.bad", count=bad)
        if not ours:
            self._claimed("outside", FAILS, "outside.other" if notes else "outside.text", origin=notes[0].split("\n", 1)[0][:100] if notes else "")
        elif note in ours and best == said.size:
            self._claimed("outside", OK)
        elif best and covered:
            self._claimed("outside", OK, "outside.older", size=best, covered=covered, left=len(self._leaves) - covered)
        else:
            self._claimed("outside", OPEN, "outside.apart")

    def _journal(self) -> None:
        """The lists that people read, held against the lines that were proved."""
        left, rows = dict(self._entries), []
        *lines, rest = self._archive.read("journal.jsonl").split(b"\n")
        if rest:
            self._claimed("journal", FAILS, "journal.form", number=len(lines) + 1)
        for number, line in enumerate(lines, 1):
            try:
                told = read_json(line)
                row = [told[name] for name in COLUMNS]
                leaf = told["leaf"]
            except (KeyError, TypeError, ValueError):
                self._claimed("journal", FAILS, "journal.form", number=number)
                return
            if not is_row(row) or not (leaf is None or is_whole(leaf)) or line != as_line(row, leaf):
                self._claimed("journal", FAILS, "journal.form", number=number)
                return
            rows.append(row)
            if row[0] in left:
                if left.pop(row[0]) != row or leaf != self._leaves[row[0]]:
                    self._claimed("journal", FAILS, "journal.differs", entry=row[0])
            elif leaf is None and row[0] not in self._entries:
                self._late.append(row[0])
            else:
                self._claimed("journal", FAILS, "journal.differs", entry=row[0])
        if left:
            self._claimed("journal", FAILS, "journal.lacks", entry=min(left))
        if self._archive.read("journal.csv") != as_csv(rows).encode("utf-8"):
            self._claimed("journal", FAILS, "journal.csv")
        self._claimed("journal", OK)
        if self._late:
            self._claimed("entries", OPEN, "entries.unproved", count=len(self._entries), late=len(self._late),
                          which=", ".join(f"E{one}" for one in self._late[:8]) + ("…" if len(self._late) > 8 else ""))

    def _chain(self, about: Any) -> None:
        """Every line of the case names the one before it; the line that records that two cases became one names both. A line of none is
        about a message from before it found the case."""
        cases = about.get("cases")
        if not isinstance(cases, list) or not all(map(is_whole, cases)):
            raise Bad("form.json", name="pack.json")
        if not cases:
            of = min((row[4] for row in self._entries.values() if row[4]), default=0)  # nobody signed that there is no case
            self._claimed("chain", OPEN if of else NONE, "chain.untold" if of else "chain.none", case=of)
            return
        named, messages = set(), {row[5] for row in self._entries.values() if row[4]}
        for row in self._entries.values():
            if not row[4]:
                named.add(row[0])
                if not row[5] or row[5] not in messages:
                    self._claimed("chain", FAILS, "chain.foreign", entry=row[0])
            for previous, subject in predecessors(row, _detail(row)):
                named.add(previous)
                other = self._entries.get(previous)
                if other is None or previous >= row[0]:
                    self._claimed("chain", FAILS, "chain.gap", entry=row[0], previous=previous)
                elif other[4] != subject:
                    self._claimed("chain", FAILS, "chain.other", entry=row[0], previous=previous)
        heads = sorted(set(self._entries) - named)
        if len(heads) != len(cases) or sorted(self._entries[one][4] for one in heads) != sorted(cases):
            self._claimed("chain", FAILS, "chain.heads", count=len(heads), expected=len(cases))
        self._claimed("chain", OK, head=", ".join(f"E{one}" for one in heads))

    def _exported(self, text: str, keys: Sequence[Key]) -> None:
        """The whole, held against what the journal says was exported."""
        if not text:
            self._claimed("exported", NONE, "exported.none")
            return
        entries, wrong = [], Wrong("证明文件不完整", "the proof is not whole")
        for key in keys:
            try:
                entries = check(read_json(text.encode("utf-8")), key).entries
            except Wrong as error:
                wrong = wrong if isinstance(wrong, Uncheckable) else error
            except (TypeError, ValueError, RecursionError):
                pass  # it is not whole
        if not entries:
            zh, _, en = str(wrong).partition(" · ")
            self._claimed("exported", OPEN if isinstance(wrong, Uncheckable) else FAILS, "exported.bad", why=zh, why_en=en)
            return
        hashed = hashlib.sha256()
        self._stream.seek(0)
        for piece in iter(lambda: self._stream.read(PIECE), b""):
            hashed.update(piece)
        same = [entry[2] for entry in entries if entry[5] == "exported" and _sha256_in(_detail(entry[2:])) == hashed.hexdigest()]
        if same:
            self._claimed("exported", OK, entry=same[0])
        else:
            self._claimed("exported", FAILS, "exported.differs")


def _detail(row: Sequence[Any]) -> Any:
    try:
        return json.loads(row[9])
    except (ValueError, RecursionError):
        return None  # it names no other line then


def _sha256_in(detail: Any) -> Any:
    """Of the pack that a line says was exported."""
    return detail.get("sha256") if isinstance(detail, dict) else None


def _named(one: Any) -> Any:
    """The number of a line whose proof does not hold, as far as it says one."""
    try:
        number = json.loads(one["content"])[2]
    except (KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None
    return number if is_whole(number) else None

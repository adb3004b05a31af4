"""Checking what a pack holds beside the journal's lines: records, attachments, single values, each against what a line binds us to.

Part of the stand-alone verifier; it runs on Python 3.8.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Callable, Dict, List, Set  # noqa: UP035  it runs on older Pythons, too

from guantong.pack.archive import Archive, Bad
from guantong.pack.claim import FAILS, NONE, OK, OPEN
from guantong.pack.rules import Based, about_of, forgotten, hashing, is_whole, read_json
from guantong.proof.standalone import HASHES, Wrong, shown

_BOUND, _RECORD = b"guantong-raw/1\x00", b"guantong-record/1\x00"
_BLOB = re.compile(r"blob:([0-9a-f]{64}):([0-9]{1,12}):[0-9a-f]{32}:[a-z0-9]{0,8}")
_MARK = re.compile(rb"GTBLOB[0-9a-f]{64}")


class Contents:
    """The contents of a pack, while they are held against its verified lines (*entries*) in a log of this *kind* of hash."""

    def __init__(self, archive: Archive, entries: Dict[int, List[Any]], kind: str, claimed: Callable[..., None]) -> None:  # noqa: UP006  it runs on older Pythons, too
        self._archive = archive
        self._entries = entries
        self._kind = kind
        self._claimed = claimed
        self._covered: Set[str] = set()  # noqa: UP006  the same; records and attachments that were looked at

    def records(self, about: Any, records: Any) -> None:
        """What came and was sent, byte for byte. Raises `Bad` where the list of it is none."""
        listed = records.get("records")
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise Bad("form.json", name="records.json")
        if about.get("masked") is True:
            self._nothing_more()
            self._claimed("bytes", NONE, "bytes.masked")
            return
        bound = {about_of(row) for row in self._entries.values() if row[10]}
        pruned = {of for row in self._entries.values() for of in forgotten(row)}
        count = gone = 0
        for one in listed:
            of, why = (value[:200] if isinstance(value, str) else "?" for value in (one.get("of"), one.get("why")))
            if "committed" in one:
                count += 1
                try:
                    self._record(of, one)
                except (KeyError, TypeError, ValueError, RecursionError):
                    self._claimed("bytes", FAILS, "bytes.entry", of=of)
                except Bad as bad:
                    self._claimed("bytes", FAILS, bad.key if bad.key.startswith("bytes") else "bytes.entry", **{"of": of, **bad.details})
            elif of in bound and why == "pruned" and of in pruned and "file" not in one:
                gone += 1
            elif of in bound or "file" in one:
                self._covered.add(str(one.get("file")))  # what is said of it is that it is not proved
                self._claimed("bytes", OPEN, "bytes.lacks", of=of, why=why)
            bound.discard(of)
        for of in sorted(bound):
            self._claimed("bytes", OPEN, "bytes.lacks", of=of, why="?")
        self._nothing_more()
        self._claimed("bytes", OK if count or gone else NONE, "bytes.gone" if gone else "bytes" if count else "bytes.none", count=count, gone=gone)

    def values(self, listed: Any) -> None:
        """Single values, each as it was bound when it was accepted. Raises `Bad` where the list of them is none."""
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise Bad("form.json", name="fields.json")
        count = 0
        for one in listed:
            of = one["of"][:200] if isinstance(one.get("of"), str) else "?"
            row = self._entries.get(one["entry"]) if is_whole(one.get("entry")) else None
            try:
                if row is None or about_of(row) != of:
                    raise Bad("fields.bad")
                count += len(shown(one.get("record"), ["", "", *row], self._kind).fields)
            except (Bad, Wrong):
                self._claimed("fields", FAILS, "fields.bad", of=of)
        self._claimed("fields", OK if count else NONE, "fields" if count else "fields.none", count=count)

    def _nothing_more(self) -> None:
        """That no record or attachment lies in the pack that nobody looked at: people read what is there."""
        for name in sorted(self._archive.members):
            if name.startswith(("records/", "attachments/")) and name not in self._covered:
                self._claimed("bytes", FAILS, "bytes.more", name=name)

    def _record(self, of: str, one: Any) -> None:
        """Raises `Bad`, `KeyError`, `TypeError` or `ValueError` where its bytes are not those that were committed to."""
        row = self._entries.get(one["entry"]) if is_whole(one["entry"]) else None
        if row is None or about_of(row) != of:
            raise Bad("bytes.entry")
        hashed = hashing(self._kind)
        hashed.update(_BOUND + bytes.fromhex(one["salt"]))
        if not self._there(one["committed"]):
            raise Bad("bytes.differs", entry=row[0])
        self._archive.feed(one["committed"], hashed.update)
        if _value(hashed.digest(), one, self._kind).hex() != row[10]:
            raise Bad("bytes.differs", entry=row[0])
        self._covered.add(one["committed"])
        if one["file"] != one["committed"]:
            self._made_of(self._archive.read(one["committed"]), one)

    def _there(self, name: Any) -> bool:
        return isinstance(name, str) and name in self._archive.members

    def _sha256(self, name: str) -> str:
        hashed = hashlib.sha256()
        self._archive.feed(name, hashed.update)
        return hashed.hexdigest()

    def _made_of(self, packed: bytes, one: Any) -> None:
        """Whether the file that people read is the committed bytes with their attachments in the places of their marks."""
        head, _, body = packed.partition(b"\n")
        told = read_json(head)
        digests = {mark.encode(): _blob(text) for mark, text in told["marks"].items()}
        files = one["attachments"]
        for digest in [*digests.values(), *(_blob(part[1]) for part in told["parts"])]:
            if not self._there(files.get(digest)) or self._sha256(files[digest]) != digest:
                raise Bad("bytes.contents", name=str(files.get(digest, digest))[:100])
            self._covered.add(files[digest])
        made, at = hashlib.sha256(), 0
        for found in _MARK.finditer(body):
            if found[0] in digests:
                made.update(body[at:found.start()])
                based = Based(made.update, percent=bool(told["percent"]))
                self._archive.feed(files[digests[found[0]]], based.update)
                based.close()
                at = found.end()
        made.update(body[at:])
        if not self._there(one["file"]) or made.hexdigest() != self._sha256(one["file"]):
            raise Bad("bytes.whole", name=str(one["file"])[:100])
        self._covered.add(one["file"])


def _value(raw: bytes, one: Any, kind: str) -> bytes:
    """The commitment to a record, of that to its bytes: itself, or with those to its fields."""
    if "groups" not in one:
        return raw
    if not is_whole(one["natives"]) or one["natives"] >= 1 << 32 or not isinstance(one["groups"], list):
        raise ValueError("natives")
    digest: bytes = HASHES[kind](_RECORD + raw + one["natives"].to_bytes(4, "big") + b"".join(bytes.fromhex(each) for each in one["groups"]))
    return digest


def _blob(text: Any) -> str:
    """The SHA-256 of a content, of what a record says in its place."""
    found = _BLOB.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found[1]

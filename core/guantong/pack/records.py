"""The records of a case in a pack: what came and what was sent, byte for byte, and what shows that these are the bytes of that time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from guantong.blobs.blob import Blob
from guantong.blobs.filetype import detect
from guantong.blobs.folding import Folded
from guantong.blobs.keeping import Blobs
from guantong.pack.case import Bound, Case, committed
from guantong.pack.parts import Part, of_json
from guantong.proof.bound import opened
from guantong.proof.leaf import NOT_COMMITTED
from guantong.store import Reader
from guantong.vault import Pruned, Vault, VaultError

MASKED, NEVER_SENT, PRUNED, SHUT = "masked", "never sent", "pruned", "does not open"
_SAYS = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding=["']([A-Za-z0-9_.-]{1,40})["']""")
_FOLDER, _ATTACHMENTS = "records", "attachments"


@dataclass(slots=True)
class Records:
    """Reads the records of a *case*; `parts` are their files, `attachments` what came with them, each once."""

    case: Case
    reader: Reader
    vault: Vault
    blobs: Blobs
    masked: bool
    attached: bool
    parts: list[Part] = field(default_factory=list)
    attachments: dict[str, Part] = field(default_factory=dict)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    """As `records.json` holds them."""

    def look(self) -> None:
        """Find them all; bodies are opened one at a time, and again when they are written."""
        bound = committed(self.case, self.reader)
        for row in self.case.messages:
            of = f"M{row.id}"
            said = {"of": of, "way": "received", "system": row.system, "at": row.at, "kind": row.kind, "state": row.state,
                    "charset_told": row.charset, **({"also_tells_of": [f"C{one}" for one in self.case.others[row.id]]} if row.id in self.case.others else {})}
            self.told.append({**said, **self._one(of, "m", row.id, row.charset, bound.get(of))})
        for sent in self.case.deliveries:
            of = f"D{sent.id}"
            said = {"of": of, "way": "sent", "system": sent.target, "at": sent.accepted_at, "kind": sent.kind, "state": sent.state, "event": sent.event}
            self.told.append({**said, **self._one(of, "d", sent.id, "", bound.get(of))})

    def index(self) -> Part:
        """`records.json`."""
        return of_json("records.json", "收发报文目录", "the records, and what shows that they are those of that time", {"records": self.told})

    def _one(self, of: str, kind: str, number: int, charset: str, bound: Bound | None) -> dict[str, Any]:
        if self.masked:
            return {"why": MASKED}
        sealed = self.reader.sealed_bodies(kind, [number]).get(number)
        if sealed is None:
            return {"why": PRUNED if kind == "m" or self._was_sent(number) else NEVER_SENT}
        try:
            folded = self.vault.open_folded(sealed)
        except Pruned:
            return {"why": PRUNED}
        except VaultError:
            return {"why": SHUT}
        way = "received" if kind == "m" else "sent"
        name = f"{_FOLDER}/{of}-{way}.{_ending(folded.body)}"
        said: dict[str, Any] = {"file": name, "charset": _charset(folded.body, charset)}
        if not folded.marks and not folded.parts:
            self.parts.append(Part(name, _title(of, way)[0], _title(of, way)[1], lambda: (self._opened(kind, number).body,)))
            return {**said, **self._bound(name, bound, sealed)}
        packed = f"{_FOLDER}/{of}-committed.txt"
        self.parts.append(Part(packed, f"{of} 承诺的字节（附件以摘要代替）", f"the bytes of {of} that were committed to, attachments by their digests",
                               lambda: (self._opened(kind, number).packed(),)))
        files, missing = self._attachments(folded)
        if missing:
            return {**said, "file": packed, **self._bound(packed, bound, sealed), "attachments": {}, "attachments_missing": missing}
        contents = self.blobs.read
        self.parts.append(Part(name, *_title(of, way), lambda: self._opened(kind, number).pieces(contents)))
        return {**said, **self._bound(packed, bound, sealed), "attachments": files}

    def _bound(self, name: str, bound: Bound | None, sealed: bytes) -> dict[str, Any]:
        """What shows that a file is the bytes of that time; where no line of the checkpoint commits to it, that it is not shown."""
        if bound is None:
            return {"why": "not in the checkpoint yet"}
        found = opened(self.vault, sealed, bound.salt, bound.value)
        if found is None:
            return {"committed": name, "entry": bound.entry, "salt": bound.salt.hex()}
        by = found[1]
        return {"committed": name, "entry": bound.entry, "salt": by.raw_salt.hex(), "natives": by.natives,
                "groups": [one.hex() for one in by.groups]}

    def _was_sent(self, delivery: int) -> bool:
        """Whether a line committed to what was sent."""
        return any(one.line.about == ("d", delivery) and one.raw != NOT_COMMITTED for one in self.case.sealed.values())

    def _opened(self, kind: str, number: int) -> Folded:
        return self.vault.open_folded(self.reader.sealed_bodies(kind, [number])[number])

    def _attachments(self, folded: Folded) -> tuple[dict[str, str], list[str]]:
        """The files of the contents of a record by their digests, and those that are not there."""
        blobs: list[Blob] = list(dict.fromkeys([*folded.marks.values(), *(part.blob for part in folded.parts)]))
        missing = [str(one) for one in blobs if not self.attached or not self.blobs.exists(one)]
        files = {one.sha256: f"{_ATTACHMENTS}/{one.sha256[:32]}.{one.kind or 'bin'}" for one in blobs}
        if not missing:
            for one in blobs:
                self.attachments.setdefault(one.sha256, Part(files[one.sha256], "附件", "an attachment", _reads(self.blobs, one)))
        return files, missing


def _reads(blobs: Blobs, blob: Blob) -> Any:
    def pieces() -> Iterator[bytes]:
        return blobs.read(blob)

    return pieces


def _title(of: str, way: str) -> tuple[str, str]:
    return (f"{of} 收到的原始报文", f"{of}, as it was received") if way == "received" else (f"{of} 发出的报文", f"{of}, as it was sent")


def _ending(body: bytes) -> str:
    start = body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"<": "xml", b"{": "json", b"[": "json"}.get(start) or detect(body[:300]) or "txt"


def _charset(body: bytes, told: str) -> str:
    """The charset that a record is to be read in, as far as it shows."""
    said = _SAYS.search(body[:400])
    if said:
        return said[1].decode()
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return told or "gb18030?"
    return "utf-8"

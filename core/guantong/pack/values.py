"""The values of a case in a pack: its canonical events, where each value that was sent came from, and the mappings that made it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from guantong.blobstore import BlobMissing
from guantong.config.configuration import Configuration
from guantong.mapping.kept import Kept
from guantong.mapping.showing import Shower
from guantong.operations.flatten import flat
from guantong.operations.lineage import Hop, Lineage, Verdict
from guantong.operations.values import Values
from guantong.operations.versions import Versions
from guantong.pack.case import Case
from guantong.pack.parts import Part, of_bytes, of_json
from guantong.problems import Problem, ProblemsError
from guantong.store import Reader
from guantong.vault import Vault, VaultError

_HEADS = ("方向 way", "报文或推送 id", "系统 system", "过程信息 event", "字段 field", "值 value", "来源 source", "原值 raw", "规则 rule",
          "代码表 table", "映射版本 mapping version", "结论 verdict")
MOST_DIGITS = 11
"""Of what a table program may take for a number."""


@dataclass(slots=True)
class Told:
    """The values of a *case*, masked unless they are to be revealed. `mappings` are the files of the versions that made them."""

    case: Case
    reader: Reader
    vault: Vault
    configuration: Configuration
    kept: Kept
    reveal: bool
    problems: list[Problem] = field(default_factory=list)
    """What could not be recomputed, and why."""
    unreadable: list[str] = field(default_factory=list)
    """Messages and deliveries whose bodies, or attachments, are not there any more."""
    absent: list[str] = field(default_factory=list)
    """Versions whose files are not kept here."""
    differs: int = 0
    _versions: dict[str, None] = field(default_factory=dict)

    def events(self) -> Part:
        """`events.jsonl`."""
        return Part("events.jsonl", "过程信息（标准字段）", "the canonical events, a line of JSON each", self._events)

    def lineage(self) -> list[Part]:
        """`lineage.json` and `lineage.csv`: every value recomputed by the mapping version that made it."""
        lineage = Lineage(self.reader, self.vault, self.configuration, Versions(self.configuration.dialects, self.kept))
        values = Values(lineage, Shower(self.configuration.model, self.reveal), None)
        hops: list[dict[str, Any]] = []
        for hop in self._hops(lineage):
            try:
                told = values.hop(hop, values.fields(hop))
            except (VaultError, BlobMissing):
                self.unreadable.append(hop.ident)
                told = values.hop(Hop(hop.way, hop.ident, hop.system, hop.kind, hop.event, plan=hop.plan, verdict=Verdict.GONE), [])
            hops.append(told)
            self.problems += hop.problems
            self.differs += hop.verdict is Verdict.DIFFERS
            if hop.version:
                self._versions[hop.version] = None
        return [of_json("lineage.json", "逐字段溯源", "where every value came from", {"hops": hops}),
                of_bytes("lineage.csv", "逐字段溯源（可用 Excel 打开）", "the same as a table", _table(hops).encode())]

    def mappings(self) -> list[Part]:
        """The files of the versions that made the values, folders that several share once, and which version is made of which; call
        `lineage` first."""
        found: dict[str, Part] = {}
        versions: list[dict[str, Any]] = []
        for version in sorted(self._versions):
            try:
                dialect, _ = self.kept.about(version)
                folders = self.kept.folders(version)
                for folder, digest in folders.items():
                    for path, body in self.kept.files(digest):
                        name = f"mappings/{folder}-{digest[:12]}/{path}"
                        found[name] = of_bytes(name, f"字段映射 {folder}", f"mappings of {folder}", body)
                versions.append({"version": version, "dialect": dialect, "folders": [f"{folder}-{digest[:12]}" for folder, digest in folders.items()]})
            except ProblemsError as error:
                self.problems += error.problems
            except OSError:
                self.absent.append(version)  # lost, or in force and not kept yet: no hub has run on it
        index = of_json("mappings/versions.json", "各映射版本由哪些文件夹组成", "which folders each version is made of", {"versions": versions})
        return [index, *found.values()]

    def _events(self) -> Iterator[bytes]:
        shower = Shower(self.configuration.model, self.reveal)
        for row in self.case.events:
            said: dict[str, Any] = {"id": row.id, "message": f"M{row.message}", "case": f"C{row.subject}", "event": row.name, "version": row.version,
                                    "mapping": row.plan, "held_back": row.held_back}
            try:
                values = orjson.loads(self.vault.open(row.body))
                said["values"] = {path: None if value is None else shower.masked(path, value) if not self.reveal else value
                                  for path, value in flat(values, ".").items()} if values else {}
            except VaultError:
                said["why"] = "pruned" if not row.body else "does not open"
            yield orjson.dumps(said) + b"\n"

    def _hops(self, lineage: Lineage) -> Iterator[Hop]:
        for row in self.case.messages:
            yield from self._tried(Hop("in", f"M{row.id}", row.system, row.kind), lineage.of_message, row.id)
        for sent in self.case.deliveries:
            yield from self._tried(Hop("out", f"D{sent.id}", sent.target, sent.kind), lineage.of_delivery, sent.id)

    def _tried(self, blank: Hop, read: Callable[[int], Sequence[Hop] | Hop | None], number: int) -> Sequence[Hop]:
        """The hops of one record; where a body or an attachment is not there any more, *blank*, which then says so."""
        try:
            found = read(number)
        except (VaultError, BlobMissing):
            self.unreadable.append(blank.ident)
            blank.verdict = Verdict.GONE
            return [blank]
        return [found] if isinstance(found, Hop) else found or []


def _table(hops: Sequence[Mapping[str, Any]]) -> str:
    made = io.StringIO()
    made.write("\ufeff")
    out = csv.writer(made, lineterminator="\r\n")
    out.writerow(_HEADS)
    for hop in hops:
        for one in hop["fields"] or [{}]:
            came = one.get("from") or {}
            source = f"{came.get('message', '')} {came.get('source') or ''}".strip() or one.get("source", "")
            out.writerow(_safe(cell) for cell in (
                hop["way"], hop["id"], hop["system"], hop["event"], one.get("target", ""), one.get("value", ""), source, one.get("raw", ""),
                one.get("rule", ""), one.get("table", ""), hop["plan"], hop["verdict"]))
    return made.getvalue()


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a formula begins with; an Excel for Chinese takes the wide ones for the others."""


def _safe(cell: Any) -> str:
    """A cell that no program takes for a formula, nor a serial for a number, of which Excel would keep fifteen digits."""
    text = "" if cell is None else str(cell)
    if text.isascii() and text.isdigit() and (len(text) > MOST_DIGITS or (text[0] == "0" and len(text) > 1)):
        return f"\t{text}"
    return f"'{text}" if text[:1] in _FORMULA else text

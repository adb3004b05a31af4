"""A case as a W3C PROV document: who did what to which record, and which value was derived from which.

Records, events and every field of them are entities; the journal's lines and the translations are activities; systems, the hub and people are
agents. Names are the idents that people know: M12, D34, C5, and a field by its path under them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import orjson
from prov.identifier import Namespace, QualifiedName
from prov.model import PROV_LABEL, PROV_TYPE, PROV_VALUE, ProvDocument

from guantong_plugins.provenance.gathering import Made, Told, Traced

TERMS = "guantong://terms/"
_HUB = "hub"


def prov_json(cases: Iterable[Told]) -> str:
    """One document of them all."""
    document = ProvDocument()
    for told in cases:
        _Case(document, told).write()
    return document.serialize(format="json", ensure_ascii=False, indent=1) or ""


class _Case:
    """Writes one case."""

    def __init__(self, document: ProvDocument, told: Told) -> None:
        self._document = document
        self._told = told
        self._terms: Namespace = document.add_namespace("gt", TERMS)
        self._log: Namespace = document.add_namespace("log", f"guantong://{told.log}/")
        self._known: set[QualifiedName] = set()

    def write(self) -> None:
        """All of it."""
        told = self._told
        case = self._collection(f"C{told.subject}", "Case", [
            ("serial", f"{one.kind} {one.number}") for one in told.serials]) if told.subject else None
        for row in told.messages:
            record = self._collection(f"M{row.id}", "Record", [("system", row.system), ("kind", row.kind), ("state", str(row.state))])
            self._document.attribution(record, self._system(row.system))
            self._member(case, record)
        for event in told.events:
            made = self._collection(f"event/{event.id}", "Event", [("event", event.name), ("version", event.version)])
            self._document.derivation(made, self._name(f"M{event.message}"))
            self._member(case, made)
        for sent in told.deliveries:
            record = self._collection(f"D{sent.id}", "Delivery", [("system", sent.target), ("kind", sent.kind), ("state", str(sent.state))])
            self._document.derivation(record, self._name(f"event/{sent.event}"))
            self._member(case, record)
        self._lines()
        for one in told.traced:
            self._translation(one)

    def _lines(self) -> None:
        """The journal: each line informed by its predecessor for the same case."""
        own = {line.id for line in self._told.lines}
        for line in self._told.lines:
            name, at = self._name(f"entry/{line.id}"), _moment(line.at)
            self._document.activity(name, at, at, [
                (PROV_TYPE, self._terms["Entry"]), (self._terms["what"], line.what),
                *([(self._terms["detail"], orjson.dumps(line.detail).decode())] if line.detail else [])])
            self._document.association(name, self._actor(line.actor))
            for record in ([f"M{line.message}"] if line.message else []) + ([f"D{line.delivery}"] if line.delivery else []):
                if self._name(record) in self._known:
                    self._document.usage(name, self._name(record), at)
            if line.previous in own:
                self._document.communication(name, self._name(f"entry/{line.previous}"))

    def _translation(self, one: Traced) -> None:
        """A hop: what it read, what it made, by which version of the mapping; then value by value."""
        hop, inward = one.hop, one.hop.way == "in"
        if inward and not hop.event_id:
            return  # its body is gone: nothing is known of what it was translated to
        target = f"event/{hop.event_id}" if inward else hop.ident
        name, at = self._name(f"translation/{target}"), _moment(one.at)
        self._document.activity(name, at, at, [
            (PROV_TYPE, self._terms["Translation"]), (self._terms["verdict"], str(hop.verdict)),
            *((self._terms["unread"], path) for path in hop.unread)])
        self._document.association(name, self._agent(_HUB, "SoftwareAgent", "Guantong"), self._plan(hop.plan, hop.mapping) if hop.plan else None)
        for source in [hop.ident] if inward else [f"event/{number}" for number in sorted(set(hop.made_of.events.values()) or {hop.event_id})]:
            self._document.usage(name, self._name(source), at)
            if not inward and source != f"event/{hop.event_id}":  # of a joined record
                self._document.derivation(self._name(target), self._name(source))
        self._document.generation(self._name(target), name, at)
        record = f"{hop.ident}/{hop.record}" if inward else ""
        for made in one.made:
            self._value(made, name, target, record)

    def _value(self, made: Made, translation: QualifiedName, target: str, record: str) -> None:
        """One value, and the one it was derived from; or that we put it in."""
        row = made.row
        came: QualifiedName | None = None
        if made.source:
            place = record or f"event/{made.event_id}"
            came = self._field(place, made.source, row["raw"] if record else None, member_of=record.partition("/")[0] if record else "")
        result = self._field(target, row["target"], row["value"], member_of=target, ours=came is None)
        if came is not None:
            self._document.derivation(result, came, translation, other_attributes=[
                (self._terms["rule"], row["rule"]), *((self._terms["fired"], one) for one in row["fired"]),
                *((self._terms["function"], one) for one in row["functions"]),
                *([(self._terms["code_row"], row["row"]["file"])] if row["row"] else [])])

    def _field(self, of: str, path: str, value: str | None, *, member_of: str, ours: bool = False) -> QualifiedName:
        name = self._name(f"{of}/{quote(path, safe='/._-')}")
        if name not in self._known and member_of:
            self._known.add(name)
            self._document.entity(name, [
                (PROV_TYPE, self._terms["Field"]), (self._terms["path"], path),
                *([(PROV_VALUE, value)] if value is not None else []), *([(self._terms["ours"], True)] if ours else [])])
            self._document.membership(self._name(member_of), name)
        return name

    def _collection(self, ident: str, kind: str, told: Sequence[tuple[str, str | int]]) -> QualifiedName:
        name = self._name(ident)
        if name not in self._known:
            self._known.add(name)
            self._document.collection(name, [
                (PROV_LABEL, ident), (PROV_TYPE, self._terms[kind]), *((self._terms[key], value) for key, value in told if value != "")])
        return name

    def _member(self, case: QualifiedName | None, one: QualifiedName) -> None:
        if case is not None:
            self._document.membership(case, one)

    def _plan(self, plan: str, mapping: str) -> QualifiedName:
        """A version of a mapping."""
        name = self._name(f"mapping/{quote(plan, safe='')}")
        if name not in self._known:
            self._known.add(name)
            self._document.entity(name, [(PROV_TYPE, self._document.valid_qualified_name("prov:Plan")), (self._terms["file"], mapping)])
        return name

    def _system(self, ident: str) -> QualifiedName:
        return self._agent(f"system/{quote(ident, safe='')}", "SoftwareAgent", ident)

    def _actor(self, actor: str) -> QualifiedName:
        """Who a line says acted: the hub, one of the systems that are met in the case, or a person or token."""
        if actor in ("", _HUB):
            return self._agent(_HUB, "SoftwareAgent", "Guantong")
        met = {row.system for row in self._told.messages} | {sent.target for sent in self._told.deliveries} | {line.system for line in self._told.lines}
        return self._system(actor) if actor in met else self._agent(f"person/{quote(actor, safe='')}", "Person", actor)

    def _agent(self, ident: str, kind: str, label: str) -> QualifiedName:
        name = self._name(ident)
        if name not in self._known:
            self._known.add(name)
            self._document.agent(name, [(PROV_LABEL, label), (PROV_TYPE, self._document.valid_qualified_name(f"prov:{kind}"))])
        return name

    def _name(self, ident: str) -> QualifiedName:
        return self._log[ident]


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)

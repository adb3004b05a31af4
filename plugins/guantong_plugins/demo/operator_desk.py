"""The operator of the demo: reads the hub's lists, and settles what only a person can, by looking in the
county's own ledger: with `guantong unknown resolve`, as a person would."""

from __future__ import annotations

from collections.abc import Mapping
from json import loads
from pathlib import Path
from typing import Any

from guantong.journey.states import DeliveryState
from guantong.operations.listing import dead_entries, dead_entry, unknown_entries
from guantong.operations.tracing import trace_of
from guantong.problems import ProblemsError
from guantong.store import Reader
from guantong_adapters.simulation.ledger import read_effects
from guantong_plugins.demo.books import Books, DeadLetter
from guantong_plugins.demo.books.guangdong import KINDS
from guantong_plugins.demo.hub import Hub

_RECORD = ("SBLSH", "SJBBH")
"""The fields that tell a record from others of its kind, beside those of its identity."""
_ACTOR = ("--as", "演示值班员", "--why", "已查对方台账")
_EVENTS = {kind: event for event, kind in KINDS.items()} | {"finish": "case.finish", "SPBANJIE": "case.finish", "SPCAILIAO": "case.material"}
"""The event of a record kind: what cannot be translated is listed by its kind."""


class OperatorDesk:
    """Settles deliveries in `unknown` of the systems whose ledger it may read, and nothing else."""

    def __init__(self, hub: Hub, books: Books, ledgers: Mapping[str, Path]) -> None:
        self._hub = hub
        self._identities = {entry.kind: entry.identity for entry in books.entries if entry.system in ledgers}
        self._ledgers = ledgers
        self.settled = 0

    def settle_unknown(self) -> None:
        """Settle every unknown delivery of the systems whose ledger we may read."""
        with self._hub.reading() as reader:
            unknown = [one for one in unknown_entries(reader) if one["system"] in self._ledgers]
        verdicts: dict[str, list[str]] = {}
        for one in unknown:
            verdicts.setdefault(self._look_up(one["system"], one["id"]), []).append(one["id"])
        for verdict, ids in verdicts.items():
            try:
                self._hub.command("unknown", "resolve", *ids, verdict, *_ACTOR)
            except ProblemsError:
                if self._hub.child.running:
                    raise
                return  # the hub was killed while we asked: the next look asks again
            self.settled += len(ids)

    def dead(self, books: Books) -> tuple[list[DeadLetter], dict[str, list[str]]]:
        """What is dead, in the books' terms, and why, by system, each reason once."""
        letters: list[DeadLetter] = []
        reasons: dict[str, list[str]] = {}
        with self._hub.reading() as reader:
            for dead in dead_entries(reader):
                letters.append(_letter(reader, dead, books))
                known = reasons.setdefault(dead["system"], [])
                if dead["reason"] not in known:
                    known.append(dead["reason"])
        return letters, reasons

    def returned(self, books: Books) -> list[str]:
        """The cases of which the hub knows that a receipt rejected a delivery: those the books name, by case,
        and "?" for every other."""
        with self._hub.reading() as reader:
            found = [case for case in books.returned if _was_returned(reader, books.serials[case])]
            every = sum(count for _, state, count, _ in reader.counts() if state is DeliveryState.RETURNED)
        return [*found, *["?"] * (every - len(found))]

    def _look_up(self, system: str, delivery: str) -> str:
        """What the county's ledger says of the record that was sent, as the verb's option. That the case is there tells
        nothing: its application is, and maybe another card."""
        (hop,) = loads(self._hub.command("trace", delivery, "--values", "--json"))["hops"]
        sent = {field["target"]: field["value"] for field in hop["fields"]}
        names = (*_RECORD, *self._identities[hop["kind"]])
        there = any(effect.kind == hop["kind"] and all(effect.fields.get(name) == sent.get(name) for name in names)
                    for effect in read_effects(self._ledgers[system]))
        return "--took-effect" if there else "--did-not"


def _was_returned(reader: Reader, serial: str) -> bool:
    return any(
        delivery["state"] == DeliveryState.RETURNED
        for subject in trace_of(reader, serial) for delivery in subject["deliveries"]
    )


def _letter(reader: Reader, dead: Mapping[str, Any], books: Books) -> DeadLetter:
    """One dead letter. What could not be translated has no case."""
    if dead["stage"] == "accept":
        return DeadLetter("accept", dead["system"], "", _EVENTS.get(dead["event"], dead["event"]))
    shown = dead_entry(reader, dead["id"]) or {"serials": []}
    by_serial = {serial: case for case, serial in books.serials.items()}
    cases = {entry.case for entry in books.entries} | {letter.case for letter in books.dead}
    known = (by_serial.get(serial, serial) for serial in _numbers(shown))
    case = next((serial for serial in known if serial in cases), "?")
    return DeadLetter(dead["stage"], dead["system"], case, dead["event"])


def _numbers(entry: Mapping[str, Any]) -> list[str]:
    """The serials of the case that an entry of the hub's lists is about."""
    return [serial["number"] for serial in entry["serials"]]

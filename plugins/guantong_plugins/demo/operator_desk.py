"""The operator of the demo: reads the hub's lists, and settles what only a person can, by looking in the
county's own ledger. It uses the command line alone, as a person would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guantong.problems import ProblemsError
from guantong_adapters.simulation.ledger import read_effects
from guantong_plugins.demo.books import Books, DeadLetter
from guantong_plugins.demo.books.guangdong import KINDS
from guantong_plugins.demo.hub import Hub

_ACTOR = ("--as", "演示值班员", "--why", "已查对方台账")
_EVENTS = {kind: event for event, kind in KINDS.items()} | {"finish": "case.finish"}
"""The event of a record kind: what cannot be translated is listed by its kind."""


class OperatorDesk:
    """Settles deliveries in `unknown` of the systems whose ledger it may read, and nothing else."""

    def __init__(self, hub: Hub, ledgers: Mapping[str, Path]) -> None:
        self._hub = hub
        self._ledgers = ledgers
        self.settled = 0

    def look_if_asked(self, queues: Mapping[str, Mapping[str, Any]]) -> None:
        """Settle every unknown delivery of a system that only a person can settle, when *queues* show any."""
        if any(queues.get(system, {}).get("unknown") for system in self._ledgers):
            for unknown in self._ask()["unknown"]:
                if unknown["system"] in self._ledgers:
                    self._settle(unknown)

    def letter(self, dead: Mapping[str, Any], books: Books) -> DeadLetter:
        """A dead letter of the hub's list in the books' terms. What could not be translated has no case."""
        if dead["stage"] == "accept":
            return DeadLetter("accept", dead["system"], "", _EVENTS.get(dead["event"], dead["event"]))
        by_serial = {serial: case for case, serial in books.serials.items()}
        cases = {entry.case for entry in books.entries} | {letter.case for letter in books.dead}
        known = [by_serial.get(serial, serial) for serial in self._serials(dead["id"])]
        case = next((serial for serial in known if serial in cases), "?")
        return DeadLetter(dead["stage"], dead["system"], case, dead["event"])

    def _settle(self, unknown: Mapping[str, Any]) -> None:
        effects = read_effects(self._ledgers[unknown["system"]])
        there = {text for effect in effects for text in effect.fields.values()}
        verdict = "--took-effect" if there.intersection(self._serials(unknown["id"])) else "--did-not"
        try:
            self._hub.command("unknown", "resolve", unknown["id"], verdict, *_ACTOR)
        except ProblemsError:
            if self._hub.child.running:
                raise
            return  # the hub was killed while we asked: the next look asks again
        self.settled += 1

    def _ask(self) -> dict[str, Any]:
        return self._hub.ask("unknown", "list")

    def _serials(self, delivery: str) -> list[str]:
        """The serials of the case that a delivery is about."""
        (subject,) = self._hub.ask("trace", f"D{delivery}")["subjects"]
        return [serial["number"] for serial in subject["serials"]]

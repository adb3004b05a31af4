"""The operator of the demo: settles what only a person can, by looking in the county's own ledger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guantong.problems import ProblemsError
from guantong_adapters.simulation.ledger import read_effects
from guantong_plugins.demo.hub import Hub


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

    def _settle(self, unknown: Mapping[str, Any]) -> None:
        effects = read_effects(self._ledgers[unknown["system"]])
        there = {text for effect in effects for text in effect.fields.values()}
        verdict = "--took-effect" if there.intersection(unknown["serials"]) else "--did-not"
        try:
            self._hub.command("unknown", "resolve", str(unknown["id"]), verdict)
        except ProblemsError:
            if self._hub.child.running:
                raise
            return  # the hub was killed while we asked: the next look asks again
        self.settled += 1

    def _ask(self) -> dict[str, Any]:
        return self._hub.ask("unknown", "list")

"""The operator of the demo: settles what only a person can, by looking in the county's own ledger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from guantong_adapters.simulation.ledger import read_effects
from guantong_plugins.demo.hub import Hub


class OperatorDesk:
    """Settles deliveries in `unknown` of the systems whose ledger it may read, and nothing else."""

    def __init__(self, hub: Hub, ledgers: Mapping[str, Path]) -> None:
        self._hub = hub
        self._ledgers = ledgers
        self.settled = 0

    def look(self) -> int:
        """Settle every unknown delivery there is now; how many were settled."""
        settled = 0
        for unknown in self._hub.ask("unknown", "list")["unknown"]:
            ledger = self._ledgers.get(unknown["system"])
            if ledger is None:
                continue
            taken = {text for effect in read_effects(ledger) for text in effect.fields.values() if text}
            took_effect = any(serial in taken for serial in unknown["serials"])
            verdict = "--took-effect" if took_effect else "--did-not"
            self._hub.command("unknown", "resolve", str(unknown["id"]), verdict)
            settled += 1
        self.settled += settled
        return settled

"""What the journey works with: one home's configuration, store, vault, routes and lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from guantong.clock import Clock, now_ms
from guantong.config.configuration import Configuration, System
from guantong.journey.routing import Router
from guantong.store import Reader, Store
from guantong.vault import Vault

if TYPE_CHECKING:
    from guantong.journey.lines import Lines

HUB_ACTOR = "hub"


def _nothing(_step: str) -> None:
    """No drill runs."""


@dataclass(slots=True)
class Engine:
    """Handed to every step. `crash_at` names each durable step as it is reached; drills kill there."""

    configuration: Configuration
    store: Store
    reader: Reader
    vault: Vault
    router: Router
    lines: Lines
    clock: Clock = now_ms
    crash_at: Callable[[str], None] = _nothing
    accepting: int = 0

    def system(self, system: str) -> System:
        return self.configuration.systems[system]

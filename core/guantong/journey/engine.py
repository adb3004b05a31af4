"""What the journey works with: one home's configuration, store, vault, routes and lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from guantong.blobs.keeping import Blobs
from guantong.clock import WallClock
from guantong.config.configuration import Configuration, System
from guantong.journey.holds import Holds
from guantong.journey.patience import Patience
from guantong.journey.reach import Reach
from guantong.journey.readings import Readings
from guantong.journey.routing import Router
from guantong.journey.shares import Shares
from guantong.journey.turnedaway import TurnedAway
from guantong.journey.turns import Turns
from guantong.matters import NO_MATTERS, Catalogue
from guantong.store import Reader, Store
from guantong.vault import Vault

if TYPE_CHECKING:
    from guantong.adapter import Fetches, GivesBack
    from guantong.journey.crew import Crew
    from guantong.journey.lines import Lines
    from guantong.journey.pressure import Pressure
    from guantong.journey.ticketing import Ticketing

HUB_ACTOR = "hub"


def _nothing(_step: str) -> None:
    """No drill runs."""


@dataclass(slots=True)
class Engine:
    """Handed to every step. `configuration` is immutable and replaced as a whole when mappings are reloaded: a
    step that takes it once works by one. `crash_at` names each durable step as it is reached; drills kill there."""

    configuration: Configuration
    store: Store
    reader: Reader
    vault: Vault
    blobs: Blobs
    router: Router
    lines: Lines
    pressure: Pressure
    clock: WallClock = field(default_factory=WallClock)
    crash_at: Callable[[str], None] = _nothing
    matters: Catalogue = NO_MATTERS
    """The catalogue in force: what it does not know is a finding."""
    fetchers: dict[str, Fetches] = field(default_factory=dict)
    """The open ends of systems that contents are fetched from."""
    patience: Patience = field(default_factory=Patience)
    holds: Holds = field(default_factory=Holds)
    givers: dict[str, GivesBack] | None = None
    """The open ends of systems that records can be given back to; None where no hub runs."""
    readings: Readings = field(default_factory=Readings)
    shares: Shares = field(default_factory=Shares)
    turns: Turns = field(default_factory=Turns)
    """Of systems whose attachments or large records are being taken in: it takes time, and what comes behind waits."""
    reach: Reach = field(default_factory=Reach)
    turned_away: TurnedAway = field(default_factory=TurnedAway)
    crew: Crew | None = None
    """This process among those that share its store; None where it has the store to itself."""
    tickets: Ticketing | None = None
    """Where a broker tells its workers what is ready."""

    def take(self, configuration: Configuration) -> None:
        """Work by *configuration* from the next message and the next turn of each line on. One step: nothing
        sees half of it."""
        self.configuration = configuration
        self.router = Router(configuration.routes, configuration.systems)
        self.lines.renew(configuration.systems)

    def system(self, system: str) -> System:
        return self.configuration.systems[system]

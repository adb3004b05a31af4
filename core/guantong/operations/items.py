"""What waits, or waits for a person, one by one, and which of it is meant: deliveries and messages as operators list them,
and the filter by which they choose (DESIGN §7: replay and discard by filter)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from guantong.config.configuration import Configuration
from guantong.journey.belonging import region_prefix
from guantong.journey.states import DeliveryState, MessageState
from guantong.operations.idents import delivery_ident
from guantong.sites import Level
from guantong.sites.naming import named
from guantong.store import Reader
from guantong.vault import Vault

PAGE = 5000
_OF_COUNTY, _OF_TOWN = 6, 9  # digits of a region's code (GB/T 2260, GB/T 10114)
_STAGES = {MessageState.PARKED: "accept", MessageState.UNROUTED: "route"}
Unseals = Callable[[], Vault]
"""Gives what opens bodies; called only where one must be opened."""


@dataclass(frozen=True, slots=True)
class Item:
    """A delivery (`D34`; `system` is its target) or a message (`M12`; `system` sent it). `at` is UTC milliseconds; `body` are
    the event's values, sealed, None where there are none."""

    id: str
    stage: str
    state: str
    system: str
    source: str
    event: str
    at: int
    code: str
    reason: str
    attempts: int = 0
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What an item is about: its region, county (6 digits), town (9) and site as codes, and its matter's code; "" where nothing tells."""

    region: str
    county: str
    town: str
    site: str
    matter: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items are meant. Empty texts and 0 mean any; `region` is what a region begins with, `site` a site with all
    below it; from `since` on, before `until`."""

    system: str = ""
    region: str = ""
    site: str = ""
    matter: str = ""
    event: str = ""
    code: str = ""
    stage: str = ""
    since: int = 0
    until: int = 0
    cause: str = ""

    @property
    def looks_inside(self) -> bool:
        """Whether an event's values must be opened to know."""
        return bool(self.region or self.site or self.matter)

    def __bool__(self) -> bool:
        return self != Selection()


def dead_items(reader: Reader, system: str | None = None) -> Iterator[Item]:
    """What waits for a person: parked and unrouted messages, dead deliveries."""
    for state, stage in _STAGES.items():
        after = 0
        while rows := reader.messages_in(state, system, PAGE, after=after):
            after = rows[-1].id
            for row in rows:
                events = reader.events_of_message(row.id) if state is MessageState.UNROUTED else ()
                yield Item(f"M{row.id}", stage, state, row.system, row.system, row.kind, row.at, row.code, row.reason,
                           body=events[0].body if events else None)
    yield from delivery_items(reader, (DeliveryState.DEAD,), system)


def delivery_items(reader: Reader, states: Sequence[DeliveryState], system: str | None = None) -> Iterator[Item]:
    """Deliveries in these states, state by state, by number."""
    for state in states:
        after = 0
        while rows := reader.open_deliveries(state, system, PAGE, after):
            after = rows[-1].id
            for row in rows:
                yield Item(delivery_ident(row.id), "deliver", state, row.target, row.source, row.name, row.accepted_at,
                           row.code, row.reason, row.attempts, row.body)


def about(config: Configuration, unseals: Unseals, item: Item) -> About:
    """What *item* is about: as its event tells, else as its source stands."""
    values: dict[str, Any] = orjson.loads(unseals().open(item.body)) if item.body is not None else {}
    source = config.systems.get(item.source)
    region = region_prefix(str(values.get("region") or (source.region if source else "")))
    found = named(config.sites, values, source.site if source else "") if config.sites else None
    site = config.sites.sites.get(found.key) if found is not None else None
    county, town = (config.sites.at(site, level) if site is not None else None for level in (Level.COUNTY, Level.TOWN))
    hall = config.sites.sites[site.parent] if site is not None and site.level is Level.WINDOW else site
    return About(region, region_prefix(county.code)[:_OF_COUNTY] if county else region[:_OF_COUNTY],
                 region_prefix(town.code)[:_OF_TOWN] if town else region[:_OF_TOWN] if len(region) > _OF_COUNTY else "",
                 hall.code if hall else "", str(values.get("item.code") or ""))


def chosen(items: Iterable[Item], which: Selection, config: Configuration, unseals: Unseals,
           cause: Callable[[Item], str]) -> list[Item]:
    """Those of *items* that *which* means; *cause* gives an item's cause."""
    return [item for item in items if _plainly(item, which) and (not which.cause or cause(item) == which.cause)
            and (not which.looks_inside or _inside(config, about(config, unseals, item), which))]


def _plainly(item: Item, which: Selection) -> bool:
    return (which.system in ("", item.system) and which.event in ("", item.event) and which.code in ("", item.code)
            and which.stage in ("", item.stage) and item.at >= which.since and (not which.until or item.at < which.until))


def _inside(config: Configuration, found: About, which: Selection) -> bool:
    if not found.region.startswith(which.region) or which.matter not in ("", found.matter):
        return False
    if not which.site:
        return True
    site = config.sites.sites.get(found.site)
    return found.site == which.site or (
        site is not None and any(one.code == which.site for one in config.sites.above(site)))

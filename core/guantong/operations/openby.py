"""What is not finished, counted by whom it concerns: by county, town, matter, or system."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from guantong.config.configuration import Configuration
from guantong.journey.belonging import region_prefix
from guantong.journey.states import BLOCKING, DeliveryState
from guantong.operations.items import Item, Unseals, about, delivery_items
from guantong.sites import Level
from guantong.store import Reader

STATES = (DeliveryState.WAITING, DeliveryState.BLOCKED, DeliveryState.SENDING, DeliveryState.RETRYING,
          DeliveryState.UNKNOWN, DeliveryState.DEAD, DeliveryState.SENT)


class By(StrEnum):
    """What unfinished deliveries are counted by."""

    COUNTY = "county"
    TOWN = "town"
    MATTER = "matter"
    SYSTEM = "system"


def open_by(reader: Reader, config: Configuration, unseals: Unseals, by: By, now: int) -> list[dict[str, Any]]:
    """Per county, town, matter or system (`key`, "" where nothing tells; with its `title`): deliveries in each state that is
    not final, and the age of the oldest unfinished one in seconds; most first."""
    found: dict[str, dict[str, Any]] = {}
    titles = _titles(config, by)
    for item in delivery_items(reader, STATES):
        key = _key(config, unseals, by, item)
        figures = found.get(key)
        if figures is None:
            figures = found[key] = {"key": key, "title": titles.get(key, ""), **dict.fromkeys(map(str, STATES), 0), "oldest_seconds": 0.0}
        figures[item.state] += 1
        if item.state in BLOCKING:
            figures["oldest_seconds"] = max(figures["oldest_seconds"], round((now - item.at) / 1000, 1))
    return sorted(found.values(), key=lambda one: (-sum(one[state] for state in STATES), one["key"]))


def _key(config: Configuration, unseals: Unseals, by: By, item: Item) -> str:
    if by is By.SYSTEM:
        return item.system
    found = about(config, unseals, item)
    return {By.COUNTY: found.county, By.TOWN: found.town, By.MATTER: found.matter}[by]


def _titles(config: Configuration, by: By) -> Mapping[str, str]:
    if by is By.SYSTEM:
        return {name: system.title_zh for name, system in config.systems.items()}
    level = {By.COUNTY: Level.COUNTY, By.TOWN: Level.TOWN}.get(by)
    titles = {} if by is not By.COUNTY else {
        region_prefix(system.region): system.place_zh or system.id.partition(".")[0] for system in config.systems.values()}
    return titles | {region_prefix(site.code): site.name for site in config.sites.sites.values() if site.level is level}

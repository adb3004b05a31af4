"""Who is connected, from what the store remembers of sites."""

from __future__ import annotations

from guantong.config.configuration import Configuration
from guantong.sites.connected import Connected, Seen, Target, Work, connected
from guantong.store import Reader


def who_is_connected(reader: Reader, configuration: Configuration, now: int, since: int | None = None) -> Connected | None:
    """The counties' shares at *now* (UTC milliseconds), with the cases handled *since* (None: they are not counted);
    None where no sites were imported."""
    if not configuration.sites:
        return None
    seen = (Seen(*one) for one in reader.sites_seen())
    work = (Work(*one) for one in reader.site_work(since)) if since is not None else ()
    return connected(configuration.sites, seen, work, now - int(configuration.hub.sites.connected_within * 1000))


def targets_of(configuration: Configuration) -> list[Target]:
    """What is aimed at, by date."""
    return sorted(Target(one.by, one.share) for one in configuration.hub.sites.targets)

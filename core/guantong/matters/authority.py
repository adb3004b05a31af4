"""Which systems publish matters, and which of them those of a region: one, by the longest prefix that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guantong.config.hub import MatterKeys


PUBLISHED, WITHDRAWN = "matter.published", "matter.withdrawn"


def publishes(keys: MatterKeys | None, system: str, event: str) -> bool:
    """Whether what *system* tells by *event* is for the catalogue: somebody hears of it then, though no route may take it."""
    return keys is not None and system in keys.source and event in (PUBLISHED, WITHDRAWN)


def authority_of(keys: MatterKeys, region: str) -> str:
    """The system that publishes the matters of *region*; "" where nobody does."""
    found = max(((len(prefix), system) for system, prefixes in keys.source.items() for prefix in prefixes
                 if region.startswith(prefix)), default=(0, ""))
    return found[1]

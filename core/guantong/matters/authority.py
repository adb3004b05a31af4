"""Which system publishes the matters of a region: one, by the longest prefix that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guantong.config.hub import MatterKeys


def authority_of(keys: MatterKeys, region: str) -> str:
    """The system that publishes the matters of *region*; "" where nobody does."""
    found = max(((len(prefix), system) for system, prefixes in keys.source.items() for prefix in prefixes
                 if region.startswith(prefix)), default=(0, ""))
    return found[1]

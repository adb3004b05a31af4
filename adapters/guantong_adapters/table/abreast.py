"""Tables read by a time are read abreast: while there is much to read, none runs ahead of the others.

Each table has its share of a batch, and a share of one may reach over a month where that of another reaches over a day:
the steps of a month would come before the cases they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guantong_adapters.table.bywatermark import Value, WatermarkReading, sortable


class Abreast(NamedTuple):
    """Which tables are read no further than *until*."""

    readings: Sequence[WatermarkReading]
    until: Value


def together(readings: Sequence[object], states: Mapping[str, str], share: int) -> Abreast | None:
    """How far all of *readings* whose times compare come with *share* rows each; None where each may go on as it likes: the rest of all
    of them fits, or their columns do not compare (numbers of one table say nothing of another's)."""
    timed = [reading for reading in readings if isinstance(reading, WatermarkReading)]
    if len(timed) < 2:
        return None
    by_clock: dict[str, list[tuple[WatermarkReading, Value | None]]] = {}
    for reading in timed:
        clock, reached = reading.ahead(states.get(reading.names()[0], ""), share)
        by_clock.setdefault(clock, []).append((reading, reached))
    alike = max((found for clock, found in by_clock.items() if clock), key=len, default=[])
    reaches = [reached for _, reached in alike if reached is not None]
    if len(alike) < 2 or not reaches:
        return None
    return Abreast([reading for reading, _ in alike], min(reaches, key=sortable))

"""Date formats side by side: whether one reads what another means otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from guantong.mapping.dates import DateFormat

_MOMENTS = (
    "2014-01-02T03:04:05+08:00", "2011-11-12T10:09:08+08:00", "2012-12-11T01:01:01+08:00", "1999-10-01T23:59:58+08:00",
    "2020-02-03T12:00:00+08:00", "2001-02-10T11:12:13.120+08:00", "2031-01-11T00:00:00+08:00",
)
"""Moments whose parts are small and unlike, so that parts in another order are told apart."""


def clash(formats: Sequence[DateFormat], kind: str) -> tuple[int, int, str] | None:
    """The first two of *formats*, by their numbers, of which the earlier reads a text of the later as
    another moment, and that text; None where the first that reads a text is right, whoever wrote it."""
    return _clash(tuple(formats), kind)


@lru_cache(maxsize=1024)
def _clash(formats: tuple[DateFormat, ...], kind: str) -> tuple[int, int, str] | None:
    moments = [moment[:10] for moment in _MOMENTS] if kind == "date" else list(_MOMENTS)
    for second in range(1, len(formats)):
        later = formats[second]
        for moment in moments:
            text = later.write(moment)
            meant = later.read(text)
            for first in range(second):
                read = formats[first].read(text)
                if read is not None and meant is not None and read != meant:
                    return first, second, text
    return None

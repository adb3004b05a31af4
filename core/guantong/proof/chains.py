"""Each line of a case names the newest one before it: a line that names an older one, or none, would hide what lies between from who follows
the chain."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from guantong.clock import shown
from guantong.problems import Problem
from guantong.proof.codes import CHAIN_FORKED

_BITS = 12


class ChainLine(Protocol):
    """A line as far as its chain goes."""

    @property
    def id(self) -> int: ...
    @property
    def previous(self) -> int: ...
    @property
    def subject(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def what(self) -> str: ...


class Chains:
    """Follows the chains of all cases at once. A line may come before the one it names, as one that was committed late is sealed late: it
    waits. Eight bytes are remembered for each case."""

    def __init__(self) -> None:
        self._newest: dict[int, array[int]] = {}
        self._waiting: dict[tuple[int, int], list[ChainLine]] = {}

    def look(self, lines: Iterable[ChainLine]) -> None:
        """Take lines in the order of their sealing."""
        pages, waiting = self._newest, self._waiting
        for line in lines:
            subject = line.subject
            if subject <= 0:
                continue
            page = pages.get(subject >> _BITS)
            if page is None:
                page = pages[subject >> _BITS] = array("q", bytes(8 << _BITS))
            place = subject % (1 << _BITS)
            if line.previous == page[place]:
                page[place] = line.id
                if waiting:
                    self._go_on(page, place, subject)
            else:
                waiting.setdefault((subject, line.previous), []).append(line)

    def _go_on(self, page: array[int], place: int, subject: int) -> None:
        """What waited for the line that came now; the first of several."""
        while following := self._waiting.get((subject, page[place])):
            line = following.pop(0)
            if not following:
                del self._waiting[subject, page[place]]
            page[place] = line.id

    def left(self, gone: Collection[int]) -> Iterator[Problem]:
        """A problem for each line that stands in no chain, but for what follows from another, or from one that is *gone* or altered, which is
        told by itself."""
        waiting = [line for lines in self._waiting.values() for line in lines]
        known = {*gone, *(line.id for line in waiting)}
        for line in sorted(waiting, key=lambda one: one.id):
            if line.previous not in known:
                yield forked(line, self._newest[line.subject >> _BITS][line.subject % (1 << _BITS)])


def forked(line: ChainLine, newest: int) -> Problem:
    """That *line* does not name the *newest* line of its case before it."""
    details = {"entry": line.id, "what": line.what, "at": shown(line.at), "subject": line.subject,
               "named": f"E{line.previous}" if line.previous else "none", "named_zh": f"E{line.previous}" if line.previous else "无",
               "newest": f"E{newest}" if newest else "none", "newest_zh": f"E{newest}" if newest else "无"}
    return Problem(CHAIN_FORKED, details=details)

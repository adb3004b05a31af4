"""The plan: what a run would prune now, and what it would leave, counted. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from guantong.clock import shown
from guantong.retention.holdings import Stage, Why
from guantong.retention.walk import Walk


class Group(NamedTuple):
    """What goes together in the counts."""

    county: str
    kind: str
    stage: Stage
    rule: str
    days: int


@dataclass(slots=True)
class Sum:
    """How much goes: cases (or messages of none), their messages, bytes and attachments, and the oldest day."""

    lots: int = 0
    messages: int = 0
    size: int = 0
    blobs: int = 0
    oldest: int = 0


@dataclass(slots=True)
class Plan:
    """What goes, by group; and of what is old enough, how much stays, and why."""

    going: dict[Group, Sum] = field(default_factory=dict)
    staying: Counter[Why] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """As `plan --json` prints it."""
        going = [{**group._asdict(), "lots": one.lots, "messages": one.messages, "bytes": one.size, "attachments": one.blobs,
                  "oldest": shown(one.oldest)[:10]} for group, one in sorted(self.going.items())]
        return {"going": going, "staying": {str(why): count for why, count in sorted(self.staying.items())}}


def plan(walk: Walk, now: int, shows: Callable[[int, int], None] = lambda _done, _of: None) -> Plan:
    """What is due at *now*. Of rows, those whose contents have still to go are counted as both."""
    found = Plan()
    stays: set[tuple[int, int]] = set()
    for page in walk.pages(now):
        for lot in page.lots:
            if lot.held is None and lot.why is not None:
                if (lot.subject, lot.message) not in stays:
                    stays.add((lot.subject, lot.message))
                    found.staying[lot.why] += 1
                continue
            if lot.held is None:
                continue
            one = found.going.setdefault(Group(lot.county, lot.kind, lot.stage, lot.rule, lot.days), Sum())
            one.lots += 1
            one.messages += len(lot.held.messages)
            one.size += lot.held.size
            one.blobs += lot.held.blobs
            one.oldest = min(one.oldest or lot.since, lot.since)
        shows(*walk.length())
    return found

"""What the store keeps of supervision: one row for each watched case, one for each of its warnings. All of it can be
made anew from the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

OPEN_STATES = ("running", "stopped", "overdue")
NO_TIME = 0
"""Stands for a time that there is not."""


class NewsRow(NamedTuple):
    """An event kept since we last looked."""

    id: int
    subject: int
    name: str


@dataclass(frozen=True, slots=True)
class WatchRow:
    """How a case stands. `look_at`: when it is to be judged anew; `state` and `due` are those of its main clock
    (`kind`), `due` `NO_TIME` where it stands without end; `noted`: the findings it has, as kind and identity."""

    subject: int
    look_at: int
    state: str
    kind: str
    due: int
    region: str
    item: str
    item_name: str
    org: str
    window: str
    window_name: str
    noted: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class WarningRow:
    """One warning of a case: received (`no`, `raised_at`), expected (`expected_at`, of which `clock`), or both. `open`:
    somebody should still see to it. Times are `NO_TIME` where there is none."""

    subject: int
    identity: str
    level: str
    verdict: str
    open: bool
    clock: str = ""
    expected_at: int = NO_TIME
    no: str = ""
    raised_at: int = NO_TIME
    event: int = 0
    reply_by: int = NO_TIME
    replied_at: int = NO_TIME
    withdrawn_at: int = NO_TIME


@dataclass(frozen=True, slots=True)
class WarningEntry:
    """A warning with the case it is about."""

    warning: WarningRow
    watch: WatchRow


@dataclass(frozen=True, slots=True)
class WatchFilter:
    """Which watched cases or warnings are meant. Empty means any; `region` is what a region begins with. `due_before`:
    due, or to be answered, before that instant. Unless `closed`, only those that are open."""

    region: str = ""
    window: str = ""
    states: tuple[str, ...] = field(default=())
    level: str = ""
    due_before: int = NO_TIME
    closed: bool = False

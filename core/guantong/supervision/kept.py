"""What the store keeps of supervision: one row for each watched case, one for each of its warnings. All of it can be
made anew from the events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from guantong.store import EventRow

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


class KeepsWatch(Protocol):
    """What a store's transaction does for supervision."""

    def keep_watch(self, watch: WatchRow, warnings: Sequence[WarningRow]) -> None:
        """Keep how a case stands with all its warnings, in place of what was kept of it."""
        ...

    def noted_of(self, subject: int) -> Sequence[tuple[str, str]]:
        """The findings that `keep_watch` kept of this case last, as kind and identity."""
        ...

    def forget_watch(self, subject: int) -> None:
        """Keep nothing of how this case stands."""
        ...

    def look_again(self, subject: int) -> None:
        """Have the watch judge this case anew, whether it is watched yet or not."""
        ...

    def merge_watch(self, older: int, younger: int) -> None:
        """Have the watch judge *older* anew, with what was noted of *younger* and is its own now; forget the other."""
        ...

    def look_all_again(self) -> None:
        """Have the watch judge every watched case anew."""
        ...


class ReadsWatch(Protocol):
    """What a store's reader tells supervision."""

    def new_events(self, after: int, limit: int) -> list[NewsRow]:
        """Events with an id above *after*, by id. None with a lower id is still to be committed."""
        ...

    def heard_of(self, subject: int) -> list[tuple[EventRow, int, str, bool]]:
        """The subject's events that nobody holds back, oldest first, each with when its message came, from which
        system, and whether a backfill read it."""
        ...

    def to_look_at(self, now: int, limit: int) -> list[int]:
        """Cases whose `look_at` has come, the longest due first."""
        ...

    def watch(self, subject: int) -> WatchRow | None: ...

    def watched(self, which: WatchFilter, limit: int = 1000) -> list[WatchRow]:
        """Watched cases, soonest due first; those that stand without end last."""
        ...

    def warnings(self, which: WatchFilter, limit: int = 1000) -> list[WarningEntry]:
        """Warnings with their cases, those first whose reply is due soonest; those without a reply limit last."""
        ...

    def warnings_of(self, subject: int) -> list[WarningRow]: ...

    def warnings_numbered(self, no: str) -> list[WarningRow]:
        """Warnings that came under this number; numbers of several platforms may be the same."""
        ...

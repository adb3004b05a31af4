"""Which part of the work a process does: all of it, or one part where several share a store (DESIGN §5)."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """`hub` does everything; `ingress` opens the systems' doors, reads and listens; `worker` sends; `console` serves
    operators; a `command` acts and ends."""

    HUB = "hub"
    INGRESS = "ingress"
    WORKER = "worker"
    CONSOLE = "console"
    COMMAND = "command"

    @property
    def sends(self) -> bool:
        """Whether it has lines."""
        return self in (Role.HUB, Role.WORKER)

    @property
    def takes_in(self) -> bool:
        """Whether it opens doors, reads sources and looks for receipts."""
        return self in (Role.HUB, Role.INGRESS)

    @property
    def keeps_house(self) -> bool:
        """Whether it does what somebody has to do: the watch over deadlines, the catalogue of matters, old blobs."""
        return self in (Role.HUB, Role.INGRESS, Role.WORKER)


class Part(NamedTuple):
    """A process's role, and its name among those of one home. It listens at `listen` (host and port), or where the
    configuration says; a worker listens only where it is told so here. Who started it, `by`, and `why`, where they are told, are
    journaled with what it begins to work by."""

    role: Role = Role.HUB
    name: str = "hub"
    listen: tuple[str, int] | None = None
    by: str = ""
    why: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it is a process that does everything under no name of its own, whoever started it."""
        return self._replace(by="", why="") == Part()


WHOLE = Part()
"""One process that does everything."""
COMMAND = Part(Role.COMMAND)

"""What must be let through between us and a county's systems, and where it reaches us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from guantong.config import Configuration
from guantong.config.configuration import System


class Opening(NamedTuple):
    """One line of the list of network openings."""

    source: str
    target: str
    port: int
    protocol: str
    why: str


def openings(configuration: Configuration, systems: Sequence[System]) -> list[Opening]:
    """Every opening, ours to them and theirs to us, each once."""
    hub = configuration.hub
    public = urlsplit(hub.address)
    secure = public.scheme == "https"
    found: list[Opening] = []
    for system in systems:
        for end in system.adapter.reach(system.settings):
            found.append(Opening(f"{hub.name}（中枢服务器）", end.host, end.port, end.protocol, f"{end.why_zh}（{system.id}）"))
        for door in doors_of(system):
            found.append(Opening(f"{system.title_zh}（对方服务器）", public.hostname or hub.listen_host,
                                 public.port or (443 if secure else 80), "HTTPS" if secure else "HTTP",
                                 f"对方推送报文到 {door}（{system.id}）"))
    return list(dict.fromkeys(found))


def doors_of(system: System) -> list[str]:
    """The paths at which *system* reaches us."""
    return [path if path.startswith("/") else f"/in/{system.id}/{path}" for path in system.adapter.doors(system.settings)]

"""What a running hub works with, held against the files on disk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from guantong.cli.codes import NOT_TAKEN, RELOAD_NEEDED, RESTART_NEEDED
from guantong.clock import shown
from guantong.config import Configuration
from guantong.problems import Problem
from guantong.sites.codes import SITES_NOT_TAKEN


def status_of(home: Path) -> dict[str, Any] | None:
    """What the hub that runs on *home* says of itself; None when none runs there."""
    if not any((home / "var").glob("*.sock")):
        return None
    from guantong.control import status  # aiohttp loads when there is a hub to ask

    return asyncio.run(status(home))


def differences(hub: dict[str, Any] | None, config: Configuration | None) -> list[Problem]:
    """What to say of a *hub* (its status, None: none runs) that works with other files than *config*, or that
    refused those on disk."""
    if hub is None:
        return []
    found: list[Problem] = []
    if config is not None and hub.get("settings") != config.settings_version:
        found.append(Problem(RESTART_NEEDED))
    if hub.get("refused") is not None:
        details = {"since": shown(hub["refused"]["since"]), "count": hub["refused"]["problems"]}
        found.append(Problem(NOT_TAKEN, details=details))
    elif config is not None and hub.get("mappings") != config.mappings_version:
        found.append(Problem(RELOAD_NEEDED))
    if config is not None and hub.get("sites") != config.sites.number:
        found.append(Problem(SITES_NOT_TAKEN, details={"running": hub.get("sites"), "newest": config.sites.number}))
    return found

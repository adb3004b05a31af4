"""What a hub begins to work by, journaled where it is not what the last one began with: settings, mappings, matters.

Whoever changed files under `config/` (a place added, a holiday, a route) did so with an editor or a command; from which
moment on that was in force, who started the hub, which files are others than before, and what the operating system knows of each
(when it was last written, to whom it belongs), the journal tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from guantong.journey.engine import HUB_ACTOR, Engine
from guantong.login import login
from guantong.store import Entry, Transaction

CURSOR = "begun"
"""Under this name the store keeps what the last hub began with."""
MOST_NAMED = 100
"""Changed files that a line names."""
_DIGITS = 16  # of a file's hash: enough to tell its versions apart, and to look one up in an archive


async def begin_by(engine: Engine, by: str = "", why: str = "") -> bool:
    """Journal what is in force from now on, and that *by* (the login name where nobody is told) started the hub, for the reason *why*;
    whether it is another than at the last start. Raises `StoreFailed`."""
    config = engine.configuration
    now = {"settings": config.settings_version, "mappings": config.mappings_version, "matters": engine.matters.number}
    kept = engine.reader.cursor(CURSOR)
    before: dict[str, Any] = orjson.loads(kept) if kept else {}
    files = before.pop("files", None if before else {})
    if before == now:
        return False
    detail: dict[str, Any] = {"before": before, "after": now, "login": _login(), **({"why": why} if why else {})}
    if files is not None:  # an earlier version did not keep which files there were
        changed = _changed(config.home / "config", files, config.settings)
        detail |= {"changed": changed[:MOST_NAMED], "files_changed": len(changed)}
    kept_now = {**now, "files": {name: digest[:_DIGITS] for name, digest in config.settings.items()}}
    await engine.store.write(partial(_note, engine.clock(), by or HUB_ACTOR, detail, kept_now))
    return True


def _changed(folder: Path, before: Mapping[str, str], now: Mapping[str, str]) -> list[dict[str, str]]:
    """The files that are not what they were, by name: their hashes then and now ("": not there), and what the system knows of them."""
    after = {name: digest[:_DIGITS] for name, digest in now.items()}
    return [{"file": name, "before": before.get(name, ""), "after": after.get(name, ""), **_last_written(folder / name)}
            for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]


def _last_written(file: Path) -> dict[str, str]:
    """When a file was last written (UTC) and whose it is; nothing of one that is gone."""
    try:
        found = file.stat()
    except OSError:
        return {}
    return {"written": datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="seconds"), "owner": _owner(file)}


def _owner(file: Path) -> str:
    try:
        return file.owner()
    except (KeyError, NotImplementedError):  # a user that the machine does not know, or a system without any
        return ""


def _login() -> str:
    """The login name of who started this process, as far as the system tells."""
    try:
        return login()
    except (KeyError, OSError):  # who has no name
        return ""


def _note(at: int, actor: str, detail: Mapping[str, Any], kept: Mapping[str, Any], tx: Transaction) -> None:
    tx.note(Entry(at, "begun", actor=actor, detail=detail))
    tx.set_cursor(CURSOR, orjson.dumps(kept).decode())

"""Writes the home folder of a demo: the starter's files with the simulated world's addresses filled in."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from guantong.starter import starter
from guantong_plugins.demo.yamledit import get_value, set_values

SECRETS = "secrets"
_FROM_ENVIRONMENT = re.compile(r"\{\s*env:\s*(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*\}")

_PROBE = {"delivery.retry.first": "200ms", "delivery.breaker.probe": "1s"}
_QUICK = {
    # A play acts years of history out in seconds: there, work entered at once is no finding.
    "supervision.yaml": {"every": "1s", "entered_at_once.span": "36500d"},
    "profiles/gd-hall-soap.yaml": _PROBE, "profiles/supervision-soap.yaml": _PROBE,
    "profiles/county-rest-json.yaml": _PROBE, "profiles/county-soap-invoke.yaml": _PROBE,
    "profiles/county-rest-xmlstr.yaml": _PROBE,
    "profiles/county-table-gdbs.yaml": {**_PROBE, "poll.every": "250ms", "receipt.every": "500ms"},
    "profiles/county-files.yaml": {**_PROBE, "poll.every": "250ms", "receipt.every": "500ms"},
}


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder. `secrets` are the invented ones, by the variable the starter takes them from."""

    folder: Path
    secrets: Mapping[str, str]


def begin_home(folder: Path) -> Home:
    """Copy the starter's configuration and mappings to *folder*.

    Every secret the starter takes from the environment is invented here and lies in a file of `secrets/`,
    readable by its owner alone, which the copy names instead: so every verb works on this home at once.
    Nothing but these lines differs from the starter.
    """
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), folder / kind)
    (folder / SECRETS).mkdir(mode=0o700)
    invented: dict[str, str] = {}
    for file in sorted((folder / "config").rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for found in _FROM_ENVIRONMENT.finditer(text):
            invented.setdefault(found["name"], secrets.token_hex(16))
        file.write_text(_FROM_ENVIRONMENT.sub(rf"{{file: {SECRETS}/\g<name>}}", text), encoding="utf-8")
    for name, secret in invented.items():
        file = folder / SECRETS / name
        file.touch(mode=0o600)
        file.write_text(secret, encoding="ascii")
    return Home(folder, invented)


def quicken(home: Home) -> None:
    """Shorten the home's waits: a play of seconds cannot wait as real life does, with its outages of hours."""
    fill_in(home, _QUICK)


def move_in(home: Home, name: str, path: str, address: str) -> None:
    """Put *address* at the dotted *path* of the file *name*: of an HTTP address, only scheme, host and port
    change, and the path that stands there stays."""
    old = urlsplit(get_value((home.folder / "config" / name).read_text(encoding="utf-8"), path))
    new = urlsplit(address)
    if new.scheme in ("http", "https"):
        address = urlunsplit((new.scheme, new.netloc, old.path, "", ""))
    fill_in(home, {name: {path: address}})


def fill_in(home: Home, values: Mapping[str, Mapping[str, str]]) -> None:
    """Set values in the configuration: by file (relative to `config/`), then by dotted path."""
    for name, changes in values.items():
        file = home.folder / "config" / name
        file.write_text(set_values(file.read_text(encoding="utf-8"), changes), encoding="utf-8")

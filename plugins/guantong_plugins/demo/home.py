"""Writes the home folder of a demo: the starter's files with the simulated world's addresses filled in."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml

from guantong.starter import starter
from guantong_plugins.demo.yamledit import get_value, set_values

SECRETS_FILE = "secrets.env"


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder. `environment` holds the invented secrets its configuration asks for, by variable."""

    folder: Path
    environment: Mapping[str, str]


def begin_home(folder: Path) -> Home:
    """Copy the starter's configuration and mappings to *folder* and invent a secret for every variable the
    configuration names. The secrets also lie in `secrets.env` there, readable by its owner alone."""
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), folder / kind)
    names = sorted({name for file in _files(folder) for name in _variables(yaml.safe_load(file.read_bytes()))})
    environment = {name: secrets.token_hex(16) for name in names}
    lines = "".join(f"{name}={value}\n" for name, value in environment.items())
    with open(os.open(folder / SECRETS_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(lines)
    return Home(folder, environment)


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


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "config").rglob("*.yaml"))


def _variables(node: Any) -> list[str]:
    """The environment variables named by `{env: NAME}` anywhere under *node*."""
    if isinstance(node, list):
        return [name for each in node for name in _variables(each)]
    if not isinstance(node, dict):
        return []
    if isinstance(node.get("env"), str) and len(node) == 1:
        return [node["env"]]
    return [name for each in node.values() for name in _variables(each)]

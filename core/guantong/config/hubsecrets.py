"""The secrets of the hub itself: the keys of kiosks, the tokens of operations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from guantong.config import codes
from guantong.config.configuration import Kiosks
from guantong.config.declared import SecretSource
from guantong.config.hub import LOOPBACK, HubFile
from guantong.config.secrets import read_secret
from guantong.problems import Place, Problem
from guantong.secret import Secret
from guantong.yamlfile import Table

SHORTEST = 16
"""Characters of a token: a shorter one can be guessed by who may ask thousands of times a second."""
Environ = Mapping[str, str] | None
"""Where secrets are looked for; None: they are not."""


def read_kiosks(hub: HubFile | None, table: Table | None, home: Path, environ: Environ) -> tuple[Kiosks | None, list[Problem]]:
    """The kiosks with their secrets."""
    if hub is None or table is None or hub.kiosk is None:
        return None, []
    found, problems = _read(table, ("kiosk", "keys"), hub.kiosk.keys, home, environ)
    return Kiosks(hub.kiosk, found), problems


def read_tokens(hub: HubFile | None, table: Table | None, home: Path, environ: Environ) -> tuple[Mapping[str, Secret], list[Problem]]:
    """The tokens of operations by name; a problem for each that is too short, and where the pages are shut for want of one."""
    if hub is None or table is None:
        return {}, []
    if hub.operations is None:
        if pages_open(hub):
            return {}, []
        key = "public_url" if hub.hub.listen[0] in LOOPBACK else "listen"
        return {}, [Problem(codes.NO_TOKENS, value_place(table, "hub", key, Place(table.place.file)), f"hub.{key}")]
    found, problems = _read(table, ("operations", "tokens"), hub.operations.tokens, home, environ)
    place = value_place(table, "operations", "tokens", Place(table.place.file))
    problems += [Problem(codes.SHORT_TOKEN, place, f"operations.tokens.{name}", {"name": name, "least": SHORTEST})
                 for name, token in found.items() if len(token.reveal()) < SHORTEST]
    return found, problems


def pages_open(hub: HubFile) -> bool:
    """Whether the pages of operations may be read without a token: only by who is on this machine, as far as we know."""
    return hub.operations is None and hub.hub.listen[0] in LOOPBACK and hub.hub.public_url is None


def value_place(table: Table, group: str, key: str, otherwise: Place) -> Place:
    """Where the value of *key* in *group* stands; or the group; or *otherwise*."""
    inner = table.entries.get(group)
    value = inner.entries.get(key) if isinstance(inner, Table) else None
    return value.place if value is not None else table.keys.get(group, otherwise)


def _read(table: Table, where: tuple[str, str], sources: Mapping[str, SecretSource], home: Path,
          environ: Environ) -> tuple[dict[str, Secret], list[Problem]]:
    found: dict[str, Secret] = {}
    problems: list[Problem] = []
    place = value_place(table, *where, Place(table.place.file))
    for name, source in sources.items() if environ is not None else ():
        secret, wrong = read_secret(name, source, home, environ or {}, place, f"{where[0]}.{where[1]}.{name}")
        problems += wrong
        if secret is not None:
            found[name] = secret
    return found, problems

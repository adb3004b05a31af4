"""What can be told of answers before anything is made of them: names that are taken, host keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from guantong.adapter import Addressed
from guantong.onboarding import codes
from guantong.onboarding.answers import Answered, Answers
from guantong.problems import Problem
from guantong.starter import starter

_ALWAYS = frozenset({"hub"})
"""Names that stand for something else wherever a system is named."""


def reserved_by(home: Path, county: str) -> str:
    """The file whose systems, or settings, go by the name *county*; "" where it is free."""
    if county in _ALWAYS:
        return f"{county}:"
    taken = (home / "config", Path(str(starter("config"))))
    return f"config/{county}.yaml" if any((folder / f"{county}.yaml").is_file() for folder in taken) else ""


def reserved(home: Path, answered: Answered) -> list[Problem]:
    """The problem of a county that is called as a file of the hub's own is: ids of systems begin with the file's name."""
    county = answered.said.county
    file = reserved_by(home, county)
    return [Problem(codes.RESERVED_NAME, answered.place("county"), "county", {"county": county, "file": file})] if file else []


def with_host_keys(answered: Answered, address: Addressed, problems: list[Problem]) -> Addressed:
    """*address* with the host keys that were answered, where it has a server that is known by them."""
    said = answered.said
    if not address.host_keys:
        if said.host_keys is not None:
            problems.append(Problem(codes.NO_HOST_KEYS, answered.place("host_keys"), "host_keys"))
        return address
    if said.host_keys is not None:
        return address._replace(settings=_put(address.settings, address.host_keys, list(said.host_keys)))
    if not _said(said, address.host_keys):
        host = urlsplit(said.address).hostname or said.address
        problems.append(Problem(codes.HOST_KEYS_WANTED, answered.place("address"), "host_keys", {"host": host}))
    return address


def _said(said: Answers, path: Sequence[str]) -> bool:
    """Whether the settings of the answers have it themselves."""
    node: Any = said.settings
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node is not None


def _put(settings: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    name, *rest = path
    inner = settings.get(name)
    return {**settings, name: _put(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}

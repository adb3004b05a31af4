"""Whether a system gives what its settings need: signers that exist, and every secret they name.

Settings models say which secrets they use by a method `secrets()`; signers are named by keys called
`sign`, `signer` or `verify`, at any depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, runtime_checkable

from pydantic import BaseModel

from guantong.adapter import AdapterSpec
from guantong.config import codes
from guantong.config.nodes import dotted, find
from guantong.config.validate import Prefix, advice
from guantong.problems import Place, Problem
from guantong.signer import SignerSpec
from guantong.yamlfile import Node, Table

_SIGNER_KEYS = frozenset({"sign", "signer", "verify"})


@runtime_checkable
class NamesSecrets(Protocol):
    """Settings that say which secrets they use."""

    def secrets(self) -> Iterable[str]: ...


def signers_named(settings: object, loc: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every signer the settings name, with its path."""
    if isinstance(settings, BaseModel):
        for name, info in type(settings).model_fields.items():
            value, key = getattr(settings, name), info.alias or name
            if isinstance(value, str) and name in _SIGNER_KEYS:
                yield (*loc, key), value
            else:
                yield from signers_named(value, (*loc, key))
    elif isinstance(settings, Mapping):
        for key, value in settings.items():
            yield from signers_named(value, (*loc, str(key)))
    elif isinstance(settings, list | tuple):
        for index, value in enumerate(settings):
            yield from signers_named(value, (*loc, index))


def check_signers(
    settings: BaseModel, node: Node, at: Place, prefix: Prefix, signers: Mapping[str, SignerSpec]
) -> list[Problem]:
    """A problem for every signer that is not there."""
    problems = []
    for loc, name in signers_named(settings):
        if name in signers:
            continue
        found = find(node, loc, at)
        path = dotted((*prefix(found.node.place), *loc))
        details = {"kind": "signer", "kind_zh": "签名方式", "name": name, **advice(name, list(signers))}
        problems.append(Problem(codes.NOT_FOUND, found.node.place, path, details))
    return problems


def check_secrets(
    settings: BaseModel, spec: AdapterSpec, signers: Mapping[str, SignerSpec], given: Node | None,
    at: Place, path: str,
) -> list[Problem]:
    """Secrets that are needed and not given, and (a warning) those given that nothing uses. *given* is the
    node of `secrets:`, *at* and *path* where it stands, or should."""
    needed = set(settings.secrets()) if isinstance(settings, NamesSecrets) else set()
    named = {name for _, name in signers_named(settings)}
    for name in named & signers.keys():
        needed |= set(signers[name].secrets)
    have = given.keys if isinstance(given, Table) else {}
    problems = [
        Problem(codes.SECRET_NEEDED, at, path, {"name": name}) for name in sorted(needed) if name not in have
    ]
    known = needed | set(spec.secrets)
    if known and named <= signers.keys():
        problems += [
            Problem(codes.UNUSED_SECRET, place, f"{path}.{name}", {"name": name, **advice(name, sorted(known))})
            for name, place in have.items() if name not in known
        ]
    return problems

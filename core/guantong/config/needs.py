"""Whether a system gives what its settings need: schemes (signers, ciphers) that exist, with the options they
know, and every secret they name.

Settings models say which secrets they use by a method `secrets()`; schemes are values of the types that
`guantong.signer` and `guantong.cipher` give to settings, at any depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel

from guantong.adapter import AdapterSpec
from guantong.config import codes
from guantong.config.nodes import dotted, find
from guantong.config.validate import Prefix, advice, validate
from guantong.problems import Place, Problem
from guantong.scheme import SchemeChoice, SchemeSpec
from guantong.secret import Secret
from guantong.yamlfile import Node, Table, Text

Schemes = Mapping[str, Mapping[str, SchemeSpec[Any]]]
"""What there is to choose from: kind of scheme → name → its declaration."""


@runtime_checkable
class NamesSecrets(Protocol):
    """Settings that say which secrets they use."""

    def secrets(self) -> Iterable[str]: ...


@runtime_checkable
class SaysReading(Protocol):
    """Settings that say whether the system is read by us."""

    def is_read(self) -> bool: ...


class Chosen(NamedTuple):
    """A scheme that settings choose, and its path in them."""

    loc: tuple[str | int, ...]
    choice: SchemeChoice


def chosen_in(settings: object, loc: tuple[str | int, ...] = ()) -> Iterator[Chosen]:
    """Every scheme the settings choose, with its path."""
    if isinstance(settings, SchemeChoice):
        yield Chosen(loc, settings)
    elif isinstance(settings, BaseModel):
        for name, info in type(settings).model_fields.items():
            yield from chosen_in(getattr(settings, name), (*loc, info.alias or name))
    elif isinstance(settings, Mapping):
        for key, value in settings.items():
            yield from chosen_in(value, (*loc, str(key)))
    elif isinstance(settings, list | tuple):
        for index, value in enumerate(settings):
            yield from chosen_in(value, (*loc, index))


def check_schemes(settings: BaseModel, node: Node, at: Place, prefix: Prefix, schemes: Schemes) -> list[Problem]:
    """A problem for every scheme that is not there or lacks its library, and for every option it does not take."""
    problems: list[Problem] = []
    for loc, choice in chosen_in(settings):
        found = find(node, loc, at)
        place, known = found.node.place, schemes[choice.kind]
        spec = known.get(choice.scheme)
        if spec is None:
            name = found.node.get("scheme") if isinstance(found.node, Table) else None
            where = name.place if name is not None else place
            path = dotted((*prefix(where), *loc, *(("scheme",) if name is not None else ())))
            details = {"kind": choice.kind, "kind_zh": choice.kind_zh, "name": choice.scheme,
                       **advice(choice.scheme, list(known))}
            problems.append(Problem(codes.NOT_FOUND, where, path, details))
            continue
        if spec.module and find_spec(spec.module) is None:
            details = {"name": spec.name, "extra": spec.extra}
            problems.append(Problem(codes.NOT_INSTALLED, place, dotted((*prefix(place), *loc)), details))
        options = found.node.get("options") if isinstance(found.node, Table) else None
        _, wrong = validate(
            options or Table({}, {}, place), spec.options, place,
            lambda inner, loc=loc: (*prefix(inner), *loc, "options"),  # type: ignore[misc]  # mypy infers no lambda with a default
        )
        problems += wrong
    return problems


def needed_by(settings: BaseModel, schemes: Schemes) -> set[str]:
    """The names of the secrets that *settings* and the schemes they choose cannot do without."""
    needed = set(settings.secrets()) if isinstance(settings, NamesSecrets) else set()
    for _, choice in chosen_in(settings):
        if choice.scheme in schemes[choice.kind]:
            needed |= schemes[choice.kind][choice.scheme].needs(choice)
    return needed


def check_secrets(
    settings: BaseModel, spec: AdapterSpec, schemes: Schemes, given: Node | None, at: Place, path: str
) -> list[Problem]:
    """Secrets that are needed and not given, and (a warning) those given that nothing uses. *given* is the
    node of `secrets:`, *at* and *path* where it stands, or should."""
    needed = needed_by(settings, schemes)
    chosen = [choice for _, choice in chosen_in(settings)]
    specs = [
        (schemes[choice.kind][choice.scheme], choice) for choice in chosen if choice.scheme in schemes[choice.kind]
    ]
    have = given.keys if isinstance(given, Table) else {}
    problems = [
        Problem(codes.SECRET_NEEDED, at, path, {"name": name}) for name in sorted(needed) if name not in have
    ]
    known = needed | set(spec.secrets) | {name for scheme, _ in specs for name in scheme.optional}
    if known and len(specs) == len(chosen):
        problems += [
            Problem(codes.UNUSED_SECRET, place, f"{path}.{name}", {"name": name, **advice(name, sorted(known))})
            for name, place in have.items() if name not in known
        ]
    return problems


def check_keys(
    settings: BaseModel, schemes: Schemes, secrets: Mapping[str, Secret], given: Node | None, path: str
) -> list[Problem]:
    """A problem for every secret that the scheme which needs it cannot use. *given* is the node of `secrets:`,
    *path* where it stands."""
    problems = []
    for _, choice in chosen_in(settings):
        spec = schemes[choice.kind].get(choice.scheme)
        unfit = spec.unfit(choice, secrets) if spec is not None else None
        if unfit is None:
            continue
        place = given.keys.get(unfit.name, given.place) if isinstance(given, Table) else Place("")
        details = {"name": unfit.name, "scheme": choice.scheme, "expected": unfit.expected,
                   "expected_zh": unfit.expected_zh}
        problems.append(Problem(codes.UNFIT_SECRET, place, f"{path}.{unfit.name}", details))
    return problems


def check_files(settings: BaseModel, spec: AdapterSpec, home: Path, node: Node, at: Place, prefix: Prefix) -> list[Problem]:
    """What the adapter finds wrong with settings by the files under *home*, each problem at its setting."""
    return _placed(spec.examine(settings, home), node, at, prefix)


def check_machine(settings: BaseModel, spec: AdapterSpec, node: Node, at: Place, prefix: Prefix) -> list[Problem]:
    """What this machine lacks to open a system of these settings, each problem at its setting."""
    return _placed(spec.lacks(settings), node, at, prefix)


def _placed(told: Iterable[Problem], node: Node, at: Place, prefix: Prefix) -> list[Problem]:
    problems = []
    for problem in told:
        found = find(node, tuple(problem.path.split(".")) if problem.path else (), at)
        place = found.node.place if isinstance(found.node, Text) else found.key_place
        problems.append(replace(problem, place=place, path=dotted((*prefix(place), *found.path))))
    return problems

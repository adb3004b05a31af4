"""Whether a system gives what its settings need: signers that exist, with the options they know, and every
secret they name.

Settings models say which secrets they use by a method `secrets()`; signers are values of the types `Signing`
and `Verifying` (`guantong.signer`), at any depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel

from guantong.adapter import AdapterSpec
from guantong.config import codes
from guantong.config.nodes import dotted, find
from guantong.config.validate import Prefix, advice, validate
from guantong.problems import Place, Problem
from guantong.secret import Secret
from guantong.signer import SignerChoice, SignerSpec, UnfitSecret
from guantong.yamlfile import Node, Table


@runtime_checkable
class NamesSecrets(Protocol):
    """Settings that say which secrets they use."""

    def secrets(self) -> Iterable[str]: ...


class Chosen(NamedTuple):
    """A signer that settings choose, and its path in them."""

    loc: tuple[str | int, ...]
    choice: SignerChoice


def signers_chosen(settings: object, loc: tuple[str | int, ...] = ()) -> Iterator[Chosen]:
    """Every signer the settings choose, with its path."""
    if isinstance(settings, SignerChoice):
        yield Chosen(loc, settings)
    elif isinstance(settings, BaseModel):
        for name, info in type(settings).model_fields.items():
            yield from signers_chosen(getattr(settings, name), (*loc, info.alias or name))
    elif isinstance(settings, Mapping):
        for key, value in settings.items():
            yield from signers_chosen(value, (*loc, str(key)))
    elif isinstance(settings, list | tuple):
        for index, value in enumerate(settings):
            yield from signers_chosen(value, (*loc, index))


def check_signers(
    settings: BaseModel, node: Node, at: Place, prefix: Prefix, signers: Mapping[str, SignerSpec]
) -> list[Problem]:
    """A problem for every signer that is not there or lacks its library, and for every option it does not take."""
    problems: list[Problem] = []
    for loc, choice in signers_chosen(settings):
        found = find(node, loc, at)
        place = found.node.place
        spec = signers.get(choice.scheme)
        if spec is None:
            details = {"kind": "signer", "kind_zh": "签名方式", "name": choice.scheme,
                       **advice(choice.scheme, list(signers))}
            named = found.node.get("scheme") if isinstance(found.node, Table) else None
            where = named.place if named is not None else place
            path = dotted((*prefix(where), *loc, *(("scheme",) if named is not None else ())))
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


def check_secrets(
    settings: BaseModel, spec: AdapterSpec, signers: Mapping[str, SignerSpec], given: Node | None,
    at: Place, path: str,
) -> list[Problem]:
    """Secrets that are needed and not given, and (a warning) those given that nothing uses. *given* is the
    node of `secrets:`, *at* and *path* where it stands, or should."""
    needed = set(settings.secrets()) if isinstance(settings, NamesSecrets) else set()
    chosen = [choice for _, choice in signers_chosen(settings)]
    specs = [(signers[choice.scheme], choice) for choice in chosen if choice.scheme in signers]
    for signer, choice in specs:
        needed |= signer.needs(choice)
    have = given.keys if isinstance(given, Table) else {}
    problems = [
        Problem(codes.SECRET_NEEDED, at, path, {"name": name}) for name in sorted(needed) if name not in have
    ]
    known = needed | set(spec.secrets) | {name for signer, _ in specs for name in signer.optional}
    if known and len(specs) == len(chosen):
        problems += [
            Problem(codes.UNUSED_SECRET, place, f"{path}.{name}", {"name": name, **advice(name, sorted(known))})
            for name, place in have.items() if name not in known
        ]
    return problems


def check_keys(
    settings: BaseModel, signers: Mapping[str, SignerSpec], secrets: Mapping[str, Secret], given: Node | None, path: str
) -> list[Problem]:
    """A problem for every secret that the signer which needs it cannot use. *given* is the node of `secrets:`,
    *path* where it stands."""
    problems = []
    for _, choice in signers_chosen(settings):
        spec = signers.get(choice.scheme)
        if spec is None or spec.check is None or not spec.needs(choice) <= secrets.keys():
            continue
        try:
            spec.check(secrets)
        except UnfitSecret as error:
            place = given.keys.get(error.name, given.place) if isinstance(given, Table) else Place("")
            details = {"name": error.name, "scheme": spec.name, "expected": error.expected,
                       "expected_zh": error.expected_zh}
            problems.append(Problem(codes.UNFIT_SECRET, place, f"{path}.{error.name}", details))
    return problems

"""What is said to a system held to its WSDL, as far as that is at hand: nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from guantong.fitting.codes import NO_SUCH_HEADER
from guantong.fitting.spoken import Spoken
from guantong.mapping.rules import MappingPlan, Rule
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Outgoing
from guantong.secret import Secret
from guantong.yamlfile import Table, read_yaml
from guantong_adapters.soap.fitting.replies import Replies
from guantong_adapters.soap.fitting.requests import Requests
from guantong_adapters.soap.keeping import at_hand_in
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.choose import choose_port
from guantong_adapters.soap.wsdl.codes import NO_OPERATION, NOT_JSON, UNFIT
from guantong_adapters.soap.wsdl.model import Description, Operation
from guantong_adapters.soap.wsdlcalls import WsdlCalls, no_operation, operation_of


def hold(settings: SoapSettings, home: Path, spoken: Spoken) -> Sequence[Problem] | None:
    """Every disagreement; None where the WSDL was neither fetched nor handed over as a copy."""
    if not settings.by_wsdl:
        return ()
    try:
        found = at_hand_in(home, settings)
        return None if found is None else held(settings, home, found[0], spoken)
    except ProblemsError:
        return ()  # what is wrong with the WSDL itself is told where the settings are examined


def held(settings: SoapSettings, home: Path, description: Description, spoken: Spoken) -> Sequence[Problem]:
    """Every disagreement with what *description* says. Raises `ProblemsError` where it has no such service or port."""
    port = choose_port(description, settings.service, settings.port, settings.version)
    found = _held(settings, description, {one.name: one for one in port.operations}, spoken)
    keys = {NOT_JSON: "codec", NO_OPERATION: "record"}
    return [replace(one, place=_key(home, one.place, keys[one.code])) if one.code in keys else one for one in found]


def _held(settings: SoapSettings, description: Description, known: Mapping[str, Operation], spoken: Spoken) -> Iterator[Problem]:
    if not spoken.plans:
        return
    requests = Requests(settings, description.types)
    called: dict[str, Operation] = {}
    for plan in spoken.plans:
        name = operation_of(settings, known, plan.kind_out)
        if name is None or name not in known:
            if settings.operation is None:  # one that is named and not there is told where it is named
                yield replace(no_operation(plan.kind_out, known), place=_first(plan), path="record")
            continue
        called[name] = known[name]
        yield from requests.problems(plan, known[name])
    if spoken.codec and spoken.codec != "json":
        yield Problem(NOT_JSON, _dialect(spoken.plans[0]), "codec")
    yield from _headers(settings, list(called.values()))
    yield from Replies(settings, description.types, list(called.values())).problems(spoken.judging)
    if called and spoken.codec in ("", "json"):
        yield from _tried(settings, description, spoken)


def _headers(settings: SoapSettings, called: Sequence[Operation]) -> Iterator[Problem]:
    for header in settings.soap_headers:
        lacking = [one.name for one in called if header.name not in {each.name for each in one.request.headers}]
        if lacking and header.namespace is None:
            yield Problem(NO_SUCH_HEADER, path="soap_headers", details={"operation": ", ".join(lacking[:5]), "name": header.name})


def _tried(settings: SoapSettings, description: Description, spoken: Spoken) -> Iterator[Problem]:
    """Whether records can be written, as they will be when they are sent; no secret is needed."""
    if not spoken.written:
        return
    try:
        calls = WsdlCalls(settings, {name: Secret("示例") for name in settings.secrets()}, description)
    except ProblemsError as error:
        yield from error.problems
        return
    told: set[tuple[str, str]] = set()
    for one in spoken.written:
        try:
            calls.write(Sending(one, "token", 0.0))
        except ProblemsError as error:
            for problem in error.problems:
                if problem.path.startswith("soap_headers.") or (one.kind, problem.path) in told:
                    continue  # a stand-in says nothing of the secret
                told.add((one.kind, problem.path))
                yield problem if problem.code is not UNFIT else _placed(problem, one, spoken.plans)


def _placed(problem: Problem, outgoing: Outgoing, plans: Sequence[MappingPlan]) -> Problem:
    """The problem at the rule that writes the field it is about, or at its mapping."""
    path = tuple(step for step in problem.path.split("/") if not step.isdecimal())
    mine = [plan for plan in plans if plan.kind_out == outgoing.kind]
    for plan in mine:
        for whole, rule in _written(plan.outward, ()):
            if whole == path:
                return replace(problem, place=rule.place)
    return replace(problem, place=_first(mine[0])) if mine else problem


def _written(rules: Sequence[Rule], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Rule]]:
    for rule in rules:
        if rule.at:
            yield (*above, *rule.at[0]), rule
            yield from _written(rule.fields, (*above, *rule.at[0]))


def _first(plan: MappingPlan) -> Place:
    return Place(plan.place.file, plan.place.line or 1, plan.place.column or 1)


def _dialect(plan: MappingPlan) -> Place:
    """The dialect's own file."""
    folder = plan.place.file.rpartition("/")[0]
    return Place(f"{folder}/dialect.yaml", 1, 1)


def _key(home: Path, place: Place, key: str) -> Place:
    """Where *key* stands in the file of *place*, as far as it does."""
    table, _ = read_yaml(home / place.file) if (home / place.file).is_file() else (None, [])
    at = table.keys.get(key, place) if isinstance(table, Table) else place
    return Place(place.file, at.line, at.column)

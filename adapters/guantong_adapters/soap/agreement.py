"""Checking a call that is written by hand (`arguments:`) against the system's WSDL."""

from __future__ import annotations

from collections.abc import Iterator

from guantong.problems import Code, Place, Problem, ProblemsError, nearest
from guantong_adapters.soap import codes
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.model import Complex, Description, Element, Group, Operation


def check_agreement(settings: SoapSettings, description: Description, location: str) -> None:
    """Raise `ProblemsError` with every disagreement between *settings* and the WSDL at *location*."""
    operations = {
        operation.name: operation
        for service in description.services for port in service.ports for operation in port.operations
    }
    wanted: list[tuple[str, tuple[str, ...]]] = []
    if settings.operation is not None:
        wanted.append((settings.operation, tuple(piece.name for piece in settings.arguments)))
    if settings.query is not None:
        wanted.append((settings.query.operation, tuple(one.name for one in settings.query.arguments)))
    if settings.login is not None:
        wanted.append((settings.login.operation, tuple(each.name for each in settings.login.arguments)))
    problems = [
        problem for name, arguments in wanted
        for problem in _compare(settings, description, operations, (name, arguments), Place(location))
    ]
    if problems:
        raise ProblemsError(problems)


def _compare(
    settings: SoapSettings, description: Description, operations: dict[str, Operation],
    wanted: tuple[str, tuple[str, ...]], place: Place,
) -> Iterator[Problem]:
    name, arguments = wanted
    operation = operations.get(name)
    if operation is None:
        like = nearest(name, operations)
        known = ", ".join(sorted(operations)) or "-"
        details = {"operation": name, "known": known, "nearest": f" ({like}?)" if like else ""}
        yield Problem(codes.WSDL_NO_OPERATION, place, "operation", details)
        return
    namespace, expected = _called(operation, description)
    said: tuple[tuple[Code, str, str, str], ...] = (
        (codes.WSDL_ARGUMENTS, "arguments", ", ".join(expected), ", ".join(arguments)),
        (codes.WSDL_NAMESPACE, "namespace", namespace, settings.namespace),
    )
    for code, key, wants, given in said:
        if wants != given:
            yield Problem(code, place, key, {"operation": name, "expected": wants, "found": given})


def _called(operation: Operation, description: Description) -> tuple[str, tuple[str, ...]]:
    """The namespace of what is called, and the names of its arguments."""
    request = operation.request
    if request.style == "rpc":
        return request.namespace, tuple(part.name for part in request.parts)
    if not request.parts:
        return "", ()
    called = request.parts[0]
    type_ = description.types.get(called.type)
    content = type_.content if isinstance(type_, Complex) else None
    return called.namespace, tuple(_names(content))


def _names(group: Group | None) -> Iterator[str]:
    for part in group.parts if group is not None else ():
        if isinstance(part, Element):
            yield part.name
        elif isinstance(part, Group):
            yield from _names(part)

"""What is wrong with settings by the WSDL they name, as far as it is at hand: nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from guantong.problems import Problem, ProblemsError
from guantong_adapters.soap.agreement import check_agreement
from guantong_adapters.soap.calls.message import CompiledOperation
from guantong_adapters.soap.keeping import at_hand_in
from guantong_adapters.soap.serving.service import examine_service
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.choose import choose_port, unknown_name, unknown_status_call

_SETTINGS = frozenset(SoapSettings.model_fields)


def examine(settings: SoapSettings, home: Path) -> Sequence[Problem]:
    """The problems, each at the path of its setting."""
    served = examine_service(settings.serve, home, settings.charset) if settings.serve is not None else ()
    return [*served, *_of_calls(settings, home)]


def _of_calls(settings: SoapSettings, home: Path) -> Sequence[Problem]:
    return [replace(one, path=one.path if one.path.partition(".")[0] in _SETTINGS else "wsdl") for one in _found(settings, home)]


def _found(settings: SoapSettings, home: Path) -> Iterator[Problem]:
    try:
        found = at_hand_in(home, settings)
        if found is None:
            return
        description, location = found
        if not settings.by_wsdl:
            check_agreement(settings, description, location)
            return
        port = choose_port(description, settings.service, settings.port, settings.version)
        known = {one.name: one for one in port.operations}
        if settings.operation is not None and settings.operation not in known:
            yield unknown_name("operation", settings.operation, list(known))
        if settings.query is not None and settings.query.operation not in known:
            yield unknown_status_call(settings.query.operation, list(known))
        for operation in known.values() if settings.operation is None else ():
            CompiledOperation(operation, description.types, port.version)
    except ProblemsError as error:
        yield from error.problems

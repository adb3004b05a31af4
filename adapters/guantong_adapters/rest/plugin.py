"""Entry point of REST: the adapter, and the simulated counties that speak it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from guantong.adapter import AdapterSpec, Connection, Endpoint, SystemContext
from guantong.agreed import Agreeing, Agreement, Clause, Sample, Travelling
from guantong.openapi.description import DoorDescription
from guantong.plugins import hookimpl
from guantong.problems import Problem
from guantong_adapters.rest.parts import PLACEHOLDER
from guantong_adapters.rest.settings import RestSettings

if TYPE_CHECKING:
    from guantong.simulator import SimulatorSpec


async def _open(context: SystemContext) -> Connection:
    from guantong_adapters.rest.adapter import open_rest  # only when a configured system speaks REST

    return await open_rest(context)


def _reach(settings: RestSettings) -> Sequence[Endpoint]:
    from guantong_adapters.http.probe import endpoint_of
    from guantong_adapters.http.trust import trust_of

    return endpoint_of(settings.url, trust_of(settings))


def _describe(system: str, settings: RestSettings) -> Sequence[DoorDescription]:
    from guantong_adapters.rest.description import describe  # loads the HTTP server, for who asks for it

    return describe(system, settings)


def _lacks(settings: RestSettings) -> Sequence[Problem]:
    from guantong_adapters.http.trust import lacking

    return lacking(settings)


def _doors(settings: RestSettings) -> Sequence[str]:
    return () if settings.receive is None else (settings.receive.path,)


def _clauses(about: Agreeing) -> Sequence[Clause]:
    from guantong_adapters.rest.agreeing import clauses

    return clauses(about)


def _travels(about: Agreeing, record: Travelling) -> Sample | None:
    from guantong_adapters.rest.agreeing import travels

    return travels(about, record)


def _takes(settings: RestSettings) -> Sequence[str] | None:
    return None if "*" in settings.send else list(settings.send)


def _names(settings: RestSettings, kind: str) -> Sequence[tuple[str, str]]:
    said = [(f"{table}.{key}.path", entries[key].path) for table, entries in (("send", settings.send), ("queries", settings.queries))
            for key in (kind if kind in entries else "*",) if key in entries]
    said += [("query.path", settings.query.path)] if settings.query is not None and kind not in settings.queries else []
    return [(name, path) for path, text in said for name in PLACEHOLDER.findall(text)]


def _tells(settings: RestSettings) -> Sequence[str] | None:
    return None if settings.receive is not None or settings.read is not None else ()


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    """REST, sending, querying and serving."""
    return (AdapterSpec("rest", "REST and JSON over HTTP", "REST/JSON 接口", RestSettings, _open, reach=_reach, lacks=_lacks, describe=_describe, doors=_doors,
                        queries=lambda settings: settings.query is not None, fetches=lambda settings: settings.fetch is not None,
                        rereads=lambda settings: settings.read is not None and settings.read.taken is None,
                        names=_names, sends=lambda settings: bool(settings.send), agreement=Agreement(_clauses, _travels, tells=_tells, takes=_takes)),)


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    """Two counties by REST: JSON, and forms with XML in a field."""
    from guantong_adapters.rest.simulator import (
        SPEC,  # a simulator's libraries load when simulators are listed
        XMLSTR_SPEC,
    )

    return (SPEC, XMLSTR_SPEC)

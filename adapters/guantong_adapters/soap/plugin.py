"""Entry point of SOAP: the adapter, and the simulated systems that speak it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from guantong.adapter import AdapterSpec, Addressed, Connection, Endpoint, SystemContext, by_url
from guantong.agreed import Agreeing, Agreement, Clause, Sample, Travelling
from guantong.fitting.spoken import Spoken
from guantong.plugins import hookimpl
from guantong.problems import Problem
from guantong_adapters.soap.settings import SoapSettings

if TYPE_CHECKING:
    from guantong.onboarding.interface import Handing, Interface, Reporting
    from guantong.simulator import SimulatorSpec


async def _open(context: SystemContext) -> Connection:
    from guantong_adapters.soap.connection import open_soap  # lxml and aiohttp load when a system needs them

    return await open_soap(context)


def _reach(settings: SoapSettings) -> Sequence[Endpoint]:
    from guantong_adapters.http.probe import endpoint_of
    from guantong_adapters.http.trust import trust_of

    fetched, trust = settings.wsdl if isinstance(settings.wsdl, str) else None, trust_of(settings)
    return (*endpoint_of(settings.url, trust), *endpoint_of(fetched, trust))


def _lacks(settings: SoapSettings) -> Sequence[Problem]:
    from guantong_adapters.http.trust import lacking

    return lacking(settings)


def _doors(settings: SoapSettings) -> Sequence[str]:
    return [one.path for one in (settings.receive, settings.serve) if one is not None]


def _heard(settings: SoapSettings) -> frozenset[str] | None:
    serve = settings.serve
    if serve is None or settings.receive is not None or any(one.document for one in serve.operations.values()):
        return None
    return frozenset(told.kind or name for name, told in serve.operations.items())


def _calling(settings: SoapSettings) -> Sequence[tuple[str, str]]:
    from guantong_adapters.soap.calling import calling

    return calling(settings)


def _examine(settings: SoapSettings, home: Path) -> Sequence[Problem]:
    if settings.wsdl is None and settings.serve is None:
        return ()
    from guantong_adapters.soap.examining import examine  # lxml and more load where a WSDL is named

    return examine(settings, home)


def _fits(settings: SoapSettings, home: Path, spoken: Spoken) -> Sequence[Problem] | None:
    if not settings.by_wsdl or settings.url is None:
        return ()
    from guantong_adapters.soap.fitting.holding import hold  # lxml and more load where a WSDL is named

    return hold(settings, home, spoken)


def _understands(handing: Handing) -> Interface | None:
    from guantong_adapters.soap.drafting.understood import (
        understand,  # lxml and more load where a WSDL is handed over
    )

    return understand(handing)


def _reporting() -> Reporting | None:
    from guantong_adapters.soap.drafting.settings import ours

    return ours()


def _address(address: str) -> Addressed:
    """The interface's address; one that ends in `?wsdl` tells where its WSDL is, too."""
    url, _, query = address.partition("?")
    if query.lower() in ("wsdl", "singlewsdl"):
        return Addressed({"url": url, "wsdl": address})
    return by_url(address)


def _clauses(about: Agreeing) -> Sequence[Clause]:
    from guantong_adapters.soap.agreeing import clauses

    return clauses(about)


def _travels(about: Agreeing, record: Travelling) -> Sample | None:
    from guantong_adapters.soap.agreeing import travels

    return travels(about, record)


def _requires(about: Agreeing, kind: str, inward: bool) -> Mapping[str, bool]:
    from guantong_adapters.soap.agreeing import requires

    return requires(about, kind, inward)


def _tells(settings: SoapSettings) -> Sequence[str] | None:
    serve = settings.serve
    if settings.receive is not None or (serve is not None and any(one.document for one in serve.operations.values())):
        return None
    return () if serve is None else [one.kind or name for name, one in serve.operations.items()]


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    """SOAP, sending and serving."""
    return (AdapterSpec("soap", "SOAP calls", "SOAP 接口", SoapSettings, _open, reach=_reach, lacks=_lacks, examine=_examine, address=_address, doors=_doors,
                        calling=_calling, queries=lambda settings: settings.query is not None,
                        sends=lambda settings: settings.url is not None, heard=_heard, fits=_fits, understands=_understands,
                        reporting=_reporting, agreement=Agreement(_clauses, _travels, _requires, tells=_tells)),)


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    """The hall, a county by SOAP, supervision."""
    from guantong_adapters.soap.simulators.specs import SPECS

    return SPECS

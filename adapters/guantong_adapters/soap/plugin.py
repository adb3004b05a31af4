"""Entry point of SOAP: the adapter, and the simulated systems that speak it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from guantong.adapter import AdapterSpec, Connection, SystemContext
from guantong.plugins import hookimpl
from guantong_adapters.soap.settings import SoapSettings

if TYPE_CHECKING:
    from guantong.simulator import SimulatorSpec


async def _open(context: SystemContext) -> Connection:
    from guantong_adapters.soap.connection import open_soap  # lxml and aiohttp load when a system needs them

    return await open_soap(context)


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    """SOAP, sending and serving."""
    return (AdapterSpec("soap", "SOAP calls", "SOAP 接口", SoapSettings, _open),)


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    """The hall, a county by SOAP, supervision."""
    from guantong_adapters.soap.simulators.specs import SPECS

    return SPECS

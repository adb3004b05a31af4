"""The simulators registered beside the SOAP adapter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.simulator import SimulatorSpec
from guantong_adapters.soap.simulators.settings import (
    CaseExchangeSettings,
    CountySettings,
    HallSettings,
    SupervisionSettings,
    WsdlSettings,
)


async def _hall(settings: HallSettings, folder: Path) -> None:
    from guantong_adapters.soap.simulators.hall import run_hall  # loads when this simulator runs

    await run_hall(settings, folder)


async def _county(settings: CountySettings, folder: Path) -> None:
    from guantong_adapters.soap.simulators.county import run_county  # loads when this simulator runs

    await run_county(settings, folder)


async def _case_exchange(settings: CaseExchangeSettings, folder: Path) -> None:
    from guantong_adapters.soap.simulators.caseexchange.county import (
        run_case_exchange,  # loads when this simulator runs
    )

    await run_case_exchange(settings, folder)


async def _supervision(settings: SupervisionSettings, folder: Path) -> None:
    from guantong_adapters.soap.simulators.supervision import (
        run_supervision,  # loads when this simulator runs
    )

    await run_supervision(settings, folder)


async def _wsdl(settings: WsdlSettings, folder: Path) -> None:
    from guantong_adapters.soap.simulators.bywsdl.service import run_wsdl  # loads when this simulator runs

    await run_wsdl(settings, folder)


SPECS: Sequence[SimulatorSpec] = (
    SimulatorSpec("hall", "Online service hall, both sides", "网上办事大厅（收发两侧）", HallSettings, _hall,
                  {"gd-hall-soap": {}, "gd-hall-rest": {}, "gd-hall-portal-rest": {}}),
    SimulatorSpec("county-soap", "County approval system by SOAP", "县区审批系统（SOAP）", CountySettings, _county, {"county-soap-invoke": {}}),
    SimulatorSpec(
        "county-soap-wsdl", "County case exchange service by its WSDL", "县区办件交换服务（按 WSDL）", CaseExchangeSettings, _case_exchange,
        {"county-soap-wsdl": {}},
    ),
    SimulatorSpec("wsdl", "A service of which only the WSDL is known", "只有 WSDL 的服务（按 WSDL 应答）", WsdlSettings, _wsdl),
    SimulatorSpec("supervision", "Supervision platform", "电子监察平台", SupervisionSettings, _supervision, {"supervision-soap": {}}),
)

"""The simulated county that speaks REST, as it registers."""

from __future__ import annotations

from pathlib import Path

from guantong.simulator import SimulatorSpec
from guantong_adapters.simulation.settings import SimulatorSettings


class CountySettings(SimulatorSettings):
    """A county's approval system by REST. Secret: `token`, which both sides bring. Items listed in
    `unknown_items` do not exist there; numbers of its own begin with `serial_prefix`."""

    county: str = "rongcheng"
    serial_prefix: str = "RC"
    hub_path: str = "/in/rongcheng.approval/events"
    unknown_items: tuple[str, ...] = ()


async def _run(settings: CountySettings, folder: Path) -> None:
    from guantong_adapters.rest.county import run_county  # loads when this simulator runs

    await run_county(settings, folder)


SPEC = SimulatorSpec(
    "county-rest", "County approval system by REST", "县区审批系统（REST）", CountySettings, _run
)

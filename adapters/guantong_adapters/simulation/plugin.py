"""Entry point of the simulation kit: the system of which only samples are known. All others register beside their adapters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.plugins import hookimpl
from guantong.simulator import SimulatorSpec
from guantong_adapters.simulation.replaying import SamplesSettings


async def _run(settings: SamplesSettings, folder: Path) -> None:
    from guantong_adapters.simulation.replaying import run

    await run(settings, folder)


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    return [SimulatorSpec("samples", "A system of which only samples are known", "只有样例的系统（按样例应答）", SamplesSettings, _run)]

"""Probing one system: the network to it, then what its adapter can try without effect."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from guantong.adapter import Fits, Probes, ProbeStep, SystemContext
from guantong.compartment.opening import open_connection
from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.log import unlogged
from guantong.opening import context_of
from guantong.plugins import Registry
from guantong.problems import Problem, ProblemsError, told
from guantong.readiness import codes
from guantong.readiness.network import PATIENCE, reached
from guantong.record import Acceptance, Outgoing, Record, Verdict

WHOLE = 60.0
"""Seconds for all that an adapter tries."""


async def probe(
    system: System, registry: Registry, configuration: Configuration, patience: float = PATIENCE, *, written: Sequence[Outgoing] = (),
) -> list[ProbeStep]:
    """Every step, in order. What cannot work because an earlier one failed is not tried. *written* are records as they
    would be sent to the system: it is only looked whether each of their fields has its place there."""
    ends = [end for end in dict.fromkeys(system.adapter.reach(system.settings)) if end.port]
    ways = await asyncio.gather(*(reached(end, patience) for end in ends))
    steps = [step for way in ways for step in way]
    if any(step.category for step in steps):
        return steps
    return [*steps, *await _opened(system, registry, configuration, written)]


async def _opened(
    system: System, registry: Registry, configuration: Configuration, written: Sequence[Outgoing],
) -> Sequence[ProbeStep]:
    """Open the system as the hub would, and have it probed. What it logs then is what the steps tell."""
    # what an adapter keeps for itself is not touched
    with unlogged(), tempfile.TemporaryDirectory(prefix="guantong-") as folder:
        context = context_of(system, registry, configuration, accept=_taken_by_nobody, refused=lambda _code: None, now=time.time)
        return await _tried(replace(context, folder=Path(folder)), system, written)


async def _tried(context: SystemContext, system: System, written: Sequence[Outgoing]) -> Sequence[ProbeStep]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(WHOLE):
            connection = await open_connection(system, context)
            try:
                opened = ProbeStep("open", system.id, loop.time() - began)
                steps = [opened, *(await connection.probe() if isinstance(connection, Probes) else ())]
                if isinstance(connection, Fits) and not any(step.category for step in steps):
                    steps += await connection.misfits(written)
                return steps
            finally:
                await connection.close()
    except ProblemsError as error:
        kinds, seconds = system.adapter.categories, loop.time() - began
        return [ProbeStep("open", system.id, seconds, kinds.get(one.code.id, "settings"), one) for one in error.problems]
    except TimeoutError:
        details = {"what": f"no end within {WHOLE:g} s"}
        return [ProbeStep("open", system.id, WHOLE, "timeout", Problem(codes.NOT_OPENED, details=details))]
    except Exception as error:  # noqa: BLE001 -- an adapter that breaks is a finding of the probe, not its end
        details = {"what": told(error)}
        return [ProbeStep("open", system.id, loop.time() - began, "broken", Problem(codes.NOT_OPENED, details=details))]


async def _taken_by_nobody(_record: Record) -> Verdict:
    """Nothing is taken while a system is probed: its doors are not served."""
    return Verdict(Acceptance.REFUSED, code="", reason="probing", reason_zh="探测中", again=True)

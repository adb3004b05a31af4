"""Entry point of the simulation kit. The simulators themselves register beside their adapters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from guantong.plugins import hookimpl

if TYPE_CHECKING:
    from guantong.simulator import SimulatorSpec


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    """None: the kit is what simulators are made of."""
    return ()

"""The simulators registered beside the SOAP adapter."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.simulator import SimulatorSpec

SPECS: Sequence[SimulatorSpec] = ()

"""Applications as JSON records, as counties behind a message broker take them."""

from __future__ import annotations

from enum import Enum

import orjson

from guantong_adapters.simulation.caseload import Caseload
from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.ledger import Ledger


class Arrived(Enum):
    """What became of one application."""

    TAKEN = "taken"
    BUSY = "busy"
    REFUSED = "refused"


def arrived(body: bytes, faults: Faults, ledger: Ledger, cases: Caseload) -> Arrived:
    """One application takes effect and lets its case run, or is what the county has already, or is none."""
    ledger.note("received")
    if faults.arrive().busy:
        ledger.note("busy")
        return Arrived.BUSY
    record = _record(body)
    serial = record.get("SBLSH") if record else None
    if record is None or not serial:
        ledger.note("refused")
        return Arrived.REFUSED
    ledger.effect("EX_GDBS_SB", (serial,), record, str(record.get("SJBBH") or 1))
    cases.go_on(cases.own_serial(serial, lambda: f"JX{ledger.next_serial('own'):08d}"))
    return Arrived.TAKEN


def _record(body: bytes) -> dict[str, str | None] | None:
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None

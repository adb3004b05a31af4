"""Withholding: what is done when a system has given no attachments for as long as `fetch.for` says.

The record is parked with a located problem, the next of its system is looked at, and a finding stands open until
something is fetched again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from guantong.config.configuration import System
from guantong.journey.admit import Admitted
from guantong.journey.codes import NEVER_FETCHED
from guantong.journey.engine import Engine
from guantong.journey.fetching import ComeLater
from guantong.journey.findingkinds import ATTACHMENTS_WITHHELD
from guantong.journey.findings import no_longer, note_finding
from guantong.problems import Problem
from guantong.record import Native, Record
from guantong.store import NewFinding, Transaction

_HOUR = 3_600_000
_NAME = 60


def given_up(engine: Engine, source: System, record: Record, native: Native, error: ComeLater) -> Problem | None:
    """Why *record*, which refers to contents as *native* does, waits no longer for them; None while it is to come again."""
    policy = source.fetch
    assert policy is not None  # noqa: S101 -- nothing is fetched without one
    there, at, key = policy.source or source.id, engine.clock(), _key(engine, record)
    since = engine.patience.failed(there, key, at)
    waited = engine.clock.age(since)
    if waited < policy.window * 1000:
        return None
    engine.patience.give_up(there, key)
    details = {"name": str(native.fields[policy.named_by])[:_NAME], "system": there, "hours": round(waited / _HOUR, 1),
               "what": error.problem.details["what"], "what_zh": error.problem.details["what_zh"]}
    return Problem(NEVER_FETCHED, path=policy.into, details=details)


def withheld(engine: Engine, source: System, admission: Callable[[Transaction], Admitted]) -> Callable[[Transaction], Admitted]:
    """*admission*, which parks a record, with a finding for the system that gives no attachments: one while it lasts."""
    there = _there(source)

    def admit(tx: Transaction) -> Admitted:
        admitted = admission(tx)
        note_finding(tx, NewFinding(ATTACHMENTS_WITHHELD, engine.clock(), identity=there, system=there, region=engine.system(there).region,
                                    message=admitted.verdict.message, detail={"of": source.id}))
        return admitted

    return admit


async def answered(engine: Engine, source: System, record: Record) -> None:
    """What *record* refers to was given, or is surely not there. Raises `StoreFailed`."""
    if engine.patience.answered(_there(source), _key(engine, record)):
        await settle(engine, source)


async def settle(engine: Engine, source: System) -> None:
    """Attachments are given again. Raises `StoreFailed`."""
    await engine.store.write(partial(_settle, engine, _there(source)))


def _settle(engine: Engine, there: str, tx: Transaction) -> None:
    no_longer(tx, ATTACHMENTS_WITHHELD, 0, there, engine.clock(), "fetched")


def _there(source: System) -> str:
    return (source.fetch.source if source.fetch else None) or source.id


def _key(engine: Engine, record: Record) -> bytes:
    return engine.vault.digest(b"fetching\x1f" + record.system.encode() + b"\x1f" + record.body)

"""Preparing: an event becomes the bytes its target reads. Reads, never writes."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
import structlog

from guantong.blobs.folding import Folded
from guantong.clock import NEVER
from guantong.codec import Undecodable, Unencodable
from guantong.config.configuration import System
from guantong.journey.codes import CANNOT_ENCODE, NEEDS, OUR_MISTAKE, UNREADABLE_ATTEMPT, WAITS_FOR
from guantong.journey.enclosing import Unloadable, enclosed_in, folded_record
from guantong.journey.engine import Engine
from guantong.journey.facts import facts_of
from guantong.journey.joins import take_part
from guantong.journey.ready import Ready
from guantong.journey.settle import Outcome, died
from guantong.journey.siting import NOWHERE, site_of
from guantong.journey.states import DeliveryState
from guantong.mapping import Missing, Untranslatable
from guantong.mapping.outcome import foremost, waits_for_row
from guantong.problems import Problem
from guantong.record import Fields
from guantong.store import EventRow, Reader
from guantong.vault import Vault

log = structlog.get_logger("guantong.deliver")
LOOK_AGAIN = 1000  # milliseconds between looks for a value the case does not have yet


class Parcel(NamedTuple):
    """What is sent: the native kind, its fields, the encoded bytes; the canonical values it came from, and the plan
    that made it ("" where it goes out as it was sent before). Where contents belong in, `folded` has their marks, as
    have the fields and the body; `sites` is the version of the tree that its rules read from (0: none)."""

    kind: str
    fields: Fields
    body: bytes
    values: dict[str, Any]
    plan: str = ""
    folded: Folded | None = None
    sites: int = 0


def prepare(engine: Engine, system: System, ready: Ready) -> Parcel | Outcome:
    """The parcel of *ready*: as sent before, byte for byte, or freshly mapped; or why there is none.

    What was sent before and the dialect's codec of today no longer reads is mapped anew from the kept event: whoever changed the
    codec did so because the target does not take the former form. Only what may have taken effect is left as it is."""
    if ready.values is None:
        row = engine.reader.event(ready.event)
        if row is None:
            return died(ready, Problem(OUR_MISTAKE, details={"step": "prepare", "what": "no event"}), engine.clock())
        ready.values = orjson.loads(engine.vault.open(row.body))
    if ready.body is not None:
        again = _as_sent(engine, system, ready, ready.body, ready.values)
        if again is not None:
            return again
        ready.body, ready.kind = None, ""
    dialect, model = system.dialect, engine.configuration.model
    needs = dialect.needs(ready.name)
    sited = bool(engine.configuration.sites) and dialect.reads_site(ready.name)
    case = case_so_far(engine.reader, engine.vault, ready.event, ready.subject) if needs or sited else {}
    site = site_of(engine.configuration, engine.reader, ready.event, ready.values, case) if sited else NOWHERE
    context = facts_of(system, case, site)
    enclosed = enclosed_in(ready.values, model, engine.vault)
    try:
        if dialect.joins(ready.name):
            part = take_part(engine, system, ready, context)
            if isinstance(part, Outcome):
                return part
            translated = part.plan.outward(enclosed.over(part.values) if enclosed else part.values, context)
        else:
            translated = dialect.outward(ready.name, enclosed.over(ready.values) if enclosed else ready.values, context)
        body = dialect.encode(translated.native)
        folded_now = folded_record(system, translated.native, body, enclosed) if enclosed else None
    except Missing as missing:
        return _wait_for(engine, ready, missing)
    except Untranslatable as error:
        if waits_for_row(error.problems):
            return Outcome(DeliveryState.WAITING, NEVER, ready.attempts, error.problems[0])
        return died(ready, foremost(error.problems), engine.clock())
    except Unencodable as error:
        details = {"path": error.path, "target": system.id, "what": error.reason}
        return died(ready, Problem(CANNOT_ENCODE, path=error.path, details=details), engine.clock())
    except Unloadable as error:
        return died(ready, error.problems[0], engine.clock())
    tree = engine.configuration.sites.number if sited else 0
    return Parcel(translated.native.kind, translated.native.fields, body, ready.values, translated.plan, folded_now, tree)


def _as_sent(engine: Engine, system: System, ready: Ready, sealed: bytes, values: dict[str, Any]) -> Parcel | Outcome | None:
    """What was sent before; None where it is to be mapped anew."""
    folded = engine.vault.open_folded(sealed)
    try:
        fields = fields_sent(system, ready.kind, folded.body)
    except Undecodable as error:
        if ready.state is DeliveryState.UNKNOWN:  # it may have taken effect: nobody can be asked by fields that cannot be read
            details = {"dialect": system.dialect.name, "target": system.id, "what": error.reason, "what_zh": error.reason_zh}
            retry, now = system.delivery.retry, engine.clock()
            over = engine.clock.age(ready.accepted_at) >= retry.window * 1000
            due = NEVER if over else now + int(retry.longest * 1000)
            return Outcome(DeliveryState.UNKNOWN, due, ready.attempts, Problem(UNREADABLE_ATTEMPT, details=details))
        log.warning("deliver.mapped_anew", system=system.id, delivery=ready.delivery, code=error.code)
        return None
    return Parcel(ready.kind, fields, folded.body, values, "", _if_any(engine, ready, folded))


def _if_any(engine: Engine, ready: Ready, folded: Folded) -> Folded | None:
    """*folded*, where the event has contents."""
    return folded if enclosed_in(ready.values or {}, engine.configuration.model, engine.vault) else None


def case_so_far(reader: Reader, vault: Vault, ident: int, subject: int) -> dict[str, Any]:
    """What the case's events say besides event *ident*: each path by its latest earlier event (a later event
    fills what none of the earlier said), and the case's serials. *subject* is the case when the event was
    accepted."""
    values: dict[str, Any] = {}
    event = reader.event(ident)
    subject = event.subject if event else subject  # subjects may have been merged meanwhile
    for serial in reader.serials_of(subject):
        values.setdefault(f"serial.{serial.kind}", serial.number)
    for row in events_heard(reader, ident, subject):
        values.update(orjson.loads(vault.open(row.body)))
    return values


def events_heard(reader: Reader, ident: int, subject: int) -> list[EventRow]:
    """The events of the case besides *ident*, those first whose values give way to the ones behind them."""
    rows = [row for row in reader.events_of_subject(subject) if not row.held_back and row.body]  # without those that were pruned
    return [*(row for row in reversed(rows) if row.id > ident), *(row for row in rows if row.id < ident)]


def fields_sent(system: System, kind: str, body: bytes) -> Fields:
    """The native fields in bytes that were sent: what a codec writes, it reads. Raises `Undecodable`."""
    return next((native.fields for native in system.dialect.codec_out.decode(body, kind)), {})


def _wait_for(engine: Engine, ready: Ready, missing: Missing) -> Outcome:
    now = engine.clock()
    if engine.clock.age(ready.accepted_at) >= missing.wait_seconds * 1000:
        waited = f"{missing.wait_seconds:g} s"
        return died(ready, Problem(NEEDS, details={"path": missing.path, "waited": waited}), now)
    problem = Problem(WAITS_FOR, details={"path": missing.path})
    return Outcome(DeliveryState.WAITING, now + LOOK_AGAIN, ready.attempts, problem)

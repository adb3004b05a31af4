"""Translating what came in: bytes to native records to canonical events. No I/O, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from guantong.codec import Undecodable
from guantong.config.configuration import System
from guantong.journey.codes import EMPTY, NO_SERIAL, TOO_MANY, UNFIT_SERIAL, UNKNOWN_KIND
from guantong.journey.facts import facts_of
from guantong.mapping import Untranslatable
from guantong.model import EventModel, Model
from guantong.problems import Language, Problem, summary
from guantong.record import Acceptance, Native, Record, Verdict
from guantong.store import Serial
from guantong.vault import Vault

SUBJECT_NUMBERS = {"matter": ("item.code",)}
"""Where subjects other than cases carry the number that names them."""

MOST_RECORDS = 1000
"""Records in one message: they are kept in one transaction, which others wait for."""
LONGEST_SERIAL = 100
"""Characters of a number that names a subject; real ones have up to 29. Numbers are kept in the clear."""

_TONGUES: tuple[Language, ...] = ("en", "zh")


@dataclass(slots=True)
class Incoming:
    """One canonical event on its way in, with all that the transaction needs computed beforehand."""

    name: str
    subject_kind: str
    values: dict[str, Any]
    serials: list[Serial]
    identity: bytes
    digest: bytes
    version: int | None
    plan: str
    fired: int
    body: bytes
    attached: bool = False
    """Whether contents of it still stand among its values; identity holds, digest and body are made once they are kept."""
    blobs: tuple[str, ...] = ()
    """The names of the blobs that its values refer to."""
    odd: tuple[tuple[str, str], ...] = ()
    """Where another type is declared of an attachment than its content has, and which it has."""
    unread: tuple[str, ...] = ()
    """Names of source fields that no rule reads and the mapping does not ignore (DESIGN promise 10)."""
    occurred: str = ""
    """When it happened, as it was told; "" where it was not."""
    sites: int = 0
    """The version of the tree of sites that its rules could read from, 0 where they could read none."""


class Refused(Exception):
    """ACCEPT refuses the record: unparsable, or of an unknown kind."""

    def __init__(self, code: str, reason: str, reason_zh: str) -> None:
        self.code = code
        self.reason = reason
        self.reason_zh = reason_zh
        super().__init__(reason)

    def verdict(self) -> Verdict:
        """What the sender hears. Kept in place of the error, whose traceback would hold on to the record."""
        return Verdict(Acceptance.REFUSED, code=self.code, reason=self.reason, reason_zh=self.reason_zh)


def refused_for(problem: Problem) -> Refused:
    """A refusal that says what *problem* says."""
    texts = ["; ".join(part for part in (problem.message(tongue), problem.hint(tongue)) if part)
             for tongue in _TONGUES]
    return Refused(problem.code.id, texts[0], texts[1])


def refusal_of(problems: Sequence[Problem]) -> Refused:
    """A refusal that says all *problems*: of a record whose source wants no parking."""
    texts = [summary(problems, tongue, placed=False) for tongue in _TONGUES]
    return Refused(problems[0].code.id, texts[0], texts[1])


def decode(source: System, record: Record) -> Sequence[Native]:
    """The native records in *record*. Raises `Refused`."""
    dialect = source.dialect
    try:
        natives: Sequence[Native] = dialect.decode(record.body, record.kind, record.charset)
    except Undecodable as error:
        raise Refused(error.code, error.reason, error.reason_zh) from error
    if not natives:
        raise refused_for(Problem(EMPTY))
    if len(natives) > MOST_RECORDS:
        raise refused_for(Problem(TOO_MANY, details={"count": len(natives), "limit": MOST_RECORDS}))
    for native in natives:
        if not dialect.hears(native.kind) and native.kind not in source.receipts_heard:
            details = {"dialect": dialect.name, "kind": native.kind[:60], "known": ", ".join(dialect.kinds_in())}
            raise refused_for(Problem(UNKNOWN_KIND, details=details))
    return natives


def to_events(source: System, natives: Sequence[Native], model: Model, vault: Vault) -> list[Incoming]:
    """The canonical events of *natives*. Raises `Untranslatable` with every problem of the message."""
    context = facts_of(source)
    problems: list[Problem] = []
    events: list[Incoming] = []
    for native in natives:
        try:
            for translated in source.dialect.inward(native, context):
                values = translated.values
                incoming = _incoming(source, translated.event, values, model, vault)
                if incoming is None:
                    details = {"event": translated.event, "paths": ", ".join(_number_paths(model, translated.event))}
                    problems.append(Problem(NO_SERIAL, details=details))
                    continue
                incoming.plan, incoming.fired = translated.plan, translated.fired
                incoming.unread = translated.unread
                incoming.sites = source.site_tree if source.site_facts else 0
                events.append(incoming)
        except Untranslatable as error:
            problems.extend(error.problems)
    if problems:
        raise Untranslatable(tuple(problems))
    return events


def _incoming(source: System, name: str, values: dict[str, Any], model: Model, vault: Vault) -> Incoming | None:
    event = model.events[name]
    serials = _serials(source.id, event.subject, values, model)
    if not serials:
        return None
    version = values.get("version", 1) if source.dialect.versioning == "number" else None
    incoming = Incoming(
        name=name, subject_kind=event.subject, values=values, serials=serials,
        identity=identity_of(vault, source.id, event, values), digest=b"", version=version, plan="", fired=0, body=b"",
        attached=any(path in values for path in model.blob_paths),
        occurred=next((str(values[path]) for path in event.dated if path in values), ""),
    )
    if not incoming.attached:
        seal(incoming, vault)
    return incoming


def seal(incoming: Incoming, vault: Vault) -> None:
    """Make the digest and the sealed body of an event whose values are complete."""
    body = orjson.dumps(incoming.values, option=orjson.OPT_SORT_KEYS)  # the same content gives the same digest
    incoming.digest, incoming.body = vault.digest(body), vault.seal(body)


def identity_of(vault: Vault, source: str, event: EventModel, values: Mapping[str, Any]) -> bytes:
    """The key of an event of these values from *source* (DESIGN promise 2)."""
    identity = "\x1f".join((source, event.name, *(str(values.get(path, "")) for path in event.identity)))
    return vault.digest(identity.encode())


def _serials(source: str, subject: str, values: dict[str, Any], model: Model) -> list[Serial]:
    if subject == "case":
        return case_serials(source, values, model)
    numbers = [str(values[path]) for path in SUBJECT_NUMBERS.get(subject, ()) if path in values]
    return [_fit(Serial("", subject, number)) for number in numbers]


def case_serials(system: str, values: dict[str, Any], model: Model) -> list[Serial]:
    """The serials among *values*, as *system* uses them: a number valid only there is scoped to it.
    Raises `Untranslatable` for what cannot be a number."""
    found = []
    for kind, scope in model.serials.items():
        number = values.get(f"serial.{kind}")
        if number:
            found.append(_fit(Serial(system if scope == "system" else "", kind, str(number))))
    return found


def _fit(serial: Serial) -> Serial:
    """*serial*, which people read and type. Raises `Untranslatable`."""
    number = serial.number
    if len(number) <= LONGEST_SERIAL and number.isprintable():
        return serial
    details = {"kind": serial.kind, "length": len(number), "limit": LONGEST_SERIAL}
    raise Untranslatable((Problem(UNFIT_SERIAL, path=f"serial.{serial.kind}", details=details),))


def _number_paths(model: Model, event: str) -> list[str]:
    subject = model.events[event].subject
    if subject == "case":
        return [f"serial.{kind}" for kind in model.serials]
    return list(SUBJECT_NUMBERS.get(subject, ()))

"""How a case stands, from its kept events: found by number and password, told in public words. Reads, never writes."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from guantong.config.configuration import Configuration, System
from guantong.journey.belonging import elsewhere, owner
from guantong.kiosk.answers import Happened, Progress, ProgressQuery, Word
from guantong.model import EventModel, Model
from guantong.model.masking import mask_value
from guantong.store import EventRow, Reader
from guantong.vault import Vault

PASSWORD, APPLICANT, ITEM = "query_password", "applicant.name", "item.name"
TOLD = frozenset({
    "case.application", "case.pre_acceptance", "case.intake", "case.acceptance", "case.step", "case.pause", "case.resumption",
    "case.correction_notice", "case.correction", "case.finish", "case.collection", "case.void",
})
"""Events a citizen hears of; materials, evaluations and warnings are not among them."""
ENDS = frozenset({"case.finish", "case.collection", "case.void"})
MOST_EVENTS = 500
"""Of a case, the newest: what one query may open."""


class Found(NamedTuple):
    """The subject and how it stands."""

    subject: int
    progress: Progress


def find(query: ProgressQuery, subjects: Iterable[int], reader: Reader, vault: Vault, configuration: Configuration) -> Found | None:
    """Which of *subjects*, those of this number, has this password; None where none has, it has another, or none was told.
    A password that a county of another region than the case's told is none."""
    asked = vault.digest(query.password.strip().encode())
    for subject in subjects:
        events = list(_newest(reader.events_of_subject(subject, MOST_EVENTS), vault))
        told = [(row, str(values[PASSWORD]).strip()) for row, values in events if str(values.get(PASSWORD) or "").strip()]
        theirs = owner(reader.parties(subject), configuration.systems) if told else None
        passwords = [vault.digest(password.encode()) for row, password in told
                     if not elsewhere(_teller(row, reader, configuration), theirs)]
        # The newest acceptance's counts. Digests are compared, in a time that tells nothing of where they differ.
        if passwords and hmac.compare_digest(passwords[-1], asked):
            return Found(subject, _progress(query.number.strip(), events, configuration.model))
    return None


def _teller(row: EventRow, reader: Reader, configuration: Configuration) -> System | None:
    message = reader.message(row.message)
    return configuration.systems.get(message.system) if message is not None else None


def _newest(rows: Iterable[EventRow], vault: Vault) -> Iterable[tuple[EventRow, Mapping[str, Any]]]:
    """The newest version of each event, oldest first, with its values."""
    newest: dict[bytes, EventRow] = {}
    for row in rows:
        known = newest.get(row.key)
        if row.body and not row.held_back and (known is None or (row.version, row.id) > (known.version, known.id)):
            newest[row.key] = row
    for row in sorted(newest.values(), key=lambda one: one.id):
        yield row, orjson.loads(vault.open(row.body))


def _progress(number: str, events: Iterable[tuple[EventRow, Mapping[str, Any]]], model: Model) -> Progress:
    item = applicant = ""
    steps: dict[tuple[str, ...], Happened] = {}
    for row, values in events:
        item = str(values.get(ITEM) or item)
        applicant = str(values.get(APPLICANT) or applicant)
        event = model.events.get(row.name)
        if event is not None and row.name in TOLD:
            # Once, though two systems told it (the hall that took an application, and the county that has it by then): as the first has it.
            steps.setdefault((row.name, *(str(values.get(path, "")) for path in event.identity)), _happened(event, values, model))
    told = sorted(steps.values(), key=lambda one: one.at or "9")  # what was told without a time comes last; ties stay as they came
    return Progress(number=number, item=item, applicant=mask_value("name", applicant), finished=any(one.event in ENDS for one in told),
                    steps=told)


def _happened(event: EventModel, values: Mapping[str, Any], model: Model) -> Happened:
    at = next((str(values[path]) for path in event.dated if values.get(path)), "")
    what = Word(zh=event.title_zh, en=event.title_en)
    if step := values.get("step.name"):
        what = Word(zh=f"{event.title_zh}：{step}", en=f"{event.title_en}: {step}")
    return Happened(event=event.name, what=what, at=at, outcome=_outcome(event, values, model))


def _outcome(event: EventModel, values: Mapping[str, Any], model: Model) -> Word | None:
    for path in ("outcome", "step.status"):
        declared, value = event.fields.get(path), values.get(path)
        if declared is not None and declared.codes and value:
            words = model.codes[declared.codes].words
            zh, en = words.get(str(value), (str(value), str(value)))
            return Word(zh=zh, en=en)
    return None

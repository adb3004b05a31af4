"""What a record posted to the test door came to: every mistake, and how every field was mapped, values masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guantong.blobs.blob import Blob
from guantong.config.configuration import System
from guantong.journey.facts import facts_of
from guantong.journey.handing import hand_over
from guantong.journey.translate import Refused, decode, to_events
from guantong.mapping import Untranslatable
from guantong.mapping.interpret import Step
from guantong.mapping.plan import Plan
from guantong.mapping.showing import Shower
from guantong.model import Model
from guantong.problems import Language, Problem
from guantong.record import Acceptance, Native, Record, Verdict
from guantong.testdoor.advice import advice
from guantong.vault import Vault

MOST_FIELDS = 2000
"""Fields of a report: a record with longer lists is shown in part, and judged whole."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake, in both languages."""

    code: str
    path: str
    message: str
    message_zh: str
    hint: str = ""
    hint_zh: str = ""


@dataclass(frozen=True, slots=True)
class Mapped:
    """One field: where it stood, what it is called here and in words, its value masked."""

    event: str
    source: str
    target: str
    label: str
    value: str


@dataclass
class Report:
    """The whole. `events` are those the record tells, by name and Chinese title; `unread` has each path once, in order;
    `records` is how many came at once."""

    system: str
    kinds: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    mapped: list[Mapped] = field(default_factory=list)
    unread: dict[str, None] = field(default_factory=dict)
    records: int = 0

    @property
    def good(self) -> bool:
        """Whether the real door would take it and pass it on."""
        return not self.mistakes

    def verdict(self) -> Verdict:
        """What the adapter answers in its protocol's own manner: all mistakes, or that it is good."""
        if self.good:
            return Verdict(Acceptance.ROUTED)
        told = {language: " | ".join(_line(one, language) for one in self.mistakes) for language in ("en", "zh")}
        return Verdict(Acceptance.REFUSED, 0, self.mistakes[0].code, told["en"], told["zh"])

    def as_json(self) -> dict[str, Any]:
        """The stable form."""
        return {
            "test": True, "ok": self.good, "kept": False, "system": self.system, "kinds": self.kinds,
            "events": [{"event": name, "title_zh": title} for name, title in self.events],
            "problems": [
                {"code": one.code, "path": one.path, "message": one.message, "message_zh": one.message_zh, "hint": one.hint,
                 "hint_zh": one.hint_zh} for one in self.mistakes],
            "fields": [{"event": one.event, "source": one.source, "target": one.target, "label_zh": one.label, "value": one.value}
                       for one in self.mapped],
            "unread": list(self.unread),
        }


def judge(system: System, model: Model, vault: Vault, record: Record) -> Report:
    """What ACCEPT would make of *record*, and nothing of it kept."""
    report = Report(system.id)
    try:
        natives = decode(system, record)
    except Refused as refused:
        report.mistakes.append(Mistake(refused.code, "", refused.reason, refused.reason_zh))
        return report
    report.records = len(natives)
    handed: Mapping[str, Blob] = {}
    try:
        handed = hand_over(natives, record.parts)
        to_events(system, natives, model, vault)
    except Untranslatable as error:
        report.mistakes += [_mistake(problem) for problem in error.problems]
    for native in natives:
        native.fields.update({name: f"[{handed[word].size}]" for name, word in native.fields.items()
                              if isinstance(word, str) and word in handed})
        _show(report, system, model, native)
    return report


def _show(report: Report, system: System, model: Model, native: Native) -> None:
    """Add how *native* is mapped, as far as it is."""
    if native.kind not in report.kinds:
        report.kinds.append(native.kind)
    for plan in system.dialect.plans_in(native.kind):
        if not plan.matches(native.fields):
            continue
        event = model.events[plan.event]
        report.events.append((plan.event, event.title_zh))
        steps: list[Step] = []
        _, run = plan.examine_inward(native.fields, facts_of(system), steps.append)
        report.unread.update(dict.fromkeys(run.unread))  # also beside mistakes: a misspelt name is both unread and missed
        report.mapped += [_mapped(plan, step, model) for step in steps[: MOST_FIELDS - len(report.mapped)]]


def _mapped(plan: Plan, step: Step, model: Model) -> Mapped:
    path = "".join(part.split("]", 1)[-1] for part in step.target.split("["))
    declared = model.events[plan.event].fields.get(path) or model.field(path)
    value = "" if step.value in (None, "") else f"[{len(step.value)}]" if isinstance(step.value, list) else str(step.value)
    if value and step.rule.personal and not isinstance(step.value, list):
        value = Shower(model).masked(step.target, step.value)
    return Mapped(plan.event, step.source, step.target, declared.label_zh if declared else "", value)


def _mistake(problem: Problem) -> Mistake:
    return Mistake(problem.code.id, problem.path, problem.message("en"), problem.message("zh"), *advice(problem))


def _line(one: Mistake, language: Language | str) -> str:
    message, hint = (one.message_zh, one.hint_zh) if language == "zh" else (one.message, one.hint)
    return f"{one.path}: {message}; {hint} [{one.code}]" if one.path else f"{message}; {hint} [{one.code}]"

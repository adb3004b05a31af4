"""The watch: keeps how every case stands up to date, beside the journey and off its path (decision 27).

It follows the events as they are kept, judges their cases, and judges each again when its time comes. What it keeps
can be made anew from the events at any time, so a crash, a restart or a clock that jumps costs nothing but looking again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import orjson
import structlog

from guantong.config.supervision import SupervisionFile
from guantong.finding import FindingKind
from guantong.journey.engine import Engine
from guantong.journey.findings import no_longer, note_finding
from guantong.problems import told
from guantong.store import NewFinding, Transaction
from guantong.supervision.compare import Verdict, Warned, owes_reply
from guantong.supervision.facts import WATCHED
from guantong.supervision.findingkinds import register_findings
from guantong.supervision.judge import Judgement, judge
from guantong.supervision.kept import NO_TIME, WarningRow, WatchRow
from guantong.supervision.reading import read_case

CURSOR = "supervision"
"""Under this name, which no system has, the store keeps how far the watch has come."""
BATCH = 200  # events or cases in one pass: bounds how long one transaction is
PAUSE_AFTER = 8  # cases judged between two turns of the event loop, about a millisecond each at the most
STEP_BACK = 60_000
"""Milliseconds that the clock may seem to run back without having been set."""
RESOLVED = "时限或过程信息已变化，不再成立"
"""Why the hub settles a finding of ours: with what is known now it no longer holds."""
KINDS = {kind.name: kind for kind in register_findings()}
log = structlog.get_logger("guantong.supervision")


class Progress(NamedTuple):
    """How far the watch has come: the newest event looked at, our clock then, and the rules judged by."""

    event: int = 0
    at: int = 0
    rules: str = ""

    def text(self) -> str:
        return orjson.dumps([*self]).decode()


class Judged(NamedTuple):
    """A case judged, ready to be kept; `judgement` None where it has no watched events any more."""

    subject: int
    events: tuple[int, ...]
    judgement: Judgement | None


class Watch:
    """Watches the cases of one engine. `look` is one pass, `run` repeats it."""

    def __init__(self, engine: Engine, rules: SupervisionFile) -> None:
        self._engine = engine
        self._rules = rules
        said = rules.model_dump_json() + engine.configuration.calendar.fingerprint
        self._fingerprint = hashlib.sha256(said.encode()).hexdigest()[:16]

    async def run(self) -> None:
        """Look until cancelled: at once again while there is more to do, else after `every`. A pass that fails is
        told once, and tried again."""
        failed = False
        while True:
            try:
                busy = await self.look()
            except Exception as error:  # noqa: BLE001 -- a store that cannot write, or a mistake of ours, must not end the watch
                if not failed:
                    log.error("supervision.failed", error=told(error))
                failed, busy = True, False
            else:
                if failed:
                    log.info("supervision.resumed")
                failed = False
            await asyncio.sleep(0 if busy else self._rules.every)

    async def look(self) -> bool:
        """One pass: cases of which something is new, and those whose time has come. Whether there is more to do."""
        engine, now = self._engine, self._engine.clock()
        progress = self._progress()
        if progress.rules != self._fingerprint or now < progress.at - STEP_BACK:
            await engine.store.write(partial(_begin_anew, progress._replace(at=now, rules=self._fingerprint)))
            return True
        news = engine.reader.new_events(progress.event, BATCH)
        due = engine.reader.to_look_at(now, BATCH)
        subjects = dict.fromkeys([*(one.subject for one in news if one.name in WATCHED), *due])
        judged = [one async for one in self._judge(subjects, now)]
        newest = news[-1].id if news else progress.event
        if judged or newest != progress.event or now >= progress.at + STEP_BACK:
            after = Progress(newest, now, self._fingerprint)
            await engine.store.write(partial(self._keep, judged, after))
        return len(news) == BATCH or len(due) == BATCH

    def _progress(self) -> Progress:
        text = self._engine.reader.cursor(CURSOR)
        return Progress(*orjson.loads(text)) if text else Progress()

    async def _judge(self, subjects: Iterable[int], now: int) -> Any:
        engine = self._engine
        for number, subject in enumerate(subjects, 1):
            case = read_case(engine.reader, engine.vault, engine.configuration, subject)
            found = judge(case.facts, self._rules, engine.configuration.calendar, now) if case.facts.told or case.facts.alerts else None
            yield Judged(subject, case.events, found)
            if number % PAUSE_AFTER == 0:
                await asyncio.sleep(0)

    def _keep(self, judged: Sequence[Judged], progress: Progress, tx: Transaction) -> None:
        for one in judged:
            _keep_case(tx, one, progress.at)
        tx.set_cursor(CURSOR, progress.text())


def _begin_anew(progress: Progress, tx: Transaction) -> None:
    """Other rules hold, or the clock was set back: every case is looked at again."""
    tx.look_all_again()
    tx.set_cursor(CURSOR, progress.text())


def _keep_case(tx: Transaction, one: Judged, at: int) -> None:
    """Keep how the case stands and note what is odd about it. One that got events or lost them while it was judged (two
    cases may have turned out to be one) is looked at again."""
    now = tuple(happening.event for happening in tx.happened(one.subject))
    if not now or one.judgement is None:
        _settle(tx, one.subject, (), at)
        tx.forget_watch(one.subject)
        return
    if now != one.events:
        tx.look_again(one.subject)
        return
    noted = _settle(tx, one.subject, [(found.kind.name, found.identity) for found in one.judgement.irregular], at)
    facts = one.judgement.facts
    source = max(facts.told)[2] if facts.told else ""
    for found in one.judgement.irregular:
        if (found.kind.name, found.identity) not in noted:
            note_finding(tx, NewFinding(found.kind, at, subject=one.subject, identity=found.identity, system=source,
                                        region=facts.region, detail=found.detail))
    tx.keep_watch(watch_row(one.subject, one.judgement), [
        warning_row(one.subject, warned, at) for warned in one.judgement.warned])


def _settle(tx: Transaction, subject: int, holds: Sequence[tuple[str, str]], at: int) -> set[tuple[str, str]]:
    """Settle what was noted of the case and does not hold any more; what was noted before."""
    noted = tx.noted_of(subject)
    for name, identity in noted:
        kind: FindingKind | None = KINDS.get(name)
        if kind is not None and (name, identity) not in holds:
            no_longer(tx, kind, subject, identity, at, RESOLVED)
    return set(noted)


def watch_row(subject: int, judgement: Judgement) -> WatchRow:
    """How the case stands, for the store."""
    facts, main = judgement.facts, judgement.main
    kind = judgement.clocks[0].kind if main is not None else ""
    state = main.state.value if main is not None else ("closed" if facts.ended else "unlimited" if facts.accepted else "applied")
    return WatchRow(subject, judgement.look_at, state, kind, (main.due or NO_TIME) if main else NO_TIME, facts.region,
                    facts.item, facts.item_name, facts.org, facts.window, facts.window_name,
                    tuple((one.kind.name, one.identity) for one in judgement.irregular))


def warning_row(subject: int, one: Warned, now: int) -> WarningRow:
    """One warning of the case, for the store. Open is what a person should see to: a card to be answered, a warning that
    does not agree."""
    alert, expected = one.alert, one.expected
    answered = alert is not None and (alert.replied is not None or alert.withdrawn is not None)
    card = alert is not None and one.reply_by is not None and not answered
    open_ = card or owes_reply(one, now) or one.verdict in (Verdict.MISSING, Verdict.UNDESERVED, Verdict.PENDING)
    return WarningRow(
        subject, one.identity, one.level, one.verdict.value, open_, expected.clock if expected else "",
        expected.at if expected else NO_TIME, alert.no if alert else "", alert.raised.at if alert else NO_TIME,
        alert.raised.event if alert else 0, one.reply_by or NO_TIME,
        alert.replied.at if alert and alert.replied else NO_TIME, alert.withdrawn.at if alert and alert.withdrawn else NO_TIME)

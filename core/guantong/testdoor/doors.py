"""The test doors of the systems that have one: the adapter's own doors, opened a second time under `/test/`.

Authentication, limits and answers are the adapter's, so what a vendor learns here holds there. What ACCEPT would
do is only judged. Posts are counted in the journal and remembered in memory, by kind and code alone.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson
from aiohttp import web

from guantong.adapter import Door, Serves, SystemContext
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import Blobs
from guantong.config.configuration import System
from guantong.journey.codes import FULL
from guantong.journey.engine import Engine
from guantong.problems import Problem
from guantong.reception.refusals import Refusals
from guantong.record import Acceptance, Record, Verdict
from guantong.testdoor.nowhere import Nowhere
from guantong.testdoor.page import POLICY, page
from guantong.testdoor.paths import tried_at
from guantong.testdoor.report import Report, judge

LARGEST = 1024 * 1024
"""Bytes of a post at most: a record without its attachments."""
LARGEST_FILE = 16 * 1024 * 1024
"""Bytes of a file that comes beside a record, which is only weighed: a scan to try with, not an archive."""
RECORDS = 20
"""Records in one post that count as one: who sends more of them at once waits longer for the next."""
AT_ONCE = 20
PER_SECOND = 5.0
"""Posts of one system: so many at once, and so many a second from then on. Judging takes the hub's time."""
REMEMBERED = 500
"""Posts that are remembered for the overview, of all systems together."""
_reports: ContextVar[Report | None] = ContextVar("report", default=None)


@dataclass(frozen=True, slots=True)
class Post:
    """One post, without anything that came in it: when (milliseconds since 1970), by which system, of what kinds, and the
    codes of its mistakes."""

    at: int
    system: str
    kinds: tuple[str, ...]
    codes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The stable form."""
        return {"at": self.at, "system": self.system, "kinds": list(self.kinds), "ok": not self.codes,
                "codes": dict(Counter(self.codes))}


class TestDoors:
    """All test doors of a hub. `counts` journals how often each system posted, and with which first mistake."""

    __test__ = False  # its name is no test's

    def __init__(self, engine: Engine) -> None:
        self.counts = Refusals(engine, "tested")
        self._engine = engine
        self._forgetful = Blobs(Nowhere(), engine.vault, LARGEST_FILE)
        self._posts: deque[Post] = deque(maxlen=REMEMBERED)
        self._left: dict[str, tuple[float, float]] = {}

    def overview(self, county: str) -> list[dict[str, Any]]:
        """The posts remembered, the newest first; of one county where it is named."""
        return [post.as_json() for post in reversed(self._posts) if not county or post.system.startswith(f"{county}.")]

    def context(self, context: SystemContext, system: System) -> SystemContext:
        """What the adapter is given to open *system* a second time: what comes in is judged, not taken."""
        return replace(context, accept=partial(self._accept, system), refused=partial(self._turned_away, system.id),
                       body_limit=min(LARGEST, context.body_limit), keep=partial(Intake, self._forgetful))

    def doors(self, connection: Serves) -> list[Door]:
        """The doors of a system opened so, each at its path under `/test/`."""
        return [Door(door.method, tried_at(door.path), partial(_answer, door.handle)) for door in connection.doors()]

    async def _accept(self, system: System, record: Record) -> Verdict:
        """Judge *record* in place of taking it."""
        if not self._may(system.id):
            problem = Problem(FULL)
            return Verdict(Acceptance.REFUSED, 0, problem.code.id, problem.message("en"), problem.message("zh"), again=True)
        engine = self._engine
        # A reload may have changed the mappings since the door was opened.
        report = judge(engine.system(system.id), engine.configuration.model, engine.vault, record)
        left, since = self._left[system.id]
        self._left[system.id] = (left - report.records // RECORDS, since)
        _reports.set(report)
        known = [kind for kind in report.kinds if system.dialect.hears(kind)]
        self._remember(system.id, known, [one.code for one in report.mistakes])
        return report.verdict()

    def _turned_away(self, system: str, code: str) -> None:
        self._remember(system, (), [code])

    def _remember(self, system: str, kinds: Any, codes: list[str]) -> None:
        self._posts.append(Post(self._engine.clock(), system, tuple(kinds), tuple(codes[:100])))
        self.counts.tell(system, codes[0] if codes else "")

    def _may(self, system: str) -> bool:
        """Whether *system* may post once more now."""
        now = self._engine.clock() / 1000
        left, since = self._left.get(system, (float(AT_ONCE), now))
        left = min(AT_ONCE, left + max(0.0, now - since) * PER_SECOND)
        may = left >= 1
        self._left[system] = (left - may, now)
        return may


async def _answer(handle: Callable[[web.Request], Awaitable[web.StreamResponse]], request: web.Request) -> web.StreamResponse:
    """The adapter's own answer; or the whole report, to who asks for JSON or a page, or speaks JSON anyway."""
    _reports.set(None)
    answer = await handle(request)
    report, wanted = _reports.get(), request.headers.get("Accept", "")
    if report is None:
        return answer
    status = 200 if report.good else 422
    if "text/html" in wanted:
        return web.Response(text=page(report), status=status, content_type="text/html",
                            headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
    if "application/json" in wanted or "json" in answer.content_type:
        return web.Response(body=orjson.dumps(report.as_json()), status=status, content_type="application/json",
                            headers={"Cache-Control": "no-store"})
    return answer

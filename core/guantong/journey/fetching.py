"""Fetching: contents that a record only refers to are got from its source before the record's transaction begins.

What comes goes straight into the blob store, whatever its size, and stands beside the record from then on, as if it had come
with it. What the source surely does not have parks the record; what may be there later lets the record come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from guantong.adapter import Fetches, Renews, Wanted
from guantong.blobs.folding import Part
from guantong.blobs.intake import ENOUGH, Intake
from guantong.blobs.keeping import Blobs, TooLarge
from guantong.config.configuration import System
from guantong.config.policies import FetchPolicy
from guantong.config.reply import Meaning
from guantong.journey.codes import ATTACHMENT_LARGE, ATTACHMENT_NOT_THERE, NOT_FETCHED
from guantong.journey.engine import Engine
from guantong.journey.judge import Judgement, judge
from guantong.mapping import Untranslatable
from guantong.problems import Problem, ProblemsError
from guantong.record import Native, Oversized, Reply

_TAKEN = (Meaning.SUCCESS, Meaning.DUPLICATE)

_PAGE = (b"<!doctype html", b"<html")


class ComeLater(Exception):
    """A content cannot be fetched for now: the record is to come again."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message())


def lacking(policy: FetchPolicy, natives: Sequence[Native]) -> list[Native]:
    """Those of *natives* that name a content and do not hold it; of several that name the same, the first."""
    found: dict[str, Native] = {}
    for native in natives:
        name, held = native.fields.get(policy.named_by), native.fields.get(policy.into)
        if isinstance(name, str) and name.strip() and (held is None or (isinstance(held, str) and (
                not held.strip() or held in policy.empty))):
            found.setdefault(name, native)
    return list(found.values())


async def fetch(engine: Engine, source: System, natives: Sequence[Native]) -> list[Part]:
    """The contents that *natives* name, kept as blobs, within the time the policy gives them all. Raises
    `Untranslatable` for those that are surely not there or too large, `ComeLater`, `BlobsFailed`."""
    policy = source.fetch
    assert policy is not None  # noqa: S101 -- nothing is lacking without one
    there = policy.source or source.id
    fetcher = engine.fetchers.get(there)
    if fetcher is None:
        raise _later(there, ("the hub does not run", "枢纽没有运行"))
    parts: list[Part] = []
    problems: list[Problem] = []
    try:
        async with asyncio.timeout(policy.timeout):
            for native in natives:
                try:
                    parts.append(await _one(engine, there, policy, fetcher, native))
                except (ProblemsError, Untranslatable) as error:
                    problems += error.problems
    except TimeoutError:
        raise _later(there, (f"not within {policy.timeout:g} s", f"{policy.timeout:g} 秒内未能取回")) from None
    if problems:
        raise Untranslatable(tuple(problems))
    return parts


async def _one(engine: Engine, there: str, policy: FetchPolicy, fetcher: Fetches, native: Native) -> Part:
    limit = min(policy.largest, engine.blobs.largest)
    async with _Coming(engine.blobs, limit) as coming:
        wanted = Wanted(native.kind, native.fields, policy.timeout, limit, coming.write)
        judged, whole = await _judged(policy, fetcher, wanted, coming)
        if judged.meaning is not Meaning.TOKEN_EXPIRED or not isinstance(fetcher, Renews):
            return await _kept(there, policy, native, judged, coming, whole=whole)
    await fetcher.renew()
    async with _Coming(engine.blobs, limit) as coming:
        judged, whole = await _judged(policy, fetcher, wanted._replace(write=coming.write), coming)
        return await _kept(there, policy, native, judged, coming, whole=whole)


class _Coming(Intake):
    """A content as it comes, on its way into the blob store. Its beginning stays at hand: an answer is judged by it."""

    def __init__(self, blobs: Blobs, limit: int) -> None:
        super().__init__(blobs, limit)
        self.beginning = bytearray()

    async def write(self, part: bytes) -> None:
        if len(self.beginning) < ENOUGH:
            self.beginning += part[:ENOUGH - len(self.beginning)]
        await super().write(part)


async def _judged(policy: FetchPolicy, fetcher: Fetches, wanted: Wanted, coming: _Coming) -> tuple[Judgement, bool]:
    """What came, judged, and whether all of it did."""
    try:
        answer = await fetcher.fetch(wanted)
    except TooLarge as error:
        raise _too_large(policy, error.limit) from None
    if isinstance(answer, Oversized):
        raise _too_large(policy, wanted.limit)
    if not isinstance(answer, Reply):
        return judge(answer, policy.reply), False
    judged = judge(Reply(bytes(coming.beginning), answer.meta), policy.reply)
    return judged if judged.meaning in _TAKEN else _told(judged, answer.meta, bytes(coming.beginning[:200])), True


async def _kept(there: str, policy: FetchPolicy, native: Native, judged: Judgement, coming: _Coming, *, whole: bool) -> Part:
    name = str(native.fields[policy.named_by])
    if judged.meaning is Meaning.PERMANENT:
        answer, answer_zh = _said(judged)
        details = {"name": name[:60], "system": there, "answer": answer, "answer_zh": answer_zh}
        raise Untranslatable((Problem(ATTACHMENT_NOT_THERE, path=policy.into, details=details),))
    if judged.meaning not in _TAKEN or not whole:
        raise _later(there, _said(judged))
    try:
        return Part(policy.into, await coming.keep(), name, policy.named_by, shared=True)
    except TooLarge as error:
        raise _too_large(policy, error.limit) from None


def _said(judged: Judgement) -> tuple[str, str]:
    """Why there is no content, as the other side says it: a folder says nothing."""
    return judged.reason or "it gave no reason", judged.reason_zh or judged.reason or "对方未说明原因"


def _told(judged: Judgement, meta: Mapping[str, str], beginning: bytes) -> Judgement:
    """Of a web page (a login, a proxy's error) only the status: its text tells nobody anything."""
    if meta.get("content_type", "").startswith(("text/html", "application/xhtml")) or beginning.lstrip().lower().startswith(_PAGE):
        page = f"HTTP {meta.get('status', '?')} (HTML)"
        return judged._replace(reason=page, reason_zh=page)
    return judged


def _too_large(policy: FetchPolicy, limit: int) -> Untranslatable:
    return Untranslatable((Problem(ATTACHMENT_LARGE, path=policy.into, details={"path": policy.into, "limit": limit}),))


def _later(there: str, what: tuple[str, str]) -> ComeLater:
    return ComeLater(Problem(NOT_FETCHED, details={"system": there, "what": what[0], "what_zh": what[1]}))

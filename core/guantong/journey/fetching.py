"""Fetching: contents that a record only refers to are got from its source before the record's transaction begins.

What was fetched stands beside the record from then on, as if it had come with it. What the source surely does not have
parks the record; what may be there later lets the record come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from guantong.adapter import Fetches, Renews, Wanted
from guantong.blobs.folding import Part
from guantong.blobs.intake import Intake
from guantong.blobs.keeping import TooLarge
from guantong.config.configuration import System
from guantong.config.policies import FetchPolicy
from guantong.config.reply import Meaning
from guantong.journey.codes import ATTACHMENT_LARGE, ATTACHMENT_NOT_THERE, NOT_FETCHED
from guantong.journey.engine import Engine
from guantong.journey.judge import Judgement, judge
from guantong.mapping import Untranslatable
from guantong.problems import Problem, ProblemsError
from guantong.record import Answer, Native, Oversized, Reply

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
    wanted = Wanted(native.kind, native.fields, policy.timeout, min(policy.largest, engine.blobs.largest))
    answer = await fetcher.fetch(wanted)
    judged = judge(answer, policy.reply)
    if judged.meaning is Meaning.TOKEN_EXPIRED and isinstance(fetcher, Renews):
        await fetcher.renew()
        answer = await fetcher.fetch(wanted)
        judged = judge(answer, policy.reply)
    if isinstance(answer, Oversized):
        raise _too_large(policy, wanted.limit)
    if judged.meaning is Meaning.PERMANENT:
        said, said_zh = _told(answer, judged)
        details = {"name": str(native.fields[policy.named_by])[:60], "system": there, "answer": said, "answer_zh": said_zh}
        raise Untranslatable((Problem(ATTACHMENT_NOT_THERE, path=policy.into, details=details),))
    if judged.meaning not in _TAKEN or not isinstance(answer, Reply):
        raise _later(there, _told(answer, judged))
    return await _kept(engine, policy, native, answer, wanted.limit)


def _told(answer: Answer, judged: Judgement) -> tuple[str, str]:
    """Why, in the source's words or, in English and Chinese, our own; of a web page (a login, a proxy's error) only the status: its text tells nobody anything."""
    if isinstance(answer, Reply) and (answer.meta.get("content_type", "").startswith(("text/html", "application/xhtml"))
                                      or answer.body[:200].lstrip().lower().startswith(_PAGE)):
        page = f"HTTP {answer.meta.get('status', '?')} (HTML)"
        return page, page
    return judged.reason or "-", judged.reason_zh or judged.reason or "-"


async def _kept(engine: Engine, policy: FetchPolicy, native: Native, answer: Answer, limit: int) -> Part:
    assert isinstance(answer, Reply)  # noqa: S101 -- it was judged
    async with Intake(engine.blobs, limit) as intake:
        try:
            await intake.write(answer.body)
            blob = await intake.keep()
        except TooLarge as error:
            raise _too_large(policy, error.limit) from None
    return Part(policy.into, blob, str(native.fields[policy.named_by]), policy.named_by, shared=True)


def _too_large(policy: FetchPolicy, limit: int) -> Untranslatable:
    return Untranslatable((Problem(ATTACHMENT_LARGE, path=policy.into, details={"path": policy.into, "limit": limit}),))


def _later(there: str, what: tuple[str, str]) -> ComeLater:
    return ComeLater(Problem(NOT_FETCHED, details={"system": there, "what": what[0], "what_zh": what[1]}))

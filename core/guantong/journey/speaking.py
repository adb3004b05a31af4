"""Speaking to a target: one attempt or one question, in time, with a fresh token where the old one ran out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import structlog

from guantong.adapter import Connection, Queries, Renews, Sends
from guantong.config.configuration import System
from guantong.config.reply import Meaning, ReplyRules
from guantong.journey.judge import Judgement, judge
from guantong.log import where
from guantong.problems import ProblemsError
from guantong.record import Answer, Outgoing, Unsure

INSIST = 1.0  # seconds after which a sending that was given up and goes on is given up again
log = structlog.get_logger("guantong.deliver")


async def send(system: System, connection: Connection, outgoing: Outgoing) -> Judgement:
    """Send once (once more with a new token)."""
    target = cast(Sends, connection)  # only a system that can be sent to has a line
    return await _spoken(connection, target.send, outgoing, system.reply)


async def ask(system: System, connection: Connection, outgoing: Outgoing, rules: ReplyRules) -> Judgement:
    """Ask the target what became of an attempt, and judge its answer by *rules* (once more with a new token)."""
    if not isinstance(connection, Queries):  # `check` refuses to ask whom nobody can
        raise TypeError(f"{system.id} cannot be asked: {type(connection).__name__} has no query")
    return await _spoken(connection, connection.query, outgoing, rules)


async def _spoken(connection: Connection, speak: Callable[[Outgoing], Awaitable[Answer]], outgoing: Outgoing,
                  rules: ReplyRules) -> Judgement:
    """Speak once; where the target says our token ran out, renew it and speak once more."""
    limit = None if getattr(connection, "keeps_time", False) else outgoing.timeout
    judgement = judge(await _in_time(speak(outgoing), limit), rules)
    if judgement.meaning is Meaning.TOKEN_EXPIRED and isinstance(connection, Renews):
        await connection.renew()
        judgement = judge(await _in_time(speak(outgoing), limit), rules)
    if judgement.meaning is Meaning.TOKEN_EXPIRED:
        return judgement._replace(meaning=Meaning.TRANSIENT)
    return judgement


async def _in_time(sending: Awaitable[Answer], seconds: float | None) -> Answer:
    try:
        if seconds is None:
            return await sending
        # The second one is for a library that let the first pass: `asyncio.wait_for` does, in Python 3.11.
        async with asyncio.timeout(seconds + INSIST), asyncio.timeout(seconds):
            return await sending
    except TimeoutError:
        return Unsure(f"no answer within {seconds:g} s", f"{seconds:g} 秒内没有应答")
    except ProblemsError:
        raise
    except Exception as error:  # noqa: BLE001 -- told below
        # An adapter that fails where it should answer: whether anything left us is not known.
        log.error("adapter.failed", error=type(error).__name__, where=where(error))
        return Unsure(f"the adapter failed ({type(error).__name__})", f"适配器出错（{type(error).__name__}）")

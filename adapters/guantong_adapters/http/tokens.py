"""The token of a system that wants a login: got when first needed, and again when it is spent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from guantong.reasoned import Reasoned

EARLY = 0.1
"""The part of a token's life before whose end it is renewed."""


class LoginFailed(Reasoned):
    """No token was got. The text says why without quoting what was sent or answered."""


class Granted(NamedTuple):
    """A token, and for how many seconds it holds (None: until the system says that it does not)."""

    token: str
    lasts: float | None = None


class Tokens:
    """Holds one system's token. One login at a time, however many sendings wait for it."""

    def __init__(self, log_in: Callable[[], Awaitable[Granted]]) -> None:
        self._log_in = log_in
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._until: float | None = None
        self._answered = False

    async def token(self) -> str:
        """The token in force; logs in when there is none. Raises `LoginFailed`."""
        held = self._held()
        if held is not None:
            return held
        async with self._lock:
            held = self._held()  # another sending may have got one meanwhile
            if held is None:
                granted = await self._log_in()
                held = self._token = granted.token
                self._until = None if granted.lasts is None else self._now() + granted.lasts * (1 - EARLY)
                self._answered = False
        return held

    def answered(self, token: str) -> None:
        """Say that the system answered a call made with *token*."""
        if token == self._token:
            self._answered = True

    def spend(self) -> None:
        """Forget the token: the system no longer honours it. A token no answer has come for yet stays, since
        the complaint was about the one before it (many sendings learn of an expiry at once)."""
        if self._answered:
            self._token = None

    def _held(self) -> str | None:
        return None if self._until is not None and self._now() >= self._until else self._token

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

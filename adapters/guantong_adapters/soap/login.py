"""The token of a system that wants a login: got when first needed, and again when it is spent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
from lxml import etree

from guantong.record import Reply
from guantong_adapters.soap.framing import content_type
from guantong_adapters.soap.parse import DoctypeRefused, NotXml, find, local, parse
from guantong_adapters.soap.reply import read_reply
from guantong_adapters.soap.settings import Login, SoapSettings


class LoginFailed(Exception):
    """No token was got. The text says why without quoting what was sent or answered."""


class Tokens:
    """Holds one system's token. One login at a time, however many sendings wait for it."""

    def __init__(self, settings: SoapSettings, login: Login, call: bytes, headers: Mapping[str, str]) -> None:
        self._settings = settings
        self._login = login
        self._call = call
        action = content_type(settings.version, settings.charset, login.soap_action)
        self._headers = {**headers, **action, "Accept-Encoding": "identity"}
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._answered = False

    async def token(self) -> str:
        """The token in force; logs in when there is none. Raises `LoginFailed`."""
        if self._token is None:
            async with self._lock:
                if self._token is None:
                    self._token = await self._log_in()
                    self._answered = False
        return self._token

    def answered(self, token: str) -> None:
        """Say that the system answered a call made with *token*."""
        if token == self._token:
            self._answered = True

    def spend(self) -> None:
        """Forget the token: the system no longer honours it. A token no answer has come for yet stays, since
        the complaint was about the one before it (many sendings learn of an expiry at once)."""
        if self._answered:
            self._token = None

    async def _log_in(self) -> str:
        settings = self._settings
        try:
            answer = await self._call_once()
        except httpx.HTTPError as error:
            raise LoginFailed(f"the login got no answer ({type(error).__name__})") from None
        reply = read_reply(answer, settings.return_element, settings.charset, "utf-8")
        if reply.meta.get("soap") == "no":
            raise LoginFailed(f"the answer to the login is not SOAP (HTTP status {reply.meta['status']})")
        if "fault" in reply.meta:
            raise LoginFailed("the login was answered with a fault")
        token = _token_in(reply.body.decode("utf-8"), self._login.token_at)
        if not token:
            raise LoginFailed(f"the login was refused: no {self._login.token_at!r} in the answer")
        return token

    async def _call_once(self) -> Reply:
        settings, body = self._settings, bytearray()
        async with (
            httpx.AsyncClient(timeout=self._login.timeout, trust_env=False, follow_redirects=False) as client,
            client.stream("POST", settings.url or "", content=self._call, headers=self._headers) as answer,
        ):
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > settings.reply_limit:
                    raise LoginFailed(f"the answer to the login is longer than {settings.reply_limit} bytes")
        meta = {"status": str(answer.status_code)}
        if answer.charset_encoding:
            meta["charset"] = answer.charset_encoding
        return Reply(bytes(body), meta)


def _token_in(text: str, path: str) -> str:
    try:
        element: etree._Element | None = parse(text)
    except (NotXml, DoctypeRefused):
        return ""
    steps = path.split("/")
    if element is not None and local(element) == steps[0] and len(steps) > 1:
        steps = steps[1:]
    for step in steps:
        element = find(element, step) if element is not None else None
    return (element.text or "").strip() if element is not None else ""

"""The request that gives a token."""

from __future__ import annotations

import httpx
import orjson

from guantong.adapter import SystemContext
from guantong.record import Outgoing
from guantong.replytree import text_at, tree_of
from guantong_adapters.http.tokens import Granted, LoginFailed
from guantong_adapters.http.trust import cause, tls_of
from guantong_adapters.rest.compose import Sending, form_text, parameters_of, text_of
from guantong_adapters.rest.parts import Login
from guantong_adapters.rest.settings import RestSettings

_NOTHING = Outgoing(0, 0, "", "", b"", {}, "", 0.0)
_TYPES = {"urlencoded": "application/x-www-form-urlencoded; charset=utf-8", "json": "application/json; charset=utf-8"}


class RestLogin:
    """The login of one system, with its constant headers and, where it has one, its signature."""

    def __init__(self, url: str, login: Login, context: SystemContext, settings: RestSettings) -> None:
        secrets = context.secrets
        self._url = url.rstrip("/") + login.path
        self._login = login
        self._limit = settings.reply_limit
        self._now = context.now
        self._settings = settings
        self._headers = {name: value for name, value in settings.headers.items() if isinstance(value, str)}
        self._signer = context.signer(settings.auth.signer) if settings.auth else None
        self._parameters = parameters_of(login.parts if login.form == "parameters" else (), secrets)
        self._parts = [(part.name, text_of(part, secrets)) for part in login.parts]

    async def log_in(self) -> Granted:
        """Ask once. Raises `LoginFailed`."""
        login = self._login
        try:
            status, body = await self._ask()
        except httpx.HTTPError as error:
            what, what_zh = cause(error)
            raise LoginFailed(f"the login got no answer ({what})", f"登录没有应答（{what_zh}）") from None
        if login.decode == "text":
            token, lasts = body.decode("utf-8", "replace").strip() if status == 200 else "", ""
        else:
            tree = tree_of(body, login.decode)
            token = text_at(tree, login.token_at or "")
            lasts = text_at(tree, login.lasts_at) if login.lasts_at else ""
        if not token or not token.isprintable():
            raise LoginFailed(f"the login was refused: no token in the answer (HTTP status {status})",
                              f"登录被拒：应答中没有令牌（HTTP 状态 {status}）")
        seconds = login.lasts
        if lasts:
            if not (lasts.isascii() and lasts.isdigit() and int(lasts[:12]) > 0):
                raise LoginFailed(f"the login says its token holds for no number of seconds, at {login.lasts_at!r}",
                                  f"登录应答中令牌的有效时长不是秒数，位于 {login.lasts_at!r}")
            seconds = float(lasts[:12])
        return Granted(token, seconds)

    async def _ask(self) -> tuple[int, bytes]:
        login, body = self._login, bytearray()
        sending = Sending(_NOTHING, b"", "", self._now())
        parameters = self._parameters(sending)
        headers = {**self._headers, "Accept-Encoding": "identity"}
        content: bytes | None = None
        if login.form in _TYPES:
            content, headers["Content-Type"] = self._content(sending), _TYPES[login.form]
        if self._signer is not None:
            headers |= self._signer.sign(content or b"", sending.now)
        url = f"{self._url}?{parameters}" if parameters else self._url
        async with (
            httpx.AsyncClient(timeout=login.timeout, trust_env=False, follow_redirects=False,
                              verify=tls_of(self._settings) or True) as client,
            client.stream(login.method, url, content=content, headers=headers) as answer,
        ):
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > self._limit:
                    raise LoginFailed(f"the answer to the login is longer than {self._limit} bytes", f"登录的应答超过 {self._limit} 字节")
        return answer.status_code, bytes(body)

    def _content(self, sending: Sending) -> bytes:
        if self._login.form == "json":
            return orjson.dumps({name: render(sending).decode() for name, render in self._parts})
        return b"&".join(form_text(name.encode()) + b"=" + form_text(render(sending)) for name, render in self._parts)

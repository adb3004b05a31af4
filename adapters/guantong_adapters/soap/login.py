"""The login call of a system that gives a token."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from lxml import etree

from guantong.record import Reply
from guantong_adapters.http.parameters import parameter
from guantong_adapters.http.tokens import Granted, LoginFailed
from guantong_adapters.http.trust import cause, tls_of
from guantong_adapters.soap.framing import content_type
from guantong_adapters.soap.parse import DoctypeRefused, NotXml, find, local, parse
from guantong_adapters.soap.reply import read_reply
from guantong_adapters.soap.settings import Login, SoapSettings


class SoapLogin:
    """The login call of one system: the same every time."""

    def __init__(self, settings: SoapSettings, login: Login, call: bytes, headers: Mapping[str, str]) -> None:
        self._settings = settings
        self._login = login
        self._call = call
        action = content_type(settings.version, settings.charset, login.soap_action)
        self._headers = {**headers, **action, "Accept-Encoding": "identity"}

    async def log_in(self) -> Granted:
        """Call once. Raises `LoginFailed`."""
        settings = self._settings
        try:
            answer = await self._call_once()
        except httpx.HTTPError as error:
            what, what_zh = cause(error)
            raise LoginFailed(f"the login got no answer ({what})", f"登录没有应答（{what_zh}）") from None
        reply = read_reply(answer, settings.return_element, settings.charset, "utf-8")
        if reply.meta.get("soap") == "no":
            status = reply.meta["status"]
            raise LoginFailed(f"the answer to the login is not SOAP (HTTP status {status})", f"登录的应答不是 SOAP（HTTP 状态 {status}）")
        if "fault" in reply.meta:
            raise LoginFailed("the login was answered with a fault", "登录被应答为错误（fault）")
        token = _token_in(reply.body.decode("utf-8"), self._login.token_at)
        if not token:
            at = self._login.token_at
            raise LoginFailed(f"the login was refused: no {at!r} in the answer", f"登录被拒：应答中没有 {at!r}")
        return Granted(token)

    async def _call_once(self) -> Reply:
        settings, body = self._settings, bytearray()
        async with (
            httpx.AsyncClient(timeout=self._login.timeout, trust_env=False, follow_redirects=False,
                              verify=tls_of(settings) or True) as client,
            client.stream("POST", settings.url or "", content=self._call, headers=self._headers) as answer,
        ):
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > settings.reply_limit:
                    most = settings.reply_limit
                    raise LoginFailed(f"the answer to the login is longer than {most} bytes", f"登录的应答超过 {most} 字节")
        meta = {"status": str(answer.status_code)}
        charset = parameter(answer.headers.get("Content-Type", ""), "charset")
        if charset:
            meta["charset"] = charset
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

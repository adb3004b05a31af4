"""One system that speaks SOAP, opened."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from guantong.adapter import Door, SystemContext
from guantong.problems import Problem, ProblemsError
from guantong.record import Answer, NotSent, Outgoing, Reply
from guantong_adapters.http.client import HttpClient
from guantong_adapters.http.tokens import LoginFailed, Tokens
from guantong_adapters.soap import codes
from guantong_adapters.soap.door import SoapDoor
from guantong_adapters.soap.framing import content_type
from guantong_adapters.soap.login import SoapLogin
from guantong_adapters.soap.reply import read_reply
from guantong_adapters.soap.request import Render, Sending, compile_call, compile_login
from guantong_adapters.soap.settings import SoapSettings


class SoapConnection:
    """Sends records as calls of one operation, and lets the system call ours. `send` works only where the
    settings have a `url`; `doors` gives none without `receive`."""

    keeps_time = True

    def __init__(self, context: SystemContext, settings: SoapSettings) -> None:
        self._context = context
        self._settings = settings
        self._doors: tuple[Door, ...] = ()
        if settings.receive is not None:
            door = SoapDoor(context, settings, settings.receive)
            path = f"/in/{context.system}/{settings.receive.path}"
            self._doors = (Door("POST", path, door.handle),)
        self._write: Render | None = None
        self._client: HttpClient | None = None
        self._tokens: Tokens | None = None
        if settings.url is not None:
            self._open_sending(settings)

    def _open_sending(self, settings: SoapSettings) -> None:
        secrets = self._context.secrets
        own = {
            name: header.constant if header.secret is None else secrets[header.secret].reveal()
            for name, header in settings.headers.items()
        }
        headers = {name: value for name, value in own.items() if value is not None}
        self._headers = {**headers, **content_type(settings.version, settings.charset, settings.soap_action)}
        self._write = compile_call(settings, secrets, self._context.signer)
        self._client = HttpClient(settings.connections, reply_limit=settings.reply_limit)
        if settings.login is not None:
            login = SoapLogin(settings, settings.login, compile_login(settings, secrets), headers)
            self._tokens = Tokens(login.log_in)

    def doors(self) -> Sequence[Door]:
        return self._doors

    async def send(self, outgoing: Outgoing) -> Answer:
        """Call once. A login that fails beforehand means that the record was not sent."""
        settings = self._settings
        if self._client is None or self._write is None or settings.url is None:
            raise RuntimeError(f"{self._context.system} has no url: and cannot be sent to")
        began = asyncio.get_running_loop().time()
        token = ""
        if self._tokens is not None:
            try:
                async with asyncio.timeout(outgoing.timeout / 2):
                    token = await self._tokens.token()
            except LoginFailed as error:
                return NotSent(str(error))
            except TimeoutError:
                return NotSent(f"no login within {outgoing.timeout / 2:g} s")
        body = self._write(Sending(outgoing, token, self._context.now()))
        left = outgoing.timeout - (asyncio.get_running_loop().time() - began)
        end = await self._client.post(settings.url, body, self._headers, left)
        if not isinstance(end, Reply):
            return end
        if self._tokens is not None:
            self._tokens.answered(token)
        return read_reply(end, settings.return_element, settings.charset, settings.record_charset)

    async def renew(self) -> None:
        """Forget the token; the next `send` logs in anew."""
        if self._tokens is not None:
            self._tokens.spend()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


async def open_soap(context: SystemContext) -> SoapConnection:
    """Open a system. Raises `ProblemsError` when a secret is missing or the WSDL disagrees."""
    settings: SoapSettings = context.settings
    missing = [name for name in settings.secrets() if name not in context.secrets]
    if missing:
        raise ProblemsError(
            Problem(codes.SECRET_MISSING, path=f"systems.{context.system}", details={"name": name})
            for name in missing
        )
    if settings.wsdl is not None:
        from guantong_adapters.soap.wsdl import check_wsdl  # zeep is loaded only where a WSDL is given

        await check_wsdl(settings, settings.wsdl)
    return SoapConnection(context, settings)

"""One system that speaks SOAP, opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from guantong.adapter import Door, InterfaceChanged, ProbeStep, SystemContext
from guantong.fitting.spoken import Spoken
from guantong.offered import Offered
from guantong.problems import Problem, ProblemsError
from guantong.record import Answer, NotSent, Outgoing, Reply
from guantong_adapters.http.client import HttpClient
from guantong_adapters.http.probe import PATIENCE, judged, logged_in
from guantong_adapters.http.tokens import LoginFailed, Tokens
from guantong_adapters.http.trust import tls_of
from guantong_adapters.soap import codes
from guantong_adapters.soap.byhand import CallsByHand
from guantong_adapters.soap.bywsdl import CallsByWsdl, NotReady
from guantong_adapters.soap.describing import Description, namespace_of
from guantong_adapters.soap.door import SoapDoor
from guantong_adapters.soap.keeping import keeper_of
from guantong_adapters.soap.login import SoapLogin
from guantong_adapters.soap.probing import CHANGED, probed_wsdl
from guantong_adapters.soap.request import Sending, compile_login
from guantong_adapters.soap.security.codes import CANNOT_CALL
from guantong_adapters.soap.security.replies import Replies
from guantong_adapters.soap.security.sending import CertificateEnded, Securing
from guantong_adapters.soap.serving.service import open_service
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.written import Written

EXPIRED = "expired"
"""The category of a certificate of ours that has ended: the other steps can be tried all the same."""


class SoapConnection:
    """Sends records as calls, and lets the system call us. `send` works only where the settings have a `url`;
    `doors` gives none without `receive` or `serve`."""

    keeps_time = True

    def __init__(self, context: SystemContext, settings: SoapSettings) -> None:
        self._context = context
        self._settings = settings
        self._doors: tuple[Door, ...] = ()
        if settings.receive is not None:
            door = SoapDoor(context, settings, settings.receive)
            path = f"/in/{context.system}/{settings.receive.path}"
            self._doors = (Door("POST", path, door.handle),)
            if namespace_of(settings, settings.receive):
                self._doors += (Door("GET", path, Description(context, settings, settings.receive).handle),)
        self._calls: CallsByHand | CallsByWsdl | None = None
        self._client: HttpClient | None = None
        self._tokens: Tokens | None = None
        self._securing: Securing | None = None
        self._replies: Replies | None = None
        if settings.url is not None:
            self._open_sending(settings)

    def _open_sending(self, settings: SoapSettings) -> None:
        secrets = self._context.secrets
        own = {
            name: header.constant if header.secret is None else secrets[header.secret].reveal()
            for name, header in settings.headers.items()
        }
        headers = {name: value for name, value in own.items() if value is not None}
        self._headers = headers
        made = CallsByWsdl if settings.by_wsdl else CallsByHand
        self._calls = made(self._context, settings, headers)
        self._client = HttpClient(settings.connections, reply_limit=settings.reply_limit, tls=tls_of(settings))
        if settings.security is not None and settings.security.send is not None:
            self._securing = Securing(settings.security.send, secrets)
        if settings.security is not None and settings.security.expect is not None:
            self._replies = Replies(settings.security.expect, secrets, self._context.now)
        if settings.login is not None:
            login = SoapLogin(settings, settings.login, compile_login(settings, secrets), headers)
            self._tokens = Tokens(login.log_in)

    async def prepare(self) -> None:
        """What is to be known before the first call. Raises `ProblemsError`."""
        serve = self._settings.serve
        if serve is not None:
            security = self._settings.security
            door = await open_service(self._context, serve, self._settings.charset, security)
            self._doors = (*self._doors, *door.doors())
        if self._calls is not None:
            await self._calls.prepare()

    def doors(self) -> Sequence[Door]:
        return self._doors

    async def send(self, outgoing: Outgoing) -> Answer:
        """Call once. A login or a WSDL that is not to be had beforehand means that the record was not sent.
        Raises `ProblemsError` for a record that cannot be written as the WSDL wants it."""
        return await self._called(outgoing, lambda calls, sending: calls.write(sending))

    async def _called(self, outgoing: Outgoing, write: Callable[[CallsByHand | CallsByWsdl, Sending], Written]) -> Answer:
        settings = self._settings
        if self._client is None or self._calls is None or settings.url is None:
            raise RuntimeError(f"{self._context.system} has no url: and cannot be sent to")
        began = asyncio.get_running_loop().time()
        token = ""
        try:
            async with asyncio.timeout(outgoing.timeout / 2):
                await self._calls.ready()
                if self._tokens is not None:
                    token = await self._tokens.token()
        except (LoginFailed, NotReady) as error:
            return NotSent(str(error), error.zh)
        except TimeoutError:
            awaited, awaited_zh = ("login", "登录") if self._tokens is not None else ("WSDL", "取得 WSDL")
            half = outgoing.timeout / 2
            return NotSent(f"no {awaited} within {half:g} s", f"{half:g} 秒内未能{awaited_zh}")
        written = write(self._calls, Sending(outgoing, token, self._context.now()))
        body, signature = written.body, ""
        if self._securing is not None:
            try:
                self._securing.hold(self._context.now())
            except CertificateEnded as error:
                return NotSent(str(error), error.zh)
            body, signature = self._securing.secured(body, settings.charset, self._context.now())
        left = outgoing.timeout - (asyncio.get_running_loop().time() - began)
        end = await self._client.post(settings.url, body, written.headers, left)
        if not isinstance(end, Reply):
            return end
        if self._tokens is not None:
            self._tokens.answered(token)
        return written.read(end) if self._replies is None else self._replies.read(end, written.read, signature)

    async def probe(self) -> Sequence[ProbeStep]:
        """Have the WSDL where the settings name one; log in where there is a login; ask the address for its WSDL, with
        our headers."""
        if self._client is None or self._settings.url is None:
            return ()
        keeper = keeper_of(self._context, self._settings)
        steps = [await probed_wsdl(keeper)] if keeper is not None else []
        if self._securing is not None:
            steps.append(self._signs(self._securing))
        if self._tokens is not None:
            steps.append(await logged_in(self._tokens))
        if any(step.category not in ("", CHANGED, EXPIRED) for step in steps):
            return steps
        url = self._settings.url
        url = f"{url}{'&' if '?' in url else '?'}wsdl"
        answering = self._client.request("GET", url, None, self._headers, PATIENCE)
        target, known = f"GET {urlsplit(url).path}?wsdl", self._tokens is not None
        return [*steps, await judged(target, answering, proves=known, may_be_404=self._settings.answers_404)]

    def _signs(self, securing: Securing) -> ProbeStep:
        """Whether our own certificate for signing is valid: with one that is not, nothing is sent."""
        try:
            securing.hold(self._context.now())
        except CertificateEnded as error:
            details = {"what": str(error), "what_zh": error.zh}
            path = f"{self._context.system}.settings.security.send.signature.certificate"
            return ProbeStep("signing", self._context.system, 0.0, EXPIRED, Problem(CANNOT_CALL, path=path, details=details))
        return ProbeStep("signing", self._context.system, 0.0)

    async def recheck(self, kinds: Sequence[str]) -> InterfaceChanged | None:
        """What of the WSDL is no longer as it is used; None where calls are not made by one. Raises `ProblemsError`."""
        return await self._calls.recheck(kinds) if isinstance(self._calls, CallsByWsdl) else None

    async def offered(self, spoken: Spoken) -> Offered | None:
        """The WSDL as it is now, where it is another and fits. Raises `InterfaceRefused`, `ProblemsError`."""
        return await self._calls.offered(spoken) if isinstance(self._calls, CallsByWsdl) else None

    async def renew(self) -> None:
        """Forget the token; the next `send` logs in anew."""
        if self._tokens is not None:
            self._tokens.spend()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


class AskedConnection(SoapConnection):
    """A system that can be asked what became of a delivery."""

    async def query(self, outgoing: Outgoing) -> Answer:
        """Ask once. Ends as `send` does; raises `ProblemsError` for a record that lacks what is asked by."""
        return await self._called(outgoing, lambda calls, sending: calls.ask(sending))


async def open_soap(context: SystemContext) -> SoapConnection:
    """Open a system. Raises `ProblemsError` when a secret is missing or the WSDL disagrees."""
    settings: SoapSettings = context.settings
    missing = [name for name in settings.secrets() if name not in context.secrets]
    if missing:
        raise ProblemsError(
            Problem(codes.SECRET_MISSING, path=f"systems.{context.system}", details={"name": name})
            for name in missing
        )
    made = SoapConnection if settings.query is None else AskedConnection
    connection = made(context, settings)
    try:
        await connection.prepare()
    except BaseException:
        await connection.close()
        raise
    return connection

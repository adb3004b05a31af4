"""TLS at the hub's own doors, and the certificates of who calls: which authorities issue them, which are agreed for a system.

A certificate that does not verify ends the handshake, so no request is there to be answered: why is told to the log and counted.
"""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

import structlog
from aiohttp import web

from guantong.config.tls import TlsKeys, common_name, doors_context
from guantong.problems import Code
from guantong.reception.codes import NO_CERTIFICATE, OTHER_CERTIFICATE, TLS_REFUSED
from guantong.reception.pages import problem_page
from guantong.tlserrors import tls_in_words

HANDSHAKE = 10.0
"""Seconds a handshake may take."""
QUIET = 60.0
"""Seconds in which one reason is logged once."""
Refused = Callable[[str, str], None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
log = structlog.get_logger("guantong.doors")


def doors_tls(home: Path, keys: TlsKeys, refused: Refused) -> ssl.SSLContext:
    """What the doors show and whom they trust; a handshake that fails is told to *refused*. Raises `ProblemsError` for a file that
    cannot be used."""
    context = doors_context(home, keys)
    context.sslobject_class = _telling(refused)
    return context


def _telling(refused: Refused) -> type[ssl.SSLObject]:
    """A line of TLS that tells why its handshake failed: who serves it hears only that it did."""
    told: dict[str, float] = {}

    class Told(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                refused("", TLS_REFUSED.id)
                what, what_zh = tls_in_words(error)
                if time.monotonic() - told.get(what, -QUIET) >= QUIET:
                    told[what] = time.monotonic()
                    log.warning("tls.refused", code=TLS_REFUSED.id, what=what, what_zh=what_zh)
                raise

    return Told


def agreed(handle: Handler, system: str, certificates: Collection[str], refused: Refused) -> Handler:
    """*handle* for those alone who showed one of *certificates*: by fingerprint (`sha256:…`) or common name (`CN=…`). Nothing of a
    request is read before."""
    prints = {one.removeprefix("sha256:") for one in certificates if one.startswith("sha256:")}
    names = {one.removeprefix("CN=") for one in certificates if one.startswith("CN=")}

    async def guarded(request: web.Request) -> web.StreamResponse:
        line = request.transport.get_extra_info("ssl_object") if request.transport is not None else None
        shown = line.getpeercert(binary_form=True) if line is not None else None
        if shown is not None and (hashlib.sha256(shown).hexdigest() in prints or (names and common_name(shown) in names)):
            return await handle(request)
        code = NO_CERTIFICATE if shown is None else OTHER_CERTIFICATE
        refused(system, code.id)
        return _turned_away(code)

    return guarded


def _turned_away(code: Code) -> web.Response:
    page = problem_page(403, code=code)
    page.force_close()
    return page

"""Calls as the settings spell them out: one operation whose arguments are texts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from guantong.adapter import SystemContext
from guantong_adapters.soap.agreement import check_agreement
from guantong_adapters.soap.asking import Asking
from guantong_adapters.soap.framing import content_type, escaped
from guantong_adapters.soap.headers import Headers, compile_headers
from guantong_adapters.soap.keeping import keeper_of
from guantong_adapters.soap.reply import read_reply
from guantong_adapters.soap.request import Sending, compile_call, compile_framed
from guantong_adapters.soap.settings import SoapSettings, StatusCall
from guantong_adapters.soap.supplying import Supply
from guantong_adapters.soap.written import Read, Written
from guantong_adapters.soap.wsdl.refusal import shown


class CallsByHand:
    """The calls of one system, and the answers to them."""

    def __init__(self, context: SystemContext, settings: SoapSettings, headers: Mapping[str, str]) -> None:
        self._context = context
        self._settings = settings
        self._headers = {**headers, **content_type(settings.version, settings.charset, settings.soap_action)}
        header = compile_headers(settings.soap_headers, context.secrets, settings.namespace) if settings.soap_headers else None
        self._write = compile_call(settings, context.secrets, context.signer, header)
        self._read = self._reading(settings.return_element)
        if settings.query is not None:
            self._prepare_asking(settings.query, header)

    def _prepare_asking(self, query: StatusCall, header: Headers | None) -> None:
        settings, asking = self._settings, Asking(query, self._context.secrets)
        arguments = [(name, partial(_text, give, settings.charset)) for name, give in asking.arguments]
        self._ask = compile_framed(settings, asking.operation, arguments, header)
        self._ask_headers = {**self._headers, **content_type(settings.version, settings.charset, query.soap_action)}
        self._read_asked = self._reading(query.return_element or settings.return_element)

    def _reading(self, return_element: str | None) -> Read:
        settings = self._settings
        return partial(read_reply, return_element=return_element, charset=settings.charset, record_charset=settings.record_charset)

    async def prepare(self) -> None:
        """Hold the settings against the WSDL, where there is one at hand. Raises `ProblemsError`."""
        keeper = keeper_of(self._context, self._settings)
        description = await asyncio.to_thread(keeper.at_hand) if keeper is not None else None
        if keeper is not None and description is not None:
            check_agreement(self._settings, description, shown(keeper.root))

    async def ready(self) -> None:
        """Nothing more is needed for a call."""

    def write(self, sending: Sending) -> Written:
        """The call that carries a record."""
        return Written(self._write(sending), self._headers, self._read)

    def ask(self, sending: Sending) -> Written:
        """The status call about a record. Raises `ProblemsError` for one that lacks what it asks by."""
        return Written(self._ask(sending), self._ask_headers, self._read_asked)


def _text(give: Supply, charset: str, sending: Sending) -> bytes:
    return escaped(give(sending)).encode(charset)

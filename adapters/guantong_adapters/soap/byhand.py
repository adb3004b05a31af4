"""Calls as the settings spell them out: one operation whose arguments are texts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from guantong.adapter import SystemContext
from guantong_adapters.soap.agreement import check_agreement
from guantong_adapters.soap.framing import content_type
from guantong_adapters.soap.keeping import keeper_of
from guantong_adapters.soap.reply import read_reply
from guantong_adapters.soap.request import Sending, compile_call
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.written import Written
from guantong_adapters.soap.wsdl.refusal import shown


class CallsByHand:
    """The calls of one system, and the answers to them."""

    def __init__(self, context: SystemContext, settings: SoapSettings, headers: Mapping[str, str]) -> None:
        self._context = context
        self._settings = settings
        self._headers = {**headers, **content_type(settings.version, settings.charset, settings.soap_action)}
        self._write = compile_call(settings, context.secrets, context.signer)
        self._read = partial(
            read_reply, return_element=settings.return_element, charset=settings.charset,
            record_charset=settings.record_charset,
        )

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

"""Calls as the system's WSDL spells them out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import structlog

from guantong.adapter import SystemContext
from guantong.problems import Place, ProblemsError
from guantong_adapters.soap.keeping import keeper_of
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.written import Written
from guantong_adapters.soap.wsdl.codes import UNREACHABLE
from guantong_adapters.soap.wsdl.refusal import shown
from guantong_adapters.soap.wsdlcalls import WsdlCalls

log = structlog.get_logger("guantong.soap")


class NotReady(Exception):
    """The WSDL is not to be had yet. The text is the whole problem."""


class CallsByWsdl:
    """The calls of one system. The WSDL is read once: when the system is opened or, where it cannot be fetched
    then, before the first call."""

    def __init__(self, context: SystemContext, settings: SoapSettings, headers: Mapping[str, str]) -> None:
        keeper = keeper_of(context, settings)
        assert keeper is not None  # noqa: S101  calls are made by a WSDL only where the settings name one
        self._keeper = keeper
        self._context = context
        self._settings = settings
        self._headers = headers
        self._lock = asyncio.Lock()
        self._calls: WsdlCalls | None = None

    async def prepare(self) -> None:
        """Read the WSDL. One that cannot be reached is told in the log and wanted again by the first call: a
        county whose network is down must not keep the hub from starting. Raises `ProblemsError` for any other
        mistake."""
        try:
            await self._load()
        except ProblemsError as error:
            if any(problem.code is not UNREACHABLE for problem in error.problems):
                raise
            log.warning("soap.no_wsdl", system=self._context.system, problem=error.problems[0].line())

    async def ready(self) -> None:
        """Have the WSDL, or raise `NotReady`."""
        if self._calls is not None:
            return
        try:
            await self._load()
        except ProblemsError as error:
            raise NotReady(error.problems[0].line()) from None

    async def _load(self) -> None:
        async with self._lock:
            if self._calls is not None:
                return
            description = await self._keeper.description()
            try:
                calls = WsdlCalls(self._settings, self._context.secrets, description)
                calls.prepare()
            except ProblemsError as error:
                raise ProblemsError(
                    problem if problem.place.file else replace(problem, place=Place(shown(self._keeper.root)))
                    for problem in error.problems
                ) from None
            self._calls = calls

    def write(self, sending: Sending) -> Written:
        """The call that carries a record. Raises `ProblemsError` for a record that does not fit."""
        calls = self._calls
        assert calls is not None  # noqa: S101  `ready` came first
        body, call = calls.write(sending)
        return Written(body, {**self._headers, **call.http}, partial(calls.read, call))

"""Calls as the system's WSDL spells them out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from guantong.adapter import InterfaceChanged, SystemContext
from guantong.fitting.spoken import Spoken
from guantong.offered import InterfaceRefused, Offered
from guantong.problems import Place, ProblemsError
from guantong.reasoned import Reasoned
from guantong_adapters.soap.fitting.holding import held
from guantong_adapters.soap.keeping import keeper_of
from guantong_adapters.soap.rechecking import compared
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.written import Written
from guantong_adapters.soap.wsdl.model import Description
from guantong_adapters.soap.wsdl.refusal import shown
from guantong_adapters.soap.wsdlcalls import Call, WsdlCalls


class NotReady(Reasoned):
    """The WSDL is not to be had yet. The text is the whole problem."""


class CallsByWsdl:
    """The calls of one system. The WSDL is taken up when the system is opened or, where it was never fetched until
    then, before the first call; another one when it was `offered` and is used."""

    def __init__(self, context: SystemContext, settings: SoapSettings, headers: Mapping[str, str]) -> None:
        keeper = keeper_of(context, settings)
        assert keeper is not None  # noqa: S101  calls are made by a WSDL only where the settings name one
        self._keeper = keeper
        self._context = context
        self._settings = settings
        self._headers = headers
        self._lock = asyncio.Lock()
        self._calls: WsdlCalls | None = None
        self._used: Description | None = None

    async def prepare(self) -> None:
        """Take up the WSDL where it is at hand. One that was never fetched is fetched for the first call: a county
        whose network is down must not keep the hub from starting. Raises `ProblemsError` for what is wrong."""
        description = await asyncio.to_thread(self._keeper.at_hand)
        if description is not None:
            self._take_up(await self._keeper.description())

    async def ready(self) -> None:
        """Have the WSDL, or raise `NotReady`."""
        if self._calls is not None:
            return
        async with self._lock:
            if self._calls is None:
                try:
                    self._take_up(await self._keeper.description())
                except ProblemsError as error:
                    first = error.problems[0]
                    raise NotReady(first.line(), first.line("zh")) from None

    def _take_up(self, description: Description) -> None:
        try:
            calls = WsdlCalls(self._settings, self._context.secrets, description)
            calls.prepare()
        except ProblemsError as error:
            raise ProblemsError(
                problem if problem.place.file else replace(problem, place=Place(shown(self._keeper.root)))
                for problem in error.problems
            ) from None
        self._calls, self._used = calls, description

    async def recheck(self, kinds: Sequence[str]) -> InterfaceChanged | None:
        """What of the WSDL is no longer as it is used. Raises `ProblemsError`."""
        if self._used is None:
            return None
        now = await self._keeper.fresh()
        return compared(self._settings, self._used, now, kinds, shown(self._keeper.root))

    async def offered(self, spoken: Spoken) -> Offered | None:
        """The WSDL as it is now, where it is another and fits. Raises `InterfaceRefused`, and `ProblemsError` where it cannot be had."""
        if self._used is None:
            return None
        now, keep = await self._keeper.renewed()
        if now.digest == self._used.digest:
            return None
        location = shown(self._keeper.root)
        changed = InterfaceChanged(location, now.digest[:16], ())
        try:
            changed = compared(self._settings, self._used, now, [plan.kind_out for plan in spoken.plans], location) or changed
            calls = WsdlCalls(self._settings, self._context.secrets, now)
            calls.prepare()
            problems = [one for one in await asyncio.to_thread(held, self._settings, self._context.home, now, spoken) if one.code.severity == "error"]
        except ProblemsError as error:
            problems = list(error.problems)
        if problems:
            raise InterfaceRefused(changed, [one if one.place.file else replace(one, place=Place(location)) for one in problems])

        def use() -> None:
            self._calls, self._used = calls, now

        return Offered(changed, partial(asyncio.to_thread, keep), use)

    def write(self, sending: Sending) -> Written:
        """The call that carries a record. Raises `ProblemsError` for a record that does not fit."""
        calls = self._calls
        assert calls is not None  # noqa: S101  `ready` came first
        return self._written(calls, *calls.write(sending))

    def ask(self, sending: Sending) -> Written:
        """The status call about a record. Raises `ProblemsError` for one that lacks what it asks by."""
        calls = self._calls
        assert calls is not None  # noqa: S101  `ready` came first
        return self._written(calls, *calls.ask(sending))

    def _written(self, calls: WsdlCalls, body: bytes, call: Call) -> Written:
        return Written(body, {**self._headers, **call.http}, partial(calls.read, call))

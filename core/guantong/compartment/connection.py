"""The hub's end of a compartment: a connection with the capabilities that the process declares."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from guantong.adapter import Awaited, Connection, Door, Mark, Polled, Receipt, SystemContext
from guantong.compartment import wire
from guantong.compartment.channel import Method
from guantong.compartment.codes import ANSWERS_WRONG, DOOR_OF_OTHERS, TURNED_AWAY
from guantong.compartment.compartment import Away, Compartment, Lodger, NotThere
from guantong.compartment.proxy import Proxy, doors_of
from guantong.compartment.wire import WireError
from guantong.problems import Problem, ProblemsError, all_codes
from guantong.record import Answer, NotSent, Outgoing, Unsure

T = TypeVar("T")


class Heard:
    """What the process tells the hub by itself: records, what its doors turned away, and that it listens."""

    def __init__(self, context: SystemContext) -> None:
        self.ready: Callable[[], None] = _nobody_waits
        self._context = context
        self._codes = frozenset(all_codes())

    def methods(self) -> Mapping[str, Method]:
        """What the process may call."""
        return {"accept": self._accept, "refused": self._refused, "ready": self._ready}

    async def _accept(self, told: Any) -> Any:
        record = wire.record_from(self._context.system, told)
        if len(record.body) > self._context.body_limit:
            raise WireError("the record is larger than hub.body_limit")
        return wire.verdict_to(await self._context.accept(record))

    async def _refused(self, told: Any) -> None:
        # Whatever it says is counted, and no name of its own making: each would be a line of the journal.
        self._context.refused(told if isinstance(told, str) and told in self._codes else TURNED_AWAY.id)

    async def _ready(self, _told: Any) -> None:
        self.ready()


def _nobody_waits() -> None:
    """Nobody waits to hear that it listens."""


class Lodged:
    """What every such connection has."""

    def __init__(self, compartment: Compartment, lodger: Lodger, heard: Heard) -> None:
        self._compartment = compartment
        self._system = lodger.system
        self._heard = heard

    async def close(self) -> None:
        await self._compartment.close()

    async def _attempt(self, method: str, outgoing: Outgoing) -> Answer:
        try:
            told = await self._compartment.attempt(method, outgoing.key, wire.outgoing_to(outgoing))
            return wire.answer_from(told)
        except NotThere as error:
            return NotSent(str(error), error.zh)
        except Away as error:
            return Unsure(f"the adapter's process ended: {error}", f"适配器进程已结束：{error.zh}")
        except WireError as error:
            return Unsure(f"the adapter's answer cannot be understood: {error}", f"适配器的应答不合约定：{error}")


class Sends(Lodged):
    """It can be sent to."""

    async def send(self, outgoing: Outgoing) -> Answer:
        return await self._attempt("send", outgoing)


class Queries(Lodged):
    """It can be asked about deliveries."""

    async def query(self, outgoing: Outgoing) -> Answer:
        try:
            return await self._attempt("query", outgoing)
        except ProblemsError as error:
            problem = error.problems[0]
            return Unsure(problem.message(), problem.message("zh"))


class Renews(Lodged):
    """It honours a token for a while."""

    async def renew(self) -> None:
        await self._compartment.call("renew")


class Polls(Lodged):
    """It is read by us."""

    async def poll(self, since: str, limit: int) -> Polled:
        told = await self._compartment.call("poll", {"since": since, "limit": limit})
        return understood(lambda: wire.polled_from(self._system, told))

    async def mark(self, marks: Sequence[Mark]) -> None:
        await self._compartment.call("mark", wire.marks_to(marks))


class Receipts(Lodged):
    """Its receipts are read by us."""

    async def receipts(self, awaited: Sequence[Awaited]) -> Sequence[Receipt]:
        told = await self._compartment.call("receipts", wire.awaited_to(awaited))
        return understood(lambda: wire.receipts_from(told))


class Listens(Lodged):
    """It speaks to us over a connection of its own. Nothing on the wire takes a question back: while nobody waits for it the
    process goes on listening, what it brings is turned away until it ends by itself, and it is never asked twice at once."""

    _line: asyncio.Future[Any] | None = None

    async def listen(self, ready: Callable[[], None]) -> None:
        self._heard.ready = ready
        if self._line is None or self._line.done():
            self._line = asyncio.ensure_future(self._compartment.call("listen"))
            self._line.add_done_callback(_seen)
        else:
            ready()
        await asyncio.shield(self._line)
        raise Away("it listens no longer", "已不再监听")


def _seen(line: asyncio.Future[Any]) -> None:
    """How it ended is told to whoever waits for it, if anybody does."""
    if not line.cancelled():
        line.exception()


class Serves(Lodged):
    """It is reached over HTTP: the hub passes each request on to the process."""

    def __init__(self, compartment: Compartment, lodger: Lodger, heard: Heard) -> None:
        super().__init__(compartment, lodger, heard)
        self._proxy = Proxy(lambda: compartment.opened, lodger.folder, lodger.longest)

    def doors(self) -> Sequence[Door]:
        found = understood(lambda: doors_of(self._compartment.opened))
        return [Door(method, path, self._proxy.door(path)) for method, path in found]

    async def close(self) -> None:
        await self._proxy.close()
        await super().close()


CAPABILITIES: Mapping[str, type[Lodged]] = {
    "send": Sends, "query": Queries, "renew": Renews, "poll": Polls, "receipts": Receipts, "listen": Listens, "serve": Serves,
}
"""What a process may declare at `open` that it can."""


def understood(read: Callable[[], T]) -> T:
    """What *read* makes of what was told. Raises `ProblemsError` where that is not as agreed."""
    try:
        return read()
    except WireError as error:
        raise ProblemsError([Problem(ANSWERS_WRONG, details={"what": str(error)})]) from error


async def lodge(lodger: Lodger, context: SystemContext) -> tuple[Connection, Sequence[str]]:
    """Start *lodger* and return the connection it offers, and what it can; what comes from it is accepted as *context*'s system's.
    Raises `ProblemsError` where it does not start, or declares what is not known."""
    heard = Heard(context)
    compartment = Compartment(lodger, heard.methods())
    await compartment.open()
    try:
        can = _can(compartment.opened)
        if "serve" in can:
            _only_its_own(lodger, understood(lambda: doors_of(compartment.opened)))
    except ProblemsError:
        await compartment.close()
        raise
    made = type("LodgedConnection", tuple(CAPABILITIES[name] for name in can) or (Lodged,), {})
    connection: Connection = made(compartment, lodger, heard)
    return connection, can


def _can(opened: Mapping[str, Any]) -> Sequence[str]:
    """What the process says it can, each once."""
    can = opened.get("can", [])
    if not isinstance(can, list) or not all(isinstance(name, str) and name in CAPABILITIES for name in can):
        what = f"`can` is a list of: {', '.join(CAPABILITIES)}"
        raise ProblemsError([Problem(ANSWERS_WRONG, details={"what": what})])
    return list(dict.fromkeys(can))


def _only_its_own(lodger: Lodger, doors: Sequence[tuple[str, str]]) -> None:
    """A door of another system, or of the hub itself, would bring this process what is meant for them."""
    others = [f"{method} {path}"[:200] for method, path in doors if not lodger.may_serve(method, path)]
    if others:
        raise ProblemsError([Problem(DOOR_OF_OTHERS, details={"door": door, "own": lodger.serves}) for door in others[:10]])

"""Messages, events and deliveries to fill a store with, for its contract."""

from __future__ import annotations

from guantong.journey.states import DeliveryState, MessageState
from guantong.store import NewEvent, NewMessage, Transaction

D = DeliveryState


def message(system: str = "puning.approval", state: MessageState = MessageState.ROUTED, at: int = 1_000,
            body: bytes = b"sealed") -> NewMessage:
    """A record to keep."""
    return NewMessage(system, at, "EX_GDBS_SPCL", state, body, "gb18030", "row 7", "GT000", "because")


def event(tx: Transaction, subject: int, key: bytes = b"key", version: int = 1, *,
          held_back: bool = False) -> int:
    """A kept event of *subject*, in a message of its own."""
    kept = tx.add_message(message())
    return tx.add_event(NewEvent(kept, subject, "case.step", version, key, b"digest %d" % version, "plan", 5,
                                 b"sealed %d" % version, held_back))


def delivery(tx: Transaction, subject: int, target: str = "city.hall", state: DeliveryState = D.WAITING,
             at: int = 1_000, *, due: int | None = None, passes: bool = False) -> int:
    """A delivery of a new event of *subject*."""
    made = tx.add_delivery(event(tx, subject), subject, target, "case.step", D.WAITING, at, passes)
    if state is not D.WAITING or due is not None:
        tx.move(made, state, at=at, due=at if due is None else due, attempts=0)
    return made

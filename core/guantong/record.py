"""Records: what systems really send and are sent, and the ends an exchange can have.

These are the plain values that cross the border between the core and an adapter. Adapters build
`Record`s and answer with `Reply`, `NotSent` or `Unsure`; they never retry, sleep, swallow or judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from guantong.blobs.folding import Part

if TYPE_CHECKING:
    from guantong.attached import Attached

Fields: TypeAlias = dict[str, Any]
"""A decoded native record: text, `None`, nested `Fields`, or lists of `Fields`, by native name."""


NOTHING: Mapping[str, str] = MappingProxyType({})


class Record(NamedTuple):
    """One record (原始报文) as a system sent it, byte for byte.

    `kind` is the native record kind where the protocol names it outside the body (a table, an operation);
    `charset` is what the transport declared; `ref` is the source's own handle (a row key, a file name)
    by which a polled source is told what became of it; `meta` holds small facts of the transport, never
    secrets; `parts` are the contents that came beside it, kept as blobs; `backfill` is the run of a backfill (存量办件)
    that read it, 0 for what came by itself.
    """

    system: str
    body: bytes
    kind: str | None = None
    charset: str | None = None
    ref: str | None = None
    meta: Mapping[str, str] = NOTHING
    parts: tuple[Part, ...] = ()
    backfill: int = 0


class Native(NamedTuple):
    """A decoded record: its native kind (table, element, message type) and its fields."""

    kind: str
    fields: Fields


class Typed(Native):
    """A native record whose numbers and booleans stand as such wherever its codec writes them: the codec need not
    look for their texts."""

    __slots__ = ()


class Outgoing(NamedTuple):
    """What an adapter is to send: one attempt of one delivery.

    `kind` is the native record kind (names the table, operation or path); `body` the encoded bytes, equal
    in every attempt; `fields` the native fields, for what a protocol carries outside the body (path, key
    columns); `key` is stable over attempts and unique per delivery; `timeout` is in seconds; `attached` are the
    event's attachments, for a protocol that carries them beside the record. In body and fields, an attachment that
    the mapping writes is Base64; in fields, an `AttachedText`, so that a column of bytes can take the content itself.
    `beside` are the others: what a protocol that carries files puts beside the record.
    """

    delivery: int
    attempt: int
    event: str
    kind: str
    body: bytes
    fields: Fields
    key: str
    timeout: float
    attached: tuple[Attached, ...] = ()

    @property
    def beside(self) -> tuple[Attached, ...]:
        """The attachments that do not stand in the record."""
        return tuple(one for one in self.attached if not one.inside)


class Reply(NamedTuple):
    """The target answered. `body` is the answer freed from its transport (the text inside a SOAP return,
    an HTTP body); `meta` carries what lies outside, such as `status` (HTTP) or `fault` (SOAP faultcode)."""

    body: bytes
    meta: Mapping[str, str] = NOTHING


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely no request byte left us (name not resolved, connection refused, no connection in time). `reason_zh` is the
    reason in Chinese, for those who see to it; where it is not given, they read `reason`."""

    reason: str
    reason_zh: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """The request may have taken effect: the connection broke or the answer did not come. `reason_zh` as for `NotSent`."""

    reason: str
    reason_zh: str = ""


class Oversized(Unsure):
    """The answer is longer than we read: asking again brings the same."""


Answer: TypeAlias = Reply | NotSent | Unsure


class Acceptance(StrEnum):
    """How ACCEPT ended for a record. All but `REFUSED` are kept and acknowledged."""

    ROUTED = "routed"
    UNROUTED = "unrouted"
    DUPLICATE = "duplicate"
    STALE = "stale"
    CONFLICT = "conflict"
    PARKED = "parked"
    REFUSED = "refused"


class Verdict(NamedTuple):
    """What became of a received record; the adapter says it in its protocol's own manner.

    `message` is the message id (0 when refused). `reason` is safe to show to the sender: it never holds a
    business value of another record. `code` is the problem's stable code, empty on success.
    """

    acceptance: Acceptance
    message: int = 0
    code: str = ""
    reason: str = ""
    reason_zh: str = ""
    again: bool = False
    """Refused only for now (we are full, or cannot write): the sender should come again later (HTTP 503)."""

    def template(self, text: str) -> str:
        """*text*, in which an adapter fills in the reason and the code, without its ` [{code}]` where the reason names the
        code already: nobody is told it twice."""
        return text.replace(" [{code}]", "") if self.code and f"[{self.code}]" in self.reason else text

    @property
    def taken(self) -> bool:
        """True when the record is durably ours and the sender must not send it again."""
        return self.acceptance is not Acceptance.REFUSED

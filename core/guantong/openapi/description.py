"""What an adapter says of a door before anything is opened: everything of the request that is the protocol's, not the
record's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guantong.scheme import SchemeChoice


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """One way to be answered: the HTTP status, the content type, an example of the body, what it means."""

    status: int
    media: str
    example: Any
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class DoorDescription:
    """One door of a system. `media` are the content types it takes (empty: any); `field` names the part of a form that
    holds the record, `sealed` the cipher it is sealed with. The sender is proven by a signature scheme (`proof`), or by
    keys in the fields of the form named in `keys`."""

    method: str
    path: str
    answers: Sequence[DoorAnswer]
    proof: SchemeChoice | None = None
    keys: Sequence[str] = ()
    media: Sequence[str] = ()
    field: str | None = None
    sealed: str = ""


def nothing_described(_system: str, _settings: Any) -> Sequence[DoorDescription]:
    """An adapter whose systems do not call us over HTTP, or are described elsewhere (a WSDL)."""
    return ()


Schema = Mapping[str, Any]
"""A JSON Schema (draft 2020-12, as OpenAPI 3.1 has it)."""

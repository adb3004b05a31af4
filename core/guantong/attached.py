"""An attachment on its way to a system, as an adapter gets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self

from guantong.blobs.blob import Blob


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment of the event: what it is called and which type it has as its source says ("" where it does not),
    its content's digests and size; `read` gives the content piece by piece (blocking; raises `BlobMissing`,
    `BlobsFailed`, `VaultError`). `inside`: the mapping wrote the content into the record, so it need not go beside it."""

    name: str
    type: str
    blob: Blob
    read: Callable[[], Iterator[bytes]]
    inside: bool = False


class AttachedText(str):
    """The Base64 text of an attachment in a native field. A protocol that carries bytes takes them from `attached`."""

    __slots__ = ("attached",)

    attached: Attached

    def __new__(cls, text: str, attached: Attached) -> Self:
        made = super().__new__(cls, text)
        made.attached = attached
        return made

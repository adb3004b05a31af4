"""What a value that was sent depends on, found out by trying: a value of the record that came is taken away or altered, everything is
mapped anew by the compiled mappings, and what is sent then is looked at. Nothing of what lineage says is used."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from guantong.codec import Undecodable, Unencodable
from guantong.config import Configuration
from guantong.journey.facts import facts_of
from guantong.mapping import Incomplete, Missing, Untranslatable
from guantong.operations.flatten import flat
from guantong.operations.stored import facts_out
from guantong.record import Native
from guantong.store import DeliveryRow, EventRow, Reader
from guantong.vault import Vault

_PART = re.compile(r"([^/\[\]]+)|\[(\d+)\]")


class Tried:
    """One delivery, made anew from the record that its event came in."""

    def __init__(self, config: Configuration, reader: Reader, vault: Vault, row: DeliveryRow, event: EventRow) -> None:
        self._event = event
        message = reader.message(event.message)
        assert message is not None
        self._source, self._target = config.systems[message.system], config.systems[row.target]
        self._context = facts_out(config, self._target, event, reader, vault)
        self.natives = natives_of(config, reader, vault, event.message)

    def depends(self, number: int, target: str, source: str) -> bool:
        """Whether the leaf *target* of what is sent becomes another, or nothing can be sent, when the value at the native path *source*
        of the record *number* is not there, or another."""
        native = self.natives[number - 1]
        before = self.sent(native.kind, dict(native.fields))
        tries = (self.sent(native.kind, other(native.fields, source, altered=altered)) for altered in (False, True))
        return before is not None and any(after is None or after.get(target) != before.get(target) for after in tries)

    def sent(self, kind: str, fields: dict[str, Any]) -> Mapping[str, Any] | None:
        """The leaves of what is sent of a record of these *fields*; None where nothing can be sent."""
        try:
            made = self._source.dialect.inward(Native(kind, fields), facts_of(self._source))
            values = next((one.values for one in made if one.event == self._event.name), None)
            if values is None:
                return None
            written = self._target.dialect.outward(self._event.name, values, self._context)
            body = self._target.dialect.encode(written.native)
            (again,) = self._target.dialect.codec_out.decode(body, written.native.kind)
        except (Untranslatable, Missing, Incomplete, Undecodable, Unencodable):
            return None
        return flat(again.fields, "/")


def natives_of(config: Configuration, reader: Reader, vault: Vault, message: int) -> list[Native]:
    """The records of a stored message, decoded."""
    row = reader.message(message)
    assert row is not None
    return config.systems[row.system].dialect.decode(vault.open(row.body), row.kind or None, row.charset or None)


def other(fields: Mapping[str, Any], path: str, *, altered: bool) -> dict[str, Any]:
    """*fields* with another text at *path* (`a/b[0]/c`), or without what is there."""
    made: dict[str, Any] = copy.deepcopy(dict(fields))
    parts: list[str | int] = [int(number) if number else name for name, number in _PART.findall(path)]
    inner: Any = made
    for part in parts[:-1]:
        inner = inner[part]
    if not altered:
        inner.pop(parts[-1])
    elif isinstance(text := inner[parts[-1]], str):
        inner[parts[-1]] = f"{text[:-1]}{(int(text[-1]) + 1) % 10}" if text[-1:].isascii() and text[-1:].isdigit() else f"{text}改"
    return made

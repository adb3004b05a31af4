"""What a person needs to decide a conflict: where the two contents differ, and who has the old one."""

from __future__ import annotations

from typing import Any

import orjson

from guantong.journey.states import DeliveryState
from guantong.model import Model
from guantong.operations.idents import number_in
from guantong.store import EventRow, Reader
from guantong.vault import Vault

_TAKEN = (DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.SENDING, DeliveryState.UNKNOWN)


def conflict_details(reader: Reader, vault: Vault, model: Model, ident: str) -> dict[str, Any]:
    """Of conflicting message *ident* (M12): `event`, `serials`, `differences` (each `path`, `label_zh`, `label`,
    `old`, `new`, values masked) and `taken_by`, the systems that have the old content already. Raises
    `VaultError` when a body does not open."""
    number = number_in(ident[1:])
    details: dict[str, Any] = {"event": "", "serials": [], "differences": [], "taken_by": []}
    for new in reader.events_of_message(number) if number is not None else []:
        old = _known(reader, new)
        if not new.held_back or old is None:
            continue
        details["event"] = new.name
        details["serials"] = [one.number for one in reader.serials_of(new.subject)]
        details["differences"] += _differences(old, new, vault, model)
        details["taken_by"] += [row.target for row in reader.deliveries_of_subject(new.subject)
                                if row.event == old.id and row.state in _TAKEN]
    return details


def _known(reader: Reader, new: EventRow) -> EventRow | None:
    """The event of the same identity and version that holds now."""
    same = [row for row in reader.events_of_subject(new.subject)
            if row.key == new.key and row.version == new.version and row.id != new.id and not row.held_back]
    return same[-1] if same else None


def _differences(old: EventRow, new: EventRow, vault: Vault, model: Model) -> list[dict[str, str]]:
    before, after = orjson.loads(vault.open(old.body)), orjson.loads(vault.open(new.body))
    found = []
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            event = model.events.get(new.name)
            field = (event.fields.get(path) if event else None) or model.field(path)
            found.append({
                "path": path, "label_zh": field.label_zh if field else "", "label": field.label_en if field else "",
                "old": _shown(model, path, before.get(path)), "new": _shown(model, path, after.get(path)),
            })
    return found


def _shown(model: Model, path: str, value: Any) -> str:
    if value is None:
        return ""
    return f"[{len(value)}]" if isinstance(value, list) else model.mask(path, value)

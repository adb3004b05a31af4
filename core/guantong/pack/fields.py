"""Values of events that a pack shows with what proves each, and nothing of the others: so a masked pack, too, proves what it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from guantong.blobstore import BlobMissing
from guantong.model import Model
from guantong.pack.case import Case, committed
from guantong.pack.parts import Part, of_json
from guantong.problems import ProblemsError
from guantong.proof.binding import binds_fields
from guantong.proof.disclosing import Disclosing, Wanted
from guantong.proof.hashing import HASHES
from guantong.store import Reader
from guantong.vault import Vault, VaultError


def fields(case: Case, reader: Reader, vault: Vault, model: Model, *, masked: bool) -> Part:
    """`fields.json`: of each message received the values of its events, of those that are not *masked* all."""
    disclosing = Disclosing(reader, vault, HASHES[case.said.hash], lambda _row, _folded: None)  # native fields are in the bytes
    found: list[dict[str, Any]] = []
    for of, bound in committed(case, reader).items():
        wanted = _paths(case, vault, model, of, masked=masked) if binds_fields(bound.salt) and of[0] == "M" else []
        if not wanted:
            continue
        try:
            record = disclosing.of(case.sealed[bound.entry], Wanted(wanted))
        except (ProblemsError, BlobMissing):
            continue  # it is not what was bound: whoever verifies the home is told, and nothing of it is shown here
        if set(_told(record)) <= set(wanted):
            found.append({"of": of, "entry": bound.entry, "record": record})
    return of_json("fields.json", "标准字段的值及其逐字段证明", "values of the events, each with what proves it", {"shown": found})


def _paths(case: Case, vault: Vault, model: Model, of: str, *, masked: bool) -> Sequence[str]:
    """The fields of the case's events of a message that may be shown, as `event:path`."""
    found: dict[str, None] = {}
    for event in case.events:
        if f"M{event.message}" != of or not event.body:
            continue
        try:
            values: Mapping[str, Any] = orjson.loads(vault.open(event.body))
        except VaultError:
            continue  # told with its lineage
        found.update((f"{event.name}:{path}", None) for path, value in values.items() if not masked or _is_open(model, path, value))
    return list(found)


def _is_open(model: Model, path: str, value: Any) -> bool:
    """Whether a value says nothing about a person, as the model declares."""
    declared = model.field(path)
    return declared is not None and declared.personal == "none" and not isinstance(value, list | dict)


def _told(record: Mapping[str, Any]) -> list[str]:
    """What a record shows in the end."""
    return [f"{orjson.loads(group['name'])}:{orjson.loads(one['text'])[0]}" for group in record["groups"] if isinstance(group, dict)
            for one in group["fields"] if isinstance(one, dict)]

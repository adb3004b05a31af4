"""The canonical model: what events mean, field by field, whatever system they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from guantong.model.masking import Mask, mask_value
from guantong.problems import Place

FieldType = Literal[
    "text", "integer", "money", "boolean", "date", "datetime", "code",
    "region", "organisation", "identity", "credit", "list", "blob",
]
Personal = Literal["none", "personal", "sensitive"]
Scope = Literal["global", "system"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event. `path` is its canonical dotted path (inside a list: relative to the item);
    `codes` names its code list; `fields` are a list's item fields; `strict` refuses a wrong check digit."""

    path: str
    type: FieldType
    label_zh: str
    label_en: str
    codes: str | None = None
    required: bool = False
    personal: Personal = "none"
    mask: Mask | None = None
    standard: str = ""
    strict: bool = False
    fields: Mapping[str, Field] = field(default_factory=dict)
    place: Place = field(default_factory=Place, compare=False)


@dataclass(frozen=True, slots=True)
class EventModel:
    """One canonical event. `identity` lists the fields that, with subject, event and version, make its
    identity; `subject` is the kind of thing it is about and the unit of order. `dated` are the fields that tell
    when it happened, the first present: by that day code-table rows are chosen."""

    name: str
    title_zh: str
    title_en: str
    subject: str
    identity: tuple[str, ...]
    fields: Mapping[str, Field]
    dated: tuple[str, ...] = ()
    place: Place = field(default_factory=Place, compare=False)


@dataclass(frozen=True, slots=True)
class CodeList:
    """One list of canonical words with their labels (Chinese, English)."""

    name: str
    title_zh: str
    title_en: str
    words: Mapping[str, tuple[str, str]]
    standard: str = ""


@dataclass(frozen=True)
class Model:
    """Everything canonical: events, code lists, and the serials by kind with their scope."""

    events: Mapping[str, EventModel]
    codes: Mapping[str, CodeList]
    serials: Mapping[str, Scope]
    _by_path: dict[str, Field] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for event in self.events.values():
            for path, declared in _all_fields(event.fields):
                known = self._by_path.get(path)
                if known is None or _weight(declared) > _weight(known):
                    self._by_path[path] = declared

    def field(self, path: str) -> Field | None:
        """The declaration of a canonical path (`materials.name` for a list's item) in any event; where
        events differ, the one that protects its value most."""
        return self._by_path.get(path)

    @cached_property
    def blob_paths(self) -> tuple[str, ...]:
        """The paths that hold contents (Base64 in records, a reference in kept events). What is beside one under the
        same name tells of it: `.digest`, `.name`, `.type`."""
        return tuple(path for path, declared in self._by_path.items() if declared.type == "blob")

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """The paths that hold numbers of persons' certificates, not inside lists."""
        tops = {path for event in self.events.values() for path in event.fields}
        return tuple(path for path, declared in self._by_path.items() if declared.mask == "identity" and path in tops)

    def paths(self) -> list[str]:
        """Every canonical path of any event."""
        return sorted(self._by_path)

    def mask(self, path: str, value: Any) -> str:
        """*value* as it may be shown to someone without the right to see it. A path the model does not
        know is masked whole."""
        declared = self._by_path.get(path)
        if declared is not None and declared.personal == "none" and declared.type != "list":
            return str(value)
        return mask_value(declared.mask if declared else "all", str(value))


def _weight(declared: Field) -> int:
    return {"none": 0, "personal": 1, "sensitive": 2}[declared.personal]


def _all_fields(fields: Mapping[str, Field]) -> list[tuple[str, Field]]:
    found: list[tuple[str, Field]] = []
    for path, declared in fields.items():
        found.append((path, declared))
        found += [(f"{path}.{inner}", item) for inner, item in _all_fields(declared.fields)]
    return found

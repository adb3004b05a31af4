"""What was understood of a record: its fields with everything said of them, whatever told it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from guantong.problems import Place, Problem

MAX_FIELDS = 5000
MAX_RECORDS = 1000


@dataclass(frozen=True, slots=True)
class FieldSketch:
    """One field. `name` is its native path (nested ones by `/`), `type` as it was written, with its length;
    `remark` whatever else was said; `values` its codes with their meanings; `items` the fields of a list's
    item (`many`); `form` how a time is written there, where the description says so."""

    name: str
    label: str = ""
    type: str = ""
    required: bool = False
    remark: str = ""
    values: tuple[tuple[str, str], ...] = ()
    many: bool = False
    items: tuple[FieldSketch, ...] = ()
    form: str = ""


@dataclass(frozen=True, slots=True)
class RecordSketch:
    """One kind of record: its native name, what it is called in Chinese (or wherever it stood: a sheet, a
    heading), its fields, and the file it came from."""

    name: str
    title: str
    fields: tuple[FieldSketch, ...]
    place: Place = field(default_factory=Place)


@dataclass(slots=True)
class Found:
    """What a reader found: records, what hinders, and how such records probably travel: the `codec` with its
    options, the charset, whether the case of names counts."""

    records: list[RecordSketch] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    codec: str = ""
    options: dict[str, object] = field(default_factory=dict)
    charset: str = "utf-8"
    any_case: bool = False
    dates: tuple[str, ...] = ()
    """The formats of times that come first, where the description says how they are written."""

    def join(self, more: Found) -> None:
        """Add what another file says: samples tell best how records travel."""
        self.records += more.records
        self.problems += more.problems
        if more.codec and (not self.codec or self.codec == "row"):
            self.codec, self.options, self.charset = more.codec, more.options, more.charset
        self.any_case = self.any_case or more.any_case
        self.dates = self.dates or more.dates


def merged(records: Sequence[RecordSketch]) -> list[RecordSketch]:
    """Records of one name as one: fields in their order, each with what either source says of it. A sample all of
    whose fields are those of exactly one described record is a sample of it, whatever its file is called."""
    known: dict[str, RecordSketch] = {}
    described = [record for record in records if _is_described(record)]
    for record in [*described, *(record for record in records if record not in described)]:
        hosts = [one for one in described if _names(record) <= _names(one)] if record not in described else []
        same = [one for one in hosts if one.name.casefold() == record.name.casefold()]
        key = (same or hosts if same or len(hosts) == 1 else [record])[0].name.casefold()
        known[key] = _both(known[key], record) if key in known else record
    return list(known.values())


def _is_described(record: RecordSketch) -> bool:
    """Whether it comes from a description, which labels fields, and not from a sample, which cannot."""
    return any(one.label for one in record.fields)


def _names(record: RecordSketch) -> set[str]:
    return {one.name.casefold() for one in record.fields}


def _both(one: RecordSketch, other: RecordSketch) -> RecordSketch:
    fields = {item.name.casefold(): item for item in one.fields}
    for item in other.fields:
        key = item.name.casefold()
        fields[key] = _filled(fields[key], item) if key in fields else item
    return replace(one, title=one.title or other.title, fields=tuple(fields.values()))


def _filled(one: FieldSketch, other: FieldSketch) -> FieldSketch:
    return replace(
        one, label=one.label or other.label, type=one.type or other.type, required=one.required or other.required,
        remark=one.remark or other.remark, values=one.values or other.values, many=one.many or other.many,
        items=one.items or other.items, form=one.form or other.form,
    )

"""What binds us to a record: to its bytes, and to every field of it on its own, so that one can be shown and nothing else is told.

    record = H("guantong-record/1" 0x00 ‖ raw ‖ how many groups are native records, 4 bytes ‖ the digests of the groups)
    raw    = H("guantong-raw/1" 0x00 ‖ salt ‖ the bytes), as in `guantong.proof.leaf`
    group  = H("guantong-group/1" 0x00 ‖ its name as JSON text ‖ the digests of its fields)
    field  = H(salt ‖ the field's text)

A group is one native record as it was decoded, or one event as it was mapped; native records come first. It is named for the record's
kind, or the event. A field's text is a JSON array in the leaf's written form, `["step.opinion","同意"]`: the path and the value; each
item of a list is one field, whatever it holds. The salts, 16 bytes each, all come from one random seed by SHAKE256 (FIPS 202): any of
them tells nothing of the others, nor of the seed. The seed lies within the sealed body and goes with it; the groups' digests stand
beside the record's commitment (`guantong.proofstore.Commitment`).

It is reckoned for each record that came, behind the traffic, and there are some seventy fields in one: hence the few calls for many fields
at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import add
from struct import unpack
from typing import Any, NamedTuple, TypeAlias

import msgspec

from guantong.proof.hashing import BYTES, Hashing
from guantong.proof.leaf import SALT, commit
from guantong.proofstore import WITHIN

RECORD, GROUP = b"guantong-record/1\x00", b"guantong-group/1\x00"
SEED = 16  # bytes
LONGEST_PATH = 200
"""Characters of a path below which nothing is told apart any more: what lies there is one field."""
MOST_FIELDS = 4096
"""Of a group; lists and objects that would make more of them stay whole, each one field."""
_COUNT = 4  # bytes of a number
_BESIDE = b"\x02"
_SALTS = b"guantong-salts/1\x00"

Group: TypeAlias = tuple[str, Mapping[str, Any]]
"""A name (of a record's kind, of an event) and the values under it."""


class Told(NamedTuple):
    """A group as it is bound: its name, and its fields' texts."""

    name: str
    texts: Sequence[bytes]


class Binding(NamedTuple):
    """What binds us to one record. `value` is the record's commitment."""

    seed: bytes
    natives: int
    groups: Sequence[bytes]
    value: bytes

    def beside(self) -> bytes:
        """What is kept beside `value`: how many groups are native records, and the digests of the groups; not the seed."""
        return _BESIDE + self.natives.to_bytes(_COUNT, "big") + b"".join(self.groups)

    @property
    def raw_salt(self) -> bytes:
        """The salt of the commitment to the bytes."""
        return salts(self.seed, 0, 1)[0]

    def salts(self, group: int, count: int) -> Sequence[bytes]:
        """The salts of the fields of a group, counted from 0."""
        return salts(self.seed, group + 1, count)


def binds_fields(salt: bytes) -> bool:
    """Whether what stands beside a commitment says that it is one to a record (`record`), and not to bytes alone (`raw`)."""
    return salt == WITHIN or (salt[:1] == _BESIDE and len(salt) % BYTES == 1 + _COUNT)


def from_beside(seed: bytes, salt: bytes, value: bytes) -> Binding:
    """What `Binding.beside` gave, with the seed and the commitment. Raises `ValueError`."""
    groups = [salt[at:at + BYTES] for at in range(1 + _COUNT, len(salt), BYTES)]
    natives = int.from_bytes(salt[1:1 + _COUNT], "big")
    if natives > len(groups) or not binds_fields(salt):
        raise ValueError("what binds us to a record is cut short")
    return Binding(seed, natives, groups, value)


def from_within(data: bytes, value: bytes) -> tuple[Binding, bytes]:
    """What an earlier version kept within a sealed body (the seed, how many native records and groups, their digests), and what stands
    behind it. Raises `ValueError`."""
    start = SEED + 2 * _COUNT
    natives, count = (int.from_bytes(data[at:at + _COUNT], "big") for at in (SEED, SEED + _COUNT))
    end = start + count * BYTES
    if natives > count or len(data) < end:
        raise ValueError("what binds us to a record is cut short")
    groups = [data[at:at + BYTES] for at in range(start, end, BYTES)]
    return Binding(data[:SEED], natives, groups, value), data[end:]


def bind(hashing: Hashing, seed: bytes, content: bytes, natives: Sequence[Group] = (), events: Sequence[Group] = ()) -> Binding:
    """Bind us to these bytes, and to the fields of what they were decoded and mapped to, under the salts of *seed*."""
    digests = [group_digest(hashing, seed, number, told) for number, told in enumerate(told_of(natives, events))]
    raw = commit(hashing, salts(seed, 0, 1)[0], content)
    return Binding(seed, len(natives), digests, record_value(hashing, raw, len(natives), digests))


def told_of(natives: Iterable[Group], events: Iterable[Group]) -> list[Told]:
    """Every group with the texts of its fields."""
    return [*(native_told(name, values) for name, values in natives), *(event_told(name, values) for name, values in events)]


def record_value(hashing: Hashing, raw: bytes, natives: int, groups: Sequence[bytes]) -> bytes:
    """The commitment to a record, of that to its bytes and of the digests of its groups."""
    return hashing.digest(RECORD + raw + natives.to_bytes(_COUNT, "big") + b"".join(groups))


def group_digest(hashing: Hashing, seed: bytes, group: int, told: Told) -> bytes:
    """The digest of the group of this number."""
    return digest_of(hashing, told.name, field_digests(hashing, salts(seed, group + 1, len(told.texts)), told.texts))


def digest_of(hashing: Hashing, name: str, fields: Sequence[bytes]) -> bytes:
    """The digest of a group of this name, of those of its fields."""
    return hashing.digest(GROUP + name_text(name) + b"".join(fields))


@lru_cache(1024)
def name_text(name: str) -> bytes:
    """The name of a group as it is hashed."""
    return _text(name)


def field_digests(hashing: Hashing, salted: Sequence[bytes], texts: Sequence[bytes]) -> list[bytes]:
    """The commitments to single fields."""
    return hashing.each(map(add, salted, texts))


def salts(seed: bytes, number: int, count: int) -> Sequence[bytes]:
    """*count* salts: those of the bytes under *number* 0, of the groups from 1 on."""
    stream = hashlib.shake_256(_SALTS + seed + number.to_bytes(_COUNT, "big")).digest(SALT * count)
    return unpack(f"{SALT}s" * count, stream)


def native_told(kind: str, fields: Mapping[str, Any]) -> Told:
    """A native record; its fields in the order in which they were decoded."""
    return Told(kind, _texts(fields, "/", ordered=False))


def event_told(name: str, values: Mapping[str, Any]) -> Told:
    """An event; its fields in the order of their names, whether they come from a mapping or from where they are kept."""
    return Told(name, _texts(dict(sorted(values.items())), ".", ordered=True))


def _texts(values: Mapping[str, Any], joint: str, *, ordered: bool) -> list[bytes]:
    """Single values first, then what lies within others."""
    if len(values) > MOST_FIELDS:
        return [_text(("", values))]
    holding = [name for name, value in values.items() if value and (value.__class__ is dict or value.__class__ is list)]
    single: Mapping[str, Any] = values
    within: list[tuple[str, Any]] = []
    if holding:
        single = dict(values)
        within = _within([(name, single.pop(name)) for name in holding], joint, MOST_FIELDS - len(values), ordered=ordered)
    try:
        return _LINES([*single.items(), *within]).splitlines()
    except (TypeError, ValueError, RecursionError):
        return [_text(one) for one in (*single.items(), *within)]


def _within(holding: list[tuple[str, Any]], joint: str, room: int, *, ordered: bool) -> list[tuple[str, Any]]:
    """What lies in objects and lists, level by level, the items of lists numbered; *room* is for so many fields more."""
    found: list[tuple[str, Any]] = []
    for path, value in holding:  # grows on the way
        if not value or len(value) > room or len(path) > LONGEST_PATH:
            found.append((path, value))
            continue
        room -= len(value)
        if value.__class__ is list:
            found += [(f"{path}[{number}]", one) for number, one in enumerate(value)]
            continue
        for name in sorted(value) if ordered else value:
            one = value[name]
            (holding if one.__class__ is dict or one.__class__ is list else found).append((f"{path}{joint}{name}", one))
    return found


def _plain(value: Any) -> Any:
    """What the encoder does not know: texts of a kind of their own, mostly."""
    return str(value) if isinstance(value, str) else repr(value)


_ENCODER = msgspec.json.Encoder(order="deterministic", enc_hook=_plain)
_LINES = _ENCODER.encode_lines


def _text(value: Any) -> bytes:
    """*value* as JSON, also where it is none that JSON in UTF-8 can hold (half a character): escaped then. A field that nests so deeply
    that it cannot be written has no value in its text; the bytes alone tell it."""
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError):
        try:
            return json.dumps(value, sort_keys=True, separators=(",", ":"), default=repr).encode()
        except (TypeError, RecursionError):
            return json.dumps(value[:1], separators=(",", ":")).encode()

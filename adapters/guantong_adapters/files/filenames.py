"""Names of files: made from a template and a record's fields, and put in order."""

from __future__ import annotations

import hashlib
import re
from string import Formatter

from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Fields
from guantong_adapters.files import codes

OURS = ("kind", "key")
"""What a template may name that is no field: the record's kind, and its delivery's key."""
_NUMBERS = re.compile(r"([0-9]+)")
_KEPT = frozenset("-_.")
_STAMP = 8
"""Characters of the digest that stands for what a name could not keep."""


def fields_of(template: str) -> tuple[str, ...]:
    """The fields a template names. Raises `ValueError` when it is none."""
    found = []
    for _, field, spec, conversion in Formatter().parse(template):
        if field is None:
            continue
        if not field or spec or conversion or any(one in field for one in ".[]{}"):
            raise ValueError(template)
        found.append(field)
    return tuple(found)


def file_name(
    template: str, kind: str, key: str, fields: Fields, charset: str, most: int, system: str
) -> str:
    """The name of the file a record goes into: the same for the same record in every attempt.

    Of a field's value only letters, digits, `-`, `_` and `.` stay, and no more than fits into *most* bytes of
    *charset*; what was changed or cut leaves eight characters of a digest, so that different values stay
    different names. Raises `ProblemsError` where a field has no value."""
    given: dict[str, str] = {}
    for field in fields_of(template):
        value = {"kind": kind, "key": key}.get(field, fields.get(field))
        if value is None or value == "" or isinstance(value, dict | list):
            raise ProblemsError([Problem(codes.NO_NAME, Place(), system, {"field": field})])
        given[field] = str(value)
    safe = {field: _safe(value, charset) for field, value in given.items()}
    name = template.format(**safe)
    longest = max(safe, key=lambda field: len(safe[field]), default="")
    while len(name.encode(charset)) > most and len(safe[longest]) > _STAMP + 1:
        over = len(name.encode(charset)) - most
        safe[longest] = _shortened(given[longest], safe[longest], over, charset)
        name = template.format(**safe)
        longest = max(safe, key=lambda field: len(safe[field]))
    return name


def beside(template: str, name: str) -> str:
    """The name of a file that belongs to the file *name*: its marker, its receipt."""
    stem, dot, _ = name.rpartition(".")
    return template.format(name=name, stem=stem if dot else name)


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which names are in order as people number them: `a9` before `a10`."""
    key = []
    for place, part in enumerate(_NUMBERS.split(name)):
        digits = part.lstrip("0") if place % 2 else ""
        key.append((place % 2, len(digits), digits or part))
    return tuple(key)


def numbered(name: str, digest: str, number: int) -> str:
    """Other names for a file whose own is taken: `a.xml`, `a.1f2e3d4c.xml`, `a.1f2e3d4c.2.xml`, …"""
    if number == 0:
        return name
    stem, dot, ending = name.rpartition(".")
    mark = f"{digest[:_STAMP]}.{number}" if number > 1 else digest[:_STAMP]
    return f"{stem}.{mark}.{ending}" if dot and stem else f"{name}.{mark}"


def _safe(value: str, charset: str) -> str:
    kept = "".join(one if (one.isalnum() or one in _KEPT) and _writes(one, charset) else "_" for one in value)
    kept = kept.lstrip(".") or "_"
    return kept if kept == value else f"{kept}-{_stamp(value)}"


def _shortened(value: str, safe: str, over: int, charset: str) -> str:
    """*safe* cut by at least *over* bytes, ending in the digest of the whole *value*."""
    stamp = f"-{_stamp(value)}"
    bare = safe.removesuffix(stamp)
    room = max(1, len(safe.encode(charset)) - over - len(stamp))
    while bare and len(bare.encode(charset)) > room:
        bare = bare[:-1]
    return (bare or "_") + stamp


def _stamp(value: str) -> str:
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=_STAMP // 2).hexdigest()


def _writes(one: str, charset: str) -> bool:
    try:
        return len(one.encode(charset)) > 0
    except UnicodeEncodeError:
        return False

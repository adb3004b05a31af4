"""Showing single fields of a record, or its bytes, beside its line in a proof: with their salts, and nothing else of the record.

Beside an entry of a proof (`guantong.proof.proving`) stands then, hashes in hexadecimal:

    "record": {"raw": H | {"salt": …, "content": BASE64}, "natives": N, "groups": [H | {"name": TEXT, "fields": [H | {"salt": …, "text": TEXT}]}]}

What is not shown is its hash; of a record that an earlier version accepted there are the bytes alone, and no `groups`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import orjson

from guantong.problems import Problem, ProblemsError, nearest
from guantong.proof.binder import Decodes
from guantong.proof.binding import (
    Binding,
    Told,
    field_digests,
    group_digest,
    name_text,
    native_told,
    record_value,
)
from guantong.proof.bound import opened, raw_of
from guantong.proof.codes import NOT_SHOWN
from guantong.proof.hashing import Hashing
from guantong.proof.keptevents import kept_events
from guantong.proof.leaf import NOT_COMMITTED, commit
from guantong.proof.proving import Sealed
from guantong.store import Reader
from guantong.vault import Vault, VaultError

Groups: TypeAlias = dict[int, Told]
"""Those whose fields are in hand, by number."""
_OF_NONE = "it is bound to no record", "该条未对任何报文作承诺"
_ANEW = "its record was kept anew since, and the line that says so binds us to that", "其报文此后重新保存，由记载此事的那一条另作承诺"
_GONE = "its content is gone: guantong trace says when it was pruned or redacted", "内容已不在：何时清除见 guantong trace"
_OLDER = "an earlier version accepted it, and bound us to its bytes alone", "该报文由原先版本收下，只对整条字节作了承诺"
_ALTERED = "it is not what was committed to", "与承诺不一致"
_BYTES = "the record", "报文"


class Wanted(NamedTuple):
    """What is to be shown: fields by their paths (`step.opinion`, or `case.step:step.opinion`; what lies below a path, too), the bytes."""

    fields: Sequence[str] = ()
    raw: bool = False


class Disclosing:
    """Of one home. Who *decodes* records tells native fields."""

    def __init__(self, reader: Reader, vault: Vault, hashing: Hashing, decodes: Decodes) -> None:
        self._reader = reader
        self._vault = vault
        self._hashing = hashing
        self._decodes = decodes

    def of_each(self, lines: Sequence[Sealed], wanted: Wanted) -> dict[int, Any]:
        """What each record among *lines* shows, by the number of the first line that can show it. Raises `ProblemsError` where none shows
        anything."""
        found: dict[int, Any] = {}
        seen: set[tuple[str, int] | None] = set()
        problems: list[Problem] = []
        for one in lines:
            if one.line.about in seen:
                continue
            try:
                found[one.line.id] = self.of(one, wanted)
                seen.add(one.line.about)
            except ProblemsError as error:
                problems += error.problems
        if not found:
            raise ProblemsError(problems)
        return found

    def of(self, sealed: Sealed, wanted: Wanted) -> Any:
        """What stands beside the line *sealed* in a proof. Raises `ProblemsError` where any of what is wanted cannot be shown."""
        body, salt = self._body(sealed, wanted)
        try:
            found = opened(self._vault, body, salt, sealed.raw)
            if found is None:
                return self._older(sealed, wanted, body, salt)
            content, bound = found
            raw = commit(self._hashing, bound.raw_salt, content)
            if record_value(self._hashing, raw, bound.natives, bound.groups) != sealed.raw:
                raise _not_shown(sealed, wanted, _ALTERED)
            groups: list[Any] = [one.hex() for one in bound.groups]
            if wanted.fields:
                for number, (told, places) in self._chosen(sealed, wanted, body, bound).items():
                    groups[number] = self._group(bound, number, told, places)
        except VaultError:
            raise _not_shown(sealed, wanted, _ALTERED) from None
        return {"raw": _bytes(bound.raw_salt, content) if wanted.raw else raw.hex(), "natives": bound.natives, "groups": groups}

    def _body(self, sealed: Sealed, wanted: Wanted) -> tuple[bytes, bytes]:
        """The sealed body that a line is about, and its salt."""
        about = sealed.line.about
        if about is None or sealed.raw == NOT_COMMITTED:
            raise _not_shown(sealed, wanted, _OF_NONE)
        kind, number = about
        known = next(iter(self._reader.commitments(kind, [number])), None)
        if known is None or known.value != sealed.raw:
            raise _not_shown(sealed, wanted, _ANEW)
        body = self._reader.sealed_bodies(kind, [number]).get(number)
        if body is None or not known.salt:
            raise _not_shown(sealed, wanted, _GONE)
        return body, known.salt

    def _older(self, sealed: Sealed, wanted: Wanted, body: bytes, salt: bytes) -> Any:
        if wanted.fields:
            raise _not_shown(sealed, wanted, _OLDER)
        content = raw_of(self._vault, body)
        if commit(self._hashing, salt, content) != sealed.raw:
            raise _not_shown(sealed, wanted, _ALTERED)
        return {"raw": _bytes(salt, content)}

    def _chosen(self, sealed: Sealed, wanted: Wanted, body: bytes, bound: Binding) -> dict[int, tuple[Told, set[int]]]:
        """The groups with fields that are wanted, and the places of these. What an event calls so goes before what a record does."""
        kind, number = sealed.line.about or ("", 0)
        events: Groups = {}
        natives: Groups = {}
        if kind == "m":
            events = {one.group: one.told for one in kept_events(self._reader, self._vault, self._hashing, number, bound) if one.group is not None}
            natives = dict(self._natives(number, body, bound))
        chosen: dict[int, tuple[Told, set[int]]] = {}
        for path in wanted.fields:
            found = _places(events, path) or _places(natives, path)
            if not found:
                near = nearest(path, [one for group in (events, natives) for told in group.values() for one in _paths(told)])
                hint, hint_zh = (f"; did you mean {near}?", f"；是否为 {near}？") if near else ("", "")
                raise _not_shown(sealed, Wanted([path]), (f"there is no such field in it{hint}", f"其中没有该字段{hint_zh}"))
            for group, places in found.items():
                chosen.setdefault(group, ({**events, **natives}[group], set()))[1].update(places)
        return chosen

    def _natives(self, message: int, body: bytes, bound: Binding) -> Iterator[tuple[int, Told]]:
        """Native records as they are decoded now, those that are as they were then."""
        row = self._reader.message(message)
        for number, one in enumerate((self._decodes(row, self._vault.open_folded(body)) if row is not None else None) or ()):
            told = native_told(*one)
            if number < bound.natives and group_digest(self._hashing, bound.seed, number, told) == bound.groups[number]:
                yield number, told

    def _group(self, bound: Binding, number: int, told: Told, places: set[int]) -> Any:
        salts = bound.salts(number, len(told.texts))
        digests = field_digests(self._hashing, salts, told.texts)
        return {"name": name_text(told.name).decode(), "fields": [
            {"salt": salts[place].hex(), "text": told.texts[place].decode()} if place in places else digest.hex()
            for place, digest in enumerate(digests)]}


def _places(groups: Groups, wanted: str) -> dict[int, set[int]]:
    """Where the fields are that somebody calls *wanted*."""
    found: dict[int, set[int]] = {}
    for number, told in groups.items():
        for place, path in enumerate(_paths(told)):
            if any(path == asked or path.startswith((f"{asked}.", f"{asked}/", f"{asked}["))
                   for asked in {wanted, wanted.removeprefix(f"{told.name}:")}):
                found.setdefault(number, set()).add(place)
    return found


def _paths(told: Told) -> list[str]:
    return [orjson.loads(text)[0] for text in told.texts]


def _bytes(salt: bytes, content: bytes) -> dict[str, str]:
    return {"salt": salt.hex(), "content": base64.b64encode(content).decode()}


def _not_shown(sealed: Sealed, wanted: Wanted, why: tuple[str, str]) -> ProblemsError:
    what = ", ".join(wanted.fields)
    return ProblemsError([Problem(NOT_SHOWN, details={"entry": sealed.line.id, "what": what or _BYTES[0], "what_zh": what or _BYTES[1],
                                                      "why": why[0], "why_zh": why[1]})])

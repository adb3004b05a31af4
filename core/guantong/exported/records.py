"""The records in one exported file, as the county's system would have sent them.

A file that holds one record in the system's own form is that record, byte for byte. Of anything else (a table, a list, lines, a
package of many) each record is written as the system writes one, and only taken where it reads back the same: one that
cannot be mapped then parks itself alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guantong.codec import Codec, Undecodable, Unencodable
from guantong.config.configuration import System
from guantong.exported.codes import NO_KIND, NOT_THEIRS
from guantong.exported.content import content_of, text_of
from guantong.exported.listing import LINES, TABLES, Exported
from guantong.exported.tables import rows_of
from guantong.problems import Place, Problem, ProblemsError
from guantong.record import Fields, Native, Record

_EMPTY: tuple[object, ...] = (None, "", {})


@dataclass(frozen=True, slots=True)
class Unread:
    """What of a file is turned away, and why: `place` names it below the folder, `code` is stable."""

    place: str
    code: str
    reason: str
    reason_zh: str


Found = Record | Unread


class Reading:
    """Reads files exported from *system*; *plain* is the codec of JSON without any options."""

    def __init__(self, system: System, plain: Codec) -> None:
        self._system = system
        self._plain = plain

    def records(self, file: Exported) -> Iterator[Found]:
        """The records of *file* in their order, and what of it is no record. Never raises for what a file holds."""
        try:
            body = content_of(file)
            if file.ending in TABLES:
                yield from self._of_table(file, body)
            elif file.ending in LINES:
                yield from self._of_lines(file, body)
            else:
                yield from self._of_body(file, body, file.name, 0)
        except ProblemsError as error:
            yield unread(error.problems[0])

    def _of_table(self, file: Exported, body: bytes) -> Iterator[Found]:
        for row in rows_of(file, body):
            place = Place(f"{file.name}[{row.sheet}]" if row.sheet else file.name, row.line)
            if row.problem is not None:
                yield unread(row.problem)
                continue
            yield self._written(Native(self._kind(file, place, row.sheet), nested(row.fields)), place)

    def _of_lines(self, file: Exported, body: bytes) -> Iterator[Found]:
        for number, line in enumerate(text_of(file, body).split("\n"), 1):
            if line.strip():
                yield from self._of_body(file, line.encode(), file.name, number)

    def _of_body(self, file: Exported, body: bytes, name: str, line: int) -> Iterator[Found]:
        """The records of one document."""
        told, charset = self._told(name), self._charset(file, body)
        place = Place(name, line)
        natives: Sequence[Native] | None
        try:
            natives = self._system.dialect.decode(body, told, charset)
        except Undecodable as error:
            natives = self._as_json(file, body, place, charset)
            if natives is None:
                yield Unread(str(place), error.code, f"{place}: {error.reason}", f"{place}：{error.reason_zh}")
                return
        else:
            if len(natives) == 1:
                yield Record(self._system.id, body, told, charset, str(place))
                return
        for number, native in enumerate(natives, 1):
            yield self._written(native, Place(f"{name}#{number}" if len(natives) > 1 else name, line))

    def _as_json(self, file: Exported, body: bytes, place: Place, charset: str | None) -> Sequence[Native] | None:
        """The objects of a JSON file whose system speaks another form; None where it is no JSON."""
        if file.ending == ".xml":
            return None
        try:
            natives = self._plain.decode(body, None, charset)
        except Undecodable:
            return None
        return [Native(self._kind(file, place), native.fields) for native in natives]

    def _written(self, native: Native, place: Place) -> Found:
        """*native* as the system would have sent it."""
        try:
            body = self._system.dialect.codec_in.encode(native)
            again = self._system.dialect.decode(body, native.kind or None, None)
        except (Unencodable, Undecodable) as error:
            return self._not_theirs(place, error.reason, error.reason_zh)
        if len(again) != 1 or again[0].kind != native.kind or _filled(again[0].fields) != _filled(native.fields):
            return self._not_theirs(place, "it would not be read back the same", "写出后读回的内容不一致")
        return Record(self._system.id, body, native.kind or None, None, str(place))

    def _not_theirs(self, place: Place, what: str, what_zh: str) -> Unread:
        return unread(Problem(NOT_THEIRS, place, details={"dialect": self._system.dialect.name, "what": what, "what_zh": what_zh}))

    def _kind(self, file: Exported, place: Place, sheet: str = "") -> str:
        """The kind of a table's records. Raises `ProblemsError` where nothing tells it."""
        known = self._system.dialect.kinds_in()
        found = (self._told(sheet) if sheet else None) or self._told(file.name) or (known[0] if len(known) == 1 else None)
        if found is None:
            raise ProblemsError([Problem(NO_KIND, Place(place.file), details={"known": ", ".join(known)})])
        return found

    def _told(self, name: str) -> str | None:
        """The one kind that *name* holds, its last part first; None where it holds none, or several."""
        known = sorted(self._system.dialect.kinds_in(), key=len, reverse=True)
        for part in reversed(name.upper().split("/")):
            held = [kind for kind in known if kind.upper() in part]
            longest = [kind for kind in held if not any(kind != other and kind.upper() in other.upper() for other in held)]
            if len(longest) == 1:
                return longest[0]
        return None

    @staticmethod
    def _charset(file: Exported, body: bytes) -> str | None:
        """The charset of a text that does not say it; XML does."""
        if file.ending == ".xml":
            return None
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            return "gb18030"
        return "utf-8"


def nested(fields: Fields) -> Fields:
    """The cells of a row as a record: a column named `SPBANJIE/BLRXM` is a field inside another, as mappings write it."""
    made: Fields = {}
    for name, value in fields.items():
        *outer, last = name.split("/")
        inside = made
        for part in outer:
            inside = inside.setdefault(part, {})
            if not isinstance(inside, dict):
                return fields  # a text cannot hold fields: said when it is written
        inside[last] = value
    return made


def _filled(fields: object) -> object:
    """*fields* without what is empty: forms differ in how they say so."""
    if isinstance(fields, dict):
        return {name: _filled(value) for name, value in fields.items() if value not in _EMPTY}
    return [_filled(value) for value in fields] if isinstance(fields, list) else fields


def unread(problem: Problem) -> Unread:
    """What *problem* turns away."""
    return Unread(str(problem.place), problem.code.id, problem.line(), problem.line("zh"))

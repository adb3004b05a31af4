"""What a database error means, without its text: drivers quote values, and values are personal data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from guantong_adapters.table.charsets import Unwritable, quoted_character, shown

FailureClass = Literal["connection", "constraint", "data", "schema", "denied", "busy", "other"]

_KINDS_ZH: dict[FailureClass, str] = {
    "connection": "连接故障", "constraint": "违反约束", "data": "数据不符", "schema": "表结构不符", "denied": "没有权限",
    "busy": "数据库繁忙", "other": "其他错误",
}
_SQLSTATE: dict[str, FailureClass] = {
    "08": "connection", "22": "data", "23": "constraint", "28": "denied", "40": "busy", "42": "schema",
    "53": "busy", "55": "busy", "57": "busy", "58": "other",
}
_MYSQL: dict[int, FailureClass] = {
    **dict.fromkeys((1044, 1045, 1142, 1143, 1227, 1370), "denied"),
    **dict.fromkeys((2002, 2003, 2006, 2013, 2055), "connection"),
    **dict.fromkeys((1049, 1054, 1146), "schema"),
    **dict.fromkeys((1040, 1203, 1205, 1213, 1226, 3572), "busy"),
    **dict.fromkeys((1048, 1062, 1364, 1451, 1452, 3819, 4025), "constraint"),
    **dict.fromkeys((1264, 1265, 1292, 1366, 1367, 1406, 1411), "data"),
}
_NO_SUCH_CHARACTER = 1366
_SQLITE: dict[str, FailureClass] = {
    "SQLITE_BUSY": "busy", "SQLITE_LOCKED": "busy", "SQLITE_CONSTRAINT": "constraint",
    "SQLITE_PERM": "denied", "SQLITE_READONLY": "denied", "SQLITE_ERROR": "schema",
    "SQLITE_TOOBIG": "data", "SQLITE_MISMATCH": "data", "SQLITE_CANTOPEN": "connection",
}
_QUOTED_COLUMN = re.compile(r"column (?:'([^']{1,128})'|(?:`[^`]{1,128}`\.){0,2}`([^`]{1,128})`)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Failure:
    """A database error: its class, its state in the database's own terms, the column where it names one."""

    kind: FailureClass
    state: str
    column: str = ""
    character: str = ""
    """The one that the column's charset has not, as U+4DAE."""
    charset: str = ""

    def __str__(self) -> str:
        if self.character:
            return f"the charset{f' {self.charset}' if self.charset else ''} of the column has not the character {self.character} ({self.kind} {self.state})"
        return f"{self.kind} {self.state}".strip()

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        if self.character:
            return f"该列的字符集{f' {self.charset} ' if self.charset else ''}没有字符 {self.character}（{_KINDS_ZH[self.kind]} {self.state}）"
        return f"{_KINDS_ZH[self.kind]} {self.state}".strip()


def failure(error: Exception) -> Failure:
    """Classify what SQLAlchemy or a driver raised."""
    if isinstance(error, Unwritable):
        return Failure("data", "charset", error.column, error.character, error.charset)
    if isinstance(error, UnicodeEncodeError):
        return Failure("data", "charset", character=shown(error.object[error.start]), charset=error.encoding)
    if isinstance(error, UnicodeError):
        return Failure("data", "charset")
    if not isinstance(error, DBAPIError):
        return Failure("other", type(error).__name__)
    origin: Any = error.orig
    found = _by_number(origin) or _by_sqlstate(origin) or _by_name(origin) or _by_class(error, origin)
    return replace(found, kind="connection") if error.connection_invalidated else found


def _by_number(origin: Any) -> Failure | None:
    """MySQL's numbers say more than the states it gives with them, which are often HY000."""
    number = origin.args[0] if origin is not None and origin.args else None
    if not isinstance(number, int) or number not in _MYSQL:
        return None
    message = str(origin.args[1]) if len(origin.args) > 1 else ""
    quoted = _QUOTED_COLUMN.search(message)
    character = quoted_character(message) if number == _NO_SUCH_CHARACTER else ""
    return Failure(_MYSQL[number], str(number), (quoted.group(1) or quoted.group(2)) if quoted else "", character)


def _by_sqlstate(origin: Any) -> Failure | None:
    state = getattr(origin, "sqlstate", None)
    if not state:  # psycopg's own word, where no server said anything
        timeout = type(origin).__name__ == "ConnectionTimeout"
        return Failure("connection", "timeout") if timeout else None
    column = getattr(getattr(origin, "diag", None), "column_name", None) or ""
    return Failure("denied" if state == "42501" else _SQLSTATE.get(state[:2], "other"), state, column)


def _by_name(origin: Any) -> Failure | None:
    name = getattr(origin, "sqlite_errorname", None)
    if not name:
        return None
    known = (kind for start, kind in _SQLITE.items() if name.startswith(start))
    return Failure(next(known, "other"), name)


def _by_class(error: DBAPIError, origin: Any) -> Failure:
    """Of a driver we know nothing about: the classes all drivers share."""
    classes: tuple[tuple[type[DBAPIError], FailureClass], ...] = (
        (IntegrityError, "constraint"), (DataError, "data"), (ProgrammingError, "schema"),
    )
    kinds = (kind for wrapped, kind in classes if isinstance(error, wrapped))
    number = origin.args[0] if origin is not None and origin.args else None
    return Failure(next(kinds, "other"), str(number) if isinstance(number, int) else type(origin).__name__)

"""What the tables really look like: names as the database gives them, found whatever their case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import CHAR, NCHAR, Connection, inspect
from sqlalchemy.engine import Inspector
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.sql.expression import ColumnClause, TableClause, column, table
from sqlalchemy.types import _Binary

from guantong.problems import Code, Place, Problem, ProblemsError, nearest
from guantong_adapters.table import codes
from guantong_adapters.table.charsets import charsets_of
from guantong_adapters.table.settings import FetchedColumn, SentTable, TableSettings
from guantong_adapters.table.ways import ByFlag

_WITHOUT_TRANSACTIONS = frozenset({"myisam", "aria", "memory", "csv", "archive"})


@dataclass(frozen=True, slots=True)
class Layout:
    """One table. `columns` maps each column's name in lower case to its real name, and `aliases` a name of ours
    to theirs; `padded` are the real names of its CHAR columns, `binary` of its columns of bytes; `charsets` what its columns of text can hold, as far as that is declared;
    `transactional` is false where a statement takes effect before the commit."""

    system: str
    name: str
    schema: str | None
    columns: dict[str, str]
    padded: frozenset[str]
    transactional: bool
    binary: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    charsets: Mapping[str, str] = field(default_factory=dict)
    clause: TableClause = field(init=False, repr=False)
    """The table for statements, its columns untyped: values go and come as the driver has them. Its columns are
    always named with it: a lone quoted name that is no column would be a text to SQLite."""

    def __post_init__(self) -> None:
        columns: list[ColumnClause[object]] = [column(name) for name in self.columns.values()]
        object.__setattr__(self, "clause", table(self.name, *columns, schema=self.schema))

    def real(self, name: str, path: str = "") -> str:
        """The real name of column *name*. Raises `ProblemsError`."""
        found = self.find(name)
        if found is None:
            details = {"table": self.name, "column": name, "nearest": _nearest(name, self.columns.values())}
            raise ProblemsError([_problem(codes.NO_COLUMN, self.system, path, details)])
        return found

    def find(self, name: str) -> str | None:
        """The real name of column *name*, if the table has it."""
        lowered = name.lower()
        if (real := self.columns.get(lowered)) is not None:
            return real
        theirs = (their for our, their in self.aliases.items() if our.lower() == lowered)
        return self.columns.get(next(theirs, "").lower())

    def ours(self) -> dict[str, str]:
        """Our names of columns that the table spells otherwise, by their real name."""
        theirs = {
            self.columns.get(their.lower()): our for our, their in self.aliases.items()
            if our.lower() not in self.columns
        }
        return {real: our for real, our in theirs.items() if real}

    def column(self, name: str) -> ColumnClause[object]:
        """The column *name* for a statement."""
        return self.clause.c[self.real(name)]


@dataclass(frozen=True, slots=True)
class Layouts:
    """The layouts of all configured tables, by the name the settings use, and what is amiss with each use of them: a polled
    table that lacks a column is no reason to send nothing into another."""

    tables: dict[str, Layout]
    amiss: Mapping[str, Sequence[Problem]]
    """By use: `POLL`, `FETCH`, or `sending(kind)`."""

    def __getitem__(self, name: str) -> Layout:
        return self.tables[name]

    def problems(self, uses: Iterable[str]) -> list[Problem]:
        """What is amiss with these *uses*."""
        return [problem for use in dict.fromkeys(uses) for problem in self.amiss.get(use, ())]


POLL, FETCH = "poll", "fetch"


def sending(kind: str) -> str:
    """The use of tables that sends records of this *kind*, and reads their receipts."""
    return f"send.{kind}"


def look(connection: Connection, system: str, settings: TableSettings) -> Layouts:
    """Read the layouts of every table the settings name, and what is missing for each use of them."""
    inspector = inspect(connection)
    amiss: dict[str, list[Problem]] = {}
    tables: dict[str, Layout] = {}
    for use, name, path, columns in _wanted(settings):
        if name not in tables:
            try:
                tables[name] = _layout(connection, inspector, system, settings, name, path)
            except ProblemsError as error:
                amiss.setdefault(use, []).extend(error.problems)
                continue
        for each, where in columns:
            try:
                tables[name].real(each, where)
            except ProblemsError as error:
                amiss.setdefault(use, []).extend(error.problems)
    return Layouts(tables, amiss)


def look_at(connection: Connection, system: str, settings: TableSettings, name: str) -> Layout:
    """Read the layout of one table or view, whatever the settings name. Raises `ProblemsError`."""
    return _layout(connection, inspect(connection), system, settings, name, "")


def _wanted(settings: TableSettings) -> Iterator[tuple[str, str, str, Sequence[tuple[str, str]]]]:
    """Every table named: its use, its name, where, and the columns it must have with where they are named."""
    for kind, sent in settings.send.items():
        if sent.procedure is None:
            yield sending(kind), sent.table or kind, f"send.{kind}.table", _sent_columns(sent, f"send.{kind}")
    if settings.fetch is not None:
        yield FETCH, settings.fetch.table, "fetch.table", _fetched_columns(settings.fetch)
    for number, polled in enumerate(settings.poll):
        read = settings.read_of(polled)
        path = f"poll.{number}.read.{read.name}" if polled.read else f"read.{read.name}"
        if polled.table is not None:
            columns = [(name, f"{path}.{key}") for name, key in read.keys.columns()]
            columns += [(name, f"poll.{number}.columns") for name in polled.columns]
            yield POLL, polled.table, f"poll.{number}.table", columns
        if isinstance(read.keys, ByFlag) and read.keys.rejected is not None:
            side = read.keys.rejected
            yield POLL, side.table, f"{path}.rejected.table", [(side.reason, f"{path}.rejected.reason")]


def _fetched_columns(fetched: FetchedColumn) -> list[tuple[str, str]]:
    return [(fetched.column, "fetch.column"), *((name, f"fetch.key.{name}") for name in fetched.key)]


def _sent_columns(sent: SentTable, path: str) -> list[tuple[str, str]]:
    columns = [(name, f"{path}.key") for name in sent.identity]
    columns += [(name, f"{path}.constants.{name}") for name in sent.constants]
    columns += [(name, f"{path}.columns.{name}") for name in sent.columns]
    if sent.receipt:
        columns.append((sent.receipt.column, f"{path}.receipt.column"))
        columns += [(sent.receipt.reason, f"{path}.receipt.reason")] if sent.receipt.reason else []
    return columns


def _layout(connection: Connection, inspector: Inspector, system: str, settings: TableSettings, name: str, path: str) -> Layout:
    schema = settings.schema_name
    real = _real_table(inspector, schema, name)
    if real is None:
        known = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
        details = {"table": name, "nearest": _nearest(name, known)}
        raise ProblemsError([_problem(codes.NO_TABLE, system, path, details)])
    columns = inspector.get_columns(real, schema)
    padded = frozenset(
        each["name"] for each in columns
        if isinstance(each["type"], CHAR | NCHAR) or type(each["type"]).__name__.upper() in ("CHAR", "BPCHAR")
    )
    try:
        options = inspector.get_table_options(real, schema)
    except (NoSuchTableError, NotImplementedError):  # a view, or a database without such options
        options = {}
    engine = str(options.get("mysql_engine", "")).lower()
    names = {each["name"].lower(): each["name"] for each in columns}
    return Layout(
        system, real, schema, names, padded, engine not in _WITHOUT_TRANSACTIONS,
        frozenset(each["name"] for each in columns if isinstance(each["type"], _Binary)),
        settings.aliases, charsets_of(connection, columns, options),
    )


def _real_table(inspector: Inspector, schema: str | None, name: str) -> str | None:
    known = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    if name in known:
        return name
    return next((each for each in known if each.lower() == name.lower()), None)


def _problem(code: Code, system: str, path: str, details: dict[str, str]) -> Problem:
    return Problem(code, Place(), f"{system}.settings.{path}" if path else system, details)


def nearest_column(name: str, layout: Layout) -> str:
    """The column of *layout* that is spelled most like *name*, as problems show it; "" where none is."""
    return _nearest(name, layout.columns.values())


def _nearest(name: str, known: Iterable[str]) -> str:
    lowered = {each.lower(): each for each in known}
    like = nearest(name.lower(), lowered)
    return f" ({lowered[like]}?)" if like else ""

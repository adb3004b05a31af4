"""Calling stored procedures in the words of each database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, String, bindparam, outparam, text
from sqlalchemy.sql.elements import TextClause

from guantong_adapters.table.sending import bound

_MOST_TEXT = 4000


def result_set(dialect: str, name: str, arguments: Sequence[object]) -> TextClause:
    """The call that yields rows: a set-returning function where procedures return none."""
    places = ", ".join(f":a{number}" for number in range(len(arguments)))
    forms = {
        "postgresql": f"SELECT * FROM {name}({places})",  # noqa: S608  a name held to `ProcedureName`, and places
        "oracle": f"SELECT * FROM TABLE({name}({places}))",  # noqa: S608  the same
        "mssql": f"EXEC {name} {places}",
    }
    return _with(text(forms.get(dialect, f"CALL {name}({places})")), arguments)


def call(connection: Connection, name: str, arguments: Sequence[object], returns: Sequence[str]) -> dict[str, Any]:
    """Call *name*; its out-parameters, which follow its *arguments*, by the names in *returns*."""
    dialect = connection.dialect.name
    if dialect in ("oracle", "dm"):
        result: Any = connection.execute(_with_out(name, arguments, returns))
        found = result.out_parameters
        return dict(zip(returns, (found[f"r{number}"] for number in range(len(returns))), strict=True))
    places = [f":a{number}" for number in range(len(arguments))]
    if dialect in ("mysql", "mariadb"):
        outs = [f"@guantong_{number}" for number in range(len(returns))]
        connection.execute(_with(text(f"CALL {name}({', '.join([*places, *outs])})"), arguments)).close()
        row = connection.execute(text(f"SELECT {', '.join(outs)}")).one() if outs else ()
        return dict(zip(returns, row, strict=True))
    form = f"CALL {name}({', '.join([*places, *('NULL' for _ in returns)])})"
    result = connection.execute(_with(text(form), arguments))
    row = result.one() if result.returns_rows else ()
    return dict(zip(returns, row, strict=False))


def rows_of(connection: Connection, name: str, arguments: Sequence[object]) -> Iterator[dict[str, Any]]:
    """The rows the procedure yields, one after the other: no more of them are held than the driver does."""
    statement = result_set(connection.dialect.name, name, arguments)
    with connection.execute(statement) as result:
        for row in result.mappings():
            yield dict(row)


def _with(statement: TextClause, arguments: Sequence[object]) -> TextClause:
    return statement.bindparams(
        *(bindparam(f"a{number}", value, type_=bound(value).type) for number, value in enumerate(arguments))
    )


def _with_out(name: str, arguments: Sequence[object], returns: Sequence[str]) -> TextClause:
    places = [*(f":a{number}" for number in range(len(arguments))), *(f":r{number}" for number in range(len(returns)))]
    statement = _with(text(f"BEGIN {name}({', '.join(places)}); END;"), arguments)
    return statement.bindparams(*(outparam(f"r{number}", String(_MOST_TEXT)) for number in range(len(returns))))

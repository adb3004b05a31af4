"""What the store on PostgreSQL is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from guantong.config.declared import SecretSource
from guantong.config.values import Duration

Schema = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,39}$")]
"""The name of a schema, as PostgreSQL writes it without quotes."""


class PostgresqlSettings(BaseModel, extra="forbid"):
    """Keys of `store:` when it says `use: postgresql`. `dsn` names the environment variable or the file with the
    connection string (`postgresql://user:password@host:5432/database`), which is a secret; `schema` is the one that is
    ours alone, made at the first start; a statement that takes longer than `statement_timeout` is given up. Where `shared`,
    any number of processes may work in the schema at once, each saying so; one that gives no sign of life for `lease` is
    taken for dead, and the others go on with what it had in hand."""

    dsn: SecretSource
    namespace: Schema = Field(default="guantong", alias="schema")
    connect_timeout: Duration = Field(default=5.0, ge=2, le=60)
    statement_timeout: Duration = Field(default=30.0, ge=1, le=600)
    shared: bool = False
    lease: Duration = Field(default=15.0, ge=1, le=600)

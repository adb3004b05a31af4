"""Settings of the exchange-table adapter."""

from __future__ import annotations

import codecs
import re
import string
from importlib.metadata import entry_points
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from guantong.config.values import Duration, OneOrMany, refuse
from guantong.problems import nearest
from guantong_adapters.table.ways import ByFlag, Keys, Name, ProcedureName, Read

Failed = Literal["refused", "parked", "conflict", "stale", "unrouted"]


class PolledTable(Keys):
    """A table the other side fills and we read. `kind` is the record kind (default: the table's name), `read` the
    way it is read (default: the settings' own `read`). `columns` are those it must have beside the ones `read` names:
    while one of them is gone, nothing is read. Nor is anything while a column is gone that the table had before, unless `gone`
    names it: that is meant. What is read by a procedure has a `kind` and no table."""

    table: Name | None = None
    kind: str = ""
    read: Read | None = None
    columns: tuple[Name, ...] = ()
    gone: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _has_a_source(self) -> PolledTable:
        by_procedure = self.read is not None and self.read.procedure is not None
        if by_procedure == (self.table is not None):
            raise refuse("say `table:`, or `read: {procedure: …}` without a table",
                         "请写 `table:`，或不写表而写 `read: {procedure: …}`")
        if by_procedure and not self.kind:
            raise refuse("rows of a procedure need a `kind:`", "存储过程返回的行须写明 `kind:`")
        return self

    @property
    def name(self) -> str:
        """What its rows' handles begin with."""
        return self.table or self.kind


class ReceiptColumn(Keys):
    """The flag by which the other side judges rows we wrote, and the column with its reason. `meanings` says in words
    what a flag means (`{"2": 事项不存在}`), for rows without a reason of their own. Any other flag, and NULL, is no
    judgement yet."""

    column: Name = "CLZT"
    confirmed: OneOrMany[str] = ("1",)
    rejected: OneOrMany[str] = ("3",)
    reason: Name | None = None
    meanings: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _told_apart(self) -> ReceiptColumn:
        if set(self.confirmed) & set(self.rejected):
            raise refuse("`confirmed:` and `rejected:` must not share a value", "`confirmed:` 与 `rejected:` 不得有相同的值")
        return self


def _known_charset(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise refuse("this charset is not known", "未知的字符集") from None
    return name


def _template(text: str) -> str:
    try:
        named = [part[1:] for part in string.Formatter().parse(text)]
    except ValueError:
        named = [("", "", None)]
    if any(name is not None and (not name or form or conversion) for name, form, conversion in named):
        raise refuse("expected words in braces, such as {kind} or {time}{digits}", "应为含花括号的文字，如 {kind}、{time}{digits}")
    return text


Charset = Annotated[str, AfterValidator(_known_charset)]
Template = Annotated[str, Field(max_length=500), AfterValidator(_template)]


class SentProcedure(Keys):
    """A stored procedure we hand a record to. `arguments` are the record's columns in the procedure's order; `returns`
    are its out-parameters after them, and are the reply by these names (`{"result": "called", "status": "0"}`), to
    be judged by the profile's rules. At PostgreSQL a function's or procedure's result columns are the reply."""

    name: ProcedureName
    arguments: OneOrMany[Name]
    returns: OneOrMany[Name] = ("status",)


class SentTable(Keys):
    """A table we fill. `key` with `version` identify a row of ours and must be its unique key in the
    database; `constants` are columns always written with the same text. `columns` are those of a table that carries
    records whole: each is filled with words in braces, `{body}` (the record, text in `body_charset`), `{kind}`, `{key}`
    (the delivery's own, the same in every attempt), `{digits}` (its last four), `{time}` (yyyyMMddHHmmss) or a field
    of the record. `procedure` is called instead of writing: such a record has no `key`, and cannot be asked for."""

    table: str = ""
    key: tuple[str, ...] = ()
    version: Name | None = None
    constants: dict[str, str] = Field(default_factory=dict)
    columns: dict[Name, Template] = Field(default_factory=dict)
    body_charset: Charset = "utf-8"
    receipt: ReceiptColumn | None = None
    procedure: SentProcedure | None = None

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_many(cls, key: Any) -> Any:
        return [key] if isinstance(key, str) else key

    @model_validator(mode="after")
    def _one_way(self) -> SentTable:
        if (self.procedure is None) == (not self.key):
            raise refuse("say the `key:` of the row, or the `procedure:` to call",
                         "请写明行的 `key:`，或要调用的 `procedure:`")
        if self.procedure and (self.table or self.version or self.receipt):
            raise refuse("a `procedure:` has no `table:`, `version:` or `receipt:`",
                         "`procedure:` 不能与 `table:`、`version:`、`receipt:` 同用")
        return self

    @property
    def identity(self) -> tuple[str, ...]:
        return (*self.key, self.version) if self.version else self.key


class FetchedColumn(Keys):
    """Where a content lies that a record only refers to: the `column` of the one row of `table` whose `key` columns hold
    what the record says in these fields (`{ATTACH_ID: ATTACH_ID}`). Bytes are taken as they are, a text as Base64."""

    table: Name
    column: Name
    key: dict[Name, str] = Field(min_length=1)


_BUILT_IN = ("mariadb", "mssql", "mysql", "oracle", "postgresql", "sqlite")
"""The databases SQLAlchemy speaks to by itself."""


def databases() -> list[str]:
    """The names an address may begin with: SQLAlchemy's own and those of installed packages, without loading any."""
    found = {entry.name.partition(".")[0] for entry in entry_points(group="sqlalchemy.dialects")}
    return sorted({*_BUILT_IN, *found})


class TableSettings(Keys):
    """One exchange database. `url` is SQLAlchemy's (`mysql+pymysql://user@host/base`) without a password:
    that is the secret `password`. `send` is keyed by record kind. `session` are statements run on every
    new connection. `timeout` bounds every answer whole: connecting, a statement with its rows, a commit."""

    url: str
    schema_name: str | None = Field(default=None, alias="schema")
    session: tuple[str, ...] = ()
    connections: int = Field(default=4, ge=1, le=64)
    connect_timeout: Duration = Field(default=5, gt=0, le=120)
    timeout: Duration = Field(default=30, gt=0, le=3600)
    send: dict[str, SentTable] = Field(default_factory=dict)
    poll: tuple[PolledTable, ...] = ()
    read: Read = Read(flag=ByFlag())
    fetch: FetchedColumn | None = None
    error_for: tuple[Failed, ...] = ("refused", "parked")
    """Which ends of a record set its row's flag to `error`; all others to `taken`."""
    strip_padding: bool = True
    """Take the padding blanks off CHAR columns."""
    binary: str = "base64"
    """How columns of bytes are read and written: `base64`, or the charset of the text they hold."""
    mislabelled: str | None = None
    """The charset of text that really stands in columns the database takes for Latin-1 (GBK through an old client)."""
    empty_is_null: bool = False
    """Read and write the empty text as NULL. At Oracle and 达梦 it is so whatever is said here."""
    aliases: dict[Name, Name] = Field(default_factory=dict)
    """Columns that their tables spell otherwise: our name (the dialect's), then theirs. Both ways."""
    reason_charset: str = "utf-8"
    """The charset in which the reason column counts its bytes."""

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        if not re.match(r"^[A-Za-z0-9_]+(\+[A-Za-z0-9_]+)?://", url):
            raise refuse("expected an SQLAlchemy URL such as mysql+pymysql://user@host/base",
                         "应为 SQLAlchemy 地址，如 mysql+pymysql://user@host/base")
        known, name = databases(), re.split(r"[+:]", url, maxsplit=1)[0]
        if name not in known and (near := nearest(name, known)):  # another may need a driver that is not here yet
            raise refuse(f"there is no database {name!r}: did you mean {near!r}?", f"没有数据库类型 {name!r}，是否应为 {near!r}？")
        if urlsplit(url).password is not None:
            raise refuse("the URL holds a password; take it out and give it as the secret `password`",
                         "地址中含有口令；请删除，并以密钥 `password` 提供")
        return url

    @field_validator("binary", "reason_charset", "mislabelled")
    @classmethod
    def _charset(cls, name: str | None) -> str | None:
        return name if name is None or name == "base64" else _known_charset(name)

    @model_validator(mode="after")
    def _told_apart(self) -> TableSettings:
        names = [polled.name.lower() for polled in self.poll]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise refuse(f"`poll:` names {twice[0]!r} twice", f"`poll:` 中 {twice[0]!r} 出现两次")
        return self

    def is_read(self) -> bool:
        """Whether there is anything to poll."""
        return bool(self.poll)

    def read_of(self, polled: PolledTable) -> Read:
        return polled.read or self.read

"""Settings of the exchange-table adapter."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from guantong.config.values import Duration, OneOrMany

Name = Annotated[str, Field(min_length=1, max_length=128)]



Failed = Literal["refused", "parked", "conflict", "stale", "unrouted"]


class _Keys(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Control(_Keys):
    """The columns by which both sides know what became of a row; none of them is part of the record.

    `unread` are the flag's values of rows not yet read (`unread_null` adds NULL); after reading, the flag
    becomes `taken`, or `error` with the reason in the column `reason`, cut to `reason_bytes` bytes. `age`
    is the column that tells which row of several tables is older (a row time); without it the tables'
    order in the settings decides. `leave_out` names more columns that are no part of the record.
    """

    id: Name = "ID"
    flag: Name = "CLZT"
    unread: OneOrMany[str] = ("N",)
    unread_null: bool = False
    taken: str = "Y"
    error: str = "E"
    reason: Name | None = None
    reason_bytes: int = Field(default=2000, ge=16, le=1_000_000)
    age: Name | None = None
    leave_out: OneOrMany[str] = ()

    @model_validator(mode="after")
    def _told_apart(self) -> Control:
        if self.taken in self.unread or self.error in self.unread:
            raise PydanticCustomError(
                "refused", "`taken:` and `error:` must differ from `unread:`, or rows are read for ever",
                {"zh": "`taken:` 与 `error:` 不得与 `unread:` 相同，否则会反复读取"},
            )
        return self


class PolledTable(_Keys):
    """A table the other side fills and we read. `kind` is the record kind (default: the table's name)."""

    table: Name
    kind: str = ""
    control: Control | None = None


class ReceiptColumn(_Keys):
    """The flag by which the other side judges rows we wrote, and the column with its reason."""

    column: Name = "CLZT"
    confirmed: OneOrMany[str] = ("1",)
    rejected: OneOrMany[str] = ("3",)
    reason: Name | None = None


class SentTable(_Keys):
    """A table we fill. `key` with `version` identify a row of ours and must be its unique key in the
    database; `constants` are columns always written with the same text."""

    table: str = ""
    key: OneOrMany[str]
    version: Name | None = None
    constants: dict[str, str] = {}
    receipt: ReceiptColumn | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        return (*self.key, self.version) if self.version else self.key


class TableSettings(_Keys):
    """One exchange database. `url` is SQLAlchemy's (`mysql+pymysql://user@host/base`) without a password:
    that is the secret `password`. `send` is keyed by record kind. `session` are statements run on every
    new connection. `timeout` bounds every statement in the driver, where the driver can."""

    url: str
    schema_name: str | None = Field(default=None, alias="schema")
    session: tuple[str, ...] = ()
    connections: int = Field(default=4, ge=1, le=64)
    connect_timeout: Duration = Field(default=5, gt=0, le=120)
    timeout: Duration = Field(default=30, gt=0, le=3600)
    send: dict[str, SentTable] = {}
    poll: tuple[PolledTable, ...] = ()
    control: Control = Control()
    error_for: tuple[Failed, ...] = ("refused", "parked")
    """Which ends of a record set its row's flag to `error`; all others to `taken`."""
    strip_padding: bool = True
    """Take the padding blanks off CHAR columns."""
    binary: str = "base64"
    """How columns of bytes are read: `base64`, or the charset of the text they hold."""
    reason_charset: str = "utf-8"
    """The charset in which the reason column counts its bytes."""

    @field_validator("url")
    @classmethod
    def _plain(cls, url: str) -> str:
        if not re.match(r"^[A-Za-z0-9_]+(\+[A-Za-z0-9_]+)?://", url):
            raise PydanticCustomError(
                "refused", "expected an SQLAlchemy URL such as mysql+pymysql://user@host/base",
                {"zh": "应为 SQLAlchemy 地址，如 mysql+pymysql://user@host/base"},
            )
        if urlsplit(url).password is not None:
            raise PydanticCustomError(
                "refused", "the URL holds a password; take it out and give it as the secret `password`",
                {"zh": "地址中含有口令；请删除，并以密钥 `password` 提供"},
            )
        return url

    @field_validator("binary", "reason_charset")
    @classmethod
    def _known_charset(cls, name: str) -> str:
        if name == "base64":
            return name
        try:
            codecs.lookup(name)
        except LookupError:
            raise PydanticCustomError(
                "refused", "this charset is not known", {"zh": "未知的字符集"}
            ) from None
        return name

    def is_read(self) -> bool:
        """Whether there is anything to poll."""
        return bool(self.poll)

    def control_of(self, polled: PolledTable) -> Control:
        return polled.control or self.control

"""Settings: the ways in which a table is read, one for each table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from guantong.config.values import Duration, OneOrMany, refuse

Name = Annotated[str, Field(min_length=1, max_length=128)]
_TIME_TOKENS = re.compile(r"yyyy|MM|dd|HH|mm|ss|S{1,6}")
_DIRECTIVES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_PROCEDURE = re.compile(r"^[A-Za-z_][A-Za-z0-9_$#]*(\.[A-Za-z_][A-Za-z0-9_$#]*){0,2}$")


class Keys(BaseModel):
    """A group of configuration keys: immutable, unknown keys refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


def _known_procedure(name: str) -> str:
    if not _PROCEDURE.fullmatch(name):
        raise refuse("expected a procedure's name, such as GDBS.READ_CASES", "应为存储过程名，如 GDBS.READ_CASES")
    return name


ProcedureName = Annotated[str, Field(max_length=300), AfterValidator(_known_procedure)]


def directives(form: str) -> str:
    """The `strptime` form of `yyyy-MM-dd HH:mm:ss.SSSSSS`."""
    return _TIME_TOKENS.sub(lambda found: _DIRECTIVES.get(found[0], "%f"), form.replace("%", "%%"))


class RejectedTable(Keys):
    """A side table for rows we could not use (such as `up_pro_accept_v4_unqbak`): a copy of the row's columns as
    far as the table has them, and the reason in `reason`, cut to `reason_bytes` bytes."""

    table: Name
    reason: Name = "error_msg"
    reason_bytes: int = Field(default=2000, ge=16, le=1_000_000)


class _Ordered(Keys):
    """What ways by rows share. `id` names the row (one column, or those of its key together); `age` is the column that
    tells which row of several tables is older (a row time); `leave_out` names more columns that are no part of the
    record. An `id` of one column is none either; a key's columns are."""

    id: OneOrMany[Name] = ("ID",)
    age: Name | None = None
    leave_out: OneOrMany[str] = ()

    def columns(self) -> Iterator[tuple[str, str]]:
        """Each column the table must have, and the key that names it."""
        for name in self.id:
            yield name, "id"
        if self.age:
            yield self.age, "age"

    def beside(self) -> tuple[str, ...]:
        """The columns that are no part of the record."""
        named = (name for name, key in self.columns() if key != "id" or len(self.id) == 1)
        return (*named, *self.leave_out)


class ByFlag(_Ordered):
    """By a flag column. `unread` are its values in rows not yet read (`unread_null` adds NULL); after reading it
    becomes `taken`, or `error` with the reason in the column `reason`, cut to `reason_bytes` bytes. `rejected`
    is a side table that gets a copy of rows in error. The control columns are no part of the record."""

    flag: Name = "CLZT"
    unread: OneOrMany[str] = ("N",)
    unread_null: bool = False
    taken: str = "Y"
    error: str = "E"
    reason: Name | None = None
    reason_bytes: int = Field(default=2000, ge=16, le=1_000_000)
    rejected: RejectedTable | None = None

    def columns(self) -> Iterator[tuple[str, str]]:
        yield from super().columns()
        yield self.flag, "flag"
        if self.reason:
            yield self.reason, "reason"

    @model_validator(mode="after")
    def _told_apart(self) -> ByFlag:
        if self.taken in self.unread or self.error in self.unread:
            raise refuse(
                "`taken:` and `error:` must differ from `unread:`, or rows are read for ever",
                "`taken:` 与 `error:` 不得与 `unread:` 相同，否则会反复读取",
            )
        return self


class ByClaim(ByFlag):
    """By a flag that several consumers share: a row is ours once `owner` holds our name `me` and `at` the time of
    the claim (the database's clock). Rows others hold are theirs, until `release_after` has passed: whoever
    claimed them is dead, and we take them. Reading writes the two columns, so poll with an account that may."""

    owner: Name = "OWNER"
    at: Name = "CLAIMED_AT"
    me: str = Field(default="guantong", min_length=1, max_length=100)
    release_after: Duration = Field(default=600, gt=0, le=86400 * 7)

    def columns(self) -> Iterator[tuple[str, str]]:
        yield from super().columns()
        yield self.owner, "owner"
        yield self.at, "at"


class ByRemoval(_Ordered):
    """By deleting: every row there is unread, and is deleted once it is durable here. A row we refuse is left, and
    read again only when it changes. Its `id` is part of the record."""

    def beside(self) -> tuple[str, ...]:
        return (*([self.age] if self.age else []), *self.leave_out)


class ByWatermark(Keys):
    """By a column that grows (`column`: a time, a number, or a text written as `format`), writing nothing at the
    source. Rows become visible late, when their transaction ends, and several have the same value: the last
    `overlap` (`overlap_number` where the column is a number) before the newest row is read again each time, and
    rows seen before are known by their `id` and content. A row that becomes visible later than that is missed:
    let the overlap be longer than the source's longest transaction. `since` is where the very first reading begins.
    Rows whose `column` is NULL are not read."""

    column: Name
    id: OneOrMany[Name] = ("ID",)
    overlap: Duration = Field(default=600, gt=0, le=86400 * 31)
    overlap_number: int = Field(default=1000, ge=1)
    format: str | None = None
    since: str | None = None
    leave_out: OneOrMany[str] = ()

    @field_validator("format")
    @classmethod
    def _sorts(cls, form: str | None) -> str | None:
        if form is not None and _TIME_TOKENS.findall(form)[:3] != ["yyyy", "MM", "dd"]:
            raise refuse("expected a form that sorts as time does, such as yyyyMMddHHmmss or yyyy-MM-dd HH:mm:ss",
                         "应为按文字排序即按时间排序的格式，如 yyyyMMddHHmmss、yyyy-MM-dd HH:mm:ss")
        return form

    def columns(self) -> Iterator[tuple[str, str]]:
        yield self.column, "column"
        for name in self.id:
            yield name, "id"

    def beside(self) -> tuple[str, ...]:
        return self.leave_out


class BySnapshot(Keys):
    """By comparing the whole table with what we saw before (a digest of each row, kept at our side), writing nothing
    at the source: new and changed rows are read. `key` names a row. `deleted` is the record kind of a row that has
    gone (its key columns are the record); without it rows may go unnoticed. When more than the share `most_deleted`
    of the rows have gone at once, that is taken for a table being filled anew: nothing is told, a problem is shown."""

    key: OneOrMany[Name]
    deleted: str | None = None
    most_deleted: float = Field(default=0.2, ge=0, le=1)
    leave_out: OneOrMany[str] = ()

    def columns(self) -> Iterator[tuple[str, str]]:
        for name in self.key:
            yield name, "key"

    def beside(self) -> tuple[str, ...]:
        return self.leave_out


class ByProcedure(Keys):
    """By a stored procedure (a set-returning function at PostgreSQL and Oracle) called with `(since, limit)`; its
    rows, oldest first, are the records. `since` is the value of `cursor` in the last row ("" at first); rows that
    come again with the same `id` and content are known. `acknowledge` is a procedure called for each row taken
    with `(id, result, reason)`, the result being `taken` or `error`."""

    name: ProcedureName
    cursor: Name
    id: Name = "ID"
    since: str = ""
    acknowledge: ProcedureName | None = None
    taken: str = "Y"
    error: str = "E"
    leave_out: OneOrMany[str] = ()

    def columns(self) -> Iterator[tuple[str, str]]:
        return iter(())

    def beside(self) -> tuple[str, ...]:
        return self.leave_out


class ByOpenCases(Keys):
    """By asking for our open cases: for each case that went to this system and is not finished, the rows whose
    column `serial` holds its number of the kind `kind`. A row is read again when its content changes. `closed_by`
    are the events that end a case; `since` how long after its last event a case is still asked for."""

    serial: Name
    kind: str = "province"
    id: OneOrMany[Name]
    closed_by: OneOrMany[str] = ("case.finish", "case.void")
    within: Duration = Field(default=180 * 86400, gt=0)
    leave_out: OneOrMany[str] = ()

    def columns(self) -> Iterator[tuple[str, str]]:
        yield self.serial, "serial"
        for name in self.id:
            yield name, "id"

    def beside(self) -> tuple[str, ...]:
        return self.leave_out


WayKeys = ByFlag | ByClaim | ByRemoval | ByWatermark | BySnapshot | ByProcedure | ByOpenCases
WayName = Literal["flag", "claim", "remove", "watermark", "snapshot", "procedure", "open_cases"]


class Read(Keys):
    """How a table is read: one of these."""

    flag: ByFlag | None = None
    claim: ByClaim | None = None
    remove: ByRemoval | None = None
    watermark: ByWatermark | None = None
    snapshot: BySnapshot | None = None
    procedure: ByProcedure | None = None
    open_cases: ByOpenCases | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Read:
        if len(self._said()) != 1:
            raise refuse(
                "say one of `flag:`, `claim:`, `remove:`, `watermark:`, `snapshot:`, `procedure:` and `open_cases:`",
                "请写 `flag:`、`claim:`、`remove:`、`watermark:`、`snapshot:`、`procedure:`、`open_cases:` 其中之一",
            )
        return self

    def _said(self) -> list[tuple[str, WayKeys]]:
        every = {name: getattr(self, name) for name in type(self).model_fields}
        return [(name, keys) for name, keys in every.items() if keys is not None]

    @property
    def name(self) -> str:
        return self._said()[0][0]

    @property
    def keys(self) -> WayKeys:
        return self._said()[0][1]

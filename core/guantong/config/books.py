"""`reconcile:` of a system (对账): where its own books are read, and what is compared."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from guantong.config.policies import Policy
from guantong.config.values import OneOrMany, refuse

_READS = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
_TOKENS = re.compile(r"yyyy|MM|dd|HH|mm|ss")
_DIRECTIVES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


def _one_question(query: str) -> str:
    if not _READS.match(query) or ";" in query.strip().removesuffix(";"):
        raise refuse("expected one statement that begins with SELECT or WITH: it only reads", "应为一条以 SELECT 或 WITH 开头的只读语句")
    return query.strip().removesuffix(";")


def _form(form: str) -> str:
    if not {"yyyy", "MM", "dd"} <= set(_TOKENS.findall(form)):
        raise refuse("expected a form such as yyyy-MM-dd HH:mm:ss", "应为如 yyyy-MM-dd HH:mm:ss 的格式")
    return form


def directives(form: str) -> str:
    """The `strftime` form of `yyyy-MM-dd HH:mm:ss`."""
    return _TOKENS.sub(lambda found: _DIRECTIVES[found[0]], form.replace("%", "%%"))


class BookKeys(Policy):
    """One list of a system's own books: the rows of a `query` or of a `view` (or table), or of a file that is handed in with
    `--file` (neither is said). The columns have the names of the fields of the record `kind`, unless `columns` says otherwise
    (`{YWLSH: 业务流水号}`: the record's field, then theirs); `kind_at` is the column that tells the kind, where one list holds
    several. They are read by the mapping that reads such records; what tells the case, the event, its version and its time
    must be among them. In a `query`, `:since` and `:until` stand for the beginning and the end of the days, written as `times` says;
    a `view` is narrowed by its column `time`. The system itself is asked, or the one that `through` names."""

    query: Annotated[str, AfterValidator(_one_question)] = Field(default="", max_length=8000)
    view: str = Field(default="", max_length=128)
    time: str = Field(default="", max_length=128)
    times: Annotated[str, AfterValidator(_form)] = "yyyy-MM-dd HH:mm:ss"
    kind: str = Field(default="", max_length=100)
    kind_at: str = Field(default="", max_length=128)
    columns: dict[str, str] = Field(default_factory=dict)
    through: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.query and self.view:
            raise refuse("say `query:` or `view:`", "`query:` 与 `view:` 只写其一")
        if self.time and not self.view:
            raise refuse("`time:` is a column of the `view:`; a query says itself what lies in the time", "`time:` 是 `view:` 的列；查询请自行写明时间条件")
        if self.kind and self.kind_at:
            raise refuse("say `kind:` or `kind_at:`", "`kind:` 与 `kind_at:` 只写其一")
        if len(set(self.columns.values())) < len(self.columns):
            raise refuse("`columns:` names one of their columns twice", "`columns:` 中同一列写了两次")
        return self

    @property
    def handed_in(self) -> bool:
        """Whether it comes as a file."""
        return not self.query and not self.view


def _several(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Books = Annotated[tuple[BookKeys, ...], BeforeValidator(_several)]


class ReconcileKeys(Policy):
    """`reconcile:` (对账). `source` is where the system's own books say what it told us; without it, what is read by us is read again,
    whole, and compared whole. `target` is where they say what it took from us; without it, receipts tell. `compare` are the
    canonical fields that are compared where `source` gives them. At the hour `at` of every night (Asia/Shanghai) the hub does this by
    itself for the day before."""

    at: str | None = Field(default=None, pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    source: Books = ()
    target: Books = ()
    compare: OneOrMany[str] | None = None

"""The configuration keys of reading a system page by page, and of telling it what became of its records."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from guantong.cipher import Ciphering
from guantong.config.values import OneOrMany, refuse
from guantong_adapters.rest.parts import PLACEHOLDER, Declared, Part, Where

PAGE = frozenset({"since", "page", "size"})
TOLD = frozenset({"ref", "code", "reason", "message", "end"})
Failed = Literal["refused", "parked", "conflict", "stale", "unrouted"]


def _check(text: str, known: frozenset[str]) -> None:
    for name in PLACEHOLDER.findall(text):
        if name not in known:
            listed = ", ".join(f"{{{one}}}" for one in sorted(known))
            raise refuse(f"unknown placeholder {name!r}: there are {listed}", f"未知的占位符 {name!r}，可用：{listed}")


class Mark(Declared):
    """One request that tells the system about one of its records. In `path` (percent-encoded) and `body` (as JSON
    text) `{ref}` stands for the record's own handle, `{message}` for the number of ours, `{code}` and `{reason}` for
    what is wrong with it, `{end}` for how it ended here (`routed`, `parked`, `refused` …). `success` says which fields of a good answer hold which texts, where its status alone does
    not tell."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str = Field(pattern=r"^/[^\s#]*$", max_length=500)
    body: str | None = Field(default=None, max_length=10_000)
    success: dict[Where, OneOrMany[str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Self:
        _check(self.path, TOLD)
        _check(self.body or "", TOLD)
        return self


class Read(Declared):
    """How the system is read: pages of records, oldest first.

    In `path` `{since}` stands for where the reading before this one ended (at first `first`), `{page}` for the page's
    number from `first_page` on, `{size}` for how many records we take. The records are the items at `records_at` of a
    JSON answer (without it: the answer itself is the list), or the elements of that name in XML; `record_at` is where an
    item holds its record as text (`xmlStr`), when it is not the item itself; where that text is sealed, `cipher` opens it. `parts` are the fields of the form that every
    request of reading carries (with method POST): the token, a key of the interface's own.

    `since_at` is where a record says what orders it (a time or a growing number, see `numbers`): the reading goes on
    from the greatest value seen, inclusive, so that nothing is missed among equal ones (what comes twice is a
    duplicate); further pages are asked for where one value fills more than one. Or `next_at` is where the answer says
    what to ask for next. `success` says which fields of a good answer hold which texts (its status is 200 as well). `ref_at` is where a record
    has its handle, by which `taken` and `refused` tell the system about it: `error_for` are the ends of which it is told
    by `refused`, where that is declared; of all others (but a refusal) by `taken`. A record that is given back
    (`guantong return`) is told by `refused`, too.
    """

    method: Literal["GET", "POST"] = "GET"
    path: str = Field(pattern=r"^/[^\s#]*$", max_length=500)
    first: str = ""
    first_page: int = Field(default=1, ge=0, le=1)
    decode: Literal["json", "xml"] = "json"
    parts: tuple[Part, ...] = ()
    records_at: Where | None = None
    record_at: Where | None = None
    cipher: Ciphering | None = None
    kind: str | None = None
    kind_at: Where | None = None
    since_at: Where | None = None
    numbers: bool = False
    next_at: Where | None = None
    ref_at: Where | None = None
    success: dict[Where, OneOrMany[str]] = Field(default_factory=dict)
    taken: Mark | None = None
    refused: Mark | None = None
    error_for: tuple[Failed, ...] = ("refused", "parked")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        _check(self.path, PAGE)
        if self.cipher is not None and self.record_at is None:
            raise refuse("`cipher:` of reading opens the text at `record_at:`: write that, too", "读取的 `cipher:` 解密 `record_at:` 处的文本，请同时写明")
        if self.decode == "xml" and self.records_at is None:
            raise refuse("XML pages need `records_at:`", "XML 分页须写 `records_at:`")
        if self.parts and self.method == "GET":
            raise refuse("`parts:` is a form, and needs `method: POST`", "`parts:` 是表单，须写 `method: POST`")
        if any(part.value in ("body", "kind", "key") or part.field or part.file or part.content_type for part in self.parts):
            raise refuse("parts of reading are constants, secrets, the token and the timestamp", "读取的表单项只能是常量、密钥、令牌或时间戳")
        if self.since_at is not None and self.next_at is not None:
            raise refuse("say `since_at:` or `next_at:`, not both", "`since_at:` 与 `next_at:` 只能写一个")
        marked = self.taken is not None or self.refused is not None
        if self.since_at is None and self.next_at is None and self.taken is None:
            raise refuse("say how the next page is found: `since_at:`, `next_at:`, or `taken:` where the system leaves out "
                         "what we marked", "须写明如何读取下一页：`since_at:`、`next_at:`，或 `taken:`（对方不再返回已标记的记录）")
        if marked and self.ref_at is None:
            raise refuse("`taken:` and `refused:` need `ref_at:`", "`taken:` 与 `refused:` 需要 `ref_at:`")
        if self.since_at is not None and "{since}" not in self.path:
            raise refuse("`since_at:` needs {since} in `path:`", "有 `since_at:` 时 `path:` 中须有 {since}")
        return self

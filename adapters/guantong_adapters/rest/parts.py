"""The configuration keys of what a request is made of besides the record: fields of forms, parameters, headers,
and the login that gives a token."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from guantong.config.values import Duration, refuse

HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]*$", max_length=1000)]
PartName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f\"]+$", max_length=100)]
Source = Literal["body", "kind", "key", "token", "timestamp"]
Where = Annotated[str, StringConstraints(pattern=r"^[^/\s]+(/[^/\s]+)*$", max_length=200)]
"""A path in a decoded answer: `data/token`."""

VALUE = "{value}"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
"""A name in braces, which stands for something in a path or a text."""


class Declared(BaseModel):
    """A group of keys: immutable, unknown keys refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class Sourced(Declared):
    """A text and where it comes from: a fact of the sending (`value`), a constant, a secret by name, or a native
    field of the record. It is put in place of `{value}` in `template`. A `timestamp` is in seconds of Unix time."""

    value: Source | None = None
    constant: str | None = None
    secret: str | None = None
    field: str | None = None
    template: str = VALUE

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(one is not None for one in (self.value, self.constant, self.secret, self.field)) != 1:
            raise refuse("say exactly one of `value:`, `constant:`, `secret:`, `field:`",
                         "`value:`、`constant:`、`secret:`、`field:` 必须且只能写一个")
        if re.sub(r"\{value\}", "", self.template).count("{") or self.template.count(VALUE) != 1:
            raise refuse("`template:` holds {value} once and no other braces", "`template:` 中须有且仅有一处 {value}，不能有其他花括号")
        return self


class HeaderPart(Sourced):
    """A header that is not constant: `Authorization: {value: token, template: "Bearer {value}"}`."""

    @model_validator(mode="after")
    def _short(self) -> Self:
        if self.value == "body":
            raise refuse("a header cannot hold the body", "请求头不能放报文体")
        return self


class Part(Sourced):
    """One field of a form or one parameter of an address. In a form of parts, `content_type` and `file` (a file's
    name) may be said of it."""

    name: PartName
    content_type: HeaderValue | None = None
    file: PartName | None = None


class Envelope(Declared):
    """What is sent instead of the record alone: a form whose parts stand in this order, one of which is the
    record. `multipart` has a boundary of its own and takes bytes of any kind; `urlencoded` text in `charset`. With `files`
    (in `multipart`) the event's attachments follow, each as a part of that name under its own file name; one that the mapping wrote into the record does not go twice."""

    form: Literal["urlencoded", "multipart"] = "urlencoded"
    charset: Literal["utf-8", "gb18030"] = "utf-8"
    parts: tuple[Part, ...]
    files: PartName | None = None

    @model_validator(mode="after")
    def _one_record(self) -> Self:
        if [part.value for part in self.parts].count("body") != 1:
            raise refuse("one part carries `value: body`", "须有且仅有一个字段携带 `value: body`")
        if self.form == "urlencoded" and self.files is not None:
            raise refuse("`files:` belongs to `form: multipart`", "`files:` 只用于 `form: multipart`")
        if self.form == "urlencoded" and any(part.content_type or part.file for part in self.parts):
            raise refuse("`content_type:` and `file:` belong to `form: multipart`", "`content_type:` 与 `file:` 只用于 `form: multipart`")
        return self


class Login(Declared):
    """A request that gives a token, made before the first sending, when the token's time is up, and when the system
    no longer honours it. `path` stands under `url`; `parts` are sent as `form` says. The token is at `token_at` of
    the answer decoded as `decode` says (for text: the whole answer), and holds for `lasts`, or for the seconds at
    `lasts_at`."""

    method: Literal["POST", "GET"] = "POST"
    path: str = Field(pattern=r"^/[^\s#{}]*$", max_length=500)
    form: Literal["urlencoded", "json", "parameters"] = "urlencoded"
    parts: tuple[Part, ...] = ()
    decode: Literal["json", "xml", "text"] = "json"
    token_at: Where | None = None
    lasts_at: Where | None = None
    lasts: Duration | None = Field(default=None, gt=0)
    timeout: Duration = Field(default=20.0, gt=0)

    @model_validator(mode="after")
    def _tells_its_token(self) -> Self:
        if (self.decode == "text") != (self.token_at is None):
            raise refuse("say `token_at:`, unless the answer is `decode: text`", "须写 `token_at:`（`decode: text` 时不写）")
        if any(part.value in ("body", "kind", "key", "token") or part.field for part in self.parts):
            raise refuse("a login's parts are constants, secrets and the timestamp", "登录参数只能是常量、密钥或时间戳")
        if self.method == "GET" and self.form != "parameters":
            raise refuse("a GET sends `form: parameters`", "GET 请求须写 `form: parameters`")
        return self

"""The configuration keys of the REST adapter: how a system is called, and how it calls us."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from guantong.cipher import Ciphering
from guantong.config.values import HeaderName, Size, refuse
from guantong.signer import Signing
from guantong_adapters.http.client import DEFAULT_REPLY_LIMIT
from guantong_adapters.http.trust import check_pair
from guantong_adapters.rest.parts import (
    PLACEHOLDER,
    Declared,
    Envelope,
    HeaderPart,
    HeaderValue,
    Login,
    Part,
    Sourced,
    Where,
)
from guantong_adapters.rest.reading import Read
from guantong_adapters.rest.serving import Receive

_FIELD = re.compile(r"[^\s{}/?#]+")


def _check_path(path: str) -> None:
    for name in PLACEHOLDER.findall(path):
        if _FIELD.fullmatch(name) is None:
            raise refuse("a placeholder is a field in braces: {applyNo}", "占位符是花括号中的字段名：{applyNo}")
    rest = PLACEHOLDER.sub("", path)
    if "{" in rest or "}" in rest:
        raise refuse("braces in a path must be closed", "路径中的花括号须成对")


class Exchange(Declared):
    """One request. In `path`, `{name}` stands for the record's native field of that name, percent-encoded."""

    method: Literal["POST", "PUT", "PATCH"] = "POST"
    path: str = Field(pattern=r"^/[^\s#]*$", max_length=500)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _check_path(self.path)
        return self


class Query(Declared):
    """The request that asks whether a delivery took effect. `path` as in `send`; it has no body."""

    method: Literal["GET"] = "GET"
    path: str = Field(pattern=r"^/[^\s#]*$", max_length=500)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        _check_path(self.path)
        return self


class Fetch(Query):
    """The request by which an attachment is fetched that a record only refers to. In `path`, `{name}` stands for the
    record's native field of that name, percent-encoded. It is made with the same `auth`, `headers`, `parameters`, `login`
    and certificates as any other; which records it is made for, the system's `fetch:` says."""


class Auth(Declared):
    """How we prove ourselves in what we send: a signature scheme, with the system's secrets."""

    signer: Signing


class RestSettings(Declared):
    """One system that speaks REST.

    Sending: a record of a kind named in `send` (`"*"`: any other) goes to `url` + `path` with `content_type`,
    the `headers`, constant or not, and what `auth` adds; `parameters` are added to every address. With
    `envelope` the record stands in a form. `login` gives a token, which parts, parameters and headers may hold.
    `cipher` seals records before they are put in their place, and opens the text at `reply_cipher_at` of
    answers. `key_header` names a header that carries the delivery's key, the same in every attempt. `query` asks
    for the fate of a delivery (`queries`: of kinds that are asked for elsewhere), `fetch` gets attachments. `tls_ca` is a file of trusted authorities for https (default: the machine's),
    `tls_certificate` and `tls_key` our own certificate where the system wants one (mTLS). Reading: `read`. Receiving: `receive`.
    `answers_404` says that their gateway answers 404 to all but real calls: what `county ready` asks then proves nothing.
    """

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")] | None = None
    send: dict[str, Exchange] = Field(default_factory=dict)
    answers_404: bool = False
    query: Query | None = None
    queries: dict[str, Query] = Field(default_factory=dict)
    fetch: Fetch | None = None
    auth: Auth | None = None
    headers: dict[HeaderName, HeaderValue | HeaderPart] = Field(default_factory=dict)
    parameters: tuple[Part, ...] = ()
    envelope: Envelope | None = None
    login: Login | None = None
    cipher: Ciphering | None = None
    reply_cipher_at: Where | None = None
    content_type: HeaderValue = "application/json; charset=utf-8"
    key_header: HeaderName | None = None
    connections: int = Field(default=64, ge=1, le=1000)
    reply_limit: Size = DEFAULT_REPLY_LIMIT
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    read: Read | None = None
    receive: Receive | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.url is None and self.receive is None:
            raise refuse(
                "write `url:` to send, `receive:` to be called, or both", "请写 `url:`（发送）或 `receive:`（接收），或两者都写"
            )
        if (self.url is None) != (not self.send and self.read is None and self.fetch is None):
            raise refuse("`url:` and `send:` (or `read:`, `fetch:`) belong together",
                         "`url:` 与 `send:`（或 `read:`、`fetch:`）必须同时出现")
        if (self.query is not None or self.queries) and self.url is None:
            raise refuse("`query:` needs `url:`", "有 `query:` 时须写 `url:`")
        if self.queries and self.query is None:
            raise refuse("`queries:` is for kinds that differ from `query:`: write that, too", "`queries:` 只列与 `query:` 不同的类型，请同时写 `query:`")
        if self.login is None and any(one.value == "token" for one in self.sourced()):
            raise refuse("`value: token` needs `login:`", "`value: token` 需要 `login:`")
        if any(part.value == "body" for part in self.parameters):
            raise refuse("the body belongs into `envelope:`, not into an address", "报文体应放入 `envelope:`，不能放在地址中")
        if self.reply_cipher_at is not None and self.cipher is None:
            raise refuse("`reply_cipher_at:` needs `cipher:`", "`reply_cipher_at:` 需要 `cipher:`")
        check_pair(self)
        return self

    def is_read(self) -> bool:
        """Whether there is anything to poll."""
        return self.read is not None

    def sourced(self) -> list[Sourced]:
        """Everything that is not constant in a request."""
        made = [value for value in self.headers.values() if isinstance(value, HeaderPart)]
        in_forms = [*(self.envelope.parts if self.envelope else ()), *(self.read.parts if self.read else ())]
        return [*made, *self.parameters, *in_forms]

    def secrets(self) -> list[str]:
        """The names of all secrets these settings use themselves."""
        parts = [*self.sourced(), *(self.login.parts if self.login else ())]
        named = {part.secret for part in parts if part.secret is not None}
        form = self.receive.auth.form if self.receive else None
        return sorted(named | ({form.secret} if form else set()))

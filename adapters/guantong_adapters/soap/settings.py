"""The configuration keys of the SOAP adapter: how a system is called, and how it calls us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from guantong.config.values import Duration, HeaderName, OneOrMany, Size, refuse
from guantong.signer import Signing, Verifying
from guantong_adapters.http.client import DEFAULT_REPLY_LIMIT
from guantong_adapters.http.trust import check_pair
from guantong_adapters.soap.declared import (
    Charset,
    Declared,
    DoorPath,
    Form,
    Inner,
    Key,
    RecordPath,
    XmlName,
    exactly_one,
    placeholders,
)
from guantong_adapters.soap.security.settings import Security
from guantong_adapters.soap.serving.settings import Serve

Source = Literal["body", "message", "kind", "key", "token", "timestamp", "signature"]
WsdlAddress = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")]

_TIME_PATTERN = re.compile(r"(?:yyyy|MM|dd|HH|mm|ss|[-/:. T])+")


class Piece(Declared):
    """One element that is written, and where its text comes from: a fact of the sending (`value`), a
    constant, or a secret by name. `form` says how its text is wrapped, `format` how a timestamp looks."""

    name: XmlName
    value: Source | None = None
    constant: str | None = None
    secret: str | None = None
    form: Form = "escaped"
    format: str = "yyyyMMddHHmmss"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        exactly_one(self.name, {"value": self.value, "constant": self.constant, "secret": self.secret})
        if not _TIME_PATTERN.fullmatch(self.format):
            raise refuse("`format:` is made of yyyy MM dd HH mm ss", "`format:` 由 yyyy MM dd HH mm ss 组成")
        return self


class Header(Declared):
    """An HTTP header sent with every call: a constant, or a secret by name."""

    constant: str | None = None
    secret: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        exactly_one("a header", {"constant": self.constant, "secret": self.secret})
        return self


class Told(Declared):
    """A text that is written down: a constant, a secret by name, or a `template` in which `{name}` stands for the
    secret of that name."""

    constant: str | None = None
    secret: str | None = None
    template: str | None = None

    def _sources(self) -> dict[str, object]:
        return {"template": self.template, "constant": self.constant, "secret": self.secret}

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        exactly_one("it", self._sources())
        if self.template is not None:
            placeholders(self.template)
        return self

    def secrets(self) -> Iterator[str]:
        if self.secret is not None:
            yield self.secret
        if self.template is not None:
            yield from placeholders(self.template)


class Supplied(Told):
    """A value that the interface wants and no mapping should know: a fact of the sending (`value`), a constant, a
    secret by name, or a `template` in which `{name}` stands for the secret of that name. `format` is how a
    timestamp looks."""

    value: Literal["kind", "key", "token", "timestamp"] | None = None
    format: str = "yyyyMMddHHmmss"

    def _sources(self) -> dict[str, object]:
        return {"value": self.value, **super()._sources()}

    @model_validator(mode="after")
    def _told_time(self) -> Self:
        if not _TIME_PATTERN.fullmatch(self.format):
            raise refuse("`format:` is made of yyyy MM dd HH mm ss", "`format:` 由 yyyy MM dd HH mm ss 组成")
        return self


class Asked(Supplied):
    """One argument of the status call: a native field of the record that was sent (of several, the first that has a
    value), a fact of the sending, a constant, a secret or a template. `name` is the argument; by a WSDL, its path in
    the request (`request/caseNo`)."""

    name: RecordPath
    field: OneOrMany[RecordPath] | None = None

    def _sources(self) -> dict[str, object]:
        return {"field": self.field, **super()._sources()}


class StatusCall(Declared):
    """The call that asks what became of a delivery. It has `arguments` in order; by hand, they are elements as those of
    the call that sends. Its answer is read as any other, by `return_element` where it says so."""

    operation: XmlName
    soap_action: str = ""
    arguments: Annotated[tuple[Asked, ...], Field(min_length=1, max_length=100)]
    return_element: XmlName | None = None


class SoapHeader(Declared):
    """An element in the header of every call. With a WSDL that declares it, it is written as declared there; else
    in `namespace` (that of the operation, unless said otherwise), its fields with it when `qualified`."""

    name: XmlName
    namespace: str | None = None
    qualified: bool = True
    fields: dict[XmlName, Supplied]
    must_understand: bool = False


class Message(Declared):
    """A document of the system's own that wraps the body: `<root><head>…</head><body>BODY</body></root>`.

    `fields` are the head's elements in order. Where one has `value: signature`, `signer` signs the body's
    text written in `signed_charset`; `signature_field` names the field of the signer that is written, when
    it gives several.
    """

    root: XmlName = "message"
    head: XmlName = "head"
    fields: tuple[Piece, ...]
    body: XmlName = "body"
    form: Form = "cdata"
    signer: Signing | None = None
    signature_field: str | None = None
    signed_charset: Charset = "gb18030"

    @model_validator(mode="after")
    def _signed(self) -> Self:
        for piece in self.fields:
            if piece.value in ("body", "message"):
                raise refuse("the head holds no `body` or `message`", "报文头中不能放 `body` 或 `message`")
            if piece.value == "signature" and self.signer is None:
                raise refuse("`value: signature` needs `signer:`", "`value: signature` 需要 `signer:`")
        return self


class LoginArgument(Told):
    """One argument of the login call."""

    name: XmlName


class Login(Declared):
    """A call that gives a token, made before the first sending and when the system no longer honours the
    last one. `token_at` is the path of the token in the returned document, its parts joined by `/`."""

    operation: XmlName
    soap_action: str = ""
    arguments: tuple[LoginArgument, ...]
    token_at: Annotated[str, StringConstraints(pattern=r"^[^/\s]+(/[^/\s]+)*$")]
    timeout: Duration = Field(default=20.0, gt=0)


class Receive(Declared):
    """How the system calls us: POST to `path`, one operation whose argument holds the document.

    The sender is verified by `key` or by a signer (`verify`). `taken` and `refused` are the returned texts,
    and `again` the one that asks to come again later (without it, a fault of ours with HTTP status 503); in
    them `{message}`, `{code}`, `{reason}` and `{reason_zh}` stand for the verdict, escaped for XML.
    """

    path: DoorPath = "soap"
    operation: XmlName
    argument: XmlName
    namespace: str | None = None
    return_element: XmlName = "return"
    form: Form = "cdata"
    key: Key | None = None
    verify: Verifying | None = None
    taken: str
    refused: str
    again: str | None = None

    @model_validator(mode="after")
    def _verified(self) -> Self:
        if self.key is None and self.verify is None:
            raise refuse("a sender must be verified: write `key:` or `verify:`", "须校验发送方：请写 `key:` 或 `verify:`")
        for template in (self.taken, self.refused, self.again or ""):
            unknown = set(placeholders(template)) - {"message", "code", "reason", "reason_zh"}
            if unknown:
                raise refuse(f"unknown placeholder {min(unknown)!r}", f"未知的占位符 {min(unknown)!r}")
        return self


class SoapSettings(Declared):
    """One system that speaks SOAP.

    By its WSDL: `wsdl` is a file under the home folder, or the address it is fetched from (once; the copy is
    kept). `wsdl_copy` is the file in which the WSDL at an address was handed over: until that was fetched, `check`, `county ready`
    and the papers go by it, and no call is made. `service`, `port` and `operation` are named where there are several; without `operation`, the record's
    kind names it. Records are JSON objects of the elements' names (dialect: `codec: json`). `parameters` adds, by
    path (`request/token`), values that no mapping should know; `texts` says, by path, which texts are XML
    themselves; `soap_headers` are written into the header.

    By hand, with `arguments`: `operation` in `namespace` is called at `url` with `arguments` in order (elements qualified by
    the namespace when `qualified`), the whole HTTP body in `charset`; the record comes from its dialect in
    `body_charset` (the same unless said otherwise), and so does the reply's text leave. It is taken from
    the first element named `return_element`, or from the first one in the answer. A `wsdl` is then only what all
    this is checked against. `query` asks for the fate of a delivery.

    `tls_ca` is a file of trusted authorities for https (default: the machine's), `tls_certificate` and `tls_key` our own
    certificate where the system wants one (mTLS): for calls, the login and the WSDL alike.

    Receiving: `serve` by a WSDL of ours, or `receive` by hand. `security` is WS-Security, both ways. `answers_404` says
    that their gateway answers 404 to all but real calls: what `county ready` asks (`?wsdl`) then proves nothing.
    """

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")] | None = None
    version: Literal["1.1", "1.2"] = "1.1"
    namespace: str = ""
    operation: XmlName | None = None
    soap_action: str = ""
    qualified: bool = False
    charset: Charset = "utf-8"
    body_charset: Charset | None = None
    arguments: tuple[Piece, ...] = ()
    headers: dict[HeaderName, Header] = Field(default={})
    message: Message | None = None
    login: Login | None = None
    return_element: XmlName | None = None
    reply_limit: Size = DEFAULT_REPLY_LIMIT
    connections: int = Field(default=64, ge=1, le=1000)
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    wsdl: WsdlAddress | Path | None = None
    wsdl_copy: Path | None = None
    service: str | None = None
    port: str | None = None
    soap_headers: tuple[SoapHeader, ...] = ()
    parameters: dict[RecordPath, Supplied] = Field(default={})
    texts: dict[RecordPath, Inner] = Field(default={})
    query: StatusCall | None = None
    receive: Receive | None = None
    serve: Serve | None = None
    answers_404: bool = False
    security: Security | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.serve is not None and self.receive is not None and self.serve.path == self.receive.path:
            raise refuse("`serve:` and `receive:` need paths of their own", "`serve:` 与 `receive:` 的 `path:` 不能相同")
        self._callers_verified()
        check_pair(self)
        if self.wsdl_copy is not None and not isinstance(self.wsdl, str):
            raise refuse("`wsdl_copy:` is the copy of a `wsdl:` at an address", "`wsdl_copy:` 是以地址给出的 `wsdl:` 的副本")
        if self.url is None:
            if self.query is not None:
                raise refuse("`query:` needs `url:`", "有 `query:` 时须写 `url:`")
            if self.receive is None and self.serve is None:
                raise refuse("write `url:` to send, `serve:` or `receive:` to be called, or both",
                             "请写 `url:`（发送）或 `serve:`、`receive:`（接收），或两者都写")
            return self
        for only, value in (("service", self.service), ("port", self.port), ("parameters", self.parameters), ("texts", self.texts)):
            if value and not self.by_wsdl:
                raise refuse(
                    f"`{only}:` belongs to a call by `wsdl:`, without `arguments:`", f"`{only}:` 只用于按 `wsdl:` 调用，不与 `arguments:` 同用"
                )
        if self.by_wsdl:
            return self._called_by_wsdl()
        if self.operation is None:
            raise refuse("`url:` needs `operation:`", "有 `url:` 时须写 `operation:`")
        sources = [piece.value for piece in self.arguments]
        if sources.count("body") + sources.count("message") != 1:
            raise refuse("one argument carries `value: body` or `value: message`", "须有且仅有一个参数携带 `value: body` 或 `value: message`")
        if ("message" in sources) != (self.message is not None):
            raise refuse("`value: message` and `message:` belong together", "`value: message` 与 `message:` 必须同时出现")
        if "signature" in sources:
            raise refuse("`value: signature` belongs into `message:`", "`value: signature` 只能写在 `message:` 中")
        if self.query is not None and any("/" in one.name for one in self.query.arguments):
            raise refuse("an argument of a call by hand is one element", "手写调用的参数只能是一个元素名")
        self._needs_login()
        return self

    def _callers_verified(self) -> None:
        required = self.security is not None and self.security.require is not None
        if required and self.serve is None:
            raise refuse("`security.require:` is asked of those who call `serve:`", "`security.require:` 只用于 `serve:`")
        if self.security is not None and self.security.send is not None and self.url is None:
            raise refuse("`security.send:` belongs to calls of ours: write `url:`", "`security.send:` 用于我方调用：请写 `url:`")
        if self.security is not None and self.security.expect is not None and self.url is None:
            raise refuse("`security.expect:` is asked of replies to our calls: write `url:`", "`security.expect:` 用于对我方调用的应答：请写 `url:`")
        if self.security is not None and self.security.answer is not None and self.serve is None:
            raise refuse("`security.answer:` is put into what `serve:` answers", "`security.answer:` 只用于 `serve:` 的应答")
        if self.serve is not None and not (self.serve.verifies or required):
            raise refuse("a caller must be verified: write `key:`, `credentials:` or `header_credentials:`, or `security.require:`",
                         "须校验调用方：请写 `key:`、`credentials:`、`header_credentials:` 或 `security.require:`")

    def _called_by_wsdl(self) -> Self:
        answered_at = self.return_element or (self.query.return_element if self.query else None)
        for only, value in (("message", self.message), ("return_element", answered_at), ("body_charset", self.body_charset)):
            if value is not None:
                raise refuse(f"`{only}:` belongs to a call with `arguments:`", f"`{only}:` 只用于以 `arguments:` 手写的调用")
        self._needs_login()
        return self

    def _needs_login(self) -> None:
        asked = self.query.arguments if self.query else ()
        in_headers = [field for header in self.soap_headers for field in header.fields.values()]
        supplied = [*self.parameters.values(), *in_headers, *asked]
        sources = [piece.value for piece in self.pieces()] + [one.value for one in supplied]
        if "token" in sources and self.login is None:
            raise refuse("`value: token` needs `login:`", "`value: token` 需要 `login:`")

    @property
    def by_wsdl(self) -> bool:
        """Whether calls are made as the WSDL says, not written by hand."""
        return self.wsdl is not None and not self.arguments

    @property
    def record_charset(self) -> Charset:
        """The charset of record bytes, ours and theirs."""
        return self.body_charset or self.charset

    def pieces(self) -> tuple[Piece, ...]:
        """Every element written when sending."""
        return self.arguments + (self.message.fields if self.message else ())

    def secrets(self) -> list[str]:
        """The names of all secrets these settings use."""
        named = [piece.secret for piece in self.pieces() if piece.secret is not None]
        named += [header.secret for header in self.headers.values() if header.secret is not None]
        named += [name for one in self.parameters.values() for name in one.secrets()]
        named += [name for header in self.soap_headers for one in header.fields.values() for name in one.secrets()]
        named += [name for one in (self.query.arguments if self.query else ()) for name in one.secrets()]
        if self.login is not None:
            named += [name for argument in self.login.arguments for name in argument.secrets()]
        if self.receive is not None and self.receive.key is not None:
            named.append(self.receive.key.secret)
        if self.serve is not None:
            named += self.serve.secrets()
        if self.security is not None:
            named += self.security.secrets()
        return sorted(set(named))

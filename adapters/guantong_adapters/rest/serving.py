"""The configuration keys of a system that calls us: its path, its proof, what it is answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import Field, StringConstraints, field_validator, model_validator

from guantong.cipher import Ciphering
from guantong.config.values import refuse
from guantong.signer import Verifying
from guantong_adapters.rest.parts import PLACEHOLDER, Declared, HeaderValue, PartName

TOLD = ("message", "status", "code", "reason", "reason_zh")


def _texts(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(_texts(inner) for pair in value.items() for inner in pair)
    if isinstance(value, list | tuple):
        return "\n".join(_texts(inner) for inner in value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


class FormProof(Declared):
    """A field of the form in which the sender brings a key of ours (`accessToken`). It proves who sends and hides
    nothing: use it under https only."""

    field: PartName
    secret: str


class Proof(Declared):
    """How the sender of a request is proven: a signature scheme with the system's secrets, or a key in a field of
    the form."""

    signer: Verifying | None = None
    form: FormProof | None = None

    @model_validator(mode="after")
    def _proven(self) -> Self:
        if (self.signer is None) == (self.form is None):
            raise refuse("a sender must be proven: say either `signer:` or `form:`", "须校验发送方：`signer:` 与 `form:` 必须且只能写一个")
        return self


class Texts(Declared):
    """Answers in words of the system's own, in place of JSON: what is `taken`, and what is `refused` or must come
    again. In them `{message}` stands for the message's number, `{status}` for the HTTP status, `{code}`, `{reason}` and
    `{reason_zh}` for what is wrong; where `content_type` is one of XML they are escaped for it."""

    taken: str = Field(max_length=10_000)
    refused: str = Field(max_length=10_000)
    content_type: HeaderValue = "text/xml; charset=utf-8"

    @model_validator(mode="after")
    def _known_placeholders(self) -> Self:
        for text in (self.taken, self.refused):
            for name in PLACEHOLDER.findall(text):
                if name not in TOLD:
                    listed = ", ".join(f"{{{one}}}" for one in TOLD)
                    raise refuse(f"unknown placeholder {name!r}: there are {listed}", f"未知的占位符 {name!r}，可用：{listed}")
        return self


class Replies(Declared):
    """What we answer. `ok` is the JSON body for what was taken, in whose texts `{message}` stands for the
    message's number; written as one text it is JSON itself (`'{"code": 0}'`), for numbers. `refusal` is the
    form of refusals: RFC 9457 problems, or plain `{code, msg}`. `texts`, where it is said, answers both in words of
    the system's own."""

    ok: Any = Field(default_factory=lambda: {"code": 0, "msg": "ok"})
    refusal: Literal["problem", "plain"] = "problem"
    texts: Texts | None = None

    @field_validator("ok")
    @classmethod
    def _json(cls, value: Any) -> Any:
        try:
            return orjson.loads(value) if isinstance(value, str) else value
        except orjson.JSONDecodeError:
            raise refuse("a text in `ok:` must be JSON", "`ok:` 写成文本时须为 JSON") from None

    @model_validator(mode="after")
    def _known_placeholders(self) -> Self:
        for name in PLACEHOLDER.findall(_texts(self.ok)):
            if name != "message":
                raise refuse(f"unknown placeholder {name!r}: there is {{message}}", f"未知的占位符 {name!r}，只有 {{message}}")
        return self


class UploadedFiles(Declared):
    """Files that come beside the record in a form of parts (`multipart/form-data`): each is the content of the record's
    native field `into`. Where the field `named_by` holds a file's name, files find the record, of several, that names them.
    At most `most` come with one request."""

    into: str = Field(min_length=1, max_length=200)
    named_by: str | None = Field(default=None, min_length=1, max_length=200)
    most: int = Field(default=16, ge=1, le=1000)


class Receive(Declared):
    """How the system calls us: `method` to /in/<system>/<path>. `accepts` lists the content types that are
    taken (empty: any); `kind` names the record's kind where the body does not. Where the body is a form, `field`
    names the one that holds the record; where records are sealed (`cipher`), they are opened first. With `files`, the
    form's files are streamed to the blob store; its sender must then be proven by headers alone."""

    path: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_~-][\w.~-]*(/[A-Za-z0-9_~-][\w.~-]*)*$")] = "events"
    method: Literal["POST", "PUT"] = "POST"
    kind: str | None = None
    auth: Proof
    accepts: tuple[str, ...] = ()
    field: PartName | None = None
    cipher: Ciphering | None = None
    files: UploadedFiles | None = None
    replies: Replies = Replies()

    @model_validator(mode="after")
    def _files_in_forms(self) -> Self:
        if self.files is not None and (self.field is None or self.auth.signer is None):
            raise refuse("`files:` needs `field:` (the part that holds the record) and `auth: {signer: …}`",
                         "`files:` 须同时写 `field:`（报文所在部分）和 `auth: {signer: …}`")
        return self

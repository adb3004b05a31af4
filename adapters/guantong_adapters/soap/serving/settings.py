"""The configuration keys of what we serve by a WSDL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from guantong.config.values import refuse
from guantong_adapters.soap.declared import Declared, DoorPath, Inner, Key, RecordPath, XmlName, placeholders

FACTS = frozenset({"message", "code", "reason", "reason_zh"})
"""What a text of an answer may name in braces."""
REPEATED = re.compile(r"(?<!\{)\{request:([^/\s{}]+(?:/[^/\s{}]+)*)\}")
"""A field of the request in a text of an answer: `{request:record/ApplyNo}`."""
PublicUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+[^\s?#]*$", max_length=500)]


def _known(templates: Iterator[str]) -> None:
    for template in templates:
        plain = REPEATED.sub("", template)
        unknown = set(placeholders(plain)) - FACTS
        if unknown:
            raise refuse(f"unknown placeholder {min(unknown)!r}", f"未知的占位符 {min(unknown)!r}")


def repeated(template: str) -> list[str]:
    """The paths of the request's fields that *template* repeats."""
    return REPEATED.findall(template)


class Refusal(Declared):
    """How a record that is not taken is answered: by a `reply` of the operation (its fields by path), or by a fault.

    A fault blames the caller (`Client`; in SOAP 1.2 `Sender`) or us (`Server`, `Receiver`) and says `reason`. With
    `fault`, its detail is that element of the WSDL with `fields`. In all texts, `{message}`, `{code}`, `{reason}` and
    `{reason_zh}` stand for the verdict, `{request:record/ApplyNo}` for the field of the request at that path.
    """

    reply: dict[RecordPath, str] | None = None
    fault: XmlName | None = None
    fields: dict[RecordPath, str] = Field(default={})
    blame: Literal["Client", "Server"] = "Client"
    reason: str = Field(default="{reason_zh} / {reason} [{code}]", min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.reply is not None and (self.fault is not None or self.fields):
            raise refuse("write `reply:`, or `fault:` with `fields:`", "`reply:` 与 `fault:`、`fields:` 只能写一种")
        if self.fields and self.fault is None:
            raise refuse("`fields:` belong to a `fault:` of the WSDL", "`fields:` 须与 WSDL 中的 `fault:` 同用")
        _known(iter([*(self.reply or {}).values(), *self.fields.values(), self.reason]))
        return self


class ServedOperation(Declared):
    """One operation. Its fields are the record, of the kind `kind` (the operation's name, unless said otherwise).
    With `document`, the record is the document in the text at that path, of its own kind.

    `taken` are the fields of the reply to what was taken, in texts as those of a refusal; one that repeats a field of the request and
    nothing else is left out where the request has none. `refused` and `again` (come later) go before those of all
    operations.
    """

    kind: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    document: RecordPath | None = None
    taken: dict[RecordPath, str] = Field(default={})
    refused: Refusal | None = None
    again: Refusal | None = None

    @model_validator(mode="after")
    def _told(self) -> Self:
        _known(iter(self.taken.values()))
        return self


class Serve(Declared):
    """A service of ours by a WSDL (a file under the home folder): `path` takes calls, `path?wsdl` hands the WSDL out,
    with its imports, `public_url` as its location (else the hub's `public_url` with our path, else the address by which it was asked).

    `service` is named where there are several. Both versions of SOAP are served where the WSDL has a port for each,
    or the one `port`. Operations that `operations` does not name are refused. `texts` says, by path, which texts of requests
    and replies are XML themselves.

    The caller is verified by a `key` in an HTTP header, by `credentials` among the fields (`{login/password: password}`:
    a secret by name for each path; they do not stay in the record), or by `header_credentials` in elements of the SOAP header.

    `refused` and `again` are the answers to what is not taken: without them, faults of the caller, and of ours with
    HTTP status 503.
    """

    wsdl: Path
    path: DoorPath = "service"
    service: str | None = None
    port: str | None = None
    public_url: PublicUrl | None = None
    publish: bool = True
    operations: dict[XmlName, ServedOperation] = Field(min_length=1)
    texts: dict[RecordPath, Inner] = Field(default={})
    key: Key | None = None
    credentials: dict[RecordPath, str] = Field(default={})
    header_credentials: dict[RecordPath, str] = Field(default={})
    refused: Refusal | None = None
    again: Refusal | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if re.match(r"https?:/", self.wsdl.as_posix()):
            raise refuse("a service of ours has its WSDL in a file: save it under the home folder",
                         "我方服务的 WSDL 须为文件：请保存到工作目录下")
        return self

    @property
    def verifies(self) -> bool:
        """Whether callers are verified here."""
        return self.key is not None or bool(self.credentials or self.header_credentials)

    def secrets(self) -> Iterator[str]:
        """The names of the secrets used."""
        if self.key is not None:
            yield self.key.secret
        yield from self.credentials.values()
        yield from self.header_credentials.values()

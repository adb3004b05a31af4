"""The configuration keys of WS-Security."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from guantong.config.values import Duration, refuse
from guantong_adapters.soap.declared import Declared


class UsernameToken(Declared):
    """A user and a password, both secrets by name. As `digest`, the password stays with its owners: the hash of nonce, time
    and password is sent (UsernameToken Profile 1.1, 3.1). As `text` it is sent itself: over TLS only."""

    user: str
    password: str
    form: Literal["digest", "text"] = "digest"


class Signed(Declared):
    """Our signature: `key` and `certificate` are secrets by name whose values are PEM (`{file: keys/hub.pem}`). Body and
    Timestamp are signed with RSA and SHA-256; with `sha1`, for systems that know nothing better, with SHA-1."""

    key: str
    certificate: str
    sha1: bool = False


class Sending(Declared):
    """What every call of ours carries. `lifetime` is that of its Timestamp."""

    username: UsernameToken | None = None
    signature: Signed | None = None
    lifetime: Duration = Field(default=300.0, gt=0, le=86400)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.username is None and self.signature is None:
            raise refuse("write `username:`, `signature:`, or both", "请写 `username:`、`signature:`，或两者都写")
        return self


class Trust(Declared):
    """Whose signatures hold: `trust` names secrets whose values are certificates (PEM), of callers themselves or of the
    authorities that issued theirs. SHA-1 is refused unless `sha1`."""

    trust: tuple[str, ...] = Field(min_length=1, max_length=100)
    sha1: bool = False


class Requiring(Declared):
    """What a caller of `serve:` must bring. A message is accepted for `window` after it was made, by clocks that
    differ by at most `skew`, and once."""

    username: UsernameToken | None = None
    signature: Trust | None = None
    window: Duration = Field(default=300.0, gt=0, le=3600)
    skew: Duration = Field(default=60.0, ge=0, le=600)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.username is None and self.signature is None:
            raise refuse("write `username:`, `signature:`, or both", "请写 `username:`、`signature:`，或两者都写")
        return self


class Answering(Declared):
    """What every answer of `serve:` carries: our signature of its Body and Timestamp. `lifetime` is that of the Timestamp.
    Where the call was signed, the answer confirms its signature (WSS 1.1, 8.5)."""

    signature: Signed
    lifetime: Duration = Field(default=300.0, gt=0, le=86400)


class Expecting(Declared):
    """What the replies to our calls must bring, faults among them: a signature of Body and Timestamp. `window` and `skew` are as
    for callers. `confirmed` wants each reply to confirm the signature of the call that it answers; one that comes is
    held to it in any case. A reply that does not hold says nothing: the delivery's end is unknown."""

    signature: Trust
    window: Duration = Field(default=300.0, gt=0, le=3600)
    skew: Duration = Field(default=60.0, ge=0, le=600)
    confirmed: bool = False


class Security(Declared):
    """WS-Security: `send` is put into our calls, `expect` is asked of the replies to them; `require` is asked of those who
    call what we `serve`, `answer` is put into what we answer."""

    send: Sending | None = None
    expect: Expecting | None = None
    require: Requiring | None = None
    answer: Answering | None = None

    @model_validator(mode="after")
    def _something_to_confirm(self) -> Self:
        if self.expect is not None and self.expect.confirmed and (self.send is None or self.send.signature is None):
            raise refuse("`expect.confirmed` needs `send.signature:`: a signature of ours to confirm",
                         "`expect.confirmed` 需要 `send.signature:`（须有我方签名可供确认）")
        return self

    def secrets(self) -> Iterator[str]:
        """The names of the secrets used."""
        for side in (self.send, self.require):
            if side is not None and side.username is not None:
                yield from (side.username.user, side.username.password)
        for signed in (self.send.signature if self.send else None, self.answer.signature if self.answer else None):
            if signed is not None:
                yield from (signed.key, signed.certificate)
        for trusted in (self.require.signature if self.require else None, self.expect.signature if self.expect else None):
            if trusted is not None:
                yield from trusted.trust

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


class Security(Declared):
    """WS-Security: `send` is put into our calls, `require` is asked of those who call what we `serve`."""

    send: Sending | None = None
    require: Requiring | None = None

    def secrets(self) -> Iterator[str]:
        """The names of the secrets used."""
        for side in (self.send, self.require):
            if side is not None and side.username is not None:
                yield from (side.username.user, side.username.password)
        if self.send is not None and self.send.signature is not None:
            yield from (self.send.signature.key, self.send.signature.certificate)
        if self.require is not None and self.require.signature is not None:
            yield from self.require.signature.trust

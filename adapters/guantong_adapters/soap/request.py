"""Calls, compiled: all that is the same in every call is written once, when the system is opened.

What is left per call is joining a few byte strings: the record itself (escaped as bytes), its kind and key,
the token and the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from guantong.record import Outgoing
from guantong.secret import Secret
from guantong.signer import Signer, SignerChoice
from guantong_adapters.soap.declared import Form
from guantong_adapters.soap.framing import (
    BODY,
    CLOSING,
    cdata_bytes,
    escaped,
    escaped_bytes,
    opening,
    wrapper,
)
from guantong_adapters.soap.settings import LoginArgument, Message, Piece, SoapSettings

CHINA = timezone(timedelta(hours=8))
_STRFTIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@dataclass(frozen=True, slots=True)
class Sending:
    """What one call is made from: the delivery, the token in force ("" without login), Unix seconds."""

    outgoing: Outgoing
    token: str
    now: float


Render = Callable[[Sending], bytes]
Part = bytes | Render


def compile_call(
    settings: SoapSettings, secrets: Mapping[str, Secret], signer: Callable[[SignerChoice], Signer],
    header: Callable[[Sending], str] | None = None,
) -> Render:
    """The function that writes one call of the configured operation; *header* writes the SOAP header, where there is
    one. Raises `Unwritable` when a constant or secret cannot stand in XML; the function raises it for such a record."""
    assert settings.operation is not None  # noqa: S101  held by the settings' own check
    arguments = [(piece.name, _content(piece, settings, secrets, signer)) for piece in settings.arguments]
    return compile_framed(settings, settings.operation, arguments, header)


def compile_framed(settings: SoapSettings, operation: str, arguments: Sequence[tuple[str, Part]],
                   header: Callable[[Sending], str] | None = None) -> Render:
    """The function that writes a call of *operation* with the contents of its arguments, in their order."""
    charset = settings.charset
    opened, closed, prefix = wrapper(operation, settings.namespace, settings.qualified)
    before = opening(settings.version, charset)
    parts: list[Part] = [(before + opened).encode(charset)]
    if header is not None:
        envelope, body = before.removesuffix(BODY), BODY + opened
        parts = [envelope.encode(charset), lambda sending: header(sending).encode(charset), body.encode(charset)]
    for name, content in arguments:
        parts += _element(f"{prefix}{name}", content, charset)
    parts.append((closed + CLOSING).encode(charset))
    return _joined(parts)


def compile_login(settings: SoapSettings, secrets: Mapping[str, Secret]) -> bytes:
    """The whole login call: the same every time."""
    login = settings.login
    assert login is not None  # noqa: S101  the caller asks only when a login is configured
    opened, closed, prefix = wrapper(login.operation, settings.namespace, settings.qualified)
    arguments = "".join(
        f"<{prefix}{argument.name}>{escaped(_login_text(argument, secrets))}</{prefix}{argument.name}>"
        for argument in login.arguments
    )
    text = opening(settings.version, settings.charset) + opened + arguments + closed + CLOSING
    return text.encode(settings.charset)


def _login_text(argument: LoginArgument, secrets: Mapping[str, Secret]) -> str:
    if argument.template is not None:
        return argument.template.format_map({name: escaped(secrets[name].reveal()) for name in argument.secrets()})
    return argument.constant if argument.secret is None else secrets[argument.secret].reveal()  # type: ignore[return-value]  # exactly one of the three is given


def _content(
    piece: Piece, settings: SoapSettings, secrets: Mapping[str, Secret], signer: Callable[[SignerChoice], Signer]
) -> Part:
    if piece.value == "message":
        assert settings.message is not None  # noqa: S101  held by the settings' own check
        message = _message(settings.message, settings, secrets, signer)
        wrap = _WRAPPERS[piece.form]
        return lambda sending: wrap(message(sending))
    return _simple(piece, settings, secrets)


def _simple(piece: Piece, settings: SoapSettings, secrets: Mapping[str, Secret]) -> Part:
    charset = settings.charset
    wrap = _WRAPPERS[piece.form]
    if piece.secret is not None:
        return wrap(secrets[piece.secret].reveal().encode(charset))
    if piece.constant is not None:
        return wrap(piece.constant.encode(charset))
    match piece.value:
        case "body":
            return _body(settings, piece.form)
        case "kind":
            written = lru_cache(maxsize=256)(lambda kind: wrap(kind.encode(charset)))
            return lambda sending: written(sending.outgoing.kind)
        case "key":
            return lambda sending: wrap(sending.outgoing.key.encode(charset))
        case "token":
            return lambda sending: wrap(sending.token.encode(charset))
        case "timestamp":
            now = time_text(piece.format)
            return lambda sending: now(sending).encode(charset)
        case _:
            raise ValueError(f"{piece.name}: {piece.value} has no place here")


def _body(settings: SoapSettings, form: Form) -> Render:
    wrap, charset, source = _WRAPPERS[form], settings.charset, settings.record_charset
    if charset == source:
        return lambda sending: wrap(sending.outgoing.body)
    return lambda sending: wrap(sending.outgoing.body.decode(source).encode(charset))


def _message(
    message: Message, settings: SoapSettings, secrets: Mapping[str, Secret], signer: Callable[[SignerChoice], Signer]
) -> Render:
    charset = settings.charset
    sign = _signature(message, settings.record_charset, signer) if message.signer is not None else None
    parts: list[Part] = [f"<{message.root}><{message.head}>".encode(charset)]
    for piece in message.fields:
        if piece.value == "signature" and sign is not None:
            parts += _element(piece.name, sign, charset)
        else:
            parts += _element(piece.name, _simple(piece, settings, secrets), charset)
    parts.append(f"</{message.head}>".encode(charset))
    parts += _element(message.body, _body(settings, message.form), charset)
    parts.append(f"</{message.root}>".encode(charset))
    return _joined(parts)


def _signature(message: Message, source: str, signer: Callable[[SignerChoice], Signer]) -> Render:
    assert message.signer is not None  # noqa: S101  the caller asks only when a signer is named
    maker, target, name = signer(message.signer), message.signed_charset, message.signature_field

    def sign(sending: Sending) -> bytes:
        body = sending.outgoing.body
        signed = maker.sign(body if source == target else body.decode(source).encode(target), sending.now)
        value = signed[name] if name is not None else next(iter(signed.values()))
        return escaped(value).encode("ascii")

    return sign


def _element(name: str, content: Part, charset: str) -> list[Part]:
    return [f"<{name}>".encode(charset), content, f"</{name}>".encode(charset)]


def _joined(parts: Sequence[Part]) -> Render:
    """Merge neighbouring constants, then join constants and rendered parts alternately."""
    constants: list[bytes] = [b""]
    renders: list[Render] = []
    for part in parts:
        if isinstance(part, bytes):
            constants[-1] += part
        else:
            renders.append(part)
            constants.append(b"")
    first, steps = constants[0], tuple(zip(renders, constants[1:], strict=True))

    def write(sending: Sending) -> bytes:
        written = [first]
        for render, constant in steps:
            written.append(render(sending))
            written.append(constant)
        return b"".join(written)

    return write


def time_text(pattern: str) -> Callable[[Sending], str]:
    """The function that writes the time of a call, in China, by a pattern such as `yyyyMMddHHmmss`."""
    for token, directive in _STRFTIME.items():
        pattern = pattern.replace(token, directive)
    return lambda sending: datetime.fromtimestamp(sending.now, CHINA).strftime(pattern)


_WRAPPERS: dict[Form, Callable[[bytes], bytes]] = {"cdata": cdata_bytes, "escaped": escaped_bytes}

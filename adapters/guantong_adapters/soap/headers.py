"""The elements that a system wants in the header of every call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.sax.saxutils import quoteattr

from guantong.problems import Problem, ProblemsError
from guantong.record import Outgoing
from guantong.secret import Secret
from guantong_adapters.soap.calls.message import CompiledElement
from guantong_adapters.soap.calls.texts import escaped
from guantong_adapters.soap.calls.unfit import Unfit
from guantong_adapters.soap.request import Sending
from guantong_adapters.soap.settings import SoapHeader
from guantong_adapters.soap.supplying import Supply, constant, supply
from guantong_adapters.soap.wsdl.codes import UNFIT

Headers = Callable[[Sending], str]
_Write = Callable[[dict[str, str]], str]
_TRIAL = Sending(Outgoing(0, 1, "", "kind", b"", {}, "GT00000000000000", 1.0), "token", 0.0)
"""A call that is never made."""


def compile_headers(
    declared: tuple[SoapHeader, ...], secrets: Mapping[str, Secret], namespace: str,
    known: Mapping[str, CompiledElement] | None = None,
) -> Headers:
    """The function that writes the whole header, `<s:Header>` and all ("" without any). *known* are the headers
    that the WSDL declares for the operation; the others are written in *namespace* unless they name their own.
    Raises `ProblemsError` where one does not fit its declaration."""
    if not declared:
        return lambda _sending: ""
    made = [_one(header, secrets, namespace, (known or {}).get(header.name)) for header in declared]

    def write(sending: Sending) -> str:
        return f"<s:Header>{''.join([one(sending) for one in made])}</s:Header>"

    return write


def _one(header: SoapHeader, secrets: Mapping[str, Secret], namespace: str, known: CompiledElement | None) -> Headers:
    write = _by_hand(header, namespace) if known is None or header.namespace is not None else known.write
    supplies: dict[str, Supply] = {name: supply(field, secrets) for name, field in header.fields.items()}

    def render(sending: Sending) -> str:
        try:
            return _understood(header, write({name: give(sending) for name, give in supplies.items()}))
        except Unfit as error:
            details = {"operation": header.name, **error.details()}
            raise ProblemsError([Problem(UNFIT, path=f"soap_headers.{header.name}", details=details)]) from None

    whole = render(_TRIAL)  # what does not fit is told before anything is sent
    if any(constant(field, secrets) is None for field in header.fields.values()):
        return render
    return lambda _sending: whole


def _by_hand(header: SoapHeader, namespace: str) -> _Write:
    space = header.namespace if header.namespace is not None else namespace
    declared = f" xmlns:h={quoteattr(space)}" if space else ""
    outer = f"h:{header.name}" if space else header.name
    prefix = "h:" if space and header.qualified else ""

    def write(fields: dict[str, str]) -> str:
        inside = "".join(f"<{prefix}{name}>{escaped(text, name)}</{prefix}{name}>" for name, text in fields.items())
        return f"<{outer}{declared}>{inside}</{outer}>"

    return write


def _understood(header: SoapHeader, text: str) -> str:
    if not header.must_understand:
        return text
    end = min(position for position in (text.find(" "), text.find(">"), text.find("/>")) if position > 0)
    return f'{text[:end]} s:mustUnderstand="1"{text[end:]}'


"""Values that no record holds: secrets, constants, the token and the time of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from guantong.secret import Secret
from guantong_adapters.soap.request import Sending, time_text
from guantong_adapters.soap.settings import Supplied

Supply = Callable[[Sending], str]


def constant(supplied: Supplied, secrets: Mapping[str, Secret]) -> str | None:
    """The text where it is the same in every call, else None."""
    if supplied.constant is not None:
        return supplied.constant
    if supplied.secret is not None:
        return secrets[supplied.secret].reveal()
    if supplied.template is not None:
        return supplied.template.format_map({name: secrets[name].reveal() for name in supplied.secrets()})
    return None


def supply(supplied: Supplied, secrets: Mapping[str, Secret]) -> Supply:
    """The function that gives the text of a call."""
    text = constant(supplied, secrets)
    if text is not None:
        return lambda _sending: text
    match supplied.value:
        case "kind":
            return lambda sending: sending.outgoing.kind
        case "key":
            return lambda sending: sending.outgoing.key
        case "token":
            return lambda sending: sending.token
        case _:
            return time_text(supplied.format)

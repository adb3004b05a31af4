"""The prefixes of one message: one for each namespace its schema uses, all declared on the outermost element."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from guantong_adapters.soap.wsdl.model import XSD, XSI

_USUAL = {XSI: "xsi", XSD: "xsd"}


class Prefixes:
    """Gives a prefix to every namespace it is asked for."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    def name(self, namespace: str, local: str) -> str:
        """The name as it is written: `q0:Case`, or `Case` where it is in no namespace."""
        if not namespace:
            return local
        prefix = self._given.get(namespace)
        if prefix is None:
            prefix = self._given[namespace] = _USUAL.get(namespace) or f"q{len(self._given)}"
        return f"{prefix}:{local}"

    def declarations(self) -> str:
        """All that were given, as they stand in a start tag."""
        return "".join(f" xmlns:{prefix}={quoteattr(namespace)}" for namespace, prefix in self._given.items())

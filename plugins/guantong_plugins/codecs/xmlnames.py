"""Names in documents with namespaces, and the field names they have in mappings.

A namespace counts by its URI; the prefix is whatever the sender chose. In field names it is the prefix that
the dialect declares. Where no namespaces are declared, they are ignored and only the local name counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from guantong_plugins.codecs.codes import LONG_NAME, undecodable, unencodable
from guantong_plugins.codecs.limits import MAX_NAME
from guantong_plugins.codecs.xmlwrite import element_name, escape_attribute

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"
_MOST_KNOWN = 8192


class Names:
    """The names of one dialect's documents."""

    def __init__(self, namespaces: Mapping[str, str], default: str | None) -> None:
        self._ignored = not namespaces and default is None
        self._default = default
        self._uris = dict(namespaces)
        self._prefixes = {uri: prefix for prefix, uri in namespaces.items()} | {_XML: "xml"}
        self._read: dict[str, str] = {}
        self._written: dict[str, str] = {}

    def declarations(self, *, nil: bool) -> str:
        """The namespace declarations of the root element, each with a blank before it."""
        said = "" if self._default is None else f' xmlns="{escape_attribute(self._default)}"'
        known = self._uris if not nil or "xsi" in self._uris else {**self._uris, "xsi": XSI}
        return said + "".join(f' xmlns:{prefix}="{escape_attribute(uri)}"' for prefix, uri in known.items())

    def of(self, element: etree._Element) -> str:
        """The field name of an element: `SBLSH`, `d:SBLSH`; `{uri}SBLSH` where the namespace is not declared."""
        known = self._read.get(element.tag)
        return known if known is not None else self._learn(element.tag)

    def of_attribute(self, name: str) -> str:
        """The same for an attribute, whose name without prefix is in no namespace."""
        _check_length(name)
        if not name.startswith("{"):
            return name
        uri, _, local = name[1:].rpartition("}")
        return local if self._ignored else f"{self._prefixes[uri]}:{local}" if uri in self._prefixes else name

    def _learn(self, tag: str) -> str:
        _check_length(tag)
        uri, _, local = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        if self._ignored or uri == (self._default or ""):
            name = local
        elif uri in self._prefixes:
            name = f"{self._prefixes[uri]}:{local}"
        else:
            name = f"{{{uri}}}{local}"
        if len(self._read) < _MOST_KNOWN:
            self._read[tag] = name
        return name

    def written(self, name: str) -> str:
        """A field name, checked to be one that can be written. Raises `Unencodable`."""
        if name not in self._written:
            prefix, colon, local = name.rpartition(":")
            if colon and prefix not in self._uris and prefix != "xml":
                raise unencodable(name, "its prefix is not among the namespaces declared", "前缀未在 namespaces 中声明")
            element_name(local)
            if len(self._written) >= _MOST_KNOWN:
                return name
            self._written[name] = name
        return name


def _check_length(name: str) -> None:
    if len(name) > MAX_NAME:
        raise undecodable(LONG_NAME, length=len(name), limit=MAX_NAME)

"""A WSDL with all it imports, by location: gathered within bounds, each document once.

Locations are URLs; those of files begin with `file:`. What the standards publish (the schema of the SOAP
encoding and its like) is never fetched: `standards.py` has what is needed of it.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn
from urllib.parse import urldefrag, urljoin

from lxml import etree

from guantong_adapters.soap.wsdl.codes import NOT_WSDL, TOO_LARGE
from guantong_adapters.soap.wsdl.model import XSD
from guantong_adapters.soap.wsdl.refusal import refused
from guantong_adapters.soap.wsdl.standards import is_standard

WSDL = "http://schemas.xmlsoap.org/wsdl/"
MOST_DOCUMENTS = 100
MOST_BYTES = 16 << 20
"""Of all documents together."""

Load = Callable[[str, int], Awaitable[bytes]]
"""The bytes at a location, at most so many. Raises `ProblemsError`."""
LOCATIONS = {
    f"{{{WSDL}}}import": "location",
    f"{{{XSD}}}import": "schemaLocation",
    f"{{{XSD}}}include": "schemaLocation",
    f"{{{XSD}}}redefine": "schemaLocation",
}
"""The attribute in which each kind of import says where."""


@dataclass(frozen=True)
class Documents:
    """The documents of one WSDL by location, the WSDL itself first."""

    root: str
    texts: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """The hash of all of them, wherever they lie: 64 hexadecimal digits."""
        each = (hashlib.sha256(text).digest() for text in self.texts.values())
        return hashlib.sha256(b"".join(each)).hexdigest()

    def parsed(self) -> dict[str, etree._Element]:
        """The root element of each. Raises `ProblemsError` for one that is not XML."""
        return {location: parse(text, location) for location, text in self.texts.items()}


async def gather(root: str, load: Load) -> Documents:
    """The WSDL at *root* with all it imports. Raises `ProblemsError`."""
    gathering = _Gathering(root)
    while (location := gathering.next()) is not None:
        gathering.add(location, await load(location, gathering.left))
    return Documents(root, gathering.texts)


def gather_here(root: str, load: Callable[[str, int], bytes]) -> Documents:
    """The same, of documents that are at hand."""
    gathering = _Gathering(root)
    while (location := gathering.next()) is not None:
        gathering.add(location, load(location, gathering.left))
    return Documents(root, gathering.texts)


class _Gathering:
    """The documents that were loaded, and those that are still wanted."""

    def __init__(self, root: str) -> None:
        self.texts: dict[str, bytes] = {}
        self.left = MOST_BYTES
        self._root = root
        self._waiting = deque([root])
        self._wanted = {root}

    def next(self) -> str | None:
        """What is to be loaded next. Raises `ProblemsError` when it is too much."""
        if not self._waiting:
            return None
        if len(self.texts) >= MOST_DOCUMENTS:
            self._refuse(f"more than {MOST_DOCUMENTS} documents", f"文档超过 {MOST_DOCUMENTS} 个")
        return self._waiting.popleft()

    def add(self, location: str, text: bytes) -> None:
        """Take in a document. Raises `ProblemsError` when it is none, or too much."""
        self.left -= len(text)
        if self.left < 0:
            self._refuse(f"more than {MOST_BYTES >> 20} MiB", f"超过 {MOST_BYTES >> 20} MiB")
        self.texts[location] = text
        for wanted in imports(parse(text, location), location):
            if wanted not in self._wanted:  # one document may want another hundreds of thousands of times
                self._wanted.add(wanted)
                self._waiting.append(wanted)

    def _refuse(self, what: str, what_zh: str) -> NoReturn:
        raise refused(TOO_LARGE, self._root, what=what, what_zh=what_zh)


def parse(text: bytes, location: str) -> etree._Element:
    """The root element of a document; without document type, entities or network. Raises `ProblemsError`."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )
    try:
        element = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line, column = getattr(error, "position", (0, 0))
        what = f"not well-formed at line {line}, column {column}", f"第 {line} 行第 {column} 列不是格式良好的 XML"
        raise refused(NOT_WSDL, location, what=what[0], what_zh=what[1]) from None
    if element.getroottree().docinfo.internalDTD is not None:
        raise refused(NOT_WSDL, location, what="it declares a document type", what_zh="含有 DOCTYPE 声明")
    return element


def imports(document: etree._Element, location: str) -> Iterator[str]:
    """The locations that *document*, which lies at *location*, imports."""
    for element in document.iter(*LOCATIONS):
        said = target(element, location)
        if said is not None:
            yield said


def target(element: etree._Element, location: str) -> str | None:
    """Where an import, in the document at *location*, points to; None where it names no place, or one whose
    content is known here."""
    said = (element.get(LOCATIONS[str(element.tag)]) or "").strip()
    if not said or is_standard(element.get("namespace") or "", said):
        return None
    return urldefrag(urljoin(location, said)).url

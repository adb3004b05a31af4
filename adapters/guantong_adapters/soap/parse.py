"""Reading SOAP envelopes of strangers: hardened, bounded, without document types or entities."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Literal

from lxml import etree

from guantong.xmlbounds import Bound, bound

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
Version = Literal["1.1", "1.2"]
VERSIONS: dict[str, Version] = {SOAP_11: "1.1", SOAP_12: "1.2"}

MOST_TAGS = 200_000
"""Of one document: opening and closing ones."""
MOST_ATTRIBUTES = 100_000
"""Of one document, counted by their `="`: libxml2 compares those of one element."""
MOST_NAMESPACES = 1000
"""That one request declares, everywhere in it."""
_ROOT = re.compile(rb"<[^!?]")
_SURROGATES = re.compile(rb"&#(?:x(D[89AB][0-9A-F]{2});&#x(D[C-F][0-9A-F]{2})|(5[56]\d{3});&#(5[67]\d{3}));", re.IGNORECASE)
"""A character beyond U+FFFF as two references, in hexadecimal or decimal: no XML, and what Apache Axis 1.4 writes."""


def _one_character(found: re.Match[bytes]) -> bytes:
    high, low = (int(one, 16) for one in found.group(1, 2)) if found[1] else (int(one) for one in found.group(3, 4))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return found[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()


class NotXml(Exception):
    """The text is not well-formed XML. Names the position, never the content."""

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column
        super().__init__(f"not well-formed at line {line}, column {column}")


class TooMuch(NotXml):
    """The text is nested too deeply, or one text or attribute in it is too long: whether it is XML was not read on."""

    def __init__(self, line: int, column: int, bound: Bound) -> None:
        super().__init__(line, column)
        self.bound = bound


class DoctypeRefused(Exception):
    """The text declares a document type."""


class NotEnvelope(Exception):
    """The document is no SOAP envelope with a body. `found` is the local name of what it is."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(found)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A SOAP message: its version, its header's elements, its body, and the body's first element (None when it is
    empty)."""

    version: Version
    headers: tuple[etree._Element, ...]
    body: etree._Element

    @property
    def content(self) -> etree._Element | None:
        """What is called, with its arguments."""
        return self.body[0] if len(self.body) else None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True, collect_ids=False,
    )


_shared = _parser()


def parse(text: str) -> etree._Element:
    """The root element of *text*; any encoding it declares is past. Raises `NotXml`, `DoctypeRefused`."""
    return parse_utf8(text.encode("utf-8", "surrogatepass"))


def parse_utf8(document: bytes) -> etree._Element:
    """The root element of a document in UTF-8, whatever it declares. Raises `NotXml` (`TooMuch`), `DoctypeRefused`.

    Depth (256) and the length of one text (10 MB) are bounded by libxml2 when `huge_tree` is off. A character that a
    sender wrote as two surrogate references is read as the one it is.
    """
    suspect = b"<!DOCTYPE" in document
    if suspect:
        root = _ROOT.search(document)
        if b"<!DOCTYPE" in document[: root.start() if root else len(document)]:
            raise DoctypeRefused
    try:
        element = etree.fromstring(document, _shared)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        exceeded = bound(error)
        if exceeded is not None:
            raise TooMuch(line or 0, column or 0, exceeded) from None
        mended = _SURROGATES.sub(_one_character, document)
        if mended == document:
            raise NotXml(line or 0, column or 0) from None
        return parse_utf8(mended)
    if suspect and element.getroottree().docinfo.internalDTD is not None:
        raise DoctypeRefused
    return element


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def envelope(root: etree._Element) -> Envelope:
    """Open the envelope of *root*. Raises `NotEnvelope`."""
    name = etree.QName(root)
    version = VERSIONS.get(name.namespace or "")
    if version is None or name.localname != "Envelope":
        raise NotEnvelope(name.localname)
    headers: tuple[etree._Element, ...] = ()
    for part in root:
        if part.tag == f"{{{name.namespace}}}Header":
            headers = tuple(part)
        elif part.tag == f"{{{name.namespace}}}Body":
            return Envelope(version, headers, part)
    raise NotEnvelope("Envelope")


def find(element: etree._Element, name: str) -> etree._Element | None:
    """The first element below *element* with this local name."""
    return next((each for each in element.iter("{*}" + name) if each is not element), None)


def text_of(element: etree._Element) -> str:
    """The element's text: plain, escaped or CDATA. Elements inside are written out as they are."""
    if not len(element):
        return element.text or ""
    inner = [element.text or ""]
    for child in element:
        alone = copy.deepcopy(child)
        etree.cleanup_namespaces(alone)  # the envelope's own are none of its business
        inner.append(etree.tostring(alone, encoding="unicode"))
    return "".join(inner).strip()

"""The codec `xml`: records in XML of any shape, with namespaces, attributes and envelopes.

    <d:APPROVEDATAINFO xmlns:d="urn:…"><d:SBLSH_SHORT>…</d:SBLSH_SHORT><d:SPBANJIE>…</d:SPBANJIE></d:APPROVEDATAINFO>

Comments and processing instructions are left out. There is no DOCTYPE and no entity; depth, count, names and
attributes are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import known_charset
from guantong_plugins.codecs.codes import Shape, misshapen
from guantong_plugins.codecs.xmlenvelope import parts, placed, text_at, without
from guantong_plugins.codecs.xmlnames import Names
from guantong_plugins.codecs.xmloptions import OWN, XmlRecordOptions
from guantong_plugins.codecs.xmlread import document_text, leaf, parse_text
from guantong_plugins.codecs.xmltext import ampersands_escaped, cdata, escaped, unescaped
from guantong_plugins.codecs.xmltree import Pairs, Shapes, own_attributes
from guantong_plugins.codecs.xmlwrite import declaration, escape, escape_attribute, finish, scalar

_RECORD = object()
"""Stands in an envelope for the record's fields."""


class XmlRecord:
    """Reads and writes XML as its options say."""

    def __init__(self, options: XmlRecordOptions, charset: str) -> None:
        self._options = options
        self._charset = known_charset(charset)
        self._names = Names(options.namespaces, options.default_namespace)
        self._record = parts(options.record)
        self._own_kind = parts(options.kind_at)[1:] if (options.kind_at or "").startswith(f"{OWN}/") else []
        self._outer_kind = [] if self._own_kind else parts(options.kind_at)
        self._inside = parts(options.inside)
        pairs = options.pairs
        self._shapes = Shapes(
            names=self._names, lists={name: one.item for name, one in options.lists.items()},
            repeated=frozenset((*options.repeated, *options.kinds)),
            pairs=Pairs(pairs.element, pairs.name, pairs.value) if pairs else None,
            trim=options.space == "trim", nil=options.nil, cdata=frozenset(options.cdata),
            order={name: number for number, name in enumerate(options.order)},
        )
        self._plain = Shapes(
            names=self._names, lists={}, repeated=frozenset(), pairs=None, trim=False, nil="omit",
            cdata=frozenset(), order={},
        )

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        root = self._document(unescaped(document_text(body, charset, self._charset), self._options.escaped))
        if self._names.of(root) != self._options.root:
            raise misshapen("", (self._options.root, self._options.root), Shape.OTHER)
        elements = self._elements(root)
        if self._outer_kind and self._record:
            kind = self._kind(root) or kind
        return [native for element in elements for native in self._natives(element, kind)]

    def _document(self, text: str) -> etree._Element:
        """The root of the document, which may stand as text in another."""
        element = self._parsed(text)
        if not self._inside:
            return element
        for depth, name in enumerate(self._inside):
            found = [child for child in (element if depth else [element]) if self._names.of(child) == name]
            if len(found) != 1:
                path = "/".join(self._inside[: depth + 1])
                raise misshapen(path, Shape.ELEMENT, Shape.OTHER if found else Shape.NOTHING)
            element = found[0]
        return self._parsed(leaf(element, "/".join(self._inside)) or "")

    def _parsed(self, text: str) -> etree._Element:
        return parse_text(ampersands_escaped(text) if self._options.ampersands == "accept" else text)

    def _elements(self, root: etree._Element) -> list[etree._Element]:
        """The elements that are records."""
        found = [root]
        for name in self._record:
            found = [child for element in found for child in element if self._names.of(child) == name]
        if not found:
            raise misshapen("/".join(self._record), Shape.ELEMENT, Shape.NOTHING)
        return found

    def _kind(self, root: etree._Element) -> str:
        """The kind that the envelope names, or ""."""
        element: etree._Element | None = root
        for name in self._outer_kind:
            if element is None:
                return ""
            if name.startswith("@"):
                given = {self._names.of_attribute(str(key)): str(value) for key, value in element.attrib.items()}
                return given.get(name[1:], "").strip()
            element = next((child for child in element if self._names.of(child) == name), None)
        return "" if element is None else (leaf(element, "/".join(self._outer_kind)) or "").strip()

    def _natives(self, element: etree._Element, kind: str | None) -> Iterator[Native]:
        """The records in one element: itself, or each of its elements that are named as kinds."""
        options = self._options
        path = "/".join(self._record)
        if not len(element) and (element.text or "").strip():
            raise misshapen(path, Shape.ELEMENT, Shape.TEXT)
        fields = self._shapes.read(element, path, 1 + len(self._record))
        own = self._own_kind or ([] if self._record else self._outer_kind)
        if own:
            kind = text_at(fields, own) or kind
            fields = without(fields, own)
        for constant in () if self._record else options.constants:
            fields = without(fields, parts(constant))
        if not options.kinds:
            yield Native(options.kind or kind or "", fields)
            return
        shared = {name: value for name, value in fields.items() if name.partition("@")[0] not in options.kinds}
        if len(shared) == len(fields):
            listed = " / ".join(options.kinds)
            raise misshapen(path, (listed, listed), Shape.NOTHING)
        for name in options.kinds:
            for item in fields.get(name, ()):
                inner = {key: value for key, value in item.items() if key or (value or "").strip()}
                yield Native(name, {**shared, name: inner})

    def encode(self, native: Native) -> bytes:
        options = self._options
        fields = native.fields
        if options.kinds and native.kind in options.kinds and native.kind not in fields:
            fields = {**fields, native.kind: {}}
        if self._own_kind:
            fields = placed(fields, self._own_kind, native.kind)
        made: list[str] = []
        if self._record:
            attributes = self._write_envelope(made, fields, native.kind)
        else:
            fields = self._around(fields, native.kind)
            self._shapes.write(made, fields, "")
            attributes = own_attributes(fields)
        document = [self._start(options.root, attributes), *made, f"</{options.root}>"]
        if self._inside:
            inner = "".join(document)
            document = [self._start(self._inside[0], {}), *(f"<{name}>" for name in self._inside[1:])]
            document.append(cdata(inner) if options.inside_as == "cdata" else escape(inner))
            document += [f"</{name}>" for name in reversed(self._inside)]
        if options.declaration:
            document.insert(0, declaration(self._charset))
        if options.escaped:
            document = [escaped("".join(document), options.escaped)]
        return finish(document, native.fields, self._charset, options.unwritable)

    def _around(self, fields: Fields, kind: str) -> Fields:
        """*fields* with the constants and the kind among them."""
        if self._outer_kind:
            fields = placed(fields, self._outer_kind, kind)
        for path, text in reversed([*self._options.constants.items()]):
            fields = placed(fields, parts(path), text)
        return fields

    def _write_envelope(self, made: list[str], fields: Fields, kind: str) -> Fields:
        """Append the envelope with the record in it; the root's own attributes."""
        inner: list[str] = [self._tag(self._record[-1], own_attributes(fields))]
        self._shapes.write(inner, fields, "")
        inner.append(f"</{self._record[-1]}>")
        envelope = self._around(placed({}, self._record, _RECORD), kind)
        self._write_around(made, envelope, inner)
        return own_attributes(envelope)

    def _write_around(self, made: list[str], envelope: Fields, inner: list[str]) -> None:
        for name, value in envelope.items():
            if value is _RECORD:
                made += inner
            elif isinstance(value, dict):
                made.append(self._tag(name, own_attributes(value)))
                self._write_around(made, value, inner)
                made.append(f"</{name}>")
            elif not name.startswith("@"):
                self._plain.write(made, {name: value}, "")

    def _start(self, name: str, attributes: Fields) -> str:
        """The start tag of the outermost element, with the namespaces."""
        return self._tag(name, attributes, self._names.declarations(nil=self._options.nil == "nil"))

    def _tag(self, name: str, attributes: Fields, namespaces: str = "") -> str:
        said: dict[str, Any] = {self._names.written(key): scalar(value, f"@{key}") for key, value in attributes.items()}
        given = "".join(f' {key}="{escape_attribute(value)}"' for key, value in said.items())
        return f"<{self._names.written(name)}{namespaces}{given}>"

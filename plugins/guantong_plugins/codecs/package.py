"""The codec `xml-package`: many records in one document, as systems hand them over in files.

    <Package>
      <Head><SENDER>…</SENDER><COUNT>2</COUNT></Head>
      <Body><EX_GDBS_SL><SBLSH>…</SBLSH>…</EX_GDBS_SL><EX_GDBS_BJ>…</EX_GDBS_BJ></Body>
    </Package>

Each record's element is named by its kind; or all have one name, and the head says their kind. What a record
holds is read and written as by `xml-element`. A package of ours holds one record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree
from pydantic import Field

from guantong.record import Native
from guantong_plugins.codecs.charset import known_charset
from guantong_plugins.codecs.codes import WRONG_COUNT, Shape, misshapen, undecodable
from guantong_plugins.codecs.element import ElementList
from guantong_plugins.codecs.xmlread import check_holds_elements, descend, leaf, local, parse_xml, read_fields
from guantong_plugins.codecs.xmlwrite import (
    XmlOptions,
    declaration,
    element_name,
    finish,
    tags,
    write_fields,
)


class PackageOptions(XmlOptions):
    """Options of `xml-package`."""

    root: str = Field(default="Package", description="Name of the root element.")
    body: str = Field(default="Body", description="Path of the element that holds the records.")
    record: str | None = Field(
        default=None, description="Name of every record's element; default: a record's kind names its element."
    )
    kind: str | None = Field(
        default=None,
        description="With `record`: path of the element that names the kind of all, such as Head/TYPE.",
    )
    count: str | None = Field(
        default=None,
        description="Path of the element that says how many records there are: checked and written.",
    )
    head: Mapping[str, str] = Field(
        default_factory=dict, description="What is written besides: texts by path, such as Head/SENDER."
    )
    lists: Mapping[str, ElementList] = Field(
        default_factory=dict, description="Fields of records that are lists, by name."
    )


class Package:
    """Reads packages of any number of records, writes packages of one."""

    def __init__(self, options: PackageOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._unwritable = options.unwritable
        self._root = element_name(options.root)
        self._body = _path(options.body)
        self._record = element_name(options.record) if options.record else None
        self._kind = _path(options.kind) if options.kind else []
        self._count = _path(options.count) if options.count else []
        self._head = [(_path(path), text) for path, text in options.head.items()]
        self._lists = {name: element_name(shape.item) for name, shape in options.lists.items()}
        self._start = declaration(self._charset) if options.declaration else ""

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        root = parse_xml(body, charset, self._charset)
        if local(root) != self._root:
            raise misshapen("", (self._root, self._root), Shape.OTHER)
        holder = descend(root, self._body)
        where = "/".join(self._body)
        if holder is None:
            raise misshapen(where, Shape.ELEMENT, Shape.NOTHING)
        check_holds_elements(holder, where)
        said = self._text(root, self._kind) or kind or ""
        natives = [self._native(child, where, number, said) for number, child in enumerate(holder, 1)]
        self._check_count(root, len(natives))
        return natives

    def encode(self, native: Native) -> bytes:
        parts = [self._start, f"<{self._root}>"]
        tree: dict[str, Any] = {}
        for path, text in (*self._head, (self._kind, native.kind), (self._count, "1"), (self._body, "")):
            _put(tree, path, text)
        _write(parts, tree, self._body, lambda: self._write_record(parts, native))
        parts.append(f"</{self._root}>")
        return finish(parts, native.fields, self._charset, self._unwritable)

    def _native(self, child: etree._Element, where: str, number: int, said: str) -> Native:
        name = local(child)
        if self._record is not None and name != self._record:
            raise misshapen(f"{where}/{number}", (self._record, self._record), Shape.OTHER)
        if child.tail is not None and not child.tail.isspace():
            raise misshapen(where, Shape.ELEMENT, Shape.MIXED)
        fields = read_fields(child, f"{where}/{number}", 2 + len(self._body), self._lists)
        return Native(name if self._record is None else said, fields)

    def _write_record(self, parts: list[str], native: Native) -> None:
        opened, closed = tags(self._record or native.kind)
        parts.append(opened)
        write_fields(parts, native.fields, "", self._lists)
        parts.append(closed)

    def _check_count(self, root: etree._Element, there: int) -> None:
        """A package that says it has more than came was cut; one that has more was put together wrongly."""
        said = self._text(root, self._count)
        if said is not None and said != str(there):
            shown = said if said.isdigit() and len(said) < 10 else "?"
            raise undecodable(WRONG_COUNT, path="/".join(self._count), said=shown, there=there)

    @staticmethod
    def _text(root: etree._Element, path: Sequence[str]) -> str | None:
        found = descend(root, path) if path else None
        return None if found is None else (leaf(found, "/".join(path)) or "").strip()


def _path(text: str) -> list[str]:
    return [element_name(name) for name in text.split("/")]


def _put(tree: dict[str, Any], path: Sequence[str], text: str) -> None:
    """Put *text* into the nested *tree*, in the order in which its elements are first named."""
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    if path:
        tree[path[-1]] = text


def _write(parts: list[str], tree: Mapping[str, Any], body: Sequence[str], record: Any) -> None:
    for name, value in tree.items():
        opened, closed = tags(name)
        if body == [name]:
            parts.append(opened)
            record()
            parts.append(closed)
        elif isinstance(value, dict):
            parts.append(opened)
            _write(parts, value, body[1:] if body[:1] == [name] else (), record)
            parts.append(closed)
        else:
            write_fields(parts, {name: value}, "", {})

"""The codec `xml-element`: one element per field, as county systems write by hand.

    <ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE></HEAD><DATA><SBLSH>…</SBLSH>…<SBCLQD><CL>…</CL></SBCLQD></DATA></ROOT>

With `kind: .` the root element itself is named after the kind: `<EX_SL><SBLSH>…</SBLSH></EX_SL>`.

A declared list is the list of its items; an undeclared element that repeats is a list, one that does not is
its text or its fields. None is left out; on reading, `xsi:nil` is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from guantong.record import Native
from guantong_plugins.codecs.charset import known_charset
from guantong_plugins.codecs.codes import Shape, misshapen
from guantong_plugins.codecs.xmlread import descend, leaf, local, parse_xml, read_fields
from guantong_plugins.codecs.xmlwrite import (
    XmlOptions,
    declaration,
    element_name,
    escape,
    finish,
    write_fields,
)

ROOT_NAMES_IT = "."
"""`kind:` of documents whose root element is named after the record's kind."""


class ElementList(BaseModel):
    """How one list is written."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    item: str = Field(description="Element of one item, inside the element of the list.")


class ElementOptions(XmlOptions):
    """Options of `xml-element`."""

    root: str = Field(default="ROOT", description="Name of the root element; not looked at with `kind: .`.")
    kind: str | None = Field(
        default=None, description="Path of the element that names the record's kind, such as HEAD/TYPE; `.` where"
        " the root element is named after it."
    )
    data: str | None = Field(
        default=None, description="Path of the element that holds the fields, such as DATA; default: the root."
    )
    lists: Mapping[str, ElementList] = Field(default_factory=dict, description="Fields that are lists, by name.")


class Element:
    """Reads and writes one record per document."""

    def __init__(self, options: ElementOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._unwritable = options.unwritable
        self._root = None if options.kind == ROOT_NAMES_IT else element_name(options.root)
        self._kind = _path(options.kind) if self._root is not None else []
        self._data = _path(options.data)
        self._lists = {name: element_name(shape.item) for name, shape in options.lists.items()}
        start = declaration(self._charset) if options.declaration else ""
        before, self._after_kind = _around(self._kind, self._data)
        self._start, self._before_kind = start, before

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        root = parse_xml(body, charset, self._charset)
        if self._root is None:
            kind = local(root)
        elif local(root) != self._root:
            raise misshapen("", (self._root, self._root), Shape.OTHER)
        named = descend(root, self._kind) if self._kind else None
        data = descend(root, self._data)
        if data is None:
            raise misshapen("/".join(self._data), Shape.ELEMENT, Shape.NOTHING)
        if named is not None:
            kind = (leaf(named, "/".join(self._kind)) or "").strip() or kind
        fields = read_fields(data, "/".join(self._data), 1 + len(self._data), self._lists)
        if named is not None and self._kind[: len(self._data)] == self._data:
            fields.pop(self._kind[len(self._data)], None)
        return [Native(kind or "", fields)]

    def encode(self, native: Native) -> bytes:
        root = element_name(native.kind) if self._root is None else self._root
        parts = [self._start, "<", root, ">", self._before_kind]
        if self._kind:
            parts += [escape(native.kind), self._after_kind]
        write_fields(parts, native.fields, "", self._lists)
        parts.append(_close([root, *self._data]))
        return finish(parts, native.fields, self._charset, self._unwritable)


def _path(text: str | None) -> list[str]:
    return [element_name(name) for name in text.split("/")] if text else []


def _around(kind: Sequence[str], data: Sequence[str]) -> tuple[str, str]:
    """What stands between the root's start and the kind, and between the kind and the fields. Elements on
    both paths are written once."""
    if not kind:
        return _open(data), ""
    shared = 0
    while shared < min(len(kind) - 1, len(data)) and kind[shared] == data[shared]:
        shared += 1
    return _open(kind), _close(kind[shared:]) + _open(data[shared:])


def _open(names: Sequence[str]) -> str:
    return "".join(f"<{name}>" for name in names)


def _close(names: Sequence[str]) -> str:
    return "".join(f"</{name}>" for name in reversed(names))

"""The codec `exinfo`: the envelope of the Guangdong exchange specification.

    <ExInfo><standardInfo process="EX_GDBS_SL"><Field FieldName="SBLSH">…</Field>…</standardInfo></ExInfo>

`process` is the record's kind. A list is a Field whose text is itself XML, escaped once more:
`<CLS><CL><CLMC>…</CLMC></CL></CLS>`. None is left out: the envelope has no null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field

from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import known_charset
from guantong_plugins.codecs.codes import DUPLICATE_NAME, Shape, misshapen, undecodable
from guantong_plugins.codecs.xmlread import (
    check_holds_elements,
    leaf,
    local,
    parse_text,
    parse_xml,
    read_items,
)
from guantong_plugins.codecs.xmlwrite import (
    XmlOptions,
    declaration,
    element_name,
    escape,
    escape_attribute,
    finish,
    scalar,
    write_list,
)


class InnerList(BaseModel):
    """How one list is written inside its Field."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    item: str = Field(description="Element of one item.")
    root: str = Field(default="", description="Element around the items; default: the item's name with S.")


class ExInfoOptions(XmlOptions):
    """Options of `exinfo`."""

    lists: Mapping[str, InnerList] = Field(
        default_factory=dict, description="Fields that hold a list as escaped XML, by name."
    )


class ExInfo:
    """Reads and writes ExInfo envelopes; several `standardInfo` are several records."""

    def __init__(self, options: ExInfoOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._unwritable = options.unwritable
        self._start = (declaration(self._charset) if options.declaration else "") + "<ExInfo>"
        self._lists = {
            name: (element_name(inner.item), element_name(inner.root or f"{inner.item}S"))
            for name, inner in options.lists.items()
        }

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        root = parse_xml(body, charset, self._charset)
        if local(root) != "ExInfo":
            raise misshapen("", ("ExInfo", "ExInfo"), Shape.OTHER)
        check_holds_elements(root, "ExInfo")
        records = [self._record(element, kind) for element in root]
        if not records:
            raise misshapen("ExInfo", ("standardInfo", "standardInfo"), Shape.NOTHING)
        return records

    def _record(self, element: etree._Element, kind: str | None) -> Native:
        if local(element) != "standardInfo":
            raise misshapen("ExInfo", ("standardInfo", "standardInfo"), Shape.OTHER)
        check_holds_elements(element, "ExInfo/standardInfo")
        fields: Fields = {}
        for field in element:
            name = (field.get("FieldName") or "").strip()
            if local(field) != "Field" or not name:
                raise misshapen("ExInfo/standardInfo", ('Field FieldName="…"', 'Field FieldName="…"'), Shape.OTHER)
            if name in fields:
                raise undecodable(DUPLICATE_NAME, path=name)
            text = leaf(field, name)
            fields[name] = self._list(name, text) if name in self._lists and text else text
        return Native((element.get("process") or "").strip() or kind or "", fields)

    def _list(self, name: str, text: str) -> list[Fields]:
        item, root = self._lists[name]
        inner = parse_text(text)
        if local(inner) != root:
            raise misshapen(name, (root, root), Shape.OTHER)
        return read_items(inner, item, name, 3)

    def encode(self, native: Native) -> bytes:
        parts = [self._start, f'<standardInfo process="{escape_attribute(native.kind)}">']
        for name, value in native.fields.items():
            if value is None:
                continue
            text = self._inner(name, value) if name in self._lists else scalar(value, name)
            parts.append(f'<Field FieldName="{escape_attribute(name)}">{escape(text)}</Field>')
        parts.append("</standardInfo></ExInfo>")
        return finish(parts, native.fields, self._charset, self._unwritable)

    def _inner(self, name: str, value: object) -> str:
        item, root = self._lists[name]
        parts: list[str] = []
        write_list(parts, root, item, value, name)
        return "".join(parts)

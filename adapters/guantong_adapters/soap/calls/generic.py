"""Elements that no schema describes (`xsd:any`, documents inside texts), read and written by their names alone.

Shapes are those of the codec `xml`: an element without children is a text under its name, its attributes beside
it (`FJ@type`); one with children is an object, its attributes inside (`@count`); what repeats is a list of
objects, where the text of an item is "". Names are local names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from lxml import etree

from guantong.record import Fields
from guantong_adapters.soap.calls.texts import attribute_text, escaped, text_of
from guantong_adapters.soap.calls.unfit import Unfit, Want, kind_of
from guantong_adapters.soap.wsdl.model import XSI

DEEPEST = 64
_NIL = f"{{{XSI}}}nil"
_NAME = re.compile(r"[^\W\d][\w.-]*").fullmatch


def read_fields(element: etree._Element, repeated: Collection[str] = (), depth: int = 1) -> Fields:
    """What *element* holds: its attributes, and its elements by name. *repeated* are lists even of one. Raises
    `Unfit` for what is nested deeper than `DEEPEST`."""
    fields: Fields = {f"@{name}": value for name, value in attributes_of(element)}
    if not len(element):
        if element.text and element.text.strip():
            fields[""] = element.text
        return fields
    for child in element:
        add_element(fields, child, repeated, depth + 1)
    return fields


def attributes_of(element: etree._Element) -> Iterator[tuple[str, str]]:
    """The attributes of *element* that are in no namespace: those in one speak of the message (`xsi:…`)."""
    for name, value in element.attrib.items():
        if not name.startswith("{"):  # type: ignore[arg-type]  # lxml gives text
            yield name, value  # type: ignore[misc]  # the same


def add_element(fields: Fields, child: etree._Element, repeated: Collection[str] = (), depth: int = 1) -> None:
    """Add *child* to the fields of the element around it."""
    name = etree.QName(child).localname
    if depth > DEEPEST:
        raise Unfit(name, Want.LESS_DEEP)
    inner = read_fields(child, repeated, depth)
    before = fields.get(name)
    if name in repeated or name in fields:
        if name in fields and not isinstance(before, list):
            fields[name] = [_item(fields, name, before)]
        fields.setdefault(name, []).append(inner if len(child) else {**inner, "": _text(child)})
    elif len(child):
        fields[name] = inner
    else:
        fields[name] = _text(child)
        for key, value in inner.items():
            if key.startswith("@"):
                fields[name + key] = value


def _item(fields: Fields, name: str, before: Any) -> Fields:
    """The first of several, which stood alone until now, as an item of a list."""
    if isinstance(before, dict):
        return before
    beside = [key for key in fields if key.startswith(f"{name}@")]
    return {**{key[len(name):]: fields.pop(key) for key in beside}, "": before}


def _text(element: etree._Element) -> str | None:
    if element.text is None:
        return None if element.get(_NIL) in ("true", "1") else ""
    return element.text


def write_fields(fields: Fields) -> str:
    """The elements for *fields*, in no namespace. Raises `Unfit`."""
    made: list[str] = []
    for name, value in fields.items():
        if "@" in name:
            continue
        items = value if isinstance(value, list) else [value]
        for item in items:
            if item is not None or isinstance(value, list):
                made.append(_element(name, item, {} if isinstance(value, list) else fields))
    return "".join(made)


def _element(name: str, value: Any, beside: Fields) -> str:
    if _NAME(name) is None:
        raise Unfit(name[:60], Want.NAME)
    inside: Fields = value if isinstance(value, dict) else {}
    try:
        attributes = {key[1:]: said for key, said in inside.items() if key.startswith("@")}
        attributes |= {key[len(name) + 1:]: said for key, said in beside.items() if key.startswith(f"{name}@")}
        said = "".join(written_attribute(key, one) for key, one in attributes.items() if one is not None)
        content = _content(value, name) if not isinstance(value, dict) else (
            _content(value[""], "") if "" in value else write_fields(value)
        )
    except Unfit as error:
        raise error if error.path[:1] == [name] else error.under(name) from None
    return f"<{name}{said}>{content}</{name}>"


def written_attribute(name: str, value: object) -> str:
    """An attribute in no namespace. Raises `Unfit`."""
    if _NAME(name) is None:
        raise Unfit(f"@{name[:60]}", Want.NAME)
    return f' {name}="{attribute_text(text_of(value, f"@{name}"), f"@{name}")}"'


def _content(value: object, name: str) -> str:
    if isinstance(value, list):
        raise Unfit(name, Want.TEXT, kind_of(value))
    return "" if value is None else escaped(text_of(value, name), name)

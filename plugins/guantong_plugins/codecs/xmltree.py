"""Reading and writing the fields of one record in XML of any shape.

An element without children is a text under its name, and its attributes stand beside it: `FJ`, `FJ@type`. One
with children is an object, and its attributes stand inside: `CLS/@count`. What repeats is a list of objects;
there the text of an item is "" and its attributes `@name`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from guantong.record import Fields
from guantong_plugins.codecs.codes import (
    DUPLICATE_NAME,
    LONG_ATTRIBUTE,
    TOO_DEEP,
    Shape,
    misshapen,
    undecodable,
    unencodable,
)
from guantong_plugins.codecs.culprit import wrong_type
from guantong_plugins.codecs.limits import MAX_ATTRIBUTE, MAX_DEPTH
from guantong_plugins.codecs.xmlnames import XSI, Names
from guantong_plugins.codecs.xmlread import check_holds_elements, leaf
from guantong_plugins.codecs.xmltext import cdata
from guantong_plugins.codecs.xmlwrite import escape, escape_attribute, scalar

Nil = Literal["omit", "empty", "nil"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Elements that name their field inside: each `element` holds a name and a value, in an attribute
    (`@FieldName`), in an element (`Name`), or as its text ("")."""

    element: str
    name: str
    value: str

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that hold the two."""
        return tuple(place[1:] for place in (self.name, self.value) if place.startswith("@"))

    @property
    def flat(self) -> bool:
        """Whether the value is a text elsewhere than in the element itself, which then holds nothing more."""
        return bool(self.value) or not self.name.startswith("@")


@dataclass(frozen=True, slots=True)
class Shapes:
    """How the fields stand in their elements. Names count wherever they stand: `lists` are fields whose
    element holds their items, each of the element name given; `repeated` are lists even of one."""

    names: Names
    lists: Mapping[str, str]
    repeated: frozenset[str]
    pairs: Pairs | None
    trim: bool
    nil: Nil
    cdata: frozenset[str]
    order: Mapping[str, int]

    def read(self, element: etree._Element, path: str, depth: int) -> Fields:
        """The fields that *element*, at level *depth* from 1, holds. Raises `Undecodable`."""
        if depth >= MAX_DEPTH:
            raise undecodable(TOO_DEEP, limit=MAX_DEPTH)
        if len(element):
            check_holds_elements(element, path)
        fields: Fields = {f"@{name}": value for name, value in self._attributes(element, path)}
        named = [(self._name(child, path), child) for child in element]
        counts = Counter(name for name, _ in named)
        for name, child in named:
            where = f"{path}/{name}" if path else name
            if child.tail is not None and not child.tail.isspace():
                raise misshapen(path, Shape.ELEMENT, Shape.MIXED)
            if name in self.lists:
                if name in fields:
                    raise undecodable(DUPLICATE_NAME, path=where)
                fields[name] = self._items(child, name, where, depth + 1)
            elif name in self.repeated or counts[name] > 1:
                item = self._item(child, where, depth + 1)
                fields.setdefault(name, []).append(item)
                continue
            elif len(child) and not (self.pairs is not None and self.pairs.flat and self._is_pair(child)):
                fields[name] = self.read(child, where, depth + 1)
                continue
            else:
                fields[name] = self._text(child, where)
            for attribute, value in self._attributes(child, where):
                fields[f"{name}@{attribute}"] = value
        return fields

    def _is_pair(self, element: etree._Element) -> bool:
        return self.pairs is not None and self.names.of(element) == self.pairs.element

    def _name(self, element: etree._Element, path: str) -> str:
        if self.pairs is None or not self._is_pair(element):
            return self.names.of(element)
        name = (self._place(element, self.pairs.name, path) or "").strip()
        if not name:
            expected = f"{self.pairs.element} {self.pairs.name}"
            raise misshapen(path, (expected, expected), Shape.NOTHING)
        return name

    def _place(self, element: etree._Element, place: str, path: str) -> str | None:
        """What stands at a place of *element*: one of its attributes, one of its elements, its text."""
        if place.startswith("@"):
            return element.get(place[1:])
        if not place:
            return leaf(element, path)
        found = [child for child in element if self.names.of(child) == place]
        if len(found) != 1:
            raise misshapen(path, (place, place), Shape.OTHER if found else Shape.NOTHING)
        return leaf(found[0], path)

    def _text(self, element: etree._Element, path: str) -> str | None:
        pairs = self.pairs
        if pairs is None or not pairs.flat or not self._is_pair(element):
            text = leaf(element, path)
        else:
            text = self._place(element, pairs.value, path)
            places = [place for place in (pairs.name, pairs.value) if place and not place.startswith("@")]
            if len(element) > len(places) or (pairs.value and (element.text or "").strip()):
                raise misshapen(path, (" ".join(places), " ".join(places)), Shape.OTHER)
        return text.strip() if self.trim and text is not None else text

    def _attributes(self, element: etree._Element, path: str) -> Iterator[tuple[str, str]]:
        """The attributes but those that speak of the document (xsi:…) or name the field."""
        used = self.pairs.attributes if self.pairs is not None and element.attrib and self._is_pair(element) else ()
        for key, value in element.attrib.items():
            key, value = str(key), str(value)
            name = self.names.of_attribute(key)
            if key.startswith(f"{{{XSI}}}") or name in used:
                continue
            if len(value) > MAX_ATTRIBUTE:
                raise undecodable(LONG_ATTRIBUTE, path=f"{path}@{name}", length=len(value), limit=MAX_ATTRIBUTE)
            yield name, value

    def _items(self, element: etree._Element, name: str, path: str, depth: int) -> list[Fields]:
        check_holds_elements(element, path)
        items: list[Fields] = []
        for child in element:
            if self.names.of(child) != self.lists[name]:
                raise misshapen(path, (self.lists[name], self.lists[name]), Shape.OTHER)
            if child.tail is not None and not child.tail.isspace():
                raise misshapen(path, Shape.ELEMENT, Shape.MIXED)
            items.append(self._item(child, f"{path}/{len(items)}", depth + 1))
        return items

    def _item(self, element: etree._Element, path: str, depth: int) -> Fields:
        if len(element) and not (self.pairs is not None and self.pairs.flat and self._is_pair(element)):
            return self.read(element, path, depth)
        text = self._text(element, path)
        return {**{f"@{name}": value for name, value in self._attributes(element, path)}, "": text}

    def write(self, parts: list[str], fields: Fields, path: str) -> None:
        """Append an element for each of *fields*, without their own attributes. Raises `Unencodable`."""
        beside: dict[str, dict[str, Any]] = {}
        inside: list[tuple[str, Any]] = []
        for name, value in fields.items():
            owner, mark, attribute = name.partition("@")
            if not mark:
                inside.append((name, value))
            elif owner and value is not None:
                beside.setdefault(owner, {})[attribute] = value
        if self.order:
            inside.sort(key=lambda one: self.order.get(one[0], len(self.order)))
        for name, value in inside:
            where = f"{path}{name}"
            attributes = beside.pop(name, {})
            if name in self.lists and value is not None:
                self._write_list(parts, name, value, attributes, where)
            elif isinstance(value, list):
                if attributes:
                    raise unencodable(where, "a list has no attributes of its own", "列表没有自己的属性")
                for index, item in enumerate(value):
                    self._write_item(parts, name, item, f"{where}/{index}", pair=True)
            elif isinstance(value, dict):
                self._write_object(parts, name, value, attributes, where)
            elif value is not None or self.nil != "omit":
                self._write_text(parts, name, value, attributes, where, pair=True)
            elif attributes:
                beside[name] = attributes
        for name, attributes in beside.items():
            attribute = next(iter(attributes))
            raise unencodable(
                f"{path}{name}@{attribute}", "its element is not written, so it has no place", "其元素未写出，属性无处可放"
            )

    def _write_object(self, parts: list[str], name: str, value: Fields, beside: Mapping[str, Any], path: str) -> None:
        if "" in value:
            raise unencodable(path, "the text of an element stands at its own name, not inside", "元素的文本应直接写在其名称下")
        opened, closed = self._tags(name, {**beside, **own_attributes(value)}, path, pair=True, text=False)
        parts.append(opened)
        self.write(parts, value, f"{path}/")
        parts.append(closed)

    def _write_list(
        self, parts: list[str], name: str, value: object, attributes: Mapping[str, Any], path: str
    ) -> None:
        if not isinstance(value, list):
            raise wrong_type(path, value, "a list of objects", "对象列表")
        opened, closed = self._tags(name, attributes, path, pair=True, text=False)
        parts.append(opened)
        for index, item in enumerate(value):
            self._write_item(parts, self.lists[name], item, f"{path}/{index}", pair=False)
        parts.append(closed)

    def _write_item(self, parts: list[str], name: str, item: object, path: str, *, pair: bool) -> None:
        if not isinstance(item, dict):
            raise wrong_type(path, item, "an object", "对象")
        attributes = own_attributes(item)
        if "" in item:
            if len(item) > len(attributes) + 1:
                raise unencodable(path, "an item is either a text or an object", "列表项应为文本或对象")
            self._write_text(parts, name, item[""], attributes, path, pair=pair)
            return
        opened, closed = self._tags(name, attributes, path, pair=pair, text=False)
        parts.append(opened)
        self.write(parts, item, f"{path}/")
        parts.append(closed)

    def _write_text(
        self, parts: list[str], name: str, value: object, attributes: Mapping[str, Any], path: str, *, pair: bool
    ) -> None:
        text = "" if value is None else scalar(value, path)
        pairs = self.pairs if pair else None
        if pairs is not None and pairs.flat:
            if value is None and self.nil == "nil":
                raise unencodable(path, "no value can be told here", "此处无法表示空值")
            opened, closed = self._tags(name, attributes, path, pair=True, text=True)
            given = {pairs.name: name, pairs.value: text}
            parts.append(_with(opened, {place[1:]: said for place, said in given.items() if place.startswith("@")}))
            for place, said in given.items():
                if not place.startswith("@"):
                    parts.append(f"<{place}>{self._content(name, said)}</{place}>" if place else self._content(name, said))
            parts.append(closed)
            return
        opened, closed = self._tags(name, attributes, path, pair=pair, text=True)
        if value is None and self.nil == "nil":
            opened = f'{opened[:-1]} xsi:nil="true">'
        parts += (opened, self._content(name, text), closed)

    def _content(self, name: str, text: str) -> str:
        return cdata(text) if text and (name in self.cdata or "*" in self.cdata) else escape(text)

    def _tags(
        self, name: str, attributes: Mapping[str, Any], path: str, *, pair: bool, text: bool
    ) -> tuple[str, str]:
        """The start and end tag of a field's element."""
        pairs = self.pairs if pair else None
        given = {key: scalar(value, f"{path}@{key}") for key, value in attributes.items() if value is not None}
        if pairs is None:
            tag = self.names.written(name)
        else:
            tag = pairs.element
            if pairs.flat and not text:
                raise wrong_type(path, {}, "a text", "文本")
            if set(given) & set(pairs.attributes):
                raise unencodable(path, "it has an attribute that names the field", "含有用于命名字段的属性")
            if not pairs.flat:
                given = {pairs.name[1:]: name, **given}
        return _with(f"<{tag}>", {self.names.written(key): value for key, value in given.items()}), f"</{tag}>"


def own_attributes(fields: Fields) -> Fields:
    """The attributes (`@name`) of an object's own element, by name."""
    return {name[1:]: value for name, value in fields.items() if name.startswith("@") and value is not None}


def _with(opened: str, attributes: Mapping[str, str]) -> str:
    """A start tag with *attributes* added."""
    said = "".join(f' {name}="{escape_attribute(value)}"' for name, value in attributes.items())
    return f"{opened[:-1]}{said}>"

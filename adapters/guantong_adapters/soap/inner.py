"""Texts of a record that are XML themselves: a document in a string parameter, and another in that.

Going out, the fields of the inner document become its text, in CDATA or escaped; coming in, either is read. The
innermost is written first and read last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from guantong.record import Fields
from guantong_adapters.soap.calls.generic import read_fields, write_fields, written_attribute
from guantong_adapters.soap.calls.texts import Marked, escaped, text_of
from guantong_adapters.soap.calls.unfit import Unfit, Want, kind_of
from guantong_adapters.soap.declared import Inner
from guantong_adapters.soap.parse import MOST_TAGS, DoctypeRefused, NotXml, parse

_Change = Callable[[Any], Any]


class InnerTexts:
    """The inner documents of one system's records, by their paths. *charset* is that of the whole message, which
    they declare where they declare any."""

    def __init__(self, texts: Mapping[str, Inner], charset: str) -> None:
        paths = sorted((tuple(path.split("/")), inner) for path, inner in texts.items())
        self._opened = [(path, _opener(inner)) for path, inner in paths if inner.root is not None]
        self._written = [(path, _closer(inner, charset)) for path, inner in sorted(paths, key=lambda one: -len(one[0]))]

    def written(self, fields: Fields) -> None:
        """Put text in place of the inner documents of *fields*. Raises `Unfit`."""
        for path, close in self._written:
            _change(fields, path, close)

    def read(self, fields: Fields) -> None:
        """Put the fields of the inner documents in place of their texts. Raises `Unfit`."""
        for path, open_ in self._opened:
            _change(fields, path, open_)


def _change(fields: Fields, path: Sequence[str], change: _Change) -> None:
    """Change what stands at *path*, in every item of the lists it passes."""
    for around in _around(fields, path[:-1]):
        value = around.get(path[-1])
        if value is None:
            continue
        try:
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, dict) and "" in item:
                        item[""] = change(item[""])
            else:
                around[path[-1]] = change(value)
        except Unfit as error:
            error.path[:0] = path
            raise


def _around(fields: Fields, path: Sequence[str]) -> Iterator[Fields]:
    found: list[Any] = [fields]
    for name in path:
        inner = [one.get(name) for one in found if isinstance(one, dict)]
        found = [item for one in inner for item in (one if isinstance(one, list) else [one])]
    return (one for one in found if isinstance(one, dict))


def _closer(inner: Inner, charset: str) -> _Change:
    root = inner.root
    declaration = f'<?xml version="1.0" encoding="{charset.upper()}"?>' if inner.declaration else ""

    def close(value: Any) -> Any:
        if root is None:
            text = text_of(value, "")
        elif isinstance(value, dict):
            attributes = "".join(written_attribute(key[1:], one) for key, one in value.items() if key.startswith("@"))
            content = escaped(text_of(value[""], ""), "") if "" in value else write_fields(value)
            text = f"{declaration}<{root}{attributes}>{content}</{root}>"
        elif isinstance(value, str):
            text = value  # a document already
        else:
            raise Unfit("", Want.OBJECT, kind_of(value))
        plain = escaped(text, "")  # refuses what XML cannot hold, in CDATA as elsewhere
        if inner.form == "escaped":
            return Marked(plain)
        return Marked("<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>")

    return close


def _opener(inner: Inner) -> _Change:
    repeated = frozenset(inner.repeated)

    def open_(value: Any) -> Any:
        if not isinstance(value, str) or not value.lstrip("\ufeff \t\r\n").startswith("<"):
            return value  # words where a document was expected are told as they are
        if value.count("<") > MOST_TAGS:
            raise Unfit("", Want.FEWER, (f"more than {MOST_TAGS} tags", f"超过 {MOST_TAGS} 个标签"))
        try:
            root = parse(value.lstrip("\ufeff \t\r\n"))
        except NotXml as error:
            detail = f"line {error.line}, column {error.column}"
            raise Unfit("", Want.DOCUMENT, ("XML that is broken", "损坏的 XML"), detail) from None
        except DoctypeRefused:
            raise Unfit("", Want.DOCUMENT, ("a DOCTYPE", "DOCTYPE 声明")) from None
        return read_fields(root, repeated)

    return open_

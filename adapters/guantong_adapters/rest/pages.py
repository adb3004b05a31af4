"""Pages cut into records, each with the very bytes it had in the page where the wire form allows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from lxml import etree

from guantong.cipher import Cipher, CipherRefused
from guantong.reasoned import Reasoned
from guantong.replytree import text_at, tree_of, xml_of
from guantong_adapters.rest.reading import Read

MOST_DEPTH = 20


class NoPage(Reasoned):
    """The answer is not the page it should be. The text quotes nothing of it."""


class Item(NamedTuple):
    """One record of a page: its bytes, its handle at the source, its kind, what orders it, and why it does not open."""

    body: bytes
    ref: str
    kind: str
    since: str
    sealed: CipherRefused | None = None


def items(body: bytes, read: Read, cipher: Cipher | None = None) -> list[Item]:
    """The records of a page, in its order, opened by *cipher*. Raises `NoPage`."""
    cut = _xml if read.decode == "xml" else _json
    found = []
    for raw in cut(body, read):
        tree = tree_of(raw, read.decode)
        item = Item(
            _record(raw, tree, read), text_at(tree, read.ref_at) if read.ref_at else "",
            text_at(tree, read.kind_at) if read.kind_at else read.kind or "",
            text_at(tree, read.since_at) if read.since_at else "",
        )
        found.append(item if cipher is None else _opened(item, cipher))
    return found


def _opened(item: Item, cipher: Cipher) -> Item:
    try:
        return item._replace(body=cipher.open(item.body))
    except CipherRefused as refused:
        return item._replace(sealed=refused)


def following(body: bytes, read: Read) -> str:
    """What the page says to ask for next, "" where it says nothing."""
    return text_at(tree_of(body, read.decode), read.next_at) if read.next_at else ""


def _record(raw: bytes, tree: Any, read: Read) -> bytes:
    """The record of an item: its own bytes, or the text at `record_at`. An item without one keeps its bytes, and is
    refused as what it is not."""
    text = text_at(tree, read.record_at) if read.record_at else ""
    return text.encode("utf-8", "replace") if text else raw


def _json(body: bytes, read: Read) -> Iterator[bytes]:
    """The items of the list at `records_at`, byte for byte."""
    raw: Any = msgspec.Raw(body)
    try:
        for step in (read.records_at or "").split("/") if read.records_at else ():
            raw = msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).get(step)
            if raw is None:
                raise NoPage(f"it has nothing at {read.records_at!r}", f"{read.records_at!r} 处没有内容")
        if bytes(raw).strip() == b"null":
            return iter(())
        listed = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        raise NoPage("it is not the JSON it should be", "不是约定的 JSON") from None
    return (bytes(one) for one in listed)


def _xml(body: bytes, read: Read) -> Iterator[bytes]:
    """The elements at `records_at` (its last step names them), each as a document of its own."""
    root = xml_of(body)
    if root is None:
        raise NoPage("it is not the XML it should be", "不是约定的 XML")
    *above, last = (read.records_at or "").split("/")
    holder = root
    for step in above:
        holder = next((child for child in holder if _named(child, step)), None)
        if holder is None:
            return iter(())
    return (bytes(etree.tostring(child, encoding="utf-8", with_tail=False)) for child in holder if _named(child, last))


def _named(element: Any, name: str) -> bool:
    return isinstance(element.tag, str) and etree.QName(element).localname == name

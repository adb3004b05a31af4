"""Reading replies: what stands at a path (`data/bizNo`) of a JSON or XML reply."""

from __future__ import annotations

from itertools import islice
from typing import Any

import orjson
from lxml import etree


def tree_of(body: bytes, decode: str, charset: str = "utf-8") -> Any:
    """The reply as nested dictionaries, lists and texts. *decode* is `json`, `xml` (the root element left out, names
    without namespaces) or anything else, which has no fields; nor has a reply that is not what it should be."""
    if decode == "json":
        try:
            return orjson.loads(body if charset == "utf-8" else body.decode(charset))
        except (orjson.JSONDecodeError, UnicodeDecodeError):
            return {}
    root = xml_of(body, charset) if decode == "xml" else None
    return {} if root is None else _element(root)


def xml_of(body: bytes, charset: str = "utf-8") -> Any:
    """The root element of an XML reply, or None. A DTD is refused, entities are never resolved."""
    if b"<!DOCTYPE" in body:
        return None
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding=charset)
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def text_at(tree: Any, path: str) -> str:
    """The text at *path* of a tree (a number as JSON has it, `true` or `false`), or "" where there is none. `@code` is
    an attribute; of elements of one name the first counts, `item/1` is the second. A path that leads on into a text goes
    into the XML or JSON that the text is. `*` is any one name of a table (`*/Code`, as .NET names `XxxResult`): of those
    under which the rest of the path has a text, the first."""
    steps = path.split("/")
    if "*" not in steps:
        return _text(_node_at(tree, steps))
    star = steps.index("*")
    around = _table(_node_at(tree, steps[:star]))
    found = (_text(_node_at(node, steps[star + 1:])) for node in islice(around.values(), MOST_NAMES))
    return next((text for text in found if text), "")


def _table(node: Any) -> dict[str, Any]:
    """What stands under names at *node*: of a list its first, of a text what it is itself."""
    if isinstance(node, str):
        node = _inside(node)
    if isinstance(node, list):
        node = node[0] if node else None
    return node if isinstance(node, dict) else {}


def _text(node: Any) -> str:
    if isinstance(node, list):
        node = node[0] if node else None
    if isinstance(node, dict):
        node = node.get("")
    if isinstance(node, bool):
        return "true" if node else "false"
    return "" if node is None or isinstance(node, list | dict) else str(node)


def _node_at(tree: Any, steps: list[str]) -> Any:
    node = tree
    for step in steps:
        if isinstance(node, str):
            node = _inside(node)
        if isinstance(node, list) and step.isdigit() and len(step) < _MOST_DIGITS:
            node = node[int(step)] if int(step) < len(node) else None
            continue
        if isinstance(node, list):
            node = node[0] if node else None
        node = node.get(step) if isinstance(node, dict) else None
    return node


_MOST_DIGITS = 9
MOST_NAMES = 50
"""So many names of a table are tried for `*`."""


def _inside(text: str) -> Any:
    """The tree of a text that is XML or JSON itself: what came escaped, or in a CDATA section."""
    begun = text.lstrip()
    if begun.startswith("<"):
        return tree_of(begun.encode(), "xml")
    return tree_of(begun.encode(), "json") if begun[:1] in ("{", "[") else {}


def _element(element: Any) -> Any:
    """An element as its text, or as a table of its children (a list where a name comes again), its attributes (`@name`)
    and, beside attributes, its text ("")."""
    children = [child for child in element if isinstance(child.tag, str)]
    if not children and not element.attrib:
        return (element.text or "").strip()
    found: dict[str, Any] = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    if not children:
        found[""] = (element.text or "").strip()
    for child in children:
        name = etree.QName(child).localname
        if name not in found:
            found[name] = _element(child)
        elif isinstance(found[name], list):
            found[name].append(_element(child))
        else:
            found[name] = [found[name], _element(child)]
    return found

"""Reading replies: what stands at a path (`data/bizNo`) of a JSON or XML reply."""

from __future__ import annotations

from typing import Any

import orjson
from lxml import etree


def tree_of(body: bytes, decode: str, charset: str = "utf-8") -> Any:
    """The reply as nested dictionaries, lists and texts. *decode* is `json`, `xml` (the root element left out, names
    without namespaces) or anything else, which has no fields; nor has a reply that is not what it should be."""
    if decode == "json":
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
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
    into the XML or JSON that the text is."""
    node = tree
    for step in path.split("/"):
        if isinstance(node, str):
            node = _inside(node)
        if isinstance(node, list) and step.isdigit() and len(step) < _MOST_DIGITS:
            node = node[int(step)] if int(step) < len(node) else None
            continue
        if isinstance(node, list):
            node = node[0] if node else None
        node = node.get(step) if isinstance(node, dict) else None
    if isinstance(node, list):
        node = node[0] if node else None
    if isinstance(node, dict):
        node = node.get("")
    if isinstance(node, bool):
        return "true" if node else "false"
    return "" if node is None or isinstance(node, list | dict) else str(node)


_MOST_DIGITS = 9


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

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
    """The text at *path* of a tree (a number as JSON has it, `true` or `false`), or "" where there is none."""
    node = tree
    for step in path.split("/"):
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and step.isdigit():
            node = node[int(step)] if int(step) < len(node) else None
        else:
            return ""
    if isinstance(node, bool):
        return "true" if node else "false"
    return "" if node is None or isinstance(node, dict | list) else str(node)


def _element(element: Any) -> Any:
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return (element.text or "").strip()
    return {etree.QName(child).localname: _element(child) for child in children}

"""Sealed answers: the text at one place of a JSON or XML answer, opened before it is judged."""

from __future__ import annotations

import orjson
from lxml import etree

from guantong.cipher import Cipher, CipherRefused
from guantong.record import Answer, Reply
from guantong.replytree import xml_of


def opened(answer: Answer, cipher: Cipher, path: str) -> Answer:
    """The answer with the sealed text at *path* (`data/record`; in XML below the root) in the clear. One that holds
    none, or none that opens, stays as it is: the rules of the profile judge it."""
    if not isinstance(answer, Reply):
        return answer
    put = _in_xml if answer.body.lstrip()[:1] == b"<" else _in_json
    try:
        body = put(answer.body, path.split("/"), cipher)
    except (CipherRefused, ValueError):  # what was sealed is no text, or none that XML takes
        return answer
    return answer if body is None else answer._replace(body=body)


def _in_xml(body: bytes, path: list[str], cipher: Cipher) -> bytes | None:
    root = element = xml_of(body)
    for step in path:
        if element is None:
            return None
        named = (child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == step)
        element = next(named, None)
    if element is None or not element.text:
        return None
    text = cipher.open(element.text.encode()).decode("utf-8")
    inner = xml_of(text.encode()) if text.lstrip()[:1] == "<" else None
    element.text = text if inner is None else None
    if inner is not None:
        element.append(inner)  # a document inside becomes part of the answer's own
    return bytes(etree.tostring(root, encoding="utf-8"))


def _in_json(body: bytes, path: list[str], cipher: Cipher) -> bytes | None:
    tree = holder = orjson.loads(body)
    for step in path[:-1]:
        holder = holder.get(step) if isinstance(holder, dict) else None
    sealed = holder.get(path[-1]) if isinstance(holder, dict) else None
    if not isinstance(sealed, str) or not sealed:
        return None
    inner = cipher.open(sealed.encode()).decode("utf-8")
    try:
        orjson.loads(inner)
        holder[path[-1]] = orjson.Fragment(inner)  # a document inside becomes part of the answer's own
    except orjson.JSONDecodeError:
        holder[path[-1]] = inner
    return orjson.dumps(tree)

"""How much of an envelope a door reads, whichever door it is: counted before anything is parsed."""

from __future__ import annotations

from guantong.problems import Problem
from guantong_adapters.soap.faulting import Refused
from guantong_adapters.soap.parse import MOST_ATTRIBUTES, MOST_NAMESPACES, MOST_TAGS
from guantong_adapters.soap.serving.codes import TOO_MUCH

_OPENED, _CLOSED = b"<![CDATA[", b"]]>"


def bounded(document: bytes) -> None:
    """Hold *document*, in UTF-8, to the bounds; what stands in CDATA is text here, and held to bounds of its own by
    whoever reads it. Raises `Refused`."""
    exceeded = _exceeded(document) and _exceeded(_without_cdata(document))
    if exceeded:
        limit, what, what_zh = exceeded
        raise Refused(Problem(TOO_MUCH, details={"limit": limit, "what": what, "what_zh": what_zh}))


def _exceeded(document: bytes) -> tuple[int, str, str] | None:
    if document.count(b"<") > MOST_TAGS:
        return MOST_TAGS, "tags", "标签"
    if document.count(b"xmlns") > MOST_NAMESPACES:
        return MOST_NAMESPACES, "declarations of namespaces", "命名空间声明"
    if document.count(b'="') + document.count(b"='") > MOST_ATTRIBUTES:
        return MOST_ATTRIBUTES, "attributes", "属性"
    return None


def _without_cdata(document: bytes) -> bytes:
    """All of it, where a comment or an instruction could make up where CDATA begins and ends. Read once from end to end: a
    pattern would look for the end of every section that has none, which is minutes in a megabyte of beginnings."""
    parts: list[bytes] = []
    position = 0
    while (start := document.find(_OPENED, position)) >= 0 and (end := document.find(_CLOSED, start)) >= 0:
        parts.append(document[position:start])
        position = end + len(_CLOSED)
    outside = b"".join([*parts, document[position:]])
    return document if b"<!--" in outside or outside.find(b"<?", 1) >= 0 else outside

"""A folder of samples as a system: answers that were seen, given again by kind.

`受理.request.xml` with `受理.reply.xml` are a pair: a request most like it, by the names of its elements or keys, gets
this reply. A reply alone, `application.reply.json`, goes to requests that name it: in the path, as SOAP operation or
as root; `default.reply.…` to all others. A number before the ending is the HTTP status: `application.reply.422.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from guantong.problems import Code, Place, Problem, ProblemsError

NO_SAMPLES = Code(
    "GT826", "there is no reply among the samples in {folder}", "样例文件夹 {folder} 中没有应答样例",
    "name replies NAME.reply.json (or .xml, .txt), requests NAME.request.json; default.reply.json answers whatever fits no other",
    "应答请命名为 名称.reply.json（或 .xml、.txt），请求命名为 名称.request.json；default.reply.json 应答其余一切请求",
)
NO_PARTNER = Code(
    "GT827", "the request {file} has no reply beside it", "请求样例 {file} 没有对应的应答",
    "write {stem}.reply with an ending of its own", "请提供 {stem}.reply 开头的应答文件",
)
DEFAULT = "default"
MOST_ALIKE = 0.5
"""How much of their names two documents must share to be of one kind: shared names over all names."""
LARGEST = 16 * 1024 * 1024
_NAME = re.compile(r"(?P<stem>.+)\.(?P<side>request|reply)(?:\.(?P<status>[1-5][0-9]{2}))?\.(?P<ending>[A-Za-z0-9]+)")
_TYPES = {"json": "application/json", "xml": "text/xml", "txt": "text/plain", "html": "text/html"}
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)""")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


@dataclass(frozen=True, slots=True)
class Given:
    """One reply: its name, status, content type, bytes, and the names in the request it answers (none: it is told by its
    own name)."""

    stem: str
    status: int
    content_type: str
    body: bytes
    names: frozenset[str]


class Samples:
    """The replies of a folder."""

    def __init__(self, given: list[Given]) -> None:
        self._given = given

    def answer(self, path: str, body: bytes) -> Given | None:
        """The reply for a request to *path* with *body*, or None where no sample is for it."""
        names = names_in(body)
        likest = max(((_alike(names, one.names), one) for one in self._given if one.names), key=lambda pair: pair[0], default=(0.0, None))
        if likest[0] >= MOST_ALIKE:
            return likest[1]
        words = {word.casefold() for word in (*re.split(r"[/?&=]+", path), *list(outermost(body)))}
        for one in self._given:
            if not one.names and one.stem.casefold() in words:
                return one
        return next((one for one in self._given if one.stem == DEFAULT), None)


def read_samples(folder: Path) -> Samples:
    """The samples in *folder*. Raises `ProblemsError` with everything that is wrong with them."""
    requests: dict[str, Path] = {}
    replies: dict[str, tuple[Path, re.Match[str]]] = {}
    for file in sorted(folder.glob("*")):
        found = _NAME.fullmatch(file.name)
        if found and file.is_file():
            if found["side"] == "request":
                requests[found["stem"]] = file
            else:
                replies[found["stem"]] = (file, found)
    problems = [Problem(NO_PARTNER, Place(file.name), details={"file": file.name, "stem": stem})
                for stem, file in requests.items() if stem not in replies]
    if not replies:
        problems.append(Problem(NO_SAMPLES, details={"folder": folder.name}))
    if problems:
        raise ProblemsError(problems)
    given = []
    for stem, (file, found) in replies.items():
        body = file.read_bytes()
        names = names_in(requests[stem].read_bytes()) if stem in requests else frozenset()
        given.append(Given(stem, int(found["status"] or 200), _type(found["ending"].lower(), body), body, names))
    return Samples(given)


def names_in(body: bytes) -> frozenset[str]:
    """The names of a document: elements (also of XML inside a text) or keys, and of what says its kind the text too."""
    tree = _tree(body)
    return frozenset(_names(tree)) if tree is not None else frozenset()


def outermost(body: bytes) -> Iterator[str]:
    """What a document calls itself: its root, or the operation in a SOAP body; the texts of a JSON object's top."""
    tree = _tree(body)
    if isinstance(tree, etree._Element):
        yield _local(tree)
        if _local(tree) == "Envelope":
            yield from (_local(one) for part in tree if _local(part) == "Body" for one in part if isinstance(one.tag, str))
    elif isinstance(tree, dict):
        yield from (value for value in tree.values() if isinstance(value, str) and len(value) < 60)


def _tree(body: bytes) -> Any:
    text = body.lstrip()
    if text.startswith(b"<"):
        try:
            return etree.fromstring(text, _PARSER)
        except (etree.XMLSyntaxError, ValueError):
            return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _names(tree: Any) -> Iterator[str]:
    if isinstance(tree, etree._Element):
        for element in tree.iter():
            if not isinstance(element.tag, str):
                continue
            yield _local(element)
            text = (element.text or "").strip()
            if text.startswith("<"):
                yield from names_in(re.sub(r"^<\?xml[^>]*\?>", "", text).encode())
            elif _local(element).casefold() in ("type", "kind", "msgname"):
                yield f"={text}"
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield key
            if key.casefold() in ("type", "kind", "msgname"):
                yield f"={value}"
            yield from _names(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from _names(item)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Of all names, the part that both have; documents that say different kinds are none, and those that say the same are of one
    kind however few of its fields they share: a sample may hold what must be there, and no envelope."""
    kinds = ({name for name in names if name.startswith("=")} for names in (one, other))
    first, second = kinds
    if first and second and first != second:
        return 0.0
    shared = len(one & other) / len(one | other) if one or other else 0.0
    return MOST_ALIKE + shared / 2 if first and first == second else shared


def _type(ending: str, body: bytes) -> str:
    declared = _DECLARED.match(body[:200])
    return f"{_TYPES.get(ending, 'application/octet-stream')}; charset={declared[1].decode() if declared else 'utf-8'}"

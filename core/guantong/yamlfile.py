"""YAML with places: every key and value knows its file, line and column.

Built on PyYAML's node graph (libyaml where present). Scalars keep their source text: `01` is "01", `no`
and `null` are words; the declaration that reads them gives the type. Duplicate keys, aliases and tags
are refused, so a file means what it shows and stays bounded.
"""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from guantong.oserrors import in_words
from guantong.problems import Code, Place, Problem
from guantong.yamlwords import in_chinese, in_english, is_open, slip

NOT_YAML = Code(
    "GT001", "this is not YAML: {what}", "不是有效的 YAML：{what_zh}",
    "{remedy}", "{remedy_zh}",
)
DUPLICATE_KEY = Code(
    "GT002", "the key {key!r} stands twice (first at line {first})", "键 {key!r} 重复（首次出现在第 {first} 行）",
    "keep one of them", "请只保留一个",
)
NOT_ALLOWED = Code(
    "GT003", "{what} is not allowed here", "此处不允许使用{what_zh}",
    "write the value out in full", "请完整写出该值",
)
UNREADABLE = Code(
    "GT004", "the file cannot be read: {what}", "无法读取文件：{what_zh}",
    "check that it exists, is UTF-8 and may be read", "请确认文件存在、编码为 UTF-8 且可读",
)

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, as written. `quoted` tells `"null"` from a bare `null`."""

    value: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping of keys to values, in file order; `keys` holds where each key stands."""

    entries: dict[str, Node]
    keys: dict[str, Place]
    place: Place

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return iter(self.entries.items())

    def get(self, key: str) -> Node | None:
        return self.entries.get(key)

    def place_of(self, keys: Sequence[str], otherwise: Place) -> Place:
        """Where the value at these keys stands, as far as they lead; *otherwise* where they lead nowhere."""
        place, node = otherwise, self
        for key in keys:
            inner = node.entries.get(key)
            if inner is None:
                return place
            place = inner.place if isinstance(inner, Text) else node.keys[key]
            if not isinstance(inner, Table):
                return place
            node = inner
        return place


Node: TypeAlias = Text | Items | Table


def read_yaml(path: Path, shown: str | None = None) -> tuple[Node | None, list[Problem]]:
    """Read one file. Problems name it as *shown* (default: the path). None when it cannot be parsed."""
    name = shown or path.as_posix()
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, [unreadable(name, *too_large())]
        return parse_bytes(path.read_bytes(), name)
    except OSError as error:
        return None, [unreadable(name, *in_words(error))]


def parse_bytes(body: bytes, name: str) -> tuple[Node | None, list[Problem]]:
    """Parse the bytes of one file; problems name it as *name*."""
    body = body.removeprefix(BOM_UTF8)
    if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        words = {"what": "it is UTF-16; save it as UTF-8", "what_zh": "是 UTF-16 编码（记事本中称“Unicode”），请另存为 UTF-8"}
        return None, [Problem(UNREADABLE, Place(name, 1, 1), details=words)]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        whole = body[: error.start].decode("utf-8")
        words = {"what": "it is not UTF-8; save it as UTF-8", "what_zh": "不是 UTF-8 编码（可能是 GBK），请另存为 UTF-8"}
        return None, [Problem(UNREADABLE, _end_of(whole, name), details=words)]
    return parse_yaml(text, name)


def _end_of(text: str, name: str) -> Place:
    """The place just after *text*, which begins the file *name*."""
    return Place(name, text.count("\n") + 1, len(text) - text.rfind("\n"))


def too_large() -> tuple[str, str]:
    """Why a file of more than `MAX_BYTES` is not read, in English and Chinese."""
    return f"over {MAX_BYTES} bytes", f"超过 {MAX_BYTES} 字节"


def parse_yaml(text: str, name: str) -> tuple[Node | None, list[Problem]]:
    """Parse YAML *text*; problems name the file as *name*. An empty document is an empty table."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        # Where a colon is missing, the parser notices in the next line only.
        # Where a bracket is open, at whatever follows it.
        late = error.problem == "could not find expected ':'" or is_open(error.problem or "")
        mark = (error.context_mark if late else None) or error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        what = error.problem or "unreadable"
        last = mark.line + 1 if mark else 1
        begun = error.context_mark.line + 1 if error.context_mark else last
        likely = slip(text.splitlines(), begun, last, bracket=is_open(what))
        if likely is None:
            return None, [_not_yaml(place, in_english(what), in_chinese(what))]
        details = {"what": likely.what, "what_zh": likely.what_zh, "remedy": likely.remedy, "remedy_zh": likely.remedy_zh}
        return None, [Problem(NOT_YAML, Place(name, likely.line, likely.column), details=details)]
    except yaml.reader.ReaderError:
        odd = yaml.reader.Reader.NON_PRINTABLE.search(text)
        place = _end_of(text[: odd.start()], name) if odd else Place(name, 1, 1)
        return None, [_not_yaml(place, "a control character stands here", "含有不允许的控制字符")]
    except (yaml.YAMLError, RecursionError) as error:
        what = type(error).__name__
        return None, [_not_yaml(Place(name, 1, 1), what, what)]
    if root is None:
        return Table({}, {}, Place(name, 1, 1)), []
    problems: list[Problem] = []
    return _convert(root, name, problems, set(), 0), problems


def _not_yaml(place: Place, what: str, what_zh: str) -> Problem:
    remedy = {"remedy": "mend the file at this place", "remedy_zh": "请在此处修正文件"}
    return Problem(NOT_YAML, place, details={"what": what, "what_zh": what_zh, **remedy})


def unreadable(name: str, what: str, what_zh: str) -> Problem:
    """The problem that the file *name* cannot be read."""
    return Problem(UNREADABLE, Place(name), details={"what": what, "what_zh": what_zh})


def _aliased(place: Place, path: str = "") -> Problem:
    words = {"what": "an anchor (&name) with its alias (*name)", "what_zh": "锚点（&name）及其别名（*name）"}
    return Problem(NOT_ALLOWED, place, path, words)


def _convert(node: yaml.Node, name: str, problems: list[Problem], seen: set[int], depth: int) -> Node:
    mark = node.start_mark
    place = Place(name, mark.line + 1, mark.column + 1)
    if id(node) in seen:
        problems.append(_aliased(place))
        return Text("", place)
    seen.add(id(node))
    if depth > MAX_DEPTH:
        details = {"what": f"nesting deeper than {MAX_DEPTH}", "what_zh": f"超过 {MAX_DEPTH} 层的嵌套"}
        problems.append(Problem(NOT_ALLOWED, place, details=details))
        return Text("", place)
    if isinstance(node, yaml.ScalarNode):
        return Text(node.value, place, quoted=node.style in ("'", '"', "|", ">"))
    if isinstance(node, yaml.SequenceNode):
        return Items(tuple(_convert(item, name, problems, seen, depth + 1) for item in node.value), place)
    entries: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for key_node, value_node in node.value:
        key_place = Place(name, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        if not isinstance(key_node, yaml.ScalarNode):
            words = {"what": "a key that is not a word", "what_zh": "非文字的键"}
            problems.append(Problem(NOT_ALLOWED, key_place, details=words))
            continue
        key = key_node.value
        if key in entries:
            twice = {"key": key, "first": keys[key].line}
            problems.append(Problem(DUPLICATE_KEY, key_place, path=key, details=twice))
            continue
        if id(value_node) in seen:
            problems.append(_aliased(key_place, key))
            if isinstance(value_node, yaml.ScalarNode):
                keys[key], entries[key] = key_place, Text(value_node.value, key_place)
            continue
        keys[key] = key_place
        entries[key] = _convert(value_node, name, problems, seen, depth + 1)
    return Table(entries, keys, place)


def plain(node: Node) -> object:
    """The node as plain Python: dicts, lists and texts."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node}


def node_of(value: object) -> Node:
    """Plain Python as a node that stands nowhere: what `plain` gives back, anything but tables and lists as text."""
    nowhere = Place()
    if isinstance(value, Mapping):
        inner = {str(key): node_of(one) for key, one in value.items()}
        return Table(inner, dict.fromkeys(inner, nowhere), nowhere)
    if isinstance(value, (list, tuple)):
        return Items(tuple(node_of(one) for one in value), nowhere)
    return Text(str(value), nowhere)

"""The layout of a YAML file: which lines belong to which entry, comments included.

A file that is a block mapping is cut into entries such that their texts, put together again, are the
file: before each entry the comment lines above it, then its own text, then the comment behind it. What
is written in flow style is one text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import yaml

from guantong.yamlfile import Node, Table, parse_yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BEHIND = re.compile(r"[ \t]*(#.*)?\Z")
Inside = Literal["", "value", "fields"]
Opens = Callable[[tuple[str, ...], Node], Inside]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value. `lead` are the whole lines above it, `body` its text from the key's line on
    without the line's end, `behind` the blanks and comment that follow on its last line. An entry whose
    value is cut further (`children`) has in `body` only the lines before the first of them. `column` is
    where the value starts, counted from 0; `line` the first line of the body, from 1; `last` its last."""

    path: tuple[str, ...]
    node: Node
    lead: str
    body: str
    behind: str
    column: int
    line: int
    last: int
    children: tuple[Entry, ...] = ()
    comments: tuple[str, ...] = field(default=())

    @property
    def indent(self) -> int:
        """How many blanks stand before the key."""
        return len(self.body) - len(self.body.lstrip(" "))

    def text(self) -> str:
        """Its lines as they stand in the file."""
        return f"{self.lead}{self.body}{self.behind}\n" + "".join(child.text() for child in self.children)


@dataclass(frozen=True, slots=True)
class Layout:
    """A file cut into entries; `tail` follows the last. `entries` is None where the file cannot be cut: then
    `tail` holds its comments."""

    entries: tuple[Entry, ...] | None
    tail: str
    node: Table

    def every(self) -> Iterator[Entry]:
        """The entries and, after each, those below it."""
        yield from _walk(self.entries or ())


def cut(text: str, opens: Opens) -> Layout:
    """Cut *text*, which parses. *opens* tells of a path and its value which entries below it are wanted too:
    none, those of its value, or those of the key `fields` its value ends with. Lines end with \\n."""
    if not text.endswith("\n"):
        text += "\n"
    node, problems = parse_yaml(text, "")
    if not isinstance(node, Table) or problems:
        raise ValueError("the text must be a table without problems")
    root = yaml.compose(text, Loader=_Loader)
    if root is None:
        return Layout((), text, node)
    cutter = _Cutter(text, opens, _comments(text))
    entries = cutter.entries(root, node, (), 0)
    tail = text[cutter.at:] if entries is not None else "".join(f"{comment}\n" for _, comment in cutter.comments)
    return Layout(entries, tail, node)


def _walk(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from _walk(entry.children)


def _comments(text: str) -> list[tuple[int, str]]:
    """Every comment with its position: what stands between the tokens and begins with #."""
    found: list[tuple[int, str]] = []
    before = 0
    for token in yaml.scan(text, Loader=_Loader):
        start, end = token.start_mark.index, token.end_mark.index
        if start >= before:
            found += _between(text, before, start)
        # A block scalar's token reaches over the comment lines that follow it.
        block = isinstance(token, yaml.ScalarToken) and token.style in ("|", ">")
        before = max(before, _trimmed(text, start, end) if block else end)
    return found + _between(text, before, len(text))


def _between(text: str, start: int, end: int) -> list[tuple[int, str]]:
    return [(start + one.start(), one[0]) for one in re.finditer(r"#[^\n]*", text[start:end])]


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of a block scalar's own text, without the line end and what follows."""
    return start + len(text[start:end].rstrip("\n"))


@dataclass(slots=True)
class _Cutter:
    """Cuts from `at` on."""

    text: str
    opens: Opens
    comments: list[tuple[int, str]]
    at: int = 0

    def entries(
        self, root: yaml.Node, table: Table, above: tuple[str, ...], start: int
    ) -> tuple[Entry, ...] | None:
        """The entries of a mapping whose text begins after *start*; None where it is no plain block."""
        if not isinstance(root, yaml.MappingNode) or root.flow_style or len(root.value) != len(table.entries):
            return None
        self.at = start
        made: list[Entry] = []
        for key, value in root.value:
            begins = self.text.rfind("\n", 0, key.start_mark.index) + 1
            if begins < self.at or self.text[begins:key.start_mark.index].strip(" "):
                return None
            entry = self._entry(key, value, table.entries[key.value], (*above, key.value), begins)
            if entry is None:
                return None
            made.append(entry)
        return tuple(made)

    def _entry(
        self, key: yaml.Node, value: yaml.Node, node: Node, path: tuple[str, ...], begins: int
    ) -> Entry | None:
        lead = self.text[self.at:begins]
        inside = self._opened(key, value, node, self.opens(path, node))
        if inside is not None:
            stopped, (root, table, after) = self.at, inside
            ends = self.text.index("\n", after)
            children = self.entries(root, table, path, ends + 1)
            if children:
                body, behind = self._split(begins, ends)
                return self._made(path, node, lead, body, behind, 0, begins, ends, children)
            self.at = stopped
        ends = max(_leaf_end(value), key.end_mark.index)
        if isinstance(value, yaml.ScalarNode) and value.style in ("|", ">"):
            ends = _trimmed(self.text, begins, ends)
        bare = value.start_mark.index == value.end_mark.index
        stop = self.text.index(":", key.end_mark.index) + 1 if bare else ends
        line_ends = self.text.index("\n", stop)
        if not _BEHIND.match(self.text[stop:line_ends]):
            return None
        self.at = line_ends + 1
        column = 0 if bare or "\n" in self.text[begins:value.start_mark.index] else value.start_mark.index - begins
        return self._made(
            path, node, lead, self.text[begins:stop], self.text[stop:line_ends], column, begins, line_ends, ()
        )

    def _opened(
        self, key: yaml.Node, value: yaml.Node, node: Node, inside: Inside
    ) -> tuple[yaml.Node, Table, int] | None:
        """The mapping whose entries are the children (the value, or that of its last key `fields`), and the
        position on whose line the head ends. None where there are none, or not as a block."""
        if not inside or not isinstance(node, Table) or not isinstance(value, yaml.MappingNode) or value.flow_style:
            return None
        if inside == "value":
            return value, node, key.end_mark.index
        last_key, last = value.value[-1] if value.value else (key, value)
        inner = node.get("fields")
        if last_key.value != "fields" or not isinstance(inner, Table):
            return None
        return last, inner, last_key.end_mark.index

    def _split(self, begins: int, ends: int) -> tuple[str, str]:
        """The text and the comment behind its last line."""
        last = max((at for at, _ in self.comments if begins <= at < ends), default=-1)
        if last < 0 or "\n" in self.text[last:ends]:
            return self.text[begins:ends], ""
        body = self.text[begins:last].rstrip(" \t")
        return body, self.text[begins + len(body):ends]

    def _made(
        self, path: tuple[str, ...], node: Node, lead: str, body: str, behind: str, column: int,
        begins: int, ends: int, children: tuple[Entry, ...],
    ) -> Entry:
        within = tuple(comment for at, comment in self.comments if begins <= at < begins + len(body))
        line = self.text.count("\n", 0, begins) + 1
        return Entry(
            path, node, lead, body, behind, column, line, line + self.text[begins:ends].count("\n"), children, within
        )


def _leaf_end(node: yaml.Node) -> int:
    """Where the last scalar or flow collection of a node ends: a block's own end lies behind the comments
    that follow it."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    if isinstance(last, tuple):
        return max(_leaf_end(last[1]), int(last[0].end_mark.index))
    return _leaf_end(last)

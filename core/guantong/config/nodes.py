"""Walking and merging YAML nodes: from the path of a value to its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guantong.problems import Place
from guantong.yamlfile import Items, Node, Table, Text


@dataclass(frozen=True, slots=True)
class Found:
    """Where a path led: the deepest node it reaches, where its key stands, the path so far, and the parts
    that led nowhere."""

    node: Node
    key_place: Place
    path: tuple[str | int, ...]
    rest: tuple[str | int, ...]


def find(root: Node, loc: Sequence[str | int], key_place: Place) -> Found:
    """Follow *loc* from *root* as far as it goes. Parts that name no key or item (pydantic's names of union
    members) are passed over when a later part leads on; *key_place* is where the root's own key stands."""
    node, place = root, key_place
    path: tuple[str | int, ...] = ()
    rest: tuple[str | int, ...] = ()
    for part in loc:
        if isinstance(node, Table) and isinstance(part, str) and part in node.entries:
            place, path, rest = node.keys[part], (*path, part), ()
            node = node.entries[part]
        elif isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            place, path, rest = node.place, (*path, part), ()
        else:
            rest = (*rest, part)
    return Found(node, place, path, rest)


def dotted(parts: Sequence[str | int]) -> str:
    """`systems.approval.reply.rules[2].when`."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


NOTHING = "none"
"""What is written in place of a profile's table to do without it."""


def laid_over(below: Node | None, above: Node | None) -> Node | None:
    """As `merge`; but where *above* writes `none` for a table, the table is taken out."""
    if not isinstance(below, Table) or not isinstance(above, Table):
        return below if above is None else above
    taken_out = [key for key, value in above if text_of(value) == NOTHING and isinstance(below.get(key), Table)]
    entries, keys = dict(below.entries), dict(below.keys)
    for key, value in above:
        entries[key], keys[key] = laid_over(entries.get(key), value) or value, above.keys[key]
    return without(Table(entries, keys, above.place), *taken_out)


def merge(below: Node | None, above: Node | None) -> Node | None:
    """*above* laid over *below*: tables merge key by key, anything else is replaced. Places are kept."""
    if not isinstance(below, Table) or not isinstance(above, Table):
        return below if above is None else above
    entries, keys = dict(below.entries), dict(below.keys)
    for key, value in above:
        merged = merge(entries.get(key), value)
        entries[key] = value if merged is None else merged
        keys[key] = above.keys[key]
    return Table(entries, keys, above.place)


def only(table: Table, *names: str) -> Table:
    """The table with the keys *names* alone."""
    return without(table, *(key for key in table.entries if key not in names))


def without(table: Table, *names: str) -> Table:
    """The table without the keys *names*."""
    return Table(
        {key: value for key, value in table if key not in names},
        {key: place for key, place in table.keys.items() if key not in names},
        table.place,
    )


def text_of(node: Node | None) -> str:
    """The node's text, or nothing when it is absent or no text."""
    return node.value if isinstance(node, Text) else ""

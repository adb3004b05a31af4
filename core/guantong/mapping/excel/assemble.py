"""Rows put together as a YAML file: what a row leaves as it was keeps its very text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guantong.mapping.excel.layout import Entry, Layout
from guantong.mapping.excel.notes import lead_of, shown_behind, shown_lead, written_behind, written_lead
from guantong.mapping.excel.rows import Row, SheetKind, rows_of
from guantong.mapping.excel.values import scalar
from guantong.yamlfile import Node, Table

STEP = 2


@dataclass(slots=True)
class _Branch:
    """A row (None: a section without one) and those below it."""

    path: tuple[str, ...]
    row: Row | None = None
    below: dict[tuple[str, ...], _Branch] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        own = [self.row] if self.row else []
        return [*own, *(row for branch in self.below.values() for row in branch.rows())]


def assemble(kind: SheetKind, rows: Sequence[Row], base: Layout | None) -> str:
    """The text of a file of *rows*, which are settled; *base* is what it was before, if it was."""
    builder = _Builder(kind, {entry.path: entry for entry in base.every()} if base else {}, base)
    tree = _tree(rows)
    tail = next((row for row in rows if not row.path), None)
    text = builder.branches(tree, base.entries or () if base else (), 0)
    shown = tail.lead if tail else ""
    before = base.tail if base else ""
    return text + (before if shown == shown_lead(before) else written_lead(shown, 0, before))


def _tree(rows: Sequence[Row]) -> dict[tuple[str, ...], _Branch]:
    top: dict[tuple[str, ...], _Branch] = {}
    for row in rows:
        level = top
        for depth in range(1, len(row.path) + 1):
            path = row.path[:depth]
            branch = level.setdefault(path, _Branch(path))
            level = branch.below
        if row.path:
            branch.row = row
    return top


@dataclass(frozen=True, slots=True)
class _Builder:
    """Writes branches, looking up in `known` what they were."""

    kind: SheetKind
    known: Mapping[tuple[str, ...], Entry]
    base: Layout | None

    def branches(self, tree: Mapping[tuple[str, ...], _Branch], before: Sequence[Entry], indent: int) -> str:
        """The entries of one level; *before* are those that stood there."""
        indent = before[0].indent if before else indent
        column = _column(before) or (_fit(tree, indent) if indent else 0)
        return "".join(self._branch(branch, indent, column) for branch in tree.values())

    def _branch(self, branch: _Branch, indent: int, column: int) -> str:
        entry = self.known.get(branch.path)
        if entry is not None and not entry.children and self._as_it_was(branch, entry):
            return entry.text()
        row = branch.row or Row(branch.path, {})
        node = self._before(branch.path)
        body = self._head(row, branch, node, indent, column)
        lead, behind = written_lead(row.lead, indent), written_behind(row.note)
        children: Sequence[Entry] = ()
        if entry is not None:
            children = entry.children
            same_lead, same_note = row.lead == lead_of(entry), row.note == shown_behind(entry.behind)
            # Behind a block text no comment can stand; comments within a body are shown with those above it.
            stands = (same_note or entry.children or "\n" not in entry.body) and (same_lead or not entry.comments)
            kept = stands and self._head_kept(row, branch, entry)
            body = entry.body if kept else body
            lead = entry.lead if same_lead and (kept or not entry.comments) else written_lead(row.lead, indent, entry.lead)
            behind = entry.behind if same_note else written_behind(row.note, entry.behind)
        deeper = indent + (STEP if len(branch.path) == 1 else 2 * STEP)
        apart = branch.below and not self.kind.folds(branch.path)
        return f"{lead}{body}{behind}\n{self.branches(branch.below, children, deeper) if apart else ''}"

    def _as_it_was(self, branch: _Branch, entry: Entry) -> bool:
        """Whether an entry that is one text says what the rows say."""
        was = rows_of(self.kind, Layout((entry,), "", _alone(entry.path, entry.node)))
        return branch.rows() == was if len(entry.path) == 1 else self._same_rule(branch, entry)

    def _same_rule(self, branch: _Branch, entry: Entry) -> bool:
        """The same for a rule: its own row and those of its items, which have no lines of their own."""
        own = Row(entry.path, self.kind.cells(entry.path, entry.node), shown_behind(entry.behind), lead_of(entry))
        return branch.rows() == [own, *self._items(entry.path, entry.node)]

    def _items(self, path: tuple[str, ...], node: Node) -> list[Row]:
        below = self.kind.below(path, node)
        found: list[Row] = []
        for key, value in below or ():
            inner = (*path, key)
            found += [Row(inner, self.kind.cells(inner, value)), *self._items(inner, value)]
        return found

    def _head_kept(self, row: Row, branch: _Branch, entry: Entry) -> bool:
        """Whether the entry's own lines, without those of its children, can stay."""
        if bool(entry.children) != bool(branch.below):
            return False
        # What has items within its own text is kept whole or not at all.
        whole = not entry.children and self.kind.below(entry.path, entry.node) is not None
        return not whole and row.cells == self.kind.cells(entry.path, entry.node)

    def _before(self, path: tuple[str, ...]) -> Node | None:
        """What the value at *path* was, whether or not it had lines of its own."""
        node: Node | None = self.base.node if self.base else None
        for depth, key in enumerate(path):
            inside = self.kind.below(path[:depth], node) if depth and node is not None else node
            node = inside.get(key) if isinstance(inside, Table) else None
        return node

    def _head(self, row: Row, branch: _Branch, before: Node | None, indent: int, column: int) -> str:
        """The lines of an entry made new."""
        key = f"{' ' * indent}{scalar(branch.path[-1])}:"
        if len(branch.path) == 1:
            if branch.below:
                return key
            empty = "{}" if branch.path[0] in self.kind.sections and not row.cells else None
            return f"{key.ljust(column - 1)} {empty or self.kind.written(row.path, self.kind.file_value(row.path[0], row.cells))}"
        if branch.below and self.kind.folds(branch.path):
            value = self.kind.folded(branch.path, [one.cells for one in branch.rows()])
            return f"{key.ljust(column - 1)} {self.kind.written(row.path, value)}"
        value = self.kind.value(row.path, row.cells, before)
        if not branch.below:
            return f"{key.ljust(column - 1)} {self.kind.written(row.path, value)}"
        inner = " " * (indent + STEP)
        said = value.entries.items() if isinstance(value, Table) else ()
        lines = [f"{inner}{scalar(name)}: {self.kind.written(row.path, node)}" for name, node in said]
        return "\n".join([key, *lines, f"{inner}fields:"])


def _alone(path: tuple[str, ...], node: Node) -> Table:
    return Table({path[-1]: node}, {path[-1]: node.place}, node.place)


def _column(entries: Sequence[Entry]) -> int:
    """The column at which the values of a level start, 0 where they do not line up."""
    columns = Counter(entry.column for entry in entries if entry.column)
    if not columns:
        return 0
    column, times = columns.most_common(1)[0]
    return column if times > 1 or len(columns) == 1 else 0


def _fit(tree: Mapping[tuple[str, ...], _Branch], indent: int) -> int:
    return max((indent + len(scalar(path[-1])) + 2 for path in tree), default=0)

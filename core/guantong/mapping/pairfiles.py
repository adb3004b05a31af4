"""Pairs as they stand beside the mappings (`mappings/<dialect>/tests/*.yaml`): their declaration and reading.

A pair says that a record gives an event, an event gives a record, or both; or that one is refused, or
waits. All values are written as text and typed by the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from guantong.mapping.dialect import Dialect
from guantong.mapping.join import groups
from guantong.mapping.paircodes import PAIR_SHAPE
from guantong.mapping.ruleparts import read_need
from guantong.model import Field, Model
from guantong.model.codes import UNKNOWN_REFERENCE
from guantong.model.declaration import Key, entries, place_of, read_table, suggestion, word, words
from guantong.problems import Place, Problem
from guantong.record import Fields, Native
from guantong.yamlfile import Items, Node, Table, Text, plain, read_yaml

Direction = Literal["in", "out", "both", "reply"]
TESTS = (
    Key("tests", "any", "the pairs", "对照样例", required=True),
    Key("exempt", "table", "rules no pair can notice, each with its reason", "无法由样例发现的规则及原因"),
)
PAIR = (
    Key("name", "text", "what it shows", "说明", required=True),
    Key("direction", "text", "which way (default: both, or what the pair has)", "方向", choices=("in", "out", "both", "reply")),
    Key("context", "table", "facts of system:, site: and case:", "上下文"),
    Key("record", "table", "the native record", "原始报文"),
    Key("event", "any", "the event, or a list of them", "过程信息"),
    Key("unread", "texts", "source fields that stay unread", "未读取的字段"),
    Key("refused", "table", "path: problem code; it is refused for exactly these", "拒绝：路径与错误代码"),
    Key("awaits", "table", "path: and wait:, or events: what of the case it waits for", "等待的办件信息"),
)
RECORD = (
    Key("kind", "text", "the native record kind", "报文类型"),
    Key("fields", "table", "native path: text, nested as in the record", "字段", required=True),
)
EVENT = (
    Key("name", "text", "the canonical event", "过程信息", required=True),
    Key("values", "table", "canonical path: text", "字段值", required=True),
)
AWAITS = (
    Key("path", "text", "the canonical path", "标准路径"),
    Key("wait", "text", "how long: 10m", "等待时长"),
    Key("events", "texts", "instead: the events that the record joins and that are not there", "或：尚缺的合并过程信息"),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """An event of a pair: its name, and its values in the types of the model."""

    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair. `refused` are the problems expected (path, code) instead of the other side; `awaits` the path
    of the case waited for and the seconds; or the events that its record waits for, and 0. `places` are those of the expected values by path."""

    dialect: str
    name: str
    direction: Direction
    place: Place
    context: Mapping[str, Any] = field(default_factory=dict)
    kind: str = ""
    fields: Fields = field(default_factory=dict)
    events: tuple[Expected, ...] = ()
    unread: tuple[str, ...] = ()
    refused: frozenset[tuple[str, str]] = frozenset()
    awaits: tuple[str, int] | None = None
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """`rongcheng: 申办 application`."""
        return f"{self.dialect}: {self.name}"

    @property
    def record(self) -> Native:
        """The native record."""
        return Native(self.kind, self.fields)

    @property
    def inward(self) -> bool:
        """Whether the record is read."""
        return self.direction in ("in", "both")

    @property
    def outward(self) -> bool:
        """Whether the event is written."""
        return self.direction in ("out", "both")

    def together(self, dialect: Dialect) -> list[tuple[str, dict[str, Mapping[str, Any]]]]:
        """The events, those that *dialect* joins into one record together (see `groups`)."""
        return groups(dialect.joins, [(one.name, one.values) for one in self.events])


@dataclass(frozen=True, slots=True)
class Exemption:
    """A rule that no pair can notice, and why."""

    rule: str
    why: str
    place: Place


def load_pairs(folder: Path, model: Model, shown: str) -> tuple[list[Pair], list[Exemption], list[Problem]]:
    """The pairs and exemptions of the dialect in *folder*, whose files are named from *shown* on, and every
    mistake in them."""
    pairs: list[Pair] = []
    exempt: list[Exemption] = []
    problems: list[Problem] = []
    for file in sorted((folder / "tests").glob("*.yaml")):
        node, found = read_yaml(file, f"{shown}/tests/{file.name}")
        problems += found
        if node is None:
            continue
        said = read_table(node, TESTS, problems)
        reader = _Reader(folder.name, model, problems)
        pairs += reader.pairs(said.get("tests"))
        exempt += [Exemption(rule, word(why), place) for rule, place, why in entries(said.get("exempt"))]
    return pairs, exempt, problems


def translating_pairs(dialect: Dialect, dialects: Mapping[str, Dialect], model: Model, shown: str) -> tuple[list[Pair], list[Problem]]:
    """The pairs of *dialect* and of those it extends that translate (not those refused, waiting, or of replies), and
    the mistakes in them. Files are named from *shown*, the folder of the dialects, on."""
    pairs: list[Pair] = []
    problems: list[Problem] = []
    one: Dialect | None = dialect
    while one is not None:
        found, _, wrong = load_pairs(one.folder, model, f"{shown}/{one.name}")
        pairs += [pair for pair in found if not pair.refused and pair.awaits is None and pair.direction != "reply"]
        problems += wrong
        one = dialects.get(one.extends) if one.extends else None
    return pairs, problems


@dataclass(frozen=True, slots=True)
class _Reader:
    dialect: str
    model: Model
    problems: list[Problem]

    def pairs(self, node: Node | None) -> Iterator[Pair]:
        for item in node.items if isinstance(node, Items) else (node,) if node is not None else ():
            found = self._pair(item)
            if found is not None:
                yield found

    def _pair(self, node: Node) -> Pair | None:
        before = len(self.problems)
        said = read_table(node, PAIR, self.problems)
        record = read_table(said["record"], RECORD, self.problems, "record") if "record" in said else {}
        given = said.get("event")
        events = [made for item in _several(given) if (made := self._event(item)) is not None]
        direction = self._direction(said, node.place)
        if direction is None or len(self.problems) > before:
            return None
        places = {"": node.place}
        for table in (record.get("fields"), *(item.get("values") for item in _several(given) if isinstance(item, Table))):
            places |= {name: place for name, place, _ in entries(table)}
        return Pair(
            self.dialect, word(said.get("name")), direction, node.place, self._context(said.get("context")),
            word(record.get("kind")), cast("Fields", plain(record["fields"])) if "fields" in record else {},
            tuple(events), tuple(text.value for text in words(said.get("unread"))),
            frozenset((path, word(code)) for path, _, code in entries(said.get("refused"))),
            self._awaits(said.get("awaits")), places,
        )

    def _direction(self, said: Mapping[str, Node], place: Place) -> Direction | None:
        """What the pair says, or where it has one side only, the way from there."""
        sides = {"record", "event"} & said.keys()
        alone = "refused" in said or "awaits" in said
        if not sides or (len(sides) == 1) != alone or {"refused", "awaits"} <= said.keys():
            self.problems.append(Problem(PAIR_SHAPE, place, details={
                "what": "has `record` and `event`, or one of them and `refused` or `awaits`",
                "what_zh": "应有 record 与 event，或其中之一加 refused 或 awaits"}))
            return None
        way = "in" if sides == {"record"} else "out" if sides == {"event"} else "both"
        direction = word(said.get("direction"), way)
        if alone and direction != way:
            self.problems.append(Problem(PAIR_SHAPE, place_of(said.get("direction")), "direction", {
                "what": f"with only this side goes {way}", "what_zh": f"只有这一侧时方向应为 {way}"}))
        return cast("Direction", direction)

    def _event(self, node: Node) -> Expected | None:
        said = read_table(node, EVENT, self.problems, "event")
        if "name" not in said:
            return None
        name = word(said["name"])
        declared = self.model.events.get(name)
        if declared is None:
            self._unknown("event", "过程信息", name, said["name"].place, "event.name", self.model.events)
            return None
        return Expected(name, self._values(said.get("values"), declared.fields, "event.values"))

    def _values(self, node: Node | None, fields: Mapping[str, Field], where: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for path, place, value in entries(node):
            declared = fields.get(path)
            if declared is None:
                self._unknown("field", "字段", path, place, f"{where}.{path}", fields)
            elif declared.type == "list":
                items = value.items if isinstance(value, Items) else (value,)
                made[path] = [self._values(item, declared.fields, f"{where}.{path}") for item in items]
            else:
                made[path] = _typed(value, declared)
        return made

    def _unknown(
        self, what: str, what_zh: str, came: str, place: Place, where: str, known: Mapping[str, Any]
    ) -> None:
        details = {"what": what, "what_zh": what_zh, "came": came, **suggestion(came, known)}
        self.problems.append(Problem(UNKNOWN_REFERENCE, place, where, details))

    def _context(self, node: Node | None) -> dict[str, Any]:
        context: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
        for scope, _, facts in entries(node):
            context[scope] = {
                path: _typed(value, self.model.field(path) if scope == "case" else None)
                for path, _, value in entries(facts)
            }
        return context

    def _awaits(self, node: Node | None) -> tuple[str, int] | None:
        if node is None:
            return None
        said = read_table(node, AWAITS, self.problems, "awaits")
        if said.keys() not in ({"path", "wait"}, {"events"}):
            self.problems.append(Problem(PAIR_SHAPE, node.place, "awaits", {
                "what": "awaits `path` and `wait`, or `events`", "what_zh": "的 awaits 应写 path 与 wait，或 events"}))
            return None
        if "events" in said:
            return ", ".join(sorted(text.value for text in words(said["events"]))), 0
        need = read_need(Table({"wait": said["wait"]}, {"wait": node.place}, node.place), self.problems, "awaits")
        return (word(said.get("path")), need.wait) if need is not None else None


def _several(node: Node | None) -> tuple[Node, ...]:
    return tuple(node.items) if isinstance(node, Items) else (node,) if node is not None else ()


def _typed(node: Node, declared: Field | None) -> Any:
    """A text of a pair in the type of the model. What does not fit stays text, and will differ."""
    text = node.value if isinstance(node, Text) else plain(node)
    kind = declared.type if declared is not None else "text"
    if kind == "integer" and isinstance(text, str) and text.removeprefix("-").isdecimal():
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text

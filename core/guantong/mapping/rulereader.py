"""Reading rules: one rule's node, in one direction, held to the model and resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from guantong.function import Call, FunctionSpec
from guantong.mapping.codes import (
    BAD_OTHERWISE,
    BAD_VALUE,
    LOSSY,
    NO_TARGET,
    NO_WHY,
    NOT_A_LIST,
)
from guantong.mapping.dates import DateFormat
from guantong.mapping.declaration import IN_OUT, RULE
from guantong.mapping.hardcoded import warn_of_business_data
from guantong.mapping.rulekeys import codes_are_read, keys_count, type_fits
from guantong.mapping.ruleorder import reading_order
from guantong.mapping.ruleparts import (
    check_native_paths,
    may_come,
    native_path,
    read_charset,
    read_conditions,
    read_formats,
    read_functions,
    read_need,
    read_source,
    steps,
)
from guantong.mapping.rules import KEPT, CodeTable, Limit, Manners, NativePath, Rule, Source
from guantong.mapping.scalars import read_boolean, read_integer, read_money
from guantong.mapping.tables import BOOLEAN_WORDS, read_code_table
from guantong.model import Field, FieldType, Model
from guantong.model.codes import NOT_FOR_TYPE, UNKNOWN_REFERENCE
from guantong.model.declaration import entries, place_of, read_table, suggestion, word, words
from guantong.problems import Place, Problem
from guantong.yamlfile import Items, Node, Table, Text

Direction = Literal["in", "out", "reply"]
_UNKNOWN = Field("", "text", "", "", personal="sensitive")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a dialect gives to its rules: the model, functions, its code tables by name, its manners, and the names of
    the fields its codec writes as numbers and as booleans (`switches`)."""

    model: Model
    functions: Mapping[str, FunctionSpec]
    table: Callable[[str], Node | None]
    tables: Callable[[], list[str]]
    manners: Manners
    times: tuple[DateFormat, ...]
    days: tuple[DateFormat, ...]
    measure: str
    numbers: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RuleReader:
    """Reads the rules of one mapping in one direction. `fields` are the event's (or a list's item's)
    fields, or those of all joined events; `both` says that the rule serves both directions, so what it loses must be
    declared."""

    around: Surroundings
    fields: Mapping[str, Field]
    direction: Direction
    problems: list[Problem]
    inside: bool = False
    joined: bool = False

    def rule(self, name: str, place: Place, node: Node, where: str, *, both: bool) -> Rule | None:
        """The rule under key *name*: a canonical path, or for rules under `out:` a native path."""
        before = len(self.problems)
        found = read_table(_as_table(node, self.direction, both), RULE, self.problems, where)
        if len(self.problems) > before and not {"at", "each", "from", "value"} & found.keys():
            return None  # a misspelt key was named: that it is missing goes without saying
        native_key = self.direction == "out" and not both
        sources = self._sources(found.get("from"), where, both=both)
        declared: Field | None
        at: tuple[NativePath, ...]
        if native_key:
            path = next((source.path for source in sources if source.scope == "own"), "")
            declared = self._declared_source(sources)
            at = (native_path(name),)
        else:
            path = name
            declared = self._declared(name, place, where)
            named = words(found.get("at") or found.get("each"))
            check_native_paths(named, self.problems, where, inside=self.inside)
            at = tuple(native_path(text.value) for text in named)
            if self.direction == "out" and Source("own", name) not in sources:
                sources = (Source("own", name), *sources)
        if declared is None:
            return None
        kind = cast("FieldType", word(found.get("type"), declared.type))
        type_fits(kind, declared, found.get("type"), where, self.problems)
        if not self._well_formed(found, native_key, declared, kind, where, place, at, sources):
            return None
        if kind == "list":
            keys_count(found, kind, None, where, self.problems, both=both)
            return self._list(found, declared, at, sources, where, place, both=both)
        table = self._table(found.get("codes"), declared, kind, where)
        calls = read_functions(words(found.get("via")), self.around.functions, self.problems, f"{where}.via")
        formats = self._formats(found, kind, where)
        keys_count(found, kind, table, where, self.problems, both=both)
        for key in ("default", "value"):
            warn_of_business_data(found.get(key), f"{where}.{key}", self.problems)
        default, fill = self._canonical(found.get("default"), kind, declared, f"{where}.default"), self._fill(found.get("empty"))
        if self.direction != "out":
            hollow = {*self.around.manners.nulls, fill or ""}
            codes_are_read(table, hollow, default, where, self.problems)
        if self.direction == "out":
            may_come(sources, found.get("need"), self.problems, where, joined=self.joined)
        if both and self.direction == "in":
            self._losses(found, calls, formats, kind, where, place)
        return Rule(
            path=path, type=kind, at=at, place=place, sources=sources,
            value=self._fixed(found, kind, declared, where, native_key), table=table,
            otherwise=self._otherwise(found.get("otherwise"), table, declared, where),
            waits=self._waits(found.get("otherwise")), formats=formats,
            default=default, fill=fill,
            via=steps(calls, undo=both and self.direction == "out"), limit=self._limit(found, where),
            when=self._when(found, where), need=read_need(found.get("need"), self.problems, f"{where}.need"),
            required=word(found.get("required")) == "true" or (declared.required and self.direction == "in"),
            strict=word(found.get("strict")) == "true" or declared.strict,
            personal=declared.personal != "none", lossy=word(found.get("lossy")),
        )

    def _declared(self, name: str, place: Place, where: str) -> Field | None:
        declared = self.fields.get(name)
        if declared is None:
            details = {"what": "field", "what_zh": "字段", "came": name, **suggestion(name, self.fields)}
            self.problems.append(Problem(UNKNOWN_REFERENCE, place, where, details))
        return declared

    def _declared_source(self, sources: tuple[Source, ...]) -> Field:
        for source in sources:
            declared = self.fields.get(source.path) if source.scope == "own" else None
            declared = declared or (self.around.model.field(source.path) if source.scope == "case" else None)
            if declared is not None:
                return declared
        return _UNKNOWN

    def _well_formed(
        self, found: Mapping[str, Node], native_key: bool, declared: Field, kind: FieldType, where: str,
        place: Place, at: tuple[NativePath, ...], sources: tuple[Source, ...],
    ) -> bool:
        if ("each" in found) != (declared.type == "list") and not native_key:
            what, what_zh = (
                ("is a list", "是列表") if declared.type == "list" else ("is not a list", "不是列表"))
            details = {"path": declared.path, "what": what, "what_zh": what_zh}
            self.problems.append(Problem(NOT_A_LIST, place, where, details))
            return False
        for key, types in (("format", ("date", "datetime")), ("fields", ("list",))):
            if key in found and kind not in types:
                details = {"key": key, "type": kind}
                self.problems.append(Problem(NOT_FOR_TYPE, place_of(found[key]), f"{where}.{key}", details))
        if not at or (native_key and not sources and "value" not in found):
            if "from" in found or "value" in found:
                return bool(sources) or "value" in found
            what = "`from:` or `value:`" if native_key else "`at:`"
            self.problems.append(Problem(NO_TARGET, place, where, {"what": what}))
            return False
        return True

    def _sources(self, node: Node | None, where: str, *, both: bool) -> tuple[Source, ...]:
        """What `from:` names. In a rule for both directions, inward only facts of system and site count."""
        outward = self.direction == "out" or both
        scopes = ("case", "system", "site") if outward else ("system", "site")
        own = self.fields if outward else {}
        found = [read_source(text, own, scopes, self.problems, f"{where}.from") for text in words(node)]
        for text, source in zip(words(node), found, strict=True):
            if source is not None and source.scope == "case":
                self._known_of_case(text, source, f"{where}.from")
        return tuple(
            source for source in found
            if source is not None and (self.direction == "out" or source.scope in ("system", "site"))
        )

    def _known_of_case(self, text: Text, source: Source, where: str) -> None:
        """What earlier events of the case may say is what the model knows of any event."""
        if self.around.model.field(source.path) is None:
            known = suggestion(source.path, self.around.model.paths())
            details = {"what": "field", "what_zh": "字段", "came": source.path, **known}
            self.problems.append(Problem(UNKNOWN_REFERENCE, text.place, where, details))

    def _when(self, found: Mapping[str, Node], where: str) -> tuple[Any, ...]:
        scopes = ("case", "system", "site") if self.direction == "out" else ("system", "site")
        listed = {name: codes.words for name, codes in self.around.model.codes.items()}
        return read_conditions(found.get("when"), self.fields, scopes, self.problems, f"{where}.when", listed)

    def _list(
        self, found: Mapping[str, Node], declared: Field, at: tuple[NativePath, ...],
        sources: tuple[Source, ...], where: str, place: Place, *, both: bool,
    ) -> Rule:
        inner = RuleReader(self.around, declared.fields, self.direction, self.problems, inside=True)
        rules = [
            rule
            for name, key_place, value in entries(found.get("fields"))
            if (rule := inner.rule(name, key_place, value, f"{where}.fields.{name}", both=both)) is not None
        ]
        if self.direction != "out":
            rules = reading_order(rules, self.problems, f"{where}.fields")
        return Rule(
            path=declared.path, type="list", at=at, place=place, sources=sources, fields=tuple(rules),
            when=self._when(found, where), lossy=word(found.get("lossy")),
            required=word(found.get("required")) == "true" or (declared.required and self.direction == "in"),
            personal=declared.personal != "none",
        )

    def _table(self, node: Node | None, declared: Field, kind: FieldType, where: str) -> CodeTable | None:
        if node is None:
            return self._same_words(declared, kind)
        path = f"{where}.codes"
        known = self.around.model.codes.get(declared.codes or "")
        if kind == "boolean":
            known = BOOLEAN_WORDS
        inward = self.direction != "out"
        if isinstance(node, Text):
            table = self.around.table(node.value)
            if table is None:
                details = {"what": "code table", "what_zh": "代码表", "came": node.value,
                           **suggestion(node.value, self.around.tables())}
                self.problems.append(Problem(UNKNOWN_REFERENCE, node.place, path, details))
                return None
            return read_code_table(node.value, table, known, self.problems, inward=inward, path=f"codes.{node.value}")
        return read_code_table(declared.path, node, known, self.problems, inward=inward, path=path)

    def _same_words(self, declared: Field, kind: FieldType) -> CodeTable | None:
        """A code without a table is written as the canonical word, and only such words are read."""
        known = self.around.model.codes.get(declared.codes or "") if kind == "code" else None
        if known is None:
            return None
        same = {name: name for name in known.words}
        return CodeTable(known.name, same, same, {})

    def _otherwise(self, node: Node | None, table: CodeTable | None, declared: Field, where: str) -> str | None:
        path = f"{where}.otherwise"
        listed = self.around.model.codes.get(declared.codes or "")
        inward = self.direction != "out"
        side = node.get("in" if inward else "out") if isinstance(node, Table) else node
        if table is not None and listed is None and word(side) == "keep":
            return KEPT
        if isinstance(node, Table):
            given = read_table(node, IN_OUT, self.problems, path).get("in" if inward else "out")
            node, said = given, word(given)
            known = {*table.written, *(listed.words if listed else ()), "", "park", "wait"} if table else {said}
            if inward and said not in known:
                self.problems.append(Problem(BAD_OTHERWISE, place_of(given), path, {"came": said}))
        else:
            said = word(node)
            if table is not None and said and said not in ("park", "wait"):
                canonical = said if said in table.written else table.read.get(said)
                if canonical is None:
                    self.problems.append(Problem(BAD_OTHERWISE, place_of(node), path, {"came": said}))
                else:
                    said = canonical if inward else table.written[canonical]
        return None if said in ("", "park", "wait") else said

    def _waits(self, node: Node | None) -> bool:
        """Whether a code without translation waits for its row, in this direction."""
        side = "out" if self.direction == "out" else "in"
        return word(node.get(side) if isinstance(node, Table) else node) == "wait"

    def _formats(self, found: Mapping[str, Node], kind: FieldType, where: str) -> tuple[DateFormat, ...]:
        if kind not in ("date", "datetime"):
            return ()
        given = read_formats(words(found.get("format")), kind, self.problems, f"{where}.format")
        return given or (self.around.days if kind == "date" else self.around.times)

    def _losses(
        self, found: Mapping[str, Node], calls: tuple[Call, ...], formats: tuple[DateFormat, ...],
        kind: FieldType, where: str, place: Place,
    ) -> None:
        if "lossy" not in found and kind == "datetime" and formats and not formats[0].time:
            details = {"what": f"{formats[0].pattern} has no seconds", "what_zh": f"{formats[0].pattern} 不含秒"}
            at = found["format"].place if "format" in found else place
            self.problems.append(Problem(LOSSY, at, where, details))
        if "lossy" in found and "exact" in found:
            details = {"key": "exact", "type": "lossy"}
            self.problems.append(Problem(NOT_FOR_TYPE, place_of(found["exact"]), f"{where}.exact", details))
        for call in calls:
            if call.inverse is None and word(found.get("exact")) == "true":
                details = {"what": f"{call.spec.name} cannot be undone", "what_zh": f"{call.spec.name} 不可逆"}
                self.problems.append(Problem(LOSSY, place, where, details))

    def _fixed(
        self, found: Mapping[str, Node], kind: FieldType, declared: Field, where: str, native_key: bool
    ) -> Any:
        node = found.get("value")
        if node is None:
            return None
        if "why" not in found:
            self.problems.append(Problem(NO_WHY, node.place, where))
        return word(node) if native_key else self._canonical(node, kind, declared, f"{where}.value")

    def _canonical(self, node: Node | None, kind: FieldType, declared: Field, where: str) -> Any:
        """A canonical value written in a mapping (`default:`, `value:`)."""
        if not isinstance(node, Text):
            return None
        text = node.value
        value: Any = text
        expected = "a value of its type"
        if kind == "integer":
            value, expected = read_integer(text), "a whole number"
        elif kind == "money":
            value, expected = read_money(text), "an amount: 120.50"
        elif kind == "boolean":
            value, expected = read_boolean(text), "true or false"
        elif kind in ("date", "datetime"):
            pattern = "yyyy-MM-dd" if kind == "date" else "iso"
            formats = read_formats((Text(pattern, node.place),), kind, self.problems, where)
            value, expected = formats[0].read(text), f"it as in {pattern}"
        elif kind == "code" and declared.codes is not None and declared.codes in self.around.model.codes:
            known = self.around.model.codes[declared.codes].words
            value, expected = (text if text in known else None), f"one of {', '.join(known)}"
        if value is None:
            details = {"came": text, "type": kind, "expected": expected}
            self.problems.append(Problem(BAD_VALUE, node.place, where, details))
        return value

    def _fill(self, node: Node | None) -> str | None:
        if node is None:
            return self.around.manners.absent
        return None if word(node) == "omit" else word(node)

    def _limit(self, found: Mapping[str, Node], where: str) -> Limit | None:
        node = found.get("max_bytes")
        if node is None or self.direction != "out":
            return None
        charset = read_charset(found.get("charset"), self.problems, f"{where}.charset")
        over = cast("Literal['reject', 'cut']", word(found.get("over"), "reject"))
        return Limit(int(word(node)), charset or self.around.measure, over)


def _as_table(node: Node, direction: Direction, both: bool) -> Node:
    """The short forms: `path: NATIVE` (or a list of aliases), and under `out:` `NATIVE: path`."""
    if isinstance(node, (Text, Items)):
        key = "from" if direction == "out" and not both else "at"
        return Table({key: node}, {key: node.place}, node.place)
    return node

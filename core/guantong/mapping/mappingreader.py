"""Reading one (merged) mapping file: its two lists of rules, its reply, what it recognises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count

from guantong.mapping.codes import DATE_UNSURE, TWICE
from guantong.mapping.declaration import CONSTANT, MAPPING, RECORD
from guantong.mapping.eras import dated_rules
from guantong.mapping.hardcoded import warn_of_business_data
from guantong.mapping.joinreader import ambiguities, read_join
from guantong.mapping.layers import amend
from guantong.mapping.rulekeys import directions_fit
from guantong.mapping.ruleorder import reading_order
from guantong.mapping.ruleparts import check_native_paths, native_path, read_conditions
from guantong.mapping.rulereader import RuleReader, Surroundings
from guantong.mapping.rules import MappingPlan, NativePath, Rule
from guantong.mapping.wholenumbers import is_typed, mark_numbers
from guantong.model import EventModel, Field
from guantong.model.codes import MISSING_KEY, UNKNOWN_REFERENCE
from guantong.model.declaration import entries, read_table, suggestion, word, words, wrong_shape
from guantong.problems import Place, Problem
from guantong.yamlfile import Node, Table, Text


@dataclass(frozen=True, slots=True)
class MappingReader:
    """Reads the mapping files of one dialect."""

    around: Surroundings
    problems: list[Problem]

    def read(self, name: str, node: Table) -> MappingPlan | None:
        """The mapping *name* (its file's stem), or None where it names no event of the model."""
        found = read_table(node, MAPPING, self.problems)
        joined = read_join(node, found, self.around.model, self.problems) if "join" in found else None
        event = joined.event if joined is not None else self._event(found, node)
        if event is None:
            return None
        kinds_in, kind_out = self._record(found.get("record"))
        constants = self._constants(found.get("constants"))
        for section in ("in", "out", "reply"):
            directions_fit(section, found.get(section), self.problems)
        self._native_names(found)
        readable = joined.readable if joined is not None else event.fields
        read_in, outward = self._inward(found, event, constants), _numbered(self._outward(found, readable, joined=joined is not None))
        read_back = self._reply(found.get("reply"), event)
        dated = event.dated if dated_rules([*read_in, *outward, *read_back]) else ()
        inward = _numbered(reading_order(_dates_first(read_in, dated), self.problems, "fields"))
        reply = _numbered(reading_order(_dates_first(read_back, dated), self.problems, "reply"))
        for rules in (inward, reply):
            self._date_is_sure(rules, dated)
        self._written_once(outward)
        if joined is not None:
            self.problems.extend(ambiguities(joined, outward))
        listed = {list_name: codes.words for list_name, codes in self.around.model.codes.items()}
        match = tuple(
            (native_path(path), frozenset(text.value for text in words(value)))
            for path, _, value in entries(found.get("match"))
        )
        when = read_conditions(
            found.get("when"), readable, ("case", "system", "site"), self.problems, "when", listed
        )
        around = self.around
        outward = mark_numbers(outward, around.numbers)
        return MappingPlan(
            name=name, event=event.name, kinds_in=kinds_in if inward else (), kind_out=kind_out if outward else "",
            match=match, when=when, inward=inward, outward=outward, reply=reply,
            ignored=tuple(native_path(text.value) for text in words(found.get("ignored"))),
            constants={native_path(key): word(value) for key, (value, _) in constants.items()}, dated=dated,
            place=node.place,
            join=joined.join if joined is not None else None,
            typed=is_typed(outward, around.numbers | around.switches),
        )

    def _event(self, found: dict[str, Node], file: Table) -> EventModel | None:
        node = found.get("event")
        if node is None:
            if not {"event", "join"} & file.entries.keys():
                details = {"key": "event", "what": "the canonical event", "what_zh": "过程信息"}
                self.problems.append(Problem(MISSING_KEY, file.place, details=details))
            return None
        event = self.around.model.events.get(word(node))
        if event is None:
            details = {"what": "event", "what_zh": "过程信息", "came": word(node),
                       **suggestion(word(node), self.around.model.events)}
            self.problems.append(Problem(UNKNOWN_REFERENCE, node.place, "event", details))
        return event

    def _record(self, node: Node | None) -> tuple[tuple[str, ...], str]:
        if isinstance(node, Table):
            found = read_table(node, RECORD, self.problems, "record")
            return tuple(text.value for text in words(found.get("in"))), word(found.get("out"))
        kinds = tuple(text.value for text in words(node))
        return kinds, kinds[0] if kinds else ""

    def _constants(self, node: Node | None) -> dict[str, tuple[Node, Place]]:
        constants: dict[str, tuple[Node, Place]] = {}
        for name, place, value in entries(node):
            fixed = read_table(value, CONSTANT, self.problems, f"constants.{name}")
            if "value" in fixed:
                warn_of_business_data(fixed["value"], f"constants.{name}.value", self.problems)
                constants[name] = (fixed["value"], place)
        return constants

    def _inward(
        self, found: dict[str, Node], event: EventModel, constants: dict[str, tuple[Node, Place]]
    ) -> list[Rule]:
        reader = RuleReader(self.around, event.fields, "in", self.problems)
        given = {name: (place, value) for name, place, value in entries(found.get("in"))}
        rules: list[Rule | None] = []
        for name, place, node in entries(found.get("fields")):
            if name in given:
                own_place, over = given.pop(name)
                rules.append(reader.rule(name, own_place, amend(node, over), f"in.{name}", both=False))
            else:
                rules.append(reader.rule(name, place, node, f"fields.{name}", both=True))
        rules += [reader.rule(name, place, node, f"in.{name}", both=False) for name, (place, node) in given.items()]
        return [self._filled(rule, constants) for rule in rules if rule is not None]

    def _filled(self, rule: Rule, constants: dict[str, tuple[Node, Place]]) -> Rule:
        """A rule that reads a constant's field takes the constant where the record leaves it empty."""
        for at in rule.at:
            constant = constants.get("/".join(at))
            if constant is not None and rule.default is None and rule.type != "list":
                return replace(rule, default=word(constant[0]) or None)
        return rule

    def _outward(self, found: dict[str, Node], fields: Mapping[str, Field], *, joined: bool) -> list[Rule]:
        # Rules read again in this direction would say their mistakes twice: only new ones are kept.
        heard: list[Problem] = []
        reader = RuleReader(self.around, fields, "out", heard, joined=joined)
        given = {name: (place, value) for name, place, value in entries(found.get("out"))}
        fixed = {name for name, _, _ in entries(found.get("constants"))}
        rules: list[Rule | None] = []
        for name, place, node in entries(found.get("fields")):
            native = _written(node)
            if native in given:
                own_place, over = given.pop(native)
                alone = amend(node, over) is over
                where = f"out.{native}"
                key = native if alone else name
                rules.append(reader.rule(key, own_place, amend(node, over), where, both=not alone))
            elif native not in fixed:
                rules.append(reader.rule(name, place, node, f"fields.{name}", both=True))
        rules += [reader.rule(name, place, node, f"out.{name}", both=False) for name, (place, node) in given.items()]
        told = {problem.identity for problem in self.problems}
        self.problems.extend(problem for problem in heard if problem.identity not in told)
        made = [rule for rule in rules if rule is not None and rule.at]
        for name, place, node in entries(found.get("constants")):
            value = word(node.get("value") if isinstance(node, Table) else None)
            made.append(Rule(path="", type="text", at=(native_path(name),), place=place, value=value))
        return made

    def _reply(self, node: Node | None, event: EventModel) -> list[Rule]:
        reader = RuleReader(self.around, event.fields, "reply", self.problems)
        rules = (reader.rule(name, place, value, f"reply.{name}", both=False) for name, place, value in entries(node))
        return [rule for rule in rules if rule is not None]

    def _date_is_sure(self, rules: tuple[Rule, ...], dated: tuple[str, ...]) -> None:
        """The fields that choose rows are read before all others, so under no condition."""
        using = dated_rules(rules)
        for rule in rules:
            if using and rule.path in dated and rule.when:
                details = {"path": rule.path, "table": using[0].table.name if using[0].table else ""}
                self.problems.append(Problem(DATE_UNSURE, rule.place, rule.path, details))

    def _native_names(self, found: dict[str, Node]) -> None:
        """The native paths that stand as keys, and those of `ignored:`."""
        for section in ("out", "constants", "match"):
            texts = (Text(name, place) for name, place, _ in entries(found.get(section)))
            check_native_paths(texts, self.problems, section, inside=False)
        check_native_paths(words(found.get("ignored")), self.problems, "ignored", inside=False)
        for name, _, value in entries(found.get("match")):
            if not words(value):
                self.problems.append(wrong_shape(value, "texts", f"match.{name}"))

    def _written_once(self, rules: tuple[Rule, ...]) -> None:
        """No native field is written twice, nor as a text where another rule writes inside it."""
        seen: dict[NativePath, Rule] = {}
        for rule in rules:
            path = rule.at[0]
            if self.around.manners.fold:
                path = tuple(part.casefold() for part in path)
            other = seen.get(path) or next(
                (seen[known] for known in seen if known[: len(path)] == path or path[: len(known)] == known), None
            )
            if other is not None and not (rule.when or other.when):
                details = {"native": rule.native, "line": other.place.line}
                self.problems.append(Problem(TWICE, rule.place, rule.path, details))
            seen.setdefault(path, rule)


def _dates_first(rules: list[Rule], dated: tuple[str, ...]) -> list[Rule]:
    """The rules with the event's date first, for it chooses the rows of code tables."""
    return sorted(rules, key=lambda rule: dated.index(rule.path) if rule.path in dated else len(dated))


def _written(node: Node) -> str:
    """The native path a `fields:` rule writes."""
    at = words((node.get("at") or node.get("each")) if isinstance(node, Table) else node)
    return at[0].value if at else ""


def _numbered(rules: list[Rule]) -> tuple[Rule, ...]:
    """The rules with their bits numbered, those of a list's items after the list's own."""
    counter = count()

    def number(rule: Rule) -> Rule:
        bit = next(counter)
        return replace(rule, bit=bit, fields=tuple(number(item) for item in rule.fields))

    return tuple(number(rule) for rule in rules)



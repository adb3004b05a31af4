"""Generating the function that reads a native record: one straight line of code for a mapping's rules.

It handles the common case of every rule and raises `Odd` for the rest (a wrong value, a missing required
one): the interpreter then takes the whole record, so what is said here must agree with `interpret`.
Local names: `v` values, `g` the record's `get`, `k` fired bits, `u` names left unread (None: none yet).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from guantong.mapping.convert import to_canonical
from guantong.mapping.emit import Emitter, Odd
from guantong.mapping.outcome import Translated
from guantong.mapping.rules import NOTHING, Manners, MappingPlan, NativePath, Rule
from guantong.mapping.scalars import HOLDS, read_identity, read_money
from guantong.mapping.unread import Level, UnreadFields

SMALL = {str(number): number for number in range(1000)}
SWITCH = {"1": True, "0": False}
_money = lru_cache(maxsize=4096)(read_money)


def generate_inward(plan: MappingPlan, manners: Manners, plan_hash: str) -> Emitter:
    """The source and globals of `inward(f, c)`: record and context → `Translated`."""
    out = Emitter()
    unread = UnreadFields(plan, plan.inward, manners)
    out.globals |= {"new": tuple.__new__, "Translated": Translated, "unread": unread.of, "nothing": NOTHING}
    with out.block("def inward(f, c):"):
        out.line("g = f.get; v = {}; k = 0; u = None")
        level = _Level(out, manners, "f", "g", "v", unread.known, "")
        level.objects(unread.known, ())
        level.rules(plan.inward)
        for at, value in unread.loose.items():
            with out.block(f"if g({at!r}) not in {out.constant('N', manners.nulls | {None, value})}:"):
                out.line("u = u or []")
        out.line(f"t = () if u is None and f.keys() <= {level.names()} else unread(f, u)")
        out.line(f"return new(Translated, ({plan.event!r}, v, {plan_hash!r}, k, t))")
    return out


class _Level:
    """Code for the rules of one level: the record, or an item of a list."""

    def __init__(
        self, out: Emitter, manners: Manners, record: str, get: str, values: str, known: Level, path: str
    ) -> None:
        self.out = out
        self.manners = manners
        self.record = record
        self.values = values
        self.known = known
        self.path = path
        self._gets: dict[NativePath, str] = {(): get}

    def names(self) -> str:
        """The constant of the names known at this level."""
        return self.out.constant("K", frozenset(self.known.names))

    def objects(self, level: Level, at: NativePath) -> None:
        """Hoist the `get` of every object inside this level, and look for names nobody knows in it."""
        for name, inside in level.names.items():
            if inside is not None and not inside.many:
                path = (*at, name)
                self._hoist(path, inside)
                self.objects(inside, path)

    def rules(self, rules: tuple[Rule, ...]) -> None:
        """Code for every rule, in order."""
        for rule in rules:
            self._rule(rule)

    def _hoist(self, at: NativePath, level: Level) -> None:
        out, outer = self.out, self._gets[at[:-1]]
        inside, name = out.name("o"), out.name("g")
        self._gets[at] = name
        out.line(f"{inside} = {outer}({at[-1]!r})")
        with out.block(f"if type({inside}) is dict:"):
            out.line(f"{name} = {inside}.get")
            out.line(f"if not {inside}.keys() <= {out.constant('K', frozenset(level.names))}: u = u or []")
        with out.block("else:"):
            out.line(f"{name} = nothing.get")
            out.line(f"if {inside} is not None and {inside} != '': u = u or []")

    def _raw(self, at: NativePath) -> str:
        """The expression that reads a native path."""
        return f"{self._gets.get(at[:-1], 'nothing.get')}({at[-1]!r})"

    def _rule(self, rule: Rule) -> None:
        if not rule.when:
            self._read(rule)
            return
        tests = " and ".join(condition_test(self.out, one, self.values) for one in rule.when)
        with self.out.block(f"if {tests}:"):
            self._read(rule)
        with self.out.block("else:"):
            for at in rule.at:
                test = self._present(rule, self._raw(at))
                self.out.line(f"if {test}: u = [*(u or ()), {self.path + '/'.join(at)!r}]")

    def _empties(self, rule: Rule) -> frozenset[str | None]:
        fill = {rule.fill} if rule.fill else set()
        return self.manners.nulls | {None} | fill

    def _present(self, rule: Rule, value: str) -> str:
        """A test that is true where *value* holds something. Objects and lists raise, being unhashable."""
        return f"{value} not in {self.out.constant('N', self._empties(rule))}"

    def _read(self, rule: Rule) -> None:
        out = self.out
        if rule.at:
            out.line(f"x = {self._raw(rule.at[0])}")
            for other in rule.at[1:]:
                self._alias(rule, other)
            quick = rule.type == "list" or self._empties(rule) == {None, ""}
            with out.block(f"if {'x' if quick else self._present(rule, 'x')}:"):
                self._items(rule) if rule.type == "list" else self._convert(rule)
            if quick:
                out.line("elif x is not None and x != '' and x != []: raise Odd")
            if rule.required or rule.sources or _given(rule) is not None:
                with out.block("else:"):
                    self._absent(rule)
        else:
            self._absent(rule)

    def _alias(self, rule: Rule, other: NativePath) -> None:
        """Try the next spelling; a second one that says something else stays unread."""
        out, value = self.out, self._raw(other)
        with out.block(f"if {self._present(rule, 'x')}:"):
            out.line(f"y = {value}")
            out.line(f"if y != x and {self._present(rule, 'y')}: u = [*(u or ()), {self.path + '/'.join(other)!r}]")
        with out.block("else:"):
            out.line(f"x = {value}")
            out.line(f"if {self._present(rule, 'x')}: k |= {1 << rule.bit}")

    def _absent(self, rule: Rule) -> None:
        """No native value: the context, a fixed or default value, or a problem."""
        out, given = self.out, _given(rule)
        if rule.sources:
            # Facts of the system are few and short: the interpreter's own conversion serves.
            out.line(f"w = {out.constant('A', _from_context(rule))}({self.values}, c)")
            with out.block("if w is not None:"):
                self._store(rule, "w", fired=True)
            with out.block("else:"):
                self._given(rule, given)
        else:
            self._given(rule, given)

    def _given(self, rule: Rule, given: Any) -> None:
        if given is not None:
            self._store(rule, repr(given), fired=True)
        elif rule.required:
            self.out.line("raise Odd")

    def _store(self, rule: Rule, value: str, *, fired: bool = False) -> None:
        self.out.line(f"{self.values}[{rule.path!r}] = {value}")
        if fired:
            self.out.line(f"k |= {1 << rule.bit}")

    def _convert(self, rule: Rule) -> None:
        out, bit = self.out, 1 << rule.bit
        for step in rule.via:
            out.line(f"y = {out.constant('F', step.apply)}(x)")
            with out.block("if y != x:"):
                empty = "not y" if not rule.fill else f"y in {out.constant('N', frozenset({'', rule.fill}))}"
                out.line(f"if {empty}: raise Odd")
                out.line(f"k |= {bit}; x = y")
        if rule.strict and rule.type in HOLDS:
            out.line(f"w, y = {out.constant('V', _slow(rule))}(x)")
            out.line(f"if y: k |= {bit}")
            self._store(rule, "w")
        elif rule.table is not None:
            words: dict[str, Any] = dict(rule.table.read)
            if rule.type == "boolean":
                words = {native: word == "true" for native, word in words.items()}
            self._lookup(rule, words)
        elif rule.type == "integer":
            self._lookup(rule, SMALL)
        elif rule.type == "boolean":
            self._lookup(rule, SWITCH)
        elif rule.type == "money":
            out.line(f"w = {out.constant('M', _money)}(x)")
            with out.block("if w != x:"):
                out.line("if w is None: raise Odd")
                out.line(f"k |= {bit}")
            self._store(rule, "w")
        elif rule.formats:
            self._date(rule)
        else:
            if not rule.via:
                out.line("if type(x) is not str: raise Odd")
            if rule.type == "identity":
                with out.block("if x[-1] == 'x':"):
                    out.line(f"y = {out.constant('X', read_identity)}(x)")
                    out.line(f"if y != x: k |= {bit}; x = y")
            self._store(rule, "x")

    def _lookup(self, rule: Rule, words: dict[str, Any]) -> None:
        out = self.out
        out.line(f"w = {out.constant('T', words.get)}(x)")
        with out.block("if w is None:"):
            out.line(f"w, y = {out.constant('V', _slow(rule))}(x)")
            out.line(f"if y: k |= {1 << rule.bit}")
        self._store(rule, "w")

    def _date(self, rule: Rule) -> None:
        out, first = self.out, rule.formats[0]
        if first.exact:
            out.line(f"w = {out.constant('D', first.read)}(x)")
            with out.block("if w is None:"):
                out.line(f"w = {out.constant('V', _slow(rule))}(x)[0]; k |= {1 << rule.bit}")
        else:
            out.line(f"w, y = {out.constant('V', _slow(rule))}(x)")
            out.line(f"if y: k |= {1 << rule.bit}")
        self._store(rule, "w")

    def _items(self, rule: Rule) -> None:
        out = self.out
        item, get, made, values = (out.name(letter) for letter in "mgmv")
        level = self.known.at(rule.at[0]) or Level()
        with out.block("if type(x) is not list:"):
            out.line("if type(x) is not dict: raise Odd")
            out.line("x = [x]")
        out.line(f"{made} = []")
        with out.block(f"for {item} in x:"):
            out.line(f"{get} = {item}.get; {values} = {{}}")
            inner = _Level(out, self.manners, item, get, values, level, f"{self.path}{rule.native}/")
            inner.objects(level, ())
            inner.rules(rule.fields)
            out.line(f"if not {item}.keys() <= {inner.names()}: u = u or []")
            out.line(f"{made}.append({values})")
        self._store(rule, made)


def condition_test(out: Emitter, condition: Any, values: str) -> str:
    """An expression that is true where the condition holds."""
    holds = out.constant("C", condition.holds)
    if condition.source.scope != "own":
        return f"{holds}({values}, c)"
    words = out.constant("W", condition.words)
    path = repr(condition.source.path)
    return f"({values}.get({path}) in {words} or {holds}({values}, c))"


def _given(rule: Rule) -> Any:
    return rule.value if rule.value is not None else rule.default


def _slow(rule: Rule) -> Callable[[Any], tuple[Any, bool]]:
    """The interpreter's conversion of this rule; what it refuses goes to the interpreter by the exception."""
    def convert(text: Any) -> tuple[Any, bool]:
        if type(text) is not str:
            raise Odd
        return to_canonical(rule, text)
    return convert


def _from_context(rule: Rule) -> Callable[[Any, Any], Any]:
    def find(values: Any, context: Any) -> Any:
        for source in rule.sources:
            given = source.find(values, context)
            if given is not None and given != "":
                if type(given) is not str:
                    raise Odd
                return to_canonical(rule, given)[0]
        return None
    return find

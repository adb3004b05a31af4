"""Generating the function that reads a native record: one straight line of code for a mapping's rules.

It handles the common case of every rule and raises `Odd` for the rest (a wrong value, a missing required
one): the interpreter then takes the whole record, so what is said here must agree with `interpret`.
Local names: `v` values, `g` the record's `get`, `k` fired bits, `u` names left unread (None: none yet).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from guantong.mapping.convert import to_canonical
from guantong.mapping.emit import Emitter, Odd
from guantong.mapping.eras import by_day, dated_rules, first_day
from guantong.mapping.fired import FIRED, Fired
from guantong.mapping.names import Spelling
from guantong.mapping.outcome import Translated
from guantong.mapping.rules import NOTHING, CodeTable, Manners, MappingPlan, NativePath, Rule
from guantong.mapping.scalars import read_money
from guantong.mapping.unread import Level, UnreadFields

_SMALL = {str(number): number for number in range(1000)}
_LEAST = (0, 0, *(10**digits for digits in range(1, 17)))
"""The least number of so many digits."""
_METHODS = ("strip", "upper", "lower")
SWITCH = {"1": True, "0": False}
_money = lru_cache(maxsize=4096)(read_money)


def generate_inward(plan: MappingPlan, manners: Manners, plan_hash: str, spelling: Spelling | None) -> Emitter:
    """The source and globals of `inward(f, c)`: record and context → `Translated`.

    Where the case of names does not count, a record with unknown names is respelt and read once more.
    """
    out = Emitter()
    unread = UnreadFields(plan, plan.inward, manners)
    out.globals |= {"new": tuple.__new__, "Translated": Translated, "unread": unread.of, "nothing": NOTHING,
                    "present": present}
    with out.block("def inward(f, c, again=True):"):
        out.line("g = f.get; k = 0; u = None")
        level = _Level(out, manners, "f", "g", "v", unread.known, "")
        level.objects(unread.known)
        level.rules(plan.inward, plan.dated)
        for at, value in unread.loose.items():
            with out.block(f"if g({at!r}) not in {out.constant('N', manners.nulls | {None, value})}:"):
                out.line("u = u or []")
        if spelling is not None:
            out.globals["respell"] = spelling.respell
            with out.block("if u is not None and again:"):
                out.line("x = respell(f)")
                out.line("if x is not f: return inward(x, c, False)")
        out.line("t = () if u is None else unread(f, u)")
        out.line(f"return new(Translated, ({plan.event!r}, v, {plan_hash!r}, k, t))")
    return out


class _Level:
    """Code for the rules of one level: the record, or an item of a list."""

    def __init__(
        self, out: Emitter, manners: Manners, record: str, get: str, values: str, known: Level, path: str,
        eras: Mapping[int, str] | None = None, fired: Fired = FIRED,
    ) -> None:
        self.out = out
        self.manners = manners
        self.record = record
        self.values = values
        self.known = known
        self.path = path
        self._eras = eras or {}
        self._fired = fired
        self._held: dict[NativePath, str] = {(): record}
        self._gets: dict[NativePath, str] = {(): get}
        self._full: dict[NativePath, str] = {(): out.name("q")}
        self._some = out.name("s")
        out.line(f"{self._full[()]} = True; {self._some} = False")

    def objects(self, level: Level, at: NativePath = ()) -> None:
        """Take every object inside this level in hand: its `get`, and whether all its rules found a value."""
        for name, inside in level.names.items():
            if inside is not None and not inside.many:
                path = (*at, name)
                self._object(path)
                self.objects(inside, path)

    def _object(self, at: NativePath) -> None:
        out, outer = self.out, self._gets[at[:-1]]
        held, get, full = out.name("o"), out.name("g"), out.name("q")
        self._held[at], self._gets[at], self._full[at] = held, get, full
        out.line(f"{held} = {outer}({at[-1]!r})")
        with out.block(f"if type({held}) is dict:"):
            out.line(f"{get} = {held}.get; {full} = True")
        with out.block("else:"):
            out.line(f"{get} = nothing.get; {full} = {self._full[at[:-1]]} = False")
            out.line(f"if {held} is not None and {held} != '': u = u or []")

    def rules(self, rules: tuple[Rule, ...], dated: tuple[str, ...] = ()) -> None:
        """Code for every rule: each value in a local, then all of them as one dictionary; rules with
        conditions come after, for they look at it. Then: did the record hold a name nobody knows?
        The *dated* fields come first: their day chooses the rows of code tables, once for the record."""
        out, names = self.out, {}
        plain = [rule for rule in rules if not rule.when]
        told = sum(rule.path in dated for rule in plain)
        for rule in plain[:told]:
            names[rule.path] = self._read(rule)
        if dated:
            self._choose(rules, [names[path] for path in dated if path in names])
        for rule in plain[told:]:
            names[rule.path] = self._read(rule)
        out.dictionary(self.values, names)
        if names:
            out.line(f"if {self._some}: {self.values} = present({self.values})")
        for rule in rules:
            if rule.when:
                self._conditional(rule)
        for at, held in self._held.items():
            test = self._all_known(at, rules)
            out.line(f"if {f'type({held}) is dict and ' if at else ''}not ({test}): u = u or []")

    def _choose(self, rules: tuple[Rule, ...], dates: list[str]) -> None:
        """Code that leaves in a local, for each rule with dated rows, the look-up in force on the event's day."""
        out = self.out
        out.globals["first_day"] = first_day
        out.line(f"day = first_day({', '.join(dates)})")
        chosen: dict[int, str] = {}
        for rule in dated_rules(rules):
            table = rule.table
            assert table is not None  # noqa: S101 - such rules have one
            looks = [_words(rule, era).get for era in table.eras]
            chosen[rule.bit] = out.name("e")
            out.line(f"{chosen[rule.bit]} = {out.constant('E', by_day(table.since, looks, {}.get))}(day)")
        self._eras = chosen

    def _all_known(self, at: NativePath, rules: tuple[Rule, ...]) -> str:
        """A test that no name of an object is unknown. Where every rule found its own name and there are
        no more names than that, nobody need look at them."""
        level = self.known.at(at) or Level()
        held = self._held[at]
        names = f"{held}.keys() <= {self.out.constant('K', frozenset(level.names))}"
        mine = [rule for rule in rules if any(path[:-1] == at for path in rule.at)]
        if any(len(rule.at) > 1 for rule in mine) or len({rule.at for rule in mine}) != len(mine):
            return names
        objects = sum(inside is not None and not inside.many for inside in level.names.values())
        return f"{self._full[at]} and len({held}) == {len(mine) + objects} or {names}"

    def _short(self, at: tuple[NativePath, ...]) -> str:
        """The flags to lower where a rule that reads *at* finds nothing."""
        flags = dict.fromkeys(self._full.get(path[:-1], self._full[()]) for path in at)
        return " = ".join([*flags])

    def _raw(self, at: NativePath) -> str:
        """The expression that reads a native path."""
        return f"{self._gets.get(at[:-1], 'nothing.get')}({at[-1]!r})"

    def _conditional(self, rule: Rule) -> None:
        out = self.out
        tests = " and ".join(condition_test(out, one, self.values) for one in rule.when)
        with out.block(f"if {tests}:"):
            name = self._read(rule)
            out.line(f"if {name} is not None: {self.values}[{rule.path!r}] = {name}")
        with out.block("else:"):
            out.line(f"{self._short(rule.at)} = False")
            for at in rule.at:
                test = f"{self._raw(at)} not in {self._empties(rule)}"
                out.line(f"if {test}: u = [*(u or ()), {self.path + '/'.join(at)!r}]")

    def _empties(self, rule: Rule) -> str:
        """The constant of all that means no value. Objects and lists raise when looked for in it."""
        return self.out.constant("N", self.manners.nulls | {None} | ({rule.fill} if rule.fill else set()))

    def _read(self, rule: Rule) -> str:
        """Code that leaves the rule's value, or None, in a local; its name."""
        out = self.out
        out.about(rule)
        name = out.name("a")
        if not rule.at:
            self._absent(rule, name)
            return name
        empties = self._empties(rule)
        out.line(f"x = {self._raw(rule.at[0])}")
        for other in rule.at[1:]:
            self._alias(rule, other, empties)
        if rule.type == "list":
            with out.block("if x:"):
                self._items(rule, name)
            self._nothing(rule, name, "x is None or x == '' or x == []")
        elif self._looked_up(rule, name):
            with out.block(f"if {name} is None:"):
                self._one(rule, name, empties, self._slowly if rule.type != "integer" else self._number)
        else:
            self._one(rule, name, empties, self._convert)
        return name

    def _one(self, rule: Rule, name: str, empties: str, convert: Callable[[Rule, str], None]) -> None:
        """Code for a text, which *convert* writes, for what means no value, and for the rest."""
        out, nothing = self.out, self.out.globals[empties]
        words = sorted(nothing - {None, ""})
        # Comparing with one word is less work than hashing a text that was never hashed.
        there = "x" if not words else f"x and x != {words[0]!r}" if len(words) == 1 else f"x not in {empties}"
        with out.block(f"if type(x) is str and {there}:"):
            convert(rule, name)
        self._nothing(rule, name, f"x in {empties}" if words else "x is None or x == ''")

    def _nothing(self, rule: Rule, name: str, absent: str) -> None:
        out = self.out
        with out.block(f"elif {absent}:"):
            out.line(f"{self._short(rule.at)} = False")
            self._absent(rule, name)
        out.line("else: raise Odd")

    def _looked_up(self, rule: Rule, name: str) -> bool:
        """Code that looks the value up before anything is asked about it, and leaves None where it is not found;
        whether there is a look-up for such a rule."""
        out, empties = self.out, self.out.globals[self._empties(rule)]
        if rule.via:
            return False
        if rule.table is None and rule.formats:
            first = rule.formats[0]
            if first.inline is None or any(word and first.read(word) for word in empties):
                return False
            look, speaks_of = first.inline
            out.globals |= speaks_of
            out.line(f"{name} = None")
            with out.block("if type(x) is str:"):
                out.line(f"try: {name} = {look}")
                out.line("except KeyError: pass")
            return True
        words = self._known_words(rule)
        if words is None or not empties.isdisjoint(words):
            return False
        out.line(f"{name} = {self._eras.get(rule.bit) or out.constant('T', words.get)}(x)")
        return True

    def _known_words(self, rule: Rule) -> dict[str, Any] | None:
        """The native texts whose canonical value is known beforehand."""
        if rule.table is not None:
            tables = rule.table.eras if rule.bit in self._eras else (rule.table,)
            return {native: word for table in tables for native, word in _words(rule, table).items()}
        known: dict[str, dict[str, Any]] = {"boolean": SWITCH, "integer": _SMALL}
        return known.get(rule.type)

    def _alias(self, rule: Rule, other: NativePath, empties: str) -> None:
        """Try the next spelling; a second one that says something else stays unread."""
        out, value = self.out, self._raw(other)
        with out.block(f"if x in {empties}:"):
            out.line(f"x = {value}")
            out.line(f"if x not in {empties}: {self._fired.by(rule)}")
        with out.block("else:"):
            out.line(f"y = {value}")
            out.line(f"if y != x and y not in {empties}: u = [*(u or ()), {self.path + '/'.join(other)!r}]")

    def _absent(self, rule: Rule, name: str) -> None:
        """No native value: the context, a fixed or default value, nothing, or a problem."""
        out, fire = self.out, self._fired.by(rule)
        given = rule.value if rule.value is not None else rule.default
        if rule.sources:
            # Facts of the system are few and short: the interpreter's own conversion serves.
            out.line(f"{name} = {out.constant('A', _from_context(rule))}(nothing, c)")
            out.line(f"if {name} is not None: {fire}")
            out.line(f"else: {self._given(rule, name, given, fire)}")
        else:
            out.line(self._given(rule, name, given, fire))

    def _given(self, rule: Rule, name: str, given: Any, fire: str) -> str:
        if given is not None:
            return f"{name} = {given!r}; {fire}"
        return "raise Odd" if rule.required else f"{name} = None; {self._some} = True"

    def _convert(self, rule: Rule, name: str) -> None:
        out, fire = self.out, self._fired.by(rule)
        for step in rule.via:
            method = next((known for known in _METHODS if getattr(str, known) is step.apply), None)
            out.line(f"y = x.{method}()" if method else f"y = {out.constant('F', step.apply)}(x)")
            with out.block("if y is not x and y != x:"):  # what changed nothing is mostly the same text
                empty = "not y" if not rule.fill else f"y in {out.constant('N', frozenset({'', rule.fill}))}"
                out.line(f"if {empty}: raise Odd")
                out.line(f"{fire}; x = y")
        words = self._known_words(rule)
        if words is not None:
            out.line(f"{name} = {self._eras.get(rule.bit) or out.constant('T', words.get)}(x)")
            with out.block(f"if {name} is None:"):
                self._number(rule, name) if rule.type == "integer" else self._slowly(rule, name)
        elif rule.type == "money":
            out.line(f"{name} = {out.constant('M', _money)}(x)")
            with out.block(f"if {name} != x:"):
                out.line(f"if {name} is None: raise Odd")
                out.line(fire)
        elif rule.formats and rule.formats[0].exact:
            out.line(f"{name} = {out.constant('D', rule.formats[0].read)}(x)")
            with out.block(f"if {name} is None:"):
                self._slowly(rule, name)
        elif rule.formats or rule.strict or rule.type == "identity":
            self._slowly(rule, name)
        else:
            out.line(f"{name} = x")

    def _number(self, rule: Rule, name: str) -> None:
        """A number that has as many digits as characters, in ASCII, is written again alike."""
        if rule.table is not None:
            self._slowly(rule, name)
            return
        out = self.out
        out.globals |= {"least": _LEAST}
        out.line(f"{name} = int(x)")
        with out.block(f"if len(x) > 17 or {name} < least[len(x)] or not x.isascii():"):
            self._slowly(rule, name)

    def _slowly(self, rule: Rule, name: str) -> None:
        """The interpreter's own conversion; what it refuses goes to the interpreter by the exception."""
        out = self.out
        day = ", day" if rule.bit in self._eras else ""
        out.line(f"{name}, y = {out.constant('V', partial(to_canonical, rule))}(x{day})")
        out.line(f"if y: {self._fired.by(rule)}")

    def _items(self, rule: Rule, name: str) -> None:
        out = self.out
        item, get, values = (out.name(letter) for letter in "mgv")
        level = self.known.at(rule.at[0]) or Level()
        with out.block("if type(x) is not list:"):
            out.line("if type(x) is not dict: raise Odd")
            out.line("x = [x]")
        fired = Fired.within(out, rule)
        out.line(f"{name} = []; {fired.local} = 0")
        with out.block(f"for {item} in x:"):
            out.line(f"{get} = {item}.get")
            inner = _Level(out, self.manners, item, get, values, level, f"{self.path}{rule.native}/",
                           self._eras, fired)
            inner.objects(level)
            inner.rules(rule.fields)
            out.line(f"{name}.append({values})")
        out.line(fired.into(self._fired))


def _words(rule: Rule, table: CodeTable) -> dict[str, Any]:
    """Native → canonical, as the rule's type holds it."""
    if rule.type == "boolean":
        return {native: word == "true" for native, word in table.read.items()}
    return dict(table.read)


def present(values: dict[str, Any]) -> dict[str, Any]:
    """The values that are there."""
    return {path: value for path, value in values.items() if value is not None}


def condition_test(out: Emitter, condition: Any, values: str) -> str:
    """An expression that is true where the condition holds."""
    holds = out.constant("C", condition.holds)
    if condition.source.scope != "own":
        return f"{holds}({values}, c)"
    words = out.constant("W", condition.words)
    path = repr(condition.source.path)
    return f"({values}.get({path}) in {words} or {holds}({values}, c))"


def _from_context(rule: Rule) -> Callable[[Any, Any], Any]:
    def find(values: Any, context: Any) -> Any:
        for source in rule.sources:
            given = source.find(values, context)
            if given is not None and given != "":
                if type(given) is not str or (rule.table is not None and rule.table.eras):
                    raise Odd
                return to_canonical(rule, given)[0]
        return None
    return find

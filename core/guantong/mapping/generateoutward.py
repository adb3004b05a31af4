"""Generating the function that writes a native record: one straight line of code for a mapping's rules.

As inward: the common case of every rule, `Odd` for the rest. Local names: `n` the native fields, `g` the
values' `get`, `k` fired bits; `case`, `system`, `site` the context's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from guantong.mapping.convert import to_native, within
from guantong.mapping.emit import Emitter
from guantong.mapping.eras import by_day, dated_rules, first_day
from guantong.mapping.generateinward import condition_test, present
from guantong.mapping.outcome import TranslatedOut
from guantong.mapping.rules import NOTHING, CodeTable, Manners, MappingPlan, Rule, every
from guantong.record import Native

TEXTS = {number: str(number) for number in range(1000)}
SWITCHED = {True: "1", False: "0"}
WIDEST = 4  # bytes of one character, in any charset that is used here


def generate_outward(plan: MappingPlan, manners: Manners, plan_hash: str) -> Emitter:
    """The source and globals of `outward(v, c)`: values and context → `TranslatedOut`."""
    out = Emitter()
    out.globals |= {"new": tuple.__new__, "TranslatedOut": TranslatedOut, "Native": Native, "nothing": NOTHING,
                    "present": present}
    with out.block("def outward(v, c):"):
        out.line("g = v.get; k = 0")
        for scope in sorted({source.scope for rule in every(plan.outward) for source in rule.sources} - {"own"}):
            out.line(f"{scope} = c.get({scope!r}, nothing).get")
        _Writer(out, manners, "v", "g", "n", _choose(out, plan)).rules(plan.outward)
        out.line(f"return new(TranslatedOut, (Native({plan.kind_out!r}, n), {plan_hash!r}, k))")
    return out


def _choose(out: Emitter, plan: MappingPlan) -> Mapping[int, str]:
    """Code that leaves in a local, for each rule with dated rows, the look-up in force on the event's own day."""
    chosen: dict[int, str] = {}
    for rule in dated_rules(plan.outward):
        table = rule.table
        assert table is not None  # noqa: S101 - such rules have one
        if not chosen:
            out.globals["first_day"] = first_day
            out.line(f"day = first_day({', '.join(f'g({path!r})' for path in plan.dated)})")
        looks = [_natives(rule, era).get for era in table.eras]
        chosen[rule.bit] = out.name("e")
        out.line(f"{chosen[rule.bit]} = {out.constant('E', by_day(table.since, looks, {}.get))}(day)")
    return chosen


def _natives(rule: Rule, table: CodeTable) -> dict[Any, str | None]:
    """Canonical → native, as the rule's type holds it."""
    if rule.type == "boolean":
        return {True: table.written.get("true"), False: table.written.get("false")}
    return dict(table.written)


class _Writer:
    """Code for the rules of one level: the event, or an item of a list."""

    def __init__(
        self, out: Emitter, manners: Manners, values: str, get: str, native: str, eras: Mapping[int, str]
    ) -> None:
        self.out = out
        self.manners = manners
        self.values = values
        self.get = get
        self.native = native
        self._eras = eras
        self._some = out.name("s")

    def rules(self, rules: tuple[Rule, ...]) -> None:
        """Code for every rule, in order. Plain levels are made as one dictionary, others field by field."""
        out = self.out
        if all(len(rule.at[0]) == 1 and not rule.when for rule in rules):
            out.line(f"{self._some} = False")
            names = {rule.at[0][0]: self._value(rule) for rule in rules}
            pairs = ", ".join(f"{native!r}: {name}" for native, name in names.items())
            out.line(f"{self.native} = {{{pairs}}}")
            out.line(f"if {self._some}: {self.native} = present({self.native})")
            return
        out.line(f"{self.native} = {{}}; {self._some} = False")
        for rule in rules:
            if rule.when:
                self._conditional(rule)
            else:
                self._place(rule, self._value(rule))

    def _conditional(self, rule: Rule) -> None:
        tests = " and ".join(condition_test(self.out, one, self.values) for one in rule.when)
        with self.out.block(f"if {tests}:"):
            self._place(rule, self._value(rule))
        if self.manners.absent == "":
            with self.out.block("else:"):
                self._place(rule, "''")

    def _place(self, rule: Rule, value: str) -> None:
        """Put the value, where there is one, at its native path."""
        out, inside = self.out, self.native
        with out.block(f"if {value} is not None:" if value.isidentifier() else "if True:"):
            for part in rule.at[0][:-1]:
                below = out.name("n")
                out.line(f"{below} = {inside}.get({part!r})")
                out.line(f"if {below} is None: {below} = {inside}[{part!r}] = {{}}")
                inside = below
            out.line(f"{inside}[{rule.at[0][-1]!r}] = {value}")

    def _value(self, rule: Rule) -> str:
        """Code that leaves the native value, or None, in a local; its name (or the fixed value itself)."""
        out = self.out
        out.about(rule)
        if rule.value is not None:
            return repr(rule.value)
        name = out.name("a")
        for order, source in enumerate(rule.sources):
            get = self.get if source.scope == "own" else source.scope
            if order == 0:
                out.line(f"x = {get}({source.path!r})")
            else:
                with out.block("if x is None:"):
                    out.line(f"x = {get}({source.path!r})")
                    out.line(f"if x is not None: k |= {1 << rule.bit}")
        with out.block("if x is not None:"):
            self._items(rule, name) if rule.type == "list" else self._convert(rule, name)
        if rule.need is not None or rule.required:
            out.line("else: raise Odd")
        elif rule.fill is not None and rule.type != "list":
            out.line(f"else: {name} = {rule.fill!r}" + (f"; k |= {1 << rule.bit}" if rule.fill else ""))
        else:
            out.line(f"else: {name} = None; {self._some} = True")
        return name

    def _convert(self, rule: Rule, name: str) -> None:
        out, table = self.out, self._table(rule)
        if table is not None and not rule.via and rule.limit is None:
            out.line(f"{name} = {self._eras.get(rule.bit) or out.constant('T', table)}(x)")
            out.line(f"if {name} is None: {self._slowly(rule, name)}")
            return
        if table is not None:
            out.line(self._slowly(rule, name))
            return
        out.line("if type(x) is not str: raise Odd")
        if rule.formats:
            self._date(rule, name)
        else:
            out.line(f"{name} = x")
        for step in rule.via:
            out.line(f"y = {out.constant('F', step.apply)}({name})")
            out.line(f"if y != {name}: k |= {1 << rule.bit}; {name} = y")
        if rule.limit is not None:
            with out.block(f"if len({name}) > {rule.limit.bytes // WIDEST}:"):
                out.line(f"y = {out.constant('L', partial(within, rule))}({name})")
                out.line(f"if y is not {name}: k |= {1 << rule.bit}; {name} = y")

    def _table(self, rule: Rule) -> Callable[[Any], str | None] | None:
        """Where the value is looked up, if it is."""
        if rule.table is not None:
            return _natives(rule, rule.table).get
        if rule.type == "integer":
            return TEXTS.get
        return SWITCHED.get if rule.type == "boolean" else None

    def _slowly(self, rule: Rule, name: str) -> str:
        """The interpreter's own conversion; what it refuses goes to the interpreter by the exception."""
        slow = self.out.constant("V", partial(to_native, rule))
        day = ", day" if rule.bit in self._eras else ""
        return f"{name}, y = {slow}(x{day}); k |= {1 << rule.bit} if y else 0"

    def _date(self, rule: Rule, name: str) -> None:
        """A moment at +08:00 without fraction is written whole; of others the interpreter tells what is lost."""
        out, first = self.out, rule.formats[0]
        write = f"{name} = {out.constant('D', first.write)}(x)"
        if first.pattern == "yyyy-MM-dd HH:mm:ss":
            write = f"{name} = f'{{x[:10]}} {{x[11:19]}}'"
        whole = "len(x) == 25 and x[19:] == '+08:00'" if rule.type == "datetime" else "len(x) == 10"
        if not first.time:
            whole = "False"
        plain = not rule.via and rule.limit is None
        out.line(f"if {whole}: {write}")
        out.line(f"else: {self._slowly(rule, name) if plain else 'raise Odd'}")

    def _items(self, rule: Rule, name: str) -> None:
        out = self.out
        item, get, native = (out.name(letter) for letter in "mgn")
        out.line("if type(x) is not list: raise Odd")
        out.line(f"{name} = []")
        with out.block(f"for {item} in x:"):
            out.line(f"{get} = {item}.get")
            _Writer(out, self.manners, item, get, native, self._eras).rules(rule.fields)
            out.line(f"{name}.append({native})")
        out.line(f"if not {name}: {name} = None; {self._some} = True")

"""Generating the function that writes a native record: one straight line of code for a mapping's rules.

As inward: the common case of every rule, `Odd` for the rest. Each rule leaves its native text (None: nothing
to write) in a local; then every object is made at once, and what is None left out where anything is.
Local names: `n` the native fields, `g` the values' `get`, `s` whether something is None, `k` fired bits;
`case`, `system`, `site` the context's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from guantong.mapping.calendar import Written
from guantong.mapping.convert import to_native, within
from guantong.mapping.dates import SLICES
from guantong.mapping.emit import Emitter
from guantong.mapping.eras import by_day, dated_rules, first_day
from guantong.mapping.fired import FIRED, Fired
from guantong.mapping.generateinward import condition_test, present
from guantong.mapping.outcome import TranslatedOut
from guantong.mapping.rules import NOTHING, CodeTable, Limit, Manners, MappingPlan, NativePath, Rule, every
from guantong.record import Native, Typed

WIDEST = 4  # bytes of one character, in charsets of one to four bytes that begin as ASCII
_TEXTS = {number: str(number) for number in range(1000)}
_ASCII = "".join(map(chr, range(128)))


def generate_outward(plan: MappingPlan, manners: Manners, plan_hash: str) -> Emitter:
    """The source and globals of `outward(v, c)`: values and context → `TranslatedOut`."""
    out = Emitter()
    out.globals |= {"new": tuple.__new__, "TranslatedOut": TranslatedOut, "Native": Typed if plan.typed else Native, "nothing": NOTHING,
                    "present": present}
    with out.block("def outward(v, c):"):
        out.line("g = v.get; k = 0")
        for scope in sorted({source.scope for rule in every(plan.outward) for source in rule.sources} - {"own"}):
            out.line(f"{scope} = c.get({scope!r}, nothing).get")
        _Writer(out, manners, "v", "g", _choose(out, plan)).rules(plan.outward, "n")
        out.line(f"return new(TranslatedOut, (new(Native, ({plan.kind_out!r}, n)), {plan_hash!r}, k))")
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


Layout: TypeAlias = "dict[str, Rule | Layout]"


class _Writer:
    """Code for the rules of one level: the event, or an item of a list."""

    def __init__(
        self, out: Emitter, manners: Manners, values: str, get: str, eras: Mapping[int, str], fired: Fired = FIRED
    ) -> None:
        self.out = out
        self.manners = manners
        self.values = values
        self.get = get
        self._eras = eras
        self._fired = fired

    def rules(self, rules: tuple[Rule, ...], native: str) -> None:
        """Code that leaves the fields written by *rules* in the local *native*."""
        out, some = self.out, self.out.name("s")
        out.line(f"{some} = False")
        laid = layout(rules)
        if laid is not None:
            self._object(laid, native, some)
            return
        out.line(f"{native} = {{}}")
        for rule in rules:
            self._place(rule, self._value(rule, some), native)

    def _object(self, laid: Layout, native: str, some: str) -> None:
        """Code that makes an object of all its fields at once; objects inside come before it."""
        out = self.out
        entries: dict[str, str] = {}
        for name, field in laid.items():
            if isinstance(field, Rule):
                entries[name] = self._value(field, some)
                continue
            inside, hollow = out.name("n"), out.name("s")
            out.line(f"{hollow} = False")
            self._object(field, inside, hollow)
            with out.block(f"if {hollow} and not {inside}:"):
                out.line(f"{inside} = None; {some} = True")
            entries[name] = inside
        out.dictionary(native, entries)
        out.line(f"if {some}: {native} = present({native})")

    def _place(self, rule: Rule, value: str, native: str) -> None:
        """Put the value, where there is one, at its native path."""
        out, inside = self.out, native
        with out.block(f"if {value} is not None:" if value.isidentifier() else "if True:"):
            for part in rule.at[0][:-1]:
                below = out.name("n")
                out.line(f"{below} = {inside}.get({part!r})")
                out.line(f"if {below} is None: {below} = {inside}[{part!r}] = {{}}")
                inside = below
            out.line(f"{inside}[{rule.at[0][-1]!r}] = {value}")

    def _value(self, rule: Rule, some: str) -> str:
        """Code that leaves the native value, or None, in a local; its name (or the fixed value itself)."""
        out = self.out
        out.about(rule)
        if not rule.when:
            return self._always(rule, some)
        name = out.name("a")
        with out.block(f"if {' and '.join(condition_test(out, one, self.values) for one in rule.when)}:"):
            out.line(f"{name} = {self._always(rule, some)}")
        out.line(f"else: {name} = ''" if self.manners.absent == "" else f"else: {name} = None; {some} = True")
        return name

    def _always(self, rule: Rule, some: str) -> str:
        """The same, whatever the rule's conditions say."""
        out = self.out
        if rule.value is not None:
            return repr(rule.value)
        name = out.name("a")
        plain = rule.type not in ("list", "integer", "boolean") and not rule.formats and rule.table is None
        held = name if plain else "x"
        for order, source in enumerate(rule.sources):
            get = self.get if source.scope == "own" else source.scope
            if order == 0:
                out.line(f"{held} = {get}({source.path!r})")
            else:
                with out.block(f"if {held} is None:"):
                    out.line(f"{held} = {get}({source.path!r})")
                    out.line(f"if {held} is not None: {self._fired.by(rule)}")
        absent = self._absent(rule, name, some)
        if plain and not rule.via and rule.limit is None:
            with out.block(f"if type({name}) is not str:"):
                out.line(f"if {name} is not None: raise Odd")
                out.line(absent)
            return name
        if (rule.table is not None or rule.type in ("integer", "boolean")) and not rule.via and rule.limit is None:
            self._looked_up(rule, name, absent)
            return name
        with out.block(f"if {held} is not None:"):
            if rule.type == "list":
                self._items(rule, name, some)
            else:
                self._convert(rule, name)
                self._finish(rule, name)
        out.line(f"else: {absent}")
        return name

    def _absent(self, rule: Rule, name: str, some: str) -> str:
        """What to do where there is no value."""
        if rule.need is not None or rule.required:
            return "raise Odd"
        if rule.fill is None or rule.type == "list":
            return f"{name} = None; {some} = True"
        return f"{name} = {rule.fill!r}" + (f"; {self._fired.by(rule)}" if rule.fill else "")

    def _convert(self, rule: Rule, name: str) -> None:
        """The native text of a value `x`; a text is its own and stands in the rule's local already."""
        out = self.out
        if rule.table is not None or rule.type in ("integer", "boolean"):
            self._looked_up(rule, name)
        elif rule.formats:
            self._date(rule, name)
        else:
            out.line(f"if type({name}) is not str: raise Odd")

    def _looked_up(self, rule: Rule, name: str, absent: str | None = None) -> None:
        """The native text of a code, number or switch `x`; *absent* is what to do where there is none, when nobody
        has asked for that yet."""
        out = self.out
        if rule.table is not None:
            look = self._eras.get(rule.bit) or out.constant("T", _natives(rule, rule.table).get)
            # True and 1 are one key of a dictionary and two words of a table.
            out.line(f"{name} = {look}(x)" + (" if type(x) is bool else None" if rule.type == "boolean" else ""))
            rest = f"if {name} is None:"
        elif rule.type == "integer":
            text = "x" if rule.number else f"{out.constant('T', _TEXTS.get)}(x) or f'{{x}}'"
            out.line(f"if type(x) is int: {name} = {text}")
            rest = "else:"
        else:
            out.line(f"if type(x) is bool: {name} = '1' if x else '0'")
            rest = "else:"
        with out.block(rest):
            if absent is None:
                self._slowly(rule, name)
                return
            out.line(f"if x is None: {absent}")
            with out.block("else:"):
                self._slowly(rule, name)

    def _finish(self, rule: Rule, name: str) -> None:
        """Value functions, then the length."""
        out, fire = self.out, self._fired.by(rule)
        for step in rule.via:
            out.line(f"y = {out.constant('F', step.apply)}({name})")
            out.line(f"if y != {name}: {fire}; {name} = y")
        if rule.limit is not None:
            test = long(rule.limit, name)
            with out.block(f"if {test}:"):
                out.line(f"y = {out.constant('L', partial(within, rule))}({name})")
                out.line(f"if y is not {name}: {fire}; {name} = y")

    def _slowly(self, rule: Rule, name: str, call: str | None = None) -> None:
        """The interpreter's own conversion, without functions and length, which follow; what it refuses goes to
        the interpreter by the exception."""
        out = self.out
        slow = call or out.constant("V", partial(to_native, _bare(rule)))
        day = ", day" if rule.bit in self._eras else ""
        out.line(f"{name}, y = {slow}(x{day})")
        out.line(f"if y: {self._fired.by(rule)}")

    def _date(self, rule: Rule, name: str) -> None:
        """A moment at +08:00 without fraction, or a date, is looked up; of others the interpreter tells what is lost."""
        out, written = self.out, rule.formats[0].written
        if written is None:
            self._slowly(rule, name)
            return
        days = out.constant("days", written.days)
        look = f"{days}[x]"
        if rule.type == "datetime":
            out.globals |= {"to11": SLICES["to11"], "from11": SLICES["from11"]}
            look = f"{days}[x[to11]] + {out.constant('times', written.times)}[x[from11]]"
        out.line(f"try: {name} = {look}")
        with out.block("except KeyError:"):
            self._slowly(rule, name, out.constant("W", partial(first_written, _bare(rule), written)))

    def _items(self, rule: Rule, name: str, some: str) -> None:
        out = self.out
        item, get, native = (out.name(letter) for letter in "mgn")
        fired = Fired.within(out, rule)
        out.line("if type(x) is not list: raise Odd")
        out.line(f"{name} = []; {fired.local} = 0")
        with out.block(f"for {item} in x:"):
            out.line(f"{get} = {item}.get")
            _Writer(out, self.manners, item, get, self._eras, fired).rules(rule.fields, native)
            out.line(f"{name}.append({native})")
        out.line(fired.into(self._fired))
        out.line(f"if not {name}: {name} = None; {some} = True")


def layout(rules: tuple[Rule, ...]) -> Layout | None:
    """The fields in the order they are written, objects nested. None where fields must be put in one by one: those
    of an object stand apart, or two rules write the same."""
    laid: Layout = {}
    before: NativePath = ()
    for rule in rules:
        *objects, last = rule.at[0]
        inside = laid
        for depth, name in enumerate(objects, 1):
            below = inside.setdefault(name, {})
            if isinstance(below, Rule) or (below and before[:depth] != rule.at[0][:depth]):
                return None
            inside = below
        if last in inside:
            return None
        inside[last] = rule
        before = rule.at[0]
    return laid


def long(limit: Limit, name: str) -> str:
    """An expression that is true where the text in the local *name* may be longer than the limit."""
    if _ASCII.encode(limit.charset, "replace") != _ASCII.encode("ascii"):
        return "True"
    return f"len({name}) > {limit.bytes // WIDEST} and not (len({name}) <= {limit.bytes} and {name}.isascii())"


def first_written(rule: Rule, written: Written, value: Any) -> tuple[str, bool]:
    """The native text of a date that was not written before, remembered when it says all of it."""
    native, fired = to_native(rule, value)
    if not fired:
        written.keep(value, native)
    return native, fired


def _bare(rule: Rule) -> Rule:
    return replace(rule, via=(), limit=None)

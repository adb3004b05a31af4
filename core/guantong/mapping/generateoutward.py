"""Generating the function that writes a native record: one straight line of code for a mapping's rules.

As inward: the common case of every rule, `Odd` for the rest. Local names: `n` the native fields, `g` the
values' `get`, `k` fired bits; `case`, `system`, `site` the context's.
"""

from __future__ import annotations

from guantong.mapping.convert import to_native, within
from guantong.mapping.emit import Emitter
from guantong.mapping.generateinward import condition_test
from guantong.mapping.outcome import TranslatedOut
from guantong.mapping.rules import NOTHING, Manners, MappingPlan, Rule, every
from guantong.record import Native

TEXTS = {number: str(number) for number in range(1000)}
SWITCHED = {True: "1", False: "0"}
WIDEST = 4  # bytes of one character, in any charset that is used here


def generate_outward(plan: MappingPlan, manners: Manners, plan_hash: str) -> Emitter:
    """The source and globals of `outward(v, c)`: values and context → `TranslatedOut`."""
    out = Emitter()
    out.globals |= {"new": tuple.__new__, "TranslatedOut": TranslatedOut, "Native": Native, "nothing": NOTHING}
    with out.block("def outward(v, c):"):
        out.line("g = v.get; n = {}; k = 0")
        for scope in sorted({source.scope for rule in every(plan.outward) for source in rule.sources} - {"own"}):
            out.line(f"{scope} = c.get({scope!r}, nothing).get")
        _Writer(out, manners, "v", "g", "n").rules(plan.outward)
        out.line(f"return new(TranslatedOut, (Native({plan.kind_out!r}, n), {plan_hash!r}, k))")
    return out


class _Writer:
    """Code for the rules of one level: the event, or an item of a list."""

    def __init__(self, out: Emitter, manners: Manners, values: str, get: str, native: str) -> None:
        self.out = out
        self.manners = manners
        self.values = values
        self.get = get
        self.native = native

    def rules(self, rules: tuple[Rule, ...]) -> None:
        """Code for every rule, in order."""
        for rule in rules:
            if not rule.when:
                self._write(rule)
                continue
            tests = " and ".join(condition_test(self.out, one, self.values) for one in rule.when)
            with self.out.block(f"if {tests}:"):
                self._write(rule)
            if self.manners.absent == "":
                with self.out.block("else:"):
                    self._place(rule, "''")

    def _place(self, rule: Rule, value: str) -> None:
        out, inside = self.out, self.native
        for part in rule.at[0][:-1]:
            below = out.name("n")
            out.line(f"{below} = {inside}.get({part!r})")
            out.line(f"if {below} is None: {below} = {inside}[{part!r}] = {{}}")
            inside = below
        out.line(f"{inside}[{rule.at[0][-1]!r}] = {value}")

    def _write(self, rule: Rule) -> None:
        out = self.out
        if rule.value is not None:
            self._place(rule, repr(rule.value))
            return
        for order, source in enumerate(rule.sources):
            get = self.get if source.scope == "own" else source.scope
            if order == 0:
                out.line(f"x = {get}({source.path!r})")
            else:
                with out.block("if x is None:"):
                    out.line(f"x = {get}({source.path!r})")
                    out.line(f"if x is not None: k |= {1 << rule.bit}")
        with out.block("if x is not None:"):
            self._items(rule) if rule.type == "list" else self._convert(rule)
        if rule.need is not None or rule.required:
            out.line("else: raise Odd")
        elif rule.fill is not None and rule.type != "list":
            with out.block("else:"):
                self._place(rule, repr(rule.fill))
                if rule.fill:
                    out.line(f"k |= {1 << rule.bit}")

    def _convert(self, rule: Rule) -> None:
        out, bit, value = self.out, 1 << rule.bit, "x"
        if rule.table is not None and rule.type != "boolean":
            self._lookup(rule, out.constant("T", rule.table.written.get))
            return
        if rule.table is not None:
            written = {True: rule.table.written.get("true"), False: rule.table.written.get("false")}
            self._lookup(rule, out.constant("T", written.get))
            return
        if rule.type in ("integer", "boolean"):
            self._lookup(rule, out.constant("T", (TEXTS if rule.type == "integer" else SWITCHED).get))
            return
        if rule.formats:
            out.line("if type(x) is not str: raise Odd")
            out.line(f"w = {out.constant('D', rule.formats[0].write)}(x)")
            value = "w"
        else:
            out.line("if type(x) is not str: raise Odd")
        for step in rule.via:
            out.line(f"y = {out.constant('F', step.apply)}({value})")
            with out.block(f"if y != {value}:"):
                out.line(f"k |= {bit}; {value} = y")
        if rule.limit is not None:
            with out.block(f"if len({value}) > {rule.limit.bytes // WIDEST}:"):
                out.line(f"y = {out.constant('L', within)}({out.constant('R', rule)}, {value})")
                with out.block(f"if y is not {value}:"):
                    out.line(f"k |= {bit}; {value} = y")
        self._place(rule, value)

    def _lookup(self, rule: Rule, table: str) -> None:
        """A value that is looked up; all else, and what goes on through functions, by the interpreter's way."""
        out = self.out
        slow = f"{out.constant('V', to_native)}({out.constant('R', rule)}, x)"
        if rule.via or rule.limit is not None:
            out.line(f"w, y = {slow}")
            out.line(f"if y: k |= {1 << rule.bit}")
        else:
            out.line(f"w = {table}(x)")
            with out.block("if w is None:"):
                out.line(f"w, y = {slow}")
                out.line(f"if y: k |= {1 << rule.bit}")
        self._place(rule, "w")

    def _items(self, rule: Rule) -> None:
        out = self.out
        item, get, made, native = (out.name(letter) for letter in "mgmn")
        out.line("if type(x) is not list: raise Odd")
        out.line(f"{made} = []")
        with out.block(f"for {item} in x:"):
            out.line(f"{get} = {item}.get; {native} = {{}}")
            _Writer(out, self.manners, item, get, native).rules(rule.fields)
            out.line(f"{made}.append({native})")
        with out.block(f"if {made}:"):
            self._place(rule, made)

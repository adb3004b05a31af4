"""Where generated code notes which rules did more than copy."""

from __future__ import annotations

from dataclasses import dataclass

from guantong.mapping.emit import Emitter
from guantong.mapping.rules import Rule


@dataclass(frozen=True, slots=True)
class Fired:
    """A local that holds the bits of the rules from number *first* on. A list's rules have one of their own: so
    its bits stay a small integer, which costs less than one of more than 30 bits."""

    local: str
    first: int = 0

    @classmethod
    def within(cls, out: Emitter, rule: Rule) -> Fired:
        """That of the rules inside a list."""
        return cls(out.name("k"), min((inner.bit for inner in rule.fields), default=0))

    def by(self, rule: Rule) -> str:
        """The statement that notes a rule."""
        return f"{self.local} |= {1 << (rule.bit - self.first)}"

    def into(self, outer: Fired) -> str:
        """The statement that adds these bits to those outside."""
        return f"if {self.local}: {outer.local} |= {self.local} << {self.first - outer.first}"


FIRED = Fired("k")
"""That of a whole record."""

"""Native names whose case does not count: a record's names brought to the spelling of the mapping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guantong.mapping.unread import Level
from guantong.record import Fields


@dataclass(frozen=True, slots=True)
class Spelling:
    """The known names of one level: `exact` as the mapping spells them, `folded` by their folded form,
    `inside` the levels below."""

    exact: frozenset[str]
    folded: dict[str, str]
    inside: dict[str, Spelling]

    def respell(self, fields: Fields) -> Fields:
        """*fields* with known names in the mapping's spelling. Names nobody knows stay as they came; so
        does a second spelling of a name that is there already."""
        if not fields.keys() <= self.exact:
            respelt = {name: value for name, value in fields.items() if name in self.exact}
            for name, value in fields.items():
                if name not in self.exact:
                    known = self.folded.get(name.strip().casefold(), name)
                    respelt[name if known in respelt else known] = value
            fields = respelt
        if not self.inside:
            return fields
        changed: Fields = {}
        for name, level in self.inside.items():
            value = fields.get(name)
            if value:
                made = level.respell_value(value)
                if made is not value:
                    changed[name] = made
        return {**fields, **changed} if changed else fields

    def respell_value(self, value: Any) -> Any:
        """A nested object or list of objects, respelt; the same object where nothing changed."""
        if isinstance(value, dict):
            return self.respell(value)
        if not isinstance(value, list):
            return value
        made = [self.respell(item) if isinstance(item, dict) else item for item in value]
        same = all(new is old for new, old in zip(made, value, strict=True))
        return value if same else made


def spelling(known: Level) -> Spelling:
    """The spelling of a tree of known names."""
    return Spelling(
        exact=frozenset(known.names),
        folded={name.casefold(): name for name in known.names},
        inside={name: spelling(inside) for name, inside in known.names.items() if inside is not None},
    )

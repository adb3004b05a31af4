"""Facets of simple types beyond lists and lengths: patterns, digits, and ranges.

Patterns are matched by RE2, in time that grows with the text alone: libxml2 and Python's `re` try every way through a
pattern such as `(a|aa)+b`, which takes seconds for thirty letters. What it says is translated by elementpath, as xmlschema
has it. Digits and ranges are held by libxml2 (lxml), which knows how dates, durations and numbers compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from guantong_adapters.soap.wsdl.model import XSD, Bound, Pattern

Holds = Callable[[str], bool]
BOUNDS = ("minInclusive", "minExclusive", "maxInclusive", "maxExclusive", "totalDigits", "fractionDigits")
_MOST_MEMORY = 8 << 20
_LONGEST = 100
"""Characters of a pattern that are shown."""
_ANCHORS = "^(?:", r")$(?!\n\Z)"


class NotHeld(Exception):
    """A facet that cannot be held; the text says which and why."""


def patterns_of(line: Iterator[Any]) -> tuple[Pattern, ...]:
    """The patterns of the types of a derivation: a text has to match one of each step. Raises `NotHeld`."""
    return tuple(_pattern(list(one.patterns.regexps)) for one in line if one.patterns)


def bounds_of(line: Iterator[Any], base: str) -> tuple[Bound, ...]:
    """The digits and ranges of a derivation from *base*; the last said of each counts. Raises `NotHeld`."""
    found: dict[str, str] = {}
    for one in line:
        for name, facet in one.facets.items():
            kind = (name or "").rpartition("}")[2]
            said = facet.elem.get("value") if kind in BOUNDS and facet.elem is not None else None
            if said is not None:
                found.setdefault(kind, said.strip())
    bounds = tuple(Bound(kind=kind, value=value) for kind, value in found.items())
    if bounds:
        within(base, bounds)
    return bounds


def matching(pattern: Pattern) -> Holds:
    """Whether a whole text matches. Raises `NotHeld`."""
    import re2  # type: ignore[import-untyped]  # it has no types; it is loaded where a WSDL has patterns

    options = re2.Options()
    options.max_mem, options.log_errors = _MOST_MEMORY, False
    try:
        match = re2.compile(pattern.expression, options).fullmatch
    except re2.error as error:
        raise NotHeld(f"the pattern {pattern.said}: {str(error)[:100]}") from None
    return lambda text: match(text) is not None


def within(base: str, bounds: tuple[Bound, ...]) -> Holds:
    """Whether a text of the built-in type *base* is within bounds. Raises `NotHeld`."""
    schema = etree.Element(f"{{{XSD}}}schema", nsmap={"xs": XSD})
    simple = etree.SubElement(etree.SubElement(schema, f"{{{XSD}}}element", name="v"), f"{{{XSD}}}simpleType")
    restriction = etree.SubElement(simple, f"{{{XSD}}}restriction", base=f"xs:{base}")
    for one in bounds:
        etree.SubElement(restriction, f"{{{XSD}}}{one.kind}", value=one.value)
    try:
        valid = etree.XMLSchema(schema).validate
    except etree.XMLSchemaParseError as error:
        raise NotHeld(f"the bounds {said(bounds)} of {base}: {str(error)[:100]}") from None

    def holds(text: str) -> bool:
        element = etree.Element("v")
        try:
            element.text = text
        except ValueError:
            return False  # what XML cannot hold
        return bool(valid(element))

    return holds


def said(bounds: tuple[Bound, ...]) -> str:
    """The bounds in words of the schema."""
    return ", ".join(f"{one.kind} {one.value}" for one in bounds)


def _pattern(alternatives: list[str]) -> Pattern:
    from elementpath.regex import RegexError, translate_pattern  # where a WSDL is new

    shown = " | ".join(alternatives)[:_LONGEST]
    made = []
    for one in alternatives:
        try:
            whole = translate_pattern(one, back_references=False, lazy_quantifiers=False, anchors=False)
        except RegexError as error:
            raise NotHeld(f"the pattern {shown}: {str(error)[:100]}") from None
        made.append(whole.removeprefix(_ANCHORS[0]).removesuffix(_ANCHORS[1]))
    pattern = Pattern(said=shown, expression="|".join(f"(?:{one})" for one in made))
    matching(pattern)
    return pattern

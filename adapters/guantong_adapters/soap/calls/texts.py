"""Texts of the record as they stand in XML: escaped, and in the lexical form that their type has.

The forms are those of XML Schema Part 2 (dates, numbers, booleans …). Facets that are held: enumerations,
lengths, patterns, digits and ranges. What a value means is nobody's business here: nothing is converted, but numbers and booleans written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from guantong_adapters.soap.calls.unfit import Unfit, Want, kind_of
from guantong_adapters.soap.wsdl.facets import matching, said, within
from guantong_adapters.soap.wsdl.model import UNBOUNDED, Simple, Type

Check = Callable[[str], object]
"""Whether a text has the form of its type: true or false by its truth."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
_DATE = r"-?\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-4]):[0-5]\d:[0-5]\d(?:\.\d+)?"
_FORMS: Mapping[str, str] = {
    "boolean": r"true|false|0|1",
    "date": _DATE + _ZONE, "time": _TIME + _ZONE, "dateTime": f"{_DATE}T{_TIME}{_ZONE}",
    "gYear": r"-?\d{4,}" + _ZONE, "gYearMonth": r"-?\d{4,}-(0[1-9]|1[0-2])" + _ZONE,
    "gMonth": r"--(0[1-9]|1[0-2])" + _ZONE, "gDay": r"---(0[1-9]|[12]\d|3[01])" + _ZONE,
    "gMonthDay": r"--(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])" + _ZONE,
    "duration": r"-?P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "float": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|-?INF|NaN",
    "hexBinary": r"([0-9a-fA-F]{2})*",
    "QName": r"([^\W\d][\w.-]*:)?[^\W\d][\w.-]*",
}
_SAME = {"double": "float"}
_WHOLE: Mapping[str, tuple[int | None, int | None]] = {
    "integer": (None, None), "nonPositiveInteger": (None, 0), "negativeInteger": (None, -1),
    "nonNegativeInteger": (0, None), "positiveInteger": (1, None),
    "long": (-(1 << 63), (1 << 63) - 1), "int": (-(1 << 31), (1 << 31) - 1), "short": (-(1 << 15), (1 << 15) - 1),
    "byte": (-128, 127), "unsignedLong": (0, (1 << 64) - 1), "unsignedInt": (0, (1 << 32) - 1),
    "unsignedShort": (0, (1 << 16) - 1), "unsignedByte": (0, 255),
}
_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII).fullmatch
_SPACES = str.maketrans("\t\n\r", "   ")
KEEPS_SPACE = frozenset({"string", "anySimpleType", "normalizedString"})
"""Built-in types whose texts are read with the spaces around them."""


class Marked(str):
    """A text that is XML already: it is written as it is."""

    __slots__ = ()


def escaped(text: str, name: str) -> str:
    """*text* as the content of the element *name*. Raises `Unfit`."""
    if isinstance(text, Marked):
        return text
    if text.isprintable() and "<" not in text and "&" not in text and ">" not in text:
        return text  # as nearly all are
    if _UNWRITABLE.search(text):
        raise Unfit(name, Want.WRITABLE, ("a control character", "控制字符"))
    return escape(text, {"\r": "&#13;"})


def attribute_text(text: str, name: str) -> str:
    """*text* as the value of an attribute, between double quotes. Raises `Unfit`."""
    plain = escaped(text, name)
    return plain if plain.isalnum() else plain.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def text_of(value: object, name: str) -> str:
    """The text of a scalar of the record. Raises `Unfit` for what is none; a number with a fraction is none: its
    digits are no longer those that were sent."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    raise Unfit(name, Want.TEXT, kind_of(value))


class Checks:
    """The checks of the simple types of one WSDL, made once each; None for a type that takes any text."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self._types = types
        self._made: dict[str, tuple[Check | None, Want, str]] = {}

    def of(self, key: str) -> tuple[Check | None, Want, str]:
        """The check of a text of the type *key*, and what to say when it fails."""
        if key not in self._made:
            self._made[key] = (None, Want.TEXT, "")  # holds while a type that contains itself is read
            type_ = self._types.get(key)
            made = self._make(type_)
            restricted = isinstance(type_, Simple) and not type_.values and (type_.patterns or type_.bounds)
            self._made[key] = _restricted(type_, made) if isinstance(type_, Simple) and restricted else made
        return self._made[key]

    def _make(self, type_: Type | None) -> tuple[Check | None, Want, str]:
        if not isinstance(type_, Simple):
            return None, Want.TEXT, ""
        if type_.members:
            return self._union(type_)
        shape, want, said = (None, Want.FORM, f"{type_.name or type_.base}") if type_.items else form(type_.base)
        if type_.items:
            item, want, said = self.of(type_.items)
            shape = None if item is None else lambda text: all(item(word) for word in text.split())
        if type_.values:
            listed = frozenset(type_.values)
            return listed.__contains__, Want.LISTED, _some(type_.values)
        least, most = type_.shortest, type_.longest
        if not least and most == UNBOUNDED:
            return shape, want, said
        measure: Callable[[str], int] = _LENGTHS.get(type_.base, len) if not type_.items else _words
        limits = f"{least}–{most}" if most != UNBOUNDED else f"≥ {least}"

        def check(text: str) -> bool:
            if shape is not None and not shape(text):
                return False
            length = measure(text)
            return least <= length and (most == UNBOUNDED or length <= most)

        return check, Want.LENGTH, limits

    def _union(self, type_: Simple) -> tuple[Check | None, Want, str]:
        checks = [self.of(member)[0] for member in type_.members]
        if any(check is None for check in checks):
            return None, Want.TEXT, ""
        return (lambda text: any(check is not None and check(text) for check in checks)), Want.FORM, type_.name

    def keeps_space(self, key: str) -> bool:
        """Whether texts of the type *key* keep the spaces around them."""
        type_ = self._types.get(key)
        return not isinstance(type_, Simple) or (not type_.items and (bool(type_.members) or type_.base in KEEPS_SPACE))


def _restricted(type_: Simple, made: tuple[Check | None, Want, str]) -> tuple[Check | None, Want, str]:
    """The check of a type with patterns or bounds, on top of that of its form and length."""
    shape, want, words = made
    holds = [matching(one) for one in type_.patterns]
    if type_.bounds:
        holds.append(within(type_.base, type_.bounds))
    keeps, replaced = not type_.items and (type_.base in KEEPS_SPACE or bool(type_.members)), type_.base == "normalizedString"

    def check(text: str) -> bool:
        if shape is not None and not shape(text):
            return False
        if not keeps:
            text = " ".join(text.split())
        elif replaced:
            text = text.translate(_SPACES)
        return all(one(text) for one in holds)

    limits = [words] if want in (Want.FORM, Want.LENGTH) and words else []
    limits += [f"pattern {one.said}" for one in type_.patterns]
    limits += [said(type_.bounds)] if type_.bounds else []
    return check, Want.RESTRICTED, "; ".join(limits)


def form(base: str) -> tuple[Check | None, Want, str]:
    """The check of the lexical form of a built-in type."""
    base = _SAME.get(base, base)
    if base in _WHOLE:
        low, high = _WHOLE[base]

        roomy = (low is None or low <= 0) and (high is None or high >= 10_000)

        def whole(text: str) -> bool:
            if roomy and len(text) < 5 and text.isascii() and text.isdigit():
                return True
            if _INTEGER(text) is None:
                return False
            number = int(text)
            return (low is None or low <= number) and (high is None or number <= high)

        return whole, Want.FORM, base
    if base == "base64Binary":
        return _base64, Want.FORM, base
    if base in _FORMS:
        match = re.compile(_FORMS[base], re.ASCII if base != "QName" else 0).fullmatch
        return match, Want.FORM, base
    return None, Want.TEXT, ""


_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*(=\s*){0,2}", re.ASCII).fullmatch


def _base64(text: str) -> bool:
    return _BASE64(text) is not None and len("".join(text.split())) % 4 == 0


def _words(text: str) -> int:
    return len(text.split())


def _octets_64(text: str) -> int:
    bare = "".join(text.split())
    return len(bare) // 4 * 3 - bare.count("=")


_LENGTHS: Mapping[str, Callable[[str], int]] = {"base64Binary": _octets_64, "hexBinary": lambda text: len(text) // 2}


def _some(values: tuple[str, ...]) -> str:
    return ", ".join(values[:12]) + (", …" if len(values) > 12 else "")

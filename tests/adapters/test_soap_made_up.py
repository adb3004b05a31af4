"""Whatever schema, whatever record of it: what is written is valid, and is read as what it was."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.adapters.test_soap_calls import DONE, PART, schema_of
from tests.adapters.wsdls import body_of, compiled, wsdl

from guantong.record import Fields

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12)
_WORDS = st.text(st.sampled_from("甲乙丙<>&\"'䶮𠮷ab1 "), max_size=8)
SIMPLE: dict[str, st.SearchStrategy[str]] = {
    "xs:string": _TEXT | _WORDS,
    "xs:int": st.integers(-(1 << 31), (1 << 31) - 1).map(str),
    "xs:decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-10**9, max_value=10**9).map(lambda one: format(one, "f")),
    "xs:boolean": st.sampled_from(["true", "false", "1", "0"]),
    "xs:date": st.dates().map(lambda one: one.isoformat().rjust(10, "0")),
    "xs:dateTime": st.datetimes().map(lambda one: one.isoformat().rjust(19, "0")),
    "xs:base64Binary": st.sampled_from(["", "5Y+M", "5Y+MIQ=="]),
    "t:Colour": st.sampled_from(["红", "绿"]),
    "t:Numbers": st.lists(st.integers(0, 99).map(str), max_size=4).map(" ".join),
}
NAMED = (
    '<xs:simpleType name="Colour"><xs:restriction base="xs:string"><xs:enumeration value="红"/><xs:enumeration value="绿"/></xs:restriction></xs:simpleType>'
    '<xs:simpleType name="Numbers"><xs:list itemType="xs:int"/></xs:simpleType>'
)


@dataclass(frozen=True)
class Made:
    """A part of a made-up type: its XSD, and what records may have there."""

    xsd: str
    fields: st.SearchStrategy[Fields]


@st.composite
def elements(draw: st.DrawFn, number: str, depth: int) -> Made:
    """An element with a name of its own."""
    name, least, most = f"e{number}", draw(st.sampled_from([0, 1])), draw(st.sampled_from(["1", "3", "unbounded"]))
    nillable = draw(st.booleans())
    occurs = f'minOccurs="{least}" maxOccurs="{most}" nillable="{str(nillable).lower()}"'
    if depth and draw(st.booleans()):
        inside = draw(groups(number, depth - 1))
        xsd, one, leaf = f'<xs:element name="{name}" {occurs}><xs:complexType>{inside.xsd}</xs:complexType></xs:element>', inside.fields, False
    else:
        kind = draw(st.sampled_from(sorted(SIMPLE)))
        xsd, one, leaf = f'<xs:element name="{name}" type="{kind}" {occurs}/>', SIMPLE[kind], True  # type: ignore[assignment]  # texts or fields
    if most != "1":
        item = st.builds(lambda text: {"": text}, st.none() | one if nillable else one) if leaf else one
        many = st.lists(item, min_size=least, max_size=3).map(lambda found: {name: found} if found else {})
        return Made(xsd, many)
    value: Any = one if not nillable else st.none() | one
    said = st.builds(lambda found: {name: found}, value)
    return Made(xsd, said if least else st.just({}) | said)


@st.composite
def groups(draw: st.DrawFn, number: str, depth: int) -> Made:
    """A sequence of elements and choices, with attributes."""
    parts: list[Made] = []
    for index in range(draw(st.integers(1, 4))):
        if draw(st.integers(0, 4)) == 0:
            parts.append(draw(choices(f"{number}c{index}")))
        else:
            parts.append(draw(elements(f"{number}_{index}", depth)))
    attributes = draw(st.lists(st.sampled_from(["a", "b"]), unique=True))
    xsd = "<xs:sequence>" + "".join(part.xsd for part in parts) + "</xs:sequence>"
    xsd += "".join(f'<xs:attribute name="{name}" type="xs:string"/>' for name in attributes)
    given_attributes = st.fixed_dictionaries({}, optional={f"@{name}": _WORDS for name in attributes})
    return Made(xsd, st.tuples(given_attributes, *(part.fields for part in parts)).map(
        lambda found: {key: value for one in found for key, value in one.items()}
    ))


@st.composite
def choices(draw: st.DrawFn, number: str) -> Made:
    """One of several texts."""
    names = [f"e{number}{index}" for index in range(draw(st.integers(2, 3)))]
    kinds = [draw(st.sampled_from(sorted(SIMPLE))) for _ in names]
    xsd = "".join(f'<xs:element name="{name}" type="{kind}"/>' for name, kind in zip(names, kinds, strict=True))
    either = [st.builds(lambda text, name=name: {name: text}, SIMPLE[kind]) for name, kind in zip(names, kinds, strict=True)]
    return Made(f"<xs:choice>{xsd}</xs:choice>", st.one_of(either))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_what_is_written_by_any_schema_is_valid_and_read_as_it_was(data: st.DataObject) -> None:
    """Ten records of each: every element, list, attribute, nil and character comes back."""
    made = data.draw(groups("0", 2))
    text = wsdl(NAMED + f'<xs:element name="Submit"><xs:complexType>{made.xsd}</xs:complexType></xs:element>' + DONE,
                PART.format("Submit"), PART.format("SubmitResponse"), form=data.draw(st.sampled_from(["qualified", "unqualified"])))
    request, schema = compiled(text).request, schema_of(text)
    for _ in range(10):
        record = data.draw(made.fields)
        content = request.write(copy.deepcopy(record))
        assert request.read(body_of(content)) == record
        schema.validate(content)

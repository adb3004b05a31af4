"""Facets of a WSDL's types: what we send, and what we answer, holds to them or is told where it does not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.served import told
from tests.adapters.soap_peer import Hub
from tests.adapters.wsdls import compiled, wsdl

from guantong.problems import ProblemsError
from guantong_adapters.soap.calls.unfit import Unfit
from guantong_adapters.soap.wsdl.documents import Documents
from guantong_adapters.soap.wsdl.read import read

TYPES = """
<xs:simpleType name="IdNo"><xs:restriction base="xs:token"><xs:pattern value="\\d{17}[\\dX]"/><xs:pattern value="GA-\\i\\c*"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Local"><xs:restriction base="t:IdNo"><xs:pattern value="4452.*"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Name"><xs:restriction base="xs:string"><xs:maxLength value="5"/><xs:pattern value="[\\p{IsCJKUnifiedIdeographs}·]+"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Money"><xs:restriction base="xs:decimal"><xs:totalDigits value="5"/><xs:fractionDigits value="2"/>
  <xs:minInclusive value="0"/><xs:maxExclusive value="1000"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Small"><xs:restriction base="t:Money"><xs:maxExclusive value="10"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Day"><xs:restriction base="xs:date"><xs:minInclusive value="2014-01-01"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Copies"><xs:restriction base="xs:int"><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Slow"><xs:restriction base="xs:string"><xs:pattern value="(a|aa)+b"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Huge"><xs:restriction base="xs:string"><xs:pattern value="a{2000}"/></xs:restriction></xs:simpleType>
<xs:simpleType name="Either"><xs:union memberTypes="t:Local t:Day"/></xs:simpleType>
"""
NAMES = ("IdNo", "Local", "Name", "Money", "Small", "Day", "Copies", "Slow", "Huge", "Either")
_PARTS = "".join(f'<xs:element name="{name}" type="t:{name}" minOccurs="0"/>' for name in NAMES)
SCHEMA = TYPES + "".join(f'<xs:element name="{name}"><xs:complexType><xs:sequence>{_PARTS}</xs:sequence></xs:complexType></xs:element>'
                         for name in ("Submit", "SubmitResponse"))
TEXT = wsdl(SCHEMA, '<w:part name="parameters" element="t:Submit"/>', '<w:part name="parameters" element="t:SubmitResponse"/>')

HELD = {
    "IdNo": (["44528119700101001X", "GA-㙍1", " 445281197001010010 "], ["4452811970010100", "GA-", "44528119700101001x"],
             "pattern \\d{17}[\\dX] | GA-\\i\\c*"),
    "Local": (["44528119700101001X"], ["44018119700101001X", "GA-1"], "pattern 4452.*; pattern \\d{17}[\\dX] | GA-\\i\\c*"),
    "Name": (["陈一", "买买提·阿"], ["Chen", "陈一陈一陈一", ""], "0–5; pattern [\\p{IsCJKUnifiedIdeographs}·]+"),
    "Money": (["0", "999.99", "1.5"], ["-0.01", "1000", "1.555", "1.5e1", "12345.6"],
              "decimal; totalDigits 5, fractionDigits 2, minInclusive 0, maxExclusive 1000"),
    "Small": (["9.99"], ["10"], "decimal; maxExclusive 10, totalDigits 5, fractionDigits 2, minInclusive 0"),
    "Day": (["2014-01-01", "2026-11-27+08:00"], ["2013-12-31", "2014-1-1"], "date; minInclusive 2014-01-01"),
    "Copies": (["9", "-1"], ["10"], "int; maxInclusive 9"),
    "Either": (["44528119700101001X", "2014-07-15"], ["44018119700101001X", "2013-07-15"], "Either"),
}


@pytest.mark.parametrize("name", HELD)
def test_a_value_that_a_facet_does_not_allow_is_told_where_it_stands(name: str) -> None:
    """With what was expected, and without the value."""
    taken, refused, expected = HELD[name]
    write = compiled(TEXT).request.write
    for text in taken:
        assert text in write({name: text})
    for text in refused:
        with pytest.raises(Unfit) as unfit:
            write({name: text})
        details = unfit.value.details()
        assert details["path"] == name
        assert details["expected"].endswith(f"({expected})")
        assert text not in details["came"] or len(text) < 3


def test_a_pattern_of_strangers_takes_no_more_time_than_its_text() -> None:
    """Python's `re` and libxml2 would be at it for years."""
    write, began = compiled(TEXT).request.write, time.perf_counter()
    with pytest.raises(Unfit):
        write({"Slow": "a" * 100_000})
    assert write({"Slow": "a" * 100_000 + "b"})
    assert time.perf_counter() - began < 60


def test_a_pattern_that_cannot_be_held_is_passed_over_with_a_remark() -> None:
    assert ":Huge>b</" in compiled(TEXT).request.write({"Huge": "b"})
    [remark] = read(Documents("file:///s.wsdl", {"file:///s.wsdl": TEXT.encode()})).remarks
    assert remark.startswith("{urn:t}Huge: not held: the pattern a{2000}: ")


@pytest.mark.parametrize(("taken", "path"), [({"Money": "1.555"}, "Money"), ({"IdNo": "x"}, "IdNo")])
async def test_an_answer_of_ours_holds_to_them_before_any_call(tmp_path: Path, taken: Any, path: str) -> None:
    with pytest.raises(ProblemsError) as raised:
        async with told(tmp_path, TEXT, Hub(), {"Submit": {"taken": taken}}):
            pass
    [problem] = raised.value.problems
    assert (problem.code.id, problem.path) == ("GT675", "serve.operations.Submit.taken")
    assert problem.message("en").startswith(f"the answer does not fit the WSDL: {path}: expected a value as the WSDL restricts it (")

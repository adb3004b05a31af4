"""Any text of any Unicode plane, in every codec and charset: it comes back exactly, or its field is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.codec import Codec, Unencodable
from guantong.plugins import registry
from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import write_text
from guantong_plugins.codecs.culprit import XML_ILLEGAL, texts

CHARSETS = ("utf-8", "gb18030", "gbk", "gb2312", "big5")
HOSTILE = (
    "]]>", "<![CDATA[", "&lt;", "&amp;lt;", "&#0;", "<!DOCTYPE a>", "<?xml?>", "\r\n", "\r", "\x85", "\u2028", "\ufeff",
    "\x00", "\x0b", "\ufffe", "\uffff", "\ud800", "\udfff", "\ufffd", "?", '"', "'", ",", ";", "|", "\t", "=1+1", "%", "+", "&",
    "\\", "\u0301", "\u202e", "\u200d", "\u00ad", "䶮", "㙍", "㛃", "𠮷", "𰻝", "喆", "堃", "·", "—", "\u2015", "\u30fb", "　", " ", "🀄",
    "null", "无", "锘縗",
)
ANY = st.text(st.one_of(st.characters(), st.sampled_from(HOSTILE).flatmap(st.sampled_from)), max_size=12) | st.lists(
    st.sampled_from(HOSTILE), max_size=4).map("".join)


class Case(NamedTuple):
    """One way a codec is set up: its fields, whether XML bounds what it carries, and what else it may refuse."""

    codec: str
    options: Mapping[str, Any]
    fields: Callable[[list[str]], Fields]
    kind: str = "KIND"
    xml: bool = False
    refuses: Callable[[str, str, str], bool] = lambda *_: False


def flat(values: list[str]) -> Fields:
    return dict(zip(("SBLSH", "SQRMC", "SPYJ"), values, strict=True))


def listed(values: list[str]) -> Fields:
    return {"SBLSH": values[0], "CLS": [{"CLMC": values[1]}, {"CLMC": values[2]}]}


def attributed(values: list[str]) -> Fields:
    return {"SBLSH": values[0], "SBLSH@type": values[1], "CLS": [{"@id": values[2], "": values[0]}], "CL": {"@n": values[1], "A": None}}


def numbered(values: list[str]) -> Fields:
    return {f"field_{number}": value for number, value in enumerate(values, 1)}


def banjie(values: list[str]) -> Fields:
    return {"SBLSH_SHORT": values[0], "d:SPBANJIE": {"BJBMMC": values[1], "ZJ": {"MC": values[2]}}}


XML = {"root": "ROOT", "lists": {"CLS": {"item": "CL"}}, "nil": "nil"}
PAIRS = {"root": "ExInfo", "record": "standardInfo", "kind_at": "./@process", "lists": {"CLS": {"item": "CL"}}}
CASES = {
    "json": Case("json", {"kind_field": "type", "envelope": "data/list[]"}, listed),
    "row": Case("row", {"lists": ["CLS"]}, listed),
    "form": Case("form", {"kind_field": "type"}, flat),
    "exinfo": Case("exinfo", {"lists": {"CLS": {"item": "CL"}}}, listed, xml=True),
    "xml-element": Case("xml-element", {"kind": "HEAD/TYPE", "data": "DATA", "lists": {"CLS": {"item": "CL"}}}, listed, xml=True),
    "positional": Case("positional", {"kind": "KIND"}, numbered, xml=True),
    "xml": Case("xml", XML | {"kind_at": "HEAD/TYPE"}, attributed, xml=True),
    "xml namespaces": Case(
        "xml", {"root": "d:A", "namespaces": {"d": "urn:d"}, "default_namespace": "urn:x", "kinds": ["d:SPBANJIE"]},
        banjie, "d:SPBANJIE", xml=True),
    "xml pairs": Case("xml", PAIRS | {"pairs": {}}, listed, xml=True),
    "xml pairs of attributes": Case("xml", PAIRS | {"pairs": {"value": "@Value"}}, flat, xml=True),
    "xml pairs of elements": Case("xml", PAIRS | {"pairs": {"name": "Name", "value": "Value"}}, flat, xml=True),
    "xml in CDATA": Case("xml", XML | {"kind_at": "./@kind", "cdata": ["*"]}, attributed, xml=True),
    "xml inside": Case("xml", XML | {"kind_at": "./@kind", "inside": "string", "inside_as": "cdata"}, attributed, xml=True),
    "xml escaped": Case("xml", XML | {"kind_at": "./@kind", "escaped": 2, "inside": "string"}, attributed, xml=True),
    "xml by hand": Case("xml", XML | {"kind_at": "./@kind", "ampersands": "accept", "cdata": ["SBLSH"]}, attributed, xml=True),
    "csv": Case("csv", {"kind_field": "type"}, flat),
    "csv tab": Case("csv", {"kind_field": "type", "delimiter": "\t", "line_end": "lf", "bom": True}, flat),
    "csv columns": Case("csv", {"kind": "KIND", "header": False, "columns": ["SBLSH", "SQRMC", "SPYJ"], "quote": "all"}, flat),
    "csv unquoted": Case(
        "csv", {"kind": "KIND", "header": False, "columns": ["SBLSH", "SQRMC", "SPYJ"], "quote": "none", "delimiter": "|"},
        flat, refuses=lambda path, text, charset: bool(set(text) & set("|\r\n")) or (
            path == "SBLSH" and text.encode(charset, "ignore").startswith((b"\xef\xbb\xbf", b"\x84\x31\x95\x33")))),
    "csv quoted where needed": Case("csv", {"kind": "KIND", "header": False, "columns": ["SBLSH", "SQRMC", "SPYJ"]}, flat),
    "xml in a form": Case("nested", {
        "outer": {"codec": "form"}, "field": "xmlStr", "constants": {"v": "1"},
        "inner": {"codec": "xml", "options": XML | {"kind_at": "./@kind"}}}, listed, xml=True),
    "json in a form": Case("nested", {
        "outer": {"codec": "form"}, "field": "data", "inner": {"codec": "json", "options": {"kind_field": "type"}}}, listed),
    "positions in a row": Case("nested", {
        "outer": {"codec": "row"}, "field": "XMLBODY", "inner": {"codec": "positional", "options": {"kind": "KIND"}}}, numbered, xml=True),
    "xml in json in a form": Case("nested", {
        "outer": {"codec": "form"}, "field": "data", "inner": {"codec": "nested", "options": {
            "outer": {"codec": "json"}, "field": "xml", "inner": {"codec": "xml", "options": PAIRS | {"pairs": {}}}}}}, listed, xml=True),
}


def make(case: Case, charset: str) -> Codec:
    spec = registry().codecs[case.codec]
    return spec.make(spec.options.model_validate(case.options), charset)


def writable(path: str, text: str, charset: str, case: Case) -> bool:
    """Whether the text at this path has a form in the charset and the wire form."""
    try:
        write_text(text, charset)
    except UnicodeEncodeError:
        return False
    return not (case.xml and XML_ILLEGAL.search(text)) and not case.refuses(path, text, charset)


@pytest.mark.parametrize("name", CASES)
@settings(deadline=None)
@given(charset=st.sampled_from(CHARSETS), values=st.lists(ANY, min_size=3, max_size=3))
def test_any_text_comes_back_or_its_field_is_named(name: str, charset: str, values: list[str]) -> None:
    """Never `?`, U+FFFD or a silent loss; and nothing is refused that could be written."""
    case = CASES[name]
    native = Native(case.kind, case.fields(values))
    lost = {path for path, text in texts(native.fields) if not writable(path, text, charset, case)}
    if lost:
        with pytest.raises(Unencodable) as refused:
            make(case, charset).encode(native)
        assert refused.value.path in lost
    else:
        codec = make(case, charset)
        assert codec.decode(codec.encode(native), case.kind if case.codec == "row" else None) == [native]


REFERRING = [
    name for name, case in CASES.items()
    if case.xml and case.codec != "nested" and name not in ("xml in CDATA", "xml inside", "xml by hand")
]


@pytest.mark.parametrize("name", REFERRING)
@settings(deadline=None, max_examples=40)
@given(values=st.lists(ANY.map(lambda text: XML_ILLEGAL.sub("", text)), min_size=3, max_size=3))
def test_a_reference_stands_for_what_the_charset_lacks(name: str, values: list[str]) -> None:
    """Where the dialect says that the receiver reads them."""
    case = CASES[name]
    codec = make(case._replace(options={**case.options, "unwritable": "reference"}), "gb2312")
    native = Native(case.kind, case.fields(values))
    assert codec.decode(codec.encode(native), None) == [native]

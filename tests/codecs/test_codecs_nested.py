"""The codec `nested`: a record inside a field of another, each with its own codec."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus, unquote_plus

import pytest
from pydantic import ValidationError

from guantong.codec import Codec, Undecodable, Unencodable
from guantong.plugins import registry
from guantong.record import Native

SPEC = registry().codecs["nested"]
XML = {"codec": "xml", "options": {"root": "APPROVEDATAINFO", "kinds": ["SPBANJIE"]}}
FORM = {"outer": {"codec": "form"}, "field": "xmlStr", "inner": XML}


def make(charset: str = "utf-8", **options: Any) -> Codec:
    return SPEC.make(SPEC.options.model_validate({**FORM, **options}), charset)


NATIVE = Native("SPBANJIE", {"SBLSH_SHORT": "1", "SPBANJIE": {"BJBMMC": "甲&乙", "BJJGDM": "6"}})


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_xml_inside_a_form(charset: str) -> None:
    """As in a REST interface of 2014: the inner document declares the charset in which the form is encoded."""
    codec = make(charset, constants={"access_token": "-"})
    body = codec.encode(NATIVE)
    said = unquote_plus(body.decode("ascii"), encoding=charset)
    assert said.startswith(f'access_token=-&xmlStr=<?xml version="1.0" encoding="{charset.upper()}"?><APPROVEDATAINFO><SBLSH_SHORT>1<')
    assert codec.decode(body, None) == [NATIVE]


def test_several_records_inside_one_field() -> None:
    """Each with what stands beside the field."""
    inner = "<APPROVEDATAINFO><SPBANJIE><A>1</A></SPBANJIE><SPBANJIE><A>2</A></SPBANJIE></APPROVEDATAINFO>"
    codec = make(beside=["accessToken"])
    natives = [Native("SPBANJIE", {"accessToken": "t", "SPBANJIE": {"A": number}}) for number in "12"]
    assert codec.decode(f"accessToken=t&xmlStr={quote_plus(inner)}".encode(), None) == natives
    assert codec.decode(codec.encode(natives[0]), None) == natives[:1]


def test_numbered_fields_inside_a_column() -> None:
    """The middle table of e-supervision: XMLBODY, beside columns of its own; the kind is the table's or a column's."""
    codec = make(
        outer={"codec": "row"}, field="XMLBODY", inner={"codec": "positional", "options": {}}, beside=["STATUS", "MSG_NAME"])
    native = Native("logDataSubmit", {"STATUS": "000", "MSG_NAME": "m", "field_1": "20140715103000", "field_2": "<同意>"})
    body = codec.encode(native)
    assert '"XMLBODY":"<field_1>20140715103000</field_1><field_2>&lt;同意&gt;</field_2>"' in body.decode()
    assert codec.decode(body, "logDataSubmit") == [native]


def test_two_levels_deep() -> None:
    """XML in JSON in a form."""
    codec = make(field="data", inner={"codec": "nested", "options": {"outer": {"codec": "json"}, "field": "xmlStr", "inner": XML}})
    assert unquote_plus(codec.encode(NATIVE).decode()).startswith('data={"xmlStr":"<?xml version=\\"1.0\\"')
    assert codec.decode(codec.encode(NATIVE), None) == [NATIVE]


@pytest.mark.parametrize(("body", "said"), [
    (b"other=1", "xmlStr: expected a text, got nothing"),
    (b"xmlStr=%3CA/%3E", "the record: expected APPROVEDATAINFO, got something else"),
    (b"xmlStr=%3CA", "the body is not well-formed XML at line 1, column 3"),
])
def test_what_does_not_hold_a_record_is_refused(body: bytes, said: str) -> None:
    """In the words of the codec that could not read it."""
    with pytest.raises(Undecodable) as refused:
        make().decode(body, None)
    assert refused.value.reason == said


def test_two_fields_of_one_name_are_refused() -> None:
    """One inside and one beside: neither is lost."""
    inner = "<APPROVEDATAINFO><A>1</A><SPBANJIE/></APPROVEDATAINFO>"
    with pytest.raises(Undecodable) as refused:
        make().decode(f"A=2&xmlStr={quote_plus(inner)}".encode(), None)
    assert refused.value.reason == "a field stands twice: A"
    with pytest.raises(Unencodable) as unwritten:
        make(beside=["xmlStr"]).encode(Native("SPBANJIE", {"xmlStr": "x"}))
    assert unwritten.value.path == "xmlStr"


@pytest.mark.parametrize(("options", "said"), [
    ({"inner": {"codec": "xlm"}}, "there is no codec named 'xlm'; known: csv, "),
    ({"inner": {"codec": "xml"}}, "options.root: Field required"),
    ({"outer": {"codec": "form", "options": {"kindfield": "x"}}}, "options.kindfield: Extra inputs are not permitted"),
])
def test_a_part_that_cannot_be_made_is_named(options: dict[str, Any], said: str) -> None:
    """When the dialect loads."""
    with pytest.raises(ValidationError) as wrong:
        make(**options)
    assert said in str(wrong.value)

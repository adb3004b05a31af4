"""What the codecs do with what they should never have been sent: a named refusal, soon and without a guess."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.codec import Codec, Undecodable, Unencodable
from guantong.record import Native
from guantong_plugins.codecs.culprit import XML_ILLEGAL
from guantong_plugins.codecs.plugin import register_codecs

SPECS = {spec.name: spec for spec in register_codecs()}
NAME = "申请人某某办理"
ENVELOPE = '<ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE></HEAD><DATA>{}</DATA></ROOT>'


NEEDED: dict[str, dict[str, Any]] = {
    "xml": {"root": "ROOT"}, "nested": {"outer": {"codec": "form"}, "field": "xmlStr", "inner": {"codec": "json"}},
}


def make(name: str, charset: str = "utf-8", **options: Any) -> Codec:
    spec = SPECS[name]
    return spec.make(spec.options(**{**NEEDED.get(name, {}), **options}), charset)


def element(charset: str = "utf-8") -> Codec:
    return make("xml-element", charset, kind="HEAD/TYPE", data="DATA", lists={"SBCLQD": {"item": "CL"}})


def refused(codec: Codec, body: bytes, charset: str | None = None) -> Undecodable:
    with pytest.raises(Undecodable) as error:
        codec.decode(body, "KIND", charset)
    assert NAME not in error.value.reason + error.value.reason_zh
    return error.value


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("json", b"", "GT301"),
        ("json", b'{"a":', "GT301"),
        ("json", b'{"a":1}trailing', "GT301"),
        ("json", b'{"a":NaN}', "GT301"),
        ("json", b'{"a":"\\ud800"}', "GT301"),
        ("json", b'{"a":1,"a":2}', "GT306"),
        ("json", b'{"a": {"b": 1, "b": 2}}', "GT306"),
        ("json", b'"text"', "GT307"),
        ("json", b"[]", "GT307"),
        ("json", b'{"a":[[1]]}', "GT307"),
        ("json", b'{"a":' * 65 + b"1" + b"}" * 65, "GT304"),
        ("json", b"[" * 40_000, "GT301"),
        ("json", b'{"a":' + b"9" * 4000 + b"}", "GT658"),
        ("json", b'{"a":[-1e400]}', "GT658"),
        ("json", b'{"a":' * 900 + b"1" + b"}" * 900, "GT304"),
        ("json", b'{"a":[' + b"0," * 200_000 + b"0]}", "GT305"),
        ("exinfo", b"<ExInfo>", "GT302"),
        ("exinfo", b"<ExInfo/>", "GT307"),
        ("exinfo", b"<Other/>", "GT307"),
        ("exinfo", b"<ExInfo><standardInfo><Field>x</Field></standardInfo></ExInfo>", "GT307"),
        ("exinfo", b'<ExInfo><standardInfo><Field FieldName="A"><B/></Field></standardInfo></ExInfo>', "GT307"),
        (
            "exinfo",
            b'<ExInfo><standardInfo><Field FieldName="A"/><Field FieldName="A"/></standardInfo></ExInfo>', "GT306",
        ),
        ("xml-element", b"", "GT302"),
        ("xml-element", b"<ROOT><HEAD/></ROOT>", "GT307"),
        ("xml-element", ENVELOPE.format("<A>").encode(), "GT302"),
        ("xml-element", ENVELOPE.format("<A>x</A>lost").encode(), "GT307"),
        ("xml-element", ENVELOPE.format("lost<A>x</A>").encode(), "GT307"),
        ("xml-element", ENVELOPE.format("&undeclared;").encode(), "GT302"),
        ("xml-element", ENVELOPE.format("<SBCLQD><OTHER/></SBCLQD>").encode(), "GT307"),
        ("xml-element", ENVELOPE.format("<SBCLQD/><SBCLQD/>").encode(), "GT306"),
        ("xml-element", ENVELOPE.format("<A>" * 63 + "</A>" * 63).encode(), "GT304"),
        ("xml-element", ENVELOPE.format("<A>" * 5000 + "</A>" * 5000).encode(), "GT304"),
        ("xml-element", ENVELOPE.format("<A/>" * 400_001).encode(), "GT305"),
        ("xml-element", ENVELOPE.format("<A>\x01</A>").encode(), "GT302"),
        ("positional", b"", "GT307"),
        ("positional", b"<other>x</other>", "GT307"),
        ("positional", b"<field_0>x</field_0>", "GT307"),
        ("positional", b"<field_1>x</field_1><field_1>y</field_1>", "GT306"),
        ("positional", b"</fields><field_1/><fields>", "GT302"),
        ("positional", b'<!DOCTYPE fields [<!ENTITY a "b">]><field_1>&a;</field_1>', "GT302"),
        ("row", b"[]", "GT307"),
        ("row", b'{"A":{"B":"1"}}', "GT307"),
        ("row", b'{"SBCLQD":"[{"}', "GT307"),
        ("row", b'{"SBCLQD":"{}"}', "GT307"),
        ("form", b"", "GT307"),
        ("form", b"a", "GT307"),
        ("form", b"a=1&a=2", "GT306"),
        ("xml", b"", "GT302"),
        ("xml", b"<OTHER/>", "GT307"),
        ("xml", b"<ROOT>text</ROOT>", "GT307"),
        ("xml", b"<ROOT><A>x</A>lost</ROOT>", "GT307"),
        ("xml", b"<ROOT>lost<A>x</A></ROOT>", "GT307"),
        ("xml", b"<ROOT><A>a & b</A></ROOT>", "GT302"),
        ("xml", b"<ROOT><A a='1' a='2'/></ROOT>", "GT302"),
        ("xml", b"<ROOT><x:A/></ROOT>", "GT302"),
        ("xml", b"<ROOT>" + b"<A>" * 64 + b"</A>" * 64 + b"</ROOT>", "GT304"),
        ("xml", b"<ROOT>" + b"<A/>" * 400_001 + b"</ROOT>", "GT305"),
        ("xml", b"<ROOT " + b" ".join(b"a%d=''" % n for n in range(100_001)) + b"/>", "GT305"),
        ("xml", b"<ROOT><A b='" + b"x" * 65_537 + b"'/></ROOT>", "GT309"),
        ("xml", b"<ROOT><" + b"A" * 301 + b"/></ROOT>", "GT308"),
        ("xml", b"<ROOT " + b"a" * 301 + b"=''/>", "GT308"),
        ("csv", b"", "GT307"),
        ("csv", b"A,B\r\n", "GT307"),
        ("csv", b"A,A\r\n1,2\r\n", "GT306"),
        ("csv", b"A,\r\n1,2\r\n", "GT312"),
        ("csv", b"A,B\r\n1\r\n", "GT312"),
        ("csv", b"A,B\r\n1,2,3\r\n", "GT312"),
        ("csv", b'A,B\r\n1,"2\r\n', "GT312"),
        ("csv", b'A,B\r\n1,"2"x\r\n', "GT312"),
        ("csv", b"A\r\n" + b"x" * 131_073, "GT312"),
        ("csv", b"A,B\r\n" + b"1,2\r\n" * 25_001, "GT305"),
        ("nested", b"a=1", "GT307"),
        ("nested", b"xmlStr={", "GT301"),
        ("nested", b"a=1&xmlStr=%7B%22a%22:%222%22%7D", "GT306"),
        ("text", "系统错误".encode(), "GT307"),
        ("text", "<html>编码：0</html>".encode(), "GT307"),
        ("text", "编码：0；编码：1".encode(), "GT306"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else value,
)
def test_a_body_of_another_shape_is_refused_by_its_code(name: str, body: bytes, code: str) -> None:
    """Truncated, malformed, doubled, too deep or too many: each has its stable code, in both languages."""
    options: dict[str, dict[str, Any]] = {
        "xml-element": {"kind": "HEAD/TYPE", "data": "DATA", "lists": {"SBCLQD": {"item": "CL"}}},
        "row": {"lists": ["SBCLQD"]},
    }
    error = refused(make(name, **options.get(name, {})), body)
    assert error.code == code
    assert error.reason
    assert error.reason_zh


@pytest.mark.parametrize("before", ["", '<?xml version="1.0"?>\n', "<!-- <ROOT/> -->", "<?pi <ROOT> ?><!---->", " "])
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE ROOT [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE ROOT SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE ROOT [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
    ],
)
def test_a_doctype_is_refused_before_anything_is_parsed(before: str, doctype: str) -> None:
    """Entity bombs, files and addresses of others: no entity is declared, so none is expanded or fetched."""
    body = f"{before}{doctype}{ENVELOPE.format('<A>&b;</A>')}".encode()
    assert refused(element(), body).code == "GT303"


@pytest.mark.parametrize(("body", "code", "place"), [
    ('<?xml version="1.0"?>\n\n<!DOCTYPE r>\n<r/>', "GT303", "line 3, column 1"),
    ('<?xml version="1.0"?><!-- 说明 -->  <!DOCTYPE r><r/>', "GT303", "line 1, column 35"),
    ('<?xml version="1.0" encoding="UTF-8"?>\n<r>\n  <A>x</B>\n</r>', "GT302", "line 3, column 11"),
    ('\u3000\n<r><A>x</B></r>', "GT302", "line 2, column 12"),
])
def test_a_mistake_is_where_it_stands_in_the_document_that_came(body: str, code: str, place: str) -> None:
    """The declaration is a line of it, too."""
    error = refused(make("xml", "utf-8"), body.encode())
    assert (error.code, place in error.reason) == (code, True), error.reason


@pytest.mark.parametrize(("body", "said"), [(b"null", "报文：应为对象，实际为无"), (b"[]", "报文：应为对象列表，实际为无"), (b"3", "报文：应为对象，实际为文本")])
def test_a_record_that_is_no_object_is_told_as_the_record(body: bytes, said: str) -> None:
    """It has no path of its own."""
    assert refused(make("json", "utf-8"), body).reason_zh == said


def test_what_looks_like_a_doctype_in_a_value_is_text() -> None:
    """Only the place before the root element is a document type's."""
    body = ENVELOPE.format("<A><![CDATA[<!DOCTYPE x>]]></A>").encode()
    assert element().decode(body, None)[0].fields == {"A": "<!DOCTYPE x>"}


WRITTEN = {
    "json": f'{{"SQRMC":"{NAME}"}}',
    "xml-element": f'<?xml version="1.0" encoding="CHARSET"?>{ENVELOPE.format(f"<SQRMC>{NAME}</SQRMC>")}',
}


def written(name: str, declared: str) -> str:
    return WRITTEN[name].replace("CHARSET", declared)


def codec_of(name: str, charset: str) -> Codec:
    return element(charset) if name == "xml-element" else make(name, charset)


@pytest.mark.parametrize("name", sorted(WRITTEN))
@pytest.mark.parametrize("configured", ["utf-8", "gb18030"])
@pytest.mark.parametrize("declared", ["utf-8", "gb18030", "gb2312", "iso-8859-1", "utf-16", "nonsense"])
def test_a_wrong_declaration_does_not_hide_what_is_configured(name: str, configured: str, declared: str) -> None:
    """What is really sent in the configured charset is read right, whatever the document and the transport
    declare."""
    body = written(name, declared).encode(configured)
    assert codec_of(name, configured).decode(body, "K", declared)[0].fields == {"SQRMC": NAME}


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_charset_that_nobody_named_is_refused_with_the_byte(name: str) -> None:
    """GB 18030 bytes where everything says UTF-8: the first bad byte is named, nothing is replaced."""
    text = written(name, "utf-8")
    error = refused(codec_of(name, "utf-8"), text.encode("gb18030"), "utf-8")
    assert error.code == "GT310"
    assert f"position {text.index(NAME)}" in error.reason


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_utf_8_where_everything_says_gb18030_is_refused_not_garbled(name: str) -> None:
    """GB 18030 would decode such bytes into other characters without an error: that is recognised."""
    error = refused(codec_of(name, "gb18030"), written(name, "gb18030").encode("utf-8"), "gbk")
    assert error.code == "GT311"


@pytest.mark.parametrize("name", sorted(WRITTEN))
@pytest.mark.parametrize("encoded", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides(name: str, encoded: str) -> None:
    """It is no part of the record, and stronger than any declaration."""
    body = written(name, "gb18030").encode(encoded)
    assert codec_of(name, "gb18030").decode(body, "K", "gb18030")[0].fields == {"SQRMC": NAME}


def test_two_byte_words_in_gbk_are_not_taken_for_utf_8() -> None:
    """联通 in GBK happens to be valid UTF-8: the declaration holds."""
    body = '{"A":"联通"}'.encode("gbk")
    assert make("json", "gb18030").decode(body, "K")[0].fields == {"A": "联通"}


@settings(deadline=None)
@given(body=st.binary(max_size=200), name=st.sampled_from(sorted(SPECS)), charset=st.sampled_from(["utf-8", "gb18030"]))
def test_any_bytes_are_read_or_refused(body: bytes, name: str, charset: str) -> None:
    """No input brings anything but records or `Undecodable`."""
    codec = make(name, charset)
    with suppress(Undecodable):
        assert all(isinstance(record, Native) for record in codec.decode(body, "KIND", "gbk"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":01}', None), ('{"a":1}', "1"), ('{"a":"01"}', "01"), ('{"a":1.50}', "1.50"), ('{"a":-0}', "-0"),
        ('{"a":1E2}', "1E2"), ('{"a":123456789012345678901234567890}', "123456789012345678901234567890"),
        ('{"a":445202199003071232}', "445202199003071232"), ('{"a":true}', "true"), ('{"a" : false}', "false"),
        ('{"a":0.1}', "0.1"), ('{"a":"\\u6797"}', "林"), ('{"a":"a\\":b"}', 'a":b'), ('{"a":"\\u0000"}', "\0"),
    ],
)
def test_json_scalars_keep_their_text(text: str, expected: str | None) -> None:
    """A number is what was written: no rounding, no shortening, no lost zero."""
    if expected is None:
        assert refused(make("json"), text.encode()).code == "GT301"
        return
    assert make("json").decode(text.encode(), "K")[0].fields == {"a": expected}


def test_a_json_number_too_large_to_be_read_is_told_as_that() -> None:
    """It is JSON: its sender is not sent looking for a missing brace."""
    told = refused(make("json"), b'{"a":1, "b":' + b"9" * 4000 + b"}")
    assert told.reason == "the number at character 13 is larger than any that is read (1.8E308)"
    assert told.reason_zh == "第 13 个字符处的数字过大（超过 1.8E308）"


@pytest.mark.parametrize("name", ["exinfo", "xml-element", "positional"])
@pytest.mark.parametrize("bad", ["\0", "\x0b", "\ufffe", "\ud800"], ids=ascii)
def test_what_xml_cannot_carry_is_refused_by_the_name_of_its_field(name: str, bad: str) -> None:
    """A control character or half a surrogate: the field is named, its value is not."""
    fields = {"field_1": NAME, "field_2": f"{NAME}{bad}"}
    with pytest.raises(Unencodable) as error:
        make(name).encode(Native("K", fields))
    assert error.value.path == "field_2"
    assert NAME not in str(error.value)


def test_every_printable_character_is_one_that_xml_can_carry() -> None:
    """The quick test before the exact one lets nothing through."""
    assert not [code for code in range(sys.maxunicode + 1) if chr(code).isprintable() and XML_ILLEGAL.match(chr(code))]


@pytest.mark.parametrize("name", ["json", "exinfo", "xml-element", "positional", "row", "form", "text"])
def test_what_a_charset_lacks_is_refused_by_the_name_of_its_field(name: str) -> None:
    """GBK cannot write 𠮷; GB 18030 writes it. Nothing is ever replaced by a question mark."""
    first, second = ("编码", "描述") if name == "text" else ("field_1", "field_2")
    fields = {first: NAME, second: "𠮷"}
    with pytest.raises(Unencodable) as error:
        make(name, "gbk").encode(Native("K", fields))
    assert error.value.path == second
    codec = make(name, "gb18030")
    assert codec.decode(codec.encode(Native("K", fields)), "K") in ([Native("K", fields)], [Native("ROOT", fields)])


def test_a_missing_character_is_written_as_a_reference_only_on_request() -> None:
    """The reader of XML gets the character back."""
    codec = make("xml-element", "gbk", unwritable="reference")
    body = codec.encode(Native("", {"A": "𠮷"}))
    assert b"&#134071;" in body
    assert codec.decode(body, None)[0].fields == {"A": "𠮷"}


@pytest.mark.parametrize(
    ("name", "fields", "path"),
    [
        ("json", {"a": {"b": 1.5j}}, "a/b"), ("json", {"n": "12x"}, "n"), ("json", {"l": [{"n": "1e"}]}, "l/0/n"),
        ("exinfo", {"A": {"B": "1"}}, "A"), ("exinfo", {"L": "x"}, "L"), ("exinfo", {"L": ["x"]}, "L/0"),
        ("xml-element", {"1A": "x"}, "1A"), ("xml-element", {"A": 1.5}, "A"), ("xml-element", {"a><b": "x"}, "a><b"),
        ("row", {"A": [{"B": "1"}]}, "A"), ("positional", {"name": "x"}, "name"), ("positional", {"field_3": "x"}, "field_3"),
        ("form", {"A": {"B": "1"}}, "A"), ("text", {"其他": "x"}, "其他"), ("text", {"描述": "a；编码：9"}, "描述"),
    ],
)
def test_a_value_the_wire_form_cannot_carry_is_refused_by_its_name(name: str, fields: dict[str, Any], path: str) -> None:
    """A type, a number that is none, a name that is no element's, a field beyond the count."""
    options: dict[str, dict[str, Any]] = {
        "json": {"numbers": ["n"]}, "exinfo": {"lists": {"L": {"item": "I"}}}, "positional": {"count": {"K": 2}},
    }
    with pytest.raises(Unencodable) as error:
        make(name, **options.get(name, {})).encode(Native("K", fields))
    assert error.value.path == path


def test_json_numbers_and_booleans_are_written_as_the_options_say() -> None:
    """Exactly the text, without quotes, in lists too; other fields stay text."""
    codec = make("json", numbers=["ver", "fee"], booleans=["urgent"])
    native = Native("K", {"ver": "1", "fee": "120.50", "urgent": "true", "no": "01", "l": [{"ver": "2"}], "m": None})
    assert codec.encode(native) == b'{"ver":1,"fee":120.50,"urgent":true,"no":"01","l":[{"ver":2}],"m":null}'


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("编码：0；描述：接收成功", {"编码": "0", "描述": "接收成功"}),
        ("编码:0;描述:接收成功;", {"编码": "0", "描述": "接收成功"}),
        (" 编码 ： 1； 描述：办件已存在；流水号：1000 \n", {"编码": "1", "描述": "办件已存在", "流水号": "1000"}),
        ("编码：3；描述：字段超长；SPYJ：2001", {"编码": "3", "描述": "字段超长；SPYJ：2001"}),
    ],
)
def test_replies_in_words_are_read_as_people_write_them(text: str, fields: dict[str, str]) -> None:
    """Half-width and full-width signs, spaces, a last semicolon, and semicolons inside a description."""
    for charset in ("utf-8", "gb18030"):
        assert make("text", charset).decode(text.encode(charset), None) == [Native("reply", fields)]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("<A>x</A><A>y</A>", {"A": [{"": "x"}, {"": "y"}]}),
        ("<A><B>x</B></A>", {"A": {"B": "x"}}),
        ("<A/><B></B><C> </C>", {"A": "", "B": "", "C": " "}),
        ('<A xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>', {"A": None}),
        ("<n:A xmlns:n='urn:x'>a<!-- c -->b<![CDATA[<c>]]></n:A>", {"A": "ab<c>"}),
        ("<SBCLQD><CL><CLMC>x</CLMC></CL></SBCLQD>", {"SBCLQD": [{"CLMC": "x"}]}),
        ("<SBCLQD/>", {"SBCLQD": []}),
    ],
)
def test_xml_elements_become_fields_without_loss(body: str, fields: dict[str, Any]) -> None:
    """What repeats is a list, what is nested an object, what is nil None, comments and namespaces aside."""
    assert element().decode(ENVELOPE.format(body).encode(), None) == [Native("EX_GDBS_SL", fields)]


@pytest.mark.parametrize(
    "decode",
    [
        lambda: make("json", kind_field="type").decode(b'{"type":" accept "}', "transport"),
        lambda: make("json", kind="accept").decode(b"{}", "transport"),
        lambda: make("json", kind_field="type").decode(b"{}", "accept"),
        lambda: make("form", kind_field="type").decode(b"type=accept", None),
    ],
)
def test_a_kind_comes_from_the_body_before_the_transport(decode: Callable[[], Sequence[Native]]) -> None:
    """Where the body does not name it, the transport's name holds."""
    assert [record.kind for record in decode()] == ["accept"]


def test_several_records_in_one_body_are_several_natives() -> None:
    """A JSON list, and several standardInfo of one ExInfo."""
    assert len(make("json").decode(b'[{"a":"1"},{"a":"2"}]', "K")) == 2
    body = b'<ExInfo><standardInfo process="A"/><standardInfo process="B"/></ExInfo>'
    assert [record.kind for record in make("exinfo").decode(body, None)] == ["A", "B"]


@pytest.mark.parametrize("name", sorted(SPECS))
def test_an_unknown_charset_is_refused_when_the_codec_is_made(name: str) -> None:
    """A mistake in a dialect is found when it loads."""
    with pytest.raises(ValueError, match="expected a charset"):
        make(name, "utf8mb4")

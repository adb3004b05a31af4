"""The codec `xml`: what counties really send, each way declared and none guessed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from guantong.codec import Codec, Undecodable, Unencodable
from guantong.plugins import registry
from guantong.record import Native

SPEC = registry().codecs["xml"]
NIL = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'


def make(charset: str = "utf-8", **options: Any) -> Codec:
    return SPEC.make(SPEC.options.model_validate({"root": "ROOT", **options}), charset)


def fields(body: str, **options: Any) -> dict[str, Any]:
    return make(**options).decode(body.encode(), None)[0].fields


def written(native: dict[str, Any], kind: str = "", /, **options: Any) -> str:
    codec = make(declaration=False, **options)
    body = codec.encode(Native(kind, native))
    assert codec.decode(body, kind) == [Native(kind, native)]
    return body.decode()


SPACES = {"root": "d:A", "namespaces": {"d": "urn:d", "e": "urn:e"}, "default_namespace": "urn:x"}


@pytest.mark.parametrize("body", [
    '<d:A xmlns:d="urn:d" xmlns:e="urn:e" xmlns="urn:x"><N>1</N><e:N>2</e:N></d:A>',
    '<q:A xmlns:q="urn:d"><z:N xmlns:z="urn:x">1</z:N><d:N xmlns:d="urn:e">2</d:N></q:A>',
    '<A xmlns="urn:d"><N xmlns="urn:x">1</N><N xmlns="urn:e">2</N></A>',
])
def test_a_namespace_counts_by_its_uri_whatever_the_prefix(body: str) -> None:
    """Fields have the prefixes that the dialect declares."""
    assert fields(body, **SPACES) == {"N": "1", "e:N": "2"}


def test_namespaces_are_written_as_declared() -> None:
    """On the root element, once."""
    assert written({"N": "1", "e:N": "2", "e:N@d:t": "3"}, **SPACES) == (
        '<d:A xmlns="urn:x" xmlns:d="urn:d" xmlns:e="urn:e"><N>1</N><e:N d:t="3">2</e:N></d:A>')


def test_a_namespace_nobody_declared_is_a_field_of_its_own() -> None:
    """It is not mistaken for ours, and seen as unread."""
    body = '<A xmlns="urn:d"><N xmlns="urn:x">1</N><N xmlns="urn:zz">2</N><N xmlns="">3</N></A>'
    assert fields(body, **SPACES) == {"N": "1", "{urn:zz}N": "2", "{}N": "3"}


def test_without_declared_namespaces_only_local_names_count() -> None:
    """As for a sender whose namespaces change with every release."""
    assert fields('<q:ROOT xmlns:q="urn:1"><q:A q:t="2">1</q:A></q:ROOT>') == {"A": "1", "A@t": "2"}


@pytest.mark.parametrize(("body", "expected"), [
    ('<A t="1">x</A>', {"A": "x", "A@t": "1"}),
    ('<A t="1"><B u="2">x</B></A>', {"A": {"@t": "1", "B": "x", "B@u": "2"}}),
    ('<A t="1">x</A><A>y</A>', {"A": [{"@t": "1", "": "x"}, {"": "y"}]}),
    ('<CLS n="1"><CL id="7">x</CL></CLS>', {"CLS": [{"@id": "7", "": "x"}], "CLS@n": "1"}),
    ("<R>x</R>", {"R": [{"": "x"}]}),
    (f'<A {NIL} i:nil="true"/><B {NIL} i:type="s">x</B>', {"A": None, "B": "x"}),
    ("<?pi a?><A>a<!-- c -->b<?pi?><![CDATA[<c>]]></A><!-- d -->", {"A": "ab<c>"}),
    ("<A> x </A><B>\n</B>", {"A": " x ", "B": "\n"}),
    ("<SXBM_SHORT >x</SXBM_SHORT >", {"SXBM_SHORT": "x"}),
])
def test_every_shape_of_an_element_has_its_field(body: str, expected: dict[str, Any]) -> None:
    """A text stays at its name whether it has attributes or not."""
    options: dict[str, Any] = {"lists": {"CLS": {"item": "CL"}}, "repeated": ["R"]}
    assert fields(f"<ROOT>{body}</ROOT>", **options) == expected


def test_white_space_counts_unless_the_dialect_says_otherwise() -> None:
    """Pretty-printed by a sender whose library does not keep texts as they are."""
    assert fields("<ROOT><A>\n  x y\n</A><B>\n</B></ROOT>", space="trim") == {"A": "x y", "B": ""}


def test_several_records_of_several_kinds_in_one_body() -> None:
    """APPROVEDATAINFO: what stands beside the kinds belongs to each of them."""
    codec = make(root="APPROVEDATAINFO", kinds=["SPSHOULI", "SPBANJIE"])
    body = (
        "<APPROVEDATAINFO><SBLSH_SHORT>1</SBLSH_SHORT><SPBANJIE><BJBMMC/><BJJGDM>6</BJJGDM></SPBANJIE>"
        "<SPSHOULI><SLSJ>2</SLSJ></SPSHOULI><SPBANJIE/></APPROVEDATAINFO>")
    natives = [
        Native("SPSHOULI", {"SBLSH_SHORT": "1", "SPSHOULI": {"SLSJ": "2"}}),
        Native("SPBANJIE", {"SBLSH_SHORT": "1", "SPBANJIE": {"BJBMMC": "", "BJJGDM": "6"}}),
        Native("SPBANJIE", {"SBLSH_SHORT": "1", "SPBANJIE": {}}),
    ]
    assert codec.decode(body.encode(), "ignored") == natives
    for native in natives:
        assert codec.decode(codec.encode(native), None) == [native]
    with pytest.raises(Undecodable) as refused:
        codec.decode(b"<APPROVEDATAINFO><SBLSH_SHORT>1</SBLSH_SHORT></APPROVEDATAINFO>", None)
    assert refused.value.reason == "the record: expected SPSHOULI / SPBANJIE, got nothing"


def test_every_element_at_the_path_is_a_record() -> None:
    """Also those in a second envelope."""
    body = b'<ROOT><D><ROW k="A"><X>1</X></ROW><ROW k="B"/></D><D><ROW k="C"/></D></ROOT>'
    assert make(record="D/ROW", kind_at="./@k").decode(body, None) == [Native("A", {"X": "1"}), Native("B", {}), Native("C", {})]


@pytest.mark.parametrize(("options", "expected"), [
    ({"kind_at": "HEAD/TYPE"}, "<ROOT><HEAD><TYPE>K</TYPE></HEAD><A>1</A></ROOT>"),
    ({"kind_at": "HEAD/@type", "constants": {"HEAD/VER": "1.0", "@v": "2"}}, '<ROOT v="2"><HEAD type="K"><VER>1.0</VER></HEAD><A>1</A></ROOT>'),
    ({"kind_at": "HEAD/TYPE", "record": "DATA/ROW", "constants": {"HEAD/VER": "1.0", "DATA/N": "1"}},
     "<ROOT><HEAD><VER>1.0</VER><TYPE>K</TYPE></HEAD><DATA><N>1</N><ROW><A>1</A></ROW></DATA></ROOT>"),
    ({"kind_at": "./@process", "record": "S"}, '<ROOT><S process="K"><A>1</A></S></ROOT>'),
    ({"kind_at": "./T/@n", "record": "S"}, '<ROOT><S><T n="K"></T><A>1</A></S></ROOT>'),
    ({"kind_at": "./H/T"}, "<ROOT><H><T>K</T></H><A>1</A></ROOT>"),
    ({"kind": "K", "inside": "s:string", "namespaces": {"s": "urn:s"}}, '<s:string xmlns:s="urn:s">&lt;ROOT xmlns:s="urn:s"&gt;&lt;A&gt;1&lt;/A&gt;&lt;/ROOT&gt;</s:string>'),
    ({"kind": "K", "inside": "R/data", "inside_as": "cdata"}, "<R><data><![CDATA[<ROOT><A>1</A></ROOT>]]></data></R>"),
    ({"kind": "K", "escaped": 1}, "&lt;ROOT&gt;&lt;A&gt;1&lt;/A&gt;&lt;/ROOT&gt;"),
])
def test_the_envelope_is_written_and_read(options: dict[str, Any], expected: str) -> None:
    """Where the kind stands, what is constant, where the document itself stands."""
    assert written({"A": "1"}, "K", **options) == expected


def test_elements_that_name_their_field_at_any_depth() -> None:
    """`<Field FieldName="SBLSH">`, lists and objects inside too."""
    native = {"A": "1", "A@t": "s", "C": [{"B": "2"}], "D": {"E": "3"}}
    assert written(native, "K", record="R", kind_at="./@p", pairs={}, lists={"C": {"item": "Row"}}) == (
        '<ROOT><R p="K"><Field FieldName="A" t="s">1</Field><Field FieldName="C"><Row><Field FieldName="B">2</Field></Row></Field>'
        '<Field FieldName="D"><Field FieldName="E">3</Field></Field></R></ROOT>')


@pytest.mark.parametrize(("pairs", "expected"), [
    ({"element": "F", "name": "@N", "value": "@V"}, '<F N="A" V="1"></F>'),
    ({"element": "F", "name": "Name", "value": "Value"}, "<F><Name>A</Name><Value>1</Value></F>"),
    ({"element": "F", "name": "@N", "value": "Value"}, '<F N="A"><Value>1</Value></F>'),
    ({"element": "F", "name": "Name", "value": "@V"}, '<F V="1"><Name>A</Name></F>'),
])
def test_name_and_value_may_stand_anywhere_in_such_an_element(pairs: dict[str, str], expected: str) -> None:
    """In attributes or in elements."""
    assert written({"A": "1"}, pairs=pairs) == f"<ROOT>{expected}</ROOT>"


@pytest.mark.parametrize("inside", ["<Name>A</Name>", "<Value>1</Value>", "<Name>A</Name><Value>1</Value><Value>2</Value>",
                                    "<Name>A</Name><Value>1</Value><More/>", "x<Name>A</Name><Value>1</Value>", "<Name/><Value/>"])
def test_a_pair_that_lacks_a_part_or_has_too_many_is_refused(inside: str) -> None:
    """Nothing of it is lost."""
    with pytest.raises(Undecodable):
        fields(f"<ROOT><F>{inside}</F></ROOT>", pairs={"element": "F", "name": "Name", "value": "Value"})


def test_a_name_in_an_attribute_is_read_without_the_blanks_around_it() -> None:
    """`SXBM_SHORT ` is seen in live schemas."""
    assert fields('<ROOT><Field FieldName="SXBM_SHORT ">1</Field></ROOT>', pairs={}) == {"SXBM_SHORT": "1"}


def test_fields_are_written_in_the_declared_order() -> None:
    """A sequence of a schema: at every depth, and the rest behind as the mapping has it."""
    codec = make(declaration=False, order=["B", "A"])
    assert codec.encode(Native("", {"Z": "1", "A": {"Y": "2", "B": "3"}, "B": "4"})) == (
        b"<ROOT><B>4</B><A><B>3</B><Y>2</Y></A><Z>1</Z></ROOT>")


@pytest.mark.parametrize(("nil", "expected"), [
    ("omit", "<ROOT><B>x</B></ROOT>"), ("empty", "<ROOT><A></A><B>x</B></ROOT>"),
    ("nil", '<ROOT xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><A xsi:nil="true"></A><B>x</B></ROOT>'),
])
def test_no_value_is_written_as_the_dialect_says(nil: str, expected: str) -> None:
    """Left out, empty, or nil."""
    assert make(declaration=False, nil=nil).encode(Native("", {"A": None, "B": "x"})).decode() == expected


def test_cdata_that_ends_early_is_split() -> None:
    """`]]>` and a carriage return come back as they were."""
    assert written({"A": "a]]>b\rc", "B": "<"}, cdata=["A"]) == (
        "<ROOT><A><![CDATA[a]]]]><![CDATA[>b]]>&#13;<![CDATA[c]]></A><B>&lt;</B></ROOT>")


def test_an_ampersand_nobody_escaped_is_read_only_where_that_is_declared() -> None:
    """References, CDATA and comments stay what they are; `<` is beyond repair."""
    body = "<ROOT><A>a & b &amp; &#x4E00; &nbsp; &</A><B><![CDATA[& &amp;]]></B><!-- & --><C u='1&2'/></ROOT>"
    assert fields(body, ampersands="accept") == {"A": "a & b & 一 &nbsp; &", "B": "& &amp;", "C": "", "C@u": "1&2"}
    with pytest.raises(Undecodable):
        fields(body)
    with pytest.raises(Undecodable):
        fields("<ROOT><A>a < b</A></ROOT>", ampersands="accept")


def test_a_reply_escaped_as_a_whole_is_read_only_where_that_is_declared() -> None:
    """And one that was not escaped is refused there: unescaping would turn its values into markup."""
    body = "&lt;ROOT&gt;&lt;A&gt;1 &amp;lt; 2&lt;/A&gt;&lt;/ROOT&gt;"
    assert fields(body, escaped=1) == {"A": "1 < 2"}
    assert fields(body.replace("&", "&amp;"), escaped=2) == {"A": "1 < 2"}
    with pytest.raises(Undecodable) as refused:
        fields(body)
    assert refused.value.code == "GT302"
    with pytest.raises(Undecodable) as refused:
        fields("<ROOT><A>&lt;B/&gt;</A></ROOT>", escaped=1)
    assert refused.value.reason == "the record: expected an escaped document, &lt;…, got an element"


@pytest.mark.parametrize(("declared", "transport", "real", "configured"), [
    ("GBK", "utf-8", "utf-8", "gb18030"), ("UTF-8", None, "gb18030", "gb18030"), ("GB2312", None, "gb18030", "utf-8"),
])
def test_a_declaration_that_lies_about_its_charset_does_not_mislead(
    declared: str, transport: str | None, real: str, configured: str
) -> None:
    """The bytes are what they are; rare names in GB 18030 come back."""
    body = f'<?xml version="1.0" encoding="{declared}"?><ROOT><A>䶮㙍㛃</A></ROOT>'.encode(real)
    assert make(configured).decode(body, None, transport)[0].fields == {"A": "䶮㙍㛃"}


@pytest.mark.parametrize("options", [{"inside": "s"}, {}])
@pytest.mark.parametrize("doctype", ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/passwd">'])
def test_no_doctype_anywhere(options: dict[str, Any], doctype: str) -> None:
    """Neither in the document nor in the one inside it."""
    inner = f"{doctype}<ROOT><A>&b;</A></ROOT>"
    body = f"<s><![CDATA[{inner}]]></s>" if options else inner
    with pytest.raises(Undecodable) as refused:
        fields(body, **options)
    assert refused.value.code == "GT303"


@pytest.mark.parametrize(("native", "path"), [
    ({"A": {"": "x", "@t": "1"}}, "A"), ({"A@t": "1"}, "A@t"), ({"A": None, "A@t": "1"}, "A@t"), ({"x:A": "1"}, "x:A"),
    ({"A²": "1"}, "A²"), ({"{urn}A": "1"}, "{urn}A"), ({"C": "x"}, "C"), ({"L": ["x"]}, "L/0"), ({"L": [{"": "x", "B": "y"}]}, "L/0"),
    ({"A": "1", "A@1": "x"}, "1"), ({"A": 1.5}, "A"),
])
def test_what_has_no_place_in_xml_is_refused_by_its_name(native: dict[str, Any], path: str) -> None:
    """Before anything is sent that reads otherwise."""
    with pytest.raises(Unencodable) as refused:
        make(lists={"C": {"item": "CL"}}).encode(Native("", native))
    assert refused.value.path == path


@pytest.mark.parametrize(("options", "said"), [
    ({"root": "d:A"}, "the prefix 'd' is not among the namespaces declared"),
    ({"cdata": ["A"], "unwritable": "reference"}, "unwritable: reference does not go with CDATA"),
    ({"record": "D/ROW", "kind_at": "D/ROW/TYPE"}, "'D/ROW/TYPE' stands inside the record; write its path as ./…"),
    ({"pairs": {}, "kind_at": "HEAD/TYPE"}, "with pairs, what stands around the record needs `record` to tell it apart"),
    ({"record": "D//ROW"}, "String should match pattern"),
    ({"escaped": 3}, "Input should be less than or equal to 2"),
    ({"nill": "omit"}, "Extra inputs are not permitted"),
])
def test_options_that_contradict_each_other_are_named(options: dict[str, Any], said: str) -> None:
    """When the dialect loads."""
    with pytest.raises(ValidationError) as wrong:
        make(**options)
    assert said in str(wrong.value)

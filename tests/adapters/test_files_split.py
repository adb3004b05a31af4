"""Splitting a file's text: every record once, in order, and each part a whole file of the same form."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from guantong_adapters.files.splitting.parts import Survey, body, groups, splittable
from guantong_adapters.files.splitting.settings import Split
from guantong_adapters.files.splitting.shell import Shell, Unsplittable
from guantong_plugins.codecs.csvrecord import Csv, CsvOptions

MOST = 10_000


def split_in(content: bytes, charset: str | None = None, most: int = MOST, **settings: Any) -> list[bytes]:
    """The parts of a file."""
    split = Split.model_validate(settings)
    copy = tempfile.TemporaryFile()  # noqa: SIM115  closed below; what a real file raises is not what one in memory does
    copy.write(content)
    file = splittable(copy, split, charset, most, None)
    found: list[list[str]] = []
    shell: Shell | None = None
    with closing(copy), closing(file):
        for group, shell in groups(file.records(), split, most):  # noqa: B007  the last one is used
            found.append(group)
    assert shell is not None
    survey = Survey(shell, sum(map(len, found)), len(found), file.charset)
    return [body(group, survey, most) for group in found]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
NAMES = st.text(st.characters(codec="gb18030", exclude_categories=("Cs", "Cc")), max_size=8)


@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=12), each=st.integers(1, 5), quote=st.booleans())
def test_the_rows_of_all_parts_are_those_the_codec_reads_in_the_whole(rows: list[list[str]], each: int, quote: bool) -> None:
    """Quotes, line breaks in cells, and rows that are blank: what tells rows apart here and there is the same."""
    options = CsvOptions.model_validate({"columns": ["甲", "乙"], "kind": "K", "quote": "minimal" if quote else "none"})
    cells = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' if quote else cell.translate(str.maketrans("\n,", "  ")) for cell in row] for row in rows]
    whole = ("甲,乙\r\n" + "\r\n".join(",".join(row) for row in cells)).encode()
    codec = Csv(options, "utf-8")
    parts = split_in(whole, csv={"quote": quote}, each=each)
    assert [one.fields for part in parts for one in codec.decode(part, None)] == [one.fields for one in codec.decode(whole, None)]
    assert len(parts) == -(-len(rows) // each)


@given(items=st.lists(st.dictionaries(NAMES, st.none() | st.booleans() | NAMES | st.integers(), max_size=3), min_size=1, max_size=12),
       each=st.integers(1, 5), indent=st.none() | st.integers(0, 2))
def test_every_json_part_has_what_is_around_the_list_and_its_items_as_written(items: list[Any], each: int, indent: int | None) -> None:
    """Numbers and escapes are not written anew."""
    around = {"code": 0, "data": {"total": 1e2, "list": items, "next": [1, {"list": []}]}, "说明": "列表"}
    whole = json.dumps(around, indent=indent, ensure_ascii=False)
    parts = [part.decode("gb18030") for part in split_in(whole.encode("gb18030"), "gb18030", json={"records": "data/list"}, each=each)]
    assert [item for part in parts for item in json.loads(part)["data"]["list"]] == items
    assert all({**json.loads(part), "data": {**json.loads(part)["data"], "list": items}} == around for part in parts)
    assert all("100.0" in part for part in parts)


@given(names=st.lists(st.text(st.characters(codec="gb18030", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=8), min_size=1, max_size=12),
       each=st.integers(1, 5))
def test_every_xml_part_has_its_head_and_says_its_own_count(names: list[str], each: int) -> None:
    """In GB18030, with comments, CDATA, attributes that hold angle brackets, empty records, and a tail."""
    def record(number: int, name: str) -> str:
        text = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<n:案 i='{number}' t='>'><!-- </案> --><XM>{text}</XM><B><![CDATA[<案>]]></B></n:案>\n" if number % 3 else f"<n:案 i='{number}'/>"

    records = "".join(record(number, name) for number, name in enumerate(names))
    whole = (f'<?xml version="1.0" encoding="GB18030"?>\n<n:Package xmlns:n="urn:x"><Head><COUNT>{len(names)}</COUNT><S>甲</S></Head>'
             f'<Body> {records}</Body><Tail/></n:Package>\n')
    parts = split_in(whole.encode("gb18030"), xml={"records": "Package/Body", "count": "Package/Head/COUNT"}, each=each)
    roots = [etree.fromstring(part) for part in parts]
    found = [one for root in roots for one in root.iterfind("Body/*")]
    assert [one.get("i") for one in found] == [str(number) for number in range(len(names))]
    assert [one.findtext("XM") or "" for one in found] == [name if number % 3 else "" for number, name in enumerate(names)]
    assert [root.findtext("Head/COUNT") for root in roots] == [str(len(root.findall("Body/*"))) for root in roots]
    assert all(root.findtext("Head/S") == "甲" and root.find("Tail") is not None for root in roots)


def test_a_count_behind_the_records_is_each_parts_own_too() -> None:
    """Some write it at the end."""
    parts = split_in(b"<P><B><r/><r/><r/></B><N>3</N></P>", xml={"records": "P/B", "count": "P/N"}, each=2)
    assert parts == [b"<P><B><r/><r/></B><N>2</N></P>", b"<P><B><r/></B><N>1</N></P>"]


def test_a_count_in_a_section_is_replaced_with_the_section() -> None:
    """Some write every text as CDATA."""
    parts = split_in(b"<P><N><![CDATA[2]]></N><B><r/><r/></B></P>", xml={"records": "P/B", "count": "P/N"}, each=1)
    assert parts == [b"<P><N>1</N><B><r/></B></P>"] * 2


def test_a_list_that_is_the_whole_text_is_split() -> None:
    """With a mark in front of it, and blanks."""
    assert split_in("\ufeff[1, {\"a\": [2]} ,\n3]\n".encode(), json={}, each=2) == ["\ufeff[1,{\"a\": [2]}]\n".encode(), "\ufeff[3]\n".encode()]


def test_parts_are_small_enough_whatever_their_number_of_records() -> None:
    """At most a quarter as many characters as a part may have bytes."""
    parts = split_in(b"a\n" + b"x" * 99 + b"\n" + (b"y" * 99 + b"\n") * 80, csv={}, each=1000, most=4_000)
    assert [len(part) for part in parts] == [1002] * 8 + [102]


BROKEN: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "a DOCTYPE": (b'<!DOCTYPE P [<!ENTITY a "aaaa">]><P><B><r>&a;</r></B></P>', {"xml": {"records": "P/B"}},
                  "line 1: it has a document type (DOCTYPE), which is never read"),
    "no such element": (b"<P><C><r/></C></P>", {"xml": {"records": "P/B"}}, "line 1: there is no element P/B"),
    "the element twice": (b"<P><B><r/></B><B><r/></B></P>", {"xml": {"records": "P/B"}},
                          "line 1: the element with the records is there twice"),
    "cut XML": (b"<P>\n<B><r/><r>", {"xml": {"records": "P/B"}}, "line 2, column 11: no well-formed XML (no element found)"),
    "depth": (b"<a>" * 70, {"xml": {"records": "P/B"}}, "line 1: nested too deep"),
    "a long element": (b"<P><B><r>" + b"x" * 600_000, {"xml": {"records": "P/B"}}, "line 1: more than 10000 bytes without a record's end"),
    "bytes of another charset": ("<P><B><r>姓</r></B></P>".encode("gb18030"), {"xml": {"records": "P/B"}},
                                 "its text: a byte 0xd0 that is none in UTF-8"),
    "open quotes": (b'a,b\n1,"2\n3,4\n', {"csv": {}}, "line 2: the quotes do not pair"),
    "a long row": (b"a\n" + b"x" * 20_000, {"csv": {}}, "line 2: more than 10000 bytes without a record's end"),
    "cut JSON": (b'{"data": [{"a": 1}, {"a"', {"json": {"records": "data"}}, "item 2: no JSON"),
    "no list": (b'{"data": {"a": 1}}', {"json": {"records": "data"}}, "item 1: expected ["),
    "no such list": (b'{"data": {"a": 1}}', {"json": {"records": "data/list"}}, "item 1: there is no list 'list' where one was to be"),
    "a broken tail": (b'{"data": [1], ', {"json": {"records": "data"}}, "item 2: what is around the list is no JSON"),
    "a long item": (b'["' + b"x" * 600_000, {"json": {}}, "item 1: more than 10000 bytes without a record's end"),
    "a constant that is none": (b'[1, NaN]', {"json": {}}, "item 2: no JSON"),
    "a mark in the midst": ('[1,\ufeff2]'.encode(), {"json": {}}, "item 2: no JSON"),
    "depth of JSON": (b"[" * 200_000, {"json": {}}, "item 1: "),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_as_it_was_said_to_be_is_refused_where_it_is_wrong(name: str) -> None:
    """By line or item, in bounded memory."""
    content, settings, said = BROKEN[name]
    with pytest.raises(Unsplittable) as raised:
        split_in(content, **settings)
    assert str(raised.value).startswith(said)
    assert str(raised.value) == said or name == "depth of JSON"
    assert raised.value.what_zh
    assert raised.value.where_zh


def test_what_calls_itself_utf_16_and_is_not_is_read_as_what_it_is() -> None:
    """As programs write it that declare what they hold in memory; the codec believes no such word either."""
    content = '<?xml version="1.0" encoding="utf-16"?><P><B><r>姓</r></B></P>'.encode()
    assert split_in(content, xml={"records": "P/B"}) == [content]
    assert split_in(b"\n \n" + content, xml={"records": "P/B"}) == [content]


@pytest.mark.parametrize("charset", ["hex", "utf-16", "utf-7"])
def test_a_charset_that_the_text_is_not_in_is_told(charset: str) -> None:
    """Whatever the library raises for it."""
    with pytest.raises(Unsplittable, match=r"its text: (it is no text|a byte)"):
        split_in("a,b\n1,é+2AA-\n".encode(), charset, csv={})


def test_a_mark_before_a_quoted_first_cell_is_no_part_of_it() -> None:
    """Excel writes such headers, some over two lines."""
    content = '\ufeff"编号\n(必填)",姓名\r\n1,a\r\n2,b\r\n'.encode()
    codec = Csv(CsvOptions(kind="K"), "utf-8")
    parts = split_in(content, csv={}, each=1)
    assert [one.fields for part in parts for one in codec.decode(part, None)] == [one.fields for one in codec.decode(content, None)]


@pytest.mark.parametrize("number", ["1.5", "1e5", "1e-3", "-12", "0"])
@pytest.mark.parametrize("short", range(5))
def test_a_number_that_a_chunk_ends_in_is_read_whole(number: str, short: int) -> None:
    """A beginning of it is a number, too."""
    blanks = " " * (256 * 1024 - 1 - short)
    assert split_in(f"[{blanks}{number},2]".encode(), json={}, most=10_000_000) == [f"[{number},2]".encode()]


def test_only_the_first_element_at_the_path_is_the_count() -> None:
    """As for the codec; those behind it stay what they are."""
    parts = split_in(b"<P><N>2</N><B><r/><r/></B><X>k</X><N>7</N></P>", xml={"records": "P/B", "count": "P/N"}, each=1)
    assert parts == [b"<P><N>1</N><B><r/></B><X>k</X><N>7</N></P>"] * 2


def test_names_without_end_are_refused() -> None:
    """The parser keeps each name for as long as it reads."""
    records = "".join(f"<e{number}/>" for number in range(20_000))
    for content in (f"<P><B>{records}</B></P>", f"<P><B><{'n' * 400}/></B></P>"):
        with pytest.raises(Unsplittable, match="too many names of elements and attributes, or too long ones"):
            split_in(content.encode(), xml={"records": "P/B"}, most=10_000_000)

"""What is handed over may be damaged or hostile: it is refused by name, in bounded time, never followed."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from tests.mapping.handedover import (
    ELEMENTS,
    EXINFO,
    MYSQL,
    WSDL,
    XSD,
    found,
    plain_xlsx,
    saved,
    word_docx,
)

from guantong.mapping.draft.ddl import read_ddl
from guantong.mapping.draft.delimited import read_delimited


def codes(name: str, body: bytes) -> list[str]:
    """The problems of a file by code."""
    return [problem.code.id for problem in found(name, body).problems]


def changed(body: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A zipped document with a part of it written over."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as was, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as now:
        for item in was.infolist():
            text = was.read(item)
            now.writestr(item, text.replace(old, new) if item.filename == part else text)
    return out.getvalue()


def test_bombs_in_office_files_are_refused() -> None:
    """Parts that unpack to too much, ranges without end, a far-off cell, a span of a hundred million."""
    assert codes("a.xlsx", changed(plain_xlsx(), "xl/worksheets/sheet1.xml", b"</sheetData>", b" " * 60_000_000)) == ["GT701"]
    assert codes("a.docx", changed(word_docx(), "word/document.xml", b"<w:body>", b"<w:body>" + b" " * 60_000_000)) == ["GT701"]
    assert codes("a.xlsx", changed(plain_xlsx(), "xl/worksheets/sheet1.xml", b'ref="A1:F1"', b'ref="A1:XFD1048576"')) == ["GT701"]
    book = Workbook()
    book.worksheets[0].cell(1_048_576, 16_384).value = "x"
    assert codes("a.xlsx", saved(book)) == ["GT723"]
    spans = changed(word_docx(), "word/document.xml", b"<w:tcPr>", b'<w:tcPr><w:gridSpan w:val="100000000"/>')
    assert [record.name for record in found("a.docx", spans).records] == ["EX_GDBS_SL"]


def sheet_called(part: str, old: bytes, new: bytes) -> bytes:
    """A workbook whose sheet is the part *part*, which the workbook says and the name does not; written over."""
    out = io.BytesIO()
    body = changed(plain_xlsx(), "xl/worksheets/sheet1.xml", old, new)
    with zipfile.ZipFile(io.BytesIO(body)) as was, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as now:
        for item in was.infolist():
            name = item.filename.replace("worksheets/sheet1.xml", part)
            now.writestr(name, was.read(item).replace(b"worksheets/sheet1.xml", part.encode()))
    return out.getvalue()


@pytest.mark.parametrize("part", ["worksheets/sheet1.dat", "media/image1.png", "sheet"])
def test_a_part_is_held_to_the_bounds_whatever_its_name(part: str) -> None:
    """What is a sheet the workbook says, not the part's name: bombs and entities are refused under any."""
    assert [record.name for record in found("a.xlsx", sheet_called(part, b"", b"")).records] \
        == [record.name for record in found("a.xlsx", plain_xlsx()).records]
    assert codes("a.xlsx", sheet_called(part, b"</sheetData>", b" " * 60_000_000)) == ["GT701"]
    entity = b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet'
    assert codes("a.xlsx", sheet_called(part, b"<worksheet", entity)) == ["GT700"]


@pytest.mark.parametrize("body", [WSDL, XSD.replace("GB2312", "utf-8"), EXINFO, ELEMENTS.replace("GB18030", "utf-8")],
                         ids=["wsdl", "xsd", "exinfo", "elements"])
def test_documents_that_declare_entities_are_refused(body: str) -> None:
    """Neither unfolded nor fetched, in any charset."""
    start = body.index("?>") + 2
    bomb = body[:start] + '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + body[start:]
    assert codes("a.xml", bomb.encode()) == ["GT722"]
    assert codes("a.xml", bomb.replace("utf-8", "utf-16").encode("utf-16")) == ["GT722"]


def test_imports_are_named_and_never_fetched() -> None:
    """The schema elsewhere may be given as a file of its own."""
    body = XSD.replace("GB2312", "utf-8").replace(
        "<xs:simpleType name", '<xs:include schemaLocation="http://example.invalid/more.xsd"/><xs:simpleType name', 1)
    read = found("a.xsd", body.encode())
    assert [(one.code.id, one.code.severity) for one in read.problems] == [("GT726", "warning")]
    assert [record.name for record in read.records] == ["EX_GDBS_SL"]


def test_types_that_contain_themselves_end() -> None:
    """A tree of departments is unfolded a few levels, a wide one until the bound of fields."""
    wide = "".join(f'<xs:element name="c{number}" type="Node"/>' for number in range(40))
    body = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:complexType name="Node"><xs:sequence>
    <xs:element name="name" type="xs:string"/>{wide}</xs:sequence></xs:complexType>
    <xs:element name="root" type="Node"/></xs:schema>"""
    [record] = found("a.xsd", body.encode()).records
    assert 1 < len(record.fields) <= 5000


def test_deep_nesting_ends() -> None:
    """JSON and XML nested without reason are read so far or refused."""
    assert found("a.json", b'{"a":' * 5000 + b"1" + b"}" * 5000).problems
    assert codes("a.json", b'{"a":' * 100 + b"1" + b"}" * 100) == ["GT721"]
    deep = b"<r>" + b"<a><b>x</b>" * 200 + b"</a>" * 200 + b"</r>"
    assert found("a.xml", deep).records or found("a.xml", deep).problems


def test_scripts_without_end_are_read_once() -> None:
    """Quotes, comments and brackets that never close cost no more than the text is long."""
    for start in ("'", "/*", "[", '"', "(", "--", "`"):
        text = MYSQL + "create table t (a int " + start * 200_000
        assert read_ddl(text, "a.sql")[0].name == "EX_GDBS_SL"


def test_other_formats_are_named() -> None:
    """What cannot be read says what to do."""
    assert codes("old.doc", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600) == ["GT720"]
    assert codes("a.pdf", b"%PDF-1.7\n\x80\x81\xff\xff\0\0") == ["GT722"]
    assert codes("empty.csv", b"") == ["GT721"]
    assert codes("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600) == ["GT722"]
    assert codes("letter.txt", "您好，附件为接口文档。".encode("gbk")) == ["GT721"]


STARTS = st.sampled_from([b"", b"PK\x03\x04", b"<", b"<xs:schema ", b"{", b"[", b"create table t (", b"a,b\n", plain_xlsx()[:200],
                          bytes.fromhex("d0cf11e0a1b11ae1"), b"\xff\xfe", "字段名,类型\n".encode()])


@given(STARTS, st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes_end_in_records_or_problems(start: bytes, rest: bytes) -> None:
    """Nothing escapes as an exception."""
    read = found("what.dat", start + rest)
    assert bool(read.records) or bool(read.problems)


def test_one_long_row_does_not_make_all_rows_long() -> None:
    """160 KB of text stood for 40 million cells."""
    grid, problems = read_delimited("a,b\n" * 40_000 + "," * 999 + "\n", "t.csv")
    assert grid.rows == []
    assert [problem.message() for problem in problems] == [
        "the file holds too much: over 100000 rows, 1000 columns or 2000000 cells"]

"""Splitting a workbook: the rows of all parts are those that the codec reads in the whole, whoever wrote it; what is no workbook is told."""

from __future__ import annotations

import datetime
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from tests.adapters.filepeers import Peer, opened
from tests.adapters.test_files_poll import AT, take
from tests.adapters.test_files_split import split_in

from guantong.codec import Undecodable
from guantong.record import Native
from guantong_adapters.files.splitting.settings import XlsxSplit
from guantong_adapters.files.splitting.shell import Unsplittable
from guantong_adapters.files.splitting.workbook import WorkbookFile
from guantong_plugins.codecs.xlsxrecord import Xlsx, XlsxOptions

MOST = 1_000_000


def read(body: bytes, **options: Any) -> Sequence[Native]:
    return Xlsx(XlsxOptions(kind="K", **options), "utf-8").decode(body, None)


def written(rows: Sequence[Sequence[Any]], *, from_1904: bool = False) -> bytes:
    """A workbook as openpyxl writes it: texts are in their cells."""
    book = Workbook()
    if from_1904:
        book.epoch = CALENDAR_MAC_1904
    for row in rows:
        book.worksheets[0].append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


PLACES = {"sheet": "xl/worksheets/sheet1.xml", "shared": "xl/sharedStrings.xml", "workbook": "xl/workbook.xml", "styles": "xl/styles.xml",
          "rels": "xl/_rels/workbook.xml.rels", "kinds": "[Content_Types].xml"}


def with_parts(whole: bytes, **parts: str | bytes) -> bytes:
    """The workbook with parts as given; any other is a sheet of that name."""
    given = {PLACES.get(name, f"xl/worksheets/{name}.xml"): text for name, text in parts.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as model, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        kinds = model.read("[Content_Types].xml").decode().replace("</Types>", f"{SHARED}</Types>" if "shared" in parts else "</Types>")
        for part in dict.fromkeys((*model.namelist(), *given)):
            archive.writestr(part, given.get(part) or (kinds if part == "[Content_Types].xml" else model.read(part)))
    return made.getvalue()


SHARED = ('<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.'
          'spreadsheetml.sharedStrings+xml"/>')
INLINE = re.compile(r't="inlineStr"><is>(.*?)</is>', re.DOTALL)


def sharing(whole: bytes) -> bytes:
    """As Excel writes it: each text once, cells name it by its number."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    numbers = {text: number for number, text in enumerate(dict.fromkeys(INLINE.findall(sheet)))}
    shared = "".join(f"<si>{text}</si>" for text in numbers)
    return with_parts(whole, sheet=INLINE.sub(lambda one: f't="s"><v>{numbers[one[1]]}</v>', sheet),
                      shared=f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{shared}</sst>')


def packed(sheet: str | bytes, **others: str | bytes) -> bytes:
    """A workbook of such a sheet."""
    return with_parts(written([["a"]]), sheet=sheet, **others)


def repacked(whole: bytes, method: int) -> bytes:
    """The same, packed by another method and with what leads to all others first."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as model, zipfile.ZipFile(made, "w", method) as archive:
        for part in reversed(model.namelist()):
            archive.writestr(part, model.read(part))
    return made.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData></worksheet>'
SST = f'<sst xmlns="{MAIN}">{{}}</sst>'
HEADER = '<row r="1"><c t="str"><v>a</v></c></row>'
HEADER_3 = '<row r="1"><c t="str"><v>a</v></c><c t="str"><v>b</v></c><c t="str"><v>c</v></c></row>'
BOOK = (f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        "<sheets>{}</sheets></workbook>")
RELS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>')


def outcome(parts: Callable[[], list[bytes]]) -> tuple[list[Any], bool]:
    """The fields of all rows in all parts; and whether a cell is spoiled, or there is no row."""
    try:
        return [one.fields for part in parts() for one in read(part)], False
    except (Undecodable, Unsplittable):
        return [], True


CELLS = (st.none() | st.booleans() | st.integers(-10**14, 10**14) | st.floats(-1e14, 1e14, allow_nan=False, allow_subnormal=False)
         | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=8).filter(
             lambda text: not text.startswith("=")  # a formula that nobody worked out
         )
         | st.datetimes(datetime.datetime(1950, 1, 1), datetime.datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0))
         | st.dates(datetime.date(1950, 1, 1), datetime.date(2100, 1, 1)))


@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=9), each=st.integers(1, 4),
       shared=st.booleans(), from_1904=st.booleans())
def test_the_rows_of_all_parts_are_those_the_codec_reads_in_the_whole(
    rows: list[list[Any]], each: int, shared: bool, from_1904: bool,
) -> None:
    """Texts, numbers, days and times, errors typed as texts, rows and cells that are blank."""
    whole = written([["甲", "乙", "丙", "丁"], *rows], from_1904=from_1904)
    whole = sharing(whole) if shared else whole
    expected, refused = outcome(lambda: [whole])
    found, refused_so = outcome(lambda: split_in(whole, most=MOST, xlsx={}, each=each))
    assert refused_so == refused
    assert refused or found == expected
    assert refused or len(split_in(whole, most=MOST, xlsx={}, each=each)) == -(-len(expected) // each)


def test_a_workbook_as_other_programs_write_it_is_split() -> None:
    """With prefixes, gaps between rows and cells, formats of texts, phonetic runs, formulas, escapes and errors."""
    sheet = (
        '<?xml version="1.0" encoding="utf-8"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:q="urn:q"><x:dimension ref="A1:B2"/><x:sheetData>'
        '<x:row r="2" q:dyDescent="1"><x:c r="A2" t="str"><x:v>编号</x:v></x:c><x:c r="C2" t="s"><x:v>1</x:v></x:c><x:c t="s"><x:v>0</x:v></x:c></x:row>'
        '<x:row r="3"><x:c r="A3"/><x:c r="B3" s="0"/></x:row>'
        '<x:row r="9" spans="1:4"><x:c r="A9" t="s"><x:v>2</x:v></x:c><x:c r="D9"><x:f>SUM(1,2)</x:f><x:v>3</x:v></x:c></x:row>'
        '<x:row><x:c r="A10" t="inlineStr"><x:is><x:r><x:t>a</x:t></x:r><x:r><x:t> b</x:t></x:r></x:is></x:c><x:c r="C10" t="b"><x:v>0</x:v></x:c></x:row>'
        '</x:sheetData><x:mergeCells><x:mergeCell ref="A1:B1"/></x:mergeCells></x:worksheet>'
    )
    shared = (
        '<x:sst xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:si><x:t>说明</x:t></x:si>'
        '<x:si><x:r><x:rPr/><x:t>姓</x:t></x:r><x:r><x:t>名</x:t></x:r><x:rPh sb="0" eb="1"><x:t>xing</x:t></x:rPh></x:si>'
        '<x:si><x:t xml:space="preserve"> x_x005F_y &lt;\n </x:t></x:si></x:sst>'
    )
    whole = packed(sheet, shared=shared)
    with pytest.raises(Undecodable, match="column 2 has no name"):
        read(whole, header=2)
    whole = packed(sheet.replace('r="C2"', 'r="B2"').replace('<x:c t="s"><x:v>0', '<x:c t="s"><x:v>0</x:v></x:c><x:c t="str"><x:v>丁'), shared=shared)
    expected = [one.fields for one in read(whole, header=2)]
    assert expected == [{"编号": " x_y <\n ", "姓名": "", "说明": "", "丁": "3"}, {"编号": "a b", "姓名": "", "说明": "FALSE", "丁": ""}]
    parts = split_in(whole, most=MOST, xlsx={"header": 2}, each=1)
    assert [one.fields for part in parts for one in read(part, header=2)] == expected


def test_a_part_is_a_workbook_that_a_person_can_open() -> None:
    """Of the one sheet, under its name, with the formats of its cells."""
    book = Workbook(write_only=True)
    book.create_sheet("说明").append(["不是办件"])
    sheet = book.create_sheet("办件")
    day = WriteOnlyCell(sheet, datetime.datetime(2014, 7, 15))
    day.number_format = 'yyyy"年"m"月"d"日"'
    for row in (["题头"], ["编号", "日期"], ["P1", day], ["P2", day]):
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    parts = split_in(made.getvalue(), most=MOST, xlsx={"sheet": "办件", "header": 2}, each=1)
    opened_book = load_workbook(io.BytesIO(parts[1]))
    assert opened_book.sheetnames == ["办件"]
    assert [[cell.value for cell in row] for row in opened_book["办件"].iter_rows(min_row=2)] == [["编号", "日期"], ["P2", datetime.datetime(2014, 7, 15)]]
    assert opened_book["办件"]["B3"].number_format == 'yyyy"年"m"月"d"日"'
    assert parts == split_in(made.getvalue(), most=MOST, xlsx={"sheet": "办件", "header": 2}, each=1)


def _zip_of_many_parts() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"xl/{number:060}.xml", "")
    return made.getvalue()


def _another_zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("办件.csv", "a\n1\n")
    return made.getvalue()


def _damaged() -> bytes:
    whole = bytearray(written([["a"], *([[f"文字{number}"] for number in range(2000)])]))
    whole[len(whole) // 3] ^= 0xFF
    return bytes(whole)


NONE = "the file: it is damaged, encrypted or no workbook (.xlsx)"
BROKEN: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "a CSV": (b"a,b\n1,2\n", {}, NONE),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, {}, NONE),
    "a damaged one": (_damaged(), {}, ""),
    "another zip": (_another_zip(), {}, NONE),
    "many parts": (_zip_of_many_parts(), {}, "the file: it has more parts than a workbook has"),
    "no such sheet": (written([["a"], ["1"]]), {"xlsx": {"sheet": "办件"}}, "the file: there is no sheet 办件"),
    "no workbook part": (with_parts(written([["a"]]), kinds="<Types/>"), {}, NONE),
    "a text that is not there": (packed(SHEET.format(HEADER + '<row r="5"><c t="s"><v>7</v></c></row>')), {},
                                 "row 5: a cell names a shared text that is not there"),
    "a place that is none": (packed(SHEET.format(HEADER + '<row r="5"><c r="5A" t="str"><v>7</v></c></row>')), {},
                             "row 5: a cell says a place that is none"),
    "too many columns": (packed(SHEET.format(HEADER + f'<row r="5">{"<c/>" * 20_000}</row>')), {},
                         "row 5: more columns than a sheet has"),
    "too many tags": (packed(SHEET.format(HEADER + f'<row r="5">{"<x/>" * 300_000}</row>')), {},
                      "xl/worksheets/sheet1.xml, line 1: too many tags in one row or text"),
    "a tag without end": (packed(SHEET.format(HEADER + f'<row {"".join(f"a{number}=`` " for number in range(400_000))}/>'.replace("`", '"'))), {},
                          "xl/worksheets/sheet1.xml, line 1: one tag or comment is too long"),
    "names without end": (packed(SHEET.format(HEADER + "".join(f"<e{number}/>" for number in range(20_000)))), {},
                          "xl/worksheets/sheet1.xml, line 1: too many names of elements and attributes, or too long ones"),
    "a first row's number that is none": (packed(SHEET.format('<row r="x"/>')), {}, "its first row: it says a number that is none of a row"),
    "a row's number that is none": (packed(SHEET.format('<row r="7"/><row r="7.5"/>')), {}, "behind row 7: it says a number that is none of a row"),
    "rows that go back": (packed(SHEET.format(HEADER + '<row r="7"/><row r="3"/>')), {}, "row 3: row 3 stands behind row 7"),
    "more rows than a sheet has": (packed(SHEET.format("<row/>" * 1_048_577)), {},
                                   "xl/worksheets/sheet1.xml, line 1: more than 1048576 rows"),
    "a DOCTYPE": (packed('<!DOCTYPE worksheet [<!ENTITY e "x">]>' + SHEET.format(HEADER)), {},
                  "xl/worksheets/sheet1.xml, line 1: it has a document type (DOCTYPE), which is never read"),
    "a DOCTYPE of the workbook": (packed(SHEET.format(HEADER), workbook='<!DOCTYPE workbook []><workbook/>'), {},
                                  "xl/workbook.xml: it has a document type (DOCTYPE), which is never read"),
    "cut XML": (packed(SHEET.format(HEADER)[:-20]), {}, "xl/worksheets/sheet1.xml, line 1: no well-formed XML (unclosed token)"),
    "a long row": (packed(SHEET.format(HEADER + f'<row r="2"><c t="str"><v>{"x" * 3_000_000}</v></c></row>')), {},
                   "xl/worksheets/sheet1.xml, line 1: more than 1000000 bytes without a record's end"),
    "a long shared text": (packed(SHEET.format(HEADER), shared=SST.format(f'<si><t>{"x" * 3_000_000}</t></si>')), {},
                           "xl/sharedStrings.xml, line 1: more than 1000000 bytes without a record's end"),
    "more than may be unpacked": (packed(SHEET.format(HEADER + "<row/>" * 300_000)), {"largest": 1_000_000},
                                  "xl/worksheets/sheet1.xml: it has more than 1000000 bytes"),
    "packed by another method": (repacked(written([["a"], ["1"]]), zipfile.ZIP_BZIP2), {}, "the file: it is packed in a way that no workbook is"),
    "a long name": (with_parts(written([["a"]]), workbook=BOOK.format('<sheet name="a" sheetId="1" r:id="rId1"/>'),
                               rels=RELS.format("worksheet", "worksheets/" + "x\u0085" * 300 + ".xml"), **{"x\u0085" * 300: "<a>"}), {},
                    "xl/worksheets/" + "x?" * 43 + ", line 1: no well-formed XML (no element found)"),
}


ROWS: dict[str, bytes] = {
    "namespaces declared in rows and cells": packed(SHEET.format(
        HEADER_3 + f'<row r="2"><c xmlns="{MAIN}" r="A2" t="str"><v>x</v></c><c r="B2"><v xmlns="{MAIN}">5</v></c></row>'
        f'<x:row xmlns:x="{MAIN}" r="3"><x:c t="str"><x:v>y</x:v></x:c><q:c xmlns:q="urn:q" r="C3"><q:v>9</q:v></q:c></x:row>')),
    "namespaces declared in shared texts": packed(SHEET.format(HEADER_3 + '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'), shared=SST.format(
        f'<si><t xmlns="{MAIN}">a</t></si><foo/><si><r xmlns="{MAIN}"><t>sh</t></r><r><t>ared</t></r></si>')),
    "what is no row among rows": packed(SHEET.format(HEADER_3 + "<foo><c><v>1</v></c></foo><row><c><v>2</v></c></row>")),
    "two texts in one": packed(SHEET.format(HEADER_3 + '<row><c t="inlineStr"><is><t>a</t><t>b</t></is></c></row>')),
    "a cell twice": packed(SHEET.format(HEADER_3 + '<row r="2"><c r="A2"><v>2</v></c><c r="A2"/><c r="B2"><v>1</v></c></row>')),
    "numbers as some write them": packed(SHEET.format(
        HEADER_3 + '<row r=" 2 "><c r="B00000002"><v>1</v></c></row><row r="4.0"><c r=""><v>2</v></c></row>')),
    "a far cell": packed(SHEET.format(HEADER_3 + '<row r="2"><c r="C2"><v>1</v></c></row>')),
    "in ISO 8859-1": packed(('<?xml version="1.0" encoding="ISO-8859-1"?>' + SHEET.format(
        HEADER_3 + '<row><c t="str"><v>s\xe9c</v></c><c t="str"><v>\xc3\xa9</v></c></row>')).encode("latin-1")),
    "in Windows-1252": packed(('<?xml version="1.0" encoding="windows-1252"?>' + SHEET.format(
        HEADER_3 + '<row><c t="str"><v>\u201cq\u201d</v></c></row>')).encode("cp1252")),
    "in UTF-16": packed(('<?xml version="1.0" encoding="UTF-16"?>' + SHEET.format(
        HEADER_3 + '<row><c t="str"><v>姓名</v></c></row>')).encode("utf-16")),
    "two sheets of one name": with_parts(
        packed(SHEET.format(HEADER_3 + "<row><c><v>1</v></c></row>")), other=SHEET.format(HEADER_3 + "<row><c><v>2</v></c></row>"),
        workbook=BOOK.format('<sheet name="S" sheetId="1" r:id="rId1"/><sheet name="S" sheetId="2" r:id="rId2"/>'),
        rels=RELS.format("worksheet", "worksheets/sheet1.xml").replace("</", '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/'
                         'officeDocument/2006/relationships/worksheet" Target="worksheets/other.xml"/></')),
    "a first sheet that is missing": with_parts(
        packed(SHEET.format(HEADER_3 + "<row><c><v>1</v></c></row>")),
        workbook=BOOK.format('<sheet name="Q" sheetId="1" r:id="rId2"/><sheet name="S" sheetId="2" r:id="rId1"/>'),
        rels=RELS.format("worksheet", "worksheets/sheet1.xml").replace("</", '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/'
                         'officeDocument/2006/relationships/worksheet" Target="worksheets/gone.xml"/></')),
}


@pytest.mark.parametrize("name", ROWS)
def test_whoever_wrote_it_the_rows_are_those_that_the_codec_reads(name: str) -> None:
    """What some programs do, and most do not."""
    expected = [one.fields for one in read(ROWS[name])]
    assert expected
    assert [one.fields for part in split_in(ROWS[name], most=MOST, xlsx={}, each=1) for one in read(part)] == expected


def test_a_cell_far_beyond_the_columns_is_refused_where_its_part_is_read() -> None:
    """And costs no more than any other cell."""
    whole = packed(SHEET.format(HEADER + '<row><c r="ZZZ2"><v>1</v></c></row>' * 20_000))
    parts = split_in(whole, most=MOST, xlsx={}, each=1000)
    assert len(parts) == 20
    with pytest.raises(Undecodable, match="column 2 is one too many"):
        read(parts[0])


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_workbook_with_such_rows_is_told_where_it_is_not(name: str) -> None:
    """By row or part, in bounded memory; a library's words never reach anybody."""
    content, settings, said = BROKEN[name]
    with pytest.raises(Unsplittable) as raised:
        split_in(content, most=MOST, **{"xlsx": {}, **settings})
    assert str(raised.value) == said or (not said and raised.value.what)
    assert raised.value.what_zh
    assert raised.value.where_zh


def test_a_comment_at_the_end_of_the_zip_is_none_of_our_business() -> None:
    """Its list of parts is found before it."""
    whole = io.BytesIO(written([["a"], ["1"]]))
    with zipfile.ZipFile(whole, "a") as archive:
        archive.comment = "由某系统导出".encode()
    assert [one.fields for one in read(split_in(whole.getvalue(), most=MOST, xlsx={})[0])] == [{"a": "1"}]


async def test_a_workbook_of_any_size_comes_in_parts(peer: Peer) -> None:
    """Packed, a thousand rows may be few bytes. It is archived as it was."""
    whole = written([["编号", "姓名"], *([f"P{number}", "某某"] for number in range(1500))])
    peer.put("out/存量.xlsx", whole, AT)
    poll = [{"folder": "out", "split": {"xlsx": {}, "each": 700}}]
    async with opened(peer, poll=poll) as files:
        records = await take(files, limit=9)
    assert [len(read(record.body)) for record in records] == [700, 700, 100]
    assert peer.get("archive/2014-07-15/存量.xlsx") == whole


async def test_a_workbook_that_is_none_lies_among_the_errors(peer: Peer) -> None:
    """With the reason in words."""
    peer.put("out/a.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, AT)
    async with opened(peer, poll=[{"folder": "out", "split": {"xlsx": {}}}]) as files:
        assert not await take(files, limit=9)
    assert "文件无法分部分读取：文件：文件已损坏、已加密或不是 .xlsx 工作簿" in peer.get("error/2014-07-15/a.xlsx.reason.txt").decode("utf-8-sig")


async def test_a_damaged_workbook_holds_up_no_other(peer: Peer) -> None:
    """What a library says of it is no fault of the disk's."""
    whole = repacked(written([["编号"], *([f"P{number}"] for number in range(50))]), zipfile.ZIP_DEFLATED)
    peer.put("out/a.xlsx", whole[:100] + whole[140:], AT)
    peer.put("out/b.xlsx", whole, AT + 1)
    async with opened(peer, poll=[{"folder": "out", "split": {"xlsx": {}}}]) as files:
        records = [record for _ in range(2) for record in await take(files, limit=9)]
    assert [len(read(record.body)) for record in records] == [50]
    assert sorted(name for name in peer.tree() if name.endswith(".xlsx")) == ["archive/2014-07-15/b.xlsx", "error/2014-07-15/a.xlsx"]


def test_nobody_waits_for_a_workbook_that_nobody_wants() -> None:
    """Its copy is closed while it is gone through: rows that are blank give no record, and it ends all the same."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115  closed in the test
    copy.write(packed(SHEET.format("<row/>" * 1_000_000)))
    file = WorkbookFile(copy, XlsxSplit(), MOST, 1 << 30, None)
    with closing(file), ThreadPoolExecutor(1) as pool:
        end = pool.submit(lambda: list(file.records()))
        while not file._opened and not end.done():
            pass
        copy.close()
        with pytest.raises(ValueError, match=r"nobody reads on|closed file"):
            end.result()

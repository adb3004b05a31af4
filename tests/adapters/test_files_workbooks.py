"""Splitting a workbook: the rows of all parts are those that the codec reads in the whole, whoever wrote it; what is no workbook is told."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Sequence
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
from guantong_adapters.files.splitting.shell import Unsplittable
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


def with_parts(whole: bytes, **parts: str) -> bytes:
    """The workbook with a sheet, shared texts or a list of sheets as given."""
    places = {"sheet": "xl/worksheets/sheet1.xml", "shared": "xl/sharedStrings.xml", "workbook": "xl/workbook.xml"}
    given = {places[name]: text for name, text in parts.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as model, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        kinds = model.read("[Content_Types].xml").decode().replace("</Types>", f"{SHARED}</Types>" if "shared" in parts else "</Types>")
        for part in dict.fromkeys((*model.namelist(), *given)):
            archive.writestr(part, kinds if part == "[Content_Types].xml" else given.get(part) or model.read(part))
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


def packed(sheet: str, **others: str) -> bytes:
    """A workbook of such a sheet."""
    return with_parts(written([["a"]]), sheet=sheet, **others)


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


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
HEADER = '<row r="1"><c t="str"><v>a</v></c></row>'
NONE = "the file: it is damaged, encrypted or no workbook (.xlsx)"
BROKEN: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "a CSV": (b"a,b\n1,2\n", {}, NONE),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, {}, NONE),
    "a damaged one": (_damaged(), {}, ""),
    "another zip": (_another_zip(), {}, NONE),
    "many parts": (_zip_of_many_parts(), {}, "the file: it has more parts than a workbook has"),
    "no such sheet": (written([["a"], ["1"]]), {"xlsx": {"sheet": "办件"}}, "the file: there is no sheet 办件"),
    "a text that is not there": (packed(SHEET.format(HEADER + '<row r="5"><c t="s"><v>7</v></c></row>')), {},
                                 "behind row 1: a cell names a shared text that is not there"),
    "a place that is none": (packed(SHEET.format(HEADER + '<row r="5"><c r="5A" t="str"><v>7</v></c></row>')), {},
                             "behind row 1: a cell says a place that is none"),
    "a column beyond": (packed(SHEET.format(HEADER + '<row r="5"><c r="ZZZ5" t="str"><v>7</v></c></row>')), {},
                        "behind row 1: more columns than a sheet has"),
    "a number that is none": (packed(SHEET.format('<row r="x"/>')), {}, "its first row: it says a number that is none of a row"),
    "rows that go back": (packed(SHEET.format(HEADER + '<row r="7"/><row r="3"/>')), {}, "row 3: row 3 stands behind row 7"),
    "a DOCTYPE": (packed('<!DOCTYPE worksheet [<!ENTITY e "x">]>' + SHEET.format(HEADER)), {},
                  "xl/worksheets/sheet1.xml, line 1: it has a document type (DOCTYPE), which is never read"),
    "a DOCTYPE of the workbook": (packed(SHEET.format(HEADER), workbook='<!DOCTYPE workbook []><workbook/>'), {},
                                  "xl/workbook.xml: it has a document type (DOCTYPE), which is never read"),
    "cut XML": (packed(SHEET.format(HEADER)[:-20]), {}, "xl/worksheets/sheet1.xml, line 1, column 129: no well-formed XML (unclosed token)"),
    "a long row": (packed(SHEET.format(HEADER + f'<row r="2"><c t="str"><v>{"x" * 3_000_000}</v></c></row>')), {},
                   "xl/worksheets/sheet1.xml, line 1: more than 1000000 bytes without a record's end"),
    "a long shared text": (packed(SHEET.format(HEADER), shared=f'<sst><si><t>{"x" * 3_000_000}</t></si></sst>'), {},
                           "xl/sharedStrings.xml, line 1: more than 1000000 bytes without a record's end"),
    "more than may be unpacked": (packed(SHEET.format(HEADER + "<row/>" * 300_000)), {"largest": 1_000_000},
                                  "the file: unpacked it has more than 1000000 bytes"),
}


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

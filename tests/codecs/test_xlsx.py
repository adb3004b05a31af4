"""The codec `xlsx`: rows of a sheet as people fill them in, read as text or refused by their cell."""

from __future__ import annotations

import datetime
import io
import time
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from guantong.codec import Undecodable, Unencodable
from guantong.record import Native
from guantong_plugins.codecs.xlsxrecord import Xlsx, XlsxOptions

cell = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12,
)


def make(**options: Any) -> Xlsx:
    return Xlsx(XlsxOptions.model_validate(options), "utf-8")


def workbook(*rows: list[Any], sheet: str = "受理") -> bytes:
    book = Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for row in rows:
        page.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def refused(body: bytes, **options: Any) -> str:
    with pytest.raises(Undecodable) as error:
        make(**options).decode(body, None)
    return f"{error.value.code} {error.value.reason}"


def test_rows_become_records_and_cells_text() -> None:
    """Numbers lose what Excel adds, times and days are as people write them, blank rows are no records."""
    body = workbook(
        ["SBLSH", "SQRMC", "SFJE", "CLSL", "SLSJ", "SLRQ", "BZ"],
        ["S1", "林䶮", 120.5, 2.0, datetime.datetime(2014, 7, 15, 10, 30), datetime.datetime(2014, 7, 15), None],
        [None, None], ["S2", None, 0.1, 12345, None, None, "=1+1"],
    )
    first, second = make(kind="EX_GDBS_SL").decode(body, None)
    assert first == Native("EX_GDBS_SL", {
        "SBLSH": "S1", "SQRMC": "林䶮", "SFJE": "120.5", "CLSL": "2", "SLSJ": "2014-07-15 10:30:00",
        "SLRQ": "2014-07-15", "BZ": "",
    })
    assert (second.fields["SBLSH"], second.fields["SFJE"], second.fields["CLSL"]) == ("S2", "0.1", "12345")


def test_the_header_may_stand_lower_and_a_column_may_name_the_kind() -> None:
    """A title above the table, as forms have it; the sheet by its name."""
    body = workbook(["惠来县办件"], [], ["TYPE", "SBLSH"], ["EX_GDBS_SL", "S1"], ["EX_GDBS_BJ", "S1"])
    natives = make(header=3, kind_field="TYPE", sheet="受理").decode(body, None)
    assert natives == [Native("EX_GDBS_SL", {"SBLSH": "S1"}), Native("EX_GDBS_BJ", {"SBLSH": "S1"})]
    assert refused(body, sheet="办结") == "GT312 line 0: there is no sheet 办结"


def with_sheet(rows: bytes) -> bytes:
    """A workbook whose only sheet is *rows*, as no program writes them."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["A"]))) as good, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            main = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            bad.writestr(name, main + rows + b"</sheetData></worksheet>" if name == "xl/worksheets/sheet1.xml" else good.read(name))
    return written.getvalue()


A1 = b'<row r="1"><c r="A1" t="inlineStr"><is><t>A</t></is></c></row>'
BOMBS: dict[str, tuple[bytes, str]] = {
    "a cell far to the right in every row": (
        A1 + b"".join(b'<row r="%d"><c r="ZZZ%d"/></row>' % (row, row) for row in range(2, 50_000)), "GT305"),
    "a text of empty tags": (A1 + b'<row><c t="inlineStr"><is>' + b"<r/>" * 900_000 + b"</is></c></row>", "GT701"),
    "tags without end": (A1 + b"<row><c/></row>" * 400_000, "GT701"),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_small_file_does_not_become_a_large_one(what: str) -> None:
    """Kilobytes of zip that a library would make gigabytes or minutes of."""
    rows, code = BOMBS[what]
    body = with_sheet(rows)
    assert len(body) < 300_000
    assert refused(body).startswith(code)


def test_it_is_told_beforehand_what_a_workbook_unpacks_to() -> None:
    """So that a small file of large content is decoded in a thread."""
    assert make().unpacked(with_sheet(A1 * 50_000)) > 50_000 * len(A1)
    assert make().unpacked(b"no workbook") == 11


def test_thousands_of_columns_are_told_apart_in_one_reading() -> None:
    """Each is looked up, not compared with all before it."""
    begun = time.process_time()
    names = [f"column{number}" for number in range(16_000)]
    assert refused(workbook([*names, names[-1]], ["1"])) == "GT306 a field stands twice: column15999"
    assert time.process_time() - begun < 8


def test_what_excel_has_spoiled_is_refused_by_its_cell() -> None:
    """An identity number kept as a number has lost digits; an error is no value."""
    assert refused(workbook(["ID"], [442326194708026313])) == (
        "GT312 line 2: column 1 is a number of more than 15 digits, whose last are lost"
    )
    assert refused(workbook(["A", "B"], ["x", "#N/A"])) == "GT312 line 2: column 2 holds the error #N/A"


def test_a_table_out_of_shape_is_refused_by_its_row() -> None:
    """Columns without a name, twice, or one too many; no rows."""
    assert refused(workbook(["A", None, "B"], ["1", "2", "3"])) == "GT312 line 1: column 2 has no name"
    assert refused(workbook(["A", "A"], ["1", "2"])) == "GT306 a field stands twice: A"
    assert refused(workbook(["A"], ["1", "2"])) == "GT312 line 2: column 2 is one too many"
    assert refused(workbook(["A"])).startswith("GT307 ")


def test_what_is_no_workbook_is_refused_before_it_is_unpacked() -> None:
    """Other bytes, a zip of something else, a bomb."""
    assert refused(b"<html>").startswith("GT")
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (49 << 20))
    assert "unpacked" in refused(written.getvalue())
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.txt", b"x")
    assert refused(written.getvalue()).startswith("GT312 line 0: it is no workbook we can read")


@settings(max_examples=40)
@given(fields=st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,6}", fullmatch=True), cell, min_size=1, max_size=5))
def test_what_it_wrote_it_reads(fields: dict[str, str]) -> None:
    """Every text comes back, also what looks like a number or a formula."""
    fields = {"SBLSH": "0001", "GS": "=1+1", **fields, "XH": "1e5"}
    codec = make(kind="K")
    assert codec.decode(codec.encode(Native("K", fields)), None) == [Native("K", fields)]


def test_what_no_workbook_can_hold_is_refused_by_its_field() -> None:
    """A control character; a text beyond a cell; one that Excel has for an error."""
    for value in ("a\x01", "x" * 40_000, "#N/A"):
        with pytest.raises(Unencodable) as error:
            make().encode(Native("K", {"BZ": value}))
        assert error.value.path == "BZ"

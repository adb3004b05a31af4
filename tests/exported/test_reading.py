"""Files that a vendor exported become the records its system would have sent; what is wrong is told at its place."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import ZipFile

import orjson
import pytest
from openpyxl import Workbook

from guantong.config import System, load
from guantong.exported.connection import reading_of
from guantong.exported.content import MOST
from guantong.exported.listing import listed
from guantong.exported.records import Found, Unread
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.record import Record
from guantong.starter import starter

ROW = {
    "applyNo": "10000010100699201211407150777", "bizNo": "RC1", "ver": "1", "itemCode": "10000010100699201213445202",
    "itemName": "个体工商户设立登记", "regionCode": "445202", "orgName": "榕城区某局", "operatorName": "欧阳䶮",
    "result": "accepted", "time": "2014-07-16 09:00:00",
}
SENT = {"type": "accept", **ROW}
Read = Callable[[str], list[Found]]


@pytest.fixture(scope="session")
def systems() -> dict[str, System]:
    loaded = load(Path(str(starter("config"))).parent, registry(), {}, secrets=False)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    return dict(loaded.configuration.systems)


@pytest.fixture
def read(systems: dict[str, System], tmp_path: Path) -> Read:
    """What the files under the folder of the test hold for a system."""
    def work(system: str) -> list[Found]:
        reading = reading_of(systems[system], registry())
        return [found for file in listed(tmp_path) for found in reading.records(file)]
    return work


def put(path: Path, text: str, charset: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(charset))


def bodies(found: Sequence[Found]) -> list[object]:
    """The records' contents."""
    assert all(isinstance(one, Record) for one in found), found
    return [orjson.loads(one.body) for one in found if isinstance(one, Record)]


def why(found: Sequence[Found]) -> list[tuple[str, str]]:
    """Places and reasons of what was turned away."""
    return [(one.place, one.reason) for one in found if isinstance(one, Unread)]


def csv_of(*rows: dict[str, str]) -> str:
    return "\r\n".join([",".join(ROW), *(",".join(row.values()) for row in rows), ""])


def test_a_file_in_the_system_s_own_form_is_the_record_byte_for_byte(read: Read, tmp_path: Path) -> None:
    text = '{ "type": "accept",  "applyNo": "1" }'
    put(tmp_path / "2014/07/1.json", text)
    [record] = read("rongcheng.approval")
    assert isinstance(record, Record)
    assert (record.body, record.ref, record.system) == (text.encode(), "2014/07/1.json", "rongcheng.approval")


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_row_of_a_table_is_written_as_the_system_sends_it(read: Read, tmp_path: Path, charset: str) -> None:
    """Named by the file's name, whatever the charset; its place is the line."""
    put(tmp_path / "accept-2014.csv", csv_of(ROW, {**ROW, "bizNo": "RC2"}), charset)
    found = read("rongcheng.approval")
    assert bodies(found) == [SENT, {**SENT, "bizNo": "RC2"}]
    assert [one.ref for one in found if isinstance(one, Record)] == ["accept-2014.csv:2", "accept-2014.csv:3"]


def test_sheets_of_a_workbook_name_the_kinds_of_their_rows(read: Read, tmp_path: Path) -> None:
    """A sheet of notes is none; what Excel spoiled is told by its cell, and the next row is read."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "accept"
    for row in (list(ROW), list(ROW.values()), [10**28, *list(ROW.values())[1:]], list(ROW.values())):
        sheet.append(row)
    book.create_sheet("说明").append(["请勿改动"])
    book.save(tmp_path / "导出.xlsx")
    found = read("rongcheng.approval")
    assert bodies([one for one in found if isinstance(one, Record)]) == [SENT, SENT]
    assert why(found) == [("导出.xlsx[accept]:3", (
        "导出.xlsx[accept]:3: this is no row of a table: column 1 is a number of more than 15 digits, whose last are lost; have it exported anew, whole, with "
        "one row of column names and then a row a record [GT765]"))]


def test_lists_and_lines_of_json_are_taken_one_by_one(read: Read, tmp_path: Path) -> None:
    put(tmp_path / "a.json", orjson.dumps([SENT, {**SENT, "bizNo": "RC2"}]).decode())
    put(tmp_path / "b.jsonl", orjson.dumps(SENT).decode() + "\n\n" + orjson.dumps(SENT).decode() + "\n")
    found = read("rongcheng.approval")
    assert bodies(found) == [SENT, {**SENT, "bizNo": "RC2"}, SENT, SENT]
    assert [one.ref for one in found if isinstance(one, Record)] == ["a.json#1", "a.json#2", "b.jsonl:1", "b.jsonl:3"]


@pytest.mark.parametrize("system", ["puning.approval", "jiedong.approval", "huilai.approval"])
def test_tables_serve_systems_that_send_xml(read: Read, systems: dict[str, System], tmp_path: Path, system: str) -> None:
    """Each row is written as its codec writes, and read back the same; a column may name a field inside another."""
    kind = systems[system].dialect.kinds_in()[0]
    put(tmp_path / kind / "1.csv", f"A,{kind}/B,C\r\n欧阳䶮,2,\r\n")
    [record] = read(system)
    assert isinstance(record, Record), record
    [native] = systems[system].dialect.decode(record.body, record.kind)
    assert (native.kind, native.fields["A"], native.fields[kind]["B"]) == (kind, "欧阳䶮", "2")


def test_bad_rows_are_told_by_their_lines_and_the_others_read(read: Read, tmp_path: Path) -> None:
    """Too few cells; quotes that do not pair, from where on nothing can be told apart: a file that was cut."""
    cut = csv_of(ROW) + "1,2\r\n" + ",".join(ROW.values()) + '\r\n"10000'
    put(tmp_path / "accept.csv", cut)
    found = read("rongcheng.approval")
    assert bodies([one for one in found if isinstance(one, Record)]) == [SENT, SENT]
    advice = "have it exported anew, whole, with one row of column names and then a row a record [GT765]"
    assert why(found) == [
        ("accept.csv:3", f"accept.csv:3: this is no row of a table: the row has 2 cells and 10 columns have names; {advice}"),
        ("accept.csv:5", f"accept.csv:5: this is no row of a table: the quotes do not pair: from here on nothing can be told apart; {advice}"),
    ]


def test_what_is_no_export_is_told_and_never_followed(read: Read, systems: dict[str, System], tmp_path: Path) -> None:
    """Half files by name and by content, links, archives whatever their names, other charsets, tables that nothing names."""
    put(tmp_path / "accept/half.csv.part", "a")
    put(tmp_path / "half.json", '{"type": "accept", "applyNo"')
    (tmp_path / "bytes.csv").write_bytes(b"a,b\r\n\x81\xff\xfe,1\r\n")
    put(tmp_path / "table.csv", "a,b\r\n1,2\r\n")
    put(tmp_path / "letter.docx", "x")
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe.json")
    for name in ("export.zip", "accept.json"):
        with ZipFile(tmp_path / name, "w") as packed:
            packed.writestr("a.json", "{}")
    put(tmp_path / ".hidden.json", "{}")
    advice = "give plain files: .xml, .json, .jsonl, .csv, .tsv, .txt or .xlsx; unpack archives, save .xls as .xlsx, copy what links lead to [GT757]"
    found = read("rongcheng.approval")
    told = dict(why(found))
    assert len(found) == len(told) == 10, told
    assert {place: reason.partition(": ")[2] for place, reason in told.items() if place not in ("half.json",)} == {
        "accept/half.csv.part": f"this is a file that a program is still writing, by its name, and nothing of it is read; {advice}",
        "bytes.csv": "the file is no text in UTF-8, UTF-16 or GB 18030; it may be damaged or of another kind: have it exported anew [GT767]",
        "table.csv": "nothing tells the kind of the records in this table; name the file, its folder or the sheet after one of the kinds "
                     f"{', '.join(systems['rongcheng.approval'].dialect.kinds_in())} [GT764]",
        "letter.docx": f"this is a file of another kind (.docx), and nothing of it is read; {advice}",
        "link.json": f"this is a link, and nothing of it is read; {advice}", "folder": f"this is a link, and nothing of it is read; {advice}",
        "pipe.json": f"this is no file, and nothing of it is read; {advice}",
        "export.zip": f"this is a packed archive, and nothing of it is read; {advice}",
        "accept.json": f"this is a packed archive, whatever its name says, and nothing of it is read; {advice}",
    }


def test_a_file_too_large_is_told_unread(read: Read, tmp_path: Path) -> None:
    """300 MB, of which no byte is read."""
    with open(tmp_path / "accept.csv", "wb") as file:
        file.truncate(300_000_000)
    assert why(read("rongcheng.approval")) == [("accept.csv", (
        f"accept.csv: the file has 300000000 bytes, and at most {MOST} are read; have it exported in parts, by month for instance [GT758]"))]


def test_a_file_that_changes_after_it_was_listed_is_not_read(systems: dict[str, System], tmp_path: Path) -> None:
    """It is still being copied, or another stands in its place."""
    put(tmp_path / "a.json", "{}")
    put(tmp_path / "b.json", "{}")
    grows, goes = listed(tmp_path)
    put(tmp_path / "a.json", "{}{}")
    (tmp_path / "b.json").unlink()
    reading = reading_of(systems["rongcheng.approval"], registry())
    advice = "wait until the copy is complete, leave the folder alone, and run the backfill again [GT759]"
    assert why([*reading.records(grows), *reading.records(goes)]) == [
        ("a.json", f"a.json: the file changed or went while it was read (another size or time); {advice}"),
        ("b.json", f"b.json: the file changed or went while it was read (No such file or directory); {advice}"),
    ]


def test_what_would_not_be_read_back_the_same_is_refused(read: Read, tmp_path: Path) -> None:
    """A column that the system's form takes for something else: the record would be another."""
    put(tmp_path / "accept.csv", "type,applyNo\r\nfinish,1\r\n")
    assert why(read("rongcheng.approval")) == [("accept.csv:2", (
        "accept.csv:2: the record cannot be written as rongcheng writes it: it would not be read back the same; name the columns as the "
        "county's interface names its fields, or have the records exported as the interface sends them [GT766]"))]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as caught:
        listed(tmp_path / "none")
    assert str(caught.value) == (
        f"the folder {tmp_path / 'none'} cannot be read: No such file or directory; give the folder into which the exported files were "
        "copied, on the machine of the hub, readable to it [GT756]")

"""What is wrong with an edited workbook is named by sheet, row and column, all at once; nothing is written."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import Workbook
from tests.mapping.excelbooks import (
    Edit,
    add,
    columns,
    edited,
    exported,
    put,
    row_of,
    sheet_of,
    taken,
    without_memory,
    write_home,
)
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.cli.dialectfiles import read_files


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return write_home(tmp_path)


def run(home: Path, *words: str) -> Result:
    """Run `guantong mapping …` on *home*."""
    return CliRunner().invoke(build_app("mapping"), ["mapping", *words, "--home", str(home)])


def imported(home: Path, edit: Edit, *options: str, dialect: str = "rongcheng") -> tuple[int, dict[str, Any]]:
    """The exit code and answer of taking an edited export back."""
    (home / "表.xlsx").write_bytes(edited(exported(dialect), edit))
    result = run(home, "from-excel", str(home / "表.xlsx"), dialect, "--json", *options)
    return result.exit_code, orjson.loads(result.stdout)


def told(edit: Edit, dialect: str = "rongcheng") -> list[str]:
    """The problems of an edited export: `code sheet row column`."""
    problems = taken(edited(exported(dialect), edit), dialect).problems
    return [f"{one.code.id} {one.place.file.removeprefix('表.xlsx')} {one.place.line}:{one.place.column}" for one in problems]


def test_every_mistake_is_named_at_once_and_nothing_is_written(home: Path) -> None:
    """Cells that mean nothing, names the model or the dialect does not know, on several sheets together."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.acceptance")
        put(sheet, "outcome", "代码表", "outcom.acceptance")
        put(sheet, "version", "类型", "数目")
        put(sheet, "item.code", "对方字段", "=A1")
        put(sheet, "region", "最大字节数", "ten")
        put(sheet_of(book, "case.finish"), "fee.amount", "标准字段", "fee.amout")
        codes = sheet_of(book, "channel")
        put(codes, "online", "标准代码", "on-line")

    before = read_files(home / "mappings" / "rongcheng")
    code, answer = imported(home, edit)
    assert code == 2
    assert answer["written"] == []
    found = {(one["code"], one["file"].partition("[")[2].rstrip("]").split(" ")[-1], one["path"].split(" ")[-1])
             for one in answer["problems"]}
    assert found == {
        ("GT205", "case.acceptance", "代码表"), ("GT710", "case.acceptance", "类型"), ("GT707", "case.acceptance", "对方字段"),
        ("GT709", "case.acceptance", "最大字节数"), ("GT205", "case.finish", "标准字段"), ("GT205", "channel", "标准代码")}
    assert all(one["line"] > 1 and one["column"] > 0 and one["message_zh"] for one in answer["problems"])
    assert read_files(home / "mappings" / "rongcheng") == before


def test_missing_double_and_unknown_columns_are_named() -> None:
    """The header row is held to the titles it was given."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.step")
        sheet.cell(1, columns(sheet)["类型"]).value = "类形"
        sheet.cell(1, columns(sheet)["标准名称"]).value = "缺省"

    assert sorted(told(edit)) == [
        "GT703 [审批 case.step] 1:0", "GT704 [审批 case.step] 1:5", "GT705 [审批 case.step] 1:8"]


def test_merged_cells_are_named() -> None:
    """A merged range hides which row a value belongs to."""
    def edit(book: Workbook) -> None:
        sheet_of(book, "case.step").merge_cells("D4:D6")

    assert "GT706 [审批 case.step] 4:4" in told(edit)


def test_what_a_spreadsheet_turned_into_a_number_or_date_is_named() -> None:
    """01 became 1, a text became a date or TRUE: the value is not guessed. A count may be a number."""
    def edit(book: Workbook) -> None:
        codes = sheet_of(book, "id.type")
        put(codes, "identity_card", "对方代码", 1)
        put(codes, "passport", "对方代码", datetime.date(2026, 1, 2))
        sheet = sheet_of(book, "case.step")
        put(sheet, "version", "缺省", True)
        put(sheet, "remark", "最大字节数", 200)

    assert [line.split(" ")[0] for line in told(edit)] == ["GT708", "GT708", "GT708"]


def test_rows_without_a_field_twice_or_without_their_list_are_named() -> None:
    """A row must say what it is about, once, and items follow their list."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.step")
        add(sheet, 区段="双向", 对方字段="X")
        add(sheet, 区段="双向", 标准字段="region", 对方字段="X")
        add(sheet, 区段="双向", 标准字段="things[].name", 对方字段="X")
        add(sheet, 区段="别的", 标准字段="region", 对方字段="X")
        add(sheet, 区段="固定值", 对方字段="F", 固定值="1", 固定的原因="因", 缺省="2")

    assert [line.split(" ")[0] for line in told(edit)] == ["GT711", "GT712", "GT713", "GT710", "GT715"]


def test_what_the_model_requires_cannot_be_made_optional() -> None:
    """Left empty it still holds; denied, it is named."""
    assert [line.split(" ")[0] for line in told(
        lambda book: put(sheet_of(book, "case.acceptance"), "outcome", "必填", "否"))] == ["GT714"]
    body = edited(exported("rongcheng"), lambda book: put(sheet_of(book, "case.acceptance"), "outcome", "必填", None))
    assert taken(body, "rongcheng").made == []


def test_a_sheet_of_no_file_is_named() -> None:
    """Neither a name from outside the folder nor a stray sheet becomes a file."""
    def edit(book: Workbook) -> None:
        for name in ("Sheet1", "代码 ..", "case.stepp"):
            book.create_sheet(name)["A1"].value = "区段"

    assert [line.split(" ")[0] for line in told(edit)] == ["GT702"] * 3


def test_a_file_changed_since_the_export_is_not_overwritten_unasked(home: Path) -> None:
    """The other person's work is kept, unless --overwrite says otherwise; sheets left alone do not matter."""
    for name in ("case.step.yaml", "case.finish.yaml"):
        file = home / "mappings" / "rongcheng" / name
        file.write_text(file.read_text("utf-8") + "# 另一位同事的修改\n", "utf-8")

    def edit(book: Workbook) -> None:
        put(sheet_of(book, "case.step"), "step.name", "说明", "环节")

    code, answer = imported(home, edit)
    assert (code, [one["code"] for one in answer["problems"]]) == (2, ["GT716"])
    code, answer = imported(home, edit, "--overwrite")
    assert (code, answer["written"]) == (0, ["case.step.yaml"])
    assert "# 另一位同事" in (home / "mappings" / "rongcheng" / "case.finish.yaml").read_text("utf-8")


def test_a_workbook_of_another_dialect_is_refused(home: Path) -> None:
    """Its rows would read, and be wrong."""
    (home / "表.xlsx").write_bytes(exported("jiedong"))
    result = run(home, "from-excel", str(home / "表.xlsx"), "rongcheng", "--json")
    assert (result.exit_code, orjson.loads(result.stdout)["problems"][0]["code"]) == (2, "GT718")


def test_a_dry_run_shows_the_difference_and_writes_nothing(home: Path) -> None:
    """The diff names the file; without --dry-run the same is written, and checks clean."""
    def edit(book: Workbook) -> None:
        put(sheet_of(book, "case.step"), "step.name", "对方字段", "stepTitle")

    before = read_files(home / "mappings" / "rongcheng")
    code, answer = imported(home, edit, "--dry-run")
    assert (code, answer["written"], answer["files"]) == (0, [], ["case.step.yaml"])
    assert "+++ mappings/rongcheng/case.step.yaml" in answer["diff"]
    assert next(line for line in answer["diff"].splitlines() if "stepTitle" in line).startswith("+")
    assert read_files(home / "mappings" / "rongcheng") == before
    assert imported(home, edit)[1]["written"] == ["case.step.yaml"]
    assert b"stepTitle" in read_files(home / "mappings" / "rongcheng")["case.step.yaml"]


def test_an_edit_that_breaks_an_heir_is_told(home: Path) -> None:
    """Others extend this dialect: what no longer loads there hinders too."""
    (home / "mappings" / "jiedong" / "case.step.yaml").write_text(
        "event: case.step\nwithout: [step.post]\n", encoding="utf-8")

    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.step")
        sheet.delete_rows(row_of(sheet, "step.post"))

    code, answer = imported(home, edit, dialect="gd-exchange")
    assert code == 2
    assert [(one["code"], one["file"]) for one in answer["problems"]] == [("GT225", "mappings/jiedong/case.step.yaml")]


def test_exporting_overwrites_no_workbook_unasked(home: Path) -> None:
    """A workbook somebody is editing stays; unknown dialects are named with the nearest."""
    there = home / "表.xlsx"
    assert run(home, "to-excel", "rongcheng", str(there)).exit_code == 0
    assert run(home, "to-excel", "rongcheng", str(there)).exit_code == 2
    assert run(home, "to-excel", "rongcheng", str(there), "--overwrite").exit_code == 0
    result = run(home, "to-excel", "rongchen", str(home / "b.xlsx"))
    assert (result.exit_code, "rongcheng?" in result.stderr) == (2, True)


def _rezipped(body: bytes, name: str, change: bytes | None, *, part: str = "") -> bytes:
    """The workbook with one more part, or with *change* inside an existing one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            kept = old.read(item)
            new.writestr(item, kept.replace(part.encode(), change or b"") if item.filename == name else kept)
        if name not in old.namelist():
            new.writestr(name, change or b"")
    return out.getvalue()


def codes_of(body: bytes) -> list[str]:
    """The problems of a workbook by code."""
    return [one.code.id for one in taken(body, "rongcheng").problems]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    """A part that would unpack to more than a workbook can need."""
    assert codes_of(_rezipped(exported("rongcheng"), "xl/worksheets/more.xml", b" " * 60_000_000)) == ["GT701"]


def test_a_merged_range_over_the_whole_sheet_is_refused() -> None:
    """Unfolding it would never end."""
    body = _rezipped(
        exported("rongcheng"), "xl/worksheets/sheet2.xml",
        b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>', part="</sheetData>")
    assert codes_of(body) == ["GT701"]


@pytest.mark.parametrize("body", [
    b"", b"PK\x03\x04 not really", b"%PDF-1.7", "区段,标准字段".encode("gbk"), bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600,
], ids=["empty", "broken", "pdf", "csv", "xls"])
def test_what_is_no_workbook_is_refused_by_name(body: bytes) -> None:
    """Other formats and damaged files."""
    assert codes_of(body) == ["GT700"]


def test_entities_are_refused() -> None:
    """A declared entity may unfold without end or read a file."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    assert codes_of(_rezipped(exported("rongcheng"), "xl/worksheets/other.xml", bomb)) == ["GT700"]
    assert codes_of(_rezipped(exported("rongcheng"), "xl/worksheets/other.xml", bomb.decode().encode("utf-16"))) == ["GT700"]


def test_links_to_other_files_are_not_followed(tmp_path: Path) -> None:
    """Neither their cached values nor the file itself are read."""
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    body = _rezipped(exported("rongcheng"), "xl/externalLinks/externalLink1.xml", link)
    assert codes_of(body) == []
    assert codes_of(edited(body, lambda book: put(
        sheet_of(book, "case.step"), "step.name", "对方字段", f"='{tmp_path}/[b.xlsx]S'!A1"))) == ["GT707"]


def test_a_tampered_memory_cannot_write_elsewhere(home: Path) -> None:
    """The hidden sheet says which file a sheet is: only files of the dialect count."""
    def edit(book: Workbook) -> None:
        index = book["_guantong"]
        for row in index.iter_rows(min_row=2):
            row[0].value = f"../../{row[0].value}"
            row[2].value = "not base64"

    code, answer = imported(home, edit)
    assert (code, answer["files"], answer["problems"]) == (0, [], [])


def test_a_sheet_deleted_leaves_its_file(home: Path) -> None:
    """Only what is in the workbook is taken back."""
    def edit(book: Workbook) -> None:
        book.remove(sheet_of(book, "case.step"))
        without_memory(book)

    code, answer = imported(home, edit)
    assert (code, answer["files"]) == (0, [])
    assert (home / "mappings" / "rongcheng" / "case.step.yaml").is_file()

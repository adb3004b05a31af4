"""Code tables with days in the workbook: a word has as many rows as it has meanings, with columns 起 and 止."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from tests.mapping.excelbooks import (
    columns,
    edited,
    exported,
    row_of,
    sheet_of,
    shipped,
    taken,
    the_model,
    write_home,
)
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.mapping.excel.assemble import assemble
from guantong.mapping.excel.codesheet import CodeSheet
from guantong.mapping.excel.layout import cut
from guantong.mapping.excel.rows import rows_of
from guantong.yamlfile import parse_yaml, plain

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FILE = "codes/outcome.finish.yaml"
TABLE = """codes: outcome.finish
title: {zh: 办结结果, en: Outcome of a case}
table:
  # 旧版只有出证与办结。
  certificate: "0"   # 未变
  finished:    {value: "6", until: 2014-12-31, why: "旧版：办结"}
  granted:
    - {value: "6", from: 2015-01-01, until: 2017-06-30}   # 新版
    - {value: "8", also: ["08"], from: 2017-07-01}
  returned:    ["1", "01"]
  not_granted: [{value: "7", from: 2015-01-01}]
  void:        {value: "1", read: false, why: 旧系统不分}
"""


def files() -> dict[str, bytes]:
    return {**shipped("rongcheng"), FILE: TABLE.encode()}


def rows(sheet: Worksheet) -> list[list[str]]:
    """Word, code, what else is read, from, until, whether it is read, and why, of every row of the table."""
    at = columns(sheet)
    wanted = [at[title] for title in ("标准代码", "对方代码", "另可读入", "起", "止", "读入", "缘由")]
    return [[str(sheet.cell(number, column).value or "") for column in wanted]
            for number in range(2, sheet.max_row + 1) if sheet.cell(number, 1).value == "代码"
            and sheet.cell(number, at["对方代码"]).value]


def said(body: bytes) -> dict[str, Any]:
    node, problems = parse_yaml(body.decode(), "x")
    assert node is not None
    assert problems == []
    found = plain(node)
    assert isinstance(found, dict)
    return found


def test_each_meaning_of_a_word_has_its_row_with_its_days() -> None:
    """The word is repeated, as staff write it; nothing is hidden in one cell."""
    def look(book: Workbook) -> None:
        assert rows(sheet_of(book, "outcome.finish")) == [
            ["certificate", "0", "", "", "", "", ""],
            ["finished", "6", "", "", "2014-12-31", "", "旧版：办结"],
            ["granted", "6", "", "2015-01-01", "2017-06-30", "", ""],
            ["granted", "8", "08", "2017-07-01", "", "", ""],
            ["returned", "1", "01", "", "", "", ""],
            ["not_granted", "7", "", "2015-01-01", "", "", ""],
            ["void", "1", "", "", "", "否", "旧系统不分"],
        ]

    edited(exported("rongcheng", files()), look)


def test_an_untouched_table_keeps_every_byte() -> None:
    """Comments, quotes and the way rows are broken included."""
    found = taken(exported("rongcheng", files()), "rongcheng", files())
    assert ([problem.line() for problem in found.problems], found.made) == ([], [])


def test_a_day_changed_in_the_sheet_changes_its_row_only() -> None:
    """A table of one row stays one; the other lines keep their text."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "outcome.finish")
        sheet.cell(row_of(sheet, "finished"), columns(sheet)["止"], "2014-11-30")

    found = taken(edited(exported("rongcheng", files()), edit), "rongcheng", files())
    assert [problem.line() for problem in found.problems] == []
    assert found.made[0].body.decode() == TABLE.replace(
        '{value: "6", until: 2014-12-31, why: "旧版：办结"}', '{value: "6", until: 2014-11-30, why: 旧版：办结}')


def test_a_meaning_more_is_a_row_more_under_the_same_word() -> None:
    """A word that had one code gets a second from a day on."""
    def edit(book: Workbook) -> None:
        sheet, at = sheet_of(book, "outcome.finish"), columns(sheet_of(book, "outcome.finish"))
        number = row_of(sheet, "certificate")
        sheet.cell(number, at["止"], "2016-12-31")
        sheet.insert_rows(number + 1)
        for title, cell in (("区段", "代码"), ("标准代码", "certificate"), ("对方代码", "00"), ("起", "2017-01-01")):
            sheet.cell(number + 1, at[title], cell)

    found = taken(edited(exported("rongcheng", files()), edit), "rongcheng", files())
    assert [problem.line() for problem in found.problems] == []
    assert found.made[0].body.decode() == TABLE.replace(
        'certificate: "0"   #', 'certificate: [{value: "0", until: 2016-12-31}, {value: "00", from: 2017-01-01}]   #')


def test_a_meaning_deleted_leaves_the_other() -> None:
    """One row of two: the word keeps the one that is left."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "outcome.finish")
        sheet.delete_rows(row_of(sheet, "granted") + 1)

    found = taken(edited(exported("rongcheng", files()), edit), "rongcheng", files())
    assert [problem.line() for problem in found.problems] == []
    assert said(found.made[0].body)["table"]["granted"] == {"value": "6", "from": "2015-01-01", "until": "2017-06-30"}


def test_a_table_written_anew_from_its_cells_says_the_same() -> None:
    """Nothing of a row is only in the text it was."""
    kind = CodeSheet(the_model(), "outcome.finish")
    made = assemble(kind, rows_of(kind, cut(TABLE, kind.opens)), None)
    was = said(TABLE.replace('["08"]', '"08"').encode())
    assert said(made.encode()) == {**was, "table": {**was["table"], "not_granted": {"value": "7", "from": "2015-01-01"}}}


def test_a_mistake_in_a_day_is_named_at_its_cell(tmp_path: Path) -> None:
    """The loader's words at the row and column of the sheet, also of a word's second row."""
    home = write_home(tmp_path)
    (home / "mappings" / "rongcheng" / FILE).write_text(TABLE, encoding="utf-8")

    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "outcome.finish")
        sheet.cell(row_of(sheet, "finished"), columns(sheet)["止"], "2014-13-01")
        sheet.cell(row_of(sheet, "granted") + 1, columns(sheet)["起"], "2017-06-01")

    book = tmp_path / "表.xlsx"
    book.write_bytes(edited(exported("rongcheng", files()), edit))
    done = CliRunner().invoke(
        build_app("mapping"), ["mapping", "from-excel", str(book), "rongcheng", "--home", str(home), "--json"])
    problems = [(one["code"], one["path"]) for one in orjson.loads(done.stdout)["problems"]]
    assert (done.exit_code, problems) == (2, [("GT227", "G5 止"), ("GT226", "B7 标准代码")])
    assert (home / "mappings" / "rongcheng" / FILE).read_text(encoding="utf-8") == TABLE

"""A list that the county hands in, in place of asking its system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from openpyxl import Workbook, load_workbook
from tests.cli.desk import SECRETS
from tests.reconcile.county import DAY, SYSTEM, County, accepted
from tests.reconcile.test_reconcile import DIFFERENT, SEEDED, by_number, seed

HEADS = {"SBLSH": "申办流水号", "YWLSH": "业务流水号", "SJBBH": "版本", "SLZTDM": "受理状态", "SLSJ": "受理时间"}
DECLARED = """    reconcile:
      source:
        kind: EX_GDBS_SL
        columns: {SBLSH: 申办流水号, YWLSH: 业务流水号, SJBBH: 版本, SLZTDM: 受理状态, SLSJ: 受理时间}
      compare: outcome
"""


def rows(county: County) -> list[list[Any]]:
    """What the county's own table holds, as its clerks export it."""
    with county.engine.connect() as connection:
        found = connection.execute(county.tables["EX_GDBS_SL"].select()).mappings().all()
    return [[row[name] for name in HEADS] for row in found]


def handed(county: County, path: Path) -> dict[str, Any]:
    result = county.desk.guantong("reconcile", SYSTEM, "--date", DAY, "--file", str(path), "--json")
    assert result.exit_code in (0, 1), result.output
    found: dict[str, Any] = orjson.loads(result.stdout)
    return found


@pytest.mark.parametrize("name", ["清单.xlsx", "清单.csv", "gb18030.csv"])
def test_the_same_differences_are_found_in_a_file(county: County, tmp_path: Path, name: str) -> None:
    """Excel, and separated values in UTF-8 and GB 18030, with the county's headings; no server is asked, no secret needed."""
    seed(county)
    county.declare(DECLARED)
    path = tmp_path / name
    if path.suffix == ".xlsx":
        book = Workbook()
        sheet = book.worksheets[0]
        for row in ([*HEADS.values()], *rows(county)):
            sheet.append(row)
        book.save(path)
    else:
        lines = ["\t".join(HEADS.values()), *("\t".join(map(str, row)) for row in rows(county))]
        path.write_text("\n".join(lines), encoding="gb18030" if "gb" in name else "utf-8")
    found = by_number(handed(county, path))
    assert {number: one["finding"] for number, one in found.items() if one["finding"] != "agrees"} == DIFFERENT
    assert found["JX4"]["differs"] == ["outcome"]
    assert found["JX2"]["place"] == {"清单.xlsx": "清单.xlsx[Sheet]:16", "清单.csv": "清单.csv:16", "gb18030.csv": "gb18030.csv:16"}[name]


def test_without_a_word_in_the_configuration_the_records_names_are_read(county: County, tmp_path: Path) -> None:
    """The file is named after the kind; what its columns do not tell is not compared."""
    county.add(accepted(1), accepted(2))
    county.read(without=[2])
    county.end({})
    path = tmp_path / "EX_GDBS_SL.csv"
    path.write_text("YWLSH,SLSJ\nJX1,2014-07-12 09:00:00\nJX2,2014-07-12 09:00:00\n,2014-07-12 09:00:00\n", encoding="utf-8")
    found = handed(county, path)
    assert [(one["number"], one["finding"]) for one in found["differences"]] == [("JX2", "missing")]
    assert (found["unreadable"], found["unreadable_places"]) == (1, ["EX_GDBS_SL.csv:4"])


@pytest.mark.parametrize(("name", "text", "said"), [
    ("EX_GDBS_SL.csv", "SLSJ,SLZTDM\n2014-07-12 09:00:00,1\n",
     "清单 EX_GDBS_SL.csv:2 未写明 EX_GDBS_SL 各行对应哪个办件：缺少列 SBLSH / SBLSH_SHORT / YWLSH; 请补上该列，或在 `columns:` 中写明其列名 [GT797]"),
    ("all.csv", "YWLSH\nJX1\n", "无法判断 all.csv 各行的报文类型："),
    ("EX_GDBS_SL.csv", "", "EX_GDBS_SL.csv: "), ("EX_GDBS_SL.pdf", "%PDF", "文件 EX_GDBS_SL.pdf 不能作为清单读取：扩展名不是"),
    ("EX_GDBS_SL.csv", "YWLSH\n", "文件 EX_GDBS_SL.csv 不能作为清单读取：没有可读取的办件"), ("gone.xlsx", None, "文件 gone.xlsx 不能作为清单读取：文件不存在"),
    ("EX_GDBS_SL.xlsx", "no workbook", "EX_GDBS_SL.xlsx: "),
])
def test_a_file_that_is_no_list_is_refused_in_words(county: County, tmp_path: Path, name: str, text: str | None, said: str) -> None:
    """Nothing is compared; exit 2."""
    county.add(accepted(1))
    county.read()
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    result = county.desk.guantong("reconcile", SYSTEM, "--date", DAY, "--file", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said), result.stderr


def test_the_report_is_a_workbook_in_chinese(county: County, tmp_path: Path) -> None:
    """Counts are numbers, a text that begins like a formula is none, nothing of a person stands in it; a file is not replaced unasked."""
    seed(county)
    county.add(accepted(30, YWLSH="=1+1"))
    report = tmp_path / "对账单.xlsx"
    words = ("reconcile", SYSTEM, "--date", DAY, "--report", str(report))
    assert county.desk.guantong(*words, env=SECRETS).exit_code == 1
    book = load_workbook(report)
    counts = {row[0].value: row[1].value for row in book["汇总"].iter_rows(max_col=2)}
    assert (counts["系统"], counts["日期"], counts["结论"], counts["来源件数"], counts["本处缺少"]) == (SYSTEM, DAY, "有差异", 13, 2)
    lines = [[cell.value for cell in row] for row in book["差异"].iter_rows()]
    assert lines[0][:4] == ["核对结果", "过程信息", "编号", "发生时间"]
    assert {row[0] for row in lines[1:]} == {"本处缺少", "内容不一致", "来源没有", "已到未转换", "版本冲突", "一致"}
    assert len({row[2] for row in lines[1:]}) == len(DIFFERENT) + len(SEEDED) + 1
    assert all(cell.data_type != "f" for row in book["差异"].iter_rows() for cell in row)
    again = county.desk.guantong(*words, env=SECRETS)
    assert (again.exit_code, "对账单.xlsx" in again.stderr) == (2, True)
    assert county.desk.guantong(*words, "--overwrite", env=SECRETS).exit_code == 1

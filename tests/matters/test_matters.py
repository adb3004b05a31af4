"""The catalogue of matters: imported with every mistake located, kept in versions, led across old and new codes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.matters import Catalogue, Matter
from guantong.matters.catalogue import Crossing, clashes
from guantong.matters.change import plan
from guantong.matters.table import read_matters
from guantong.matters.write import as_code_table, as_csv, as_workbook
from guantong.model import Model, load_model
from guantong.starter import starter

OLD, NEW, OTHER = "10000000100000000013445202", "1144520200703000044000119001000", "1144520200703000044000119002000"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(starter("mappings") / "canonical")[0]


def matter(version: int = 1, since: str = "", until: str = "", code: str = NEW, old: str = OLD, **more: Any) -> Matter:
    return Matter(code, version, "再生育审批", old, since=since, until=until, **more)


def table(*rows: tuple[str, ...], heads: tuple[str, ...] = ("实施编码", "版本", "事项名称", "原事项编码", "生效日期", "失效日期")) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heads, *rows])
    return out.getvalue().encode("gb18030")


def lines(body: bytes, model: Model) -> list[str]:
    return [problem.line("en") for problem in read_matters(body, "目录.csv", model)[1]]


def test_every_mistake_is_told_at_its_row_and_column(model: Model) -> None:
    """All at once; a column that is not read is a warning."""
    body = table(
        (NEW, "1", "再生育审批", OLD, "2014-13-01", "", "x"),
        ("甲", "零", "", OLD, "", "", ""),
        (NEW, "2", "再生育审批", OLD, "2015-01-01", "2014-01-01", ""),
        (OTHER, "1", "另一事项", OLD, "2014/1/1", "", ""),
        (OTHER, "1", "另一事项", "", "", "", ""),
        heads=("实施编码", "版本", "事项名称", "原事项编码", "生效日期", "失效日期", "备注"),
    )
    known = ("实施编码、事项版本、事项名称、原事项编码、权责清单码、基本编码、情形、行政区划代码、实施主体代码、实施主体名称、事项类型、行使层级、"
             "办件类型、法定办结时限、法定办结时限单位、承诺办结时限、承诺办结时限单位、生效日期、失效日期")
    twice = (f"目录.csv:6:1 实施编码: version 1 of the matter {OTHER} stands twice (first in row 5); give each version its number, or "
             "take one row out [GT843]")
    assert lines(body, model) == [
        f"目录.csv:1:7: the column '备注' is not read; columns that are read: {known} [GT849]",
        "目录.csv:2:5 生效日期: '2014-13-01' is no date; write a date such as 2014-12-31 [GT842]",
        "目录.csv:3:1 实施编码: '甲' is no code; write 2 to 60 letters, digits, `.`, `_` or `-` [GT842]",
        "目录.csv:3:2 事项版本: '零' is no whole number; write digits, such as 1 [GT842]",
        "目录.csv:3:3 事项名称: '' is no name; write 1 to 500 printable characters [GT842]",
        "目录.csv:4:6 失效日期: '2014-01-01' is no day after it came in force; write 2015-01-01 or later, or nothing [GT842]",
        twice,
    ]


def test_an_old_code_stands_for_one_matter_on_a_day(model: Model) -> None:
    """Two at a time could not be told apart; one after the other can."""
    both = table((NEW, "1", "甲", OLD, "", "2014-12-31"), (OTHER, "1", "乙", OLD, "2014-12-31", ""))
    assert [line.partition("; ")[0] for line in lines(both, model)] == [
        f"目录.csv:3:4 原事项编码: the old code {OLD} stands for {NEW} and for {OTHER} on the same days"]
    after = table((NEW, "1", "甲", OLD, "", "2014-12-31"), (OTHER, "1", "乙", OLD, "2015-01-01", ""))
    assert lines(after, model) == []


@pytest.mark.parametrize(("body", "line"), [
    (b"\x00\x01\xff\xfe", "目录.csv: the table of matters cannot be read: it is neither text in UTF-8 or GBK nor an .xlsx workbook"),
    (table(("1", "2"), heads=("甲", "乙")), "目录.csv: no row of the first 10 heads the columns of a table of matters: 实施编码, 事项名称 not found"),
    (table(), "目录.csv: the table of matters cannot be read: it holds no rows"),
])
def test_what_is_no_table_of_matters_is_said(body: bytes, line: str, model: Model) -> None:
    """And what to give instead."""
    assert [one.partition("; ")[0] for one in lines(body, model)] == [line]


def test_words_of_lists_are_read_in_chinese_and_english(model: Model) -> None:
    """And what is none is told with those that are."""
    heads = ("实施编码", "事项名称", "事项类型", "承诺办结时限", "承诺办结时限单位")
    told, problems = read_matters(table((NEW, "甲", "行政许可", "5", "工作日"), (OTHER, "乙", "licence", "０８", "workday"), heads=heads),
                                  "目录.csv", model)
    assert problems == []
    assert [(one.type, one.promised_limit, one.promised_limit_unit) for one in told] == [("licence", "5", "workday"), ("licence", "8", "workday")]
    wrong = read_matters(table((NEW, "甲", "许可", "", ""), heads=heads), "目录.csv", model)[1]
    assert "'许可' is no word of this list; write 行政许可 / 行政处罚" in wrong[0].line("en")


def test_a_new_version_ends_the_one_before_it() -> None:
    """The day before it comes in force; nothing is taken out, and the preview says all of it."""
    standing = Catalogue([matter(1, "2013-01-01")], 1)
    found, changes = plan(standing, [matter(2, "2014-08-01", type="licence")])
    assert [(one.kind, one.after.version, one.fields) for one in changes] == [
        ("added", 2, {}), ("ended", 1, {"until": ("", "2014-07-31")})]
    catalogue = Catalogue(found, 2)
    assert [one.version for one in catalogue.named(OLD, "2014-07-31")] == [1]
    assert [one.version for one in catalogue.named(NEW, "2014-08-01")] == [2]
    assert plan(catalogue, [matter(2, "2014-08-01", type="licence")])[1] == []


def test_a_whole_catalogue_ends_what_it_leaves_out() -> None:
    """By today; a partial one leaves it alone."""
    standing = Catalogue([matter(), matter(code=OTHER, old="")], 1)
    assert plan(standing, [matter()])[1] == []
    (change,) = plan(standing, [matter()], today="2014-07-15")[1]
    assert (change.kind, change.after.code, change.after.until) == ("ended", OTHER, "2014-07-15")


def test_the_crosswalk_joins_versions_of_one_pair() -> None:
    """One row as long as the pair holds; another matter takes over on its own day."""
    catalogue = Catalogue([matter(1, "2013-01-01", "2013-12-31"), matter(2, "2014-01-01", "2014-06-30"), matter(1, "2014-07-01", code=OTHER)])
    assert catalogue.crossings() == [Crossing(OLD, NEW, "2013-01-01", "2014-06-30"), Crossing(OLD, OTHER, "2014-07-01", "")]
    assert list(clashes(catalogue.matters)) == []


DAYS = st.dates().map(lambda day: day.isoformat()) | st.just("")


@given(st.lists(st.builds(matter, st.integers(1, 3), DAYS, DAYS, st.sampled_from([NEW, OTHER]), st.sampled_from([OLD, "", "ab12"])), max_size=6,
                unique_by=lambda one: one.key))
def test_what_is_exported_is_imported_as_it_was(model: Model, matters: list[Matter]) -> None:
    """As a workbook and as text."""
    sound = [one for one in matters if not (one.since and one.until and one.until < one.since)]
    sound = [one for one in sound if not any(one in pair for pair in clashes(sound))]
    if sound:
        for write in (as_csv, as_workbook):
            told, problems = read_matters(write(sound, model), "export", model)
            assert problems == []
            assert sorted(told, key=lambda one: one.key) == sorted(sound, key=lambda one: one.key)


def test_the_crosswalk_is_a_code_table() -> None:
    """With a day's rows beside each other; made again, it is the same."""
    text = as_code_table(Catalogue([matter(1, "2013-01-01"), matter(1, "2013-01-01", code=OTHER, old="ab12"),
                                    matter(2, "2013-01-01", code=OTHER, old="cd34")], 3))
    assert text.splitlines()[2:] == [
        "title: {zh: 新旧事项编码对照, en: Old and new codes of matters}", "source: 事项目录第 3 版", "table:",
        f'  "{NEW}":', f'    - {{value: "{OLD}", from: 2013-01-01}}',
        f'  "{OTHER}":', '    - {value: "ab12", also: ["cd34"], from: 2013-01-01}',
    ]


@pytest.mark.parametrize("name", ["=HYPERLINK(\"http://x\")", "+1", "-2", "@SUM(1)", "＝1", "'=1"])
def test_no_name_is_a_formula_in_what_we_write(model: Model, name: str) -> None:
    """Whoever opens the text in an office program runs nothing; read back, the name is as it was."""
    one = replace(matter(1), name=name)
    written = as_csv([one], model)
    row = list(csv.reader(io.StringIO(written.decode("utf-8-sig"))))[1]
    assert f"'{name}" in row
    assert read_matters(written, "export", model) == ([one], [])

"""A table of sites becomes a tree, or every mistake of it at its row and column."""

from __future__ import annotations

import pytest
from tests.sites.tables import CITY, read, tree, workbook

from guantong.sites import Level, Tree
from guantong.sites.rows import sites_of
from guantong.sites.table import MOST_ROWS, read_table

HEAD = "站点编码,站点名称,级别,上级\n"
TOP = f"{HEAD}A,甲市,市,\nB,乙区,县区,A\n"
MISTAKES: list[tuple[str, list[str]]] = [
    (TOP + "C,,镇街,B\n", ["t.csv:4:2 站点名称: “名称”为空; 请填写；或删去该行 [GT893]"]),
    (TOP + ",丙镇,镇街,B\n", ["t.csv:4:1 站点编码: “编码”为空; 请填写；或删去该行 [GT893]"]),
    (TOP + "C/1,丙镇,镇街,B\n",
     ["t.csv:4:1 站点编码: 'C/1' 不是站点编码; 应为字母、数字、点、下划线或连字符，至多 60 个 [GT894]"]),
    (TOP + "C,丙镇,大队,B\n", ["t.csv:4:3 级别: '大队' 不是级别; 应为市、县区、镇街、村居或窗口 [GT894]"]),
    (TOP + "C,丙镇,,B\n", ["t.csv:4:3 级别: “级别”为空; 请填写；或填写行政区划代码，由其推定级别 [GT893]"]),
    (TOP + "B,丙区,县区,A\n", ["t.csv:4:1 站点编码: 编码 'B' 重复（首次出现在第 3 行）; 请为每个站点编不同的编码，或删去其中一行 [GT895]"]),
    (TOP + "C,丙镇,镇街,乙县\n", ["t.csv:4:4 上级: 找不到上级站点 '乙县'; 请补上该站点的行，或更正名称 [GT896]"]),
    (TOP + "D,丁大村,村居,丙山镇\nC,丙山乡,镇街,B\n", ["t.csv:4:4 上级: 找不到上级站点 '丙山镇'; 是否应为 '丙山乡'？ [GT896]"]),
    (TOP + "C,丙镇,镇街,\n", ["t.csv:4:4 上级: 找不到上级站点 ''; 请填写上级的编码或名称 [GT896]"]),
    (TOP + "E,戊区,县区,A\nC,丙镇,镇街,B\nD,丙镇,镇街,E\nF,己村,村居,丙镇\n",
     ["t.csv:7:4 上级: 有 2 个站点名为 '丙镇'，无法确定是哪一个; 请用编码指明上级：C, D [GT897]"]),
    (TOP + "C,丙镇,镇街,D\nD,丁镇,镇街,C\n",
     ["t.csv:4:4 上级: 上下级关系成环：C → D → C; 请更正其中一行的上级 [GT898]",
      "t.csv:4:3 级别: “镇街”不能隶属于镇街“丁镇”; 级别由高到低为市、县区、镇街、村居、窗口：请更正级别或上级 [GT899]",
      "t.csv:5:3 级别: “镇街”不能隶属于镇街“丙镇”; 级别由高到低为市、县区、镇街、村居、窗口：请更正级别或上级 [GT899]"]),
    (TOP + "C,丙镇,镇街,B\nD,丙镇,镇街,B\n",
     ["t.csv:5:2 站点名称: “乙区”下有两个“丙镇”（首次出现在第 4 行）; 确有两个时属正常；否则请删去其中一行 [GT901]"]),
    ("编号,叫法\nA,甲市\n", [
        "t.csv: 前 10 行中没有站点表的表头：缺少站点名称、站点编码; 请把表头写作站点名称 / 名称 / 单位名称，或用 --columns name=… 指明 [GT891]"]),
    (HEAD, ["t.csv: 无法读取站点表：没有数据行; 请提供 .xlsx 工作簿或 .csv 文本（UTF-8 或 GBK）；`guantong sites template` 可生成空表 [GT890]"]),
    ("站点编码,站点名称,级别,启用日期\nA,甲市,市,2014-13-01\n",
     ["t.csv:2:4 启用日期: '2014-13-01' 不是日期; 应为如 2014-12-31 的日期 [GT894]"]),
    ("站点名称,行政区划代码\n甲市,44520\n", ["t.csv:2:2 行政区划代码: '44520' 不是行政区划代码; 应为6、9 或 12 位数字，如 445202001201 [GT894]"]),
    ("站点名称,行政区划代码,上级\n甲市,445200,\n乙区,445202,\n丙镇,445203001,乙区\n",
     ["t.csv:4:2 行政区划代码: 行政区划代码 445203001 不在上级“乙区”的 445202 之内; 管委会托管其他县区的镇村时属正常；否则请更正编码或上级 [GT900]"]),
]


@pytest.mark.parametrize(("text", "lines"), MISTAKES)
def test_every_mistake_is_told_at_its_row_and_column(text: str, lines: list[str]) -> None:
    """With what came, what was expected and what to do; nothing false follows from a row that is wrong itself."""
    assert [problem.line("zh") for problem in read(text)[1]] == lines


def test_a_mistake_is_told_in_english_too() -> None:
    """The same problem, both languages."""
    (problem,) = read(TOP + "B,丙区,县区,A\n")[1]
    assert problem.line() == ("t.csv:4:1 站点编码: the code 'B' stands twice (first in row 3); "
                              "give each site its own code, or take one row out [GT895]")


def test_all_mistakes_of_a_table_are_told_at_once() -> None:
    """Of form and of structure."""
    _, problems = read(TOP + "C,,镇街,B\nB,丙区,县区,A\nD,丁村,村居,无\n")
    assert [problem.code.id for problem in problems] == ["GT893", "GT896", "GT895"]


def test_levels_and_parents_are_told_from_region_codes() -> None:
    """A list of names and 12-digit codes is a tree already."""
    text = "名称,区划代码\n揭阳市,445200000000\n榕城区,445202000000\n仙桥街道,445202001000\n永东村,445202001201\n"
    sites, problems = read(text)
    assert problems == []
    assert [(one.code, one.level.value, one.parent) for one in sites] == [
        ("445200000000", "city", ""), ("445202000000", "county", "445200000000"),
        ("445202001000", "town", "445202000000"), ("445202001201", "village", "445202001000")]


def test_a_zone_outside_the_national_codes_is_a_county() -> None:
    """A 管委会 with a code of its own governs towns of another county's codes: warned of where both have regions."""
    text = f"{HEAD}445200000000,揭阳市,市,\nGW01,大南山管委会,管委会,揭阳市\n445224101000,大溪镇,镇街,大南山管委会\n"
    sites, problems = read(text)
    assert (problems, sites[1].level, sites[1].region, sites[2].parent) == ([], Level.COUNTY, "", "GW01")


def test_parents_are_found_by_name_where_other_columns_tell_which() -> None:
    """Two towns of one name in two counties, as 所属县区 and 所属镇街 say."""
    text = ("站点编码,站点名称,级别,所属县区,所属镇街\nA,甲区,县区,,\nB,乙区,县区,,\nC,东山镇,镇街,甲区,\nD,东山镇,镇街,乙区,\n"
            "E,一村,村居,甲区,东山镇\nF,一村,村居,乙区,东山镇\n")
    sites, problems = read(text)
    assert problems == []
    assert {one.code: one.parent for one in sites} == {"A": "", "B": "", "C": "A", "D": "B", "E": "C", "F": "D"}


def test_a_part_of_the_tree_stands_below_what_was_imported_before() -> None:
    """A county's own table need not repeat the city."""
    sites, problems = read(f"{HEAD}445203101000,玉湖镇便民服务中心,镇街,揭东区\n", tree())
    assert (problems, sites[0].parent) == ([], "445203000000")


def test_a_cycle_through_what_was_imported_before_is_told() -> None:
    """Neither table alone holds it."""
    standing = tree(f"{HEAD}A,甲区,县区,\nB,乙镇,镇街,A\n")
    _, problems = read(f"{HEAD}A,甲区,县区,B\n", standing)
    assert [problem.message() for problem in problems if problem.code.id == "GT898"] == ["the site stands below itself: A → B → A"]
    _, problems = read(f"{HEAD}B,乙镇,镇街,C\nC,丙镇,镇街,B\n", standing)
    assert [problem.code.id for problem in problems] == ["GT898", "GT899", "GT899"]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_is_read_in_the_charset_it_is_in(charset: str) -> None:
    """As office programs write it."""
    rows, problems = read_table(CITY.encode(charset), "t.csv", {})
    assert (problems, Tree(sites_of(rows, Tree())[0]).digest) == ([], tree().digest)


def test_a_workbook_is_read_sheet_by_sheet() -> None:
    """A sheet a county; codes kept as numbers; titles above the heads; notes passed over."""
    head = ("站点编码", "站点名称", "级别", "上级")
    body = workbook(
        ("市", [("揭阳市站点一览",), head, (445200000000, "揭阳市", "市", None), (445202000000, "榕城区", "县区", "揭阳市")]),
        ("榕城", [head, (445202001000, "仙桥街道", "镇街", 445202000000.0)]), ("说明", [("列", "说明")]))
    rows, problems = read_table(body, "t.xlsx", {})
    sites, found = sites_of(rows, Tree())
    assert (problems, found) == ([], [])
    assert [(one.code, one.parent) for one in sites] == [
        ("445200000000", ""), ("445202000000", "445200000000"), ("445202001000", "445202000000")]


def test_a_sheet_whose_heads_are_not_known_is_told() -> None:
    """A county must not fall out because of a misspelt head."""
    body = workbook(("甲", [("站点编码", "站点名称", "级别"), ("A", "甲市", "市")]), ("乙", [("编马", "站名"), ("B", "乙区")]))
    _, problems = read_table(body, "t.xlsx", {})
    assert [problem.line("zh").split(":")[0] for problem in problems] == ["t.xlsx[乙]"]
    assert [problem.code.id for problem in problems] == ["GT891"]


def test_other_heads_are_named_by_hand() -> None:
    """And a column that is not read is warned of."""
    sites, problems = read("编号,站名,级别,片区\nA,甲市,市,东\n", code="编号", name="站名")
    assert ([one.code for one in sites], [problem.line("zh").split(";")[0] for problem in problems]) == (["A"], ["t.csv:1:4: “片区”列未读取"])
    _, problems = read("编号,站名\nA,甲市\n", code="代号", name="站名")
    assert [problem.message("zh") for problem in problems if problem.code.id == "GT892"] == ["--columns：'code=代号' 不是任何一列的表头"]


@pytest.mark.parametrize("body", [b"\x00\x01\x02", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b""])
def test_what_is_no_table_is_told(body: bytes) -> None:
    """Never an exception."""
    rows, problems = read_table(body, "t", {})
    assert (rows, len(problems), problems[0].place.file) == ([], 1, "t")


def test_full_width_and_blanks_in_codes_count_as_the_plain_ones() -> None:
    """As people type them."""
    sites, problems = read(f"{HEAD}４４５２００,揭阳市,市,\n 445202 ,榕城区,县 区,４４５２００\n")
    assert (problems, [(one.code, one.parent) for one in sites]) == ([], [("445200", ""), ("445202", "445200")])


def test_a_table_without_end_is_refused() -> None:
    """Bounded before it is looked at."""
    rows, problems = read_table((HEAD + "A,甲,市,\n" * (MOST_ROWS + 1)).encode(), "t.csv", {})
    assert (rows, [problem.code.id for problem in problems]) == ([], ["GT914"])

"""Tables of sites for tests: an invented city, whole and in parts."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook

from guantong.problems import Problem
from guantong.sites import NO_SITES, Site, Tree
from guantong.sites.rows import sites_of
from guantong.sites.table import read_table

CITY = """站点编码,站点名称,级别,上级,地址,电话
445200000000,揭阳市,市,,,
445202000000,榕城区,县区,揭阳市,,
445202001000,仙桥街道便民服务中心,镇街,榕城区,仙桥路 1 号,0663-8000001
445202001201,永东村便民服务室,村居,仙桥街道便民服务中心,,
445202001202,永西村便民服务室,村居,仙桥街道便民服务中心,,
01,综合窗口,窗口,仙桥街道便民服务中心,,
445203000000,揭东区,县区,揭阳市,,
445203100000,云路镇便民服务中心,镇街,揭东区,,
01,综合窗口,窗口,云路镇便民服务中心,,
"""


def read(text: str, standing: Tree = NO_SITES, **columns: str) -> tuple[list[Site], list[Problem]]:
    """The sites of a table given as text, and what is wrong with it."""
    rows, problems = read_table(text.encode(), "t.csv", columns)
    sites, found = sites_of(rows, standing)
    return sites, [*problems, *found]


def tree(text: str = CITY, number: int = 1) -> Tree:
    """The tree of a table without mistakes."""
    sites, problems = read(text)
    assert problems == []
    return Tree(sites, number)


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook with these sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

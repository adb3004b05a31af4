"""What an import changes, and that it takes nothing out of the tree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.sites.tables import CITY, read, tree

from guantong.sites import Level, Site, Tree
from guantong.sites.change import plan
from guantong.sites.rows import sites_of
from guantong.sites.table import read_table
from guantong.sites.write import as_csv, as_workbook

LINES = CITY.splitlines(keepends=True)


def without(*codes: str) -> str:
    return "".join(line for line in LINES if not line.startswith(codes))


def test_the_first_import_adds_all() -> None:
    """Every site, in the table's order."""
    sites, _ = read(CITY)
    found = plan(Tree(), sites, "2026-11-27")
    assert ({one.kind for one in found.changes}, len(found.changes), found.left_alone) == ({"added"}, 9, [])


def test_the_same_table_changes_nothing() -> None:
    """Not even the order counts."""
    sites, _ = read("".join([LINES[0], *reversed(LINES[1:])]))
    found = plan(tree(), sites, "2026-11-27")
    assert (found.changes, Tree(found.sites).digest) == ([], tree().digest)


def test_what_the_table_leaves_out_is_closed_with_a_date_never_removed() -> None:
    """A village; and with a town all below it."""
    sites, _ = read(without("445202001202"))
    (change,) = plan(tree(), sites, "2026-11-27").changes
    assert (change.kind, change.after.name, change.fields) == ("closed", "永西村便民服务室", {"closed": ("", "2026-11-27")})
    more = CITY + "445202002000,榕华街道,镇街,榕城区,,\n"
    sites, _ = read("站点编码,站点名称,级别,上级\n445202000000,榕城区,县区,445200000000\n445202002000,榕华街道,镇街,榕城区\n", tree(more))
    found = plan(tree(more), sites, "2026-11-27")
    assert [(one.kind, one.after.key) for one in found.changes] == [
        ("closed", "445202001000"), ("closed", "445202001201"), ("closed", "445202001202"), ("closed", "445202001000/01")]
    assert len(found.sites) == 10


def test_a_table_of_one_county_leaves_the_others_alone() -> None:
    """They are named, not closed; nor are levels it has none of."""
    sites, _ = read("站点编码,站点名称,级别,上级\n445202001000,仙桥街道便民服务中心,镇街,榕城区\n", tree())
    found = plan(tree(), sites, "2026-11-27")
    assert [one.kind for one in found.changes] == ["changed"]  # its address and telephone are no longer given
    assert [site.name for site in found.left_alone] == ["揭东区"]


def test_a_site_under_another_parent_is_moved_and_one_told_of_again_reopened() -> None:
    """By its code it is the same."""
    moved, _ = read(CITY.replace("445202001202,永西村便民服务室,村居,仙桥街道便民服务中心", "445202001202,永西村便民服务室,村居,云路镇便民服务中心"))
    (change,) = plan(tree(), moved, "2026-11-27").changes
    assert (change.kind, change.fields) == ("moved", {"parent": ("445202001000", "445203100000")})
    closed = Tree(plan(tree(), read(without("445202001202"))[0], "2026-11-27").sites)
    (change,) = plan(closed, read(CITY)[0], "2026-11-28").changes
    assert (change.kind, change.fields) == ("reopened", {"closed": ("2026-11-27", "")})


def test_nothing_is_closed_where_that_is_not_wanted() -> None:
    """`--keep-missing`."""
    assert plan(tree(), read(without("445202001202"))[0], "2026-11-27", close=False).changes == []


NAMES = st.text(st.characters(codec="gb18030", categories=("L", "N", "P", "S")), min_size=1, max_size=12)


@given(st.lists(st.tuples(st.integers(0, 99), NAMES, st.dates()), min_size=1, max_size=8, unique_by=(lambda one: one[0], lambda one: one[1])))
def test_what_is_exported_imports_as_it_was(villages: list[tuple[int, str, object]]) -> None:
    """Whatever the names, texts that look like formulas too; as a workbook and as text."""
    sites = [Site("T", "镇", Level.COUNTY), *(Site(f"V{number:03}", name, Level.VILLAGE, "T", closed=f"{day}")
                                              for number, name, day in villages)]
    for body in (as_csv(sites), as_workbook(sites)):
        rows, problems = read_table(body, "t", {})
        again, found = sites_of(rows, Tree())
        assert ([one for one in (*problems, *found) if one.code.severity == "error"], again) == ([], sites)

"""Shares: what is counted, and how far a target is."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sites.tables import CITY, tree

from guantong.sites import Level, Site
from guantong.sites.connected import Reached, Seen, Target, Work, connected


def test_only_open_towns_and_villages_count() -> None:
    """Windows and halls do not; what is seen at a window is seen at its hall."""
    text = CITY.replace("站点编码,站点名称,级别,上级,地址,电话", "站点编码,站点名称,级别,上级,地址,停用日期").replace(",0663-8000001", ",").replace(
        "永西村便民服务室,村居,仙桥街道便民服务中心,,", "永西村便民服务室,村居,仙桥街道便民服务中心,,2014-01-01").replace("\n01,综合窗口,窗口,云路镇", "\n77,综合窗口,窗口,云路镇")
    found = connected(tree(text), [Seen("77", 5, 9), Seen("445202000000", 1, 2)], [Work("77", "on_site", 3), Work("?", "", 1)], 9)
    told = {one.county.name: (len(one.towns.connected), one.towns.total, one.villages.total, one.first_at, one.last_at, dict(one.cases))
            for one in found.counties}
    assert told == {"榕城区": (0, 1, 1, 1, 2, {}), "揭东区": (1, 1, 0, 5, 9, {"on_site": 3})}
    assert found.unknown == {"?": 1}
    assert [one.towns.share for one in connected(tree(text), [Seen("77", 5, 9)], [], 10).counties] == [0, 0]


@pytest.mark.parametrize(("share", "of", "there", "lacking"), [
    (0.3, 10, 3, 0), (0.3, 10, 2, 1), (0.3, 11, 3, 1), (0.3, 0, 0, 0), (1.0, 7, 6, 1), (0.7, 10, 7, 0), (0.07, 100, 7, 0)])
def test_how_many_are_lacking_is_exact(share: float, of: int, there: int, lacking: int) -> None:
    """A share of a whole number, without what floating point adds."""
    sites = [Site(str(number), "x", Level.TOWN) for number in range(of)]
    assert Reached(sites[:there], sites[there:]).lacking(Target(date(2014, 12, 31), share)) == lacking


@given(st.lists(st.sampled_from(sorted(tree().sites)), unique=True))
def test_every_open_site_is_either_connected_or_not(seen: list[str]) -> None:
    """No town or village falls out of the counts, none counts twice."""
    found = connected(tree(), [Seen(one, 1, 1) for one in seen], [], 1)
    for level, all_of in ((Level.TOWN, 2), (Level.VILLAGE, 2)):
        both = found.of_all(level)
        assert (both.total, len({site.key for site in (*both.connected, *both.missing)})) == (all_of, all_of)

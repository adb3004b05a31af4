"""Every profile's paperwork is written, opens, and says what its other side has to build."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from tests.onboarding.papers import PROFILES, Papers, papers_of


@cache
def written(profile: str) -> Papers:
    """The papers of *profile*, made once."""
    return papers_of(profile, Path(mkdtemp(prefix="papers-")))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_papers_of_every_profile_are_written_and_open(profile: str) -> None:
    """With records, code tables of different names or of one name with the fields they are for, and no code twice in one."""
    papers = written(profile)
    assert any("报文" in one for one in papers.headings)
    tables = papers.headings[papers.headings.index("代码表"):papers.headings.index("错误代码")] if "代码表" in papers.headings else []
    assert len(tables) == len(set(tables))
    assert "测试结论" in papers.report
    for table in papers.tables:
        if table[0] == ["代码", "含义", "也接受"]:
            codes = [row[0] for row in table[1:]]
            assert codes
            assert all(codes)


def test_tables_of_one_name_are_told_apart_by_their_fields() -> None:
    """What only constants use is no table of the record's; a table of no list of its own is called by the list its words are of."""
    headings = [one for one in written("county-table-ea-jc").headings if "step.status" in one or "outcome.acceptance" in one]
    assert headings == ["受理状态（outcome.acceptance）", "审批环节状态（step.status.in）"]

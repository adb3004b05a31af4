"""Versions of the tree: kept whole, never altered, never two of one number."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sites.tables import CITY, tree

from guantong.problems import ProblemsError
from guantong.sites import NO_SITES
from guantong.sites.kept import About, about, keep, numbers, read


def told(number: int, digest: str) -> About:
    return About(number, 1_000, "陈工", "年度更新", "站点.xlsx", digest, {"added": 9})


def test_the_highest_version_is_in_force(tmp_path: Path) -> None:
    """And every earlier one is there still, with who made it."""
    first, second = tree(), tree(CITY.replace("0663-8000001", "0663-8000002"))
    assert read(tmp_path) is NO_SITES
    keep(tmp_path, list(first.sites.values()), told(1, first.digest))
    keep(tmp_path, list(second.sites.values()), told(2, second.digest))
    assert (read(tmp_path).digest, read(tmp_path).number, read(tmp_path, 1).digest) == (second.digest, 2, first.digest)
    assert (numbers(tmp_path), about(tmp_path, 1)) == ([1, 2], told(1, first.digest))
    assert (tmp_path / "var/sites/000001.json").stat().st_mode & 0o777 == 0o600


def test_a_number_is_taken_once(tmp_path: Path) -> None:
    """Of two imports at a time one is told that it came late, and nothing of it is left."""
    one = tree()
    keep(tmp_path, list(one.sites.values()), told(1, one.digest))
    with pytest.raises(ProblemsError, match=r"the sites were not kept: another import was quicker; .* \[GT905\]"):
        keep(tmp_path, [], told(1, ""))
    assert [path.name for path in (tmp_path / "var/sites").iterdir()] == ["000001.json"]
    assert len(read(tmp_path)) == 9


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"format": 2}', b"\xff"])
def test_a_damaged_version_is_told_with_its_file(tmp_path: Path, body: bytes) -> None:
    """Never taken for an empty tree."""
    folder = tmp_path / "var/sites"
    folder.mkdir(parents=True)
    (folder / "000003.json").write_bytes(body)
    with pytest.raises(ProblemsError) as error:
        read(tmp_path)
    assert [(one.code.id, one.place.file) for one in error.value.problems] == [("GT904", "var/sites/000003.json")]


def test_a_version_altered_by_hand_is_told(tmp_path: Path) -> None:
    """Its hash was made of other sites."""
    one = tree()
    keep(tmp_path, list(one.sites.values()), told(1, one.digest))
    file = tmp_path / "var/sites/000001.json"
    file.write_text(file.read_text("utf-8").replace("永东村", "永冬村"), "utf-8")
    with pytest.raises(ProblemsError, match="its sites are not those its hash was made of"):
        read(tmp_path)

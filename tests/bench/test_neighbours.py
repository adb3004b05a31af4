"""`guantong bench neighbours`: the good one loses nothing beside a bad one, and both are measured in turns."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.bench.test_queue import bench

from guantong_plugins.bench.neighbours import compared


@pytest.mark.parametrize("bad", ["exits", "hangs"])
def test_beside_a_bad_neighbour_every_case_arrives(bad: str, tmp_path: Path) -> None:
    """`--json` prints the names that programs rely on; nothing is left behind."""
    done = bench("neighbours", bad, "--json", "--rounds", "1", "--seconds", "1", "--rate", "20", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["runs"]) == ("neighbours", 1)
    assert answer["neighbours"].keys() == {bad}
    assert answer["neighbours"][bad].keys() == {"ratio", "p99_ms", "well_p99_ms", "spread"}
    assert list(tmp_path.iterdir()) == []


def test_each_round_is_compared_with_itself() -> None:
    """The median of the ratios, not the ratio of the medians: a machine that slows down slows both."""
    assert compared([10, 20, 40], [11, 20, 44]) == {"ratio": 1.1, "p99_ms": 20, "well_p99_ms": 20, "spread": 0.091}


def test_a_neighbour_that_there_is_not_is_told_with_the_nearest() -> None:
    """Before anything is measured."""
    done = bench("neighbours", "hang")
    assert done.returncode == 2
    assert "没有可测的邻居 'hang'，是否为 hangs？" in done.stderr.decode()

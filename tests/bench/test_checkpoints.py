"""`guantong bench checkpoints`: both sides are measured in turns, and only where the one sealed and signed and the other did not."""

from __future__ import annotations

from pathlib import Path

import orjson
from tests.bench.test_queue import bench

from guantong_plugins.bench.checkpoints import Side, compared, counts


def test_one_side_makes_checkpoints_and_the_other_none(tmp_path: Path) -> None:
    """`--json` prints the names that programs rely on; nothing is left behind."""
    done = bench("checkpoints", "--json", "--rounds", "1", "--seconds", "2", "--rate", "60", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["runs"], answer["rate"], answer["seconds"]) == ("checkpoints", 1, 60.0, 2.0)
    assert answer.keys() == {"name", "runs", "rate", "seconds", "fdatasync_p50_ms", "ratio", "spread", "p99_ms", "without_p99_ms", "p50_ms",
                             "without_p50_ms", "cpu_us", "without_cpu_us", "checkpoints", "sealed"}
    assert answer["checkpoints"] > 0
    assert answer["sealed"] > 64
    assert list(tmp_path.iterdir()) == []


def test_each_round_is_compared_with_itself() -> None:
    """The median of the ratios, not the ratio of the medians: a machine that slows down slows both."""
    def sides(*p99: float) -> list[Side]:
        return [Side(each, each / 2, 100.0, 300, 4) for each in p99]

    found = compared(sides(10, 20, 40), sides(11, 20, 44))
    assert (found["ratio"], found["spread"], found["p99_ms"], found["without_p99_ms"], found["checkpoints"]) == (1.1, 0.091, 20, 20, 4)


def test_a_run_that_did_otherwise_than_it_was_to_is_no_figure() -> None:
    """One that sealed nothing though it was to, and one that did though it was not."""
    sealed, plain = Side(1.0, 1.0, 1.0, 300, 4), Side(1.0, 1.0, 1.0, 3, 0)
    assert [counts(sealed, sealing=True), counts(plain, sealing=False)] == [True, True]
    assert [counts(plain, sealing=True), counts(sealed, sealing=False), counts(sealed._replace(checkpoints=0), sealing=True)] == [False] * 3

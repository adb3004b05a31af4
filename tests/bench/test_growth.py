"""`guantong bench growth`: a queue, a run and a backlog of real processes, with figures only where nothing was lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.bench.test_queue import bench

from guantong.problems import ProblemsError
from guantong_plugins.bench.bed import bed
from guantong_plugins.bench.truth import confirmed


def measured(part: str, *options: str, folder: Path) -> Any:
    """What `--json` says of *part*; nothing is left behind."""
    done = bench("growth", part, "--json", "--folder", str(folder), *options)
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert answer.keys() == {"name", "runs", "batch", "fdatasync_p50_ms", part}
    assert answer["name"] == "growth"
    assert list(folder.iterdir()) == []
    return answer[part]


def test_each_depth_is_measured_beside_the_smallest(tmp_path: Path) -> None:
    """One line for each deeper queue, by names that programs rely on."""
    options = ("--queued", "900", "--queued", "200", "--queued", "600", "--batch", "100", "--rounds", "1")
    found = measured("queued", *options, folder=tmp_path)
    assert [(each["queued"], each["beside"]) for each in found] == [(600, 200), (900, 200)]
    for each in found:
        assert each.keys() == {"queued", "beside", "accept_cpu_us", "accept_beside_cpu_us", "accept_ratio", "accept_spread", "deliver_cpu_us",
                               "deliver_beside_cpu_us", "deliver_ratio", "deliver_spread", "rss_mb"}
        assert each["accept_cpu_us"] > 0 < each["deliver_cpu_us"]


def test_a_long_run_tells_how_memory_grows(tmp_path: Path) -> None:
    """From when caches are warm to the end."""
    found = measured("memory", "--messages", "400", folder=tmp_path)
    assert found.keys() == {"messages", "rate", "cpu_us", "warm_mb", "end_mb", "most_mb", "slope_mb"}
    assert found["messages"] == 400
    assert 0 < found["warm_mb"] <= found["most_mb"] >= found["end_mb"]


def test_a_backlog_drains_beside_fresh_traffic(tmp_path: Path) -> None:
    """All of it, in turns of rest and drain."""
    found = measured("drain", "--backlog", "300", "--rate", "20", "--seconds", "1", folder=tmp_path)
    assert found.keys() == {"backlog", "rate", "concurrency", "rounds", "drained_per_s", "p99_ms", "alone_p99_ms", "ratio", "spread"}
    assert found["backlog"] == 300
    assert found["rounds"] >= 1
    assert found["drained_per_s"] > 0 < found["ratio"]


def test_one_depth_alone_is_told() -> None:
    """Nothing to compare it with: wrong usage, before anything is measured."""
    done = bench("growth", "queued", "--queued", "1000")
    assert done.returncode == 2
    assert "请给出至少两个" in done.stderr.decode()


def test_what_the_target_did_not_see_gives_no_figures(tmp_path: Path) -> None:
    """A count that does not agree is told as a fault of the hub, with its log."""
    with bed(tmp_path / "bed") as it:
        it.fill(5)
        assert confirmed(it.reader) == 0
        it.release()
        assert it.await_confirmed(5) == 5
        it.sink.stop()
        with pytest.raises(ProblemsError, match="6 deliveries are confirmed, the target saw 5, and 0 again"):
            it.arrived(6)

"""`guantong bench accept` and `bench start`: figures of true runs alone, by stable names, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.bench.test_queue import bench

from guantong.problems import ProblemsError
from guantong_plugins.bench import accepting, starting


def test_acceptance_is_measured_beside_the_bare_stack(tmp_path: Path) -> None:
    done = bench("accept", "--json", "--runs", "1", "--seconds", "0.3", "--connections", "4", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["goal"], answer["runs"], answer["connections"]) == ("accept", "G7", 1, 4)
    assert answer["ratio"] == pytest.approx(answer["rate"] / answer["bare_rate"], abs=0.01)
    assert min(answer["cpu_us"], answer["bare_cpu_us"], answer["p50_ms"]) > 0
    assert list(tmp_path.iterdir()) == []


def test_a_start_is_measured_to_the_first_record_taken(tmp_path: Path) -> None:
    done = bench("start", "--json", "--runs", "1", "--seconds", "0.2", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["goal"]) == ("start", "G16")
    assert min(answer["new_s"], answer["again_s"], answer["idle_mb"]) > 0
    assert answer["saturated_mb"] >= answer["idle_mb"] / 2
    assert list(tmp_path.iterdir()) == []


def test_medians_are_of_the_runs_ratios() -> None:
    one = [accepting.Answered(1, rate, 100.0, 1.0, 2.0) for rate in (600.0, 1000.0, 500.0, 1000.0)]
    found = accepting.together([accepting.Pair(one[0], one[1], 0.1), accepting.Pair(one[2], one[3], 0.3)])
    assert (found["ratio"], found["rate"], found["bare_rate"], found["fdatasync_p50_ms"]) == (0.55, 550.0, 1000.0, 0.2)
    assert starting.together([starting.Start(1.0, 0.5, 70.0), starting.Start(3.0, 0.7, 90.0)]) == {
        "new_s": 2.0, "again_s": 0.6, "idle_mb": 80.0}


def test_a_record_that_is_refused_gives_no_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither side may turn anything away."""
    monkeypatch.setattr(accepting, "DOOR", "/in/bench.portal/nowhere")
    (tmp_path / "ours").mkdir()
    with pytest.raises(ProblemsError, match="records were refused"):
        accepting._ours(tmp_path / "ours", 0.1, 2)

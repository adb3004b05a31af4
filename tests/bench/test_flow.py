"""`guantong bench flow`: the whole path in real processes, with figures that are only given when they are true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from guantong.problems import ProblemsError
from guantong_plugins.bench.figures import MEASURED
from guantong_plugins.bench.flow import FlowPlan, run_flow

STABLE = {"name", "rate", "cpu_us", "p50_ms", "p99_ms", "runs", "fdatasync_p50_ms"}


def bench(*options: str) -> subprocess.CompletedProcess[bytes]:
    """`guantong bench flow` with *options*."""
    command = [sys.executable, "-m", "guantong", "bench", "flow", *options]
    return subprocess.run(command, capture_output=True, check=False)  # noqa: S603  our own interpreter


def test_its_answer_is_one_object_with_stable_names(tmp_path: Path) -> None:
    """`--json` prints the names that programs rely on, and says under which conditions it measured."""
    done = bench("--json", "--runs", "2", "--seconds", "0.3", "--connections", "4", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert STABLE | set(MEASURED) <= answer.keys()
    assert (answer["name"], answer["runs"]) == ("flow", 2)
    assert {"connections": 4, "offered": 0.0, "unknown": "retry", "synchronous": "FULL"}.items() <= answer.items()
    assert all(answer[name] > 0 for name in MEASURED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("plan", [
    FlowPlan(seconds=0.5, connections=4, unknown="hold"),
    FlowPlan(seconds=0.5, connections=4, rate=50.0),
    FlowPlan(seconds=0.5, connections=4, synchronous="NORMAL"),
], ids=["a target that cannot tell a repetition", "an open loop", "normal commits"])
def test_every_way_to_measure_is_true(plan: FlowPlan, tmp_path: Path) -> None:
    """Each message is confirmed in the store and came to the target once, else there are no figures."""
    run = run_flow(plan, tmp_path)
    assert run.messages > 0
    if plan.rate:
        assert run.messages == plan.rate * plan.seconds
    assert 0 < run.p50_ms <= run.p99_ms


def test_a_process_that_ends_early_gives_no_figures(tmp_path: Path) -> None:
    """A run whose hub cannot start says so, with what it printed."""
    with pytest.raises(ProblemsError, match="GT580"):
        run_flow(FlowPlan(seconds=0.1, unknown="sometimes"), tmp_path)


def test_a_wrong_option_is_told() -> None:
    """Wrong usage ends with 2."""
    assert bench("--unknown", "sometimes").returncode == 2


def test_a_bench_that_is_ended_leaves_no_process_behind(tmp_path: Path) -> None:
    """Whoever ends the bench ends its hub, its source and its target with it."""
    command = [sys.executable, "-m", "guantong", "bench", "flow", "--seconds", "60", "--folder", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:  # noqa: S603  our own interpreter
        while not (plans := list(tmp_path.glob("*/load-plan.json"))):
            assert running.poll() is None
        running.terminate()
        assert running.wait(30) != 0
    marks = [str(plans[0].parent).encode()]
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if any(mark in _read(path) for mark in marks)]
    assert left == []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return b""

"""`guantong bench table`: a backlog drained by a real hub, in memory that does not grow with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from guantong.problems import ProblemsError
from guantong_plugins.bench import backlog
from guantong_plugins.bench.backlog import BacklogPlan, Tables, drain

BURST = 300  # events a second that a hall's morning brings


def test_its_answer_is_one_object_with_stable_names(tmp_path: Path) -> None:
    """`--json` prints the names that programs rely on; nothing is left in the folder."""
    command = [sys.executable, "-m", "guantong", "bench", "table", "--rows", "300", "--json", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  our own interpreter
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert {"name": "table", "rows": 300, "runs": 1, "deliver": False, "database": "sqlite"}.items() <= answer.items()
    assert all(answer[name] > 0 for name in ("rate", "cpu_us", "rss_mb", "fdatasync_p50_ms"))
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_backlog(tmp_path: Path) -> None:
    """Ten times the rows, the same memory but for what caches take: a batch is held, never the table."""
    rss = []
    for rows in (1_000, 10_000):
        (tmp_path / str(rows)).mkdir()
        rss.append(drain(BacklogPlan(rows=rows), tmp_path / str(rows)).rss_mb)
    few, many = rss
    assert many - few < 40  # the store's own page cache may take so much


def test_a_burst_goes_through_both_tables_and_none_is_lost_or_doubled(database_url: str, tmp_path: Path) -> None:
    """Two seconds' worth of a burst is there at once: each row is read, kept, written into the target's table once."""
    found = drain(BacklogPlan(rows=2 * BURST, held=False, url=database_url), tmp_path)
    assert found.rows == 2 * BURST


def test_a_run_that_lost_a_row_gives_no_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that somebody flags before the hub reads it is missing in the store: said, with the hub's log."""
    fill = Tables.fill

    def fill_and_take(self: Tables, rows: int) -> None:
        fill(self, rows)
        with self.engine.begin() as connection:
            connection.execute(self.incoming.update().filter_by(ID=7).values(CLZT="Y"))

    monkeypatch.setattr(backlog.Tables, "fill", fill_and_take)
    with pytest.raises(ProblemsError, match=r"20 rows became .*19.*GT590"):
        drain(BacklogPlan(rows=20), tmp_path)

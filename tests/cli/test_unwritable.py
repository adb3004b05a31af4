"""A home that cannot be written to: acts end in words, with the file and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.desk import Desk
from tests.journey.home import write_home
from tests.journey.world import configured

from guantong.cli import acting, retention


@pytest.mark.parametrize("words", [
    ("hold", "city.hall", "--reason", "维护"), ("release", "city.hall"), ("dead", "discard", "D1", "--why", "x"), ("retention", "run", "--yes"),
], ids=lambda words: words[0])
def test_an_act_on_it_does_nothing_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """A file where the folder must be stands for all that keeps us from making it: root may write anywhere else."""
    write_home(tmp_path)
    (tmp_path / "var").write_text("in the way", encoding="utf-8")
    for module in (acting, retention):
        monkeypatch.setattr(module, "configuration", lambda home: configured(home, {}))
    done = Desk.anywhere(*words, "--as", "陈工", "--home", str(tmp_path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"nothing was done, the home cannot be written to: File exists ({tmp_path}/var)" in done.stderr
    assert "[GT918]" in done.stderr

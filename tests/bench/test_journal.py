"""`guantong bench journal`: the journal's part of what a message costs; no figures where what was sealed does not verify."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from guantong.problems import ProblemsError
from guantong.proof.verifying import Verdict
from guantong_plugins.bench import journal


def test_its_answer_is_one_object_with_stable_names(tmp_path: Path) -> None:
    """Both hashes under the same names; its parts are what is told; the folder is left as it was."""
    command = [sys.executable, "-m", "guantong", "bench", "journal", "--json", "--runs", "1", "--seconds", "0.3", "--connections", "4"]
    done = subprocess.run([*command, "--folder", str(tmp_path)], capture_output=True, check=False)  # noqa: S603  our own interpreter
    assert done.returncode == 0, done.stderr.decode()
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["runs"], answer["ratio"]) == ("journal", 1, answer["parts"][0]["share"])
    assert [one["name"] for one in answer["parts"]] == ["sha256", "sm3"]
    for one in answer["parts"]:
        assert min(one["write_us"], one["seal_us"], one["messages"]) > 0
        assert one["lines"] >= 2  # one for the record, one for what became of its delivery
        assert one["share"] == pytest.approx((one["write_us"] + one["seal_us"]) / one["cpu_us"], abs=0.01)
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_verify_has_no_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "verify", lambda *_args, **_given: Verdict())
    with pytest.raises(ProblemsError, match="what was sealed does not verify"):
        list(journal.measured(tmp_path, 0.2, 2, 1))

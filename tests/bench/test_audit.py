"""`guantong bench audit`: a journal that is sealed and verified; no figures where it does not verify."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.proof.verifying import Verdict
from guantong_plugins.bench import audit


def test_its_answer_is_one_object_with_stable_names(tmp_path: Path) -> None:
    """Both hashes under the same names; the folder is left as it was."""
    done = CliRunner().invoke(build_app(), ["bench", "audit", "--json", "--entries", "700", "--runs", "1", "--folder", str(tmp_path)])
    assert done.exit_code == 0, done.stderr
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["entries"], answer["runs"]) == ("audit", 700, 1)
    assert [one["name"] for one in answer["parts"]] == ["sha256", "sm3"]
    assert all(one["seal_rate"] > 0 and one["verify_rate"] > 0 for one in answer["parts"])
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_verify_has_no_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "verify", lambda *_: Verdict())
    with pytest.raises(AssertionError, match="what was sealed does not verify"):
        list(audit.measured(tmp_path, 10, 1))

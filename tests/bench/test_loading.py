"""`guantong bench load`: figures only of runs that were what they should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.problems import ProblemsError
from guantong_plugins.bench import loading

STABLE = {"name", "mappings", "rate", "cpu_us", "seconds", "cpu_seconds", "goal_seconds", "runs", "spread"}


def test_its_answer_is_one_object_with_stable_names() -> None:
    """`--json` prints both shapes of home, each cold, cached and reloaded."""
    done = CliRunner().invoke(build_app(), ["bench", "load", "--json", "--runs", "1", "--mappings", "11"])
    assert done.exit_code == 0, done.stderr
    answer = orjson.loads(done.stdout)
    assert answer.keys() == STABLE | {"parts"}
    assert (answer["name"], answer["runs"]) == ("load", 1)
    assert [one["name"] for one in answer["parts"]] == [
        f"{shape}.{name}" for shape in ("heirs", "own") for name in ("cold", "cached", "reload")]
    for one in answer["parts"]:
        assert one.keys() == STABLE
        assert one["mappings"] == 11
        assert min(one["rate"], one["cpu_us"], one["seconds"]) > 0


@pytest.mark.parametrize(("answers", "what"), [
    ([{"dialects": 99, "problems": []}, {"dialects": 99, "problems": [1]}], "the cache gave another answer"),
    ([{"dialects": 0, "problems": []}, {"dialects": 0, "problems": []}], "the cache gave another answer"),
])
def test_no_figures_when_the_cache_answers_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: list[dict[str, Any]], what: str
) -> None:
    """What is quick and wrong is no figure."""
    given = iter(answers)
    monkeypatch.setattr(loading, "_check", lambda _folder: (loading.Taken(1.0, 1.0), next(given)))
    with pytest.raises(ProblemsError) as caught:
        loading.measure(tmp_path, mappings=11, runs=1)
    assert what in caught.value.problems[0].line()

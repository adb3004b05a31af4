"""`guantong bench mapping`: our mappings beside handwritten code that must do the very same."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.problems import ProblemsError
from guantong_plugins.bench import handwritten
from guantong_plugins.bench.mapping import RECORDS, Part, body, measure, parts

STABLE = {"name", "rate", "cpu_us", "ratio", "spread", "runs"}


def test_its_answer_is_one_object_with_stable_names() -> None:
    """`--json` prints the whole and its parts under the same names, each goal once."""
    done = CliRunner().invoke(build_app(), ["bench", "mapping", "--json", "--runs", "2", "--passes", "1"])
    assert done.exit_code == 0, done.stderr
    answer = orjson.loads(done.stdout)
    assert answer.keys() >= STABLE
    assert (answer["name"], answer["runs"]) == ("mapping", 2)
    assert [(one["name"], one["goal"]) for one in answer["parts"]] == [
        ("inward", ""), ("outward", ""), ("mapping", "G1"), ("lineage", "G2"), ("exchange", "G3")]
    for one in answer["parts"]:
        assert one.keys() >= STABLE
        assert min(one["rate"], one["cpu_us"], one["baseline_us"], one["ratio"]) > 0


def test_the_records_differ_in_what_could_be_remembered() -> None:
    """Serials, times and dates: a mapping that remembers what it read last must not look faster than it is."""
    values = [orjson.loads(body(number)) for number in range(1, RECORDS + 1)]
    assert len({one["applyNo"] for one in values}) == RECORDS
    assert len({one["applyTime"] for one in values}) == RECORDS
    assert len({one["materials"][0]["uploadTime"] for one in values}) > RECORDS // 2
    assert len({one["applicant"]["birth"] for one in values}) > 100


@pytest.mark.parametrize("side", ["read", "write"])
def test_no_figures_when_the_baseline_does_something_else(side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ratio between different work says nothing: the run ends with the record that differs."""
    honest = getattr(handwritten, side)

    def lazy(given: dict[str, Any]) -> dict[str, Any]:
        made = dict(honest(given))
        made.popitem()
        return made

    monkeypatch.setattr(handwritten, side, lazy)
    with pytest.raises(ProblemsError) as caught:
        parts()
    assert "record 1 differs" in caught.value.problems[0].line()


def test_a_round_measures_each_side_the_same_number_of_times() -> None:
    """Both sides see every record equally often, whoever goes first."""
    met: list[str] = []

    def work(side: str) -> None:
        met.append(side)
        sum(number * number for number in range(20_000))

    part = Part("inward", "", lambda: work("ours"), lambda: work("baseline"))
    (figures,) = measure([part], runs=3, passes=2)
    assert figures.runs == 3
    assert met.count("ours") == met.count("baseline") == 1 + 3 * 2
    assert met[2:6] == ["ours", "baseline"] * 2
    assert met[6:8] == ["baseline", "ours"]

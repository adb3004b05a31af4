"""`guantong bench soap`: our calls beside lxml by hand, which must make the very same."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.problems import ProblemsError
from guantong_plugins.bench import soap, soapdoor


def test_its_answer_is_one_object_with_stable_names() -> None:
    """The whole and its parts under the same names; the goal once."""
    done = CliRunner().invoke(build_app(), ["bench", "soap", "--json", "--runs", "2", "--passes", "1"])
    assert done.exit_code == 0, done.stderr
    answer = orjson.loads(done.stdout)
    assert answer.keys() >= {"name", "rate", "cpu_us", "ratio", "spread", "runs"}
    assert (answer["name"], answer["runs"]) == ("soap", 2)
    assert [(one["name"], one["goal"]) for one in answer["parts"]] == [("write", ""), ("read", ""), ("soap", "G13")]


@pytest.mark.parametrize("side", ["build", "parse"])
def test_no_figures_when_the_baseline_does_something_else(side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ratio between different work says nothing."""
    honest = getattr(soap, side)

    def lazy(given: Any) -> Any:
        return honest({**given, "memo": ""}) if side == "build" else {}

    monkeypatch.setattr(soap, side, lazy)
    with pytest.raises(ProblemsError, match="record 1 differs from what lxml makes of it"):
        soap.soap_parts()


def test_the_door_has_figures_of_its_own() -> None:
    done = CliRunner().invoke(build_app(), ["bench", "soap", "--door", "--json", "--runs", "2", "--passes", "1"])
    assert done.exit_code == 0, done.stderr
    answer = orjson.loads(done.stdout)
    assert (answer["name"], answer["runs"], [one["name"] for one in answer["parts"]]) == ("door", 2, ["door"])
    assert answer["ratio"] > 0


def test_the_door_has_no_figures_when_the_baseline_does_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = soapdoor.by_hand
    monkeypatch.setattr(soapdoor, "by_hand", lambda body: (b"{}", honest(body)[1]))
    with pytest.raises(ProblemsError, match="call 1 differs from what lxml makes of it"):
        soapdoor.door_parts()

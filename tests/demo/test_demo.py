"""The main job: simulated systems and the hub as processes, and books that agree in the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson

from guantong_plugins.demo.director import Demo
from guantong_plugins.demo.report import NUMBERS, Report
from guantong_plugins.demo.world import ROLES

CASES = 60


def _play(folder: Path, seed: int) -> tuple[Demo, Report]:
    with Demo(folder, CASES, seed) as play:
        play.set_stage()
        play.begin()
        stalled = play.run_to_end(lambda _made, _of: play.hub.child.must_run())
        return play, play.conclude(stalled)


def test_sixty_cases_reach_everyone_once_in_order_field_by_field_right(tmp_path: Path) -> None:
    """Every quirk of real input is among them, and nothing is lost, doubled, reordered or changed."""
    play, report = _play(tmp_path, seed=1)
    assert [str(difference) for difference in report.comparison.all()] == []
    assert report.agree
    assert report.dead == len(play.books.dead) > 0
    assert all(report.reasons[letter.system] for letter in play.books.dead)


def test_the_hub_counts_what_happened(tmp_path: Path) -> None:
    """Lost replies were retried, queried or settled; repeated pushes dropped; every system took part."""
    play, report = _play(tmp_path, seed=2)
    duplicates = sum(
        int(act.quirks.get("duplicate", 0)) for story in play.stories for act in story.acts
    )
    systems = report.systems
    assert {role.system for role in ROLES} <= systems.keys()
    assert sum(numbers["duplicates"] for numbers in systems.values()) >= duplicates > 0
    assert systems["city.hall"]["retried"] > 0
    assert systems["rongcheng.approval"]["unknown_settled"] > 0
    assert systems["jiedong.approval"]["unknown_settled"] > 0
    assert systems["jiexi.approval"]["returned"] == len(play.books.returned) > 0


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    """`guantong demo --json` exits 0 and says in stable names that the books agree."""
    command = (sys.executable, "-m", "guantong", "demo", "--cases", "20", "--seed", "5", "--json")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603 -- our own command
    assert done.returncode == 0, done.stderr.decode()
    found = orjson.loads(done.stdout)
    assert {key: found[key] for key in ("agree", "cases", "lost", "doubled", "out_of_order", "wrong_fields")} == {
        "agree": True, "cases": 20, "lost": 0, "doubled": 0, "out_of_order": 0, "wrong_fields": 0,
    }
    assert {"events", "dead", "seconds", "systems"} <= found.keys()
    assert all(set(NUMBERS) == numbers.keys() for numbers in found["systems"].values())

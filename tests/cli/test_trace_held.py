"""`guantong trace` holds what it shows of a case against the sealed journal: who altered the store is named, not believed."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
from tests.cli.desk import Desk
from tests.journey.world import configured
from tests.proof.evidence import Home, honest

from guantong.cli import trace

ALTERED = {
    "who did it": ("UPDATE journal SET actor = 'x' WHERE subject = 2", ["GT946", "GT946", "GT946"]),
    "a line taken out": ("DELETE FROM journal WHERE id = (SELECT min(id) FROM journal WHERE subject = 2)", ["GT956"]),
    "a state": ("UPDATE delivery SET state = 'dead' WHERE id = (SELECT min(id) FROM delivery WHERE subject = 2)", ["GT363"]),
    "a version": ("UPDATE event SET version = 9 WHERE subject = 2", ["GT955"]),
    "another's event": ("UPDATE event SET subject = 1 WHERE subject = 2", ["GT955", "GT372", "GT372"]),
    "a target": ("UPDATE delivery SET target = 'city.watch' WHERE target = 'city.hall' AND subject = 2", ["GT394"]),
    "a delivery gone": ("DELETE FROM delivery WHERE id = (SELECT min(id) FROM delivery WHERE subject = 2)", ["GT372"]),
    "a freezing that nobody ordered": ("INSERT INTO frozen VALUES (2, 1405391400000, '李工', '不查')", ["GT394"]),
    "an event gone": ("DELETE FROM event WHERE subject = 2", ["GT955", "GT372", "GT372"]),
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return honest(tmp_path_factory.mktemp("honest"))


@pytest.fixture
def home(untouched: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Its own copy, whose systems only tests can open."""
    monkeypatch.setattr(trace, "configuration", lambda home: configured(home, {}))
    shutil.copytree(untouched.folder, tmp_path / "home")
    return untouched._replace(folder=tmp_path / "home")


def told(home: Home, key: str) -> tuple[int, list[str]]:
    """The exit status, and the codes of what does not hold."""
    done = Desk.anywhere("trace", key, "--json", "--home", str(home.folder))
    return done.exit_code, [one["code"] for one in orjson.loads(done.stdout)["problems"]]


def test_an_honest_case_is_shown_without_a_word(home: Home) -> None:
    """Also of the lines that are not sealed yet."""
    assert [told(home, f"P{number}") for number in range(3)] == [(0, [])] * 3
    done = Desk.anywhere("trace", "P1", "--home", str(home.folder))
    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize("what", ALTERED)
def test_what_was_altered_behind_the_hubs_back_is_named(home: Home, what: str) -> None:
    """Beside the case as the store tells it now; other cases are shown as ever."""
    statement, codes = ALTERED[what]
    home.tamper(statement)
    assert told(home, "P1") == (1, codes)
    assert told(home, "P2") == (0, [])


def test_it_is_said_in_words_below_the_case(home: Home) -> None:
    home.tamper(ALTERED["a state"][0])
    done = Desk.anywhere("trace", "P1", "--home", str(home.folder))
    assert done.exit_code == 1
    assert "办件 Case C2" in done.stdout
    assert "GT363" in done.stderr
    assert "while its last journal line says confirmed" in done.stderr

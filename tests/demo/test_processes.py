"""Child processes: awaited by conditions, and a failure says which process it was and what it printed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guantong.problems import ProblemsError
from guantong_plugins.demo.processes import Child

SPEAKS_AND_ENDS = "print('no such thing')"
STAYS = "import threading; threading.Event().wait()"

Start = Callable[[str], Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a child that runs a piece of Python; it is gone after the test."""
    children: list[Child] = []

    def _start(source: str) -> Child:
        child = Child("somebody", (source,), tmp_path / "log" / "child.txt", {}, (sys.executable, "-c"))
        children.append(child)
        child.start()
        return child

    yield _start
    for child in children:
        child.kill()


def test_a_process_that_ends_too_early_is_named_with_what_it_printed(start: Start) -> None:
    """Nobody waits for a deadline when the process is gone."""
    with pytest.raises(ProblemsError) as raised:
        start(SPEAKS_AND_ENDS).await_seen(lambda: None)
    problem = raised.value.problems[0]
    assert problem.code.id == "GT580"
    assert problem.details["name"] == "somebody"
    assert problem.details["printed"] == "no such thing"


def test_a_process_that_is_late_is_given_up(start: Start) -> None:
    """The deadline names the process too."""
    with pytest.raises(ProblemsError) as raised:
        start(STAYS).await_seen(lambda: None, seconds=0.0)
    assert [problem.code.id for problem in raised.value.problems] == ["GT581"]


def test_what_is_awaited_is_returned(start: Start) -> None:
    """The look that sees something ends the waiting."""
    answers = iter([None, None, "there"])
    assert start(STAYS).await_seen(lambda: next(answers)) == "there"


def test_a_killed_process_is_gone_and_may_start_again(start: Start) -> None:
    """After `kill` nothing runs any more; `stop` asks first, and reports the signal it took."""
    child = start(STAYS)
    child.kill()
    assert not child.running
    child.start()
    assert child.stop() == -signal.SIGTERM
    assert not child.running

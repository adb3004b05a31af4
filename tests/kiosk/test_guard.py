"""The guard against guessing: bounded in tries, in rate and in memory."""

from __future__ import annotations

import pytest

from guantong.kiosk.guard import Guard


def guard() -> Guard:
    return Guard(tries=3, lock=900, rate=0.5, burst=2)


def test_the_last_try_allowed_locks_a_number_for_the_whole_time() -> None:
    """Counted from that try; another number is not concerned."""
    it = guard()
    for at in (0, 100, 200):
        assert it.wait_of_case(b"n", at) == 0
        it.wrong(b"n", at)
    assert it.wait_of_case(b"n", 200) == 900
    assert it.wait_of_case(b"n", 1099.5) == 0.5
    assert it.wait_of_case(b"m", 201) == 0
    assert it.wait_of_case(b"n", 1100) == 0
    it.wrong(b"n", 1101)
    assert it.wait_of_case(b"n", 1102) == 0


def test_a_right_password_forgets_wrong_ones_and_so_does_time() -> None:
    """Slips of one's own lock nobody out."""
    it = guard()
    for _ in range(10):
        it.wrong(b"n", 0)
        it.wrong(b"n", 1)
        it.right(b"n")
    assert it.wait_of_case(b"n", 2) == 0
    it.wrong(b"n", 0)
    it.wrong(b"n", 0)
    assert it.wait_of_case(b"n", 901) == 0
    it.wrong(b"n", 901)
    assert it.wait_of_case(b"n", 902) == 0


def test_a_kiosk_asks_at_its_rate() -> None:
    """Two at once, then one every two seconds; one kiosk does not use up another's."""
    it = guard()
    assert [it.wait_of_kiosk("a", 0) for _ in range(3)] == [0, 0, 2]
    assert it.wait_of_kiosk("b", 0) == 0
    assert it.wait_of_kiosk("a", 1) == 1
    assert it.wait_of_kiosk("a", 2) == 0
    assert it.wait_of_kiosk("a", 3) == 1
    assert [it.wait_of_kiosk("a", 1000) for _ in range(3)] == [0, 0, 2]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers tried last are kept."""
    monkeypatch.setattr("guantong.kiosk.guard.MOST_WATCHED", 10)
    it = guard()
    for number in range(50):
        for _ in range(3):
            it.wrong(b"%d" % number, 0)
    assert len(it._wrong) == 10
    assert it.wait_of_case(b"49", 1) > 0
    assert it.wait_of_case(b"1", 1) == 0

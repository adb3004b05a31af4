"""The guard against guessing: bounded by case, by kiosk and in all, in rate and in what is remembered."""

from __future__ import annotations

import pytest

from guantong.kiosk.guard import Answer, Asked, Guard, Pace, Tries
from guantong.kiosk.kept import Tried
from guantong.vault import Vault

TOLD, WRONG, LOCKED, CASE_LOCKED = (Answer.TOLD, 0), (Answer.NOT_FOUND, 0), Answer.LOCKED, (Answer.CASE_LOCKED, 0)


class Counted:
    """What a store does for the guard, in a table of this test."""

    def __init__(self) -> None:
        self.rows: dict[bytes, Tried] = {}

    def tried(self, key: bytes) -> Tried | None:
        return self.rows.get(key)

    def set_tried(self, key: bytes, tried: Tried) -> None:
        self.rows[key] = tried

    def forget_tried(self, key: bytes) -> None:
        self.rows.pop(key, None)

    def forget_tried_before(self, since: int) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row.since >= since}


class Desk:
    """Kiosks that ask, at seconds of a clock; `P` numbers are of the case 7, others of none."""

    def __init__(self, **tries: int) -> None:
        limits = {"here": 3, "of_case": 6, "of_kiosk": 10, "in_all": 40, **tries}
        self._guard = Guard(Tries(**limits, lock=900), Vault(bytes(32), bytes(32)))
        self.counted = Counted()

    def ask(self, kiosk: str, number: str, at: float, *, right: bool = False) -> tuple[Answer, float]:
        subjects = [7] if number.startswith("P") else []
        return self._guard.judge(self.counted, int(at * 1000), Asked(kiosk, number, subjects), right=right)


@pytest.mark.parametrize("number", ["P1", "X1"])
def test_the_last_try_allowed_locks_a_number_at_this_kiosk_for_the_whole_time(number: str) -> None:
    """Counted from that try; another number is not concerned, nor is the same at another kiosk."""
    desk = Desk()
    assert [desk.ask("a", number, at) for at in (0, 100, 200)] == [WRONG] * 3
    assert desk.ask("a", number, 200, right=True) == (LOCKED, 900)
    assert desk.ask("a", number, 1099.5, right=True) == (LOCKED, 0.5)
    assert desk.ask("a", "Y", 1099.5) == WRONG
    assert desk.ask("b", number, 1099.5, right=True) == TOLD
    assert desk.ask("a", number, 1100, right=True) == TOLD


@pytest.mark.parametrize("number", ["P1", "X1"])
def test_guessing_at_one_kiosk_shuts_nobody_out_at_another(number: str) -> None:
    """However long it goes on: whoever has the password is told at any other kiosk."""
    desk = Desk()
    for at in range(0, 900 * 5, 9):
        desk.ask("a", number, at)
        assert desk.ask("b", number, at, right=True) == TOLD


@pytest.mark.parametrize("number", ["P1", "X1"])
def test_guessing_at_many_kiosks_locks_the_number_at_all(number: str) -> None:
    """More kiosks are no more tries at one case: after six, no kiosk is answered."""
    desk = Desk()
    tried = [desk.ask(kiosk, number, at) for at, kiosk in enumerate("abcdefgh")]
    assert [answer for answer, _ in tried] == [Answer.NOT_FOUND] * 6 + [LOCKED] * 2
    assert desk.ask("z", number, 10, right=True)[0] is LOCKED


def test_other_numbers_of_a_case_are_no_more_tries() -> None:
    """And that they are one case's is not told: the answer is that of a wrong password, as for numbers of no case."""
    desk = Desk()
    known = [desk.ask("a", f"P{number}", 0, right=number > 2) for number in range(6)]
    unknown = [desk.ask("b", f"X{number}", 0) for number in range(6)]
    assert known == [WRONG] * 3 + [CASE_LOCKED] * 3
    assert unknown == [WRONG] * 6
    assert [desk.ask("a", "P5", 1, right=True) for _ in range(3)] == [CASE_LOCKED, CASE_LOCKED, (LOCKED, 900)]
    assert [desk.ask("b", "X5", 1) for _ in range(3)] == [WRONG, WRONG, (LOCKED, 900)]


def test_one_password_tried_on_many_numbers_locks_the_kiosk() -> None:
    """After ten wrong ones it is told nothing more, whatever it asks for; a right one in between makes no difference."""
    desk = Desk()
    for number in range(10):
        assert desk.ask("a", "P9", number, right=True) == TOLD
        assert desk.ask("a", f"X{number}", number) == WRONG
    assert desk.ask("a", "P9", 20, right=True) == (LOCKED, 889)
    assert desk.ask("b", "P9", 20, right=True) == TOLD
    assert desk.ask("a", "P9", 909, right=True) == TOLD


def test_guessing_at_all_kiosks_together_is_bounded() -> None:
    """Once all were wrong too often, each may be wrong three times more a span; who is not wrong is told as ever."""
    desk = Desk()
    for number in range(40):
        assert desk.ask(f"k{number // 8}", f"X{number}", number) == WRONG
    assert [desk.ask("late", f"Y{number}", 50)[0] for number in range(4)] == [Answer.NOT_FOUND] * 3 + [LOCKED]
    assert desk.ask("k0", "Y", 50)[0] is LOCKED
    assert desk.ask("honest", "P1", 50, right=True) == TOLD


def test_a_right_password_forgets_wrong_ones_of_this_kiosk_and_so_does_time() -> None:
    """Slips of one's own lock nobody out, at any hour; those at other kiosks are not made good by it."""
    desk = Desk(of_case=1000, of_kiosk=1000, in_all=1000)
    for at in range(10):
        assert [desk.ask("a", "P1", at), desk.ask("a", "P1", at), desk.ask("a", "P1", at, right=True)] == [WRONG, WRONG, TOLD]
    assert [desk.ask("b", "P1", 20), desk.ask("b", "P1", 20)] == [WRONG, WRONG]
    assert desk.ask("a", "P1", 21, right=True) == TOLD
    assert desk.ask("b", "P1", 22) == WRONG
    assert desk.ask("b", "P1", 23, right=True)[0] is LOCKED
    assert [desk.ask("a", "P2", at) for at in (0, 0, 901)] == [WRONG] * 3
    assert desk.ask("a", "P2", 902, right=True) == TOLD


def test_a_clock_set_back_locks_no_longer_than_once() -> None:
    """What began later than now begins now."""
    desk = Desk()
    for _ in range(3):
        desk.ask("a", "X1", 1_000_000)
    assert desk.ask("a", "X1", 500_000) == (LOCKED, 900)
    assert desk.ask("a", "X1", 500_900) == WRONG


def test_what_is_remembered_is_bounded_by_what_may_be_wrong() -> None:
    """A day of guessing at four kiosks leaves rows of one span, and says nothing in clear."""
    desk = Desk()
    for at in range(0, 86_400, 20):
        for kiosk in "abcd":
            desk.ask(kiosk, f"P{at}", at)
    assert len(desk.counted.rows) <= 4 * 10 * 2 + 4 + 1 + 5
    assert {len(key) for key in desk.counted.rows} == {16}


def test_a_kiosk_asks_at_its_rate() -> None:
    """Two at once, then one every two seconds; one kiosk does not use up another's."""
    pace = Pace(rate=0.5, burst=2)
    assert [pace.wait("a", 0) for _ in range(3)] == [0, 0, 2]
    assert pace.wait("b", 0) == 0
    assert pace.wait("a", 1) == 1
    assert pace.wait("a", 2) == 0
    assert pace.wait("a", 3) == 1
    assert [pace.wait("a", 1000) for _ in range(3)] == [0, 0, 2]

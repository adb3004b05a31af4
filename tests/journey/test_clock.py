"""The wall clock and how it is set: how long ago something was does not depend on it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.journey.world import START, Clock

DAY = 86_400_000
moves = st.lists(st.tuples(st.booleans(), st.integers(1, 2 * DAY), st.integers(-2 * DAY, 2 * DAY)), max_size=12)


def told_by(clock: Clock, steps: list[tuple[bool, int, int]]) -> list[tuple[int, int]]:
    """What the clock told on the way, each with the time that had passed by then: *steps* let time pass, or set the clock."""
    told = [(clock(), clock._passed)]
    for sets, passed, by in steps:
        if sets:
            clock.step(by / 1000)
        else:
            clock.now += passed
        told.append((clock(), clock._passed))
    return told


@given(moves)
def test_nothing_seems_older_than_it_is(steps: list[tuple[bool, int, int]]) -> None:
    """However the clock is set: what it told twice counts from the last time."""
    clock = Clock()
    for at, passed in told_by(clock, steps):
        assert 0 <= clock.age(at) <= clock._passed - passed + 1000 * len(steps)  # smaller steps are taken for drift


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 2 * DAY), st.integers(2_000, 2 * DAY)), max_size=12))
def test_a_clock_that_is_only_set_ahead_tells_every_age(steps: list[tuple[bool, int, int]]) -> None:
    """Exactly: nothing was told twice."""
    clock = Clock()
    for at, passed in told_by(clock, steps):
        assert clock.age(at) == clock._passed - passed


@given(moves, st.integers(0, 3 * DAY))
def test_what_was_told_lately_is_never_so_long_ago(steps: list[tuple[bool, int, int]], within: int) -> None:
    """`ago` lies before everything that was told within that time."""
    clock = Clock()
    told = told_by(clock, steps)
    before = clock.ago(within)
    assert all(at >= before - 1000 * len(steps) for at, passed in told if passed >= clock._passed - within)


def test_ages_of_what_was_before_and_of_what_is_to_come() -> None:
    """What an earlier run told; a time nobody told, as the clock was set past it; a time still to come."""
    clock = Clock()
    assert clock.age(START - DAY) == DAY
    clock.now += 5_000
    clock.step(86_400)
    clock.now += 7_000
    assert clock.age(START - DAY) == DAY + 12_000
    assert clock.age(START + DAY // 2) == 7_000
    assert clock.age(clock.now + 60_000) == 0
    clock.step(-86_400)
    assert clock.age(START + 5_000) == 7_000
    assert clock.ago(10_000) == START + 2_000


def test_a_clock_that_drifts_tells_ages_to_the_second() -> None:
    """Milliseconds at a time, for hours."""
    clock = Clock()
    for _ in range(100):
        clock.now += 60_000
        clock.step(0.05)
        assert clock.age(clock.now) <= 1_000
    assert abs(clock.age(START) - 6_000_000) <= 6_000

"""Readings: of what is read in order a beginning is kept."""

from __future__ import annotations

from guantong.journey.readings import Readings


def test_a_system_that_is_polled_and_listened_to_at_once_has_one_reading() -> None:
    """Which of both a record came by nobody can tell; it ends with the later of them, and the next begins whole."""
    readings = Readings()
    with readings.of("a.b") as listened:
        with readings.of("a.b") as polled:
            assert polled is listened
            polled.stop()
        assert readings.get("a.b") is listened
        assert readings.get("a.c") is None
    assert readings.get("a.b") is None
    with readings.of("a.b") as anew:
        assert not anew.broken

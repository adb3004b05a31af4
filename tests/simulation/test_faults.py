"""Faults: the same run fails in the same places."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.settings import Down, FaultSettings, SimulatorSettings, Slow


def test_requests_are_busy_slow_and_last_by_their_number_alone() -> None:
    """Two runs with the same settings decide the same for every request."""
    settings = FaultSettings(
        busy_every=3, slow_every=Slow(n=2, seconds=0.5), down=[Down(after_requests=4, for_seconds=7)]
    )
    runs = [[faults.arrive() for _ in range(6)] for faults in (Faults(settings), Faults(settings))]
    assert runs[0] == runs[1]
    assert [arrival.number for arrival in runs[0] if arrival.busy] == [3, 6]
    assert [arrival.delay for arrival in runs[0]] == [0, 0.5, 0, 0.5, 0, 0.5]
    assert [arrival.down_for for arrival in runs[0]] == [0, 0, 0, 7, 0, 0]


def test_a_reply_is_lost_as_often_as_its_key_is_listed() -> None:
    """After its listings are used up, the key is answered like any other."""
    faults = Faults(FaultSettings(lose_reply=["A", "B", "A"], reject_receipt=["C"]))
    assert [faults.loses_reply("A") for _ in range(3)] == [True, True, False]
    assert [faults.loses_reply("B"), faults.loses_reply("B"), faults.loses_reply("X")] == [True, False, False]
    assert (faults.rejects_receipt("C"), faults.rejects_receipt("A")) == (True, False)


def test_an_unknown_setting_is_refused_and_a_secret_never_shown() -> None:
    """A misspelt fault would be a play that proves nothing; a secret stays out of any printed settings."""
    with pytest.raises(ValidationError):
        FaultSettings.model_validate({"busy_evry": 3})
    settings = SimulatorSettings.model_validate({"secrets": {"token": "tok-1"}})
    assert settings.secret("token") == "tok-1"
    assert "tok-1" not in repr(settings)

"""What makes figures false: the checks after each run."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import Any, cast

import pytest

from guantong.journey.states import DeliveryState, MessageState
from guantong.store import Reader
from guantong_plugins.bench.figures import Run, as_json, percentile
from guantong_plugins.bench.home import SOURCE, TARGET
from guantong_plugins.bench.truth import untrue


class Counted:
    """A store that holds so many messages and deliveries."""

    def __init__(self, routed: int, confirmed: int, waiting: int = 0) -> None:
        self._messages = [(SOURCE, MessageState.ROUTED, routed)]
        self._deliveries = [(TARGET, DeliveryState.CONFIRMED, confirmed, 0)]
        if waiting:
            self._deliveries.append((TARGET, DeliveryState.WAITING, waiting, 0))

    def counts(self) -> list[tuple[str, DeliveryState, int, int]]:
        return self._deliveries

    def message_counts(self) -> list[tuple[str, MessageState, int]]:
        return self._messages


LOAD = {"sent": 3, "refused": 0, "broken": 0}
SENT = array("d", [0.0, 1.0, 2.0, 3.0])
ARRIVED = array("d", [0.0, 1.5, 2.5, 3.5, 0.0])


def wrong(store: Counted, load: Mapping[str, Any] = LOAD, arrived: array[float] = ARRIVED, repeated: int = 0) -> str:
    """What is found wrong, as one text."""
    return "; ".join(untrue(cast(Reader, store), load, {"repeated": repeated}, SENT, arrived))


def test_a_run_in_which_everything_agrees_is_true() -> None:
    """Sent, accepted, confirmed and arrived are the same cases."""
    assert wrong(Counted(3, 3)) == ""


@pytest.mark.parametrize(("found", "said"), [
    (wrong(Counted(2, 3)), "the store holds 2 routed"),
    (wrong(Counted(3, 2, waiting=1)), "2 confirmed, 1 waiting"),
    (wrong(Counted(3, 3), arrived=ARRIVED[:3]), "missed 1"),
    (wrong(Counted(3, 3), repeated=1), "saw 1 again"),
    (wrong(Counted(3, 3), {**LOAD, "refused": 1}), "1 of 3 records were refused"),
    (wrong(Counted(3, 3), {**LOAD, "broken": 1}), "1 connections broke"),
], ids=["lost at the door", "not finished", "not arrived", "arrived twice", "refused", "broken"])
def test_whatever_does_not_agree_is_said(found: str, said: str) -> None:
    """A run that lost, doubled, refused or left anything has no figures."""
    assert said in found


def test_figures_are_medians_and_their_spread() -> None:
    """Runs are told together by the median of each figure and how far their rates lie apart."""
    runs = [Run(100, rate, 300, 20, 40, 10, 15, 90, 0.2) for rate in (900.0, 1000.0, 1300.0)]
    answer = as_json("flow", runs)
    assert (answer["rate"], answer["spread"], answer["runs"]) == (1000.0, 0.4, 3)
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.99) == 4.0

"""How fast deliveries come and go, over the last minutes: what a forecast rests on. In memory; a hub begins anew."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

SPAN = 300.0  # seconds that are looked back
STEP = 10.0  # seconds that are counted together
ENOUGH = 30.0  # seconds after which the rates say something


class Rates(NamedTuple):
    """Deliveries a second that came and that went, over the last `seconds`."""

    came: float
    went: float
    seconds: float


class _Step:
    __slots__ = ("began", "came", "went")

    def __init__(self, began: float) -> None:
        self.began = began
        self.came = 0
        self.went = 0


class Flow:
    """What comes for one system and what is done with. Counted where it is decided: work that is run again because its
    group failed counts twice, which a rate can bear."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._steps: deque[_Step] = deque([_Step(self._began)])

    def came(self) -> None:
        """One more is to be sent."""
        self._now().came += 1

    def went(self) -> None:
        """One is done with."""
        self._now().went += 1

    def rates(self) -> Rates | None:
        """The rates, None where too little time was seen to tell."""
        now = self._clock()
        self._forget(now)
        seconds = min(now - self._began, SPAN)
        if seconds < ENOUGH:
            return None
        return Rates(sum(step.came for step in self._steps) / seconds, sum(step.went for step in self._steps) / seconds, seconds)

    def _now(self) -> _Step:
        now = self._clock()
        step = self._steps[-1] if self._steps else None
        if step is None or now - step.began >= STEP:
            step = _Step(now)
            self._steps.append(step)
            self._forget(now)
        return step

    def _forget(self, now: float) -> None:
        while self._steps and self._steps[0].began < now - SPAN:
            self._steps.popleft()

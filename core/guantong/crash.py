"""Crash points: where a drill kills the hub. Unarmed, they cost a call.

`GUANTONG_CRASH_AT=<step>:<n>` makes the process kill itself with SIGKILL when it reaches the step for the
n-th time, as a power cut would. Only drills and tests set it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping

VARIABLE = "GUANTONG_CRASH_AT"
STEPS = (
    "accept:blobs-kept", "accept:before-commit", "accept:after-commit", "deliver:before-send", "deliver:after-send",
    "deliver:before-commit", "deliver:after-commit", "poll:before-mark", "rows:before-commit", "rows:after-commit",
    "receipt:before-commit", "receipt:after-commit", "backfill:before-cursor", "backfill:after-cursor",
    "proof:before-commit", "proof:after-commit", "proof:signing", "proof:signed", "proof:anchored",
    "retention:before-commit", "retention:after-commit",
)


def _unarmed(_step: str) -> None:
    """No drill: nothing happens here."""


def crash_points(environ: Mapping[str, str]) -> Callable[[str], None]:
    """The function that every durable step calls with its name."""
    wanted = environ.get(VARIABLE, "")
    if not wanted:
        return _unarmed
    step_wanted, _, count = wanted.rpartition(":")
    if step_wanted not in STEPS or not count.isdigit():
        raise ValueError(f"{VARIABLE}: expected <step>:<n>, with step one of {', '.join(STEPS)}")
    left = int(count)

    def reached(step: str) -> None:
        nonlocal left
        if step == step_wanted:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reached

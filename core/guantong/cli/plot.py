"""A clock as one line of characters: what ran, what stood, what is left, what is over."""

from __future__ import annotations

from rich.text import Text

from guantong.supervision.deadline import Clock

RAN, STOOD, LEFT, OVER = "█", "░", "·", "▓"


def bar(clock: Clock, now: int, width: int) -> Text:
    """The time from the clock's start to its due time (or to now, where that is later) in *width* characters: `█` ran,
    `░` stood, `·` is left, `▓` is over; `│` is the due time."""
    last = max(now if clock.over else 0, clock.due or 0, max((part.end or 0 for part in clock.stretches), default=0))
    end = max(last, min(now, clock.due or now), clock.start + 1)
    text = Text()
    for column in range(width):
        moment = clock.start + (end - clock.start) * column // width
        text.append(*_mark(clock, moment, now))
    if clock.due is not None and clock.due < end:
        column = (clock.due - clock.start) * width // (end - clock.start)
        text = text[:column] + Text("│") + text[column + 1:]
    return text


def _mark(clock: Clock, moment: int, now: int) -> tuple[str, str]:
    if moment > now:
        return LEFT, "dim"
    part = next((part for part in reversed(clock.stretches) if part.start <= moment), None)
    if part is None:
        return LEFT, "dim"
    if clock.due is not None and moment > clock.due:
        return (OVER, "red") if clock.over else (LEFT, "dim")
    return (RAN, "") if part.runs else (STOOD, "dim")

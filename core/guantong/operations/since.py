"""Since when: a date, a time, or an age, as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta

from guantong.clock import SHANGHAI

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def since_ms(text: str, now: int) -> int:
    """UTC milliseconds of `2026-11-01`, `2026-11-01T08:00` (in Asia/Shanghai, unless it has an offset), or an age in
    days, hours or minutes before *now* (`7d`, `12h`, `30m`). Raises `ValueError`."""
    if text[-1:] in _UNITS and text[:-1].isascii() and text[:-1].isdigit() and len(text) < 7:
        age = timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
        return max(0, now - int(age.total_seconds() * 1000))
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).timestamp() * 1000)

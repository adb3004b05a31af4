"""What is said of every broker in an interface specification."""

from __future__ import annotations

from guantong.record import Acceptance, Verdict
from guantong_adapters.broker.verdict import verdict_as_json

KEY = "推送编号（GT 加 14 位数字，如 GT00000000000001），每次重发不变"


def verdict_example() -> str:
    """Our verdict on a record that was taken, as its sender hears it."""
    return f"{verdict_as_json(Verdict(Acceptance.ROUTED, 12)).decode()}；拒收时 taken 为 false，code、reason_zh 说明原因"

"""Our verdict on a record, as a sender behind a broker hears it where it asked."""

from __future__ import annotations

import orjson

from guantong.record import Verdict


def verdict_as_json(verdict: Verdict) -> bytes:
    """`taken`, our `message`, the `code` and the reason of a refusal in both languages."""
    return orjson.dumps({
        "taken": verdict.taken, "message": f"M{verdict.message}" if verdict.message else "",
        "code": verdict.code, "reason": verdict.reason, "reason_zh": verdict.reason_zh,
    })

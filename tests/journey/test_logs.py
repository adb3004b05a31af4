"""No log line carries a value of a record, whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.journey.home import OPINION, PERSON
from tests.journey.played import Act
from tests.journey.world import apply, step, world

from guantong.journey import admission
from guantong.journey import deliver as delivering
from guantong.journey.accept import accept
from guantong.operations import Act as Word
from guantong.record import Record

NUMBER, IDENTITY = "44520020140715SB0000000000007", "442326194708026313"
SECRET = (PERSON, OPINION, NUMBER, IDENTITY)


def flat(value: Any) -> Iterator[str]:
    """Every text in a log line, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from flat(inner)
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from flat(inner)
    else:
        yield str(value)


async def test_a_run_with_everything_that_goes_wrong_logs_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    """Parked, refused, conflicting, unrouted, dead, unknown, failing adapters and our own mistakes: all are
    logged, by numbers, types and codes."""
    monkeypatch.setattr("guantong.journey.line.PAUSE", 0.001)
    record = {"no": NUMBER, "own": IDENTITY}

    def broken(*_: Any) -> Any:
        raise ValueError(f"cannot read {PERSON} {IDENTITY}")

    with capture_logs() as lines:
        async with world(tmp_path, delivery={"city.hall": "unknown: hold"}) as it:
            await it.tell("east.approval", apply(**record, title=IDENTITY, who=PERSON))
            await it.tell("east.approval", apply(**record, title=IDENTITY, who=PERSON + "二"))
            await it.tell("east.approval", {**record, "type": "step", "opinion": OPINION})
            await it.tell("city.portal", apply(**record, who=PERSON, region="999999"))
            await accept(it.engine, Record("east.approval", f'{{"type": "{PERSON}", "no": "{NUMBER}"}}'.encode()))
            await accept(it.engine, Record("east.approval", OPINION.encode("gb18030")))
            for case, act in enumerate((Act.REFUSED, Act.LOST, Act.BREAKS, Act.NEITHER, Act.BUSY)):
                it.hall.script.append(act)
                it.watch.script.append(act)
                await it.tell("east.approval", step("1", f"{NUMBER}{case}", IDENTITY + str(case), opinion=OPINION,
                                                    title=PERSON))
                await it.quiet()
            with monkeypatch.context() as patch:
                patch.setattr(admission, "to_events", broken)
                await it.tell("east.approval", step("2", **record, opinion=OPINION))
                patch.setattr(delivering, "prepare", broken)
                await it.act(Word.REPLAY, "M3")
                await it.tell("west.approval", step("3", **record, opinion=OPINION))
                await it.quiet()
            await it.act(Word.DISCARD, *range(1, 30), why="试验")
    events = {line["event"] for line in lines}
    assert events >= {"message.parked", "message.conflict", "message.unrouted", "message.refused", "delivery.dead",
                      "delivery.unknown", "adapter.failed", "accept.failed"}, events
    text = "\n".join(flat(lines))
    for value in SECRET:
        assert value not in text
    out = capsys.readouterr()
    for value in SECRET:
        assert value not in out.out + out.err

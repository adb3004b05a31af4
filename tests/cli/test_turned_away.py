"""What was reported and refused is seen by whoever looks at the queues and by Prometheus, whichever way it came."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.cli.desk import Desk
from tests.journey.home import write_home
from tests.journey.test_polled import COUNTY, TOO_LARGE, Source, polled, record
from tests.journey.world import world

from guantong.adapter import Mark, Polled
from guantong.journey.accept import accept
from guantong.operations.metrics import render_metrics
from guantong.operations.telling import Telling
from guantong.reception.refusals import Refusals
from guantong.record import Record


async def test_records_files_and_requests_that_were_refused_are_counted_by_system_and_code(tmp_path: Path) -> None:
    write_home(tmp_path)
    source = Source(Polled([record(1)], "1", [Mark("huge", TOO_LARGE)]))
    async with world(tmp_path) as it:
        await polled(it, source)
        for body in (b"no json", orjson.dumps({"type": "unheard", "no": "1"})):
            await accept(it.engine, Record(COUNTY, body))
        doors, tested = Refusals(it.engine), Refusals(it.engine, "tested")
        doors.tell(COUNTY, "GT510")
        doors.tell("", "GT500")
        tested.tell(COUNTY, "GT510")  # what was tried at a test door was never meant
        telling = Telling(it.engine)
        figures = await telling.queues(at_once=True)
        lines = (await telling.metrics()).decode().splitlines()
        await telling.close()
        system = figures["systems"][COUNTY]
        assert (system["refused"], system["refused_codes"], figures["refused"]) == (
            4, {"GT301": 1, "GT401": 1, "GT510": 1, "GT577": 1}, {"GT500": 1})
        assert figures["systems"]["city.hall"]["refused"] == 0
        assert f'guantong_refused_total{{code="GT577",system="{COUNTY}"}} 1.0' in lines
        assert 'guantong_refused_total{code="GT500",system=""} 1.0' in lines
        assert b"guantong_refused_total{" not in render_metrics(it.reader, {})


def test_queues_show_how_much_was_refused_and_by_which_codes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column where there is something, and a line with the codes; a hub of an earlier version tells none."""
    row = {**dict.fromkeys(("waiting", "blocked", "sending", "retrying", "unknown", "dead", "sent"), 0), "held": False, "oldest_seconds": 0.0}
    told = {"systems": {COUNTY: {**row, "refused": 3, "refused_codes": {"GT577": 2, "GT510": 1}}}, "refused": {"GT500": 4}}
    monkeypatch.setattr("guantong.cli.queues.status_of", lambda _home: {"queues": told})
    shown = desk.guantong("queues", columns=300).stdout
    assert "拒收" in shown.splitlines()[0]
    assert (f"拒收 refused 来自 from {COUNTY}  3 件（本次启动以来 since the hub began）：GT577 × 2，GT510 × 1；"
            "原因见 docs/reference/errors.md 及对方所得的应答、原因文件或结果列") in shown
    assert "（未达任何系统 no system's door）  4 件" in shown
    monkeypatch.setattr("guantong.cli.queues.status_of", lambda _home: {"queues": {"systems": {COUNTY: row}}})
    assert "拒收" not in desk.guantong("queues", columns=300).stdout

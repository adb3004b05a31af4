"""`guantong retention`: what would go is shown first, what went is told for ever."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, COUNTY, Desk, nobody_backfills, widest
from tests.journey.world import Clock

from guantong.control import Control
from guantong.hub import open_engine
from guantong.journey.accept import accept
from guantong.journey.engine import Engine
from guantong.mapping.memory import Memory
from guantong.operations import Act, Order, carry_out
from guantong.operations.telling import Telling
from guantong.plugins import registry
from guantong.record import Record
from guantong.reload import Reloader
from guantong.retention.pruning import Pruner

NUMBER = str(ACCEPTANCE["applyNo"])
REFUSED = {**ACCEPTANCE, "result": "refused"}


@pytest.fixture
def old(desk: Desk) -> Desk:
    """A home where a case was refused in 2014, which ends it, and given up; the file is as large as it was then."""

    async def work(engine: Engine) -> None:
        engine.clock = Clock()
        await accept(engine, Record(COUNTY, orjson.dumps(REFUSED)))
        await carry_out(engine, Order(Act.DISCARD, ["D1", "D2", "D3"], "陈工", "已线下办理"))

    desk.work(work)
    return desk


def test_the_plan_says_what_would_go_and_changes_nothing(old: Desk) -> None:
    """By county and kind, with counts, bytes and the oldest day; and it does so again."""
    for _ in range(2):
        answer = old.json("retention", "plan")
        (one,) = answer["going"]
        assert (one["county"], one["kind"], one["stage"], one["lots"], one["messages"], one["oldest"], one["rule"], one["days"]) == (
            "rongcheng", "case", "contents", 1, 1, "2014-07-15", "case", 3660)
        assert one["bytes"] > 100
        assert (answer["at"], answer["staying"], answer["frozen"]) == ("02:30", {}, [])
    shown = old.guantong("retention", "plan").stdout
    assert "rongcheng" in shown
    assert "内容 contents" in shown
    assert "每晚 02:30 自动清除 every night" in shown
    assert widest(shown) <= 100


def test_a_run_asks_and_the_trace_says_what_went(old: Desk) -> None:
    """Without `--yes` nobody answering leaves all as it was; afterwards the case tells in plain words what went and by which rule,
    its values say so too, and the doctor finds the store sound."""
    assert old.guantong("retention", "run").exit_code == 1
    assert old.json("retention", "plan")["going"]
    done = old.guantong("retention", "run", "--yes", "--as", "陈工")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "✓ rongcheng case 内容 contents: 1")
    traced = old.guantong("trace", NUMBER).stdout
    assert "已按保留期限清除报文、附件等内容" in traced
    assert "规则 case（3660 天），报文 1 份；交换日志仍在" in traced
    assert "按期清除 pruned" in traced
    values = old.guantong("trace", NUMBER, "--values")
    assert "内容已清除" in values.stderr
    assert "Traceback" not in values.stderr
    assert old.json("doctor")["sound"]
    assert old.guantong("retention", "run", "--yes").stdout == "没有到期的内容 · Nothing is due.\n"
    (told,) = old.json("trace", NUMBER)["subjects"]
    assert [(one["stage"], one["rule"], one["counts"]["messages"]) for one in told["pruned"]] == [("contents", "case", 1)]


def test_a_frozen_case_stays_and_says_so(old: Desk) -> None:
    """By any number; a reason is needed; twice, or one that is not there, is said."""
    assert old.guantong("retention", "freeze", NUMBER).exit_code == 2
    done = old.guantong("retention", "freeze", NUMBER, "--why", "行政复议", "--as", "陈工")
    assert done.stdout == f"✓ {NUMBER}: 证据保全 frozen\n"
    again = old.guantong("retention", "freeze", "C1", "--why", "x")
    assert (again.exit_code, "GT963" in again.stderr, "行政复议" in again.stderr) == (1, True, True)
    assert "GT962" in old.guantong("retention", "freeze", "C99", "--why", "x").stderr
    answer = old.json("retention", "plan")
    assert (answer["going"], answer["staying"]) == ([], {"frozen": 1})
    assert [(one["case"], one["by"], one["why"]) for one in answer["frozen"]] == [("C1", "陈工", "行政复议")]
    assert "证据保全 frozen" in old.guantong("trace", NUMBER).stdout
    assert old.guantong("retention", "thaw", "C1", "--why", "复议已结").stdout == "✓ C1: 解除保全 thawed\n"
    assert "GT964" in old.guantong("retention", "thaw", "C1", "--why", "x").stderr
    assert old.json("retention", "run", "--yes")["pruned"] == [{"county": "rongcheng", "kind": "case", "stage": "contents", "lots": 1}]


def test_the_running_hub_prunes_for_the_command(old: Desk) -> None:
    """Over its local socket, by the person who asked."""

    async def beside_a_hub() -> Any:
        async with open_engine(old.configuration(), registry()) as engine:
            control = Control(engine, Reloader(engine, registry(), Memory()), nobody_backfills(engine), Telling(engine), Pruner(engine))
            await control.open()
            try:
                answer = await asyncio.to_thread(old.json, "retention", "run", "--yes", "--as", "李工")
            finally:
                await control.close()
            return answer, engine.reader.journal_of(1)[-1].actor

    answer, actor = asyncio.run(beside_a_hub())
    assert (answer["messages"], actor) == (1, "李工")


def test_space_goes_back_to_the_disk(desk: Desk) -> None:
    """The file is smaller after a run than before."""
    def size(home: Path) -> int:
        return (home / "var" / "guantong.db").stat().st_size

    async def work(engine: Engine) -> None:
        engine.clock = Clock()
        for number in range(40):
            record = {**REFUSED, "applyNo": f"{NUMBER[:-3]}{number:03}", "bizNo": f"RC-{number}", "opinion": os.urandom(9000).hex()}
            await accept(engine, Record(COUNTY, orjson.dumps(record)))
        await carry_out(engine, Order(Act.DISCARD, [f"D{number}" for number in range(1, 121)], "陈工", "x"))

    desk.work(work)
    before = size(desk.home)
    assert desk.guantong("retention", "run", "--yes").exit_code == 0
    assert size(desk.home) < before * 0.8

"""The simulated county behind exchange tables, played against the real adapter, on every database."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, event
from tests.adapters.exchange import RARE, bodies, opened, outgoing

from guantong.adapter import Awaited, Mark, Receipt
from guantong.record import Acceptance, Record, Reply, Verdict
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import Act, Story, write_stories
from guantong_adapters.table.adapter import Tables
from guantong_adapters.table.play import CountyTableSettings
from guantong_adapters.table.simulator import REJECTION, CountyTables

POLLED = (
    "EX_GDBS_SB_OUT", "EX_GDBS_WSYSL", "EX_GDBS_SL", "EX_GDBS_SPCL", "EX_GDBS_TBCXSQ", "EX_GDBS_TBCXJG",
    "EX_GDBS_BJGZ", "EX_GDBS_BJSL", "EX_GDBS_BJ", "EX_GDBS_LQDJ",
)
HUB: dict[str, Any] = {
    "poll": [{"table": name} for name in POLLED],
    "read": {"flag": {"reason": "CLJG", "age": "INSERTTIME"}},
    "binary": "base64",
}


def serial(number: int) -> str:
    return f"100000001000000000114071500{number:02d}"


def step(number: int, **quirks: Any) -> Act:
    facts = {
        "step.code": "review", "step.at": f"2014-07-16T09:0{number}:05", "step.opinion": f"同意 {RARE}",
        "region": "445222", "serial.province": serial(1), "serial.county": "JX1", "step.status": "passed",
    }
    return Act("case.step", facts, quirks=quirks)


STORIES = [
    Story(1, "jiexi", "online", serial(1), "JX1", (
        Act("case.application", {"serial.province": serial(1)}),
        Act("case.acceptance", {
            "serial.province": serial(1), "outcome": "accepted", "accepted_at": "2014-07-15T10:30:00",
            "legal_limit": 20,
        }, quirks={"dates": "unpadded", "empty": "word"}),
        step(1, late=1), step(2, duplicate=1),
        Act("case.finish", {
            "serial.province": serial(1), "outcome": "certificate", "fee.amount": "120.50",
            "finished_at": "2014-07-18T16:00:00",
        }, version=2),
    )),
    Story(2, "jiexi", "online", serial(2), "JX2", (Act("case.application", {"serial.province": serial(2)}),)),
    Story(3, "jiexi", "onsite", "", "JX3", (
        Act("case.application", {
            "serial.county": "JX3", "applicant.name": RARE, "applied_at": "2014-07-15T09:00:00",
            "materials": [{"name": "身份证", "kind": "original", "count": 1}],
        }),
    )),
    Story(4, "rongcheng", "onsite", "", "RC4", (Act("case.application", {"serial.county": "RC4"}),)),
]


@asynccontextmanager
async def playing(url: str, folder: Path, **more: Any) -> AsyncIterator[tuple[CountyTables, Tables]]:
    """The county at work, and the adapter on its database."""
    write_stories(folder / "stories.jsonl", STORIES)
    county = CountyTables(CountyTableSettings.model_validate({
        "url": url, "stories": folder / "stories.jsonl", "read_every": 0.01, **more,
    }), folder)
    await county.load()
    work = [asyncio.create_task(county.push()), asyncio.create_task(county.read())]
    try:
        async with opened(county.url, **HUB) as adapter:
            yield county, adapter
    finally:
        for task in work:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await county.close()


async def test_a_county_that_ends_lets_no_connection_go_unclosed(database_url: str, tmp_path: Path) -> None:
    """What its threads still do is waited for: a connection they give back later would be nobody's."""
    write_stories(tmp_path / "stories.jsonl", STORIES)
    county = CountyTables(CountyTableSettings.model_validate({"url": database_url, "stories": tmp_path / "stories.jsonl"}), tmp_path)
    opened_and_closed: list[str] = []
    for happening in ("connect", "close"):
        event.listen(county._transactions.engine, happening, lambda *_, happening=happening: opened_and_closed.append(happening))
    await county.load()
    begun, goes_on = threading.Event(), threading.Event()

    def work(_: Connection) -> None:
        begun.set()
        goes_on.wait()

    task = asyncio.create_task(county._transactions.run(work))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    closing = asyncio.create_task(county.close())
    await asyncio.wait({closing}, timeout=0.1)
    goes_on.set()
    await closing
    assert opened_and_closed.count("connect") == opened_and_closed.count("close") > 0


async def take(adapter: Tables, count: int) -> list[Record]:
    """Poll and mark as the hub does until *count* records have come."""
    taken: list[Record] = []
    while len(taken) < count:
        polled = await adapter.poll("", 3)
        verdicts = [
            Verdict(Acceptance.PARKED, 1, "GT311", "no code", "没有译码") if record.kind == "EX_GDBS_BJ"
            else Verdict(Acceptance.ROUTED, 1) for record in polled.records
        ]
        marks = zip(polled.records, verdicts, strict=True)
        await adapter.mark([Mark(record.ref or "", verdict) for record, verdict in marks])
        taken += polled.records
    return taken


async def done(county: CountyTables) -> dict[str, Any]:
    while not county.status()["done"]:  # noqa: ASYNC110  the county counts when it looks; nothing announces it
        await asyncio.sleep(0.005)
    return county.status()


async def test_a_county_takes_applications_gives_receipts_and_acts_out_its_stories(
    database_url: str, tmp_path: Path
) -> None:
    """Its program makes the effect once, judges by the flag column, and hands over every act in order."""
    async with playing(database_url, tmp_path, faults={"reject_receipt": [serial(2)]}) as (county, adapter):
        for number in (1, 2):
            answer = await adapter.send(outgoing(SBLSH=serial(number), XZQHDM="445222"))
            assert isinstance(answer, Reply)
            assert orjson.loads(answer.body) == {"result": "inserted"}
        await county.cases.start()
        records = await take(adapter, 6)
        status = await done(county)
        waiting = [
            Awaited(n, "EX_GDBS_SB", f"GT{n}", {"SBLSH": serial(n), "SJBBH": "1"}) for n in (1, 2)
        ]
        receipts = await adapter.receipts(waiting)
    assert sorted(receipts, key=lambda receipt: receipt.delivery) == [
        Receipt(1, True), Receipt(2, False, REJECTION),
    ]
    first, second = read_effects(tmp_path / "ledger.db")
    assert (first.kind, first.key, first.version) == ("EX_GDBS_SB", (serial(1),), "1")
    assert (first.fields["SQRMC"], first.fields["XZQHDM"]) == (RARE, "445222")
    assert (second.key, second.repeats) == ((serial(2),), 0)
    assert (status["pushed"], status["to_push"], status["taken"], status["errors"]) == (6, 0, 5, 1)

    of_case = [(record.kind, body) for record, body in zip(records, bodies(records), strict=True)
               if body["SBLSH"] == serial(1)]
    assert [kind for kind, _ in of_case] == [
        "EX_GDBS_SL", "EX_GDBS_SPCL", "EX_GDBS_SPCL", "EX_GDBS_SPCL", "EX_GDBS_BJ",
    ]
    acceptance, finish = of_case[0][1], of_case[-1][1]
    assert acceptance["SLSJ"] == "2014-7-15 10:30:0"
    assert (acceptance["SLZTDM"], acceptance["GDBLSX"]) == ("1", "20")
    assert (acceptance["BSLYY"], acceptance["SJBBH"]) == ("null", "1")
    assert [body["SPSJ"] for _, body in of_case[1:4]] == [
        "2014-07-16 09:02:05", "2014-07-16 09:02:05", "2014-07-16 09:01:05",
    ]
    assert of_case[1][1]["SPYJ"] == f"同意 {RARE}"
    assert (finish["SFJE"], finish["SJBBH"], finish["BJJGDM"]) == ("120.50", "2", "0")
    [onsite] = [body for record, body in zip(records, bodies(records), strict=True)
                if record.kind == "EX_GDBS_SB_OUT"]
    assert (onsite["SQRMC"], onsite["YWLSH"], onsite["SBLSH"]) == (RARE, "JX3", None)
    assert orjson.loads(onsite["SBCLQD"]) == [{"CLMC": "身份证", "CLLX": "0", "CLSL": "1"}]


async def test_the_same_application_twice_takes_effect_once(tmp_path: Path) -> None:
    """The unique key holds, and the county's program sees one row."""
    async with playing("", tmp_path) as (county, adapter):
        for expected in ("inserted", "duplicate"):
            answer = await adapter.send(outgoing(SBLSH=serial(1)))
            assert isinstance(answer, Reply)
            assert orjson.loads(answer.body)["result"] == expected
        await county.cases.start()
        await take(adapter, 6)
    assert [effect.repeats for effect in read_effects(tmp_path / "ledger.db")] == [0]


async def test_it_runs_as_a_process_and_names_its_database(tmp_path: Path) -> None:
    """`ready.json` holds what the hub's configuration must name."""
    from guantong_adapters.table.simulator import run

    task = asyncio.create_task(run(CountyTableSettings(), tmp_path))
    ready = tmp_path / "ready.json"
    while not ready.exists():  # noqa: ASYNC110  a file appears: nothing to wait on
        await asyncio.sleep(0.005)
    assert orjson.loads(ready.read_bytes())["database"] == f"sqlite:///{tmp_path / 'exchange.db'}"
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task

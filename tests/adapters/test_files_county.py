"""The simulated county behind a file drop, played against the real adapter, with all its bad habits."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.filepeers import RARE, Peer, opened

from guantong.adapter import Awaited, Mark, Receipt
from guantong.codec import Undecodable
from guantong.record import Acceptance, Native, Outgoing, Reply, Verdict
from guantong_adapters.files.adapter import Files
from guantong_adapters.files.play import CountyFilesSettings
from guantong_adapters.files.simulator import REJECTION, CountyFiles
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.simulation.story import Act, Story, write_stories
from guantong_plugins.codecs.package import Package, PackageOptions

CODEC = Package(PackageOptions.model_validate({"count": "Head/COUNT"}), "gb18030")
HUB: dict[str, Any] = {
    "order": "name",
    "poll": [{"folder": "out", "match": "*.xml", "complete": {"marker": "{name}.ok"}}],
    "send": {"*": {
        "folder": "in", "name": "{kind}_{SBLSH}_{key}.xml", "marker": "{name}.ok",
        "receipt": {"folder": "back", "confirmed": ["{name}.ok"], "rejected": ["{name}.err"], "charset": "gbk"},
    }},
}


def serial(number: int) -> str:
    return f"100000001000000000114071500{number:02d}"


def step(case: int, number: int) -> Act:
    facts = {
        "step.code": "review", "step.at": f"2014-07-16T09:0{number}:05", "step.opinion": f"同意 {RARE}",
        "step.status": "passed", "region": "445224", "serial.province": serial(case), "serial.county": f"HL{case}",
    }
    return Act("case.step", facts)


STORIES = [
    Story(case, "huilai", "online", serial(case), f"HL{case}", (
        Act("case.application", {"serial.province": serial(case)}),
        *(step(case, number) for number in range(1, 5)),
    ))
    for case in (1, 2, 3)
]
FAULTS = {
    "half_written_every": 2, "vanish_every": 3, "wrong_charset_every": 4, "twice_every": 5,
    "reject_receipt": [serial(3)],
}


@asynccontextmanager
async def playing(folder: Path, stories: Sequence[Story] = STORIES, **more: Any) -> AsyncIterator[tuple[CountyFiles, Files]]:
    """The county at work, and the adapter on its folder."""
    write_stories(folder / "stories.jsonl", stories)
    county = CountyFiles(CountyFilesSettings.model_validate({
        "stories": folder / "stories.jsonl", "read_every": 0.01, **more,
    }), folder)
    await county.load()
    work = [asyncio.create_task(county.push()), asyncio.create_task(county.work())]
    peer = Peer(county.drop, {"local": {"folder": str(county.drop)}}, disk="gbk", names="gbk")
    try:
        async with opened(peer, **HUB) as adapter:
            yield county, adapter
    finally:
        for task in work:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        county.close()


def application(number: int) -> Outgoing:
    fields = {"SBLSH": serial(number), "SQRMC": RARE, "SJBBH": "1"}
    body = CODEC.encode(Native("EX_GDBS_SB", fields))
    return Outgoing(number, 1, "case.application", "EX_GDBS_SB", body, fields, f"GT{number}", 10)


async def take(adapter: Files, county: CountyFiles) -> tuple[list[Native], int]:
    """Poll and mark as the hub does until the county has nothing left; the records, and how many files were
    refused."""
    natives: list[Native] = []
    refused = 0
    while not county.status()["done"]:
        polled = await adapter.poll("", 3)
        marks = []
        for record in polled.records:
            try:
                natives += CODEC.decode(record.body, record.kind)
                marks.append(Mark(record.ref or "", Verdict(Acceptance.ROUTED, 1)))
            except Undecodable as error:
                refused += 1
                verdict = Verdict(Acceptance.REFUSED, 0, error.code, error.reason, error.reason_zh)
                marks.append(Mark(record.ref or "", verdict))
        await adapter.mark(marks)
        await asyncio.sleep(0.005)
    return natives, refused


@pytest.mark.parametrize("records", [1, 3])
async def test_a_county_takes_applications_gives_receipts_and_acts_out_its_stories(
    tmp_path: Path, records: int
) -> None:
    """Every act comes whole, in the order of its case, whatever its files looked like on the way."""
    async with playing(tmp_path, records=records, faults=FAULTS) as (county, adapter):
        for number in (1, 2, 3):
            answer = await adapter.send(application(number))
            assert isinstance(answer, Reply)
        await county.cases.start()
        waiting = [Awaited(n, "EX_GDBS_SB", f"GT{n}", {"SBLSH": serial(n)}) for n in (1, 2, 3)]
        async with asyncio.timeout(60):
            while len(receipts := await adapter.receipts(waiting)) < 3:  # noqa: ASYNC110  files tell nobody
                await asyncio.sleep(0.005)
        assert receipts == [Receipt(1, True), Receipt(2, True), Receipt(3, False, REJECTION)]
        county.cases.go_on("HL3")  # its story goes on for the sake of the test
        natives, refused = await take(adapter, county)
        status = county.status()
    archived = [os.fsdecode(name) for _, _, names in os.walk(county.drop / "archive") for name in names]
    effects = read_effects(tmp_path / "ledger.db")
    assert [(one.key, one.fields["SQRMC"], one.repeats) for one in effects] == [
        ((serial(n),), RARE, 0) for n in (1, 2, 3)
    ]
    for case in (1, 2, 3):
        times = [native.fields["SPSJ"] for native in natives if native.fields["SBLSH"] == serial(case)]
        assert list(dict.fromkeys(times)) == [f"2014-07-16 09:0{n}:05" for n in range(1, 5)]
    assert {native.fields["SPYJ"] for native in natives} == {f"同意 {RARE}"}
    assert status["put_away"] == status["files"]
    packages = max(int(file[:8]) for file in archived)
    assert (refused, packages >= 12 // records) == (packages // 4, True)
    assert (status["to_push"], status["pushed"]) == (0, 12)
    assert list((county.drop / "out").iterdir()) == []


async def test_attachments_that_a_record_names_by_path_lie_in_files_half_written_at_first_now_and_then(tmp_path: Path) -> None:
    """With GBK names, and a marker once they are whole; what they hold stands in no record."""
    def material(seq: int) -> Act:
        return Act("case.material", {
            "material.seq": seq, "material.name": "身份证", "serial.province": serial(9), "serial.county": "HL9", "region": "445224",
            "attachment.path": f"2014/07/FJ{seq}_身份证.pdf", "attachment.body": base64.b64encode(bytes([seq]) * 1000).decode(),
        })

    stories = [Story(9, "huilai", "onsite", serial(9), "HL9", (material(1), material(2)))]
    async with playing(tmp_path, stories, faults={"scan_late_every": 2}) as (county, adapter):
        await county.cases.start()
        async with asyncio.timeout(30):
            natives = await take(adapter, county)
        files = Peer(county.drop / "files/2014/07", {}, disk="gbk")
        looked = {name: len(files.get(name)) for name in files.tree()}
    assert [(one.fields["ATTACH_PATH"], "ATTACH_BODY" in one.fields) for one in natives[0]] == [
        ("2014/07/FJ1_身份证.pdf", False), ("2014/07/FJ2_身份证.pdf", False)]
    assert looked == {"FJ1_身份证.pdf": 1000, "FJ1_身份证.pdf.ok": 0, "FJ2_身份证.pdf": 1000, "FJ2_身份证.pdf.ok": 0}

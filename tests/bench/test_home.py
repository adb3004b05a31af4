"""The bench's own home: its record says every field, and the target reads what it should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from guantong.config import load
from guantong.plugins import registry
from guantong_plugins.bench.home import SOURCE, TARGET, TOKEN, write_home
from guantong_plugins.bench.record import Requests, number_in, record

MATERIAL = {
    "Code": "M001", "Name": "申请材料1", "Kind": "COPY", "Copies": 1, "FileId": "f-20240517-1",
    "File": "申请材料1.pdf", "Size": 10240, "Digest": "9f86d081884c7d659a2feaa0c55ad015",
    "At": "2024-05-17T11:30:00+08:00",
}


def test_every_field_of_the_record_reaches_the_target_in_its_own_words(tmp_path: Path) -> None:
    """The bench measures a whole mapping: no field is left unread, none falls back to anything."""
    home = write_home(tmp_path / "home", sink="http://127.0.0.1:9", unknown="retry", store={"use": "sqlite", "synchronous": "FULL"})
    loaded = load(home.folder, registry(), home.environment)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    systems = loaded.configuration.systems
    context: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
    (native,) = systems[SOURCE].dialect.decode(record(7), "application")
    (event,) = systems[SOURCE].dialect.inward(native, context)
    assert (event.unread, len(event.values)) == ((), 32)
    out = systems[TARGET].dialect.outward(event.event, event.values, context)
    assert out.fired == 0
    said = orjson.loads(systems[TARGET].dialect.encode(out.native))
    assert said["CaseNo"] == "GTB000000000007"
    assert (said["SentAt"], said["AppliedAt"], said["DueOn"]) == (
        "2024-05-17T14:30:16+08:00", "2024-05-17 14:30:15", "2024-05-24")
    assert (said["Channel"], said["Status"], said["LimitDays"], said["Fee"]) == ("1", "ACCEPTED", 5, "120.50")
    assert (said["Person"]["Kind"], said["Person"]["Name"], said["Person"]["Sex"]) == ("PERSON", "张三", "M")
    assert len(said["Materials"]) == 5
    assert said["Materials"][0] == MATERIAL


def test_the_home_checks_without_a_problem(tmp_path: Path) -> None:
    """Nothing of the bench's configuration is wrong; only the reminder to keep its keys apart remains."""
    home = write_home(tmp_path / "home", sink="http://127.0.0.1:9", unknown="hold", store={"use": "sqlite", "synchronous": "NORMAL"})
    loaded = load(home.folder, registry(), home.environment)
    assert [problem.code.id for problem in loaded.problems] == ["GT155"]
    assert list(home.environment) == [TOKEN]


def test_each_request_holds_a_record_of_its_own() -> None:
    """The requests made by pasting are those that would be made one by one."""
    requests = Requests("/in/x/records", "secret", record(0))
    for number in (1, 999_999):
        head, _, body = requests.make(number).partition(b"\r\n\r\n")
        assert body == record(number)
        assert number_in(body) == number
        assert f"Content-Length: {len(body)}".encode() in head
        assert 1500 < len(body) < 2500

"""`guantong bench burst`: steps by the clock through each adapter, in and out, at real servers; each arrives once."""

from __future__ import annotations

import subprocess
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.adapters.mosquitto import PROGRAM
from tests.conftest import address

from guantong_plugins.bench.burst import folders, legs, run
from guantong_plugins.bench.burst.legs import WAYS, Direction, Services, Way, _silent
from guantong_plugins.bench.burst.places import local
from guantong_plugins.bench.burst.run import Carried, _Seen, _told, carry
from guantong_plugins.bench.burst.side import Offer, Sent
from guantong_plugins.bench.burst.steps import document, envelope, row
from guantong_plugins.bench.burstcommand import _problem
from guantong_plugins.bench.record import number_in
from guantong_plugins.bench.sink import Arrivals
from guantong_plugins.demo.hub import free_port
from guantong_plugins.demo.processes import Child

OFFER = Offer(rate=60.0, seconds=1.0)
SERVICES = Services(
    postgresql=f"postgresql+psycopg://root@{address('postgresql')}/postgres", mariadb=f"mysql+pymysql://root@{address('mariadb')}/mysql",
    amqp=f"amqp://{address('rabbitmq')}", mqtt=f"mqtt://{address('mosquitto')}",
)
NEEDED = {"table-postgresql": "postgresql", "table-mariadb": "mariadb", "amqp": "rabbitmq", "mqtt": "mosquitto"}
BY_NAME = {way.name: way for way in WAYS}


def through(way: Way, direction: Direction, folder: Path) -> Carried:
    return carry(way, direction, OFFER, SERVICES, folder, lambda _: None)


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("way", [
    pytest.param(way, marks=[pytest.mark.service(NEEDED[way.name])] if way.name in NEEDED else [], id=way.name) for way in WAYS
])
def test_each_step_goes_through_once(way: Way, direction: Direction, tmp_path: Path) -> None:
    """By every adapter, both ways: sent, accepted and arrived are the same, and none came twice."""
    if reason := way.missing(SERVICES):
        pytest.skip(reason)
    found = through(way, direction, tmp_path)
    assert (found.sent, found.accepted, found.delivered, found.lost, found.doubled, found.refused) == (60, 60, 60, 0, 0, 0)
    assert found.true
    assert found.rate_in > 0
    assert found.rate_out > 0
    assert 0 < found.p50_ms <= found.p99_ms


def test_what_somebody_takes_on_the_way_is_told_as_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a stranger takes from the folder never reaches who collects there: counted, not overlooked."""
    look = folders.Collected.look

    def robbed(self: folders.Collected) -> Iterator[bytes]:
        return (body for body in look(self) if number_in(body) != 7)

    monkeypatch.setattr(folders.Collected, "look", robbed)
    found = through(BY_NAME["files-local"], "out", tmp_path)
    assert (found.sent, found.delivered, found.lost, found.true) == (60, 59, 1, False)


@contextmanager
def forgetful_mosquitto(folder: Path) -> Iterator[str]:
    """A Mosquitto that keeps one message on its way to a subscriber and one behind it, and drops all others; its URL."""
    if PROGRAM is None:
        pytest.skip("there is no program mosquitto on this machine")
    folder.mkdir()
    port = free_port()
    (folder / "mosquitto.conf").write_text("\n".join([
        f"listener {port} 127.0.0.1", "allow_anonymous true", "sys_interval 1", "max_inflight_messages 1", "max_queued_messages 1", "",
    ]))
    broker = Child("mosquitto", ("-c", str(folder / "mosquitto.conf")), folder / "log.txt", {}, (PROGRAM,))
    broker.start()
    try:
        broker.await_seen(lambda: None if _silent(f"mqtt://127.0.0.1:{port}", port) else True)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        broker.stop()


@pytest.mark.service("mosquitto")
def test_what_a_broker_drops_after_its_word_is_told_as_dropped_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one more is lost than Mosquitto itself says it dropped, and the problem names it and its limit."""
    monkeypatch.setattr(run, "STALLED_AFTER", 2.0)
    place = tmp_path / "run"
    place.mkdir()
    with forgetful_mosquitto(tmp_path / "broker") as url:
        found = carry(BY_NAME["mqtt"], "in", Offer(rate=2000.0, seconds=0.2), replace(SERVICES, mqtt=url), place, lambda _: None)
    assert found.lost > 0
    assert (found.dropped, found.accepted, found.delivered, found.doubled) == (found.lost, 400 - found.lost, 400 - found.lost, 0)
    assert not found.true
    assert _problem(found).line("en") == (
        f"the broker dropped {found.lost} of the 400 records of the burst through mqtt in that it had acknowledged: its subscriber was "
        "slower than they came; nothing else was lost; let the broker queue more for a subscriber: `max_queued_messages` and "
        "`max_queued_bytes` of Mosquitto, 0 for no limit [GT597]"
    )
    assert _problem(replace(found, dropped=found.lost - 1)).code.id == "GT770"


def test_what_comes_twice_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One step seen a second time is a double, whatever the store says."""
    look = folders.Collected.look

    def again(self: folders.Collected) -> Iterator[bytes]:
        for body in look(self):
            yield from [body, body] if number_in(body) == 7 else [body]

    monkeypatch.setattr(folders.Collected, "look", again)
    found = through(BY_NAME["files-local"], "out", tmp_path)
    assert (found.delivered, found.doubled, found.true) == (60, 1, False)


def test_the_figures_are_those_of_the_clock() -> None:
    """Rates from the first due to the last done; backlog and drain from when the last was due."""
    arrivals = Arrivals()
    arrivals.times = array("d", (0.0, 10.5, 11.5, 0.0, 15.0))
    seen = _Seen(Sent(array("d", (0.0, 10.0, 11.0, 12.0, 13.0))), accepted=4, accepted_at=14.0)
    found = _told(BY_NAME["rest"], "in", seen, arrivals, (0.004, 50.0))
    assert found == Carried("rest", "in", sent=4, accepted=4, delivered=3, lost=1, dropped=0, doubled=0, refused=0, rate_in=1.0, rate_out=0.6,
                            p50_ms=500.0, p99_ms=2000.0, backlog=2, drain_seconds=2.0, cpu_us=1000.0, rss_mb=50.0)


def test_a_record_is_known_by_its_number_in_every_form() -> None:
    """Rows, documents and envelopes of one step name it alike."""
    assert {number_in(document(123)), number_in(envelope(123)), number_in(row(123)["SBLSH"].encode())} == {123}


def bench(*options: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "guantong", "bench", "burst", *options]
    return subprocess.run(command, capture_output=True, check=False)  # noqa: S603  our own interpreter


def test_its_answer_is_one_object_with_stable_names(tmp_path: Path) -> None:
    """With the disk, each leg's figures, and what was skipped and why; nothing stays behind."""
    done = bench("--adapter", "files-local", "--adapter", "mqtt", "--rate", "50", "--seconds", "1", "--mqtt", "mqtt://127.0.0.1:1",
                 "--json", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = orjson.loads(done.stdout)
    assert {"name": "burst", "rate": 50.0, "seconds": 1.0, "runs": 1, "lost": 0, "doubled": 0}.items() <= answer.items()
    assert answer["fdatasync_p50_ms"] > 0
    assert [(leg["adapter"], leg["direction"], leg["sent"]) for leg in answer["legs"]] == [("files-local", "in", 50), ("files-local", "out", 50)]
    assert set(answer["legs"][0]) == set(Carried.__slots__)
    reason = "127.0.0.1:1 does not answer (ConnectionRefusedError)"
    assert answer["skipped"] == [{"adapter": "mqtt", "direction": way, "reason": reason} for way in ("in", "out")]
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_adapter_is_told_with_those_there_are() -> None:
    """Wrong usage ends with 2."""
    done = bench("--adapter", "fax")
    assert done.returncode == 2
    assert b"fax" in done.stderr
    assert b"rest, soap, table-sqlite" in done.stderr


def test_a_burst_that_is_not_whole_ends_with_1_and_names_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures are shown, the folder is kept, and the way that lost something is named."""
    from typer.testing import CliRunner

    from guantong_plugins.bench import burstcommand
    from guantong_plugins.bench.command import bench as app

    @contextmanager
    def robbed(_: Services, folder: Path) -> Iterator[Any]:
        with local(folder) as place, folders.collected(place) as target:
            look = target.look
            monkeypatch.setattr(target, "look", lambda: (body for body in look() if number_in(body) != 7))
            yield target

    way = replace(BY_NAME["files-local"], target=robbed)
    monkeypatch.setattr(burstcommand, "WAYS", (way,))
    monkeypatch.setattr(burstcommand, "DIRECTIONS", ("out",))
    done = CliRunner().invoke(app, ["burst", "--rate", "30", "--seconds", "1", "--folder", str(tmp_path)])
    assert done.exit_code == 1
    assert "the burst through files-local out did not go through whole: 30 sent, 30 accepted, 1 lost, 0 came twice" in done.output
    assert len(list(tmp_path.glob("guantong-bench-*/hub.txt"))) == 1


def test_a_library_that_is_missing_is_named() -> None:
    """What cannot be tried says what it needs."""
    assert replace(BY_NAME["amqp"], modules=("pika", "no_such_module")).missing(SERVICES) == "no_such_module: not installed"
    assert legs.Services().mqtt == "mqtt://127.0.0.1:1883"

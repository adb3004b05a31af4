"""`guantong doctor`: silent over what is right, and each broken promise is found, told where it is, with what to do."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.journey.played import Act, Played
from tests.journey.world import Clock, configured, plugged, step, world

from guantong.doctor.examine import Examined, examine
from guantong.hub import open_engine
from guantong.journey.recover import recover
from guantong.plugins import registry

FILE = "var/guantong.db"
Sql = str
COUNTY = "east.approval"


async def lived(home: Path) -> dict[str, Played]:
    """A home in which much happened: sent, dead, blocked behind it, unknown, superseded, parked, duplicate, conflict."""
    played: dict[str, Played] = {}
    async with world(home, played=played, delivery={"city.hall": "unknown: hold"}) as it:
        it.hall.script.extend([Act.OK, Act.REFUSED, Act.LOST])
        for record in (step("1", "P1"), step("1", "P2"), step("2", "P2"), step("1", "P3"), step("2", "P3"),
                       step("1", "P1"), step("1", "P1", title="B"), step("1", "P2", ver=2), {"type": "step", "no": "P4"}):
            await it.tell(COUNTY, record)
            await it.quiet()
    return played


def altered(home: Path, statements: str) -> None:
    connection = sqlite3.connect(home / FILE)
    connection.executescript(statements)
    connection.close()


async def examined(home: Path, played: dict[str, Played], sending: dict[str, int] | None = None, now: int | None = None) -> Examined:
    config, found = configured(home, played), plugged(played)
    reader = registry().stores["sqlite"].open_reader(config.store.settings, home)
    blobs = found.blob_stores[config.blobs.keys.use].make(config.blobs.settings, home)
    answer = examine(config, reader, blobs, sending, now or Clock().now)
    reader.close()
    return answer


async def test_what_is_right_is_silent_and_counted(tmp_path: Path) -> None:
    """Every message and delivery in the sums, whatever became of it; nothing is written."""
    played = await lived(tmp_path)
    before = (tmp_path / FILE).read_bytes()
    answer = await examined(tmp_path, played)
    assert [problem.line() for problem in answer.problems] == []
    assert answer.sound
    assert dict(answer.counts.messages) == {"routed": 6, "duplicate": 1, "conflict": 1, "parked": 1}
    assert sum(answer.counts.deliveries.values()) == 12
    assert (tmp_path / FILE).read_bytes() == before


NOTE = "INSERT INTO journal (previous, at, what, subject, message, delivery, system, actor, detail) VALUES"


@pytest.mark.parametrize(("statements", "codes", "said"), [
    ("UPDATE delivery SET state = 'lost' WHERE id = 1;", {"GT361"}, "D1 is in the state 'lost', which does not exist"),
    ("UPDATE message SET state = 'odd' WHERE id = 1;", {"GT361"}, "M1 is in the state 'odd', which does not exist"),
    (f"{NOTE} (0, 1, 'dead', 1, 0, 1, 'city.hall', 'hub', '{{}}');", {"GT362", "GT363"},
     "D1 went from confirmed to dead, which no transition allows (journal line "),
    ("UPDATE delivery SET state = 'waiting' WHERE id = 1;", {"GT363"}, "D1 is waiting, while its last journal line says confirmed"),
    ("UPDATE delivery SET state = 'sent' WHERE id = 2;", {"GT363"}, "D2 is sent, while its last journal line says confirmed"),
    ("UPDATE delivery SET state = 'blocked' WHERE state = 'unknown';", {"GT364"}, "is blocked, and nothing of its case goes to city.hall before it"),
    ("UPDATE delivery SET state = 'waiting' WHERE state IN ('blocked', 'unknown');", {"GT365"}, "of one case 2 deliveries go to city.hall at once: D"),
    ("UPDATE delivery SET state = 'sending' WHERE state = 'unknown';", {"GT366"}, "1 attempts are on the wire and nobody sends them: D"),
    ("DELETE FROM delivery WHERE id = 2;", {"GT367", "GT372"}, "message M1 was routed to 2 systems, and has 1 deliveries"),
    ("DELETE FROM event WHERE id = 1;", {"GT367", "GT368", "GT369"}, "M1 is routed and has no event"),
    ("UPDATE delivery SET subject = 999 WHERE id = 1;", {"GT370"}, "delivery D1 lies under case C999, its event under C1"),
    ("UPDATE delivery SET target = 'city.hall' WHERE id IN (1, 2);", {"GT371"}, "event 1 goes to city.hall by 2 deliveries: D1, D2"),
    ("DELETE FROM message WHERE state = 'parked';", {"GT372"}, "the journal tells of M9, which is not there"),
    ("DELETE FROM journal WHERE message = 9;", {"GT373"}, "the journal tells nothing of M9"),
    ("DELETE FROM journal WHERE delivery = 1;", {"GT373"}, "the journal tells nothing of D1"),
    ("INSERT INTO blob_ref (blob, message) VALUES ('" + "ab" * 32 + "', 1);", {"GT374"}, "1 contents that messages need are not there, as abababababab"),
])
async def test_each_broken_promise_is_found(tmp_path: Path, statements: Sql, codes: set[str], said: str) -> None:
    """Of a home where all was right, one thing altered: it is named, and nothing else is."""
    played = await lived(tmp_path)
    altered(tmp_path, statements)
    answer = await examined(tmp_path, played)
    told = [problem.line() for problem in answer.problems]
    assert {problem.code.id for problem in answer.problems} == codes, told
    assert any(said in line for line in told), told
    assert not answer.sound
    assert all(problem.hint("zh") and problem.hint("en") for problem in answer.problems)


def _open_key(home: Path) -> None:
    (home / "var/keys/body.key").chmod(0o640)


def _no_key(home: Path) -> None:
    (home / "var/keys/digest.key").unlink()


@pytest.mark.parametrize(("alter", "code", "said"), [
    (_open_key, "GT376", "var/keys/body.key can be read by others (mode 0640); chmod 600 var/keys/body.key [GT376]"),
    (_no_key, "GT377", "the keys cannot be used: keys.folder: there is no digest.key; without it stored bodies cannot be read"),
])
async def test_keys_that_are_gone_or_open_are_found(tmp_path: Path, alter: Callable[[Path], None], code: str, said: str) -> None:
    """With the file and what to do."""
    played = await lived(tmp_path)
    alter(tmp_path)
    (problem,) = (await examined(tmp_path, played)).problems
    assert (problem.code.id, said in problem.line()) == (code, True)


async def test_clock_and_disk_are_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock behind the journal and a disk nearly full break no promise yet."""
    played = await lived(tmp_path)
    monkeypatch.setattr("guantong.doctor.surroundings.shutil.disk_usage", lambda _: type("Usage", (), {"free": 1 << 20})())
    answer = await examined(tmp_path, played, now=Clock().now - 90_000)
    assert [problem.line() for problem in answer.problems] == [
        "1 MiB are free under var; below 256 MiB nothing is accepted; free space, or move `var/` to a larger disk [GT375]",
        ("the clock is 90 s behind the newest line of the journal; set the clock by the network's time server; order and proofs do "
         "not depend on it, deadlines do [GT378]")]
    assert answer.sound


async def test_a_damaged_file_is_told_by_the_stores_own_check(tmp_path: Path) -> None:
    """A page overwritten in the middle of the file: found, in the store's words, whatever else follows from it."""
    played = await lived(tmp_path)
    connection = sqlite3.connect(tmp_path / FILE)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'delivery_event'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek((page - 1) * size + size // 2)
        file.write(b"\xff" * (size // 2))
    answer = await examined(tmp_path, played)
    assert "GT360" in {problem.code.id for problem in answer.problems}


async def test_many_of_one_kind_are_counted_and_the_first_told(tmp_path: Path) -> None:
    """Twenty are told, and how many more there are."""
    played = await lived(tmp_path)
    rows = ", ".join(f"(0, 1, 'routed', 0, {number}, 0, '', 'hub', '{{}}')" for number in range(1001, 1031))
    altered(tmp_path, f"{NOTE} {rows};")
    told = [problem.line() for problem in (await examined(tmp_path, played)).problems]
    assert len(told) == 21
    assert told[-1].startswith("10 more like this [GT372]")


async def test_what_a_start_recovers_is_sound_again(tmp_path: Path) -> None:
    """A crash on the wire is found while nobody runs, and is no finding once a start made it unknown."""
    played = await lived(tmp_path)
    altered(tmp_path, "UPDATE delivery SET state = 'sending' WHERE state = 'unknown';")
    assert not (await examined(tmp_path, played)).sound
    async with open_engine(configured(tmp_path, played), plugged(played)) as engine:
        await recover(engine)
    assert (await examined(tmp_path, played)).sound


async def test_a_writer_beside_it_disturbs_nothing(tmp_path: Path) -> None:
    """While messages come in and go out, the survey sees one moment: no sum is off."""
    played: dict[str, Played] = {}
    async with world(tmp_path, played=played) as it:
        async def tell() -> None:
            for number in range(60):
                await it.tell(COUNTY, step("1", f"P{number}"))
        writing = asyncio.create_task(tell())
        while not writing.done():
            answer = await asyncio.to_thread(asyncio.run, examined(tmp_path, played, {}))
            assert [problem.line() for problem in answer.problems] == []
        await writing

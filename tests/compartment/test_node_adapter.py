"""An adapter written in another language does what any other does; what goes wrong in it stays in it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import aiohttp
import orjson
import pytest
from structlog.testing import capture_logs
from tests.compartment.home import ADAPTER, KEY, NODE, ended, hall, hub_with, in_node, tell, to_hall, until
from tests.journey.home import write_home
from tests.journey.world import HALL, apply, configured

from guantong.compartment.kills import FILE, Kills
from guantong.hub import Hub
from guantong.journey.keys import delivery_of, key_of
from guantong.journey.states import DeliveryState
from guantong.operations import Act, Order, carry_out
from guantong.operations.idents import delivery_ident
from guantong.paper.network import doors_of
from guantong.problems import ProblemsError

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not on this machine")
LIMITS = "      limits: {memory: 200MiB, answers: 1s}\n"


def outbox(home: Path) -> list[str]:
    """The titles of what took effect at the hall, in order."""
    lines = (home / "var/systems" / HALL / "outbox.jsonl").read_text(encoding="utf-8").splitlines()
    return [orjson.loads(orjson.loads(line)["record"])["title"] for line in lines]


def process_of(hub: Hub) -> int:
    """The number of the hall's process."""
    child = hub.connections[HALL]._compartment._child  # type: ignore[attr-defined]  # whose number is asked
    assert child is not None
    return int(child.pid)


async def test_it_is_sent_to_and_what_took_effect_is_seen_as_such(tmp_path: Path) -> None:
    """Steps go out in order, each once."""
    async with hub_with(tmp_path, hall(in_node())) as hub:
        for number in range(5):
            await tell(hub, f"t{number}", f"P{number}")
        await until(hub, ended(hub, 5))
    assert sorted(outbox(tmp_path)) == [f"t{number}" for number in range(5)]


async def test_it_is_polled_and_told_what_became_of_each_row(tmp_path: Path) -> None:
    """Rows are accepted in order and marked after they are durable; the cursor moves."""
    city = hall(in_node(more="    poll: {every: 10ms, batch: 2}\n"))
    rows = [apply(f"P{number}", region="445202") for number in range(3)]
    folder = tmp_path / "var/systems" / HALL
    folder.mkdir(parents=True)
    (folder / "inbox.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in [*rows, {"type": "step", "no": "P1"}]))
    async with hub_with(tmp_path, city) as hub:
        await until(hub, lambda: hub.engine.reader.cursor(HALL) == "4")
    assert (folder / "marks.txt").read_text().splitlines() == ["line 1 unrouted", "line 2 unrouted", "line 3 unrouted",
                                                               "line 4 parked"]


async def test_it_is_called_at_its_door(tmp_path: Path) -> None:
    """The hub passes requests on, with their headers; what the process accepts is durable, what it turns away is counted."""
    async with hub_with(tmp_path, hall(in_node())) as hub, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{hub.port}/hall/cases"
        async with session.post(url, data=orjson.dumps(apply("P1"))) as answer:
            assert (answer.status, await answer.text()) == (401, "who are you?")
        async with session.post(url, data=orjson.dumps(apply("P1")), headers={"x-key": KEY}) as answer:
            verdict = orjson.loads(await answer.read())
        assert (answer.status, verdict["acceptance"], verdict["message"]) == (200, "unrouted", 1)
        kept = hub.engine.reader.message(1)
        assert kept is not None
        assert kept.system == HALL
        async with session.get(url) as answer:
            assert answer.status == 405


@pytest.mark.parametrize(("title", "why"), [
    ("exit", "it ended with status 3"),
    ("loop", "it did not answer for 1 s"),
    ("leak", "it used more than 200 MiB of memory|it did not answer for 1 s"),  # it does both: which is seen first, chance says
    ("babble", "it does not keep to the wire: a line is no JSON"),
])
async def test_what_ends_it_is_quarantined_after_three_times_and_hurts_nobody_else(
    title: str, why: str, tmp_path: Path,
) -> None:
    """It is started again each time; the fourth attempt is not made. Other cases and systems are served throughout."""
    with capture_logs() as lines:
        async with hub_with(tmp_path, hall(in_node(limits=LIMITS))) as hub:
            await tell(hub, title, "P1")
            await until(hub, lambda: to_hall(hub)[0].state is DeliveryState.DEAD)
            dead = to_hall(hub)[0]
            assert dead.code == "GT482"
            assert dead.reason.startswith("该推送的 3 次尝试均使适配器进程终止：")
            assert not re.search(r"it (ended|did|used|does)", dead.reason)
            assert f"请将 {tmp_path}/var/systems/city.hall/compartment.log（其中写明每次终止的时间、情形和当时在办的推送）交给适配器开发者" in dead.reason
            await tell(hub, "good", "P2")
            await until(hub, ended(hub, 1))
    assert outbox(tmp_path)[-1] == "good"
    # On a busy machine it may be late once more with nothing in hand; that is nobody's attempt.
    lost = [line for line in lines if line["event"] == "compartment.lost" and line["in_hand"]]
    ends = [line["end"] for line in lost]
    assert len(ends) == 3
    assert set(ends) <= set(why.split("|"))
    assert [line["in_hand"] for line in lost] == [[f"D{dead.id}"]] * 3
    written = (tmp_path / "var/systems/city.hall/compartment.log").read_text(encoding="utf-8").splitlines()
    told = [line for line in written if " guantong: " in line and not line.endswith(" -")]
    assert [line.partition(" · ")[2] for line in told] == [f"{end}; 在办 in hand: D{dead.id}" for end in ends]


async def test_a_hub_that_starts_anew_counts_on(tmp_path: Path) -> None:
    """What ended it before the hub was stopped counts: three times are three."""
    city = hall(in_node(limits=LIMITS))
    folder = tmp_path / "var/systems/city.hall"
    async with hub_with(tmp_path, city) as hub:
        await tell(hub, "exit", "P1")
        key = key_of(to_hall(hub)[0].id)
        await until(hub, lambda: Kills(folder).of(key) == 1)
    assert Kills(folder).of(key) < 3, "it was stopped before the quarantine"
    async with hub_with(tmp_path, city) as hub:
        await until(hub, lambda: to_hall(hub)[0].state is DeliveryState.DEAD)
        assert to_hall(hub)[0].code == "GT482"
    told = [line for line in (folder / "compartment.log").read_text(encoding="utf-8").splitlines() if " guantong: " in line]
    assert len([line for line in told if line.endswith(delivery_ident(delivery_of(key)))]) == 3
    assert Kills(folder).of(key) == 0, "replayed by a person it has three attempts again"


def test_a_file_of_counts_that_cannot_be_read_or_written_stops_nothing(tmp_path: Path) -> None:
    """It is told once, and counted in this process."""
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with capture_logs() as lines:
        kills = Kills(tmp_path)
        kills.add("GT00000000000001")
        assert Kills(tmp_path).of("GT00000000000001") == 1
        lost = Kills(tmp_path / "gone")
        lost.add("GT00000000000001")
        lost.add("GT00000000000001")
        assert lost.of("GT00000000000001") == 2
        lost.forget("GT00000000000001")
        assert lost.of("GT00000000000001") == 0
    assert [(line["event"], line["error"]) for line in lines] == [
        ("compartment.kills_not_kept", "JSONDecodeError"), ("compartment.kills_not_kept", "FileNotFoundError")]


async def test_a_slow_start_is_not_taken_for_silence(tmp_path: Path) -> None:
    """On a busy machine a runtime takes longer to start than an answer may take afterwards."""
    city = hall(in_node(limits="      limits: {answers: 500ms}\n")).replace(f"[node, {ADAPTER}]", f"[sh, -c, 'sleep 1; exec node {ADAPTER}']")
    async with hub_with(tmp_path, city) as hub:
        assert process_of(hub)


async def test_an_attempt_that_ended_it_is_asked_about_where_the_hall_can_be_asked(tmp_path: Path) -> None:
    """Under `unknown: query` it is sent again only after the hall said it does not have it; and not for ever."""
    async with hub_with(tmp_path, hall(in_node(), delivery="unknown: query, timeout: 5s")) as hub:
        await tell(hub, "exit", "P1")
        await until(hub, lambda: to_hall(hub)[0].state in (DeliveryState.UNKNOWN, DeliveryState.WAITING, DeliveryState.DEAD))
        await until(hub, lambda: to_hall(hub)[0].state is DeliveryState.DEAD)
        assert to_hall(hub)[0].code == "GT482"


async def test_a_refusal_of_the_adapter_is_for_a_person(tmp_path: Path) -> None:
    """What it answers with an error has not been sent; its own words stand in the reason."""
    async with hub_with(tmp_path, hall(in_node())) as hub:
        await tell(hub, "refuse", "P1")
        await until(hub, lambda: to_hall(hub)[0].state is DeliveryState.DEAD)
        row = to_hall(hub)[0]
        assert (row.code, row.reason.split("；")[0]) == ("GT481", "独立进程中的适配器拒绝：no such window")
        (done,) = await carry_out(hub.engine, Order(Act.DISCARD, [f"D{row.id}"], "陈工", "不再需要"))
        assert done.problem is None


def test_its_doors_stand_in_the_list_of_openings_as_they_are(tmp_path: Path) -> None:
    """A process names whole paths; other adapters name theirs below the system's own."""
    write_home(tmp_path, files={"config/city.yaml": hall(in_node()), "hall.key": KEY})
    assert doors_of(configured(tmp_path, {}).systems[HALL]) == ["/hall/cases"]


async def test_nothing_of_it_is_left_when_the_hub_stops(tmp_path: Path) -> None:
    """Its process is gone, also the one in an endless loop; what it wrote on standard error is for its owner alone."""
    async with hub_with(tmp_path, hall(in_node())) as hub:
        number = process_of(hub)
        os.kill(number, 0)
        await tell(hub, "loop", "P1")
        await until(hub, lambda: bool(hub.engine.lines.sending()[HALL]))
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    log = tmp_path / "var/systems" / HALL / "compartment.log"
    assert log.stat().st_mode & 0o777 == 0o600


async def test_a_program_that_does_not_start_says_why_before_the_doors_open(tmp_path: Path) -> None:
    """The hub does not start with a system that cannot work."""
    city = hall(in_node()).replace("[node, ", "[node, --no-such-option, ")
    with pytest.raises(ProblemsError) as told:
        async with hub_with(tmp_path, city):
            pass
    (problem,) = told.value.problems
    assert problem.message("en") == "the adapter's process does not start: it ended with status 9"
    assert "bad option" in (tmp_path / "var/systems" / HALL / "compartment.log").read_text()


async def test_an_ability_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    """`can:` is held before anything is sent."""
    with pytest.raises(ProblemsError) as told:
        async with hub_with(tmp_path, hall(in_node(can="[send, receipts]"))):
            pass
    assert told.value.problems[0].message("zh") == "适配器进程声明不支持 receipts，而 `can:` 要求支持"

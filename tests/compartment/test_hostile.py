"""A process that means harm, or is out of its mind: what it floods, holds open, claims or answers stays its own affair."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from tests.compartment.home import KEY, hub_with
from tests.compartment.test_channel import against, echo
from tests.compartment.test_own import by_rest, far_hall
from tests.journey.world import HALL, apply

from guantong.adapter import SystemContext
from guantong.compartment import channel
from guantong.compartment.child import Child, Limits, start
from guantong.compartment.compartment import Lodger
from guantong.compartment.connection import Heard, lodge
from guantong.compartment.proxy import Proxy
from guantong.compartment.wire import WireError
from guantong.problems import ProblemsError
from guantong.record import Acceptance, Record, Verdict

LONGEST = 1 << 20
CALL = b'{"jsonrpc":"2.0","id":%d,"method":"wait"}\n'
TOLD = b'{"jsonrpc":"2.0","method":"heard"}\n'


async def nobody(_record: Record) -> Verdict:
    return Verdict(Acceptance.REFUSED)


def context(refused: list[str]) -> SystemContext:
    """What a lodger is opened with; the codes it says are put in *refused*."""
    return SystemContext(
        system=HALL, settings=None, secrets={}, accept=nobody, refused=refused.append, signer=lambda _: None,  # type: ignore[arg-type,return-value]  # nobody signs here
        cipher=lambda _: None, body_limit=LONGEST, home=Path(), now=lambda: 0.0, address="")  # type: ignore[arg-type,return-value]  # nor seals


def lodger(home: Path, program: str, serves: Sequence[str] = ()) -> Lodger:
    """This program in Python, as a lodger."""
    return Lodger(HALL, [sys.executable, "-u", "-c", program], {}, Limits(1 << 30, 10), home, home / "hall", LONGEST, serves)


def opens(answer: Any) -> str:
    """A program that answers `open` so, and stays."""
    reply = orjson.dumps({"jsonrpc": "2.0", "id": 0, "result": answer}).decode()
    return f"""
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    answer = json.loads({reply!r}) if told["method"] == "open" else {{"jsonrpc": "2.0", "result": None}}
    print(json.dumps(answer | {{"id": told["id"]}}))
"""


@asynccontextmanager
async def child(home: Path, program: str, silence: float = 10, memory: int = 1 << 30) -> AsyncIterator[Child]:
    """One run of this program."""
    (home / "hall").mkdir()
    run = await start([sys.executable, "-u", "-c", program], {"wait": echo}, Limits(memory, silence), home=home,
                      log=home / "hall/log", longest=LONGEST)
    try:
        yield run
    finally:
        await run.close()


async def test_who_calls_faster_than_it_is_answered_is_not_read_meanwhile_and_hears_every_answer_after() -> None:
    """What it asks costs no more than so many calls at a time."""
    gate, inside, most = asyncio.Event(), 0, 0

    async def wait(_told: Any) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await gate.wait()
        inside -= 1

    async with against({"wait": wait}) as (end, _, reader, writer):
        writer.write(b"".join(CALL % number for number in range(3 * channel.AT_ONCE)))
        while not end.keeps_waiting:  # noqa: ASYNC110 -- the condition itself; each turn is the loop's
            await asyncio.sleep(0)
        for _turn in range(1000):  # whatever else could begin has had its turns
            await asyncio.sleep(0)
        assert inside == channel.AT_ONCE
        gate.set()
        answers = {orjson.loads(await reader.readline())["id"] for _number in range(3 * channel.AT_ONCE)}
        assert answers == set(range(3 * channel.AT_ONCE))
        assert most == channel.AT_ONCE
        assert not end.keeps_waiting


async def test_many_lines_at_once_leave_the_loop_to_others_in_between() -> None:
    """A reader with lines at hand does not wait by itself."""
    heard = asyncio.Event()
    lines = 20 * channel.TURN
    between: list[int] = []
    count = 0

    async def hear(_told: Any) -> None:
        nonlocal count
        count += 1
        if count == lines:
            heard.set()

    async with against({"heard": hear}) as (_, _task, _reader, writer):
        writer.write(TOLD * lines)
        while not heard.is_set():
            await asyncio.sleep(0)
            between.append(count)
    steps = [after - before for before, after in pairwise(between)]
    assert max(steps) <= 2 * channel.TURN


async def test_a_line_of_nothing_but_values_ends_the_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the bound of a line, brackets alone would become gigabytes of values."""
    monkeypatch.setattr(channel, "MOST_VALUES", 100)
    async with against({}) as (_, task, _reader, writer):
        writer.write(b'{"jsonrpc":"2.0","method":"x","params":[' + b"[]," * 90 + b"0]}\n")
        with pytest.raises(WireError, match="a line holds more values than agreed"):
            await task


async def test_the_memory_of_what_it_started_counts_with_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is of all it does: who leaks in processes of its own is ended with them."""
    monkeypatch.setattr("guantong.compartment.child.LOOK_EVERY", 0.01)
    program = """
import subprocess, sys
subprocess.run([sys.executable, "-S", "-c", "kept = bytearray(b'x') * (120 << 20); input()"], stdin=subprocess.PIPE)
"""
    async with child(tmp_path, program, silence=120, memory=100 << 20) as run:
        await run.ended.wait()
        assert run.end == ("it used more than 100 MiB of memory", "内存超过 100 MiB")


async def test_what_it_writes_without_end_does_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its log is begun anew while it runs; it goes on."""
    monkeypatch.setattr("guantong.compartment.child.LONGEST_LOG", 50_000)
    monkeypatch.setattr("guantong.compartment.child.LOOK_EVERY", 0.01)
    program = """
import sys, threading, time
def chatter():
    while True:
        print("x" * 999, file=sys.stderr, flush=True)
        time.sleep(0.001)
threading.Thread(target=chatter, daemon=True).start()
sys.stdin.read()
"""
    log = tmp_path / "hall/log"
    async with child(tmp_path, program) as run:
        grown = 0
        while grown < 50_000 or log.stat().st_size >= grown:  # it grows past its bound, and is short again
            grown = max(grown, log.stat().st_size)
            await asyncio.to_thread(log.stat)
        assert not run.ended.is_set()
    assert log.stat().st_size < 500_000


async def test_what_it_started_ends_with_it_and_what_made_itself_independent_is_not_waited_for(tmp_path: Path) -> None:
    """Both hold its output open; its end is seen, and it could be started again."""
    program = """
import os, sys, time
for independent in (False, True):
    if (number := os.fork()) == 0:
        if independent:
            os.setsid()
        time.sleep(60)
        os._exit(0)
    print(number, file=sys.stderr)
os._exit(3)
"""
    async with child(tmp_path, program) as run:
        async with asyncio.timeout(60):
            await run.ended.wait()
        assert run.end[0] == "it ended with status 3"
        same, independent = (int(line) for line in (tmp_path / "hall/log").read_text().split())
        assert _gone(same)
        os.kill(independent, 9)


async def test_a_process_that_babbles_and_is_gone_is_closed_like_any_other_and_leaves_nothing_open(tmp_path: Path) -> None:
    """It may be gone before it is ended for what it said, in either order."""
    before: set[str] | None = None
    for _start in range(12):
        run = await start(["/bin/sh", "-c", "echo junk"], {}, Limits(1 << 30, 10), home=tmp_path, log=tmp_path / "log", longest=LONGEST)
        await run.ended.wait()
        await run.close()
        assert run.end[0] == "it does not keep to the wire: a line is no JSON"
        before = before or _open_files()
    assert _open_files() == before


def _open_files() -> set[str]:
    """The numbers of the files that this process has open."""
    return set(os.listdir("/proc/self/fd"))


def _gone(number: int) -> bool:
    """Whether this process is no more (or waits to be counted out by its parent)."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(") ", 1)[1][0]
    except OSError:
        return True
    return state == "Z"


async def test_a_flood_of_calls_that_reads_no_answer_is_ended(tmp_path: Path) -> None:
    """It answers no `ping`: what it asked, and does not fetch, is held in bounds meanwhile."""
    program = f"import sys\nwhile True: sys.stdout.write({(CALL % 1).decode() * 100!r})"
    async with child(tmp_path, program, silence=1) as run:
        async with asyncio.timeout(30):
            await run.ended.wait()
        assert run.end[0] == "it did not answer for 1 s"
        assert len(run.channel._serving) <= channel.AT_ONCE


@pytest.mark.parametrize(("answer", "said"), [
    ({"can": [["send"]]}, "GT483"), ({"can": {"send": 1}}, "GT483"), ({"can": ["serve"], "doors": 5}, "GT483"),
    ({"can": ["serve"], "doors": [{"method": "POST", "path": "/in/another.county/events"}]}, "GT486"),
    ({"can": ["serve"], "doors": [{"method": "GET", "path": "/healthz"}]}, "GT486"),
    ({"can": ["serve"], "doors": [{"method": "POST", "path": "/in/city.hall/{any:.*}"}]}, "GT486"),
])
async def test_what_it_claims_and_may_not_have_is_refused_and_its_process_ended(answer: Any, said: str, tmp_path: Path) -> None:
    """Before anything is sent to it, or could reach it."""
    with pytest.raises(ProblemsError) as told:
        await lodge(lodger(tmp_path, opens(answer), ["POST /hall", f"/in/{HALL}/"]), context([]))
    assert [problem.code.id for problem in told.value.problems] == [said]


async def test_what_it_says_twice_it_can_once_and_its_own_doors_it_may_have(tmp_path: Path) -> None:
    """Exactly, or below the path of its system."""
    doors = [{"method": "post", "path": "/hall"}, {"method": "PUT", "path": f"/in/{HALL}/events"}]
    here = lodger(tmp_path, opens({"can": ["serve", "serve"], "doors": doors}), ["POST /hall", f"/in/{HALL}/"])
    connection, can = await lodge(here, context([]))
    assert can == ["serve"]
    assert [(door.method, door.path) for door in connection.doors()] == [("POST", "/hall"), ("PUT", f"/in/{HALL}/events")]  # type: ignore[attr-defined]  # it serves
    await connection.close()


async def test_codes_of_its_own_making_are_counted_under_one_of_ours() -> None:
    """Each different code is a line of the journal: it may not make them up."""
    told: list[str] = []
    refused = Heard(context(told)).methods()["refused"]
    for code in ("GT480", "AB123", "GT480 ", {"code": "GT480"}, None):
        await refused(code)
    assert told == ["GT480", "GT487", "GT487", "GT487", "GT487"]


@asynccontextmanager
async def at_the_door(answer: bytes, more: bytes = b"") -> AsyncIterator[str]:
    """The address of a door whose process answers so, then with *more* without end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        try:
            while more:
                writer.write(more)
                await writer.drain()
        except ConnectionError:
            pass  # cut, as it should be
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy = Proxy(lambda: {"http": {"port": server.sockets[0].getsockname()[1]}}, Path(), LONGEST)
    app = web.Application()
    app.router.add_get("/door", proxy.door("/door"))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/door"
    await proxy.close()
    await runner.cleanup()
    server.close()


async def test_an_answer_without_end_is_cut_at_its_bound() -> None:
    """The caller sees that it is not whole."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"
    async with at_the_door(head, b"x" * 65536) as url, aiohttp.ClientSession() as session:
        answer = await session.get(url)
        got = bytearray()
        with pytest.raises(aiohttp.ClientPayloadError):
            await _read(answer, got)
        answer.close()
        assert len(got) <= LONGEST


async def _read(answer: aiohttp.ClientResponse, into: bytearray) -> None:
    async for piece in answer.content.iter_any():
        into += piece


@pytest.mark.parametrize(("answer", "more"), [
    (b"no HTTP at all\r\n\r\n", b""),
    (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536),
    (b"", b""),
])
async def test_an_answer_that_is_none_is_a_503(answer: bytes, more: bytes) -> None:
    """What the process says wrong is no failure of the hub's."""
    async with at_the_door(answer, more) as url, aiohttp.ClientSession() as session, session.get(url) as said:
        assert (said.status, said.headers["Retry-After"]) == (503, "5")


async def test_two_doors(tmp_path: Path) -> None:
    """A test door beside a compartment has a process and a socket (whose path must be short) of its own: what comes to the real door is kept, what comes to the test door is not."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with far_hall() as (port, _):
        city = by_rest(port).replace("    compartment: own\n", "    compartment: own\n    test_door: true\n")
        async with hub_with(tmp_path, city) as hub, aiohttp.ClientSession(headers=headers) as session:
            for door, kept in (("test", False), ("in", True)):
                async with session.post(f"http://127.0.0.1:{hub.port}/{door}/{HALL}/events", json=apply("P9")) as answer:
                    assert answer.status in ((200, 422) if door == "test" else (200,))
                assert (hub.engine.reader.message(1) is not None) is kept

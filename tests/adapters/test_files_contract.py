"""What a file drop promises whatever then goes wrong, for all three drivers, with faults injected.

A sending ends `NotSent` while the file has no name of its own, `Unsure` once it was to get it, and in a reply
only when the place said so. Under its own name a file is whole or not there. Reading takes a file whole or
leaves it, and puts nothing away that the hub does not have.
"""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.adapters.filepeers import Peer, faulty_sftp, ftp, opened, outgoing

from guantong.adapter import Mark
from guantong.problems import ProblemsError
from guantong.record import Acceptance, NotSent, Reply, Unsure, Verdict
from guantong_adapters.files import local

BODY = bytes(range(256)) * 1200  # more than one chunk
_SHORT, _PATIENT = 0.5, 60.0


class Faults(Protocol):
    """What the next act (`write`, `name`, `read`) meets: `cut`, `lost` or `hang`."""

    def next(self, act: str, fault: str) -> None: ...

    def release(self) -> None:
        """Let what hangs on this machine go on: a thread cannot be ended."""
        ...

    @property
    def connected(self) -> Callable[[], int]:
        """How many connections (or threads) of ours there are."""
        ...


class DiskFaults:
    """Faults of a local disk, put in place of the operating system's calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._next: dict[str, str] = {}
        self.hanging = threading.Event()
        for act, name in (("write", "_write"), ("name", "_move"), ("read", "_read")):
            monkeypatch.setattr(local, name, self._wrapped(act, getattr(local, name)))

    def next(self, act: str, fault: str) -> None:
        self._next[act] = fault

    def release(self) -> None:
        self.hanging.set()

    def connected(self) -> int:
        return sum("huilai" in thread.name for thread in threading.enumerate())

    def _wrapped(self, act: str, real: Any) -> Any:
        def call(*arguments: Any) -> Any:
            fault = self._next.pop(act, "")
            if fault == "hang":
                self.hanging.wait()
            done = real(*arguments) if fault in ("", "lost") else None
            if fault:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return done

        return call


@contextmanager
def faulty_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Peer, DiskFaults]]:
    """A folder on a disk that fails as told."""
    faults = DiskFaults(monkeypatch)
    try:
        yield Peer(folder, {"local": {"folder": str(folder)}}), faults
    finally:
        faults.release()


@pytest.fixture(params=["local", "sftp", "ftp"])
async def faulty(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Peer, Faults]]:
    """A place of each protocol that does wrong as told."""
    if request.param == "local":
        with faulty_disk(tmp_path / "drop", monkeypatch) as made:
            yield made
    elif request.param == "ftp":
        with ftp(tmp_path / "drop") as made:
            yield made
    else:
        async with faulty_sftp(tmp_path / "drop") as made:
            yield made


@asynccontextmanager
async def _opened(peer: Peer) -> AsyncIterator[Any]:
    async with opened(peer, send={"*": {"folder": "in", "name": "{key}.xml"}}) as files:
        yield files


async def test_a_sending_cut_while_it_is_written_is_not_sent(faulty: tuple[Peer, Faults]) -> None:
    """Nothing stands under its name, and the next attempt leaves one whole file and nothing else."""
    peer, faults = faulty
    async with _opened(peer) as files:
        faults.next("write", "cut")
        assert isinstance(await files.send(outgoing(body=BODY)), NotSent)
        assert "in/GT7.xml" not in peer.tree()
        assert isinstance(await files.send(outgoing(body=BODY, attempt=2)), Reply)
    assert peer.tree() == ["in/GT7.xml"]
    assert peer.get("in/GT7.xml") == BODY


async def test_an_answer_lost_after_the_file_got_its_name_is_unsure(faulty: tuple[Peer, Faults]) -> None:
    """It is there; whoever asks finds it; another attempt leaves the same one file."""
    peer, faults = faulty
    async with _opened(peer) as files:
        faults.next("name", "lost")
        assert isinstance(await files.send(outgoing(body=BODY)), Unsure)
        assert peer.get("in/GT7.xml") == BODY
        assert isinstance(found := await files.query(outgoing()), Reply)
        assert found.body == b'{"result":"found"}'
        assert isinstance(await files.send(outgoing(body=BODY, attempt=2)), Reply)
    assert peer.tree() == ["in/GT7.xml"]


async def test_a_connection_cut_before_the_file_got_its_name_is_unsure_too(faulty: tuple[Peer, Faults]) -> None:
    """We cannot tell it from the other; the next attempt takes what was left away."""
    peer, faults = faulty
    async with _opened(peer) as files:
        faults.next("name", "cut")
        assert isinstance(await files.send(outgoing(body=BODY)), Unsure)
        assert peer.tree() == ["in/GT7.xml.1.tmp"]
        assert isinstance(await files.send(outgoing(body=BODY, attempt=2)), Reply)
    assert peer.tree() == ["in/GT7.xml"]


@pytest.mark.parametrize(("act", "end"), [("write", NotSent), ("name", Unsure)])
async def test_a_place_that_hangs_costs_no_more_than_the_time_given(
    faulty: tuple[Peer, Faults], act: str, end: type
) -> None:
    """The end says in which phase it was, and the next sending is not held up."""
    peer, faults = faulty
    async with _opened(peer) as files:
        faults.next(act, "hang")
        assert isinstance(await files.send(outgoing(body=BODY, seconds=_SHORT)), end)
        assert isinstance(await files.send(outgoing(8, body=BODY)), Reply)
        faults.release()
    assert peer.get("in/GT8.xml") == BODY


async def test_a_sending_given_up_leaves_the_next_one_alone(faulty: tuple[Peer, Faults]) -> None:
    """A cancelled sending neither blocks nor mixes with the one after it."""
    peer, faults = faulty
    async with _opened(peer) as files:
        faults.next("write", "hang")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(_SHORT):
                await files.send(outgoing(body=BODY))
        assert isinstance(await files.send(outgoing(8, body=BODY)), Reply)
        faults.release()
    assert "in/GT7.xml" not in peer.tree()
    assert peer.get("in/GT8.xml") == BODY


async def test_a_file_cut_while_it_is_read_stays_and_is_read_whole(faulty: tuple[Peer, Faults]) -> None:
    """The source is down, nothing was taken; the next look reads every byte."""
    peer, faults = faulty
    async with _opened(peer) as files:
        peer.put("out/a.xml", BODY)
        faults.next("read", "cut")
        with pytest.raises(ProblemsError, match="GT570"):
            await files.poll("", 10)
        assert peer.tree() == ["out/a.xml"]
        [record] = (await files.poll("", 10)).records
        assert record.body == BODY


@pytest.mark.parametrize("fault", ["cut", "lost"])
async def test_a_file_not_put_away_for_certain_is_read_again_or_is_away(
    faulty: tuple[Peer, Faults], fault: str
) -> None:
    """Marking fails loudly; what stayed comes again as the same record, what went is in the archive."""
    peer, faults = faulty
    async with _opened(peer) as files:
        peer.put("out/a.xml", BODY)
        [record] = (await files.poll("", 10)).records
        faults.next("name", fault)
        with pytest.raises(ProblemsError, match="GT570"):
            await files.mark([Mark(record.ref or "", Verdict(Acceptance.ROUTED, 1))])
        again = (await files.poll("", 10)).records
        if fault == "cut":
            assert [each.ref for each in again] == [record.ref]
        else:
            assert (again, peer.tree()) == ([], ["archive/2014-07-15/a.xml"])


async def test_close_leaves_nothing_running(faulty: tuple[Peer, Faults]) -> None:
    """No connection at the other side, and no thread of ours."""
    peer, faults = faulty
    async with _opened(peer) as files:
        await asyncio.gather(*(files.send(outgoing(number)) for number in range(8)))
        assert faults.connected() > 0
    async with asyncio.timeout(_PATIENT):
        while faults.connected():  # noqa: ASYNC110  the other side notices in its own time, and tells nobody
            await asyncio.sleep(0.005)

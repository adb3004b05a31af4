"""A sender that goes while its content is being written leaves nothing behind, whenever it goes."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from tests.blobs.test_blobs import VAULT

from guantong.blobs.intake import ENOUGH, Intake
from guantong.blobs.keeping import Blobs
from guantong_plugins.blobs.folder import BlobFolder


class _Slow(BlobFolder):
    """A disk that takes its time where *stop* says, until told to go on."""

    def __init__(self, folder: Path, stop: str) -> None:
        super().__init__(folder)
        self.reached, self.go_on, self.done = threading.Event(), threading.Event(), threading.Event()
        self._stop = stop

    def begin(self):  # type: ignore[no-untyped-def]  # the upload's class is the folder's own
        self.wait("begin")
        upload = super().begin()
        write = upload.write

        def slowly(part: bytes) -> None:
            self.wait("write")
            write(part)

        upload.write = slowly  # type: ignore[method-assign]  # a slow disk
        return upload

    def wait(self, where: str) -> None:
        if where == self._stop:
            self.reached.set()
            assert self.go_on.wait(10)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("where", ["begin", "write"])
@pytest.mark.parametrize("pieces", [1, 2])
async def test_a_request_cancelled_while_a_thread_writes_leaves_no_file(tmp_path: Path, where: str, pieces: int) -> None:
    """Whether the file was being made or written when the sender went: what the thread then still does is undone."""
    store = _Slow(tmp_path, where)

    async def upload() -> None:
        async with Intake(Blobs(store, VAULT, 64 << 20)) as intake:
            for _ in range(pieces):
                await intake.write(b"x" * ENOUGH)
            await intake.keep()

    task = asyncio.create_task(upload())
    assert await asyncio.to_thread(store.reached.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    threads = asyncio.get_running_loop()
    store.go_on.set()
    await threads.shutdown_default_executor()
    assert files(tmp_path) == []


async def test_a_content_that_was_refused_or_given_up_leaves_no_file(tmp_path: Path) -> None:
    """What is left between two writes is forgotten at once."""
    async with Intake(Blobs(BlobFolder(tmp_path), VAULT, 64 << 20)) as intake:
        await intake.write(b"x" * ENOUGH)
        assert len(files(tmp_path)) == 1
    assert files(tmp_path) == []


async def test_a_content_that_was_kept_stays(tmp_path: Path) -> None:
    """Leaving the context takes nothing back."""
    async with Intake(Blobs(BlobFolder(tmp_path), VAULT, 64 << 20)) as intake:
        await intake.write(b"x")
        blob = await intake.keep()
    (kept,) = files(tmp_path)
    assert kept.parent.name != "new"
    assert b"".join(Blobs(BlobFolder(tmp_path), VAULT, 64 << 20).read(blob)) == b"x"

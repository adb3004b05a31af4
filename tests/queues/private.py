"""A RabbitMQ of a test's own, which may be killed: `cluster.sh`, held in hand."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("cluster.sh")
CANNOT = 3
wanted = pytest.mark.skipif(
    os.environ.get("GUANTONG_TEST_CLUSTER") != "1",
    reason="starts RabbitMQ nodes of its own, a minute each on a busy machine: `make cluster` runs it",
)


class Private:
    """The nodes, numbered from 1; `at` says where each is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.at: list[str] = []

    async def do(self, verb: str, *words: object) -> str:
        """Run the script; what it prints. Skips the test where this machine cannot run one."""
        # Into a file: a node goes on, with what it has open, when the script has ended.
        with (self._folder / "said").open("w+", encoding="utf-8") as said:
            run = await asyncio.create_subprocess_exec(SCRIPT, verb, self._folder, *map(str, words), stdin=asyncio.subprocess.DEVNULL,
                                                       stdout=said, stderr=said)
            status = await run.wait()
            said.seek(0)
            text = said.read()
        if status == CANNOT:
            pytest.skip(f"no RabbitMQ of our own here: {text.strip()}")
        assert status == 0, f"{verb} {words}: {text}"
        return text


@asynccontextmanager
async def private(folder: Path, nodes: int = 1) -> AsyncIterator[Private]:
    """So many nodes in *folder*, taking part; in the end all of them are ended."""
    folder.mkdir()  # noqa: ASYNC240  one folder, before anything runs
    broker = Private(folder)
    try:
        broker.at = re.findall(r"^127\.0\.0\.1:\d+$", await broker.do("start", nodes), re.MULTILINE)
        assert len(broker.at) == nodes
        yield broker
    finally:
        await broker.do("stop")

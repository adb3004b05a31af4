"""The sources of a drill: cases that are told step by step, each step again and again until it is acknowledged."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import orjson

from guantong_plugins.drill.ledger import Ledger, Step

STEPS = 8
"""Of a case."""
AT_ONCE = 16
"""Cases that are being told by calls."""
AGAIN = 0.02
PAUSE = 0.02
"""Seconds before a step is told again, and between two steps of a case."""
MOST_LYING = 200
"""Files that wait to be taken: a hub that is slower than the dropping would end a drill with hours of them."""
MOST_BEHIND = 1000
"""Steps that were taken and are not everywhere yet: no case is begun while there are more. What is proved needs a queue, not a long one."""
PATIENCE = aiohttp.ClientTimeout(total=10)


class Senders:
    """Tell of cases until `stop`, to the hub whose number is in the file *port*; then end what is begun. `refused` counts 503, which is the hub's good right."""

    def __init__(self, ledger: Ledger, port: Path, dropped: Path, token: str) -> None:
        self._ledger = ledger
        self._port = port
        self._dropped = dropped
        self._headers = {"Authorization": f"Bearer {token}"}
        self._stopping = False
        self._cases = 0
        self._files: set[Step] = set()
        self.refused = 0
        self.wrong: list[str] = []

    def stop(self) -> None:
        """Begin no more cases."""
        self._stopping = True

    async def run(self) -> None:
        """Until stopped, and everything told is acknowledged."""
        async with asyncio.TaskGroup() as group, aiohttp.ClientSession(timeout=PATIENCE, headers=self._headers) as session:
            tasks = [group.create_task(self._call_all(session)) for _ in range(AT_ONCE)]
            tasks.append(group.create_task(self._drop_all()))
            await asyncio.wait(tasks)

    async def _call_all(self, session: aiohttp.ClientSession) -> None:
        while await self._may_begin():
            case = self._next("C")
            for code in range(1, STEPS + 1):
                await self._tell(session, Step(case, code))
                await asyncio.sleep(PAUSE)

    async def _tell(self, session: aiohttp.ClientSession, step: Step) -> None:
        body = _record(step)
        while True:
            try:
                port = self._port.read_text(encoding="ascii")
                async with session.post(f"http://127.0.0.1:{port}/in/drill.caller/steps", data=body) as answer:
                    status, text = answer.status, await answer.text()
            except (aiohttp.ClientError, OSError, TimeoutError):
                await asyncio.sleep(AGAIN)  # nobody is there; whether it was taken is not known: told again
                continue
            if status == 200:
                self._ledger.taken.add(step)
                return
            if status == 503:
                self.refused += 1
                await asyncio.sleep(AGAIN)
                continue
            self.wrong.append(f"{status} {text[:200]}")
            return

    async def _drop_all(self) -> None:
        """Files are acknowledged when they are put away."""
        while await self._may_begin():
            case = self._next("F")
            for code in range(1, STEPS + 1):
                step = Step(case, code)
                while sum(1 for _ in (self._dropped / "in").iterdir()) >= MOST_LYING:  # noqa: ASYNC110 -- another process takes them
                    await asyncio.sleep(AGAIN)
                name = f"{case}-{code:03}.json"
                half = self._dropped / "in" / f"{name}.tmp"
                half.write_bytes(_record(step))
                half.replace(self._dropped / "in" / name)
                self._ledger.taken.add(step)  # a file that lies there must arrive, whatever happens
                await asyncio.sleep(PAUSE)
        while any((self._dropped / "in").glob("*.json")):  # noqa: ASYNC110 -- another process moves them
            await asyncio.sleep(AGAIN)

    async def _may_begin(self) -> bool:
        """Wait until another case may be begun; False when none is any more."""
        while not self._stopping and self._ledger.behind() > MOST_BEHIND:  # noqa: ASYNC110 -- other processes work them off
            await asyncio.sleep(AGAIN)
        return not self._stopping

    def _next(self, kind: str) -> str:
        self._cases += 1
        return f"{kind}{self._cases:08}"


def _record(step: Step) -> bytes:
    return orjson.dumps({"no": step.case, "code": str(step.code), "opinion": "演练"})

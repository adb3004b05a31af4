"""The simulator that answers from a folder of samples, and records what it got."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Literal

import orjson
from aiohttp import web
from pydantic import Field

from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.process import arrival, cut, serve
from guantong_adapters.simulation.samples import LARGEST, Given, Samples, read_samples
from guantong_adapters.simulation.settings import FaultSettings, SimulatorSettings

NOTHING_FITS = {"code": "404", "msg": "没有对应的样例；放一个 default.reply.… 应答其余请求 · no sample is for this request; default.reply.… answers all others"}
HANG = 3600.0
Fault = Literal["busy", "error", "reset", "hang", "garbage"]


class SampleFaults(FaultSettings):
    """What goes wrong besides: every *n*-th request (`every`; 0: none) ends as `fault` says: "busy" (503), "error" (500),
    "reset" (the line is cut after it was taken), "hang" (no answer), "garbage" (an answer that is none)."""

    every: int = Field(default=0, ge=0)
    fault: Fault = "busy"


class SamplesSettings(SimulatorSettings):
    """A system of which only samples are known. `samples` is their folder: NAME.request.… and NAME.reply.…"""

    samples: Path
    faults: SampleFaults = SampleFaults()


class Replaying:
    """Answers from samples. What came lies in `received/`, a file each, and as lines in `received.jsonl`."""

    def __init__(self, samples: Samples, folder: Path, faults: SampleFaults) -> None:
        self._samples = samples
        self._folder = folder
        self._faults = faults
        self._count = 0
        self.given: dict[str, int] = {}
        (folder / "received").mkdir(parents=True, exist_ok=True)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record one request and answer it, or fail as told."""
        body = await request.read()
        self._count += 1
        number = self._count
        found = self._samples.answer(request.path_qs, body)
        goes_wrong = self._faults.every and number % self._faults.every == 0
        fault = self._faults.fault if goes_wrong else "busy" if arrival().busy else ""
        self._record(number, request, body, found, fault)
        if fault:
            return await self._fail(request, fault)
        if found is None:
            return web.json_response(NOTHING_FITS, status=404, dumps=lambda value: orjson.dumps(value).decode())
        return web.Response(status=found.status, body=found.body, headers={"Content-Type": found.content_type})

    def _record(self, number: int, request: web.Request, body: bytes, found: Given | None, fault: str) -> None:
        (self._folder / "received" / f"{number:06d}").write_bytes(body)
        answered = found.stem if found else ""
        self.given[answered] = self.given.get(answered, 0) + 1
        line = {"number": number, "at": int(time.time() * 1000), "method": request.method, "path": request.path_qs,
                "bytes": len(body), "sample": answered, "fault": fault}
        with (self._folder / "received.jsonl").open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")

    async def _fail(self, request: web.Request, fault: str) -> web.StreamResponse:
        if fault == "reset":
            return cut(request)
        if fault == "hang":
            await asyncio.sleep(HANG)
        if fault == "garbage":
            return web.Response(body=b"\xff\xfe<<<not an answer", content_type="application/octet-stream")
        return web.Response(status=503 if fault == "busy" else 500, text="simulated fault")


async def run(settings: SamplesSettings, folder: Path) -> None:
    """Serve until cancelled. Raises `ProblemsError` for samples that are none."""
    replaying = Replaying(read_samples(settings.samples), folder, settings.faults)
    app = web.Application(client_max_size=LARGEST)
    app.router.add_route("*", "/{path:.*}", replaying.handle)

    async def start() -> None:
        """It begins nothing itself."""

    await serve(app, settings, folder, Faults(settings.faults), lambda: {"done": True, "answered": replaying.given}, start)

"""Sides by HTTP: the load generator calls our doors, by JSON or by SOAP; the sink answers what we send."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from guantong_plugins.bench.burst.side import Offer, Sent, Setup, Source, Target
from guantong_plugins.bench.burst.steps import RESPONSE, document, envelope
from guantong_plugins.bench.handed import PYTHON, doubles, reading
from guantong_plugins.bench.home import TOKEN
from guantong_plugins.bench.load import LoadPlan
from guantong_plugins.bench.sink import Arrivals
from guantong_plugins.demo.processes import Child

CONNECTIONS = 32
_TARGET_TOKEN = "GUANTONG_BENCH_TARGET_TOKEN"  # noqa: S105 -- the name of a variable, not a token
_WSDL = "wsdl/burst.wsdl"
_PATH = "steps"
_SERVED = {"wsdl": _WSDL, "path": _PATH, "operations": {"STEP": {"taken": {"code": "0"}}},
           "key": {"header": "Authorization", "secret": "token"}}


class Calls(Source):
    """A system that calls our door."""

    def __init__(self, folder: Path, token: str, *, soap: bool) -> None:
        self._folder, self._soap = folder, soap
        self._token = token
        self._child = Child("load", ("guantong_plugins.bench.load", str(folder)), folder / "load.txt", {}, PYTHON)
        settings: dict[str, Any] = (
            {"serve": _SERVED} if soap else {"receive": {"path": _PATH, "kind": "STEP", "auth": {"signer": "bearer"}}})
        self.setup = Setup({"adapter": "soap" if soap else "rest", "dialect": "bench-flat", "settings": settings,
                            "secrets": {"token": {"env": TOKEN}}},
                           {TOKEN: f"Bearer {token}" if soap else token})

    def begin(self, offer: Offer, door: int) -> None:
        body, media = (envelope(0), "text/xml; charset=utf-8") if self._soap else (document(0), "application/json")
        LoadPlan(door, f"/in/bench.source/{_PATH}", self._token, CONNECTIONS, offer.seconds, offer.rate, body.decode(),
                 media).write(self._folder)
        self._child.start()

    def sent(self) -> Sent | None:
        text = reading(self._folder / "load.json")()
        if text is None:
            self._child.must_run()
            return None
        told = orjson.loads(text)
        return Sent(doubles(self._folder / "sent"), told["refused"] + told["broken"])

    def stop(self) -> None:
        self._child.stop()


@contextmanager
def calls(folder: Path, *, soap: bool = False) -> Iterator[Calls]:
    """The source that calls us."""
    source = Calls(folder, secrets.token_hex(16), soap=soap)
    try:
        yield source
    finally:
        source.stop()


class Served(Target):
    """A system that we call."""

    def __init__(self, folder: Path, *, soap: bool) -> None:
        self._folder = folder
        answer = folder / "answer"
        answer.write_bytes(RESPONSE)
        more = (str(answer), "text/xml; charset=utf-8") if soap else ()
        self._child = Child("sink", ("guantong_plugins.bench.sink", str(folder), *more), folder / "sink.txt", {}, PYTHON)
        self._child.start()
        port = int(self._child.await_seen(reading(folder / "sink.port")))
        url = f"http://127.0.0.1:{port}"
        settings: dict[str, Any] = ({"url": f"{url}/burst", "wsdl": _WSDL} if soap else
                                    {"url": url, "auth": {"signer": "bearer"}, "send": {"STEP": {"method": "POST", "path": "/steps"}}})
        entry = {
            "adapter": "soap" if soap else "rest", "dialect": "bench-flat", "settings": settings,
            "delivery": {"unknown": "retry", "concurrency": CONNECTIONS},
            "reply": {"decode": "json", "rules": [{"when": {"field": {"code": "0"}}, "means": "success"}], "otherwise": "unknown"},
        }
        self.setup = Setup(entry) if soap else Setup({**entry, "secrets": {"token": {"env": _TARGET_TOKEN}}},
                                                    {_TARGET_TOKEN: secrets.token_hex(16)})

    def arrived(self) -> Arrivals:
        self._child.stop()
        told = Arrivals()
        told.times = doubles(self._folder / "arrivals")
        told.repeated = orjson.loads((self._folder / "sink.json").read_bytes())["repeated"]
        return told

    def stop(self) -> None:
        self._child.stop()


@contextmanager
def served(folder: Path, *, soap: bool = False) -> Iterator[Served]:
    """The target that we call."""
    target = Served(folder, soap=soap)
    try:
        yield target
    finally:
        target.stop()

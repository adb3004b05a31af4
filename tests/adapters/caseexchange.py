"""The simulated case exchange service, running, and records as its dialect makes them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import orjson
from tests.adapters.soap_peer import RARE, SECRETS, context, outgoing

from guantong.record import Fields, Outgoing
from guantong_adapters.soap.connection import SoapConnection, open_soap
from guantong_adapters.soap.simulators.caseexchange.county import PATH, run_case_exchange
from guantong_adapters.soap.simulators.settings import CaseExchangeSettings

HEADER = {"name": "AuthHeader", "fields": {
    "UserName": {"secret": "user"}, "Password": {"secret": "password"}, "City": {"constant": "445200"},
}}
SERIAL = "10000010100699301411407150001"


def step(**more: Any) -> Fields:
    """The record of a step."""
    return {"record": {
        "@version": "1", "ApplyNo": SERIAL, "ItemName": f"<设立> & {RARE}", "Operator": {"Name": "张三"}, "StepCode": "1",
        "StepTime": "2014-07-15T10:30:00+08:00", **more,
    }}


def sending(fields: Fields, kind: str = "SubmitStep", key: str = "GT01") -> Outgoing:
    """The record as a delivery."""
    return outgoing(orjson.dumps(fields), kind, key)


def sample_wsdl(folder: Path) -> Path:
    """The service's WSDL with its types, as a vendor hands them over."""
    home = folder / "wsdl"
    home.mkdir(exist_ok=True)
    for name in ("CaseExchange.wsdl", "CaseTypes.xsd"):
        with as_file(files("guantong_adapters.soap.simulators.caseexchange") / name) as file:
            shutil.copy(file, home / name)
    return home / "CaseExchange.wsdl"


@asynccontextmanager
async def service(folder: Path, **more: Any) -> AsyncIterator[str]:
    """The service until the block ends; gives its address."""
    settings = CaseExchangeSettings.model_validate({"secrets": SECRETS, **more})
    task = asyncio.ensure_future(run_case_exchange(settings, folder))
    ready = folder / "ready.json"
    try:
        while not ready.exists():
            assert not task.done(), task.exception()
            await asyncio.sleep(0.005)
        yield orjson.loads(ready.read_bytes())["url"] + PATH
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def connected(home: Path, url: str, **more: Any) -> AsyncIterator[SoapConnection]:
    """Our connection to a service with this interface."""
    known = {"url": url, "wsdl": f"{url}?wsdl", "soap_headers": [HEADER], **more}
    connection = await open_soap(context(known, home=home))
    try:
        yield connection
    finally:
        await connection.close()

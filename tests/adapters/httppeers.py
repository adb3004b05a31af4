"""The simulated systems behind HTTP that the adapters are held to their contract with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
from tests.adapters.brokers import no_signer
from tests.adapters.caseexchange import HEADER, sample_wsdl, sending, step
from tests.adapters.contractpeers import key, never, number_in, serial
from tests.adapters.soap_peer import COUNTY, context, outgoing

from guantong.adapter import SystemContext
from guantong.record import Outgoing, Reply
from guantong.secret import Secret
from guantong.testing import SendingPeer
from guantong.testing.peers import Sender
from guantong_adapters.rest.adapter import open_rest
from guantong_adapters.rest.settings import RestSettings
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.soap.connection import open_soap


class HttpPeer(SendingPeer):
    """A simulated system at a URL; its ledger tells what took effect, by uniform serial."""

    def __init__(self, url: str, folder: Path) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.host, self.port, self._path = parts.hostname, parts.port, parts.path
        self.folder = folder

    async def effects(self) -> list[str]:
        effects = await asyncio.to_thread(read_effects, self.folder / "ledger.db")
        return [key(number_in(next(part for part in effect.key if len(part) == len(serial(0))))) for effect in effects]


class RestPeer(HttpPeer):
    """The county that speaks REST and JSON."""

    async def open(self, host: str, port: int) -> Sender:
        settings = RestSettings.model_validate({
            "url": f"http://{host}:{port}", "send": {"*": {"path": "/api/v1/applications"}},
            "headers": {"Authorization": {"secret": "token", "template": "Bearer {value}"}},
        })
        secrets: Mapping[str, Secret] = {"token": Secret("an-invented-token")}
        return cast(Sender, await open_rest(SystemContext(
            "rongcheng.approval", settings, secrets, never, no_signer, 1 << 20, now=lambda: 0.0)))

    def outgoing(self, number: int, seconds: float) -> Outgoing:
        body = orjson.dumps({"applyNo": serial(number), "ver": "1"})
        return Outgoing(number, 1, "case.application", "application", body, {"applyNo": serial(number)}, key(number), seconds)

    def took(self, reply: Reply) -> bool:
        return orjson.loads(reply.body)["code"] in (0, 1002)


class InvokePeer(HttpPeer):
    """The county that speaks SOAP by hand, in GB 18030."""

    async def open(self, host: str, port: int) -> Any:
        return await open_soap(context(COUNTY, url=f"http://{host}:{port}/services/Approval", receive=None))

    def outgoing(self, number: int, seconds: float) -> Outgoing:
        body = (
            '<?xml version="1.0" encoding="GB18030"?><ROOT><HEAD><TYPE>EX_GDBS_SB</TYPE></HEAD><DATA>'
            f"<SBLSH>{serial(number)}</SBLSH><SJBBH>1</SJBBH></DATA></ROOT>"
        ).encode("gb18030")
        return outgoing(body, "EX_GDBS_SB", key(number), seconds)._replace(delivery=number)

    def took(self, reply: Reply) -> bool:
        return any(code in reply.body for code in (b"<CODE>1</CODE>", b"<CODE>2</CODE>"))  # taken, or taken before


class WsdlPeer(HttpPeer):
    """The case exchange service, called by its WSDL."""

    async def open(self, host: str, port: int) -> Any:
        known = {"url": f"http://{host}:{port}{self._path}", "wsdl": str(sample_wsdl(self.folder)), "soap_headers": [HEADER]}
        return await open_soap(context(known, home=self.folder))

    def outgoing(self, number: int, seconds: float) -> Outgoing:
        record = step()
        record["record"]["ApplyNo"] = serial(number)
        return sending(record, key=key(number))._replace(delivery=number, timeout=seconds)

    def took(self, reply: Reply) -> bool:
        return "fault" not in json.loads(reply.body)

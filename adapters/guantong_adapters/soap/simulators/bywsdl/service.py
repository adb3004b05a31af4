"""The simulated service (`guantong simulate --wsdl FILE`): any path. `?wsdl` gives the WSDL, a call an example reply."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

import orjson
from aiohttp import web
from lxml import etree

from guantong_adapters.simulation.faults import Faults
from guantong_adapters.simulation.process import arrival, serve
from guantong_adapters.soap import charsets
from guantong_adapters.soap.framing import content_type, fault
from guantong_adapters.soap.parse import DoctypeRefused, NotEnvelope, NotXml, envelope, local, parse
from guantong_adapters.soap.simulators.bywsdl.judging import Judge, elsewhere
from guantong_adapters.soap.simulators.bywsdl.told import Told
from guantong_adapters.soap.simulators.settings import WsdlSettings
from guantong_adapters.soap.wsdl.choose import choose_port
from guantong_adapters.soap.wsdl.documents import Documents
from guantong_adapters.soap.wsdl.keeping import Keeper
from guantong_adapters.soap.wsdl.model import Description, Element, Message, Operation, Port

LARGEST = 16 * 1024 * 1024
NOTHING: Mapping[str, str] = MappingProxyType({})
_ENVELOPES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}


class Service:
    """Answers calls of one port. What came lies in `received/`, a file each, and as lines in `received.jsonl`."""

    def __init__(self, description: Description, port: Port, documents: Documents, folder: Path, told: Mapping[str, str] = NOTHING) -> None:
        self._port = port
        self._wsdl = documents.texts[documents.root]
        self._documents = {PurePosixPath(unquote(urlsplit(location).path)).name: text for location, text in documents.texts.items()}
        self._told = Told(told, port.operations, description.types)
        self._judge = Judge(description.types)
        self._folder = folder
        self._called = {_root(operation.request): operation for operation in port.operations}
        self._number = 0
        self.counts: Counter[str] = Counter()
        (folder / "received").mkdir(parents=True, exist_ok=True)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request."""
        if request.method == "GET" and any(name.lower() == "wsdl" for name in request.query):
            return web.Response(body=self._wsdl, content_type="text/xml")
        if request.method == "GET":
            document = self._documents.get(PurePosixPath(request.path).name)
            if document is None:
                return web.Response(status=404, text="此处只有 WSDL（?wsdl）及其引用的文件 · only the WSDL (?wsdl) and what it imports is here\n")
            return web.Response(body=document, content_type="text/xml")
        body = await request.read()
        try:
            charset = charsets.canonical(charsets.declared(body) or request.charset or "utf-8") or "utf-8"
            opened = envelope(parse(body.decode(charset).removeprefix("\ufeff")))
        except (NotXml, DoctypeRefused, NotEnvelope, UnicodeDecodeError) as error:
            return self._fault("Client", f"请求无法识别 · the request cannot be read: {type(error).__name__}", [])
        operation = self._called.get(local(opened.content)) if opened.content is not None else None
        if operation is None or opened.content is None:
            known = ", ".join(sorted(self._called))
            return self._fault("Client", f"WSDL 中没有该操作，可用：{known} · no such operation, known: {known}", [])
        mistakes = self._mistakes(operation, opened.content)
        self._record(operation.name, body, mistakes)
        if mistakes:
            return self._fault("Client", f"{len(mistakes)} 处不符合 WSDL · {len(mistakes)} places do not fit the WSDL", mistakes)
        if arrival().busy:
            return self._fault("Server", "系统繁忙 · busy", [])
        fault = self._told.fault(operation, self._port.version)
        if fault is not None:
            self.counts["refused"] += 1
            return web.Response(status=500, body=fault.encode(), headers=content_type(self._port.version, "utf-8"))
        return web.Response(body=self._reply(operation), headers=content_type(self._port.version, "utf-8"))

    def _mistakes(self, operation: Operation, content: etree._Element) -> list[str]:
        message = operation.request
        if message.style == "document":
            return self._judge.mistakes(content, message.parts[0]) if message.parts else []
        given = {local(child): child for child in content}
        found = list(elsewhere(content, message.namespace, message.wrapper))
        found += [f"{part.name}：必填 · required" for part in message.parts if part.name not in given]
        return found + [one for part in message.parts if part.name in given for one in self._judge.mistakes(given[part.name], part)]

    def _reply(self, operation: Operation) -> bytes:
        outer = _ENVELOPES[self._port.version]
        root = etree.Element(f"{{{outer}}}Envelope", nsmap={"s": outer})
        inside = etree.SubElement(root, f"{{{outer}}}Body")
        reply = operation.reply
        if reply is not None:
            parts = self._told.reply(reply)
            holder = inside
            if reply.style == "rpc":
                holder = etree.SubElement(inside, f"{{{reply.namespace}}}{reply.wrapper}" if reply.namespace else reply.wrapper)
            holder.extend(parts)
        return etree.tostring(root, xml_declaration=True, encoding="utf-8")

    def _fault(self, code: str, reason: str, mistakes: list[str]) -> web.Response:
        self.counts["refused"] += 1
        detail = {f"mistake{number}": one for number, one in enumerate(mistakes, 1)}
        text = fault(self._port.version, code, reason, detail)
        return web.Response(status=500, body=text.encode(), headers=content_type(self._port.version, "utf-8"))

    def _record(self, operation: str, body: bytes, mistakes: list[str]) -> None:
        self._number += 1
        self.counts[operation] += 1
        (self._folder / "received" / f"{self._number:06d}").write_bytes(body)
        line = {"number": self._number, "at": int(time.time() * 1000), "operation": operation, "bytes": len(body), "mistakes": mistakes}
        with (self._folder / "received.jsonl").open("ab") as file:
            file.write(orjson.dumps(line) + b"\n")


def _root(message: Message) -> str:
    """The local name of what stands in the body."""
    if message.style == "rpc":
        return message.wrapper
    first: Element | None = message.parts[0] if message.parts else None
    return first.name if first is not None else ""


def taken_along(wsdl: Path, folder: Path) -> Path:
    """The WSDL as it is copied into *folder*, with the schemas and WSDLs that lie beside it: only there are they read."""
    kept = folder.absolute() / "wsdl"
    kept.mkdir(parents=True, exist_ok=True)
    for file in sorted(wsdl.absolute().parent.iterdir()):
        if file.suffix.lower() in (".wsdl", ".xsd", ".xml") and file.is_file():
            shutil.copyfile(file, kept / file.name)
    if not (kept / wsdl.name).is_file():
        shutil.copyfile(wsdl, kept / wsdl.name)
    return kept / wsdl.name


async def run_wsdl(settings: WsdlSettings, folder: Path) -> None:
    """Serve until cancelled. Raises `ProblemsError` for a WSDL that cannot be read."""
    file = await asyncio.to_thread(taken_along, settings.wsdl, folder)
    keeper = Keeper(file.as_uri(), file.parents[1])
    description = await keeper.description()
    port = choose_port(description, settings.service, settings.soap_port, "1.1")
    service = Service(description, port, await keeper.documents(), folder, settings.answers)
    app = web.Application(client_max_size=LARGEST)
    app.router.add_route("*", "/{path:.*}", service.handle)

    async def start() -> None:
        """It begins nothing itself."""

    await serve(app, settings, folder, Faults(settings.faults), lambda: {"done": True, **service.counts}, start)

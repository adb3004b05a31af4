"""A real hub on the shipped configuration, its doors open on a free port, and what knocks at them by hand."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import create_engine

from guantong.config import load
from guantong.hub import Hub, running
from guantong.journey.states import MessageState
from guantong.plugins import registry
from guantong.scheme import NoOptions
from guantong.secret import Secret
from guantong.store import MessageRow
from guantong_adapters.table.county_tables import make_tables
from guantong_plugins.demo.home import begin_home, fill_in
from guantong_plugins.signers.xtif import XTif

NOBODY = "http://127.0.0.1:9"
"""Where nobody listens."""
NAME, ID_NUMBER = "陈䶮", "442326194708026313"
"""An invented person, who must turn up in no log and in no refusal."""
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request: the status, the headers (names in lower case) and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("gb18030" if "gb18030" in self.headers.get("content-type", "").lower() else "utf-8")

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Door:
    """One door of the hub: its path, what its system sends there, and how the system proves itself."""

    path: str
    content_type: str
    proof: Callable[[], Mapping[str, str]]
    record: Callable[[], bytes]


class Attacked:
    """The hub, and everything a sender needs to know about its doors."""

    def __init__(self, hub: Hub, folder: Path, secrets: Mapping[str, str]) -> None:
        self.hub = hub
        self.secrets = secrets
        self.exchange = create_engine(f"sqlite:///{folder / 'exchange.db'}")
        portal = XTif({"token": Secret(secrets["GUANTONG_HALL_PORTAL_TOKEN"])}, NoOptions())
        self.sign: Callable[[float], Mapping[str, str]] = lambda now: portal.sign(b"", now)
        bearer = {"Authorization": "Bearer " + secrets["GUANTONG_RONGCHENG_TOKEN"]}
        key = {"X-Guantong-Key": secrets["GUANTONG_JIEDONG_KEY"]}
        self.doors = {
            "portal": Door("/in/city.hall-portal/applications", "application/json", lambda: self.sign(time.time()),
                           portal_record),
            "rongcheng": Door("/in/rongcheng.approval/events", "application/json", lambda: bearer, rongcheng_record),
            "jiedong": Door("/in/jiedong.approval/soap", "text/xml; charset=GB18030", lambda: key, jiedong_record),
        }

    async def post(self, name: str, body: bytes | None = None, headers: Mapping[str, str] | None = None,
                   proof: Mapping[str, str] | None = None) -> Answer:
        """One whole request to the door of that name with *body* (a good record by default)."""
        content = self.doors[name].record() if body is None else body
        length = {"Content-Length": str(len(content))}
        return await self.raw(self.head(name, {**length, **(headers or {})}, proof) + content)

    def head(self, name: str, headers: Mapping[str, str], proof: Mapping[str, str] | None = None) -> bytes:
        """The head of a request to the door of that name."""
        door = self.doors[name]
        shown = door.proof() if proof is None else proof
        return request_head("POST", door.path, {"Content-Type": door.content_type, **shown, **headers})

    async def raw(self, request: bytes) -> Answer:
        """The first answer to *request*, sent as it is."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.hub.port)
        sending = asyncio.create_task(_send(writer, request))
        try:
            return await read_answer(reader)
        finally:
            sending.cancel()
            writer.close()

    def kept(self) -> int:
        """How many messages the hub has kept."""
        return sum(count for _, _, count in self.hub.engine.reader.message_counts())

    def parked(self) -> list[MessageRow]:
        """What is parked."""
        return self.hub.engine.reader.messages_in(MessageState.PARKED)


def refusal(name: str, answer: Answer) -> tuple[int, str]:
    """The status and the problem's code, read from the manner in which the system of this door is refused."""
    assert answer.headers["server"] == "guantong"
    assert NAME not in answer.text
    assert ID_NUMBER not in answer.text
    assert len(answer.body) < 2000
    if name == "portal":
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert set(answer.json()) == {"type", "title", "status", "code", "detail", "detail_zh"}
        return answer.status, answer.json()["code"]
    if name == "rongcheng":
        assert set(answer.json()) == {"code", "msg"}
        return answer.status, answer.json()["code"]
    assert answer.headers["content-type"].startswith("text/xml")
    assert ("<CODE>0</CODE>" in answer.text) != ("Fault>" in answer.text)
    return answer.status, answer.text.rpartition("[")[2][:5]


def taken(name: str, answer: Answer) -> bool:
    """Whether the door says that it took the record."""
    said = {"portal": '"code":"0"', "rongcheng": '"code":0', "jiedong": "<CODE>1</CODE>"}
    return answer.status == 200 and said[name] in answer.text


async def until(look: Callable[[], bool]) -> None:
    """Return when *look* says so; the test's own limit says when to give up."""
    async with asyncio.timeout(60):
        while not look():  # noqa: ASYNC110  what is looked at is a file or a database
            await asyncio.sleep(0.01)


async def _send(writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    with contextlib.suppress(ConnectionError):  # refused before it had all
        await writer.drain()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """One HTTP answer with a length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body)


def request_head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The head of any request."""
    headers = {"Host": "hub", **headers}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def serial() -> str:
    """A uniform serial that no other record here has."""
    return f"100000101006992012114071{next(_numbers):05d}"


def portal_record(**more: Any) -> bytes:
    """A good application, with *more* fields."""
    return orjson.dumps({
        "SBLSH": serial(), "SXBM": "10000010100699201213445202", "SXMC": "个体工商户设立登记", "XZQHDM": "445202",
        "SJBBH": "1", "SQRLX": "1", "SQRMC": NAME, "SQRZJLX": "111", "SQRZJHM": ID_NUMBER, "LXRXM": NAME,
        "LXRSJ": "19900004441", "SBXMMC": "个体工商户设立登记申请", "TJFS": "1", "SBSJ": "2014-7-15 10:30:00",
        "SBCLQD": [{"CLMC": "申请书", "CLLX": "2", "CLSL": "1"}], **more,
    })


def rongcheng_record(**more: Any) -> bytes:
    """A good acceptance, with *more* fields."""
    return orjson.dumps({
        "type": "accept", "applyNo": serial(), "bizNo": f"RC{next(_numbers):08d}",
        "itemCode": "10000010100699201213445202", "itemName": "个体工商户设立登记", "regionCode": "445202", "ver": 1,
        "orgName": "榕城区工商局", "orgCode": "006992012", "operatorName": NAME, "operatorNo": "RC012",
        "result": "accepted", "receiptNo": "SL0001", "time": "2014-07-15 15:00:00", "legalLimit": 20,
        "legalLimitUnit": "workday", **more,
    })


def jiedong_document(inner: str | None = None, kind: str = "EX_GDBS_SPCL", **more: str) -> str:
    """A good step, with *more* fields, or with *inner* in place of all fields."""
    fields = {
        "SBLSH": serial(), "YWLSH": f"JD{next(_numbers):08d}", "SXBM": "10000010100699301513445203",
        "SXMC": "个体工商户设立登记", "XZQHDM": "445203", "SJBBH": "1", "SPHJDM": "2", "SPHJMC": "审核",
        "SPBMMC": "揭东区工商局", "SPBMZZJDDM": "006993015", "SPRXM": NAME, "SPYJ": "同意。",
        "SPSJ": "2014-07-17 15:20:00", "SPHJZTDM": "2", **more,
    }
    data = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) if inner is None else inner
    return f'<?xml version="1.0" encoding="GB18030"?><ROOT><HEAD><TYPE>{kind}</TYPE></HEAD><DATA>{data}</DATA></ROOT>'


def envelope(document: str, *, before: str = "", operation: str = "invoke") -> bytes:
    """A call with *document*, and *before* the envelope."""
    return (
        f'<?xml version="1.0" encoding="GB18030"?>{before}'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<q:{operation} xmlns:q="http://example.invalid/approval"><xml><![CDATA[{document}]]></xml></q:{operation}>'
        "</s:Body></s:Envelope>"
    ).encode("gb18030")


def jiedong_record(**more: str) -> bytes:
    """A good call, with *more* fields in its document."""
    return envelope(jiedong_document(**more))


@asynccontextmanager
async def attacked(folder: Path, hall_url: str = NOBODY) -> AsyncIterator[Attacked]:
    """A hub over a new home in *folder*, on the shipped configuration; of its targets only the hall may be
    somewhere, and Jiexi's exchange database is there."""
    made = begin_home(folder)
    database = f"sqlite:///{folder / 'exchange.db'}"
    engine = create_engine(database)
    next(iter(make_tables().values())).metadata.create_all(engine)
    engine.dispose()
    fill_in(made, {
        "guantong.yaml": {"hub.listen": "127.0.0.1:0"},
        "city.yaml": {"systems.hall.settings.url": hall_url, "systems.supervision.settings.url": NOBODY},
        "counties/rongcheng.yaml": {"systems.approval.settings.url": NOBODY},
        "counties/jiedong.yaml": {"systems.approval.settings.url": NOBODY},
        "counties/jiexi.yaml": {"systems.approval.settings.url": database},
        "profiles/county-table-gdbs.yaml": {"poll.every": "50ms"},
        "profiles/gd-hall-soap.yaml": {"delivery.retry.first": "10ms", "delivery.breaker.after": "1000"},
    })
    loaded = load(folder, registry(), {})
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    async with running(loaded.configuration, registry()) as hub:
        under = Attacked(hub, folder, made.secrets)
        yield under
        under.exchange.dispose()

"""A system behind a real broker: what is published, what is taken, and what becomes of both when lines break."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pika  # type: ignore[import-untyped]  # pika has no types
import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs
from tests.adapters.brokers import BODY, Hub, demanding, listening, no_signer, outgoing, relayed, until
from tests.adapters.pki import pair
from tests.conftest import address

from guantong.adapter import ComeAgain, Listens, Sends, SystemContext
from guantong.holdstore import Hold
from guantong.journey.holds import Holds
from guantong.journey.listening import Ear
from guantong.journey.reach import Reach
from guantong.journey.readings import Readings
from guantong.problems import ProblemsError
from guantong.record import Acceptance, NotSent, Record, Reply, Unsure, Verdict
from guantong.secret import Secret
from guantong.stopping import stop
from guantong_adapters.amqp.adapter import open_amqp
from guantong_adapters.amqp.settings import AmqpSettings

pytestmark = pytest.mark.service("rabbitmq")
SECRETS = {"user": Secret("guest"), "password": Secret("guest")}


class Broker:
    """The test's own line to the broker, and a queue of its own."""

    def __init__(self) -> None:
        host, _, port = address("rabbitmq").rpartition(":")
        self.url = f"amqp://{host}:{port}"
        self._connection = pika.BlockingConnection(pika.ConnectionParameters(host, int(port)))
        self.channel = self._connection.channel()
        self.queue = f"guantong-test-{uuid.uuid4().hex}"
        self.dead = f"{self.queue}-dead"
        self.channel.queue_declare(self.dead, exclusive=False, auto_delete=False, arguments={"x-expires": 60_000})
        self.channel.queue_declare(self.queue, arguments={
            "x-expires": 60_000, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": self.dead})

    def put(self, body: bytes, **properties: Any) -> None:
        self.channel.basic_publish("", self.queue, body, pika.BasicProperties(**properties))

    def get(self, queue: str) -> tuple[Any, bytes] | None:
        method, properties, body = self.channel.basic_get(queue, auto_ack=True)
        return None if method is None else (properties, body)

    def left(self, queue: str) -> int:
        return int(self.channel.queue_declare(queue, passive=True).method.message_count)

    def listeners(self) -> int:
        return int(self.channel.queue_declare(self.queue, passive=True).method.consumer_count)

    def close(self) -> None:
        for queue in (self.queue, self.dead):
            self.channel.queue_delete(queue)
        self._connection.close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker()
    yield made
    made.close()


@asynccontextmanager
async def opened(settings: dict[str, Any], hub: Hub | None = None) -> AsyncIterator[Any]:
    model = AmqpSettings.model_validate(settings)
    context = SystemContext(
        "a.b", model, SECRETS, (hub or Hub()).accept, no_signer, 1000, now=lambda: 1405391400.0,
    )
    connection = await open_amqp(context)
    yield connection
    await connection.close()


async def test_a_record_is_published_persistent_with_its_key_and_kind(broker: Broker) -> None:
    """The bytes are the record's; the broker's confirmation is the answer."""
    async with opened({"url": broker.url, "send": {"*": {"key": broker.queue}}}) as system:
        end = await system.send(outgoing())
        assert isinstance(system, Sends)
        assert not isinstance(system, Listens)
    assert end == Reply(b'{"result":"confirmed","reason":""}', {"status": "confirmed"})
    got = broker.get(broker.queue)
    assert got is not None
    properties, body = got
    assert body == BODY
    assert (properties.delivery_mode, properties.message_id, properties.type) == (2, "GT00001", "SPCL")
    assert (properties.content_type, properties.timestamp) == ("application/json", 1405391400)


async def test_a_message_no_queue_takes_is_told_and_lost_nowhere(broker: Broker) -> None:
    """Mandatory publishing: the broker returns it, and says why."""
    async with opened({"url": broker.url, "send": {"*": {"key": f"{broker.queue}-nowhere"}}}) as system:
        end = await system.send(outgoing())
    assert end == Reply(b'{"result":"returned","reason":"NO_ROUTE"}', {"status": "returned"})


async def test_many_at_once_each_get_their_own_word(broker: Broker) -> None:
    """Confirmed and returned ones in one window are not mixed up, whatever the broker confirms together."""
    send = {"SPCL": {"key": "{to}"}}
    async with opened({"url": broker.url, "send": send}) as system:
        to = [broker.queue if number % 3 else f"{broker.queue}-nowhere" for number in range(200)]
        ends = await asyncio.gather(*(system.send(outgoing(number, b"%d" % number, to=to[number])) for number in range(200)))
    assert [end.meta["status"] for end in ends] == ["confirmed" if number % 3 else "returned" for number in range(200)]
    assert broker.left(broker.queue) == sum(1 for number in range(200) if number % 3)


async def test_an_exchange_that_is_not_there_is_unsure_and_the_next_sending_opens_a_new_line(broker: Broker) -> None:
    """The broker closes the channel: what was on it is unsure, nothing after it suffers."""
    send = {"SPCL": {"exchange": f"{broker.queue}-nowhere", "key": "x"}, "*": {"key": broker.queue}}
    async with opened({"url": broker.url, "send": send}) as system:
        end = await system.send(outgoing())
        assert isinstance(end, Unsure)
        assert "404 NOT_FOUND" in end.reason
        assert isinstance(await system.send(outgoing(2)._replace(kind="BJ")), Reply)
    assert broker.left(broker.queue) == 1


async def test_a_broker_that_is_not_there_means_that_nothing_was_sent() -> None:
    """Refused, silent, or with another password: not sent, in words that hold no secret."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        async with opened({"url": f"amqp://127.0.0.1:{port}", "send": {"*": {"key": "x"}}, "connect_timeout": 0.2}) as system:
            assert await system.send(outgoing()) == NotSent("no connection within 0.2 s", "0.2 秒内未能建立连接")
    async with opened({"url": f"amqp://127.0.0.1:{port}", "send": {"*": {"key": "x"}}}) as system:
        end = await system.send(outgoing())
    assert isinstance(end, NotSent)


async def test_a_wrong_password_is_not_sent_and_not_told(broker: Broker) -> None:
    """The broker's own word for it; never the password."""
    async with opened({"url": broker.url, "send": {"*": {"key": "x"}}}) as system:
        system._context.secrets["password"]._value = "an-invented-wrong-one"
        try:
            end = await system.send(outgoing())
        finally:
            system._context.secrets["password"]._value = "guest"
    assert isinstance(end, NotSent)
    assert "403 ACCESS_REFUSED" in end.reason
    assert "an-invented-wrong-one" not in end.reason


async def test_records_are_taken_in_order_and_acknowledged_when_durable(broker: Broker) -> None:
    """Nothing is acknowledged while ACCEPT has it in hand; what is durable leaves the queue."""
    hub = Hub()
    hub.held = asyncio.Event()
    for number in range(20):
        broker.put(b"%d" % number, message_id=f"m{number}", type="SL", content_encoding="gb18030")
    settings = {"url": broker.url, "receive": {"queue": broker.queue, "kind_from_type": True, "prefetch": 8}}
    async with opened(settings, hub) as system, listening(system):
        await until(lambda: len(hub.records) == 8)
        hub.held.set()
        await until(lambda: len(hub.records) == 20)
    assert hub.records == [Record("a.b", b"%d" % number, "SL", "gb18030", f"m{number}") for number in range(20)]
    assert broker.left(broker.queue) == 0


async def test_what_is_in_hand_when_the_hub_stops_is_finished_and_the_rest_comes_again(broker: Broker) -> None:
    """A stop cuts nothing off: accepted ones are acknowledged, the others are the next run's."""
    hub = Hub()
    hub.held = asyncio.Event()
    for number in range(20):
        broker.put(b"%d" % number)
    settings = {"url": broker.url, "receive": {"queue": broker.queue, "kind": "SL", "prefetch": 5}}
    async with opened(settings, hub) as system:
        async with listening(system) as task:
            await until(lambda: len(hub.records) == 5)
            task.cancel()
            hub.held.set()
        first = [record.body for record in hub.records]
        async with listening(system):
            await until(lambda: len(hub.records) == 20)
    assert [record.body for record in hub.records] == [b"%d" % number for number in range(20)]
    assert first == [b"%d" % number for number in range(5)]


async def test_a_held_queue_is_left_alone_and_taken_from_its_place(broker: Broker) -> None:
    """What is in hand is finished, what comes meanwhile stays with the broker; released, each is taken once."""
    hub, holds = Hub(), Holds()
    engine = cast("Any", SimpleNamespace(reach=Reach(), clock=lambda: 0, holds=holds, readings=Readings()))
    settings = {"url": broker.url, "receive": {"queue": broker.queue, "kind": "SL"}}
    async with opened(settings, hub) as system:
        task = asyncio.create_task(Ear(engine, "a.b", system).listen_forever())
        broker.put(b"0")
        await until(lambda: len(hub.records) == 1)
        holds.put(Hold("a.b", 1, "陈工", "县区升级", inbound=True))
        await until(lambda: broker.listeners() == 0)
        for number in (1, 2):
            broker.put(b"%d" % number)
        await until(lambda: broker.left(broker.queue) == 2)
        assert len(hub.records) == 1
        holds.drop("a.b")
        await until(lambda: len(hub.records) == 3)
        await stop([task])
    assert [record.body for record in hub.records] == [b"0", b"1", b"2"]
    assert broker.left(broker.queue) == 0


async def test_over_tls_an_expired_certificate_is_told_as_that(tmp_path: Path) -> None:
    """With its authority named: nothing is sent."""
    its = pair("broker", "Private CA", begins=-30, ends=-2, address="127.0.0.1")
    (tmp_path / "broker.pem").write_text(its.key_pem + its.pem)
    (tmp_path / "ca.pem").write_text(pair("Private CA", authority=True).pem)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "broker.pem")
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=tls)
    async with server:
        url = f"amqps://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with opened({"url": url, "tls_ca": tmp_path / "ca.pem", "send": {"*": {"key": "a"}}}) as system:
            assert await system.send(outgoing()) == NotSent("certificate has expired", "证书已过期")


async def test_a_broker_that_wants_our_certificate_is_shown_it(broker: Broker, tmp_path: Path) -> None:
    """Without one nothing is sent; a file that is not there is named."""
    tls, files = demanding(tmp_path)
    send = {"*": {"key": broker.queue}}
    async with relayed(broker.url, tls) as (url, _):
        async with opened({"url": url, "send": send, **files}) as system:
            assert await system.send(outgoing()) == Reply(b'{"result":"confirmed","reason":""}', {"status": "confirmed"})
        async with opened({"url": url, "send": send, "tls_ca": files["tls_ca"]}) as system:
            assert isinstance(await system.send(outgoing(2)), NotSent)
        none = tmp_path / "none.pem"
        async with opened({"url": url, "send": send, **files, "tls_key": none}) as system:
            assert await system.send(outgoing(3)) == NotSent(
                f"the file {none} of `tls_key:` cannot be used: No such file or directory", f"`tls_key:` 的文件 {none} 无法使用：文件不存在")
    assert broker.left(broker.queue) == 1


@pytest.mark.parametrize(("settings", "why"), [
    ({"url": "amqp://h", "tls_ca": "a.pem"}, "needs `amqps://`"), ({"url": "amqps://h", "tls_key": "a.pem"}, "belong together"),
])
def test_settings_of_tls_that_do_not_fit_are_refused(settings: dict[str, Any], why: str) -> None:
    """Before anything is opened."""
    with pytest.raises(ValidationError, match=why):
        AmqpSettings.model_validate({"send": {"*": {"key": "a"}}, **settings})


async def test_what_is_refused_goes_where_the_broker_keeps_dead_letters(broker: Broker) -> None:
    """Refused for good: rejected, never requeued; a body over the limit is not even looked at."""
    hub = Hub()
    hub.verdicts[b"bad"] = Verdict(Acceptance.REFUSED, 0, "GT301", "not JSON", "不是 JSON")
    for body in (b"bad", b"x" * 1001, b"good"):
        broker.put(body)
    async with opened({"url": broker.url, "receive": {"queue": broker.queue, "kind": "SL"}}, hub) as system, listening(system):
        await until(lambda: broker.left(broker.dead) == 2)
        await until(lambda: len(hub.records) == 2)
    assert [record.body for record in hub.records] == [b"bad", b"good"]


class Written(bytes):
    """A value of a header as it stands on the wire; other clients write what pika only reads."""


NO_DAY = Written(b"T" + b"\x7f" * 8)
DEEP = Written(b"A\0\0\0\0")
for _ in range(3000):
    DEEP = Written(b"A" + struct.pack(">I", len(DEEP)) + DEEP)
POISON: dict[str, dict[str, Any]] = {
    "a time after all days": {"headers": {"x": NO_DAY}},
    "such a time among other properties": {
        "headers": {"x": NO_DAY}, "type": "SL", "content_type": "text/xml", "priority": 3, "message_id": "m1"},
    "tables in tables": {"headers": {"x": DEEP}, "type": "SL"},
    "a number in another charset": {"message_id": "编号".encode("gbk")},
    "a kind in another charset": {"type": "受理".encode("gbk")},
    "a coding that is none": {"content_encoding": b"\xff\xfe"},
    "a way back in another charset": {"reply_to": "回执".encode("gbk"), "correlation_id": b"\xff"},
}


@pytest.fixture
def writes_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    encode = pika.data.encode_value

    def encode_value(pieces: list[bytes], value: Any) -> int:
        if not isinstance(value, Written):
            return int(encode(pieces, value))
        pieces.append(value)
        return len(value)

    monkeypatch.setattr(pika.data, "encode_value", encode_value)


@pytest.mark.usefixtures("writes_anything")
@pytest.mark.parametrize("what", POISON)
async def test_a_message_with_odd_properties_stops_no_queue(broker: Broker, what: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is taken for what its body says, and so is the next; the line to the broker holds."""
    broker.put(BODY, **POISON[what])
    broker.put(b"next")
    hub = Hub()
    settings = {"url": broker.url, "receive": {"queue": broker.queue, "kind_from_type": True}}
    async with opened(settings, hub) as system, listening(system) as task:
        await until(lambda: len(hub.records) == 2 or task.done())
        assert not task.done()
        await until(lambda: broker.left(broker.queue) == 0)
    assert [record.body for record in hub.records] == [BODY, b"next"]
    assert all(isinstance(told, str | None) for record in hub.records for told in (record.kind, record.charset, record.ref))
    kind = POISON[what].get("type")
    assert hub.records[0].kind == (r"\xca\xdc\xc0\xed" if isinstance(kind, bytes) else kind)
    assert caplog.text == ""


async def test_a_sender_that_asks_hears_the_verdict(broker: Broker) -> None:
    """At `reply_to`, under its own correlation id, in both languages."""
    hub = Hub()
    hub.verdicts[b"bad"] = Verdict(Acceptance.REFUSED, 0, "GT301", "not JSON", "不是 JSON")
    for body in (b"good", b"bad"):
        broker.put(body, reply_to=broker.dead, correlation_id=body.decode())
    broker.channel.queue_purge(broker.dead)
    receive = {"queue": broker.queue, "kind": "SL", "replies": [broker.dead]}
    async with opened({"url": broker.url, "receive": receive}, hub) as system, listening(system):
        await until(lambda: broker.left(broker.dead) >= 3)
    said = {}
    while (got := broker.get(broker.dead)) is not None:
        if got[0].correlation_id and got[0].content_type == "application/json":
            said[got[0].correlation_id] = orjson.loads(got[1])
    assert said == {
        "good": {"taken": True, "message": "M7", "code": "", "reason": "", "reason_zh": ""},
        "bad": {"taken": False, "message": "", "code": "GT301", "reason": "not JSON", "reason_zh": "不是 JSON"},
    }


async def test_a_queue_that_is_not_the_senders_own_is_told_nothing(broker: Broker) -> None:
    """Whoever may write to our queue cannot have us write to any other: it is logged once, and the record is taken. A queue that the broker
    named for the sender hears the verdict."""
    hub = Hub()
    own = broker.channel.queue_declare("", exclusive=True).method.queue
    for body, queue in ((b"1", broker.dead), (b"2", broker.dead), (b"3", own)):
        broker.put(body, reply_to=queue, correlation_id=body.decode())
    with capture_logs() as told:
        async with opened({"url": broker.url, "receive": {"queue": broker.queue, "kind": "SL"}}, hub) as system, listening(system):
            await until(lambda: broker.left(own) == 1)
    assert [record.body for record in hub.records] == [b"1", b"2", b"3"]
    assert broker.left(broker.dead) == 0
    (said,) = [line["problem"] for line in told if line["event"] == "verdict.not_told"]
    assert said == (
        f"settings.receive.replies: a sender wants the verdict in the queue {broker.dead[:60]}, which is not its own: it is not told; name the "
        "queue in settings.receive.replies, if senders may have verdicts there [GT979]")


async def test_a_full_hub_leaves_the_queue_as_it_is(broker: Broker) -> None:
    """`ComeAgain` for the core; the messages are there when it listens again."""
    hub = Hub()
    hub.verdicts[b"a"] = Verdict(Acceptance.REFUSED, 0, "GT404", "full", "已满", again=True)
    for body in (b"a", b"b"):
        broker.put(body)
    settings = {"url": broker.url, "receive": {"queue": broker.queue, "kind": "SL", "prefetch": 1}}
    async with opened(settings, hub) as system:
        with pytest.raises(ComeAgain):
            await system.listen(lambda: None)
        del hub.verdicts[b"a"]
        async with listening(system):
            await until(lambda: [record.body for record in hub.records] == [b"a", b"a", b"b"])


async def test_a_queue_that_goes_away_ends_the_listening_with_a_located_problem(broker: Broker) -> None:
    """The core hears why and opens the line again."""
    async with opened({"url": broker.url, "receive": {"queue": f"{broker.queue}-nowhere"}}) as system:
        with pytest.raises(ProblemsError, match=r"settings.url: the broker amqp://.* cannot be used: 404 NOT_FOUND"):
            await system.listen(lambda: None)


async def test_a_broker_that_falls_ends_the_listening(broker: Broker) -> None:
    """A connection cut in the middle is a lost line; nothing was acknowledged in vain."""
    hub = Hub()
    hub.held = asyncio.Event()
    broker.put(b"a")
    async with (
        relayed(broker.url) as (url, cut),
        opened({"url": url, "receive": {"queue": broker.queue}}, hub) as system, listening(system) as task,
    ):
        await until(lambda: len(hub.records) == 1)
        cut()
        hub.held.set()
        with pytest.raises(ProblemsError, match="GT752"):
            await task
    await until(lambda: broker.left(broker.queue) == 1)


@pytest.mark.parametrize(("settings", "why"), [
    ({}, "write `send:`, `receive:`, or both"), ({"send": {"*": {"key": "a{b"}}}, "braces in a routing key"),
    ({"url": "amqp://guest:guest@h", "receive": {"queue": "q"}}, "pattern"), ({"url": "http://h", "receive": {"queue": "q"}}, "pattern"),
])
def test_settings_that_reach_no_broker_are_refused(settings: dict[str, Any], why: str) -> None:
    """Before anything is opened; a password in the address is none of them."""
    with pytest.raises(ValidationError, match=why):
        AmqpSettings.model_validate({"url": "amqp://127.0.0.1", **settings})


async def test_a_kind_or_field_that_leads_nowhere_is_a_mistake_that_names_it() -> None:
    """Nothing is published; a person mends the settings or the mapping."""
    async with opened({"url": "amqp://127.0.0.1", "send": {"BJ": {"key": "case.{region}"}}}) as system:
        with pytest.raises(ProblemsError, match=r"settings.send: nothing says where records of kind 'SPCL' are published"):
            await system.send(outgoing())
        with pytest.raises(ProblemsError, match=r"settings.send: the routing key 'case.\{region\}' needs the field region"):
            await system.send(outgoing()._replace(kind="BJ"))

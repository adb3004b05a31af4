"""A system behind a real MQTT broker: what is published, what is taken, and what becomes of both when lines break."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import ValidationError
from tests.adapters.brokers import BODY, Hub, demanding, listening, no_signer, outgoing, relayed, until
from tests.adapters.mosquitto import Mosquitto, mosquitto
from tests.adapters.mqttpeer import Peer, fixture_peer

from guantong.adapter import ComeAgain, Listens, Sends, SystemContext
from guantong.problems import ProblemsError
from guantong.record import Acceptance, NotSent, Record, Reply, Verdict
from guantong.secret import Secret
from guantong_adapters.mqtt.adapter import open_mqtt
from guantong_adapters.mqtt.probe import reach
from guantong_adapters.mqtt.settings import MqttSettings

__all__ = ["fixture_peer"]  # a fixture is found where it is imported
pytestmark = pytest.mark.service("mosquitto")
VERSIONS = pytest.mark.parametrize("version", ["5", "3.1.1"])
CONFIRMED = Reply(b'{"result":"confirmed","reason":""}', {"status": "confirmed"})


@asynccontextmanager
async def opened(settings: dict[str, Any], hub: Hub | None = None, name: str = "") -> AsyncIterator[Any]:
    """A system whose client id is this test's alone; what the broker keeps for it is gone soon afterwards."""
    given = {"anonymous": True, "client_id": name or f"test-{uuid.uuid4().hex}", "session": "60s", **settings}
    secrets = {"user": Secret("hub"), "password": Secret("invented")}
    hub = hub or Hub()
    context = SystemContext(
        "a.b", MqttSettings.model_validate(given), secrets, hub.accept, no_signer, 1000, now=lambda: 1405391400.0,
        refused=hub.refused.append,
    )
    connection = await open_mqtt(context)
    yield connection
    await connection.close()


def receiving(peer: Peer, **more: Any) -> dict[str, Any]:
    return {"url": peer.url, "receive": {"topics": [f"{peer.topic}/#"], **more}}


@VERSIONS
async def test_a_record_is_published_byte_for_byte_and_the_brokers_word_is_the_answer(peer: Peer, version: str) -> None:
    """At least once (QoS 1); nothing is retained unless said."""
    peer.hear(f"{peer.topic}/445222/in")
    settings = {"url": peer.url, "version": version, "send": {"*": {"topic": peer.topic + "/{region}/in"}}}
    async with opened(settings) as system:
        assert isinstance(system, Sends)
        assert not isinstance(system, Listens)
        assert await system.send(outgoing(region="445222")) == CONFIRMED
    got = await asyncio.to_thread(peer.next)
    assert (got.payload, got.qos, got.retain) == (BODY, 1, False)


async def test_key_and_kind_stand_beside_the_record(peer: Peer) -> None:
    """MQTT 5: by the correlation data, the same in every attempt, a receiver tells a repetition."""
    peer.hear(peer.topic)
    async with opened({"url": peer.url, "send": {"SPCL": {"topic": peer.topic}}}) as system:
        await system.send(outgoing(1))
    said: Any = (await asyncio.to_thread(peer.next)).properties
    assert (said.CorrelationData, said.UserProperty, said.ContentType) == (b"GT00001", [("kind", "SPCL")], "application/json")


async def test_a_record_nobody_subscribes_to_is_told(peer: Peer) -> None:
    """The broker has it and gives it to nobody: `reply:` decides what that means."""
    async with opened({"url": peer.url, "send": {"*": {"topic": f"{peer.topic}/nobody"}}}) as system:
        assert await system.send(outgoing()) == Reply(b'{"result":"unheard","reason":""}', {"status": "unheard"})


async def test_a_retained_record_waits_for_those_who_come_later(peer: Peer) -> None:
    """State topics: the last record is there for every newcomer."""
    async with opened({"url": peer.url, "send": {"*": {"topic": peer.topic, "retain": True}}}) as system:
        await system.send(outgoing())
    peer.hear(peer.topic)
    got = await asyncio.to_thread(peer.next)
    assert (got.payload, got.retain) == (BODY, True)
    peer.put(peer.topic, b"", retain=True)


async def test_many_at_once_each_get_their_own_word(peer: Peer) -> None:
    """More than the broker takes at a time: the window holds them back, and no word is mixed up."""
    peer.hear(f"{peer.topic}/yes")
    async with opened({"url": peer.url, "send": {"*": {"topic": peer.topic + "/{to}"}}}) as system:
        ends = await asyncio.gather(*(
            system.send(outgoing(number, b"%d" % number, to="yes" if number % 3 else "no")) for number in range(300)))
    assert [end.meta["status"] for end in ends] == ["confirmed" if number % 3 else "unheard" for number in range(300)]
    bodies = [(await asyncio.to_thread(peer.next)).payload for _ in range(200)]
    assert sorted(bodies) == sorted(b"%d" % number for number in range(300) if number % 3)


async def test_a_broker_that_is_not_there_is_not_sent(unused_tcp_port: int) -> None:
    """Surely no byte left us."""
    async with opened({"url": f"mqtt://127.0.0.1:{unused_tcp_port}", "send": {"*": {"topic": "a"}}}) as system:
        assert await system.send(outgoing()) == NotSent("Connection refused", "对方拒绝连接")


@VERSIONS
async def test_records_are_taken_in_order_and_acknowledged_when_durable(peer: Peer, version: str) -> None:
    """What came while ACCEPT had it in hand comes again to whoever takes the session over; what is durable does not."""
    hub, name = Hub(), f"test-{uuid.uuid4().hex}"
    hub.held = asyncio.Event()
    settings = {**receiving(peer, kind="SL", prefetch=8), "version": version}
    async with opened(settings, hub, name) as system, listening(system):
        for number in range(20):
            peer.put(f"{peer.topic}/x", b"%d" % number)
        await until(lambda: len(hub.records) >= 8)
        hub.held.set()
        await until(lambda: len(hub.records) == 20)
    assert hub.records == [Record("a.b", b"%d" % number, "SL") for number in range(20)]
    peer.put(f"{peer.topic}/x", b"20")
    async with opened(settings, hub, name) as system, listening(system):
        await until(lambda: len(hub.records) > 20)
    assert [record.body for record in hub.records[20:]] == [b"20"]


async def test_what_comes_while_the_hub_is_away_waits_at_the_broker(peer: Peer) -> None:
    """The session is kept under our client id; a stop cuts nothing off that ACCEPT has in hand. What we had just
    acknowledged may come twice: a broker still sending when we leave does not read our last words."""
    hub, name = Hub(), f"test-{uuid.uuid4().hex}"
    hub.held = asyncio.Event()

    def bodies() -> list[bytes]:
        return list(dict.fromkeys(record.body for record in hub.records))

    async with opened(receiving(peer, prefetch=5), hub, name) as system:
        async with listening(system) as task:
            for number in range(20):
                peer.put(f"{peer.topic}/x", b"%d" % number)
            await until(lambda: len(hub.records) == 5)
            task.cancel()
            hub.held.set()
            await asyncio.wait({task})
        for number in range(20, 25):
            peer.put(f"{peer.topic}/x", b"%d" % number)
        async with listening(system):
            await until(lambda: len(bodies()) == 25)
    assert bodies() == [b"%d" % number for number in range(25)]


async def test_a_full_hub_leaves_the_records_with_the_broker(peer: Peer) -> None:
    """`ComeAgain` for the core; what was not acknowledged comes when it listens again."""
    hub = Hub()
    hub.verdicts[b"a"] = Verdict(Acceptance.REFUSED, 0, "GT404", "full", "已满", again=True)
    async with opened(receiving(peer, prefetch=1), hub) as system:
        async with listening(system) as task:
            for body in (b"a", b"b"):
                peer.put(f"{peer.topic}/x", body)
            with pytest.raises(ComeAgain):
                await task
        del hub.verdicts[b"a"]
        async with listening(system):
            await until(lambda: [record.body for record in hub.records] == [b"a", b"a", b"b"])


async def test_what_is_refused_for_good_is_acknowledged_and_does_not_come_again(peer: Peer) -> None:
    """MQTT has no dead letters: the journal has the refusal; a body over the limit is not even looked at."""
    hub, name = Hub(), f"test-{uuid.uuid4().hex}"
    hub.verdicts[b"bad"] = Verdict(Acceptance.REFUSED, 0, "GT301", "not JSON", "不是 JSON")
    async with opened(receiving(peer), hub, name) as system:
        for bodies in ((b"bad", b"x" * 1001, b"good"), (b"next",)):
            async with listening(system):
                for body in bodies:
                    peer.put(f"{peer.topic}/x", body)
                await until(lambda last=bodies[-1]: bool(hub.records) and hub.records[-1].body == last)  # type: ignore[misc]  # the default is the loop's value
    assert [record.body for record in hub.records] == [b"bad", b"good", b"next"]


async def test_a_sender_that_asks_hears_the_verdict(peer: Peer) -> None:
    """At its response topic, under its own correlation data, in both languages."""
    hub = Hub()
    hub.verdicts[b"bad"] = Verdict(Acceptance.REFUSED, 0, "GT301", "not JSON", "不是 JSON")
    peer.hear(f"{peer.topic}-answers")
    async with opened(receiving(peer), hub) as system, listening(system):
        for body in (b"good", b"bad"):
            peer.put(f"{peer.topic}/x", body, ResponseTopic=f"{peer.topic}-answers", CorrelationData=body)
        said = {}
        for _ in range(2):
            got: Any = await asyncio.to_thread(peer.next)
            said[got.properties.CorrelationData] = orjson.loads(got.payload)
    assert said == {
        b"good": {"taken": True, "message": "M7", "code": "", "reason": "", "reason_zh": ""},
        b"bad": {"taken": False, "message": "", "code": "GT301", "reason": "not JSON", "reason_zh": "不是 JSON"},
    }


async def test_a_level_of_the_topic_names_the_kind(peer: Peer) -> None:
    """Counted from either end; a topic that is too short names none."""
    hub = Hub()
    async with opened(receiving(peer, kind_at=4), hub) as system, listening(system):
        peer.put(f"{peer.topic}/445222/EX_GDBS_SL", b"a")
        peer.put(f"{peer.topic}/445222", b"b")
        await until(lambda: len(hub.records) == 2)
    async with opened(receiving(peer, kind_at=-1), hub) as system, listening(system):
        peer.put(f"{peer.topic}/445222/EX_GDBS_BJ", b"c")
        await until(lambda: len(hub.records) == 3)
    assert [record.kind for record in hub.records] == ["EX_GDBS_SL", None, "EX_GDBS_BJ"]


@VERSIONS
@pytest.mark.parametrize(("retained", "taken"), [("take", [b"old", b"new"]), ("leave", [b"new"])])
async def test_what_a_broker_kept_from_before_is_taken_or_left_as_said(
    peer: Peer, version: str, retained: str, taken: list[bytes],
) -> None:
    """Retained records are states, which some systems mean as records and others do not."""
    hub = Hub()
    peer.put(f"{peer.topic}/state", b"old", retain=True)
    async with opened({**receiving(peer, retained=retained), "version": version}, hub) as system, listening(system):
        peer.put(f"{peer.topic}/x", b"new")
        await until(lambda: bool(hub.records) and hub.records[-1].body == b"new")
    assert [record.body for record in hub.records] == taken
    peer.put(f"{peer.topic}/state", b"", retain=True)


async def test_presence_says_online_then_offline_also_when_the_line_breaks(peer: Peer) -> None:
    """By ourselves at a stop, by the broker's last will when we are cut off."""
    presence = f"{peer.topic}-presence"
    peer.hear(presence)
    async with opened(receiving(peer, presence=presence)) as system, listening(system):
        pass
    async with (
        relayed(peer.url) as (url, cut), opened({**receiving(peer, presence=presence), "url": url}) as system,
        listening(system) as task,
    ):
        cut()
        await asyncio.wait({task})
    said = [(await asyncio.to_thread(peer.next)).payload for _ in range(4)]
    assert said == [b"online", b"offline", b"online", b"offline"]
    peer.put(presence, b"", retain=True)


async def test_a_broker_that_falls_ends_the_listening_and_what_was_not_acknowledged_comes_again(peer: Peer) -> None:
    """A connection cut in the middle is a lost line; nothing was acknowledged in vain."""
    hub, name = Hub(), f"test-{uuid.uuid4().hex}"
    hub.held = asyncio.Event()
    async with (
        relayed(peer.url) as (url, cut),
        opened({**receiving(peer), "url": url}, hub, name) as system, listening(system) as task,
    ):
        peer.put(f"{peer.topic}/x", b"a")
        await until(lambda: len(hub.records) == 1)
        cut()
        hub.held.set()
        with pytest.raises(ProblemsError, match="GT762"):
            await task
    async with opened(receiving(peer), hub, name) as system, listening(system):
        await until(lambda: [record.body for record in hub.records] == [b"a", b"a"])


async def test_another_hub_under_our_client_id_ends_the_line_and_the_hint_names_it(peer: Peer) -> None:
    """Two under one name throw each other out; Mosquitto gives no reason, so the hint says where to look."""
    name = f"test-{uuid.uuid4().hex}"
    async with (
        opened(receiving(peer), name=name) as first, listening(first) as task,
        opened(receiving(peer), name=name) as second, listening(second),
    ):
        with pytest.raises(ProblemsError, match=r"cannot be used: the connection ended; .* no other client uses our client id"):
            await task


async def test_wrong_passwords_and_topics_one_may_not_use_are_told_in_the_brokers_words(own: Mosquitto) -> None:
    """By the broker's own access list: what it refuses is not counted as sent."""
    settings = {"url": own.url, "anonymous": False, "send": {"*": {"topic": "{to}"}}}
    async with opened(settings) as system:
        refused = await system.send(outgoing(to="closed"))
        assert orjson.loads(refused.body) == {"result": "refused", "reason": "Not authorized"}
        assert orjson.loads((await system.send(outgoing(to="open"))).body)["result"] == "unheard"
    own.forget_passwords()
    async with opened(settings) as system:
        assert await system.send(outgoing(to="open")) == NotSent("Not authorized", "没有权限")
    async with opened({"url": own.url, "anonymous": False, "receive": {"topics": ["open"]}}) as system:
        with pytest.raises(ProblemsError, match=r"settings.url: the broker mqtt://.* cannot be used: Not authorized"):
            await system.listen(lambda: None)


async def test_a_probe_logs_in_and_asks_for_topics_and_takes_nothing_away(own: Mosquitto) -> None:
    """A wrong password is told as such; a filter shared with others is not asked for."""
    topics = {"url": own.url, "anonymous": False, "receive": {"topics": ["open", "$share/hub/open"]}}
    async with opened(topics) as system:
        assert [(step.step, step.target, step.category) for step in await system.probe()] == [
            ("login", f"127.0.0.1:{own.port}", ""), ("topic", "open", "")]
    own.forget_passwords()
    async with opened(topics) as system:
        (step,) = await system.probe()
    assert (step.step, step.category) == ("login", "auth")
    assert step.problem is not None
    assert step.problem.code.id == "GT762"
    (broker,) = reach(MqttSettings.model_validate({"url": "mqtts://mq.example.invalid", "receive": {"topics": ["a"]}}))
    assert broker[:3] == ("mq.example.invalid", 8883, "MQTTS")


async def test_a_record_over_the_brokers_limit_is_told_and_costs_no_line(own: Mosquitto) -> None:
    """Sent, it would end the connection of everything else in flight."""
    async with opened({"url": own.url, "anonymous": False, "send": {"*": {"topic": "open"}}}) as system:
        end = await system.send(outgoing(body=b"x" * 20_000))
        assert orjson.loads(end.body) == {"result": "too_large", "reason": "the broker takes 10000 bytes"}
        assert orjson.loads((await system.send(outgoing())).body)["result"] == "unheard"


async def test_over_tls_an_authority_we_do_not_trust_is_told(own: Mosquitto) -> None:
    """With its certificate as the authority it is spoken to; without, nothing is sent."""
    settings = {"url": own.tls_url, "anonymous": False, "send": {"*": {"topic": "open"}}}
    async with opened({**settings, "tls_ca": own.certificate}) as system:
        assert orjson.loads((await system.send(outgoing())).body)["result"] == "unheard"
    async with opened(settings) as system:
        end = await system.send(outgoing())
    assert end == NotSent("self-signed certificate", "对方证书为自签名证书")
    none = own.certificate.with_name("none.pem")
    async with opened({**settings, "tls_ca": none}) as system:
        assert await system.send(outgoing()) == NotSent(
            f"the file {none} of `tls_ca:` cannot be used: No such file or directory", f"`tls_ca:` 的文件 {none} 无法使用：文件不存在")


async def test_a_broker_that_wants_our_certificate_is_shown_it(peer: Peer, tmp_path: Path) -> None:
    """Without one nothing is sent."""
    tls, files = demanding(tmp_path)
    async with relayed(peer.url, tls) as (url, _):
        settings = {"url": url, "send": {"*": {"topic": peer.topic}}}
        async with opened({**settings, **files}) as system:
            assert isinstance(await system.send(outgoing()), Reply)
        async with opened({**settings, "tls_ca": files["tls_ca"]}) as system:
            assert isinstance(await system.send(outgoing(2)), NotSent)


@pytest.mark.parametrize(("settings", "why"), [
    ({}, "write `send:`, `receive:`, or both"), ({"send": {"*": {"topic": "a{b"}}}, "braces in a topic"),
    ({"send": {"*": {"topic": "a/+"}}}, "pattern"), ({"receive": {"topics": ["a/b+"]}}, "stands for a whole level"),
    ({"receive": {"topics": ["a/#/b"]}}, "all that follow, at the end only"), ({"receive": {"topics": []}}, "at least 1"),
    ({"receive": {"topics": ["a"], "kind": "A", "kind_at": 1}}, "not both"), ({"receive": {"topics": ["a"], "kind_at": 0}}, "levels count"),
    ({"url": "mqtt://hub:pw@h", "receive": {"topics": ["a"]}}, "pattern"), ({"tls_ca": "a.pem", "receive": {"topics": ["a"]}}, "needs `mqtts://`"),
    ({"url": "mqtts://h", "tls_key": "a.pem", "receive": {"topics": ["a"]}}, "belong together"),
])
def test_settings_that_reach_no_broker_are_refused(settings: dict[str, Any], why: str) -> None:
    """Before anything is opened; a password in the address is none of them."""
    with pytest.raises(ValidationError, match=why):
        MqttSettings.model_validate({"url": "mqtt://127.0.0.1", **settings})


async def test_a_kind_or_field_that_leads_nowhere_is_a_mistake_that_names_it() -> None:
    """Nothing is published; a person mends the settings or the mapping."""
    async with opened({"url": "mqtt://127.0.0.1", "send": {"BJ": {"topic": "case/{region}"}}}) as system:
        with pytest.raises(ProblemsError, match=r"settings.send: nothing says to which topic records of kind 'SPCL' go"):
            await system.send(outgoing())
        ending = outgoing()._replace(kind="BJ")
        with pytest.raises(ProblemsError, match=r"the topic 'case/\{region\}' needs the field region as one level, and the record has none"):
            await system.send(ending)
        with pytest.raises(ProblemsError, match=r"and the record has one with / \+ or #"):
            await system.send(ending._replace(fields={"region": "445222/#"}))


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker of this test's own: with passwords, an access list, a limit and TLS."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as made:
        yield made


async def test_no_sender_can_break_the_line_or_have_us_write_where_only_we_may(peer: Peer) -> None:
    """Brokers pass on response topics that are none, and paho refuses those by raising: one message ended the line for
    all. And what we take records from or send them to is no place for answers."""
    hub = Hub()
    settings = {**receiving(peer), "send": {"*": {"topic": "to-county/{region}/in"}}}
    peer.hear("to-county/#")
    async with opened(settings, hub) as system, listening(system):
        for number, topic in enumerate(("a/+", "#", "$SYS/x", f"{peer.topic}/y", "to-county/445222/in")):
            peer.put(f"{peer.topic}/x", b"%d" % number, ResponseTopic=topic)
        await until(lambda: len(hub.refused) == 5)
        peer.hear(f"{peer.topic}-answers")
        peer.put(f"{peer.topic}/x", b"good", ResponseTopic=f"{peer.topic}-answers")
        assert (await asyncio.to_thread(peer.next)).topic == f"{peer.topic}-answers"
    assert [record.body for record in hub.records] == [b"0", b"1", b"2", b"3", b"4", b"good"]
    assert hub.refused == ["GT940"] * 5

"""A target that answers with what no target should: its own deliveries wait, and nothing else suffers."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from tests.journey.attacked import ID_NUMBER, NAME, Attacked, attacked, taken, until

from guantong.journey.states import DeliveryState

pytestmark = pytest.mark.asyncio(loop_scope="module")
_BOMB = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
_ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
_GOOD = _ENVELOPE.format("<r><return>编码：0；描述：接收成功</return></r>").encode()
_VAGUE = _ENVELOPE.format("<r><return>系统升级中</return></r>").encode()


def _answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


HOSTILE: dict[str, bytes] = {
    "no HTTP": b"220 welcome\r\n\r\n",
    "nothing": b"",
    "an endless status line": b"HTTP/1.1 200 " + b"x" * 10**6,
    "an endless header": b"HTTP/1.1 200 OK\r\nx: " + b"x" * 10**6,
    "a flood of headers": b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10**5 + b"\r\n",
    "an endless answer": b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (8 << 20),
    "endless chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"100000\r\n" + b"x" * 0x100000 + b"\r\n") * 8,
    "a chunk of no length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a gigantic length": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "half an answer": _answer(_GOOD)[:-20],
    "interim answers for ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 10**5,
    "a packed bomb": _answer(gzip.compress(bytes(32 << 20)), "Content-Encoding: gzip"),
    "an entity bomb": _answer(f'<!DOCTYPE a [<!ENTITY e0 "aaaaaaaaaa">{_BOMB}]>{_ENVELOPE.format("&e11;")}'.encode()),
    "elements without end": _answer(b"<a>" * 200_000),
    "an unknown charset": _answer(_VAGUE, "Content-Type: text/xml; charset=no-such-charset"),
    "a charset that is a compression": _answer(_VAGUE, "Content-Type: text/xml; charset=zlib"),
    "a charset that fails": _answer(_VAGUE, "Content-Type: text/xml; charset=undefined"),
    "another charset": _answer(_GOOD.decode().encode("utf-16"), "Content-Type: text/xml; charset=utf-8"),
    "a redirect": _answer(b"", "Location: file:///etc/passwd", status="302 Found"),
    "NUL bytes": _answer(bytes(10_000)),
}


class Target:
    """Answers every request with `answer` and hangs up."""

    answer = b""
    asked = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            self.asked += 0  # the hub had enough of it
        finally:
            writer.close()


@asynccontextmanager
async def _listening(target: Target) -> AsyncIterator[str]:
    listening = await asyncio.start_server(target.serve, "127.0.0.1")
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def target() -> Target:
    return Target()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def hub(target: Target, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    async with _listening(target) as url, attacked(tmp_path_factory.mktemp("home"), hall_url=url) as under:
        yield under


@pytest.fixture(autouse=True)
def _nothing_personal_is_logged(
    hub: Attacked, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    yield
    written = "".join(capfd.readouterr()) + caplog.text
    assert [told for told in (NAME, ID_NUMBER, *hub.secrets.values()) if told in written] == []
    assert "Traceback" not in written


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_answer_is_no_success_and_delivery_goes_on(hub: Attacked, target: Target, what: str) -> None:
    """The delivery is tried again, the doors stay open meanwhile, and a good answer ends it."""
    target.answer = HOSTILE[what]
    before, sent = target.asked, _in_state(hub, DeliveryState.CONFIRMED)
    assert taken("jiedong", await hub.post("jiedong"))
    await until(lambda: target.asked >= before + 2)
    assert _in_state(hub, DeliveryState.CONFIRMED) == sent
    assert taken("portal", await hub.post("portal"))
    target.answer = _answer(_GOOD)
    await until(lambda: _in_state(hub, DeliveryState.CONFIRMED) > sent)


def _in_state(hub: Attacked, state: DeliveryState) -> int:
    return sum(count for target, found, count, _ in hub.hub.engine.reader.counts()
               if target == "city.hall" and found is state)


async def test_a_number_no_one_can_read_is_left_out_and_the_delivery_is_done(hub: Attacked, target: Target) -> None:
    """A success that brings a number of a hundred thousand digits is a success; the number is not taken."""
    target.answer = _answer(_ENVELOPE.format(f"<r><return>编码：0；描述：接收成功；流水号：{'9' * 100_000}</return></r>").encode())
    sent = _in_state(hub, DeliveryState.CONFIRMED)
    assert taken("jiedong", await hub.post("jiedong"))
    await until(lambda: _in_state(hub, DeliveryState.CONFIRMED) > sent)
    assert hub.hub.engine.reader.subjects_by_number("9" * 100_000) == []


async def test_the_home_is_its_owners_alone(hub: Attacked) -> None:
    """State, keys, secrets, lock and the local socket: nobody else on the machine reads or acts."""
    home = Path(hub.hub.engine.configuration.home)
    open_to_others = [str(path) for folder in ("var", "secrets") for path in [home / folder, *(home / folder).rglob("*")]
                      if path.stat().st_mode & 0o077]
    assert open_to_others == []

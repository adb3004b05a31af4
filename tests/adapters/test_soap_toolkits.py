"""Toolkits of other vendors at the other end: what a county's developer really uses, calling us and called by us.

Each carries characters that only GB 18030 has, a document in a text, a fault, and security where it can.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from tests.adapters.caseexchange import connected, sample_wsdl, sending, step
from tests.adapters.pki import pair
from tests.adapters.served import CASE_EXCHANGE, case_exchange, serving
from tests.adapters.soap_peer import RARE, SECRETS, Hub
from tests.adapters.test_soap_peers import read
from tests.adapters.toolkits import AXIS, HERE, METRO, WSIMPORT, WSS4J, classpath, made_by, needs, said
from tests.adapters.toolkits import serving as running

from guantong.record import Acceptance, Fields, Record, Verdict

REFUSED = Verdict(Acceptance.REFUSED, 0, "GT300", "no such kind", "报文类型未知")
TYPED = {"fault": "InvalidCase", "fields": {"Code": "17", "Message": "{reason_zh}"}, "reason": "{reason_zh}"}
USER = {"user": "user", "password": "password"}
SERIAL = f"粤<{RARE}>&"
ITEMS = [{"copies": "1", "name": "申请表"}, {"copies": "2", "name": f"证明 {RARE}"}]


class Turns(Hub):
    """Refuses the calls of these numbers, from 1."""

    def __init__(self, *refused: int) -> None:
        super().__init__()
        self._refused = refused

    async def accept(self, record: Record) -> Verdict:
        taken = await super().accept(record)
        return REFUSED if len(self.records) in self._refused else taken


async def saved_wsdl(folder: Path, url: str) -> Path:
    """The WSDL that a server made itself, as a file."""
    async with aiohttp.ClientSession() as session, session.get(f"{url}?wsdl") as answer:
        (folder / "Approval.wsdl").write_bytes(await answer.read())
    return folder / "Approval.wsdl"


APPROVAL: dict[str, Any] = {
    "operations": {
        "invoke": {"taken": {"invokeReturn/CODE": "1", "invokeReturn/MSG": f"收到 {RARE} {{message}}"}},
        "submit": {"taken": {"submitReturn/caseNo": "{request:record/caseNo}"}},
    },
    "texts": {"xml": {"root": "ROOT"}, "invokeReturn": {"root": "RESULT"}},
}


@pytest.fixture(scope="module")
def axis(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The class path of Axis 1.4 with the vendor's classes. It reads byte code of its own day only."""
    jars, made = classpath(*AXIS, package="libaxis-java"), tmp_path_factory.mktemp("axis")
    made_by("javac", "--release", "8", "-g", "-nowarn", "-Xlint:none", "-encoding", "UTF-8", "-cp", jars, "-d", str(made),
               str(HERE / "CaseService.java"), str(HERE / "AxisClient.java"), folder=made)
    return f"{jars}:{made}"


async def test_axis_understands_us_and_we_understand_axis(tmp_path: Path, axis: str, unused_tcp_port: int) -> None:
    """Apache Axis 1.4, rpc/encoded: values that stand once and are referred to (multiRef), arrays, and characters that it
    writes as two halves. Then our door by the very WSDL that Axis made, called by its client with a user name token."""
    shutil.copy(HERE / "server-config.wsdd", tmp_path)
    server = ("java", "-cp", axis, "org.apache.axis.transport.http.SimpleAxisServer", "-p", str(unused_tcp_port))
    record: Fields = {"acceptedAt": "2014-07-15T02:30:00.000Z", "caseNo": SERIAL, "main": None, "materials": ITEMS}
    async with running(*server, folder=tmp_path, port=unused_tcp_port) as base:
        wsdl = await saved_wsdl(tmp_path, f"{base}/axis/services/Approval")
        texts = {"xml": {"root": "ROOT"}, "invokeReturn": {"root": "RESULT"}}
        async with connected(tmp_path, f"{base}/axis/services/Approval", soap_headers=[], texts=texts) as connection:
            taken = await connection.send(sending({"record": record}, "submit"))
            refused = await connection.send(sending({"record": {**record, "materials": None}}, "submit"))
            inner = await connection.send(sending({"xml": {"A": RARE, "B": "<x>"}}, "invoke"))
    assert read(taken) == {"submitReturn": {**record, "main": ITEMS[0]}}
    assert (read(refused)["fault"]["code"], read(refused)["fault"]["reason"]) == ("NoMaterials", "缺少材料")
    assert read(inner) == {"invokeReturn": {"CODE": "1", "MSG": "<x>", "A": RARE}}
    hub, username = Turns(3), {"username": {**USER, "form": "text"}}
    async with serving(tmp_path, wsdl, hub, {"key": None, **APPROVAL}, security={"require": username}) as caller:
        heard = await said("java", "-Dfile.encoding=UTF-8", "-cp", axis, "AxisClient", caller.url, "guantong", SECRETS["password"], SERIAL, RARE, folder=tmp_path)
    assert heard == [
        f"<RESULT><CODE>1</CODE><MSG>收到 {RARE} 7</MSG></RESULT>", SERIAL, "Client 报文类型未知 / no such kind [GT300]",
        "FailedAuthentication 用户名或口令错误 / the user name or the password is wrong [GT681]"]
    assert [orjson.loads(one.body) for one in hub.records[:2]] == [
        {"xml": {"A": RARE}}, {"record": {**record, "acceptedAt": None, "main": ITEMS[0]}}]


@pytest.fixture(scope="module")
def metro(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The class path of a client that wsimport made from our WSDL, and of a service by the same classes."""
    jars, made = classpath(*METRO, *WSS4J, package="libjaxws-java libwss4j-java"), tmp_path_factory.mktemp("metro")
    tools = f"{jars}:{classpath(*WSIMPORT, package='libjaxws-java')}"
    wsdl = sample_wsdl(made)
    made_by("java", "-cp", tools, "com.sun.tools.ws.WsImport", "-quiet", "-Xnocompile", "-s", str(made), "-p", "county", str(wsdl), folder=made)
    sources = [str(one) for one in (made / "county").glob("*.java")]
    made_by("javac", "-nowarn", "-Xlint:none", "-encoding", "UTF-8", "-cp", jars, "-d", str(made), str(HERE / "MetroClient.java"), str(HERE / "MetroServer.java"), *sources, folder=made)
    return f"{jars}:{made}"


@pytest.mark.parametrize(("number", "how"), [(0, "token"), (1, "issuer and serial"), (2, "thumbprint"), (3, "key identifier")])
async def test_a_client_made_by_wsimport_calls_us_signs_and_verifies_by_wss4j(tmp_path: Path, metro: str, number: int, how: str) -> None:
    """JAX-WS and WSS4J, as CXF has it: both tokens in the call, its certificate named in every way; WSS4J verifies our signed
    reply, a typed fault too, with the confirmation of its own signature."""
    our, their, hub = pair("hub"), pair("county"), Turns(2)
    for name, text in (("their.key", their.key_pem), ("their.pem", their.pem), ("hub.pem", our.pem)):
        (tmp_path / name).write_text(text)
    security = {"require": {"username": USER, "signature": {"trust": ["their"]}}, "answer": {"signature": {"key": "k", "certificate": "c"}}}
    secrets = {"k": our.key_pem, "c": our.pem, "their": their.pem}
    settings = {"security": security, "secrets": secrets, "now": time.time}
    async with case_exchange(tmp_path, hub, key=None, refused=TYPED, settings=settings) as caller:
        heard = await said("java", "-Dfile.encoding=UTF-8", "-cp", metro, "MetroClient", caller.url, str(number), RARE, folder=tmp_path)
    assert heard == ["signed 3, confirmed true", "0 接收成功 7", "signed 3, confirmed true", "报文类型未知 / 17 报文类型未知"], how
    assert orjson.loads(hub.records[0].body) == step()


async def test_we_call_an_endpoint_of_jax_ws_by_the_wsdl_that_it_makes(tmp_path: Path, metro: str, unused_tcp_port: int) -> None:
    """The reference implementation's own server: a WSDL whose schemas it hands out at other addresses (`?xsd=1`), a typed fault."""
    server = ("java", "-Dfile.encoding=UTF-8", "-cp", metro, "MetroServer", str(unused_tcp_port))
    async with running(*server, folder=tmp_path, port=unused_tcp_port) as base, connected(tmp_path, f"{base}/cases", soap_headers=[]) as connection:
        taken = await connection.send(sending(step())._replace(timeout=60.0))
        refused = await connection.send(sending(step(ItemCode="gone"))._replace(timeout=60.0))
    assert read(taken)["Receipt"] == {"Code": "0", "Message": step()["record"]["ItemName"], "CaseNo": "1张三"}
    fault = read(refused)["fault"]
    assert (fault["code"], fault["reason"], fault["detail"]) == ("Server", "事项不存在", {"InvalidCase": {"Code": "17", "Message": "事项不存在"}})


async def test_gsoap_understands_us_and_we_understand_gsoap(tmp_path: Path) -> None:
    """A client in C, made from the WSDL that our door hands out with all it imports; then a service in C that we call, in both versions
    of SOAP."""
    needs("soapcpp2", package="gsoap libgsoap-dev")
    needs("gcc", package="gcc libc6-dev", check=("-E", "-include", "stdsoap2.h", "-x", "c", "/dev/null"))
    hub = Turns(2, 4)
    async with case_exchange(tmp_path, hub, refused=TYPED) as caller:
        await asyncio.to_thread(_made_by_gsoap, tmp_path, f"{caller.url}?wsdl")
        heard = await said(str(tmp_path / "client"), caller.url, SECRETS["key"], RARE, folder=tmp_path)
    assert heard == ["0 接收成功 7", "报文类型未知 / 17 报文类型未知"] * 2
    assert [orjson.loads(one.body) for one in hub.records] == [step(StepTime="2014-07-15T02:30:00Z")] * 4
    async with running(str(tmp_path / "server"), folder=tmp_path) as base:
        for version in ("1.1", "1.2"):
            async with connected(tmp_path, f"{base}/", wsdl=sample_wsdl(tmp_path), soap_headers=[], version=version) as connection:
                taken = await connection.send(sending(step()))
                refused = await connection.send(sending(step(ItemCode="gone")))
            assert read(taken)["Receipt"] == {"Code": "0", "Message": step()["record"]["ItemName"], "CaseNo": "张三"}
            fault = read(refused)["fault"]
            assert (fault["reason"], fault["detail"]) == ("事项不存在", {"InvalidCase": {"Code": "17", "Message": "事项不存在"}})


def _made_by_gsoap(folder: Path, wsdl: str) -> None:
    """The programs `client` and `server`, of what gSOAP makes of a WSDL at its address."""
    made_by("wsdl2h", "-c", "-o", "county.h", wsdl, folder=folder)
    made_by("soapcpp2", "-c", "-L", "-x", "county.h", folder=folder)
    made_by("gcc", "-O0", "-w", "-I", str(folder), "-c", "soapC.c", folder=folder)
    for program, side in (("client", "soapClient.c"), ("server", "soapServer.c")):
        made_by("gcc", "-O0", "-w", "-I", str(folder), "-o", program, str(HERE / f"{program}.c"), side, "soapC.o", "-lgsoap", folder=folder)


async def test_php_understands_us_and_we_understand_php(tmp_path: Path, unused_tcp_port: int) -> None:
    """PHP's SoapServer by the vendor's WSDL; its SoapClient by ours, in both versions of SOAP, with a digest of the password."""
    needs("php", package="php-soap php-cli", check=("-r", "exit(class_exists('SoapClient') ? 0 : 1);"))
    wsdl = sample_wsdl(tmp_path)
    server = ("php", "-S", f"127.0.0.1:{unused_tcp_port}", str(HERE / "server.php"))
    async with (
        running(*server, folder=wsdl.parent, port=unused_tcp_port) as base,
        connected(tmp_path, f"{base}/", wsdl=wsdl, soap_headers=[]) as connection,
    ):
        taken = await connection.send(sending(step()))
        refused = await connection.send(sending(step(ItemCode="gone")))
    assert read(taken)["Receipt"] == {"Code": "0", "Message": step()["record"]["ItemName"], "CaseNo": "1张三"}
    fault = read(refused)["fault"]
    assert (fault["code"], fault["reason"], fault["detail"]) == ("Client", "事项不存在", {"InvalidCase": {"Code": "17", "Message": "事项不存在"}})
    hub, security = Turns(2, 4), {"require": {"username": USER}}
    settings = {"security": security, "now": time.time}
    operations = {"SubmitStep": CASE_EXCHANGE["SubmitStep"]}
    async with case_exchange(tmp_path, hub, key=None, operations=operations, refused=TYPED, settings=settings) as caller:
        [heard] = await said("php", str(HERE / "client.php"), caller.url, "guantong", SECRETS["password"], RARE, folder=tmp_path)
    wrong = ["用户名或口令错误 / the user name or the password is wrong [GT681]", None]
    assert orjson.loads(heard) == ["接收成功 7", ["报文类型未知", "17"], wrong] * 2
    assert [orjson.loads(one.body) for one in hub.records] == [step()] * 4


async def test_perl_understands_us_and_we_understand_perl(tmp_path: Path) -> None:
    """SOAP::Lite knows no WSDL: it names the value that it returns itself, and types every text."""
    needs("perl", package="libsoap-lite-perl", check=("-MSOAP::Lite", "-MSOAP::Transport::HTTP", "-e", "1"))
    wsdl = HERE / "Approval.wsdl"
    shutil.copy(wsdl, tmp_path)
    texts = {"xml": {"root": "ROOT"}, "invokeReturn": {"root": "RESULT"}}
    async with (
        running("perl", str(HERE / "server.pl"), folder=tmp_path) as base,
        connected(tmp_path, f"{base}/", wsdl=tmp_path / wsdl.name, soap_headers=[], texts=texts) as connection,
    ):
        taken = await connection.send(sending({"xml": {"A": RARE, "CL": ""}}, "invoke"))
        refused = await connection.send(sending({"xml": {"A": RARE}}, "invoke"))
    assert read(taken) == {"invokeReturn": {"CODE": "1", "MSG": RARE}}
    assert (read(refused)["fault"]["code"], read(refused)["fault"]["reason"]) == ("Client", "缺少材料")
    hub = Turns(2)
    async with serving(tmp_path, tmp_path / wsdl.name, hub, APPROVAL) as caller:
        heard = await said("perl", str(HERE / "client.pl"), caller.url, RARE, folder=tmp_path)
    assert heard == [f"<RESULT><CODE>1</CODE><MSG>收到 {RARE} 7</MSG></RESULT>", "s:Client 报文类型未知 / no such kind [GT300]"]
    assert orjson.loads(hub.records[0].body) == {"xml": {"A": RARE}}

"""Servers made with other people's libraries, called by the WSDL they hand out themselves."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from tests.adapters.caseexchange import connected, sample_wsdl, sending, step
from tests.adapters.node import needs_node
from tests.adapters.soap_peer import RARE

from guantong.record import Answer, Fields, Reply

SPYNE = Path(__file__).with_name("spyne_service.py")
CASE: Fields = {"case": {
    "caseNo": f"粤<{RARE}>&", "acceptedAt": "2014-07-15T10:30:00+08:00", "fee": "12.50",
    "materials": {"Material": [{"name": "申请表", "copies": "1"}, {"name": f"证明 {RARE}", "copies": "2"}]},
}}


@asynccontextmanager
async def process(*command: str, folder: Path) -> AsyncIterator[str]:
    """A server as a process of its own, which prints its port; gives its address."""
    running = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=asyncio.subprocess.PIPE)
    try:
        assert running.stdout is not None
        yield f"http://127.0.0.1:{int(await asyncio.wait_for(running.stdout.readline(), 60))}"
    finally:
        running.kill()
        await running.communicate()


def read(end: Answer) -> Fields:
    """The record of a reply."""
    assert isinstance(end, Reply), end
    found: Fields = orjson.loads(end.body)
    return found


@pytest.mark.parametrize("version", ["1.1", "1.2"])
async def test_spyne_understands_us_and_we_understand_spyne(tmp_path: Path, version: str) -> None:
    """It validates what it gets by its own schema; its faults are told apart by code and detail."""
    if importlib.util.find_spec("spyne") is None:
        pytest.skip("spyne is not installed")
    async with (
        process(sys.executable, "-W", "ignore", str(SPYNE), version, folder=tmp_path) as url,
        connected(tmp_path, f"{url}/", soap_headers=[]) as connection,
    ):
        taken = await connection.send(sending(CASE, "Submit"))
        refused = await connection.send(sending({"case": {"caseNo": "1"}}, "Submit"))
    assert read(taken) == {"SubmitResult": CASE["case"]}
    fault = read(refused)["fault"]
    assert (fault["code"], fault.get("subcode")) == (("Client.NoMaterials", None) if version == "1.1" else ("Sender", "NoMaterials"))
    assert (fault["reason"], fault["detail"]) == ("缺少材料", {"InvalidCase": {"code": "17"}})


NODE = """
const soap = require('soap'), http = require('http'), fs = require('fs');
const answer = ({record}) => {
  if (record.ItemCode === 'gone') throw {Fault: {faultcode: 'soap:Client', faultstring: '事项不存在',
    detail: {InvalidCase: {Code: 17, Message: '事项不存在'}}, statusCode: 500}};
  return {Receipt: {Code: 0, Message: record.ItemName, CaseNo: record.attributes.version + record.Operator.Name}};
};
const port = {SubmitStep: answer};
const server = http.createServer((q, a) => a.end());
server.listen(0, '127.0.0.1', () => {
  soap.listen(server, '/CaseExchange.asmx', {CaseExchange: {CaseExchangeSoap: port, CaseExchangeSoap12: port}},
    fs.readFileSync('CaseExchange.wsdl', 'utf8'), () => console.log(server.address().port));
});
"""


async def test_node_understands_us_and_we_understand_node(tmp_path: Path) -> None:
    """The SOAP library of another language, from the same WSDL."""
    needs_node()
    path = sample_wsdl(tmp_path)
    async with (
        process("node", "-e", NODE, folder=path.parent) as url,  # its library wants imports in its working directory
        connected(tmp_path, f"{url}/CaseExchange.asmx", wsdl=path, soap_headers=[]) as connection,
    ):
        taken = await connection.send(sending(step()))
        refused = await connection.send(sending(step(ItemCode="gone")))
    assert read(taken)["Receipt"] == {"Code": "0", "Message": step()["record"]["ItemName"], "CaseNo": "1张三"}
    fault = read(refused)["fault"]
    assert (fault["code"], fault["reason"], fault["detail"]["InvalidCase"]["Code"]) == ("Client", "事项不存在", "17")

"""The WSDL of a service of ours, handed out, and the toolkits of other vendors that are made from it."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import orjson
import pytest
from lxml import etree
from tests.adapters.caseexchange import SERIAL
from tests.adapters.node import needs_node
from tests.adapters.served import case_exchange
from tests.adapters.soap_peer import RARE, Hub

from guantong.record import Acceptance, Record, Verdict

HEADERS = {"X-Guantong-Key": "agreed-key"}
REFUSED = Verdict(Acceptance.REFUSED, 0, "GT300", "no such kind", "报文类型未知")
TYPED = {"fault": "InvalidCase", "fields": {"Code": "17", "Message": "{reason_zh}"}}
RECORD: dict[str, Any] = {"version": 1, "ApplyNo": SERIAL, "ItemName": f"<设立> & {RARE}", "Operator": {"Name": "张三"}}
KEPT = {"record": {**{k: v for k, v in RECORD.items() if k != "version"}, "@version": "1", "StepCode": "1"}}


async def test_the_wsdl_leads_to_its_imports_and_to_us(tmp_path: Path) -> None:
    """By the address it was asked by; the vendor's own is gone."""
    async with case_exchange(tmp_path, Hub()) as caller:
        async with caller.session.get(f"{caller.url}?wsdl") as answer:
            wsdl = etree.fromstring(await answer.read())
        [place] = {one.get("schemaLocation") for one in wsdl.iter("{*}import")}
        assert place == f"{caller.url}?xsd=1"
        async with caller.session.get(place) as answer:
            schema = etree.fromstring(await answer.read())
            assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert {one.get("location") for one in wsdl.iter("{*}address")} == {caller.url}
    assert schema.tag == "{http://www.w3.org/2001/XMLSchema}schema"
    assert b"example.invalid/CaseExchange" not in etree.tostring(wsdl)


@pytest.mark.parametrize(("public", "host", "status", "location"), [
    (None, "county.example.invalid:8443", 200, "http://county.example.invalid:8443/in/jiedong.approval/service"),
    (None, "[2001:db8::1]:80", 200, "http://[2001:db8::1]:80/in/jiedong.approval/service"),
    ("https://hub.example.invalid/soap", "whatever", 200, "https://hub.example.invalid/soap"),
    (None, 'a"><script>', 400, ""), (None, "a" * 300, 400, ""), (None, "a b", 400, ""), (None, "user@evil.example.invalid", 400, ""),
])
async def test_the_location_is_a_host_that_was_asked_for_or_the_public_one(
    tmp_path: Path, public: str | None, host: str, status: int, location: str
) -> None:
    async with (
        case_exchange(tmp_path, Hub(), public_url=public) as caller,
        caller.session.get(f"{caller.url}?wsdl", headers={"Host": host}) as answer,
    ):
        text = await answer.text()
    assert answer.status == status
    if status == 200:
        assert {one.get("location") for one in etree.fromstring(text.encode()).iter("{*}address")} == {location}
    else:
        assert "GT674" in text
        assert host not in text


@pytest.mark.parametrize(("own", "hub_url", "test_door", "location"), [
    (None, "https://hub.example.invalid", False, "https://hub.example.invalid/in/jiedong.approval/service"),
    ("https://own.example.invalid/soap", "https://hub.example.invalid", False, "https://own.example.invalid/soap"),
    ("https://own.example.invalid/soap", "https://hub.example.invalid", True, "https://hub.example.invalid/test/jiedong.approval/service"),
    ("https://own.example.invalid/soap", "", True, "http://asked.example.invalid/test/jiedong.approval/service"),
])
async def test_the_hub_s_own_address_stands_where_the_service_says_none(
    tmp_path: Path, own: str | None, hub_url: str, test_door: bool, location: str
) -> None:
    """A client made from what a test door hands out calls the test door, never the real one."""
    async with case_exchange(tmp_path, Hub(), public_url=own, settings={"address": hub_url, "test_door": test_door}) as caller:
        async with caller.session.get(f"{caller.url}?wsdl", headers={"Host": "asked.example.invalid"}) as answer:
            wsdl = etree.fromstring(await answer.read())
        [place] = {one.get("schemaLocation") for one in wsdl.iter("{*}import")}
    assert {one.get("location") for one in wsdl.iter("{*}address")} == {location}
    assert place == f"{location}?xsd=1"


@pytest.mark.parametrize("query", ["", "xsd=9", "xsd=../../etc/passwd", "wsdl=0"])
async def test_what_is_no_document_of_the_wsdl_is_not_found(tmp_path: Path, query: str) -> None:
    async with case_exchange(tmp_path, Hub()) as caller, caller.session.get(f"{caller.url}?{query}") as answer:
        assert (answer.status, "GT677" in await answer.text()) == (404, True)


async def test_a_wsdl_is_not_handed_out_where_that_is_switched_off(tmp_path: Path) -> None:
    async with case_exchange(tmp_path, Hub(), publish=False) as caller, caller.session.get(f"{caller.url}?wsdl") as answer:
        assert answer.status == 405


@pytest.mark.parametrize("port", ["CaseExchangeSoap", "CaseExchangeSoap12"])
async def test_zeep_makes_a_client_of_it_and_calls_it(tmp_path: Path, port: str) -> None:
    """In both versions; what it reads is what we said, our typed fault its detail."""
    import zeep

    hub = Hub()
    async with case_exchange(tmp_path, hub, refused=TYPED) as caller:
        def call() -> Any:
            transport = zeep.Transport()  # type: ignore[no-untyped-call]  # zeep has no types
            transport.session.trust_env = False
            transport.session.headers.update(HEADERS)
            with zeep.Client(f"{caller.url}?wsdl", port_name=port, transport=transport) as client:  # type: ignore[no-untyped-call]  # zeep has no types
                taken = client.service.SubmitStep(record={**RECORD, "StepCode": "1", "StepTime": "2014-07-15T10:30:00+08:00"})
                hub.verdict = REFUSED
                try:
                    client.service.SubmitStep(record={**RECORD, "StepCode": "1", "StepTime": "2014-07-15T10:30:00+08:00"})
                except zeep.exceptions.Fault as fault:
                    return taken, fault
            raise AssertionError("the refusal was no fault")

        taken, fault = await asyncio.to_thread(call)
    assert (taken.Code, taken.Message) == (0, "接收成功 7")
    assert orjson.loads(hub.records[0].body)["record"].items() >= KEPT["record"].items()
    assert fault.message.startswith("报文类型未知")
    assert [one.text for one in fault.detail[0]] == ["17", "报文类型未知"]


async def test_suds_makes_a_client_of_it_and_calls_it(tmp_path: Path) -> None:
    suds = pytest.importorskip("suds.client", reason="suds is not installed")
    hub = Hub()
    async with case_exchange(tmp_path, hub) as caller:
        def call() -> Any:
            client = suds.Client(f"{caller.url}?wsdl", headers=HEADERS, cache=None, port="CaseExchangeSoap")
            record = {"_version": 1, **{k: v for k, v in RECORD.items() if k != "version"}}
            return client.service.SubmitStep({**record, "StepCode": "1", "StepTime": "2014-07-15T10:30:00+08:00"})

        taken = await asyncio.to_thread(call)
    assert (int(taken.Code), str(taken.Message)) == (0, "接收成功 7")
    assert orjson.loads(hub.records[0].body)["record"].items() >= KEPT["record"].items()


NODE = """
const soap = require('soap');
const [url, key, record] = process.argv.slice(1), headers = {'X-Guantong-Key': key};
(async () => {
  const client = await soap.createClientAsync(url + '?wsdl');
  const call = () => client.SubmitStepAsync({record: JSON.parse(record)}, {}, headers);
  const [taken] = await call();
  try { await call(); } catch (error) { console.log(JSON.stringify({taken, fault: error.root.Envelope.Body.Fault})); }
})().catch(error => { console.error(String(error)); process.exit(1); });
"""


async def test_node_makes_a_client_of_it_and_calls_it(tmp_path: Path) -> None:
    needs_node()
    verdicts = [Hub().verdict, REFUSED]

    class Twice(Hub):
        async def accept(self, record: Record) -> Verdict:
            await super().accept(record)
            return verdicts[len(self.records) - 1]

    hub = Twice()
    record = {"attributes": {"version": 1}, **{k: v for k, v in RECORD.items() if k != "version"}, "StepCode": "1",
              "StepTime": "2014-07-15T10:30:00+08:00"}
    async with case_exchange(tmp_path, hub, refused=TYPED) as caller:
        node = await asyncio.create_subprocess_exec(
            "node", "-e", NODE, caller.url, "agreed-key", json.dumps(record), stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "NO_PROXY": "*"})
        said, _ = await node.communicate()
    heard = orjson.loads(said)
    assert heard["taken"]["Receipt"] == {"Code": 0, "Message": "接收成功 7"}
    assert heard["fault"]["detail"]["InvalidCase"]["Code"] in (17, "17")
    assert orjson.loads(hub.records[0].body)["record"].items() >= KEPT["record"].items()

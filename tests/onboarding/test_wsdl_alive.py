"""A county by its WSDL from an empty folder to a delivery that is confirmed: added, imitated, proven, run; nothing written but answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from lxml import etree
from structlog.testing import capture_logs
from tests.adapters.brokers import until
from tests.adapters.test_soap_keeping import serving
from tests.onboarding.conftest import Office
from tests.onboarding.test_simulate import enveloped
from tests.onboarding.test_simulate import running as imitated
from tests.onboarding.test_wsdl_county import SECRETS
from tests.onboarding.wsdls import CASE_EXCHANGE_FIELDS, LUSHAN_FIELDS, case_exchange, lushan, wsdl_answers
from tests.operations.test_reload import lines_of_the_hub

from guantong.cli.reload import _lines
from guantong.cli.simulate_as import of_files, success_of
from guantong.config import load
from guantong.control import ask_reload
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.record import Record
from guantong.store import FindingFilter
from guantong_adapters.soap.simulators.bywsdl.examples import example
from guantong_adapters.soap.wsdl.choose import choose_port
from guantong_adapters.soap.wsdl.keeping import Keeper

SERIAL = "10000010100699201211407150001"
APPLICATION = {
    "SBLSH": SERIAL, "SXBM": "10000010100699201213445202", "SXMC": "个体工商户设立登记", "XZQHDM": "445298", "SJBBH": "1",
    "SQRLX": "1", "SQRMC": "陈䶮", "SQRZJLX": "111", "SQRZJHM": "442326194708026313", "SBXMMC": "登记申请", "TJFS": "1",
    "SBSJ": "2014-7-15 10:30:00", "SBHZH": "SB1",
}
COUNTY = "konggang.approval"
MOST_LINES = 60
OUTWARD = LUSHAN_FIELDS + 'reply: {success: {state: "0"}}\n'
KINDS = {
    "made-up": (lushan, LUSHAN_FIELDS + 'reply: {success: {state: "0"}}\nserve: theirs\n', {"state": "0"}, "newCase", "tellAcceptance"),
    "case-exchange": (case_exchange, CASE_EXCHANGE_FIELDS + "serve: theirs\n", {"Receipt/Code": "0"}, "SubmitApplication", "SubmitAcceptance"),
}


@asynccontextmanager
async def hub_of(home: Path) -> AsyncIterator[Hub]:
    loaded = load(home, registry(), SECRETS)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    configuration = replace(loaded.configuration, hub=replace(loaded.configuration.hub, listen_port=0))
    async with running(configuration, registry()) as hub:
        yield hub


def deliveries(hub: Hub) -> list[Any]:
    rows = [hub.engine.reader.delivery(number) for number in range(1, 20)]
    return [row for row in rows if row is not None and row.target == COUNTY]


def calls(books: Path) -> list[str]:
    file = books / "received.jsonl"
    return [orjson.loads(line)["operation"] for line in file.read_bytes().splitlines()] if file.is_file() else []


async def reported(hub: Hub, file: Path, operation: str) -> tuple[int, bytes]:
    """An example of what the county reports, as its toolkit calls us."""
    description = await Keeper(file.as_uri(), file.parent).description()
    declared = next(one for one in choose_port(description, None, None, "1.1").operations if one.name == operation)
    content = example(declared.request.parts[0], description.types)
    for element in content.iter():
        if str(element.tag).rpartition("}")[2] in ("ApplyNo", "caseNo"):
            element.text = SERIAL
        if str(element.tag).rpartition("}")[2] == "Region":
            element.text = "445298"
    headers = {"Content-Type": "text/xml; charset=utf-8", "X-Guantong-Key": SECRETS["GUANTONG_KONGGANG_HUB_KEY"]}
    url = f"http://127.0.0.1:{hub.port}/in/{COUNTY}/service"
    async with aiohttp.ClientSession() as client, client.post(url, data=enveloped(content), headers=headers) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("kind", KINDS)
async def test_an_application_is_confirmed_once_and_an_acceptance_comes_back(office: Office, kind: str, tmp_path: Path) -> None:
    handed, more, success, sent, told = KINDS[kind]
    file = tmp_path / handed(tmp_path)
    books = tmp_path / "books"
    async with imitated(of_files("wsdl", file), books, answers=success) as url:
        answers = wsdl_answers(file.name, f"{url}/services/Cases?wsdl", more)
        assert len(answers.splitlines()) <= MOST_LINES
        made = await asyncio.to_thread(office.json, "county", "add", "--from", office.answers(answers))
        assert made["ok"], made["problems"]
        ready = await asyncio.to_thread(lambda: office.json("county", "ready", "konggang", env=SECRETS))
        assert ready["ok"], [item for item in ready["items"] if item["verdict"] == "failed"]
        verdicts = {item["key"]: item["verdict"] for item in ready["items"]}
        assert (verdicts[f"interface:{COUNTY}"], verdicts[f"directions:{COUNTY}"]) == ("passed", "passed")
        assert calls(books) == []
        async with hub_of(office.home) as hub:
            assert (await accept(hub.engine, Record("city.hall-portal", orjson.dumps(APPLICATION), "EX_GDBS_SB"))).taken
            await until(lambda: [row.state for row in deliveries(hub)] == [DeliveryState.CONFIRMED])
            assert calls(books) == [sent]
            status, answer = await reported(hub, file, told)
            assert status == 200, answer
            body = etree.fromstring(answer)
            assert [one.text for one in body.iter() if str(one.tag).rpartition("}")[2] in ("Code", "state")] == ["0"]
            [subject] = {row.subject for row in deliveries(hub)}
            events = [row.name for row in hub.engine.reader.new_events(0, 100) if row.subject == subject]
            assert events == ["case.application", "case.acceptance"]


async def test_what_cannot_be_judged_is_sent_once_and_left_to_a_person(office: Office, tmp_path: Path) -> None:
    """The reply says what no rule knows: the county may have taken it."""
    file = tmp_path / lushan(tmp_path)
    books = tmp_path / "books"
    async with imitated(of_files("wsdl", file), books, answers={"state": "7"}) as url:
        answers = wsdl_answers(file.name, f"{url}/services/Cases?wsdl", KINDS["made-up"][1])
        await asyncio.to_thread(office.json, "county", "add", "--from", office.answers(answers))
        async with hub_of(office.home) as hub:
            await accept(hub.engine, Record("city.hall-portal", orjson.dumps(APPLICATION), "EX_GDBS_SB"))
            await until(lambda: [row.state for row in deliveries(hub)] == [DeliveryState.UNKNOWN])
            assert calls(books) == ["newCase"]


async def test_a_wsdl_that_changes_while_the_hub_runs_is_a_finding_and_a_log_line_once(office: Office, tmp_path: Path) -> None:
    file = tmp_path / lushan(tmp_path)
    added = await asyncio.to_thread(office.json, "county", "add", "--from", office.answers(
        wsdl_answers(file.name, more=KINDS["made-up"][1])))
    assert added["ok"], added["problems"]
    kept = office.home / "wsdl/konggang/lushan.wsdl"
    before = kept.read_text(encoding="utf-8")
    async with hub_of(office.home) as hub:
        assert await hub.interfaces.look(COUNTY) == ""
        kept.write_text(before.replace('name="matterCode" type="xs:string"', 'name="matterNo" type="xs:int"'), encoding="utf-8")
        with capture_logs() as logs:
            for _ in range(2):
                assert await hub.interfaces.look(COUNTY) == ""
        assert [(log["system"], log["changes"]) for log in logs if log["event"] == "interface.changed"] == [
            (COUNTY, ["newCase: -matterCode", "newCase: +matterNo (int !)"])]
        [finding] = hub.engine.reader.findings(FindingFilter(kind="interface_changed"))
        assert (finding.system, finding.detail["changes"]) == (COUNTY, "newCase: -matterCode; newCase: +matterNo (int !)")
        kept.write_text(before, encoding="utf-8")
        assert await hub.interfaces.look(COUNTY) == ""
        assert hub.engine.reader.findings(FindingFilter(kind="interface_changed")) == []


@asynccontextmanager
async def at_an_address(office: Office, tmp_path: Path) -> AsyncIterator[tuple[Hub, dict[str, bytes]]]:
    """A hub that calls a county by the WSDL at its address, and the page that is served there."""
    file = tmp_path / lushan(tmp_path)
    pages = {"/cases.wsdl": file.read_bytes()}
    async with serving(pages) as (url, _):
        added = await asyncio.to_thread(office.json, "county", "add", "--from", office.answers(wsdl_answers(file.name, more=OUTWARD)))
        assert added["ok"], added["problems"]
        county = office.home / "config/counties/konggang.yaml"
        county.write_text(county.read_text("utf-8").replace("wsdl/konggang/lushan.wsdl", f"{url}/cases.wsdl"), "utf-8")
        await Keeper(f"{url}/cases.wsdl", office.home).description()
        async with hub_of(office.home) as hub:
            yield hub, pages


async def reload(home: Path, *, dry_run: bool = False) -> dict[str, Any]:
    return await ask_reload(home, "陈工", "试验", dry_run=dry_run)


def journaled(home: Path, what: str) -> list[tuple[str, str]]:
    return [(actor, detail["changes"]) for told, actor, detail in lines_of_the_hub(home) if told == what]


async def test_a_changed_wsdl_that_fits_is_taken_up_by_a_reload(office: Office, tmp_path: Path) -> None:
    """A field that may be left out was added: it is in force from the next call on, also after a restart without the network; journaled
    with who did it; a finding about it settles."""
    async with at_an_address(office, tmp_path) as (hub, pages):
        pages["/cases.wsdl"] = pages["/cases.wsdl"].replace(
            b'<xs:element name="matterCode" type="xs:string"', b'<xs:element name="note" type="xs:string" minOccurs="0"/><xs:element name="matterCode" type="xs:string"')
        await hub.interfaces.look(COUNTY)
        [finding] = hub.engine.reader.findings(FindingFilter(kind="interface_changed"))
        would = await reload(office.home, dry_run=True)
        assert [(one["system"], one["state"], one["changes"]) for one in would["interfaces"]] == [(COUNTY, "would_take", ["newCase: +note (string)"])]
        assert journaled(office.home, "interface_taken") == []
        taken = await reload(office.home)
        assert (taken["state"], [(one["state"], one["changes"]) for one in taken["interfaces"]]) == ("unchanged", [("taken", ["newCase: +note (string)"])])
        assert (await reload(office.home))["interfaces"] == []
        assert journaled(office.home, "interface_taken") == [("陈工", "newCase: +note (string)")]
        assert hub.engine.reader.findings(FindingFilter(kind="interface_changed")) == []
        location = finding.detail["location"]
        kept = Keeper(location, office.home).at_hand()
    assert kept is not None
    assert kept.digest.startswith(taken["interfaces"][0]["version"])


async def test_a_changed_wsdl_that_does_not_fit_is_refused_at_its_place_once_and_the_old_one_stays(office: Office, tmp_path: Path) -> None:
    """The mapping's line is named; the log and the journal hear of it once, whoever asks again; it is a finding."""
    async with at_an_address(office, tmp_path) as (hub, pages):
        pages["/cases.wsdl"] = pages["/cases.wsdl"].replace(b'name="matterCode" type="xs:string"', b'name="matterNo" type="xs:int"')
        with capture_logs() as logs:
            answers = [await reload(office.home) for _ in range(2)]
        for answer in answers:
            [told] = answer["interfaces"]
            assert (told["state"], told["changes"]) == ("refused", ["newCase: -matterCode", "newCase: +matterNo (int !)"])
            assert [(one["code"], one["file"].rpartition("/")[2], bool(one["line"])) for one in told["problems"]] == [
                ("GT659", "case.application.yaml", True), ("GT660", "case.application.yaml", True)]
        assert [log["system"] for log in logs if log["event"] == "interface.refused"] == [COUNTY]
        assert journaled(office.home, "interface_refused") == [("陈工", "newCase: -matterCode; newCase: +matterNo (int !)")]
        assert len(hub.engine.reader.findings(FindingFilter(kind="interface_changed"))) == 1
        printed = "\n".join(_lines(answers[0]))
        assert f"\n  {COUNTY}: 新的接口说明与配置不符，继续使用原来的 · the new description does not fit: the one in use stays  http" in printed
        assert "\n    newCase: -matterCode\n    newCase: +matterNo (int !)\nmappings/" in printed
        pages.clear()
        [told] = (await reload(office.home))["interfaces"]
        assert (told["state"], "HTTP 404" in told["hindered"]) == ("not_looked_at", True)


async def test_a_wsdl_in_a_file_that_no_longer_fits_stops_the_whole_reload(office: Office, tmp_path: Path) -> None:
    """As any file of the home that disagrees; one that fits is taken up."""
    file = tmp_path / lushan(tmp_path)
    await asyncio.to_thread(office.json, "county", "add", "--from", office.answers(wsdl_answers(file.name, more=KINDS["made-up"][1])))
    kept = office.home / "wsdl/konggang/lushan.wsdl"
    before = kept.read_text(encoding="utf-8")
    async with hub_of(office.home):
        kept.write_text(before.replace('name="matterCode" type="xs:string"', 'name="matterNo" type="xs:int"'), encoding="utf-8")
        answer = await reload(office.home)
        assert (answer["state"], answer["interfaces"]) == ("refused", [])
        assert {one["code"] for one in answer["problems"] if one["severity"] == "error"} == {"GT659", "GT660"}
        kept.write_text(before.replace("</definitions>", "<!-- 第二版 --></definitions>"), encoding="utf-8")
        [told] = (await reload(office.home))["interfaces"]
        assert (told["state"], told["changes"]) == ("taken", [])


async def test_the_imports_of_an_imitated_wsdl_are_served_and_it_answers_what_it_is_told(tmp_path: Path) -> None:
    """A fault, too, with the detail that the WSDL declares."""
    file = tmp_path / case_exchange(tmp_path)
    description = await Keeper(file.as_uri(), tmp_path).description()
    operation = next(one for one in choose_port(description, None, None, "1.1").operations if one.name == "SubmitStep")
    asked = enveloped(example(operation.request.parts[0], description.types))
    told = {"fault/code": "Server.Busy", "fault/detail/InvalidCase/Code": "12"}
    for number, (answers, status, said) in enumerate((({"Receipt/Code": "0"}, 200, b">0<"), (told, 500, b">12<"))):
        async with imitated(of_files("wsdl", file), tmp_path / str(number), answers=answers) as url, aiohttp.ClientSession() as client:
            async with client.get(f"{url}/services/CaseTypes.xsd") as answer:
                assert (answer.status, await answer.read()) == (200, (tmp_path / "CaseTypes.xsd").read_bytes())
            async with client.get(f"{url}/services/Other.xsd") as answer:
                assert answer.status == 404
            async with client.post(url, data=asked, headers={"Content-Type": "text/xml; charset=utf-8"}) as answer:
                assert answer.status == status
                assert said in await answer.read()


async def test_what_no_reply_has_cannot_be_told(tmp_path: Path) -> None:
    file = tmp_path / lushan(tmp_path)
    imitation = of_files("wsdl", file)
    settings = imitation.spec.settings.model_validate({**imitation.settings, "answers": {"stat": "0"}})
    with pytest.raises(ProblemsError) as refused:
        await imitation.spec.run(settings, tmp_path / "books")
    assert [(one.code.id, one.path) for one in refused.value.problems] == [("GT663", "stat")]


def test_an_imitation_answers_what_the_systems_rules_call_a_success(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    office.json("county", "add", "--from", office.answers(wsdl_answers(lushan(office.home.parent), more=KINDS["made-up"][1])))
    assert success_of(office.home, COUNTY) == {"state": "0"}

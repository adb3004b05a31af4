"""Work starts before the network is open: systems imitated from a profile, from a home's own settings, from samples."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from lxml import etree
from tests.onboarding.conftest import Office, answers_of

from guantong.cli.simulate import run_simulator
from guantong.cli.simulate_as import Imitation, of_files, of_profile, of_system
from guantong.config import load
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.readiness.probing import probe
from guantong.starter import starter
from guantong_adapters.simulation.samples import read_samples
from guantong_adapters.soap.calls.message import compile_operations
from guantong_adapters.soap.simulators.bywsdl.examples import example
from guantong_adapters.soap.simulators.bywsdl.judging import Judge
from guantong_adapters.soap.simulators.bywsdl.service import taken_along
from guantong_adapters.soap.wsdl.choose import choose_port
from guantong_adapters.soap.wsdl.keeping import Keeper
from guantong_adapters.soap.wsdl.model import Description, Port

CITY = dict.fromkeys((
    "GUANTONG_HALL_PORTAL_TOKEN", "GUANTONG_HALL_DEPT_CODE", "GUANTONG_HALL_IDENTIFY", "GUANTONG_SUPERVISION_USER",
    "GUANTONG_SUPERVISION_PASSWORD", "GUANTONG_SUPERVISION_HUB_KEY",
), "invented")
ACCEPT = '<R><HEAD><TYPE>EX_SL</TYPE></HEAD><DATA><SBLSH>{}</SBLSH><SLSJ>x</SLSJ></DATA></R>'
FINISH = '<R><HEAD><TYPE>EX_BJ</TYPE></HEAD><DATA><SBLSH>{}</SBLSH><BJSJ>x</BJSJ></DATA></R>'
ENVELOPE = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><invoke><xml><![CDATA[{}]]></xml></invoke></e:Body></e:Envelope>'


@asynccontextmanager
async def running(imitation: Imitation, folder: Path, **more: Any) -> AsyncIterator[str]:
    """The address of a simulator that runs until the block ends."""
    settings = imitation.spec.settings.model_validate({**imitation.settings, **more})
    task = asyncio.ensure_future(imitation.spec.run(settings, folder))
    try:
        while not (folder / "ready.json").is_file():
            assert not task.done(), task.exception()
            await asyncio.sleep(0.01)
        yield orjson.loads((folder / "ready.json").read_bytes())["url"]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """Pairs of two kinds, a reply by name, one for all others."""
    folder = tmp_path / "samples"
    folder.mkdir()
    for name, text in {
        "受理.request.xml": ACCEPT.format("1"), "受理.reply.xml": "<RESULT>taken</RESULT>",
        "办结.request.xml": FINISH.format("1"), "办结.reply.422.xml": "<RESULT>too early</RESULT>",
        "login.reply.json": '{"token": "invented"}', "default.reply.txt": "ok",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("path", "body", "stem"), [
    ("/x", ACCEPT.format("29 other digits"), "受理"), ("/x", FINISH.format("2"), "办结"),
    ("/x", ENVELOPE.format(ACCEPT.format("3")), "受理"), ("/api/login?user=a", "", "login"), ("/x", "<login/>", "login"),
    ("/x", '{"a": 1}', "default"), ("/x", "<not xml", "default"),
])
def test_a_request_gets_the_reply_of_its_kind(samples: Path, path: str, body: str, stem: str) -> None:
    found = read_samples(samples).answer(path, body.encode())
    assert found is not None
    assert found.stem == stem


def test_a_request_without_its_reply_and_a_folder_without_any_are_told(tmp_path: Path) -> None:
    (tmp_path / "受理.request.xml").write_text("<a/>", encoding="utf-8")
    with pytest.raises(ProblemsError) as told:
        read_samples(tmp_path)
    assert [problem.code.id for problem in told.value.problems] == ["GT827", "GT826"]


async def test_a_folder_of_samples_answers_and_records_what_it_got(samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "books"
    async with running(of_files("samples", samples), folder) as url, aiohttp.ClientSession() as client:
        async with client.post(f"{url}/services", data=FINISH.format("7")) as answer:
            assert (answer.status, await answer.text()) == (422, "<RESULT>too early</RESULT>")
            assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        async with client.get(f"{url}/login") as answer:
            assert await answer.json() == {"token": "invented"}
    lines = [orjson.loads(line) for line in (folder / "received.jsonl").read_bytes().splitlines()]
    assert [(line["method"], line["path"], line["sample"]) for line in lines] == [("POST", "/services", "办结"), ("GET", "/login", "login")]
    assert (folder / "received" / "000001").read_text(encoding="utf-8") == FINISH.format("7")


def test_a_sample_of_few_fields_and_no_envelope_is_found_by_the_kind_it_says(tmp_path: Path) -> None:
    """What a person writes by hand has what must be there; another kind of as many fields is none the likelier."""
    for stem, kind in (("申办", "EX_SB"), ("受理", "EX_SL")):
        (tmp_path / f"{stem}.request.xml").write_text(f"<ROOT><HEAD><TYPE>{kind}</TYPE></HEAD><DATA><NO>1</NO></DATA></ROOT>")
        (tmp_path / f"{stem}.reply.xml").write_text(f"<R>{kind}</R>")
    fields = "".join(f"<F{number}>x</F{number}>" for number in range(30))
    whole = f"<Envelope><Body><invoke><xml><![CDATA[<ROOT><HEAD><TYPE>EX_SL</TYPE></HEAD><DATA><NO>9</NO>{fields}</DATA></ROOT>]]></xml></invoke></Body></Envelope>"
    found = read_samples(tmp_path).answer("/services", whole.encode())
    assert found is not None
    assert found.stem == "受理"
    assert read_samples(tmp_path).answer("/services", whole.replace("EX_SL", "EX_BJ").encode()) is None


@pytest.mark.parametrize(("fault", "end"), [("busy", 503), ("error", 500), ("garbage", 200), ("reset", None)])
async def test_every_nth_request_goes_wrong_as_told(samples: Path, tmp_path: Path, fault: str, end: int | None) -> None:
    faults = {"every": 2, "fault": fault}
    async with running(of_files("samples", samples), tmp_path / "books", faults=faults) as url, aiohttp.ClientSession() as client:
        ends: list[int | None] = []
        for _ in range(4):
            try:
                async with client.post(f"{url}/x", data=b"{}") as answer:
                    ends.append(answer.status)
            except aiohttp.ClientConnectionError:
                ends.append(None)
    assert ends[1] == ends[3] == end
    assert ends[0] == ends[2] == 200


async def test_a_system_of_the_home_is_imitated_with_what_the_hub_uses(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From an empty folder to a probe that finds the imitated county in order: its address, its token, its answers."""
    for name, value in {**CITY, "GUANTONG_KONGGANG_TOKEN": "invented"}.items():
        monkeypatch.setenv(name, value)
    office.guantong("county", "add", "--from", office.answers(answers_of("county-rest-json")))
    imitation = of_system(office.home, "konggang.approval")
    assert imitation.spec.name == "county-rest"
    assert imitation.settings["hub_path"] == "/in/konggang.approval/events"
    place = office.home / "config" / "counties" / "konggang.yaml"
    async with running(imitation, tmp_path / "books") as url:
        text = place.read_text(encoding="utf-8").replace("http://approval.konggang.example.invalid", url)
        place.write_text(text, encoding="utf-8")
        configuration = load(office.home, registry(), os.environ).configuration
        assert configuration is not None
        steps = await probe(configuration.systems["konggang.approval"], registry(), configuration)
    assert [(step.step, step.category) for step in steps] == [("connect", ""), ("open", ""), ("http", "")]


def test_a_profile_decides_the_simulator_its_settings_and_invents_the_secrets() -> None:
    found = of_profile("county-table-ea-jc", "konggang")
    assert (found.spec.name, found.settings["family"], found.settings["county"]) == ("county-table", "ea-jc", "konggang")
    assert list(of_profile("county-rest-json", "").invented) == ["token"]


def test_secrets_are_invented_also_for_a_profile_that_no_shipped_system_uses() -> None:
    """Without them a simulated gateway would turn every call away, and nobody could learn its token."""
    assert list(of_profile("gd-hall-rest", "").invented) == ["token"]
    assert list(of_profile("county-soap-wsdl", "konggang").invented) == ["password", "user"]


def test_every_shipped_county_profile_has_a_simulator() -> None:
    profiles = [file.stem for file in (starter("config") / "profiles").glob("county-*.yaml")]
    assert [profile for profile in profiles if not of_profile(profile, "konggang").spec.name] == []


def test_a_profile_nobody_stands_for_is_told_with_the_nearest(office: Office) -> None:
    done = office.guantong("simulate", "--profile", "county-rest-jsn", "--folder", "x")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[0].startswith("没有模拟接口模板 'county-rest-jsn' 的系统 (county-rest-json?); 可用：county-amqp, county-files, ")



WSDL = Path(str(files("guantong_adapters.soap.simulators.caseexchange") / "CaseExchange.wsdl"))
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"


async def described(home: Path) -> tuple[Description, Port]:
    """What the case exchange's WSDL says."""
    description = await Keeper(taken_along(WSDL, home).as_uri(), home).description()
    return description, choose_port(description, None, None, "1.1")


def enveloped(content: etree._Element) -> bytes:
    root = etree.Element(f"{{{SOAP_11}}}Envelope")
    etree.SubElement(root, f"{{{SOAP_11}}}Body").append(content)
    return etree.tostring(root, encoding="utf-8")


async def test_an_example_of_every_message_fits_the_wsdl_it_was_made_from(tmp_path: Path) -> None:
    description, port = await described(tmp_path)
    judge = Judge(description.types)
    for operation in port.operations:
        for message in filter(None, (operation.request, operation.reply)):
            assert [judge.mistakes(example(part, description.types), part) for part in message.parts] == [[]]


async def test_an_element_in_another_namespace_is_told_with_the_one_found_and_the_one_expected(tmp_path: Path) -> None:
    """The commonest slip of a client made by hand; each place is told, the operation's own too."""
    description, port = await described(tmp_path)
    [part] = port.operations[2].request.parts
    request = etree.tostring(example(part, description.types), encoding="unicode")
    types = part.namespace + "types"
    mistakes = Judge(description.types).mistakes(etree.fromstring(request.replace(types, "urn:other")), part)
    assert mistakes[0] == (f"SubmitStep/record/ApplyNo：命名空间应为 {types}，实际为 urn:other · "
                           f"expected the namespace {types}, found urn:other")
    unqualified = etree.fromstring("<SubmitStep/>")
    assert Judge(description.types).mistakes(unqualified, part)[0] == (
        f"SubmitStep：命名空间应为 {part.namespace}，实际为 空 · expected the namespace {part.namespace}, found (none)")


def test_of_the_other_systems_of_the_home_no_secret_is_needed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of("county-rest-json")))
    with pytest.raises(ProblemsError) as none:
        of_system(office.home, "konggang.approval")
    assert [one.line() for one in none.value.problems] == [
        ("config/counties/konggang.yaml:13:14 systems.approval.secrets.token: the environment variable GUANTONG_KONGGANG_TOKEN "
         "is not set; set GUANTONG_KONGGANG_TOKEN to the secret 'token' before starting [GT107]")]
    monkeypatch.setenv("GUANTONG_KONGGANG_TOKEN", "invented")
    assert of_system(office.home, "konggang.approval").settings["secrets"] == {"token": "invented"}


@pytest.mark.parametrize(("profile", "path"), [
    ("county-soap-invoke", "/services/Approval"), ("county-soap-wsdl", "/CaseExchange.asmx"), ("supervision-soap", "/services/Server"),
    ("gd-hall-soap", "/services/DataExchange"),
])
async def test_a_soap_system_tells_the_whole_address_that_takes_calls(tmp_path: Path, profile: str, path: str) -> None:
    async with running(of_profile(profile, ""), tmp_path) as url, aiohttp.ClientSession() as client:
        told = orjson.loads((tmp_path / "ready.json").read_bytes())
        assert told["service"] == f"{url}{path}"
        async with client.post(told["service"], data="<not soap>") as answer:
            assert answer.status != 404


async def test_where_a_simulator_listens_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ready.json").write_text('{"url": "an earlier run\'s"}', encoding="utf-8")
    said = asyncio.Event()

    async def run(_settings: object, folder: Path) -> None:
        (folder / "ready.json").write_text('{"url": "http://127.0.0.1:9", "service": "http://127.0.0.1:9/s", '
                                           '"database": "sqlite:///x", "pid": 1}', encoding="utf-8")
        heard = ""
        while heard.count("\n") < 4:
            await asyncio.sleep(0.01)
            heard += capsys.readouterr().out
        assert heard == ("地址 url: http://127.0.0.1:9\nSOAP 地址 service: http://127.0.0.1:9/s\n前置库 database: sqlite:///x\n"
                         "模拟系统运行中，Ctrl-C 停止 · it runs until Ctrl-C\n")
        said.set()

    await run_simulator(replace(registry().simulators["samples"], run=run), None, tmp_path)
    assert said.is_set()


@pytest.mark.parametrize("kind", ["--wsdl", "--samples"])
def test_what_is_not_there_cannot_be_imitated(office: Office, kind: str) -> None:
    done = office.guantong("simulate", kind, "nowhere", "--folder", "x")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[1].endswith("give --samples a folder, --wsdl a file [GT829]")


async def test_a_service_of_which_only_the_wsdl_is_known_answers_with_examples(tmp_path: Path) -> None:
    description, port = await described(tmp_path)
    operation = next(one for one in port.operations if one.name == "SubmitStep")
    compiled = compile_operations(port, description.types)["SubmitStep"]
    asked, said = enveloped(example(operation.request.parts[0], description.types)), (tmp_path / "wsdl" / WSDL.name).read_bytes()
    async with running(of_files("wsdl", WSDL), tmp_path / "books") as url, aiohttp.ClientSession() as client:
        async with client.get(f"{url}/any/path?wsdl") as answer:
            assert await answer.read() == said
        async with client.post(f"{url}/any/path", data=asked, headers={"Content-Type": "text/xml; charset=utf-8"}) as answer:
            assert answer.status == 200
            body = etree.fromstring(await answer.read())[0]
    assert compiled.reply is not None
    assert "Receipt" in compiled.reply.read(body)


async def test_every_place_of_a_request_that_does_not_fit_the_wsdl_is_told(tmp_path: Path) -> None:
    description, port = await described(tmp_path)
    operation = next(one for one in port.operations if one.name == "SubmitStep")
    request = example(operation.request.parts[0], description.types)
    record = request[0]
    removed = next(child for child in record if etree.QName(child).localname == "StepTime")
    record.remove(removed)
    etree.SubElement(record, "Unheard").text = "x"
    async with running(of_files("wsdl", WSDL), tmp_path / "books") as url, aiohttp.ClientSession() as client:
        async with client.post(url, data=enveloped(request), headers={"Content-Type": "text/xml; charset=utf-8"}) as answer:
            assert answer.status == 500
            told = await answer.text()
        async with client.post(url, data=enveloped(etree.Element("Nothing")), headers={"Content-Type": "text/xml"}) as answer:
            unknown = await answer.text()
    assert "2 places do not fit the WSDL" in told
    assert "SubmitStep/record/StepTime：应为必填：WSDL 要求该元素" in told
    assert "SubmitStep/record/Unheard：应为无此元素：WSDL 中没有定义" in told
    assert "known: QueryCase, SubmitAcceptance, SubmitApplication, SubmitFinish, SubmitStep" in unknown

"""Work starts before the network is open: systems imitated from a profile, from a home's own settings, from samples."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from tests.onboarding.conftest import Office, answers_of

from guantong.cli.simulate_as import Imitation, of_files, of_profile, of_system
from guantong.config import load
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.readiness.probing import probe
from guantong.starter import starter
from guantong_adapters.simulation.samples import read_samples

CITY = dict.fromkeys((
    "GUANTONG_HALL_PORTAL_TOKEN", "GUANTONG_HALL_DEPT_CODE", "GUANTONG_HALL_IDENTIFY", "GUANTONG_SUPERVISION_USER",
    "GUANTONG_SUPERVISION_PASSWORD",
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


def test_every_shipped_county_profile_has_a_simulator() -> None:
    profiles = [file.stem for file in (starter("config") / "profiles").glob("county-*.yaml")]
    assert [profile for profile in profiles if not of_profile(profile, "konggang").spec.name] == []


def test_a_profile_nobody_stands_for_is_told_with_the_nearest(office: Office) -> None:
    done = office.guantong("simulate", "--profile", "county-rest-jsn", "--folder", "x")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[0].startswith("没有模拟接口模板 'county-rest-jsn' 的系统 (county-rest-json?); 可用：county-files, ")

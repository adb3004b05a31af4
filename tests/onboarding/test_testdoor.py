"""The test door: as the real one in everything but that nothing is kept, and every mistake is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from tests.onboarding.conftest import Office, answers_of

from guantong.blobs.folding import Part
from guantong.blobs.keeping import Blobs, TooLarge
from guantong.config import load
from guantong.control import posts_of
from guantong.hub import Hub, running
from guantong.journey.engine import Engine
from guantong.plugins import registry
from guantong.record import Record
from guantong.testdoor.doors import AT_ONCE, LARGEST_FILE, TestDoors
from guantong.testdoor.report import Report, judge

MIB = 1 << 20
SECRETS = dict.fromkeys((
    "GUANTONG_HALL_PORTAL_TOKEN", "GUANTONG_HALL_DEPT_CODE", "GUANTONG_HALL_IDENTIFY", "GUANTONG_SUPERVISION_USER",
    "GUANTONG_SUPERVISION_PASSWORD", "GUANTONG_SUPERVISION_HUB_KEY", "GUANTONG_KONGGANG_TOKEN", "GUANTONG_DANAN_KEY",
), "invented")
GOOD = {
    "type": "accept", "applyNo": "10000010100699201211407150777", "bizNo": "KG20140715-0777", "ver": 1,
    "itemCode": "10000010100699201213445202", "itemName": "个体工商户设立登记", "regionCode": "445298",
    "orgName": "空港某局", "operatorName": "欧阳示例", "result": "accepted", "time": "2014-07-16 09:00:00",
}
SOAP = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<invoke><xml><![CDATA[<ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE></HEAD><DATA><SBLSH>10000010100699201211407150777</SBLSH>
<SJBBH>1</SJBBH><SLSJ>{time}</SLSJ><SLZTDM>{state}</SLZTDM></DATA></ROOT>]]></xml></invoke></soapenv:Body></soapenv:Envelope>"""


@dataclass
class Doors:
    """A running hub with a REST county and a SOAP county that have test doors, and a client."""

    hub: Hub
    client: aiohttp.ClientSession

    async def post(self, record: Any, *, door: str = "test", token: str = "invented", accept: str = "*/*") -> aiohttp.ClientResponse:  # noqa: S107  an invented token
        """Post *record* as the REST county does."""
        answer = await self.client.post(f"{self.base}/{door}/konggang.approval/events", data=orjson.dumps(record),
                                        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": accept})
        await answer.read()
        return answer

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.hub.port}"


@pytest.fixture
async def doors(office: Office) -> AsyncIterator[Doors]:
    office.guantong("county", "add", "--from", office.answers(answers_of("county-rest-json", "test_door: true\n")))
    second = answers_of("county-soap-invoke", "test_door: true\n").replace("konggang", "danan").replace("445298", "445297")
    office.guantong("county", "add", "--from", office.answers(second))
    hub = office.home / "config" / "guantong.yaml"
    hub.write_text(hub.read_text(encoding="utf-8").replace("127.0.0.1:8080", "127.0.0.1:0"), encoding="utf-8")
    loaded = load(office.home, registry(), SECRETS)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    async with running(loaded.configuration, registry()) as made, aiohttp.ClientSession() as client:
        yield Doors(made, client)


async def test_a_good_record_passes_and_nothing_is_kept(doors: Doors) -> None:
    answer = await doors.post(GOOD)
    told = orjson.loads(await answer.read())
    assert (answer.status, told["ok"], told["kept"], told["problems"]) == (200, True, False, [])
    assert told["events"] == [{"event": "case.acceptance", "title_zh": "受理"}]
    assert doors.hub.engine.reader.message(1) is None


async def test_how_it_was_mapped_is_told_with_persons_masked(doors: Doors) -> None:
    told = orjson.loads(await (await doors.post(GOOD)).read())
    values = {one["source"]: one["value"] for one in told["fields"]}
    assert values["itemName"] == "个体工商户设立登记"
    assert "示例" not in values["operatorName"]


async def test_a_misspelt_field_is_told_as_missed_and_as_unread(doors: Doors) -> None:
    told = orjson.loads(await (await doors.post({**{key: value for key, value in GOOD.items() if key != "result"}, "reslt": "accepted"})).read())
    assert [(one["path"], one["message_zh"]) for one in told["problems"]] == [("result", "必填项为空")]
    assert told["unread"] == ["reslt"]


async def test_every_mistake_of_a_record_is_told_in_both_languages(doors: Doors) -> None:
    answer = await doors.post({**GOOD, "result": "perhaps", "time": "yesterday", "applyNo": "", "bizNo": ""})
    told = orjson.loads(await answer.read())
    assert answer.status == 422
    assert {one["path"] for one in told["problems"]} == {"result", "time"}
    by_path = {one["path"]: one for one in told["problems"]}
    assert by_path["result"]["code"] == "GT243"
    assert by_path["result"]["message_zh"].startswith("代码 'perhaps' 没有对应关系")
    assert by_path["result"]["hint"].startswith("send one of the codes named here")  # it has no code table, and nothing to replay
    assert "重放" not in by_path["result"]["hint_zh"]
    assert by_path["time"]["hint_zh"].startswith("请按接口规范的格式填写")
    assert doors.hub.engine.reader.message(1) is None


async def test_a_browser_gets_a_page_in_which_nothing_that_came_is_markup(doors: Doors) -> None:
    answer = await doors.post({**GOOD, "itemName": "<script>alert(1)</script>", "result": "<b>"}, accept="text/html")
    text = await answer.text()
    assert answer.content_type == "text/html"
    assert "<script>" not in text
    assert "<b>" not in text
    assert "&lt;script&gt;" in text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_who_is_nobody_is_turned_away_as_at_the_real_door(doors: Doors) -> None:
    refused = [await doors.post(GOOD, door=door, token="another") for door in ("test", "in")]
    assert refused[0].status == refused[1].status == 401
    assert await refused[0].read() == await refused[1].read()


async def test_soap_hears_of_every_mistake_in_its_own_manner(doors: Doors) -> None:
    headers = {"X-Guantong-Key": "invented", "Content-Type": "text/xml; charset=utf-8"}
    url = f"{doors.base}/test/danan.approval/soap"
    async with doors.client.post(url, data=SOAP.format(time="x", state="77").encode(), headers=headers) as answer:
        bad = await answer.text(encoding="gb18030")
    async with doors.client.post(url, data=SOAP.format(time="2014-07-16 09:00:00", state="1").encode(), headers=headers) as answer:
        good = await answer.text(encoding="gb18030")
    assert "<CODE>0</CODE>" in bad
    assert (bad.count("[GT244]"), bad.count("[GT243]")) == (1, 1), bad  # each code beside its mistake, none said again at the end
    assert "SLSJ" in bad
    assert "SLZTDM" in bad
    assert "<CODE>1</CODE>" in good


async def test_posts_are_overseen_without_what_was_in_them(doors: Doors, office: Office) -> None:
    await doors.post(GOOD)
    await doors.post({**GOOD, "result": "perhaps"})
    await doors.post(GOOD, token="another")
    posts = await posts_of(office.home, "konggang")
    assert posts is not None
    assert [(post["system"], post["kinds"], post["ok"], post["codes"]) for post in posts] == [
        ("konggang.approval", [], False, {"GT510": 1}), ("konggang.approval", ["accept"], False, {"GT243": 1}),
        ("konggang.approval", ["accept"], True, {})]
    shown = await asyncio.to_thread(office.guantong, "county", "posts", "konggang")
    assert "3 次，其中通过 1 次 · 3 posts" in shown.stdout
    assert await posts_of(office.home, "danan") == []


async def test_a_flood_is_asked_to_come_again(doors: Doors) -> None:
    statuses = [(await doors.post(GOOD)).status for _ in range(AT_ONCE * 2)]
    assert statuses[:AT_ONCE] == [200] * AT_ONCE
    assert 503 in statuses


async def test_many_records_in_one_post_count_as_many(doors: Doors) -> None:
    """Judging takes the hub's time: who sends a thousand at once waits until it has been made up for."""
    many = await doors.post([{**GOOD, **{f"u{number}-{other}": "1" for other in range(20)}} for number in range(900)])
    told = orjson.loads(await many.read())
    assert (many.status, len(told["unread"])) == (200, 900 * 20)
    assert (await doors.post(GOOD)).status == 503


async def test_a_file_beside_a_record_is_weighed_and_forgotten(doors: Doors) -> None:
    """What is promised of records holds for files: nothing reaches the blob store, nor is there room for large ones."""
    engine = doors.hub.engine
    system = engine.system("konggang.approval")
    keep = TestDoors(engine).context(doors.hub._context(system), system).keep
    content = [b"%PDF-" + bytes(MIB), bytes(MIB)]
    async with keep() as intake:
        for part in content:
            await intake.write(part)
        assert await intake.keep() == Blobs.hashed(content)
    async with keep() as intake:
        with pytest.raises(TooLarge):
            await intake.write(bytes(LARGEST_FILE + 1))
    assert not [path for path in (office_blobs(engine)).rglob("*") if path.is_file()]


def test_what_came_beside_is_handed_to_the_record_that_names_it(doors: Doors) -> None:
    """And shown by its size: a part that no record claims is a mistake here too."""
    engine = doors.hub.engine
    system = engine.system("konggang.approval")
    blob = Blobs.hashed([b"content"])

    def judged(part: Part) -> Report:
        return judge(system, engine.configuration.model, engine.vault, Record(system.id, orjson.dumps(GOOD), parts=(part,)))

    assert [one.code for one in judged(Part("scan", blob, "a.pdf", "scanName")).mistakes] == ["GT834"]
    assert judged(Part("scan", blob)).good
    assert [one.value for one in judged(Part("itemName", blob)).mapped if one.source == "itemName"] == ["[7]"]


def office_blobs(engine: Engine) -> Path:
    """Where the hub's blobs lie."""
    return engine.configuration.home / "var" / "blobs"


def test_without_a_hub_the_overview_says_so(office: Office) -> None:
    done = office.guantong("county", "posts", "konggang")
    assert done.exit_code == 2
    assert "[GT825]" in done.stderr


async def test_there_is_no_test_door_unless_it_is_asked_for(doors: Doors) -> None:
    async with doors.client.post(f"{doors.base}/test/city.hall-portal/applications") as answer:
        assert answer.status == 404


def test_a_system_that_does_not_call_us_has_no_door_to_test(office: Office) -> None:
    made = office.json("county", "add", "--from", office.answers(answers_of("county-files", "test_door: true\n")))
    assert [one["code"] for one in made["problems"] if one["severity"] == "error"] == ["GT824"]

"""The simulated hall, county and supervision behave as the real ones are described, and our adapter speaks
with them over real HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree
from tests.adapters.soap_peer import COUNTY, HALL, RARE, SECRETS, SUPERVISION, Hub, context, outgoing

from guantong.record import Acceptance, NotSent, Reply, Unsure, Verdict
from guantong_adapters.simulation.ledger import read_effects, read_rejections
from guantong_adapters.simulation.story import Act, Story, write_stories
from guantong_adapters.soap.connection import SoapConnection, open_soap
from guantong_adapters.soap.simulators.county import run_county
from guantong_adapters.soap.simulators.hall import run_hall
from guantong_adapters.soap.simulators.settings import CountySettings, HallSettings, SupervisionSettings
from guantong_adapters.soap.simulators.supervision import run_supervision

SERIAL = "1000001010069930141407150001"[:28] + "1"
ITEM = "10000010100699301413445203"
SECRETS_HELD = {**SECRETS, "token": "portal-token"}


@asynccontextmanager
async def running(work: Awaitable[None], folder: Path) -> AsyncIterator[str]:
    """A simulator until the block ends; gives its address."""
    task = asyncio.ensure_future(work)
    ready = folder / "ready.json"
    try:
        while not ready.exists():
            assert not task.done(), task.exception()
            await asyncio.sleep(0.005)
        yield str(json.loads(ready.read_bytes())["url"])
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def hall(folder: Path, **more: Any) -> AsyncIterator[SoapConnection]:
    """The hall, and our connection to it."""
    settings = HallSettings.model_validate({"secrets": SECRETS_HELD, **more})
    async with running(run_hall(settings, folder), folder) as url:
        connection = await open_soap(context(HALL, url=f"{url}/services/DataExchange"))
        yield connection
        await connection.close()


@asynccontextmanager
async def supervision(folder: Path, **more: Any) -> AsyncIterator[SoapConnection]:
    """The supervision platform, and our connection to it."""
    settings = SupervisionSettings.model_validate({"secrets": SECRETS_HELD, **more})
    async with running(run_supervision(settings, folder), folder) as url:
        connection = await open_soap(context(SUPERVISION, url=f"{url}/services/Server"))
        yield connection
        await connection.close()


def exinfo(table: str, **fields: str) -> bytes:
    """An ExInfo document, as our codec writes it."""
    inside = "".join(f'<Field FieldName="{name}">{escape(value)}</Field>' for name, value in fields.items())
    return f'<ExInfo><standardInfo process="{table}">{inside}</standardInfo></ExInfo>'.encode()


async def said(connection: SoapConnection, body: bytes, kind: str, key: str = "GT01") -> str:
    """What the other side answers, as text."""
    end = await connection.send(outgoing(body, kind, key))
    assert isinstance(end, Reply), end
    return end.body.decode(end.meta["charset"])


async def test_the_hall_takes_an_event_once_and_keeps_it_as_it_was(tmp_path: Path) -> None:
    """New, then a duplicate; another version or another step of the same case is new again."""
    fields = {"SBLSH": SERIAL, "SPHJDM": "1", "SPSJ": "2014-07-15 10:30:00", "SJBBH": "1", "SPRXM": f"张{RARE}"}
    async with hall(tmp_path) as connection:
        answers = [
            await said(connection, exinfo("EX_GDBS_SPCL", **{**fields, **change}), "EX_GDBS_SPCL")
            for change in ({}, {}, {"SJBBH": "2"}, {"SPHJDM": "2"})
        ]
    assert answers == [
        "编码：0；描述：接收成功", "编码：1；描述：办件已存在", "编码：0；描述：接收成功", "编码：0；描述：接收成功",
    ]
    first, *others = read_effects(tmp_path / "ledger.db")
    assert (first.kind, first.key, first.version) == ("EX_GDBS_SPCL", (SERIAL, "1", "2014-07-15 10:30:00"), "1")
    assert (first.fields, first.repeats, len(others)) == (fields, 1, 2)


async def test_the_hall_mints_one_serial_for_an_application_that_has_none(tmp_path: Path) -> None:
    """29 characters: item and organisation, 1, the day, four digits; the same when asked again, after a lost
    reply and after a restart; the next case gets another."""
    row = {"YWLSH": "JD20140715-0001", "SXBM": ITEM, "SBSJ": "2014-7-15 10:30:00", "SJBBH": "1"}
    other = {**row, "YWLSH": "JD20140715-0002"}
    async with hall(tmp_path, faults={"lose_reply": ["EX_GDBS_SB:JD20140715-0001"]}) as connection:
        assert isinstance(await connection.send(outgoing(exinfo("EX_GDBS_SB", **row), "EX_GDBS_SB")), Unsure)
        again = await said(connection, exinfo("EX_GDBS_SB", **row), "EX_GDBS_SB")
        second = await said(connection, exinfo("EX_GDBS_SB", **other), "EX_GDBS_SB")
    serial = f"{ITEM[:18]}11407155001"
    assert (len(serial), again) == (29, f"编码：1；描述：办件已存在；流水号：{serial}")
    assert second == f"编码：0；描述：接收成功；流水号：{serial[:-1]}2"
    (tmp_path / "ready.json").unlink()
    async with hall(tmp_path) as connection:
        assert await said(connection, exinfo("EX_GDBS_SB", **row), "EX_GDBS_SB") == again
    assert [effect.fields["SBLSH"] for effect in read_effects(tmp_path / "ledger.db")] == [serial, serial[:-1] + "2"]


async def test_the_hall_refuses_for_good_what_it_cannot_take(tmp_path: Path) -> None:
    """Unknown item, a column too long in GBK bytes, no serial, a broken document: nothing takes effect."""
    async with hall(tmp_path, unknown_items=["NO-SUCH-ITEM"]) as connection:
        cases = [
            ({"SBLSH": SERIAL, "SXBM": "NO-SUCH-ITEM"}, "编码：2；描述：事项不存在"),
            ({"SBLSH": SERIAL, "SPYJ": "符" * 1001}, "编码：3；描述：字段超长 SPYJ"),
            ({"SBLSH": SERIAL, "SPRXM": "龶" * 101}, "编码：3；描述：字段超长 SPRXM"),
            ({"YWLSH": "JD1"}, "编码：6；描述：缺少申办流水号"),
        ]
        for fields, answer in cases:
            assert await said(connection, exinfo("EX_GDBS_SPCL", **fields), "EX_GDBS_SPCL") == answer
        assert (await said(connection, b"<ExInfo/>", "EX_GDBS_SPCL")).startswith("编码：5")
        assert (await said(connection, exinfo("EX_GDBS_SL", SBLSH=SERIAL), "EX_GDBS_BJ")).startswith("编码：5")
        exact = await said(connection, exinfo("EX_GDBS_SPCL", SBLSH=SERIAL, SPYJ="符" * 1000), "EX_GDBS_SPCL")
    assert exact.startswith("编码：0")
    assert len(read_effects(tmp_path / "ledger.db")) == 1
    assert len(read_rejections(tmp_path / "ledger.db")) == len(cases) + 2


async def test_the_hall_is_busy_and_goes_down_when_told_to(tmp_path: Path) -> None:
    """Every third request is answered busy without effect; after the fourth nobody listens: not sent."""
    faults = {"busy_every": 3, "down": [{"after_requests": 4, "for_seconds": 600}]}
    async with hall(tmp_path, faults=faults) as connection:
        answers = [
            await said(connection, exinfo("EX_GDBS_SL", SBLSH=f"S{number}"), "EX_GDBS_SL") for number in range(4)
        ]
        while not isinstance(end := await connection.send(outgoing(b"<ExInfo/>")), NotSent):
            assert isinstance(end, Reply | Unsure)
    assert [answer[:4] for answer in answers] == ["编码：0", "编码：0", "编码：9", "编码：0"]


async def test_supervision_wants_a_login_a_signature_and_every_position(tmp_path: Path) -> None:
    """The adapter logs in by itself; a spent key is said, renewed and the record then taken once."""
    values = ["20140715103000", f"李{RARE}", "已审核", "同意<A&B>", "审核", SERIAL, "JD1", "SPCL", "", "1"]
    body = "".join(f"<field_{n}>{escape(value)}</field_{n}>" for n, value in enumerate(values, 1)).encode("gb18030")
    async with supervision(tmp_path, key_uses=2) as connection:
        answers = [await said(connection, body, "logDataSubmit") for _ in range(3)]
        await connection.renew()
        later = await said(connection, body.replace(b"SPCL", b"BJ"), "logDataSubmit")
        short = await said(connection, b"<field_1>x</field_1>", "logDataSubmit")
    results = [etree.fromstring(answer) for answer in (*answers, later, short)]
    assert [result.findtext("code") for result in results] == ["0", "1", "2", "0", "3"]
    first, second = read_effects(tmp_path / "ledger.db")
    assert (first.kind, first.key, first.version) == (
        "logDataSubmit", (SERIAL, "SPCL", "20140715103000", ""), "1",
    )
    assert [first.fields[f"field_{n}"] or "" for n in range(1, 11)] == values
    assert second.key[1] == "BJ"


async def test_supervision_takes_what_a_department_answers_to_a_card(tmp_path: Path) -> None:
    """A reply is told apart by case, card and time; one without the case is refused."""
    def body(case: str) -> bytes:
        values = ["20140724090000", f"李{RARE}", "JC20140723001", "已整改", "某局", case, "1"]
        return "".join(f"<field_{n}>{escape(value)}</field_{n}>" for n, value in enumerate(values, 1)).encode("gb18030")

    async with supervision(tmp_path) as connection:
        answers = [await said(connection, body(case), "warnReplySubmit") for case in (SERIAL, SERIAL, "")]
    assert [etree.fromstring(answer).findtext("code") for answer in answers] == ["0", "1", "3"]
    (reply,) = read_effects(tmp_path / "ledger.db")
    assert (reply.kind, reply.key, reply.version) == ("warnReplySubmit", (SERIAL, "JC20140723001", "20140724090000"), "1")


async def test_supervision_refuses_a_wrong_password_and_a_damaged_body(tmp_path: Path) -> None:
    """Without a login nothing is sent; a body that does not match its signature takes no effect."""
    async with supervision(tmp_path, secrets={**SECRETS_HELD, "password": "another"}) as connection:
        end = await connection.send(outgoing(b"<field_1/>"))
        assert isinstance(end, NotSent)
        assert "login was refused" in end.reason
    damaged = {**SUPERVISION, "message": {**SUPERVISION["message"], "signed_charset": "utf-8"}}
    (tmp_path / "ready.json").unlink()
    async with running(
        run_supervision(SupervisionSettings.model_validate({"secrets": SECRETS_HELD}), tmp_path), tmp_path
    ) as url:
        connection = await open_soap(context(damaged, url=f"{url}/services/Server"))
        answer = await said(connection, "<field_1>误</field_1>".encode("gb18030"), "logDataSubmit")
        await connection.close()
    assert answer == "<result><code>3</code><desc>签名错误</desc></result>"


COMMON = {"serial.province": SERIAL, "item.code": ITEM, "region": "445203"}
APPLICATION = Act("case.application", {
    **COMMON, "applicant.name": RARE, "applicant.type": "person", "channel": "online",
    "applied_at": "2014-07-05T09:05:00", "materials": [{"name": "申请书", "kind": "electronic", "count": 2}],
}, quirks={"dates": "unpadded", "empty": "null", "duplicate": 1})
ACCEPTANCE = Act("case.acceptance", {
    **COMMON, "serial.county": "JD20140715-0001", "outcome": "accepted", "accepted_at": "2014-07-05T10:00:00",
}, quirks={"dates": "compact", "empty": "word", "late": 1})
STEP = Act("case.step", {
    **COMMON, "serial.county": "JD20140715-0001", "step.code": "approval", "org.code": "006993014",
    "step.opinion": "面积<60㎡&“合格”]]>", "step.at": "2014-07-06T10:00:00", "operator.name": RARE,
})
FINISH = Act("case.finish", {"serial.county": "JD20140715-0002", "outcome": "X9"}, version=2)
STORIES = [
    Story(1, "jiedong", "online", SERIAL, "JD20140715-0001", (APPLICATION, ACCEPTANCE, STEP)),
    Story(2, "jiedong", "immediate", "", "JD20140715-0002", (FINISH,)),
    Story(3, "rongcheng", "immediate", "", "RC1", (FINISH,)),
]


@pytest.fixture
def stories(tmp_path: Path) -> Path:
    """A file of three stories."""
    path = tmp_path / "stories.jsonl"
    write_stories(path, STORIES)
    return path


@asynccontextmanager
async def hub_door(hub: Hub) -> AsyncIterator[str]:
    """Our SOAP door as the county reaches it."""
    connection = await open_soap(context(COUNTY, hub))
    door, *_ = connection.doors()
    app = web.Application()
    app.router.add_route(door.method, door.path, door.handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")
    await connection.close()


async def finished(url: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Ask for the status until it is as wanted."""
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{url}/_sim/status") as answer:
                status: dict[str, Any] = orjson.loads(await answer.read())
            if until(status):
                return status
            await asyncio.sleep(0.005)


async def test_a_county_acts_its_cases_out_in_its_own_words(tmp_path: Path, stories: Path) -> None:
    """Cases without application begin when told to; an online one when its application came, whose reply
    brings the county's serial. What it sends reaches our door in GB 18030, misspelt and unpadded as it is."""
    hub = Hub()
    folder = tmp_path / "county"
    async with hub_door(hub) as hub_url:
        settings = CountySettings.model_validate(
            {"secrets": SECRETS_HELD, "stories": stories, "hub_url": hub_url, "faults": {"busy_every": 2}}
        )
        async with running(run_county(settings, folder), folder) as url:
            connection = await open_soap(context(COUNTY, url=f"{url}/services/Approval"))
            async with aiohttp.ClientSession() as session, session.post(f"{url}/_sim/start"):
                pass
            await finished(url, lambda status: status["to_push"] == 2)
            body = (
                '<?xml version="1.0" encoding="GB18030"?><ROOT><HEAD><TYPE>EX_GDBS_SB</TYPE></HEAD><DATA>'
                f"<SBLSH>{SERIAL}</SBLSH><SQRMC>{RARE}</SQRMC><SJBBH>1</SJBBH>"
                "<SBCLQD><CL><CLMC>申请书</CLMC><CLLX>2</CLLX></CL></SBCLQD></DATA></ROOT>"
            ).encode("gb18030")
            answers = [await said(connection, body, "EX_GDBS_SB") for _ in range(3)]
            status = await finished(url, lambda status: bool(status["done"]))
            await connection.close()
    own = "<YWLSH>JD20140715-0001</YWLSH>"
    assert answers == [
        f"<RESULT><CODE>1</CODE><MSG>接收成功</MSG>{own}</RESULT>", "<RESULT><CODE>9</CODE><MSG>系统繁忙</MSG></RESULT>",
        f"<RESULT><CODE>2</CODE><MSG>办件已存在</MSG>{own}</RESULT>",
    ]
    assert (status["pushed"], status["effects"], status["duplicates"], status["busy"]) == (3, 1, 1, 1)
    [effect] = read_effects(folder / "ledger.db")
    assert (effect.key, effect.fields["SQRMC"]) == ((SERIAL,), RARE)
    assert json.loads(effect.fields["SBCLQD"] or "") == [{"CLMC": "申请书", "CLLX": "2"}]

    finish, step, acceptance = [record.body.decode("gb18030") for record in hub.records]
    assert "<BJJGDM>X9</BJJGDM>" in finish
    assert "<SJBBH>2</SJBBH>" in finish
    assert "<SPBMZZJDDM>006993014</SPBMZZJDDM>" in step
    assert "SPBMZZJDMD" not in step
    assert f"<SPRXM>{RARE}</SPRXM>" in step
    assert "<SPYJ>面积&lt;60㎡&amp;“合格”]]&gt;</SPYJ>" in step
    assert "<SLSJ>20140705100000</SLSJ>" in acceptance
    assert "<BSLYY>null</BSLYY>" in acceptance


async def test_a_county_refuses_a_wrong_key_and_takes_no_for_an_answer(tmp_path: Path, stories: Path) -> None:
    """Callers must bring the agreed key; what the hub refuses is listed and not sent for ever."""
    folder = tmp_path / "county"
    async with hub_door(Hub(Verdict(Acceptance.REFUSED, 0, "GT1", "no", "不收"))) as hub_url:
        settings = CountySettings.model_validate({
            "secrets": {"key": "another"}, "stories": stories, "hub_url": hub_url, "start": "at_once",
        })
        async with running(run_county(settings, folder), folder) as url:
            connection = await open_soap(context(COUNTY, url=f"{url}/services/Approval"))
            answer = await said(connection, b"<ROOT/>", "EX_GDBS_SB")
            status = await finished(url, lambda status: status["refused_pushes"] == 1)
            await connection.close()
    assert answer == "<RESULT><CODE>3</CODE><MSG>密钥不正确</MSG></RESULT>"
    assert (status["effects"], status["done"]) == (0, False)  # the online case still waits for its application


async def test_a_county_sends_again_what_the_hub_could_not_take_now(tmp_path: Path, stories: Path) -> None:
    """A full hub and a hub that fails are no refusals: the record comes again until it is taken."""
    hub = Hub(Verdict(Acceptance.REFUSED, 0, "GT4", "full", "已满", again=True))
    folder = tmp_path / "county"
    async with hub_door(hub) as hub_url:
        settings = CountySettings.model_validate(
            {"secrets": SECRETS_HELD, "stories": stories, "hub_url": hub_url, "start": "at_once"}
        )
        async with running(run_county(settings, folder), folder) as url:
            await finished(url, lambda status: status["attempts"] >= 2)
            hub.verdict = Verdict(Acceptance.ROUTED, 1)
            status = await finished(url, lambda status: status["pushed"] == 1)
    assert (status["to_push"], status["refused_pushes"]) == (2, 0)


async def test_the_portal_pushes_online_applications_signed_until_they_are_taken(
    tmp_path: Path, stories: Path
) -> None:
    """JSON by exchange names, with materials, a fresh nonce each time, again after 503, repeated as the
    story says; cases of other channels are not its business."""
    seen: list[tuple[dict[str, str], dict[str, Any]]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), orjson.loads(await request.read())))
        return web.json_response({"code": "0", "message": "接收成功", "id": "M1"}, status=503 if len(seen) == 1 else 200)

    app = web.Application()
    app.router.add_post("/in/city.hall-portal/applications", take)
    folder = tmp_path / "hall"
    async with TestServer(app) as server:
        settings = HallSettings.model_validate({
            "secrets": SECRETS_HELD, "stories": stories, "hub_url": str(server.make_url("")).rstrip("/"),
            "start": "at_once",
        })
        async with running(run_hall(settings, folder), folder) as url:
            status = await finished(url, lambda status: bool(status["done"]))
    assert (status["pushed"], status["to_push"], status["attempts"]) == (2, 0, 3)
    headers, record = seen[-1]
    assert record == {
        **dict.fromkeys(("YWLSH", "SXMC", "BZ", "SQRZJLX", "SQRZJHM", "LXRXM", "LXRSFZJHM", "LXRSJ", "WSSBQD")),
        **dict.fromkeys(("SBXMMC", "SBHZH", "SBJTWD")),
        "SBLSH": SERIAL, "SXBM": ITEM, "XZQHDM": "445203", "SQRLX": "1", "SQRMC": RARE, "TJFS": "1",
        "SBSJ": "2014-7-5 9:5:0", "SJBBH": "1", "SBCLQD": [{"CLMC": "申请书", "CLLX": "2", "CLSL": "2"}],
    }
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, nonce = given["x-tif-timestamp"], given["x-tif-nonce"]
    expected = hashlib.sha256(f"{timestamp}portal-token{nonce}{timestamp}".encode()).hexdigest()
    assert (given["x-tif-signature"], given["x-tif-paasid"]) == (expected, "jieyang-portal")
    assert len({headers["x-tif-nonce"] for headers, _ in seen}) == 3

"""What adapters find when they are probed: credentials, folders, queues; and that nothing of it takes effect."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pika  # type: ignore[import-untyped]  # pika has no types
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import create_engine
from tests.conftest import address

from guantong.adapter import ProbeStep
from guantong.config import load
from guantong.onboarding.answers import answers_from
from guantong.onboarding.compose import compose
from guantong.onboarding.files import write_all
from guantong.plugins import registry
from guantong.readiness.probing import probe
from guantong.readiness.steps import STEPS
from guantong.starter import starter

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Probed = Callable[..., Awaitable[list[ProbeStep]]]
ENVIRON = dict.fromkeys((
    "GUANTONG_HALL_PORTAL_TOKEN", "GUANTONG_HALL_DEPT_CODE", "GUANTONG_HALL_IDENTIFY", "GUANTONG_SUPERVISION_USER",
    "GUANTONG_SUPERVISION_PASSWORD", "GUANTONG_SUPERVISION_HUB_KEY", "GUANTONG_KONGGANG_TOKEN", "GUANTONG_KONGGANG_KEY",
), "invented")


@pytest.fixture
def probed(tmp_path: Path) -> Probed:
    """Probe a county of a profile at an address."""

    async def run(profile: str, where: str, more: str = "", environ: Mapping[str, str] = ENVIRON) -> list[ProbeStep]:
        text = f'county: konggang\nname: {{zh: 空港经济区}}\nregion: "445298"\nprofile: {profile}\naddress: {where}\n{more}'
        answered, problems = answers_from(text.encode(), "answers.yaml", tmp_path)
        assert answered is not None, problems
        made = compose(tmp_path, answered)
        assert not made.wrong, [problem.line() for problem in made.problems]
        write_all(tmp_path, made.files())
        loaded = load(tmp_path, registry(), environ)
        assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
        return await probe(loaded.configuration.systems["konggang.approval"], registry(), loaded.configuration)

    return run


class County:
    """An HTTP interface that answers everything with one status and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[tuple[str, str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path_qs, request.headers.get("Authorization", "")))
        return web.json_response({"code": "1404"}, status=self.status)


@pytest.fixture
async def county() -> AsyncIterator[tuple[County, str]]:
    found = County()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    async with TestServer(app) as server:
        yield found, str(server.make_url("")).rstrip("/")


def told(steps: list[ProbeStep]) -> list[tuple[str, str, str]]:
    return [(step.step, step.category, step.problem.code.id if step.problem else "") for step in steps]


async def test_a_rest_county_is_asked_for_a_record_that_is_not_there(probed: Probed, county: tuple[County, str]) -> None:
    asked, where = county
    asked.status = 404
    assert told(await probed("county-rest-json", where)) == [("connect", "", ""), ("open", "", ""), ("http", "", "")]
    assert asked.asked == [("GET", "/api/v1/applications/guantong-probe", "Bearer invented")]


@pytest.mark.parametrize(("status", "category", "code"), [(401, "auth", "GT819"), (403, "auth", "GT819"), (503, "http", "GT820")])
async def test_how_a_rest_county_turns_us_away_is_told(
    probed: Probed, county: tuple[County, str], status: int, category: str, code: str
) -> None:
    county[0].status = status
    assert told(await probed("county-rest-json", county[1]))[-1] == ("http", category, code)


async def test_a_soap_county_is_asked_for_its_wsdl_and_called_nothing(probed: Probed, county: tuple[County, str]) -> None:
    steps = await probed("county-soap-invoke", f"{county[1]}/services/Approval")
    assert [(method, path) for method, path, _ in county[0].asked] == [("GET", "/services/Approval?wsdl")]
    assert told(steps)[-1] == ("http", "", "GT823")  # whether the key is right shows only at the first call


NO_INTERFACE = (
    ("the address answers HTTP 404 to a question that takes no effect: there is no interface of this path; see to the path of `url:` with the "
     "other side; where their gateway answers 404 to all but real calls, write `answers_404: true` in the settings [GT931]"),
    ("对无副作用的请求，该地址返回 HTTP 404：此路径下没有接口; 请与对方核对 `url:` 的路径；如其网关对真实调用以外的请求一律返回 404，"
     "请在设置中写 `answers_404: true` [GT931]"),
)


async def test_an_address_that_answers_404_is_no_interface_unless_the_settings_say_so(
    probed: Probed, county: tuple[County, str]
) -> None:
    county[0].status = 404
    step = (await probed("county-soap-invoke", f"{county[1]}/services/Aproval"))[-1]
    assert (step.step, step.category) == ("http", "http")
    assert step.problem is not None
    assert (step.problem.line(), step.problem.line("zh")) == NO_INTERFACE


async def test_a_gateway_that_answers_404_to_all_but_calls_proves_nothing(probed: Probed, county: tuple[County, str]) -> None:
    county[0].status = 404
    steps = await probed("county-soap-invoke", f"{county[1]}/services/Approval", "settings: {answers_404: true}\n")
    assert told(steps)[-1] == ("http", "", "GT823")


async def test_a_place_of_files_is_looked_at_and_written_to_without_a_trace(probed: Probed, tmp_path: Path) -> None:
    place = tmp_path / "place"
    for name in ("in", "out", "back"):
        (place / name).mkdir(parents=True)
    steps = await probed("county-files", str(place))
    assert [(step.step, step.target, step.category) for step in steps[1:]] == [
        ("folder", "back", ""), ("folder", "in", ""), ("write", "in", ""), ("folder", "out", "")]
    assert not [file for file in place.rglob("*") if file.is_file()]


async def test_folders_that_are_missing_are_all_told(probed: Probed, tmp_path: Path) -> None:
    (tmp_path / "place" / "out").mkdir(parents=True)
    steps = await probed("county-files", str(tmp_path / "place"))
    assert [(step.step, step.target, step.category) for step in steps[1:]] == [
        ("folder", "back", "folder"), ("folder", "in", "folder"), ("folder", "out", "")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_folder_we_may_not_write_to_is_told(probed: Probed, tmp_path: Path) -> None:
    for name, mode in (("in", 0o500), ("out", 0o700), ("back", 0o700)):
        (tmp_path / "place" / name).mkdir(parents=True, mode=mode)
    assert ("write", "denied", "GT574") in told(await probed("county-files", str(tmp_path / "place")))


class Broker:
    """Settings of a county behind a broker, and its queue."""

    def __init__(self, queue: str) -> None:
        self.more = (f"settings: {{send: {{'*': {{key: nowhere}}}}, receive: {{queue: {queue}}}}}\n"
                     "secrets: {user: {env: GT_USER}, password: {env: GT_PASSWORD}}\n"
                     "extends: rongcheng\n")

    def environ(self, password: str) -> Mapping[str, str]:
        return {**ENVIRON, "GT_USER": "guest", "GT_PASSWORD": password}


PROFILE = """profile: county-broker
adapter: amqp
reply: {decode: json, rules: [{when: {field: {result: confirmed}}, means: success}]}
"""


@pytest.mark.service("rabbitmq")
@pytest.mark.parametrize(("password", "there", "expected"), [
    ("guest", True, [("login", ""), ("queue", "queue"), ("queue", "")]), ("guest", False, [("login", ""), ("queue", "queue"), ("queue", "queue")]),
    ("wrong", True, [("login", "auth")]),
])
async def test_a_broker_is_logged_in_to_and_asked_for_the_queue(
    probed: Probed, tmp_path: Path, password: str, *, there: bool, expected: list[tuple[str, str]]
) -> None:
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), tmp_path / kind)
    shutil.rmtree(tmp_path / "config" / "counties")
    (tmp_path / "config" / "profiles" / "county-broker.yaml").write_text(PROFILE, encoding="utf-8")
    queue = f"guantong.probe.{uuid.uuid4().hex[:8]}"
    host, _, port = address("rabbitmq").rpartition(":")
    line: Any = pika.BlockingConnection(pika.ConnectionParameters(host, int(port)))
    channel = line.channel()
    if there:
        channel.queue_declare(queue)
    broker = Broker(queue)
    try:
        steps = await probed("county-broker", f"amqp://{host}:{port}", broker.more, broker.environ(password))
    finally:
        channel.queue_delete(queue)
        line.close()
    assert [(step.step, step.category) for step in steps if step.step in ("login", "queue")] == expected
    missing = {step.problem.details["setting"]: step.problem.line() for step in steps if step.problem and step.category == "queue"}
    assert set(missing) == (set() if password == "wrong" else {"send.*.key"} | (set() if there else {"receive.queue"}))
    assert all("has no queue" in line and f"correct `settings.{setting}:`" in line for setting, line in missing.items())


def test_every_step_that_a_probe_makes_is_called_by_a_word_of_the_reader() -> None:
    """`topic` was shown as it is."""
    root = Path(__file__).resolve().parents[2]
    made = re.compile(r'(?:ProbeStep|_failed|tried)\(\s*"([a-z]+)"')
    files = [*(root / "adapters").rglob("*prob*.py"), *(root / "core/guantong/readiness").glob("*.py")]
    steps = {step for file in files for step in made.findall(file.read_text("utf-8"))}
    assert {"topic", "login", "connect"} <= steps <= STEPS.keys()


@pytest.mark.service("mariadb")
async def test_a_database_that_refuses_the_account_is_told_apart(probed: Probed) -> None:
    environ = {**ENVIRON, "GUANTONG_KONGGANG_PASSWORD": "wrong-one"}
    steps = await probed("county-table-gdbs", f"mysql+pymysql://nobody@{address('mariadb')}/test", environ=environ)
    assert [(step.step, step.category) for step in steps] == [("connect", ""), ("open", ""), ("login", "auth")]
    assert all("wrong-one" not in step.problem.line() for step in steps if step.problem)


async def test_tables_and_columns_that_are_missing_are_all_told(
    probed: Probed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'exchange.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE EX_GDBS_SB (ID INTEGER PRIMARY KEY, SBLSH VARCHAR(40), CLZT CHAR(1))")
    engine.dispose()
    steps = await probed("county-table-gdbs", f"sqlite:///{tmp_path / 'exchange.db'}")
    missing = {(step.category, step.problem.details.get("column") or step.problem.details["table"]) for step in steps if step.problem}
    assert {("column", "SJBBH"), ("column", "CLJG"), ("table", "EX_GDBS_SL"), ("table", "EX_GDBS_BJ")} <= missing
    assert [(step.step, step.category) for step in steps[:3]] == [("open", ""), ("login", ""), ("table", "column")]
    assert capsys.readouterr() == ("", "")  # what the adapter logs is what the steps tell

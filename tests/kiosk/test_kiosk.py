"""The citizens' query over HTTP: the right number and password hear how the case stands; nobody else hears anything."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.journey.home import FIELDS, MODEL, OPINION, PERSON, write_home
from tests.journey.played import Played
from tests.journey.world import configured, plugged

from guantong.config import load
from guantong.hub import Hub, running
from guantong.journey.accept import accept
from guantong.kiosk.answers import Progress
from guantong.record import Record
from guantong.store import StoreFailed

KEY, OTHER, PASSWORD = "a-key-of-hall-1", "a-key-of-hall-2", "884213"
STATUS = "codes: step.status\ntitle: {zh: 状态, en: Status}\nwords:\n  done: {zh: 已办, en: Done}\n"
FILES = {
    "config/guantong.yaml": """
hub: {name: 试验, listen: 127.0.0.1:0}
kiosk: {keys: {hall-1: {file: kiosk.key}, hall-2: {file: other.key}}, tries: 3, lock: 10m, rate: 1/h, burst: 9}
""",
    "mappings/canonical/codes/step.status.yaml": STATUS,
    "mappings/canonical/events/_case.yaml": f"""fields:{MODEL}
  item.name: {{type: text, label: {{zh: 事项, en: Matter}}}}
  query_password: {{type: text, label: {{zh: 查询密码, en: Password}}, personal: sensitive, mask: all}}
  at: {{type: datetime, label: {{zh: 时间, en: At}}}}
""",
    "mappings/canonical/events/case.step.yaml": """
event: case.step
title: {zh: 审批, en: Step}
subject: case
identity: [step.code]
dated: [at]
include: _case
fields:
  step.code: {type: text, label: {zh: 环节, en: Step}, required: true}
  step.name: {type: text, label: {zh: 环节名称, en: Step's name}}
  step.status: {type: code, codes: step.status, label: {zh: 状态, en: Status}}
  step.opinion: {type: text, label: {zh: 意见, en: Opinion}, personal: personal, mask: all}
""",
    "mappings/plain/case.application.yaml":
        f"event: case.application\nrecord: apply\nfields:{FIELDS}  applicant.name: who\n  item.name: item\n  query_password: pwd\n",
    "mappings/plain/case.step.yaml":
        f"event: case.step\nrecord: step\nfields:{FIELDS}  step.code: code\n  step.name: name\n  step.opinion: opinion\n"
        "  query_password: pwd\n  at: {at: at, format: ['yyyy-MM-dd HH:mm:ss']}\n  step.status: {at: status, codes: {done: '02'}, otherwise: park}\n",
}


@pytest.fixture
async def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A running hub with one case; queries take no longer than they need."""
    monkeypatch.setattr("guantong.kiosk.door.FLOOR", 0.0)
    async with hub_of(tmp_path) as made:
        yield made


@asynccontextmanager
async def hub_of(home: Path) -> AsyncIterator[Hub]:
    write_home(home, files=FILES)
    for name, key in (("kiosk.key", KEY), ("other.key", OTHER)):
        (home / name).write_text(key)
        (home / name).chmod(0o600)
    played: dict[str, Played] = {}
    async with running(configured(home, played), plugged(played)) as hub:
        for record in (
            {"type": "apply", "no": "P1", "own": "E-1", "title": "A", "who": PERSON, "item": "再生育审批", "pwd": PASSWORD},
            {"type": "step", "no": "P1", "title": "A", "code": "2", "name": "审核", "opinion": OPINION, "status": "02", "at": "2014-07-16 09:00:00"},
            {"type": "step", "no": "P1", "title": "A", "code": "1", "name": "承办", "at": "2014-07-15 10:30:00"},
            {"type": "apply", "no": "P2", "title": "B", "who": PERSON},
        ):
            await accept(hub.engine, Record("east.approval", orjson.dumps(record)))
        yield hub


async def ask(hub: Hub, number: str = "P1", password: str = PASSWORD, key: str = KEY, body: bytes | None = None) -> tuple[int, Any]:
    """One query; the status and the answer."""
    sent = orjson.dumps({"number": number, "password": password}) if body is None else body
    url = f"http://127.0.0.1:{hub.port}/kiosk/v1/progress"
    async with aiohttp.ClientSession() as session, session.post(url, data=sent, headers={"X-API-Key": key}) as answer:
        return answer.status, orjson.loads(await answer.read())


def journaled(hub: Hub) -> list[tuple[str, str]]:
    """Who asked, and how it ended, in order."""
    with sqlite3.connect(hub.engine.configuration.home / "var/guantong.db") as store:
        rows = store.execute("SELECT actor, detail FROM journal WHERE what = 'kiosk_query' ORDER BY id").fetchall()
    store.close()
    return [(actor, orjson.loads(detail)["result"]) for actor, detail in rows]


async def test_a_citizen_hears_how_the_case_stands(hub: Hub) -> None:
    """In public words, oldest first, by any of its numbers; the name is masked, opinions are not told."""
    status, said = await ask(hub)
    assert status == 200
    told = Progress.model_validate(said)
    assert (told.item, told.applicant, told.finished) == ("再生育审批", f"{PERSON[0]}{'*' * (len(PERSON) - 1)}", False)
    assert [(one.event, one.what.zh, one.at, one.outcome.zh if one.outcome else "") for one in told.steps] == [
        ("case.step", "审批：承办", "2014-07-15T10:30:00+08:00", ""),
        ("case.step", "审批：审核", "2014-07-16T09:00:00+08:00", "已办"),
        ("case.application", "申办", "", ""),
    ]
    assert OPINION not in orjson.dumps(said).decode()
    assert PERSON not in orjson.dumps(said).decode()
    assert PASSWORD not in orjson.dumps(said).decode()
    assert (await ask(hub, "E-1"))[0] == 200
    assert journaled(hub) == [("hall-1", "told"), ("hall-1", "told")]


async def test_the_hub_serves_a_valid_description_of_every_page_it_has(hub: Hub) -> None:
    """The kiosks' query with its models among them; every page that is read by GET answers."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{hub.port}") as session:
        async with session.get("/openapi.json") as answer:
            told = orjson.loads(await answer.read())
        OpenAPIV31SpecValidator(told).validate()
        query = told["paths"]["/kiosk/v1/progress"]["post"]
        assert query["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ProgressQuery"}
        for path, methods in told["paths"].items():
            if "get" in methods:
                async with session.get(path) as answer:
                    assert answer.status == 200, path
                    assert answer.content_type in {one.partition(";")[0] for one in methods["get"]["responses"]["200"]["content"]}


async def test_an_unknown_case_and_a_wrong_password_answer_alike(hub: Hub) -> None:
    """Also a case that was never given a password: nobody learns which of them it was."""
    answers = [await ask(hub, "P1", "000000"), await ask(hub, "P999"), await ask(hub, "P2"), await ask(hub, "P1", " ")]
    assert {orjson.dumps(said) for _, said in answers} == {orjson.dumps(answers[0][1])}
    assert [status for status, _ in answers] == [404] * 4
    assert answers[0][1]["code"] == "GT850"


@pytest.mark.parametrize("number", ["P1", "P999"])
async def test_guessing_locks_a_number_at_its_kiosk_whether_it_is_known_or_not(hub: Hub, number: str) -> None:
    """After three wrong passwords the right one is not told either; whoever has it is told at another kiosk. Every query
    is journaled."""
    for _ in range(3):
        assert (await ask(hub, number, "000000"))[0] == 404
    status, said = await ask(hub, number, PASSWORD)
    assert (status, said["code"]) == (429, "GT853")
    assert (await ask(hub, number, PASSWORD, OTHER))[0] == (200 if number == "P1" else 404)
    wrong, locked = ("hall-1", "not_found"), ("hall-1", "locked")
    assert journaled(hub) == [wrong, wrong, wrong, locked, ("hall-2", "told" if number == "P1" else "not_found")]


async def test_a_case_is_one_case_by_whichever_of_its_numbers_it_is_guessed_at(hub: Hub) -> None:
    """Its other numbers are no more tries, and answer as wrong passwords do: nobody learns that they are of one case."""
    answers = [await ask(hub, number, "000000") for number in ("P1", "E-1", "P1", "E-1", "P999")]
    answers.append(await ask(hub, "E-1", PASSWORD))
    assert [status for status, _ in answers] == [404] * 6
    assert {orjson.dumps(said) for _, said in answers} == {orjson.dumps(answers[0][1])}
    assert [result for _, result in journaled(hub)] == ["not_found"] * 3 + ["case_locked", "not_found", "case_locked"]


async def test_a_lock_survives_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who guesses does not gain by the hub's going down."""
    monkeypatch.setattr("guantong.kiosk.door.FLOOR", 0.0)
    async with hub_of(tmp_path) as hub:
        for _ in range(3):
            assert (await ask(hub, "P1", "000000"))[0] == 404
    async with hub_of(tmp_path) as hub:
        assert (await ask(hub))[0] == 429
        assert (await ask(hub, key=OTHER))[0] == 200


@pytest.mark.parametrize("number", ["P1", "P999"])
async def test_no_answer_comes_sooner_than_any_other(hub: Hub, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether there is such a case or not, a judged query takes its time."""
    monkeypatch.setattr("guantong.kiosk.door.FLOOR", 0.2)
    begun = time.monotonic()
    await ask(hub, number)
    assert time.monotonic() - begun >= 0.2


async def test_a_county_of_another_region_sets_no_password(hub: Hub) -> None:
    """Who knows a case's number and is a proven county cannot open the case at a kiosk, nor shut its own people out."""
    await accept(hub.engine, Record("west.approval", orjson.dumps({"type": "step", "no": "P1", "title": "A", "code": "7", "pwd": "111111"})))
    assert [(await ask(hub, "P1", password))[0] for password in ("111111", PASSWORD)] == [404, 200]


async def test_a_password_of_blanks_is_none(hub: Hub) -> None:
    """A county that fills the field with blanks gave no password: nobody opens the case with others."""
    await accept(hub.engine, Record("east.approval", orjson.dumps(
        {"type": "apply", "no": "P3", "own": "E-3", "title": "C", "who": PERSON, "pwd": "　 "})))
    assert (await ask(hub, "P3", " "))[0] == 404


async def test_a_case_of_many_events_is_told_from_the_newest(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, so many are opened: a county cannot make a query hold the hub up."""
    monkeypatch.setattr("guantong.kiosk.query.MOST_EVENTS", 2)
    assert (await ask(hub))[0] == 404  # the application with the password lies before the newest two
    await accept(hub.engine, Record("east.approval", orjson.dumps(
        {"type": "step", "no": "P1", "title": "A", "code": "3", "name": "办结", "pwd": PASSWORD, "at": "2014-07-17 09:00:00"})))
    assert [one["what"]["zh"] for one in (await ask(hub))[1]["steps"]] == ["审批：承办", "审批：办结"]


async def test_an_answer_that_cannot_be_journaled_is_not_given(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told anything without a trace."""
    async def full(_work: object) -> None:
        raise StoreFailed("the store cannot write: SQLITE_FULL")

    monkeypatch.setattr(hub.engine.store, "write", full)
    status, said = await ask(hub)
    assert (status, said["code"]) == (503, "GT854")


async def test_a_kiosk_that_asks_too_often_waits(hub: Hub) -> None:
    """Whatever it asks; another kiosk does not."""
    assert [(await ask(hub, f"N{number}"))[0] for number in range(10)] == [404] * 9 + [429]
    assert (await ask(hub, key=OTHER))[0] == 200


@pytest.mark.parametrize("key", ["", "wrong", f"{KEY}x", "钥匙"])
async def test_who_is_no_kiosk_of_ours_hears_nothing(hub: Hub, key: str) -> None:
    """Before anything is read."""
    url = f"http://127.0.0.1:{hub.port}/kiosk/v1/progress"
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{", headers={"X-API-Key": key}) as answer:
        assert (answer.status, orjson.loads(await answer.read())["code"]) == (401, "GT851")


async def test_two_keys_at_once_are_none(hub: Hub) -> None:
    """Whoever stands between may have judged the other one."""
    url = f"http://127.0.0.1:{hub.port}/kiosk/v1/progress"
    headers = [("X-API-Key", KEY), ("X-API-Key", "another")]
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{}", headers=headers) as answer:
        assert (answer.status, orjson.loads(await answer.read())["code"]) == (401, "GT851")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"number": "P1"}', b'{"number": "P1", "password": "1", "more": 1}',
                                  b'{"number": "", "password": "1"}', b"x" * 10_000, b'{"number": ["P1"], "password": {}}'])
async def test_what_is_no_query_is_told_so(hub: Hub, body: bytes) -> None:
    """And quotes nothing of it."""
    assert await ask(hub, body=body) == (400, {
        "type": "about:blank", "status": 400, "code": "GT852",
        "detail": 'this is no query: a JSON object of number and password is expected; send {"number": "…", "password": "…"}, at most 4 KB',
        "detail_zh": '查询格式不符：应为含 number 和 password 的 JSON；请发送 {"number": "…", "password": "…"}，不超过 4 KB',
    })


def test_a_kiosk_without_its_key_does_not_start(tmp_path: Path) -> None:
    """Told at its place in guantong.yaml; without `kiosk:` there is no such door."""
    write_home(tmp_path, files=FILES)
    loaded = load(tmp_path, plugged({}), {})
    assert loaded.configuration is None
    assert [(problem.code.id, problem.path) for problem in loaded.problems if problem.code.severity == "error"] == [
        ("GT108", "kiosk.keys.hall-1"), ("GT108", "kiosk.keys.hall-2")]


async def test_a_step_that_two_systems_told_is_shown_once(hub: Hub) -> None:
    """The hall took the application, and the county has it too: a citizen applied once."""
    before = [one["event"] for one in (await ask(hub))[1]["steps"]]
    await accept(hub.engine, Record("city.portal", orjson.dumps(
        {"type": "apply", "no": "P1", "title": "A", "who": PERSON, "item": "再生育审批", "pwd": PASSWORD})))
    assert [one["event"] for one in (await ask(hub))[1]["steps"]] == before
    assert before.count("case.application") == 1

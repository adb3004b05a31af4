"""`guantong audit acts`: who did what, when and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.desk import ACCEPTANCE, Desk
from tests.journey.home import write_home
from tests.journey.played import Played
from tests.journey.world import configured, plugged

from guantong.cli import audit_acts
from guantong.hub import running
from guantong.journey.states import DeliveryState
from guantong.operations.searching import FOREVER
from guantong.operations.whodid import Asked, done_by_people
from guantong.part import Part
from guantong.proof.absent import detail_of
from guantong.store import Entry


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A home where two people did something, and systems and the hub much more."""
    desk.tell(ACCEPTANCE)
    desk.end(1, DeliveryState.DEAD, "GT412", "x")
    assert desk.guantong("hold", "city.hall", "--why", "对方升级", "--as", "陈工").exit_code == 0
    assert desk.guantong("dead", "discard", "D1", "--why", "重复", "--as", "王工").exit_code == 0
    assert desk.guantong("release", "city.hall", "--as", "陈工").exit_code == 0
    return desk


def acts(desk: Desk, *words: str) -> list[tuple[str, str, str, str]]:
    return [(one["by"], one["what"], one["case"] or one["system"], one["detail"].get("why", "")) for one in desk.json("audit", "acts", *words)["acts"]]


def test_every_act_of_a_person_is_listed_with_its_object_and_reason(busy: Desk) -> None:
    """In the order they were done; what the hub and systems did by themselves is not among them."""
    assert acts(busy) == [("陈工", "held", "city.hall", "对方升级"), ("王工", "discarded", "C1", "重复"), ("陈工", "released", "city.hall", "")]
    assert acts(busy, "--by", "王工") == [("王工", "discarded", "C1", "重复")]
    assert [what for _, what, _, _ in acts(busy, "--what", "held", "--what", "released")] == ["held", "released"]
    assert acts(busy, "--until", "1d") == []
    shown = busy.guantong("audit", "acts", columns=160).stdout.splitlines()
    assert [line.split()[2:] for line in shown[2:]] == [
        ["陈工", "暂停推送", "held", "city.hall", "对方升级"], ["王工", "不再推送", "discarded", "C1", "D1", "city.hall", "重复"],
        ["陈工", "恢复推送", "released", "city.hall"]]


@pytest.mark.parametrize("name", ["hub", " Hub ", "city.hall", "  ", "陈\u202e工"])
def test_nobody_acts_as_the_hub_or_as_a_system(busy: Desk, name: str) -> None:
    """Whose lines are no acts: what a person does would stand in no list."""
    for words in (("hold", "city.hall", "--why", "x"), ("trace", "D1", "--values", "--reveal", "--why", "x")):
        refused = busy.guantong(*words, "--as", name)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr.startswith("--as：请写操作人的姓名，不能是空白、hub 或系统的名称 / --as: the name of who acts, which is no blank, not hub and no")
    assert len(acts(busy)) == 3


@pytest.mark.parametrize("name", ["hub", "city.hall"])
def test_an_act_is_listed_by_what_it_is_whatever_name_stands_beside_it(busy: Desk, name: str) -> None:
    """Also where somebody asked the hub itself, past the command."""
    busy.work(lambda engine: engine.store.write(lambda tx: tx.note(Entry(engine.clock(), "unmasked", delivery=1, actor=name, detail={"why": "x"}))))
    assert acts(busy)[-1] == (name, "unmasked", "", "x")
    assert acts(busy, "--by", name) == [(name, "unmasked", "", "x")]


def test_a_list_that_is_cut_says_so(busy: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one of nothing says that."""
    monkeypatch.setattr(audit_acts, "MOST", 2)
    assert busy.guantong("audit", "acts", columns=160).stdout.splitlines()[-1] == (
        "只列出前 2 条，请缩小范围或用 --json · the first 2: narrow it down, or say --json")
    assert busy.guantong("audit", "acts", "--by", "无名").stdout == "这段时间没有人工操作 · nobody did anything in that time\n"


@pytest.mark.parametrize(("name", "near"), [("replay", "（replayed?）"), ("zzz", "")])
def test_a_word_that_the_journal_does_not_know_is_refused(desk: Desk, name: str, near: str) -> None:
    """With the nearest it knows."""
    refused = desk.guantong("audit", "acts", "--what", name)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert f"the journal knows no '{name}'{near}; write the English word as `guantong trace` shows it" in refused.stderr


async def test_who_started_the_hub_and_why_is_an_act_on_a_store_of_one_process_too(tmp_path: Path) -> None:
    """Where what it works by is another than before; also where nobody said who."""
    write_home(tmp_path)
    for part in (Part(by="陈工", why="新增接口"), Part()):
        played: dict[str, Played] = {}
        async with running(configured(tmp_path, played), plugged(played), part=part) as hub:
            found = done_by_people(hub.engine.reader, Asked(0, FOREVER), hub.engine.configuration.systems)
            assert next((line.what, line.actor, detail_of(line).get("why")) for line in found) == ("begun", "陈工", "新增接口")
        routes = tmp_path / "config/routes.yaml"
        routes.write_text(routes.read_text(encoding="utf-8") + "# another file\n", encoding="utf-8")
    async with running(configured(tmp_path, {}), plugged({})) as hub:
        found = done_by_people(hub.engine.reader, Asked(0, FOREVER), hub.engine.configuration.systems)
        assert [(line.what, line.actor) for line in found] == [("begun", "陈工"), ("begun", "hub"), ("begun", "hub")]

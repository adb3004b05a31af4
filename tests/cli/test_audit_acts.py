"""`guantong audit acts`: who did what, when and why."""

from __future__ import annotations

import pytest
from tests.cli.desk import ACCEPTANCE, Desk

from guantong.cli import audit_acts
from guantong.journey.states import DeliveryState


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

"""`--reveal` on what is stored: with a reason, and in the journal before anything is seen."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, Desk
from tests.journey.world import step
from tests.operations.test_hub import hub_on, tell

from guantong.control import ask_unmasking
from guantong.operations.unmasking import Unmasking, journal_unmasking
from guantong.store import StoreFailed

PERSON = "欧阳示例"


def journaled(home: Path, what: str = "unmasked") -> list[tuple[int, int, int, str, dict[str, Any]]]:
    """Who looked at what: subject, message, delivery, actor, detail."""
    with sqlite3.connect(home / "var/guantong.db") as store:
        rows = store.execute("SELECT subject, message, delivery, actor, detail FROM journal WHERE what = ? ORDER BY id", (what,)).fetchall()
    store.close()
    return [(*row[:4], orjson.loads(row[4])) for row in rows]


def test_without_a_reason_nothing_is_shown(desk: Desk) -> None:
    """Nor is it journaled; the values masked are shown as ever."""
    desk.tell(ACCEPTANCE)
    for words in ((), ("--why", "  ")):
        refused = desk.guantong("trace", "M1", "--values", "--reveal", "--as", "陈工", *words)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr == (
            "查看未脱敏的个人信息必须写明原因; 请用 --why 写明原因；原因与操作人将记入交换日志 [GT779]\n"
            "    personal values are shown in clear only with a reason; write it with --why; it is kept in the journal with your name\n")
    assert journaled(desk.home) == []
    assert desk.guantong("trace", "M1", "--values").exit_code == 0


def test_who_looked_at_what_and_why_is_in_the_journal_of_the_case(desk: Desk) -> None:
    """A case, a message, one field: each look is a line, with the person and never the value."""
    desk.tell(ACCEPTANCE)
    why = ("--reveal", "--why", "群众来电核对", "--as", "陈工")
    shown = desk.guantong("trace", "C1", "--values", *why)
    assert shown.exit_code == 0
    assert PERSON in shown.stdout
    assert PERSON in desk.guantong("trace", "M1", "--field", "operator.name", *why).stdout
    assert journaled(desk.home) == [
        (1, 0, 0, "陈工", {"why": "群众来电核对"}), (1, 1, 0, "陈工", {"why": "群众来电核对", "field": "operator.name"})]
    traced = desk.guantong("trace", "C1", columns=140).stdout
    assert traced.count("查看原文 unmasked") == 2
    assert PERSON not in traced


def test_what_cannot_be_journaled_is_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store cannot write: nobody sees anything in clear."""
    desk.tell(ACCEPTANCE)

    async def full(*_: object) -> None:
        raise StoreFailed("the store cannot write: SQLITE_FULL")

    monkeypatch.setattr("guantong.cli.unmasking.journal_unmasking", full)
    refused = desk.guantong("trace", "M1", "--values", "--reveal", "--why", "核对", "--as", "陈工")
    assert (refused.exit_code, PERSON in refused.output, "[GT608]" in refused.stderr) == (1, False, True)


async def test_a_running_hub_keeps_the_journal(tmp_path: Path) -> None:
    """Asked over its socket, as acts are; a reason that never ends is cut."""
    async with hub_on(tmp_path, {}) as hub:
        await tell(hub, step("1", "P1"))
        await ask_unmasking(tmp_path, Unmasking("陈工", "核" * 1000, [1], delivery=1, field="x"))
        await journal_unmasking(hub.engine, Unmasking("陈工", "无办件", [], message=9))
        assert journaled(tmp_path) == [
            (1, 0, 1, "陈工", {"why": "核" * 500, "field": "x"}), (0, 9, 0, "陈工", {"why": "无办件"})]


def test_to_see_values_in_clear_is_a_right_where_the_configuration_names_who_has_it(desk: Desk) -> None:
    """By the login, whatever `--as` says: neither values nor a person's cases, and no line of it; who is named may."""
    desk.tell(ACCEPTANCE)
    file = desk.home / "config/guantong.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}audit: {{reveal: [wang]}}\n", encoding="utf-8")
    for words in (("M1", "--values", "--reveal"), ("445202199001010026",)):
        refused = desk.guantong("trace", *words, "--why", "核对", "--as", "wang")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert refused.stderr == (
            "chen 无权查看未脱敏的个人信息，也无权按证件号码查找办件（audit.reveal）; 请由 config/guantong.yaml 中 audit.reveal "
            "所列人员查看，或将该登录名列入其中 [GT885]\n"
            "    chen has no right to see personal values in clear, nor to look for cases by a person's number (audit.reveal); ask one of "
            "those whom audit.reveal in config/guantong.yaml names, or have that name added to it\n")
    assert (journaled(desk.home), journaled(desk.home, "searched")) == ([], [])
    file.write_text(f"{before}audit: {{reveal: [wang, chen]}}\n", encoding="utf-8")
    assert PERSON in desk.guantong("trace", "M1", "--values", "--reveal", "--why", "核对", "--as", "陈工").stdout

"""`guantong hold` and `release`: said plainly, seen in `queues`, whether a hub runs or not."""

from __future__ import annotations

from tests.cli.desk import ACCEPTANCE, Desk, widest


def test_a_hold_in_a_stopped_home_is_seen_with_who_and_why(desk: Desk) -> None:
    """Under the lock; `queues` names who held it, since when and why, in words and as JSON; `release` ends it."""
    desk.tell(ACCEPTANCE)
    assert desk.guantong("hold", "city.hall", "--reason", "主厅升级", "--as", "陈工").stdout == "✓ city.hall: 暂停推送 held\n"
    assert desk.guantong("hold", "county-to-hall", "--reason", "口径未定", "--as", "李工").stdout == (
        "✓ county-to-hall: 暂停推送 held\n")
    queues = desk.json("queues")
    hall = queues["systems"]["city.hall"]
    assert (hall["held"], hall["waiting"]) == (True, 1)
    assert {**hall["hold"], "since": 0} == {"by": "陈工", "reason": "主厅升级", "since": 0, "inbound": False}
    assert [{**one, "since": 0} for one in queues["routes"]] == [
        {"route": "county-to-hall", "by": "李工", "reason": "口径未定", "since": 0, "inbound": False}]
    assert queues["systems"]["city.supervision"]["hold"] is None
    shown = desk.guantong("queues").stdout
    assert "city.hall (暂停 held)" in shown
    assert "已暂停 held city.hall  " in shown
    assert "陈工：主厅升级" in shown
    assert "已暂停 held 转发规则 route county-to-hall  " in shown
    assert widest(shown) <= 100
    assert desk.guantong("release", "city.hall", "county-to-hall").stdout == (
        "✓ city.hall: 恢复推送 released\n✓ county-to-hall: 恢复推送 released\n")
    queues = desk.json("queues")
    assert (queues["systems"]["city.hall"]["held"], queues["routes"]) == (False, [])


def test_a_hold_without_a_reason_or_of_nothing_is_refused(desk: Desk) -> None:
    """Exit 2 without a reason; exit 1 for a name that is none, with the nearest."""
    assert desk.guantong("hold", "city.hall").exit_code == 2
    missed = desk.guantong("hold", "city.hal", "--reason", "x")
    assert (missed.exit_code, "(city.hall?)" in missed.stderr) == (1, True)

"""The watch: cases judged as events come and as time goes by, compared with the cards that supervision raises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.supervision.home import COUNTY, PLATFORM, Watched, at, watched, write

from guantong.clock import NEVER, shown
from guantong.journey.correlate import link_more
from guantong.operations.supervising import warning_entries
from guantong.store import Serial, StoreFailed
from guantong.supervision.kept import WatchFilter
from guantong.supervision.watch import CURSOR

ACCEPTED: dict[str, Any] = {"outcome": "accepted", "accepted_at": "2014-07-15 10:00", "promised_limit": 5,
                            "promised_limit_unit": "workday", "window_code": "W3", "item_code": "445202X1"}


async def accepted(it: Watched, own: str = "E1", **more: Any) -> None:
    """A case of five working days, accepted on a Tuesday: due on the Tuesday after, 22 July."""
    await it.hears("2014-07-15 10:05", "case.acceptance", own, **{**ACCEPTED, **more})


async def card(it: Watched, time: str, level: str, no: str = "J-1", own: str = "E1", **more: Any) -> None:
    """Supervision raises a warning; it names the case by the number it has."""
    await it.hears(time, "alert.raised", own, PLATFORM, alert_no=no, alert_kind=level, alert_at=time, **more)


async def linked(it: Watched, own: str = "E1", no: str = "P1") -> None:
    """The county's case has its province-wide number, by which supervision knows it."""
    await it.hears("2014-07-15 10:06", "case.step", own, step_code="handling", step_at="2014-07-15 10:06",
                   step_status="passed", serial_province=no)


async def test_a_case_is_watched_until_its_limit_passes(tmp_path: Path) -> None:
    """Running, nearing its limit, overdue by one and by four days: each from the first moment on."""
    async with watched(tmp_path) as it:
        await accepted(it)
        row = it.case()
        assert (row.state, row.kind, shown(row.due), row.window, row.region) == (
            "running", "promised", "2014-07-22 23:59:59", "W3", "445202")
        assert (it.verdicts(), shown(row.look_at)) == ([], "2014-07-21 00:00:00")
        await it.on("2014-07-20 23:59")
        assert it.verdicts() == []
        for time, state, verdicts in (
            ("2014-07-21 00:00", "running", [("pre_alert", "pending")]),
            ("2014-07-22 00:00", "running", [("pre_alert", "missing")]),
            ("2014-07-23 00:00", "overdue", [("pre_alert", "missing"), ("yellow", "pending")]),
            ("2014-07-28 00:00", "overdue", [("pre_alert", "missing"), ("red", "pending"), ("yellow", "missing")]),
        ):
            await it.on(time)
            assert (it.case().state, it.verdicts()) == (state, verdicts), time


async def test_a_finished_case_is_left_alone(tmp_path: Path) -> None:
    """In time it deserves nothing, and nothing will have to be looked at again."""
    async with watched(tmp_path) as it:
        await accepted(it)
        await it.hears("2014-07-18 16:00", "case.finish", outcome="finished", finished_at="2014-07-18 15:00")
        row = it.case()
        assert (row.state, row.look_at, it.verdicts()) == ("met", NEVER, [])
        await it.on("2016-01-01")
        assert (it.verdicts(), it.reader.watched(WatchFilter())) == ([], [])


async def test_an_expected_card_that_comes_agrees(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        await linked(it)
        await card(it, "2014-07-23 08:00", "yellow", own="P1", alert_reply_by="2014-07-25 18:00")
        yellow = next(one for one in it.warned() if one.level == "yellow")
        assert (yellow.verdict, yellow.open, shown(yellow.reply_by)) == ("agrees", True, "2014-07-25 18:00:00")


async def test_an_undeserved_card_is_found_and_its_withdrawal_settles_it(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        await linked(it)
        await card(it, "2014-07-17 08:00", "yellow", own="P1")
        assert it.verdicts() == [("yellow", "undeserved")]
        assert it.findings() == [("warning_undeserved", "no J-1")]
        await it.hears("2014-07-17 15:00", "alert.withdrawn", "P1", PLATFORM, alert_no="J-1", alert_at="2014-07-17 14:00")
        (one,) = it.warned()
        assert (one.verdict, one.open) == ("withdrawn", False)
        assert (it.findings(), it.findings(settled=True)) == ([], [("warning_undeserved", "no J-1")])


async def test_a_pause_that_comes_late_makes_a_card_undeserved(tmp_path: Path) -> None:
    """What supervision did not know yet: the day before the card the case had been paused."""
    async with watched(tmp_path) as it:
        await accepted(it)
        await linked(it)
        await card(it, "2014-07-23 08:00", "yellow", own="P1")
        assert ("yellow", "agrees") in it.verdicts()
        await it.hears("2014-07-23 09:00", "case.pause", pause_seq=1, pause_kind="statutory", pause_started_at="2014-07-18 09:00")
        assert it.verdicts() == [("yellow", "undeserved")]
        assert it.case().state == "stopped"
        assert sorted(it.findings()) == [("pause_dated_back", "statutory 1 promised"), ("warning_undeserved", "no J-1")]


async def test_a_pause_told_in_time_is_in_order(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        await it.hears("2014-07-18 09:05", "case.pause", pause_seq=1, pause_kind="statutory", pause_started_at="2014-07-18 09:00")
        await it.hears("2014-07-28 09:05", "case.resumption", pause_seq=1, pause_ended_at="2014-07-28 09:00")
        assert (it.findings(), shown(it.case().due)) == ([], "2014-07-30 23:59:59")


async def test_a_pause_that_begins_after_the_limit_saves_nothing(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        await it.hears("2014-07-24 09:05", "case.pause", pause_seq=1, pause_kind="extension", pause_started_at="2014-07-24 09:00")
        assert ("pause_after_limit", "extension 1 promised") in it.findings()
        assert (it.case().state, shown(it.case().due)) == ("overdue", "2014-07-22 23:59:59")


async def test_a_card_left_unanswered_is_found_and_deserves_a_red_one(tmp_path: Path) -> None:
    """Its reply limit passes; the reply that comes settles the finding, the red card stays deserved."""
    async with watched(tmp_path, "warn: {pre_alert: none, red: {overdue: 90}}") as it:
        await accepted(it)
        await linked(it)
        await card(it, "2014-07-23 08:00", "yellow", own="P1", alert_reply_by="2014-07-25 18:00")
        await it.on("2014-07-25 17:59")
        assert it.findings() == []
        await it.on("2014-07-25 18:01")
        assert it.findings() == [("reply_overdue", "no J-1")]
        assert it.verdicts() == [("yellow", "agrees"), ("red", "pending")]
        await it.hears("2014-07-26 09:00", "alert.reply", alert_no="J-1", reply_text="已整改", reply_at="2014-07-26 08:59")
        yellow, red = it.warned()
        assert (yellow.open, shown(yellow.replied_at), red.clock) == (False, "2014-07-26 08:59:00", "reply")
        assert it.findings(settled=True) == [("reply_overdue", "no J-1")]


async def test_a_card_answered_in_time_deserves_no_red_one(tmp_path: Path) -> None:
    """Without a limit of its own the card has the one the rules give it: three working days."""
    async with watched(tmp_path, "warn: {pre_alert: none, red: {overdue: 90}}") as it:
        await accepted(it)
        await linked(it)
        await card(it, "2014-07-23 08:00", "yellow", own="P1")
        assert shown(it.warned()[0].reply_by) == "2014-07-28 23:59:59"
        await it.hears("2014-07-28 17:00", "alert.reply", alert_no="J-1", reply_text="已整改", reply_at="2014-07-28 16:59")
        await it.on("2014-08-30")
        assert [(one.level, one.open) for one in it.warned()] == [("yellow", False)]


async def test_an_undeserved_card_that_nobody_answers_makes_no_red_one_missing(tmp_path: Path) -> None:
    """Nobody is to miss what was wrong from the start; a red card that is raised for it all the same agrees with the rules."""
    async with watched(tmp_path, "warn: {pre_alert: none, red: {overdue: 90}}") as it:
        await accepted(it)
        await linked(it)
        await card(it, "2014-07-17 08:00", "yellow", own="P1", alert_reply_by="2014-07-18 18:00")
        await it.hears("2014-07-18 16:00", "case.finish", outcome="finished", finished_at="2014-07-18 15:00")
        await it.on("2014-08-30")
        assert it.verdicts() == [("yellow", "undeserved")]
        assert ("warning_missing", "red") not in it.findings()
        assert "warning_missing" not in {kind for kind, _ in it.findings()}


async def test_the_legal_limit_alone_earns_a_red_card(tmp_path: Path) -> None:
    async with watched(tmp_path, "warn: {pre_alert: none}") as it:
        await accepted(it, promised_limit=None, promised_limit_unit=None, legal_limit=1, legal_limit_unit="month")
        assert (it.case().kind, shown(it.case().due)) == ("legal", "2014-08-14 23:59:59")   # a legal month is 30 days
        await it.on("2014-08-15")
        assert [(one.level, one.clock) for one in it.warned()] == [("red", "legal")]


async def test_rules_of_a_matter_go_before_those_of_all(tmp_path: Path) -> None:
    rules = 'items: [{item: "445202X*", warn: {pre_alert: none, yellow: {overdue: 3}, red: none}}, {item: "445202Y*", watched: no}]'
    async with watched(tmp_path, rules) as it:
        await accepted(it)
        await accepted(it, "E2", item_code="445202Y7")
        await it.on("2014-07-25")
        assert (it.verdicts("E1"), it.verdicts("E2")) == ([("yellow", "pending")], [])
        assert shown(it.warned("E1")[0].expected_at) == "2014-07-25 00:00:00"
        assert it.case("E2").state == "overdue"   # its limit is known; it deserves no warning


async def test_a_step_over_its_limit_earns_a_yellow_card(tmp_path: Path) -> None:
    """The step in hand is the next of the flow; done in time it earns none."""
    async with watched(tmp_path, "steps: {handling: 1 工作日, review: 2 工作日}\nwarn: {pre_alert: none}") as it:
        await accepted(it)
        await it.hears("2014-07-16 09:00", "case.step", step_code="handling", step_at="2014-07-16 09:00", step_status="passed")
        await it.on("2014-07-18 23:59")
        assert it.verdicts() == []
        await it.on("2014-07-21")
        assert [(one.level, one.clock, shown(one.expected_at)) for one in it.warned()] == [("yellow", "step", "2014-07-21 00:00:00")]
        await it.hears("2014-07-21 10:00", "case.step", step_code="review", step_at="2014-07-18 10:00", step_status="passed")
        assert it.verdicts() == []   # it had been done in time after all


async def test_days_of_work_entered_at_once_are_found(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        assert it.findings() == []
        for number, day in enumerate((16, 17, 18)):
            await it.hears(f"2014-07-18 17:0{number}", "case.step", step_code="handling", step_at=f"2014-07-{day} 09:00", step_status="passed")
        assert it.findings() == [("entered_at_once", COUNTY)]


async def test_work_entered_day_by_day_is_in_order(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        for day in (16, 17, 18):
            await it.hears(f"2014-07-{day} 09:05", "case.step", step_code="handling", step_at=f"2014-07-{day} 09:00", step_status="passed")
        assert it.findings() == []


@pytest.mark.parametrize(("rule", "found", "state"), [
    ("note", [("unanswered_application", "")], "applied"), ("nothing", [], "applied"),
    ("start", [("unanswered_application", "")], "running"),
])
def test_silence_after_an_application(tmp_path: Path, rule: str, found: list[tuple[str, str]], state: str) -> None:
    """Five working days without an answer: noted, or counted as acceptance, or let be, as the rules say."""
    import asyncio

    async def story() -> None:
        rules = f'acceptance: {{then: {rule}}}\nitems: [{{item: "*", promised: 20 工作日}}]\nwarn: {{pre_alert: none}}'
        async with watched(tmp_path, rules) as it:
            await it.hears("2014-07-15 10:00", "case.application", applicant_name="欧阳示例", applied_at="2014-07-15 09:59")
            assert (it.findings(), it.case().state) == ([], "applied")
            await it.on("2014-07-22 23:59")
            assert it.findings() == []
            await it.on("2014-07-23")
            assert (it.findings(), it.case().state) == (found, state)

    asyncio.run(story())


async def test_years_without_a_notice_are_told_not_guessed_in_silence(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await it.hears("2026-12-29 10:00", "case.acceptance", **{**ACCEPTED, "accepted_at": "2026-12-29 09:00"})
        assert it.findings() == [("calendar_unknown", "promised")]


async def test_looking_again_changes_nothing(tmp_path: Path) -> None:
    """No warning twice, no finding twice, however often we look; also after a restart that forgot where it was."""
    async with watched(tmp_path) as it:
        await accepted(it)
        await it.on("2014-07-30")
        before = (it.case(), it.warned(), it.findings())
        await it.engine.store.write(lambda tx: tx.set_cursor(CURSOR, ""))
        await it.on("2014-07-30")
        assert (it.case(), it.warned(), it.findings()) == before


async def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
    async with watched(tmp_path) as it:
        assert it.reader.new_events(0, 10)
        await it.on("2014-07-23")
        assert ("yellow", "pending") in it.verdicts()


async def test_a_clock_set_forward_and_back_leaves_no_warning_of_the_future(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        await it.on("2015-07-15")
        assert len(it.verdicts()) == 3
        await it.on("2014-07-16")
        assert (it.verdicts(), it.case().state, it.findings()) == ([], "running", [])
        await it.on("2014-07-21")
        assert it.verdicts() == [("pre_alert", "pending")]


async def test_other_rules_judge_every_case_anew(tmp_path: Path) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        await it.on("2014-07-24")
        assert ("yellow", "missing") in it.verdicts()
    file = tmp_path / "config/supervision.yaml"
    file.write_text("warn: {pre_alert: none, yellow: none, red: none}\n", encoding="utf-8")
    async with watched(tmp_path) as it:
        await it.on("2014-07-24 00:01")
        assert (it.verdicts(), it.findings()) == ([], [])


async def test_two_cases_that_turn_out_to_be_one_are_judged_as_one(tmp_path: Path) -> None:
    """The acceptance came under the county's number, the finish under the province's; a reply says they are one."""
    async with watched(tmp_path) as it:
        await it.hears("2014-07-15 09:00", "case.finish", "P1", "city.portal", outcome="finished", finished_at="2014-07-18 15:00")
        await accepted(it)
        await it.on("2014-07-24")
        assert it.case().state == "overdue"
        (subject,) = it.reader.subjects_by_number("E1")
        await it.engine.store.write(lambda tx: link_more(tx, subject, [Serial("", "province", "P1")], it.engine, it.clock.now, "east.approval", 1))
        await it.on("2014-07-24 00:01")
        assert it.reader.subjects_by_number("E1") == it.reader.subjects_by_number("P1")
        assert (it.case().state, it.findings()) == ("met", [])
        assert len(it.reader.watched(WatchFilter(closed=True))) == 1


async def test_a_case_that_changed_while_it_was_judged_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        it.clock.now = at("2014-07-23 09:00")
        write_work = it.engine.store.write

        async def meanwhile(work: Any) -> Any:
            monkeypatch.undo()
            await it.tell(COUNTY, {"type": "case.finish", "serial_county": "E1", "outcome": "finished", "finished_at": "2014-07-18T15:00:00+08:00"})
            return await write_work(work)

        monkeypatch.setattr(it.engine.store, "write", meanwhile)
        await it.guard.look()
        assert it.case().look_at == 0   # the finish is not in what was judged
        await it.on("2014-07-23 09:01")
        assert (it.case().state, it.verdicts()) == ("met", [])


async def test_a_store_that_cannot_write_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(tmp_path) as it:
        await accepted(it)
        it.clock.now = at("2014-07-23 09:00")

        async def full(_: Any) -> Any:
            raise StoreFailed("the store cannot write: SQLITE_FULL")

        monkeypatch.setattr(it.engine.store, "write", full)
        with pytest.raises(StoreFailed):
            await it.guard.look()
        monkeypatch.undo()
        await it.on("2014-07-23 09:01")
        assert ("yellow", "pending") in it.verdicts()


async def test_without_rules_nothing_is_watched(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "config/supervision.yaml").unlink()
    from tests.journey.world import world
    async with world(tmp_path) as it:
        assert it.engine.configuration.supervision is None


async def test_a_card_goes_down_to_whose_case_it_is_and_the_reply_up(tmp_path: Path) -> None:
    """It names the case and no region; the county that told of the case hears of it, answers, and hears of the withdrawal."""
    async with watched(tmp_path) as it:
        await accepted(it)
        await linked(it)
        await card(it, "2014-07-23 08:00", "yellow", own="P1")
        await it.hears("2014-07-24 09:00", "alert.reply", alert_no="J-1", reply_text="已整改", reply_at="2014-07-24 08:59")
        await it.hears("2014-07-24 15:00", "alert.withdrawn", "P1", PLATFORM, alert_no="J-1", alert_at="2014-07-24 14:00")
        await it.quiet()
        assert [one.kind for one in it.east.effects] == ["alert.raised", "alert.withdrawn"]
        assert [one.kind for one in it.watch.effects if one.kind.startswith("alert")] == ["alert.reply"]
        assert it.played["west.approval"].effects == []
        (one,) = [one for one in it.warned() if one.no]
        assert (one.open, bool(one.replied_at), bool(one.withdrawn_at)) == (False, True, True)


async def test_a_card_of_a_case_nobody_knows_is_listed_as_sent_to_nobody(tmp_path: Path) -> None:
    """No system is found for it: the message waits as unrouted, and the list of warnings shows the card all the same."""
    async with watched(tmp_path) as it:
        it.clock.now = at("2014-07-23 08:00")
        verdict = await it.tell(PLATFORM, {"type": "alert.raised", "serial_province": "P9", "alert_no": "J-9", "alert_kind": "yellow",
                                           "alert_at": "2014-07-23T08:00:00+08:00", "region": "440100"})
        await it.on("2014-07-23 08:01")
        assert verdict.code == "GT430"
        (entry,) = warning_entries(it.reader, WatchFilter(), it.clock.now, 10)
        assert (entry["no"], entry["verdict"], entry["sent_to"], entry["region"]) == ("J-9", "not_judged", [], "440100")

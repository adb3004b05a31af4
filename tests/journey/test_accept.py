"""ACCEPT: what is kept, what is told apart, what is turned away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.journey.home import write_home
from tests.journey.played import Act
from tests.journey.world import D, World, apply, step, world

from guantong.journey import accept as accepting
from guantong.journey import admission
from guantong.journey.states import MessageState
from guantong.operations import Act as Word
from guantong.record import Acceptance, Record
from guantong.store import StoreFailed

A, M = Acceptance, MessageState


async def test_a_record_reaches_everyone_its_routes_name_once(tmp_path: Path) -> None:
    """Acknowledged, kept, and sent to each target of its routes; what comes again is a duplicate and goes
    nowhere; nothing returns to its origin."""
    async with world(tmp_path) as it:
        verdict = await it.tell("east.approval", apply("P1", "E1"))
        assert (verdict.acceptance, verdict.message, verdict.taken) == (A.ROUTED, 1, True)
        again = await it.tell("east.approval", apply("P1", "E1"))
        assert (again.acceptance, again.taken) == (A.DUPLICATE, True)
        await it.quiet()
        assert (it.hall.texts(), it.watch.texts(), it.east.texts()) == (["apply A"], ["apply A"], [])
        assert it.states("city.hall") == [D.CONFIRMED]
        assert it.message_states() == [M.ROUTED, M.DUPLICATE]


async def test_the_same_content_twice_in_one_pass_is_one_event(tmp_path: Path) -> None:
    """Records handed in together are told apart as if they had come one after the other."""
    async with world(tmp_path) as it:
        verdicts = await asyncio.gather(*(it.tell("east.approval", apply("P1")) for _ in range(20)))
        assert [one.acceptance for one in verdicts] == [A.ROUTED] + [A.DUPLICATE] * 19
        await it.quiet()
        assert len(it.hall.sent) == 1


async def test_an_event_is_told_by_its_identity_and_its_source(tmp_path: Path) -> None:
    """Another step of the case, or the same step from another system, is another event."""
    async with world(tmp_path) as it:
        for system, record in (("east.approval", step("1", "P1")), ("east.approval", step("2", "P1")),
                               ("west.approval", step("1", "P1"))):
            assert (await it.tell(system, record)).acceptance is A.ROUTED
        await it.quiet()
        assert it.hall.texts() == ["step 1", "step 2", "step 1"]


async def test_a_higher_version_supersedes_what_still_waits(tmp_path: Path) -> None:
    """What was not sent yet gives way, also where it waits behind another or died; what was taken stays."""
    async with world(tmp_path, start=False) as it:
        await it.tell("east.approval", apply("P1"))
        await it.tell("east.approval", step("1", "P1", title="old"))
        newer = await it.tell("east.approval", step("1", "P1", title="new", ver="2"))
        assert newer.acceptance is A.ROUTED
        it.engine.lines.start()
        await it.quiet()
        assert it.hall.texts() == ["apply A", "step new"]
        assert it.states("city.hall") == [D.CONFIRMED, D.SUPERSEDED, D.CONFIRMED]
        later = await it.tell("east.approval", step("1", "P1", title="newest", ver="9"))
        assert later.acceptance is A.ROUTED
        await it.quiet()
        assert it.states("city.hall") == [D.CONFIRMED, D.SUPERSEDED, D.CONFIRMED, D.CONFIRMED]


async def test_a_dead_delivery_gives_way_to_a_correction(tmp_path: Path) -> None:
    """The correction of what the target refused goes out, and what waited behind it follows."""
    async with world(tmp_path) as it:
        it.hall.script.append(Act.REFUSED)
        await it.tell("east.approval", step("1", "P1", title="wrong"))
        await it.tell("east.approval", step("2", "P1"))
        await it.quiet()
        assert it.states("city.hall") == [D.DEAD, D.BLOCKED]
        await it.tell("east.approval", step("1", "P1", title="right", ver="2"))
        await it.quiet()
        assert it.hall.texts() == ["step 2", "step right"]
        assert it.states("city.hall") == [D.SUPERSEDED, D.CONFIRMED, D.CONFIRMED]


@pytest.mark.parametrize(("act", "state", "attempts"), [
    (Act.BUSY, D.SUPERSEDED, ["old", "new"]), (Act.REFUSED, D.SUPERSEDED, ["old", "new"]),
    (Act.OK, D.CONFIRMED, ["old", "new"]),
])
async def test_what_is_in_hand_is_settled_before_a_higher_version(
    tmp_path: Path, act: Act, state: D, attempts: list[str],
) -> None:
    """A version on the wire is not taken back; when it fails it is not sent again, for a newer one is there."""
    async with world(tmp_path) as it:
        it.hall.gate = asyncio.Event()
        it.hall.script.append(act)
        await it.tell("east.approval", step("1", "P1", title="old"))
        await it.until(lambda: len(it.hall.sent) == 1)
        await it.tell("east.approval", step("1", "P1", title="new", ver="2"))
        assert it.states("city.hall") == [D.WAITING, D.BLOCKED]
        it.hall.gate.set()
        await it.quiet()
        assert [one.fields["title"] for one in it.hall.sent] == attempts
        assert it.states("city.hall") == [state, D.CONFIRMED]


async def test_the_same_version_with_other_content_is_a_conflict(tmp_path: Path) -> None:
    """Kept and acknowledged, sent to nobody until a person decides."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", "P1", title="one"))
        verdict = await it.tell("east.approval", step("1", "P1", title="other"))
        assert (verdict.acceptance, verdict.taken, verdict.code) == (A.CONFLICT, True, "GT406")
        await it.quiet()
        assert it.hall.texts() == ["step one"]
        (held,) = it.reader.events_of_message(verdict.message)
        assert held.held_back


async def test_a_lower_version_is_stale(tmp_path: Path) -> None:
    """Kept, acknowledged, never sent, and not part of what the case is known to say."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", "P1", title="new", ver="3"))
        verdict = await it.tell("east.approval", step("1", "P1", title="old", ver="2"))
        assert (verdict.acceptance, verdict.taken) == (A.STALE, True)
        await it.quiet()
        assert it.hall.texts() == ["step new"]
        assert it.reader.events_of_message(verdict.message)[0].held_back


async def test_without_versions_other_content_is_a_newer_one(tmp_path: Path) -> None:
    """A dialect with `versioning: arrival`: the same content is a duplicate, other content supersedes."""
    async with world(tmp_path, start=False) as it:
        verdicts = [await it.tell("west.approval", step("1", "P1", title=title)) for title in ("a", "a", "b", "a")]
        assert [one.acceptance for one in verdicts] == [A.ROUTED, A.DUPLICATE, A.ROUTED, A.ROUTED]
        assert it.states("city.hall") == [D.SUPERSEDED, D.SUPERSEDED, D.WAITING]
        it.engine.lines.start()
        await it.quiet()
        assert it.hall.texts() == ["step a"]


async def test_what_parses_but_cannot_be_told_is_parked(tmp_path: Path) -> None:
    """Acknowledged and kept with every problem; the same bytes again are a duplicate; a parked message
    blocks nothing; replay runs accept again once the mapping is mended."""
    home = tmp_path
    wrong = {"type": "step", "no": "P1", "title": "t", "stage": "7"}
    async with world(home) as it:
        verdict = await it.tell("east.approval", wrong)
        assert (verdict.acceptance, verdict.taken) == (A.PARKED, True)
        assert verdict.code
        assert f"[{verdict.code}]" in verdict.reason
        assert "mappings/" not in verdict.reason + verdict.reason_zh, "our files are nothing to a sender"
        assert (await it.tell("east.approval", wrong)).acceptance is A.DUPLICATE
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert it.hall.texts() == ["step 1"]
        (done,) = await it.act(Word.REPLAY, "M1")
        assert done.problem is not None
        assert done.problem.code.id == "GT604"
        assert it.message_states() == [M.PARKED, M.DUPLICATE, M.ROUTED]
    mapping = home / "mappings/plain/case.step.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("step.code: code", "step.code: [code, stage]"),
                       encoding="utf-8")
    async with world(home) as it:
        (done,) = await it.act(Word.REPLAY, "M1", why="列名已补")
        assert (done.state, done.problem) == (A.ROUTED, None)
        await it.quiet()
        assert it.hall.texts() == ["step t"]
        assert it.message_states() == [M.ROUTED, M.DUPLICATE, M.ROUTED]
        (again,) = await it.act(Word.REPLAY, "M1")
        assert again.problem is not None, "what was replayed is not replayed twice"
        assert [line.what for line in it.reader.journal_of_message(1)] == ["parked", "replayed"]


async def test_a_parked_message_that_came_again_meanwhile_is_a_duplicate_when_replayed(tmp_path: Path) -> None:
    """Mended and sent anew by its source, it takes effect once."""
    wrong = {"type": "step", "no": "P1", "title": "t", "stage": "7"}
    async with world(tmp_path) as it:
        await it.tell("east.approval", wrong)
    mapping = tmp_path / "mappings/plain/case.step.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("step.code: code", "step.code: [code, stage]"),
                       encoding="utf-8")
    async with world(tmp_path) as it:
        assert (await it.tell("east.approval", wrong)).acceptance is A.ROUTED
        (done,) = await it.act(Word.REPLAY, "M1")
        assert done.state == A.DUPLICATE
        await it.quiet()
        assert it.hall.texts() == ["step t"]


@pytest.mark.parametrize("body", [
    b"not json", b"", b"[]", b'{"type":"nobody knows","no":"P1","title":"t"}', b'{"no":"P1"}', b"\xff\xfe",
])
async def test_a_refusal_leaves_nothing_but_a_line_in_the_journal(tmp_path: Path, body: bytes) -> None:
    """Unparsable, or of an unknown kind: refused for good, nothing of it is kept."""
    async with world(tmp_path) as it:
        verdict = await accepting.accept(it.engine, Record("east.approval", body))
        assert (verdict.acceptance, verdict.taken, verdict.again, verdict.message) == (A.REFUSED, False, False, 0)
        assert verdict.code
        assert verdict.reason
        assert verdict.reason_zh
        assert (it.message_states(), it.deliveries()) == ([], [])
        (line,) = it.reader.lines(it.reader.newest_line() - 1, 10)
        assert (line.what, line.system) == ("refused", "east.approval")
        assert orjson.loads(line.detail) == {"code": verdict.code, "bytes": len(body)}


async def test_a_source_may_want_a_refusal_instead_of_parking(tmp_path: Path) -> None:
    """`on_unmappable: refuse`: the sender hears every problem at once, and nothing is kept."""
    more = {"east.approval": "    on_unmappable: refuse\n"}
    async with world(tmp_path, more=more) as it:
        verdict = await it.tell("east.approval", {"type": "step", "no": "P1"})
        assert verdict.acceptance is A.REFUSED
        assert "code" in verdict.reason
        assert "title" in verdict.reason, "all problems, not the first"
        assert it.message_states() == []


async def test_an_event_without_a_number_is_parked(tmp_path: Path) -> None:
    """It names no case: nobody could ever find it, so a person must look."""
    async with world(tmp_path) as it:
        verdict = await it.tell("east.approval", step("1"))
        assert (verdict.acceptance, verdict.code) == (A.PARKED, "GT403")


async def test_what_no_route_takes_is_kept_and_can_be_routed_later(tmp_path: Path) -> None:
    """Unrouted is a state a person sees, not a loss."""
    async with world(tmp_path) as it:
        verdict = await it.tell("city.portal", apply("P1", region="449999"))
        assert (verdict.acceptance, verdict.taken, verdict.code) == (A.UNROUTED, True, "GT430")
        (done,) = await it.act(Word.REPLAY, "M1")
        assert (done.state, done.problem) == (M.UNROUTED, None)
    place = tmp_path / "config/counties/east.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("445202", "4499"), encoding="utf-8")
    async with world(tmp_path) as it:
        (done,) = await it.act(Word.REPLAY, "M1")
        assert (done.state, done.problem) == (M.ROUTED, None)
        await it.quiet()
        assert it.east.texts() == ["apply A"]


async def test_a_region_without_a_system_is_seen_though_others_hear_of_the_event(tmp_path: Path) -> None:
    """The watch gets the application, its county does not exist yet: a person sees that, and once the county
    is online a replay sends to it alone."""
    write_home(tmp_path)
    routes = tmp_path / "config/routes.yaml"
    more = "  - {name: portal-to-watch, events: case.application, from: {role: portal}, to: {role: watch}}\n"
    routes.write_text(routes.read_text(encoding="utf-8") + more, encoding="utf-8")
    async with world(tmp_path) as it:
        verdict = await it.tell("city.portal", apply("P1", region="449999"))
        assert (verdict.acceptance, verdict.code) == (A.UNROUTED, "GT430")
        await it.quiet()
        assert it.watch.texts() == ["apply A"]
        (done,) = await it.act(Word.REPLAY, "M1")
        assert (done.state, done.problem) == (M.UNROUTED, None)
    place = tmp_path / "config/counties/east.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("445202", "4499"), encoding="utf-8")
    async with world(tmp_path) as it:
        (done,) = await it.act(Word.REPLAY, "M1")
        assert (done.state, done.problem) == (M.ROUTED, None)
        await it.quiet()
        assert (it.east.texts(), it.watch.texts()) == (["apply A"], [])


async def test_fields_that_no_rule_reads_are_named_in_the_journal(tmp_path: Path) -> None:
    """Their names, never their values (promise 10)."""
    async with world(tmp_path) as it:
        await it.tell("city.portal", {**apply("P1"), "secret_hobby": "钓鱼"})
        (line,) = [one for one in it.reader.journal_of(1) if one.message == 1]
        assert line.detail["unread"] == ["secret_hobby"]


async def test_an_unrouted_version_is_not_routed_after_a_newer_one(tmp_path: Path) -> None:
    """Replaying what a newer version replaced would send old content last."""
    async with world(tmp_path) as it:
        await it.tell("city.portal", apply("P1", title="old", region="449999"))
        await it.tell("city.portal", apply("P1", title="new", region="445202", ver="2"))
        await it.quiet()
        (done,) = await it.act(Word.REPLAY, "M1")
        assert done.problem is not None
        assert done.problem.code.id == "GT606"
        (done,) = await it.act(Word.DISCARD, "M1", why="已有新版本")
        assert (done.state, done.problem) == (M.DISCARDED, None)
        assert it.east.texts() == ["apply new"]


async def test_a_message_of_several_records_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """One that cannot be told parks them all: the source sent one message."""
    async with world(tmp_path) as it:
        assert (await it.tell("east.approval", apply("P1"), {"type": "step", "no": "P1"})).acceptance is A.PARKED
        assert it.deliveries() == []
        verdict = await it.tell("east.approval", apply("P1"), step("1", "P1"), step("1", "P1"))
        assert verdict.acceptance is A.ROUTED
        await it.quiet()
        assert it.hall.texts() == ["apply A", "step 1"]


async def test_records_that_turn_out_to_be_one_case_lie_under_one_subject(tmp_path: Path) -> None:
    """The last record of a message tells that the first two are about the same case."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", apply("P0"))  # another, older case
        await it.tell("east.approval", step("1", "P1"), step("2", own="E1"), step("3", "P1", "E1"))
        await it.quiet()
        assert it.hall.texts() == ["apply A", "step 1", "step 2", "step 3"]
        assert len({row.subject for row in it.deliveries("city.hall")}) == 2
        assert it.reader.subjects_by_number("P1") == it.reader.subjects_by_number("E1")
        (subject,) = it.reader.subjects_by_number("P1")
        assert len(it.reader.events_of_subject(subject)) == 3


async def test_a_message_never_sends_what_it_superseded_itself(tmp_path: Path) -> None:
    """One record of a message lets another delivery go; the next record of it supersedes that."""
    async with world(tmp_path, start=False) as it:
        await it.tell("east.approval", step("1", "P1", title="a1"))
        await it.tell("east.approval", step("2", "P1", title="b1"))
        await it.tell("east.approval", step("1", "P1", title="a2", ver="2"), step("2", "P1", title="b2", ver="2"))
        it.engine.lines.start()
        await it.quiet()
        assert it.hall.texts() == ["step a2", "step b2"]
        assert [one.fields["title"] for one in it.hall.sent] == ["a2", "b2"]


async def test_a_full_hub_asks_to_come_again(tmp_path: Path) -> None:
    """Beyond its bound the hub takes nothing, says so, and keeps nothing of it."""
    files = {"config/guantong.yaml": "hub: {name: 试验, listen: 127.0.0.1:0, queue: {accepting: 2}}\n"}
    async with world(tmp_path, files=files) as it:
        verdicts = await asyncio.gather(*(it.tell("east.approval", apply(f"P{n}")) for n in range(4)))
        assert [(one.acceptance, one.again) for one in verdicts] == [(A.ROUTED, False)] * 2 + [(A.REFUSED, True)] * 2
        assert len(it.message_states()) == 2
        assert (await it.tell("east.approval", apply("P9"))).acceptance is A.ROUTED


async def test_a_store_that_cannot_write_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sender is asked to come again; when it does, the record takes effect once."""
    async with world(tmp_path) as it:
        with monkeypatch.context() as patch:
            patch.setattr(it.engine.store, "write", _cannot_write)
            verdict = await it.tell("east.approval", apply("P1"))
            assert (verdict.acceptance, verdict.again, verdict.code) == (A.REFUSED, True, "GT405")
        assert (await it.tell("east.approval", apply("P1"))).acceptance is A.ROUTED
        await it.quiet()
        assert it.hall.texts() == ["apply A"]


async def test_a_mistake_of_ours_loses_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that breaks the translation is parked whole, and told as our mistake."""

    def broken(*given: Any) -> Any:
        raise ZeroDivisionError(given)

    async with world(tmp_path) as it:
        with monkeypatch.context() as patch:
            patch.setattr(admission, "to_events", broken)
            verdict = await it.tell("east.approval", step("1", "P1"))
            assert (verdict.acceptance, verdict.code) == (A.PARKED, "GT418")
        (done,) = await it.act(Word.REPLAY, "M1")
        assert (done.state, done.problem) == (A.ROUTED, None)
        await it.quiet()
        assert it.hall.texts() == ["step 1"]


async def test_numbers_at_the_edge_are_kept_or_parked_never_an_error(tmp_path: Path) -> None:
    """Whatever a hostile sender writes as a version, the verdict is a verdict."""
    async with world(tmp_path) as it:
        for number, version in enumerate(("0", "-5", "9" * 18, "9" * 19, "9" * 4000, "1e3", "１", "x", "")):
            verdict = await it.tell("east.approval", step("1", f"P{number}", ver=version))
            assert verdict.acceptance in (A.ROUTED, A.PARKED), version
        await it.quiet()


async def _cannot_write(_work: Any) -> Any:
    raise StoreFailed("the store cannot write: SQLITE_FULL")


async def conflict(it: World) -> str:
    """A conflict between `one`, which was sent, and `other`; the id of the message in conflict."""
    await it.tell("east.approval", step("1", "P1", title="one"))
    verdict = await it.tell("east.approval", step("1", "P1", title="other"))
    await it.quiet()
    return f"M{verdict.message}"


async def test_a_person_keeps_the_new_content(tmp_path: Path) -> None:
    """It goes out, once, and from then on it is what the same content is compared with."""
    async with world(tmp_path) as it:
        ident = await conflict(it)
        (done,) = await it.act(Word.KEEP_NEW, ident)
        assert (done.state, done.problem) == (M.ROUTED, None)
        await it.quiet()
        assert it.hall.texts() == ["step one", "step other"]
        assert (await it.tell("east.approval", step("1", "P1", title="other"))).acceptance is A.DUPLICATE
        (done,) = await it.act(Word.KEEP_NEW, ident)
        assert done.problem is not None, "what was chosen is not chosen twice"
        assert it.journal("P1").count("chosen") == 1


async def test_a_person_keeps_the_old_content(tmp_path: Path) -> None:
    """Nothing is sent, and the new content again is a conflict again."""
    async with world(tmp_path) as it:
        ident = await conflict(it)
        (done,) = await it.act(Word.KEEP_OLD, ident)
        assert (done.state, done.problem) == (M.DISCARDED, None)
        assert (await it.tell("east.approval", step("1", "P1", title="one"))).acceptance is A.DUPLICATE
        assert (await it.tell("east.approval", step("1", "P1", title="other"))).acceptance is A.CONFLICT
        await it.quiet()
        assert it.hall.texts() == ["step one"]


async def test_a_conflict_that_came_twice_is_sent_once(tmp_path: Path) -> None:
    """Two conflicts of the same content: choosing both sends it once."""
    async with world(tmp_path) as it:
        first = await conflict(it)
        second = f"M{(await it.tell('east.approval', step('1', 'P1', title='other'))).message}"
        done = await it.act(Word.KEEP_NEW, first, second)
        assert [one.problem and one.problem.code.id for one in done] == [None, "GT606"]
        await it.quiet()
        assert it.hall.texts() == ["step one", "step other"]


async def test_a_conflict_overtaken_by_a_newer_version_sends_nothing(tmp_path: Path) -> None:
    """Choosing the new content of an old version must not take the place of what came since."""
    async with world(tmp_path) as it:
        ident = await conflict(it)
        await it.tell("east.approval", step("1", "P1", title="corrected", ver="2"))
        (done,) = await it.act(Word.KEEP_NEW, ident)
        assert done.problem is not None
        assert done.problem.code.id == "GT606"
        await it.quiet()
        assert it.hall.texts() == ["step one", "step corrected"]
        assert (await it.tell("east.approval", step("1", "P1", title="corrected", ver="2"))).acceptance is A.DUPLICATE


async def test_choosing_lets_go_only_what_is_in_conflict(tmp_path: Path) -> None:
    """A stale event in the same message stays back."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", step("1", "P1", title="one"))
        await it.tell("east.approval", step("2", "P1", title="two", ver="5"))
        verdict = await it.tell("east.approval", step("1", "P1", title="other"), step("2", "P1", title="old", ver="4"))
        assert verdict.acceptance is A.CONFLICT
        await it.act(Word.KEEP_NEW, f"M{verdict.message}")
        await it.quiet()
        assert it.hall.texts() == ["step one", "step two", "step other"]


async def test_a_message_of_a_system_taken_out_of_the_configuration_says_so(tmp_path: Path) -> None:
    """Replaying it names what is missing instead of failing, and stops no other."""
    async with world(tmp_path) as it:
        await it.tell("east.approval", {"type": "step", "no": "P1", "title": "t"})
        await it.tell("west.approval", {"type": "step", "no": "P1", "title": "t"})
        systems = {ident: one for ident, one in it.engine.configuration.systems.items() if ident != "east.approval"}
        it.engine.configuration = replace(it.engine.configuration, systems=systems)
        done = await it.act(Word.REPLAY, "M1", "M2")
        assert [one.problem and one.problem.code.id for one in done] == ["GT607", "GT604"]

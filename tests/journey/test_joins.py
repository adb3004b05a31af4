"""Joins: two events make one record, in whatever order they come, once each time that anything of it changed."""

from __future__ import annotations

import asyncio
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from tests.journey.home import write_home
from tests.journey.joining import OUT, files, pause, resume, row, rows, told
from tests.journey.played import Act
from tests.journey.world import HALL, D, World, plugged, step, world

from guantong.config import load
from guantong.mapping.kept import Kept, kept_in
from guantong.operations import Act as Word
from guantong.operations.figures import queue_figures, statistics
from guantong.operations.lineage import Lineage, Verdict
from guantong.operations.versions import Versions

P, R = "case.pause", "case.resumption"


def waiting(it: World) -> list[tuple[int, str]]:
    """The deliveries whose record waits for another event, and what is said of it."""
    return [(one.id, one.reason) for one in it.reader.waiting_to_join()]


@pytest.mark.parametrize("order", [*permutations([pause(1), resume(1)])], ids=["pause first", "resumption first"])
async def test_the_record_goes_when_all_is_there(tmp_path: Path, order: tuple[dict[str, object], ...]) -> None:
    """Whichever comes last takes it; the other ends joined, its line says for what it waits, and nothing blocks."""
    async with world(tmp_path, files=files()) as it:
        first, last = order
        names = {"pause": P, "resume": R}
        await it.tell("east.approval", first)
        await it.quiet()
        assert it.states(HALL) == [D.JOINED]
        missing = names[str(last["type"])]
        assert waiting(it) == [(1, f"等待 {missing} 到达后合并为一条记录；该过程信息到达后一并推送")]
        await it.tell("east.approval", step("1", "P1"))
        await it.quiet()
        assert [one.kind for one in it.hall.effects] == ["step"]
        await it.tell("east.approval", last)
        await it.quiet()
        assert rows(it)[1:] == [row(1)]
        assert it.states(HALL) == [D.JOINED, D.CONFIRMED, D.CONFIRMED]
        assert waiting(it) == []
        assert told(it, "joined") == [
            {"event": names[str(first["type"])], "event_id": 1, "attempt": 0, "code": "GT431", "events": [1], "waits_for": [missing]}]
        events = told(it, "confirmed")[-1]["events"]
        assert sorted(events) == [1, 3]


async def test_every_order_of_arrival_ends_with_one_row_for_each_pause(tmp_path: Path) -> None:
    """Two pauses of a case that may overlap, in all orders of their four events: each row once, with its own halves."""
    told = [pause(1, "一"), resume(1, "甲"), pause(2, "二"), resume(2, "乙")]
    async with world(tmp_path, files=files()) as it:
        orders = {f"P{number}": order for number, order in enumerate(permutations(told), 1)}
        for case, order in orders.items():
            for record in order:
                await it.tell("east.approval", {**record, "no": case, "title": case})
        await it.quiet()
        wanted = [{**row(1, "一", "甲"), "title": case} for case in orders] + [{**row(2, "二", "乙"), "title": case} for case in orders]
        assert sorted(rows(it), key=str) == sorted(wanted, key=str)
        assert waiting(it) == []


async def test_any_order_of_versions_and_duplicates_ends_with_the_newest(tmp_path: Path) -> None:
    """Corrections, repetitions and late old versions between: the last row of each pause has the newest of both halves,
    no row is sent twice, and their versions rise."""
    told = [pause(1, "一"), pause(1, "一改", ver=2), resume(1, "甲"), resume(1, "甲"), pause(2, "二"), resume(2, "乙"),
            resume(2, "乙改", ver=3)]
    chance = Random(7)  # noqa: S311 -- a seed, not a secret
    async with world(tmp_path, files=files()) as it:
        cases = [f"P{number}" for number in range(1, 31)]
        left = [(case, {**record, "no": case, "title": case}) for case in cases for record in chance.sample(told, len(told))]
        it.hall.script.extend(chance.choices([Act.OK, Act.OK, Act.BUSY, Act.DOWN], k=60))
        for number, (_, record) in enumerate(left):
            await it.tell("east.approval", record)
            if number % 40 == 0:
                await it.later(4)
        for _ in range(8):
            await it.later(4)
        sent: dict[tuple[str, str], list[dict[str, object]]] = {}
        for one in rows(it):
            sent.setdefault((one["title"], one["seq"]), []).append(one)
        assert sorted(sent) == sorted((case, seq) for case in cases for seq in "12")
        for (case, seq), made in sent.items():
            newest = {"1": ("一改", "甲"), "2": ("二", "乙改")}[seq]
            assert (made[-1]["reason"], made[-1]["result"]) == newest, case
            versions = [int(str(one["version"])) for one in made]
            assert versions == sorted(set(versions)), case
        assert waiting(it) == []


async def test_overlapping_pauses_are_told_apart(tmp_path: Path) -> None:
    """A second pause begins before the first ends: each row has its own reason and result."""
    async with world(tmp_path, files=files()) as it:
        for record in (pause(1, "一"), pause(2, "二"), resume(2, "乙"), resume(1, "甲")):
            await it.tell("east.approval", record)
        await it.quiet()
        assert rows(it) == [row(2, "二", "乙"), row(1, "一", "甲")]


async def test_what_waits_behind_takes_the_record_for_both(tmp_path: Path) -> None:
    """Both wait for a slow system: one row is sent, by the later; the earlier names the delivery it goes with."""
    async with world(tmp_path, files=files(), start=False) as it:
        await it.tell("east.approval", pause(1))
        await it.tell("east.approval", resume(1))
        assert it.states(HALL) == [D.WAITING, D.BLOCKED]
        it.engine.lines.start()
        await it.quiet()
        assert rows(it) == [row(1)]
        assert it.states(HALL) == [D.JOINED, D.CONFIRMED]
        assert told(it, "joined") == [{"event": P, "event_id": 1, "attempt": 0, "code": "", "events": [1, 2], "with": it.deliveries(HALL)[1].id}]


async def test_a_duplicate_sends_nothing(tmp_path: Path) -> None:
    """The same events again change nothing."""
    async with world(tmp_path, files=files()) as it:
        for record in (pause(1), resume(1), pause(1), resume(1)):
            await it.tell("east.approval", record)
        await it.quiet()
        assert rows(it) == [row(1)]


async def test_a_new_version_of_any_sends_the_whole_record_again(tmp_path: Path) -> None:
    """With the newest of both; the record's version rises each time."""
    async with world(tmp_path, files=files()) as it:
        for record in (pause(1), resume(1), pause(1, "听证", ver=2), resume(1, "不通过", ver=2), pause(1, "迟到", ver=1)):
            await it.tell("east.approval", record)
            await it.quiet()
        assert rows(it) == [row(1), row(1, "听证", "通过", "2"), row(1, "听证", "不通过", "3")]


async def test_a_version_that_waits_for_a_person_is_not_joined(tmp_path: Path) -> None:
    """Other content of a known version stays out until somebody decides for it; then the record goes again."""
    async with world(tmp_path, files=files()) as it:
        await it.tell("east.approval", pause(1))
        verdict = await it.tell("east.approval", pause(1, "另一"))
        await it.tell("east.approval", resume(1))
        await it.quiet()
        assert rows(it) == [row(1)]
        await it.act(Word.KEEP_NEW, f"M{verdict.message}")
        await it.quiet()
        assert rows(it) == [row(1), row(1, "另一")]


async def test_a_newer_version_takes_the_place_of_a_record_that_did_not_go_through(tmp_path: Path) -> None:
    """The row was refused for its pause: the corrected pause goes in its place, and nobody need discard it."""
    async with world(tmp_path, files=files()) as it:
        it.hall.script.append(Act.REFUSED)
        await it.tell("east.approval", pause(1, "错"))
        await it.tell("east.approval", resume(1))
        await it.quiet()
        assert it.states(HALL) == [D.JOINED, D.DEAD]
        await it.tell("east.approval", step("1", "P1"))
        await it.tell("east.approval", pause(1, "对", ver=2))
        await it.quiet()
        assert [one.fields.get("reason", one.kind) for one in it.hall.effects] == ["step", "对"]
        assert it.states(HALL) == [D.JOINED, D.SUPERSEDED, D.CONFIRMED, D.CONFIRMED]
        assert told(it, "superseded") == [{"event": R, "event_id": 2, "by_event_id": 4, "by_event": P, "by_version": 2}]


@pytest.mark.parametrize("ends", [Act.BUSY, Act.REFUSED, Act.OK])
async def test_a_newer_version_while_the_record_is_on_the_wire(tmp_path: Path, ends: Act) -> None:
    """What is in hand is settled first; what did not go through gives way to the newer."""
    async with world(tmp_path, files=files()) as it:
        it.hall.gate = asyncio.Event()
        it.hall.script.append(ends)
        await it.tell("east.approval", pause(1, "错"))
        await it.tell("east.approval", resume(1))
        await it.until(lambda: len(it.hall.sent) == 1)
        await it.tell("east.approval", pause(1, "对", ver=2))
        it.hall.gate.set()
        await it.quiet()
        await it.later(4)
        assert rows(it) == [*([row(1, "错")] if ends is Act.OK else []), row(1, "对", "通过", "2")]
        assert it.states(HALL) == [D.JOINED, D.CONFIRMED if ends is Act.OK else D.SUPERSEDED, D.CONFIRMED]


async def test_what_was_attempted_is_sent_again_byte_for_byte(tmp_path: Path) -> None:
    """A retry sends what the first attempt sent, after a restart too."""
    async with world(tmp_path, files=files()) as it:
        it.hall.script.append(Act.BUSY)
        await it.tell("east.approval", pause(1))
        await it.tell("east.approval", resume(1))
        await it.quiet()
        ends, clock = it.played, it.clock
    async with world(tmp_path, played=ends, clock=clock) as it:
        await it.later(4)
        first, second = it.hall.sent
        assert first.body == second.body
        assert rows(it) == [row(1)]


async def test_a_restart_between_the_halves_loses_nothing(tmp_path: Path) -> None:
    """The pause ended joined in the first run; the resumption of the second takes it along."""
    async with world(tmp_path, files=files()) as it:
        await it.tell("east.approval", pause(1))
        await it.quiet()
    async with world(tmp_path) as it:
        await it.tell("east.approval", resume(1))
        await it.quiet()
        assert rows(it) == [row(1)]
        assert waiting(it) == []


@pytest.mark.parametrize("policy", ["retry", "hold", "query"])
@pytest.mark.parametrize("strikes", [1, 2])
@pytest.mark.parametrize("place", ["deliver:before-send", "deliver:after-send", "deliver:before-commit", "deliver:after-commit"])
async def test_a_crash_at_any_step_ends_with_one_row(tmp_path: Path, policy: str, place: str, strikes: int) -> None:
    """The hub dies at a durable step of the first or the second turn; the target has one row, with both halves."""
    crashed = asyncio.Event()
    left = strikes
    async with world(tmp_path, files=files(), delivery={HALL: f"unknown: {policy}"}, start=False) as it:

        def crash(at: str) -> None:
            nonlocal left
            left -= at == place
            if left <= 0 and (at == place or crashed.is_set()):
                crashed.set()
                raise asyncio.CancelledError

        it.engine.crash_at = crash
        await it.tell("east.approval", pause(1))
        await it.tell("east.approval", resume(1))
        it.engine.lines._lines[HALL].start()
        await it.until(lambda: crashed.is_set() or it.states(HALL) == [D.JOINED, D.CONFIRMED])
        far, clock = it.played, it.clock
    async with world(tmp_path, played=far, clock=clock) as it:
        for _ in range(4):
            await it.later(4)
        open_ends = [one.id for one in it.deliveries(HALL) if one.state is D.UNKNOWN]
        await it.act(Word.TOOK_EFFECT if rows(it) else Word.DID_NOT, *open_ends)
        await it.quiet()
        assert rows(it) == [row(1)]
        assert it.states(HALL) == [D.JOINED, D.CONFIRMED]


async def test_each_sends_what_is_there_so_far(tmp_path: Path) -> None:
    """`emit: each`: a row at the pause, the whole row at the resumption, as its second version."""
    async with world(tmp_path, files=files("each")) as it:
        for record in (pause(1), resume(1), resume(1, "不通过", ver=2)):
            await it.tell("east.approval", record)
            await it.quiet()
        assert rows(it) == [row(1, result=None), row(1, version="2"), row(1, result="不通过", version="3")]
        assert it.states(HALL) == [D.CONFIRMED] * 3


async def test_each_sends_once_what_waited_together(tmp_path: Path) -> None:
    """Where the resumption already waits behind the pause, one row says both."""
    async with world(tmp_path, files=files("each"), start=False) as it:
        await it.tell("east.approval", resume(1))
        await it.tell("east.approval", pause(1))
        it.engine.lines.start()
        await it.quiet()
        assert rows(it) == [row(1, version="2")]
        assert it.states(HALL) == [D.JOINED, D.CONFIRMED]


async def test_a_missing_half_is_required_as_ever(tmp_path: Path) -> None:
    """`emit: each` with a field that the target requires: what is there alone cannot be written, and says so."""
    out = "out:\n  seq: pause.seq\n  result: {from: pause.result, required: true}\n"
    async with world(tmp_path, files=files("each", out)) as it:
        await it.tell("east.approval", pause(1))
        await it.quiet()
        (delivery,) = it.deliveries(HALL)
        assert (delivery.state, delivery.code) == (D.DEAD, "GT242")
        await it.tell("east.approval", resume(1))
        await it.quiet()
        assert rows(it) == [{"seq": "1", "result": "通过"}]
        assert it.states(HALL) == [D.SUPERSEDED, D.CONFIRMED]


async def test_an_end_that_waits_for_its_start_goes_with_it(tmp_path: Path) -> None:
    """With `each` and a `need:` for the first half, the second does not go alone: it waits, and once the first comes its
    delivery takes the place of the other with one row of both."""
    needs = OUT.replace("pause.reason", "{from: pause.reason, need: {wait: 10m, then: park}}")
    async with world(tmp_path, files=files("each", out=needs)) as it:
        await it.tell("east.approval", resume(1))
        await it.later(4)
        assert (it.states(HALL), rows(it)) == ([D.WAITING], [])
        await it.tell("east.approval", pause(1))
        await it.later(4)
        await it.later(4)
        assert rows(it) == [row(1, version="2")]
        assert it.states(HALL) == [D.SUPERSEDED, D.CONFIRMED]


async def test_sources_number_their_pauses_for_themselves(tmp_path: Path) -> None:
    """The first pause of another county's system is another pause, though the case is one."""
    async with world(tmp_path, files=files()) as it:
        await it.tell("east.approval", pause(1, "东"))
        await it.tell("west.approval", resume(1, "西"))
        await it.quiet()
        assert rows(it) == []
        assert [text.partition(" 到达")[0] for _, text in waiting(it)] == [f"等待 {R}", f"等待 {P}"]
        await it.tell("east.approval", resume(1, "东果"))
        await it.quiet()
        assert rows(it) == [row(1, "东", "东果")]


@pytest.mark.parametrize("emit", ["complete", "each"])
async def test_halves_of_two_cases_that_turn_out_to_be_one(tmp_path: Path, emit: str) -> None:
    """Both had their turn before; the merge makes the record whole, and it goes."""
    async with world(tmp_path, files=files(emit)) as it:
        await it.tell("east.approval", pause(1, no="P1"))
        await it.tell("east.approval", resume(1, no=None, own="E1"))
        await it.quiet()
        before = len(rows(it))
        assert before == (0 if emit == "complete" else 2)
        await it.tell("east.approval", step("1", "P1", "E1"))
        await it.quiet()
        whole = row(1, version="1" if emit == "complete" else "2")
        assert [one for one in rows(it)[before:] if "seq" in one] == [whole]
        assert waiting(it) == []
        assert told(it, "rejoined") == [{"event": R, "event_id": 2, "events": [1, 2]}]


async def test_a_merge_that_completes_nothing_sends_nothing(tmp_path: Path) -> None:
    """Pauses of two cases that turn out to be one, with other numbers, stay apart."""
    async with world(tmp_path, files=files()) as it:
        await it.tell("east.approval", pause(1, no="P1"))
        await it.tell("east.approval", resume(2, no=None, own="E1"))
        await it.tell("east.approval", step("1", "P1", "E1"))
        await it.quiet()
        assert [one for one in rows(it) if "seq" in one] == []
        assert len(waiting(it)) == 2


async def test_a_dead_record_is_replayed_with_all_there_is(tmp_path: Path) -> None:
    """Refused once, mended at the target, replayed: one row; what it refused for want of a value is mapped anew."""
    async with world(tmp_path, files=files()) as it:
        it.hall.script.append(Act.REFUSED)
        await it.tell("east.approval", pause(1))
        await it.tell("east.approval", resume(1))
        await it.quiet()
        await it.act(Word.REPLAY, it.deliveries(HALL)[1].id)
        await it.quiet()
        assert rows(it) == [row(1)]
        assert it.states(HALL) == [D.JOINED, D.CONFIRMED]


async def test_every_value_of_the_row_is_followed_to_the_event_it_came_from(tmp_path: Path) -> None:
    """Recomputed from the events that the journal names, though one of them has a newer version since."""
    async with world(tmp_path, files=files()) as it:
        await it.tell("east.approval", pause(1))
        await it.tell("east.approval", resume(1))
        await it.quiet()
        it.hall.gate = asyncio.Event()
        await it.tell("east.approval", pause(1, "听证", ver=2))
        specs = plugged({})
        versions = Versions(it.engine.configuration.dialects, Kept(kept_in(tmp_path), specs.codecs, specs.functions))
        lineage = Lineage(it.reader, it.engine.vault, it.engine.configuration, versions)
        hop = lineage.of_delivery(it.deliveries(HALL)[1].id)
        assert hop is not None
        assert (hop.verdict, hop.problems) == (Verdict.SAME, ())
        came = {step.target: lineage.origin(hop, step).hop for step in hop.steps}
        assert {name: origin.ident for name, origin in came.items() if origin is not None} == {
            "seq": "M2", "title": "M2", "reason": "M1", "result": "M2", "version": "M2"}
        it.hall.gate.set()
        await it.quiet()


async def test_what_is_missing_is_counted_and_named(tmp_path: Path) -> None:
    """For each system: which event waits for which, how many, and the deliveries to look up."""
    async with world(tmp_path, files=files()) as it:
        await it.tell("east.approval", pause(1))
        await it.tell("east.approval", pause(2))
        await it.tell("east.approval", resume(2))
        await it.quiet()
        figures = queue_figures(it.reader, it.engine.configuration, {}, it.clock.now)["systems"]
        assert figures[HALL]["awaiting_events"] == [
            {"event": P, "reason": f"等待 {R} 到达后合并为一条记录；该过程信息到达后一并推送", "count": 1, "deliveries": ["D1"]}]
        assert statistics(it.reader, it.engine.configuration)["systems"][HALL]["joined"] == 2


def test_routes_that_bring_only_half_of_a_record_are_refused(tmp_path: Path) -> None:
    """The half that no route brings might come last, and the record would never go."""
    routes = ("routes:\n  - {name: to-hall, events: [case.step, case.pause], from: {role: county}, to: {role: hall}}\n"
              "  - {name: to-watch, events: \"case.*\", from: {role: county}, to: {role: watch}}\n")
    loaded = load(write_home(tmp_path, files=files(routes=routes)), plugged({}), {})
    lines = [problem.line() for problem in loaded.problems if problem.code.id == "GT130"]
    assert lines == [
        ("config/routes.yaml:2:21 routes[0].events: 'city.hall' makes one record of case.pause, case.resumption, and no route takes "
         "case.resumption there; route them all to it: whichever comes last takes the record [GT130]")]

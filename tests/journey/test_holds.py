"""Holds (暂停推送): what an operator stops, stops at once, stays stopped over a restart, and goes on in its order."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.journey.played import Act, Played
from tests.journey.world import HALL, D, World, apply, step, world

from guantong.operations import Act as Word

COUNTY, WATCH = "east.approval", "city.watch"


async def told(it: World, *codes: str, case: str = "P1") -> None:
    for code in codes:
        await it.tell(COUNTY, step(code, case))


def acts(it: World) -> list[tuple[str, str, str]]:
    """Who held and released what, from the journal."""
    found: list[tuple[str, str, str]] = []
    for number in range(1, 1000):
        rows = it.engine.reader._rows(  # type: ignore[attr-defined]  # lines of no subject have no reader of their own
            "SELECT what, actor, system || detail FROM journal WHERE id = ?", (number,))
        if not rows:
            return found
        found += [row for row in rows if row[0] in ("held", "released")]
    return found


async def test_nothing_is_sent_to_a_held_system_and_all_of_it_once_released(tmp_path: Path) -> None:
    """Its deliveries wait in their order; other systems do not notice; who did it and why is in the journal."""
    async with world(tmp_path) as it:
        assert [one.state for one in await it.act(Word.HOLD, HALL, why="主厅升级")] == ["held"]
        await told(it, "1", "2")
        await told(it, "1", case="P2")
        await it.quiet()
        assert (it.hall.sent, it.watch.texts()) == ([], ["step 1", "step 2", "step 1"])
        assert it.states(HALL) == [D.WAITING, D.BLOCKED, D.WAITING]
        assert [one.state for one in await it.act(Word.RELEASE, HALL, actor="李工", why="升级完毕")] == ["released"]
        await it.quiet()
        assert [(one.fields["no"], one.fields["code"]) for one in it.hall.effects if one.fields["no"] == "P1"] == [
            ("P1", "1"), ("P1", "2")]
        assert it.states(HALL) == [D.CONFIRMED] * 3
        assert [(what, actor) for what, actor, _ in acts(it)] == [("held", "陈工"), ("released", "李工")]
        assert all("city.hall" in detail and why in detail
                   for (_, _, detail), why in zip(acts(it), ["主厅升级", "升级完毕"], strict=True))


async def test_what_is_being_sent_is_settled(tmp_path: Path) -> None:
    """The attempt under way ends as it ends; what follows it waits."""
    async with world(tmp_path) as it:
        it.hall.gate = asyncio.Event()
        await told(it, "1", "2")
        await it.until(lambda: len(it.hall.sent) == 1)
        await it.act(Word.HOLD, HALL, why="x")
        it.hall.gate.set()
        await it.quiet()
        assert it.states(HALL) == [D.CONFIRMED, D.WAITING]
        assert len(it.hall.sent) == 1


@pytest.mark.parametrize("name", [HALL, "to-hall"])
async def test_a_hold_outlives_a_restart(tmp_path: Path, name: str) -> None:
    """It is in the store: the next start sends nothing there, and a release then lets everything go in order."""
    played: dict[str, Played] = {}
    async with world(tmp_path, played=played) as it:
        await it.act(Word.HOLD, name, why="x")
        await told(it, "2", "1")
        await it.quiet()
    async with world(tmp_path, played=played) as it:
        await told(it, "3")
        await it.quiet()
        assert (it.hall.sent, it.watch.texts()) == ([], ["step 2", "step 1", "step 3"])
        await it.act(Word.RELEASE, name)
        await it.quiet()
        assert it.hall.texts() == ["step 2", "step 1", "step 3"]


async def test_a_held_route_leaves_the_systems_other_routes_alone(tmp_path: Path) -> None:
    """What another route brings to the same system goes on; the held one's block only their own cases."""
    routes = """
routes:
  - {name: down, events: case.application, from: {role: portal}, to: {role: county, by: region}}
  - {name: applications, events: case.application, from: {role: county}, to: {role: hall}}
  - {name: steps, events: case.step, from: {role: county}, to: {role: hall}}
"""
    async with world(tmp_path, files={"config/routes.yaml": routes}) as it:
        await it.act(Word.HOLD, "steps", why="口径未定")
        await told(it, "1")
        await it.tell(COUNTY, apply("P2"))
        await it.tell(COUNTY, apply("P1"))
        await it.quiet()
        assert [(one.kind, one.fields["no"]) for one in it.hall.effects] == [("apply", "P2")]
        held = it.deliveries(HALL)[0]
        assert (held.state, held.code, held.attempts) == (D.WAITING, "GT350", 0)
        assert "口径未定" in held.reason
        await it.act(Word.RELEASE, "steps")
        await it.quiet()
        assert [(one.kind, one.fields["no"]) for one in it.hall.effects] == [("apply", "P2"), ("step", "P1"), ("apply", "P1")]
        assert {row.code for row in it.deliveries(HALL)} == {""}


async def test_what_retries_under_a_held_route_is_set_aside_and_goes_again_as_it_was(tmp_path: Path) -> None:
    """Byte for byte what the first attempt sent, its attempts counted on."""
    async with world(tmp_path) as it:
        it.hall.script.append(Act.BUSY)
        await told(it, "1")
        await it.quiet()
        await it.act(Word.HOLD, "to-hall", why="x")
        await it.later(10)
        assert [(row.state, row.attempts, row.code) for row in it.deliveries(HALL)] == [(D.WAITING, 1, "GT350")]
        await it.act(Word.RELEASE, "to-hall")
        await it.quiet()
        assert [one.body for one in it.hall.sent] == [it.hall.sent[0].body] * 2
        assert [(row.state, row.attempts) for row in it.deliveries(HALL)] == [(D.CONFIRMED, 2)]


async def test_a_system_held_inbound_is_not_read(tmp_path: Path) -> None:
    """Reading waits for the release; holding only what is sent leaves it alone."""
    async with world(tmp_path, more={COUNTY: "    poll: {every: 1h}\n"}) as it:
        await it.act(Word.HOLD, COUNTY, why="x")
        await it.engine.holds.may_read(COUNTY)
        assert [one.state for one in await it.act(Word.HOLD_INBOUND, COUNTY, why="x")] == ["held"]
        waiting = asyncio.create_task(it.engine.holds.may_read(COUNTY))
        await it.quiet()
        await it.engine.holds.may_read(WATCH)
        assert not waiting.done()
        await it.act(Word.RELEASE, COUNTY)
        await waiting


async def test_what_cannot_be_held_or_released_is_told_why(tmp_path: Path) -> None:
    """Nothing is kept, and each answer says what to do."""
    async with world(tmp_path, more={WATCH: "    hold: true\n"}) as it:
        done = [*await it.act(Word.HOLD, "city.hal", why="x"), *await it.act(Word.HOLD, "to-hal", why="x"),
                *await it.act(Word.HOLD_INBOUND, HALL, why="x"), *await it.act(Word.RELEASE, HALL),
                *await it.act(Word.RELEASE, WATCH), *await it.act(Word.HOLD, HALL, why="x"),
                *await it.act(Word.HOLD, HALL, why="y")]
        known = ("systems: city.hall, city.portal, city.watch, east.approval, west.approval; routes: to-county, to-hall, "
                 "to-watch")
        assert [one.problem.line() if one.problem else one.state for one in done] == [
            f"there is no system and no route 'city.hal'; {known} (city.hall?) [GT351]",
            f"there is no system and no route 'to-hal'; {known} (to-hall?) [GT351]",
            ("city.hall is nothing that we read: a route, or a system that sends by itself, and what it sends is taken; leave out --inbound; sending to it is "
             "held all the same [GT352]"),
            "city.hall is not held; see what is held with: guantong queues [GT354]",
            "city.watch is held by the configuration (`hold: true`); take `hold:` out of its place file and restart the hub [GT353]",
            "held",
            "city.hall is held already, since 2014-07-15 10:30:00 by 陈工: x; release it with: guantong release city.hall [GT355]",
        ]

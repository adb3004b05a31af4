"""`return`: what only its owner can mend goes back to its owner with the reason, and nothing is edited on the way."""

from __future__ import annotations

from pathlib import Path

import orjson
from tests.journey.played import Act as Does
from tests.journey.played import Played
from tests.journey.world import HALL, D, World, step, world
from tests.operations.test_hub import hub_on, until

from guantong.control import ask
from guantong.journey.accept import accept
from guantong.journey.states import DeliveryState, MessageState
from guantong.operations import Act, Order
from guantong.problems import Code, Problem, ProblemsError
from guantong.record import Record

COUNTY = "east.approval"
AWAY = Code("GT399", "the system is away", "系统不可达", "see to it", "请检查")


class Giving(Played):
    """A system that takes records back: what it was told, by ref; `gone` are records it no longer has."""

    def __init__(self, system: str) -> None:
        super().__init__(system)
        self.back: list[tuple[str, str]] = []
        self.gone: set[str] = set()
        self.away = False

    async def give_back(self, ref: str, why: str) -> str:
        if self.away:
            raise ProblemsError([Problem(AWAY)])
        if ref in self.gone:
            return ""
        self.back.append((ref, why))
        return "EX.FLAG"


async def tell(it: World, record: dict[str, object], ref: str) -> None:
    await accept(it.engine, Record(COUNTY, orjson.dumps(record), ref=ref))


def given(it: World) -> Giving:
    """The county takes records back."""
    it.engine.givers = {COUNTY: (giver := Giving(COUNTY))}
    return giver


async def test_a_dead_delivery_goes_back_to_whoever_sent_it(tmp_path: Path) -> None:
    """Its owner hears the reason at the record it sent; the delivery ends returned, those behind it go on, and what the owner
    then corrects goes as a new version."""
    async with world(tmp_path) as it:
        giver = given(it)
        it.hall.script.append(Does.REFUSED)
        await tell(it, step("1", "P1", "E1"), "EX:1")
        await tell(it, step("2", "P1"), "EX:2")
        await it.quiet()
        (done,) = await it.act(Act.RETURN, "D1", why="身份证号有误")
        assert (done.state, giver.back) == ("returned", [("EX:1", "退回 returned：身份证号有误（原因 cause GT412 city.hall 拒绝接收：no such item，编号 no. E1，D1）")])
        await it.quiet()
        await tell(it, step("1", "P1", ver=2), "EX:3")
        await it.quiet()
        assert it.hall.texts() == ["step 2", "step 1"]
        row = it.deliveries(HALL)[0]
        assert (row.state, row.code, row.reason) == (D.RETURNED, "GT382", "已退回 east.approval（EX.FLAG）：身份证号有误")
        (subject,) = it.reader.subjects_by_number("P1")
        (line,) = [one for one in it.reader.journal_of(subject) if one.what == "returned"]
        assert (line.actor, line.delivery, dict(line.detail)) == ("陈工", 1, {
            "event": "case.step", "event_id": 1, "was": "GT412", "back_to": COUNTY, "where": "EX.FLAG", "why": "身份证号有误"})


async def test_a_parked_message_goes_back_and_is_given_up_here(tmp_path: Path) -> None:
    """It is discarded here, its line says that it was returned."""
    async with world(tmp_path) as it:
        giver = given(it)
        await tell(it, {"type": "step", "no": "P1"}, "EX:1")
        (done,) = await it.act(Act.RETURN, "M1", why="缺少环节")
        assert (done.state, giver.back) == ("returned", [(
            "EX:1", "退回 returned：缺少环节（原因 cause GT242 title: 必填项为空; 请发送方补充 | code: 必填项为空; 请发送方补充，M1）")])
        assert it.message_states() == [MessageState.DISCARDED]
        assert [one.what for one in it.reader.journal_of_message(1)] == ["parked", "returned"]


async def test_a_routed_message_goes_back_with_all_its_dead_deliveries(tmp_path: Path) -> None:
    """Its owner is told once; each dead delivery ends returned, what was delivered stays so, what waited behind goes on."""
    async with world(tmp_path) as it:
        giver = given(it)
        it.hall.script.append(Does.REFUSED)
        it.watch.script.extend([Does.OK, Does.REFUSED])
        await accept(it.engine, Record(COUNTY, orjson.dumps([step("1", "P1"), step("1", "P2")]), ref="EX:1"))
        await it.quiet()
        dead = [row.id for row in it.deliveries() if row.state is D.DEAD]
        await tell(it, step("2", "P1"), "EX:2")
        await it.quiet()
        (done,) = await it.act(Act.RETURN, "M1", why="身份证号有误")
        assert (done.state, giver.back) == ("returned", [("EX:1", "退回 returned：身份证号有误（M1）")])
        await it.quiet()
        assert len(dead) == 2
        assert [row.id for row in it.deliveries() if row.state is D.RETURNED] == dead
        assert {row.state for row in it.deliveries() if row.id not in dead} == {D.CONFIRMED}
        assert it.message_states()[0] is MessageState.ROUTED
        (again,) = await it.act(Act.RETURN, "M1", why="x")
        assert again.problem is not None
        assert again.problem.line("zh") == (
            "报文 M1 的状态是“已转发”，不是“无法转换 / 无转发规则 / 冲突 / 异常”; 可用 guantong trace M1 查看 [GT602]")


async def test_what_found_no_route_or_contradicts_goes_back_and_is_given_up(tmp_path: Path) -> None:
    """The case's journal says so; the content that was known stays in force."""
    async with world(tmp_path) as it:
        giver = given(it)
        await tell(it, step("1", "P1"), "EX:1")
        await tell(it, step("1", "P1", title="B"), "EX:2")
        await it.quiet()
        (done,) = await it.act(Act.RETURN, "M2", why="同一版本内容不同")
        assert (done.state, giver.back[0][0], it.message_states()) == ("returned", "EX:2", [MessageState.ROUTED, MessageState.DISCARDED])
        assert it.journal("P1")[-1] == "returned"


async def test_what_cannot_be_given_back_stays_as_it_was_and_says_why(tmp_path: Path) -> None:
    """No way declared, the record gone, the system away, no hub, not dead, no such thing: each is told, nothing is changed."""
    async with world(tmp_path) as it:
        it.hall.script.append(Does.REFUSED)
        await tell(it, step("1", "P1"), "EX:1")
        await tell(it, step("1", "P2"), "EX:2")
        await it.quiet()
        told = [*await it.act(Act.RETURN, "D1", why="x")]
        it.engine.givers = {}
        told += await it.act(Act.RETURN, "D1", why="x")
        giver = given(it)
        giver.gone.add("EX:1")
        told += await it.act(Act.RETURN, "D1", why="x")
        giver.gone.clear()
        giver.away = True
        told += await it.act(Act.RETURN, "D1", "D2", "D9", "M2", "M9", "F1", why="x")
        assert [one.problem.code.id if one.problem else one.state for one in told] == [
            "GT381", "GT380", "GT380", "GT399", "GT602", "GT601", "GT602", "GT601", "GT609"]
        assert it.states(HALL) == [D.DEAD, D.CONFIRMED]


async def test_a_running_hub_gives_back_to_the_systems_that_can_be_told(tmp_path: Path) -> None:
    """Over its socket: what its adapter can do is all it takes."""
    played: dict[str, Played] = {HALL: Played(HALL), COUNTY: Giving(COUNTY)}
    played[HALL].script.append(Does.REFUSED)
    async with hub_on(tmp_path, played) as hub:
        await accept(hub.engine, Record(COUNTY, orjson.dumps(step("1", "P1")), ref="EX:1"))
        await until(hub, 1, DeliveryState.DEAD)
        (done,) = await ask(tmp_path, Order(Act.RETURN, ["D1"], "陈工", "有误"))
        assert done["state"] == "returned"
        assert hub.engine.givers is not None
        assert list(hub.engine.givers) == [COUNTY]

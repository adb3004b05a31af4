"""What is said to a system held to its interface as it is now known, and in which directions anything goes at all."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.adapter import takes_anything
from guantong.config import Configuration
from guantong.config.configuration import System
from guantong.config.interfaces import placed, spoken_to
from guantong.config.routing import sources, targets
from guantong.problems import Place
from guantong.readiness.items import Item, by_problems
from guantong.record import Outgoing


def interface_item(configuration: Configuration, system: System, written: Sequence[Outgoing]) -> list[Item]:
    """One item, or none for a system that tells nobody what it takes. *written* are the records of the rehearsal: each is tried."""
    if not system.is_sent or system.adapter.fits is takes_anything:
        return []
    events = list(configuration.model.events)
    spoken = spoken_to(system, configuration.routes, events, written)
    found = system.adapter.fits(system.settings, configuration.home, spoken)
    key, title = f"interface:{system.id}", (f"接口契约 {system.id}", f"interface of {system.id}")
    if found is None:
        return [Item(key, title, "skipped", ("接口说明尚未取得，未核对", "its description was never fetched: not compared"),
                     ("网络开通、密钥补齐后再查一次", "try again once the network is open and the secrets are set"))]
    problems = placed(found, system, Place(f"config/counties/{system.id.partition('.')[0]}.yaml", 1, 1))
    said = (f"映射 {len(spoken.plans)} 个，试写报文 {len(written)} 条", f"{len(spoken.plans)} mappings, {len(written)} records written on trial")
    return [by_problems(key, title, problems, said)]


def directions_item(configuration: Configuration, system: System) -> Item:
    """Which events go to the system and which come from it; a reminder where one way is missing altogether."""
    model, routes = configuration.model.events, configuration.routes
    to = [event for event in model if event in system.told() and any(
        route.takes(event) for route in routes if targets(route, {system.id: system}))]
    way = bool(system.poll or system.adapter.doors(system.settings) or system.adapter.listens(system.settings))
    kinds = system.adapter.heard(system.settings)
    read = {plan.event for kind in system.dialect.kinds_in() if kinds is None or kind in kinds for plan in system.dialect.plans_in(kind)}
    back = [event for event in model if way and event in read and any(
        route.takes(event) for route in routes if sources(route, {system.id: system}))]
    said = tuple(f"{out} {_named(configuration, to, zh=zh)}；{come} {_named(configuration, back, zh=zh)}" if zh
                 else f"{out}: {_named(configuration, to, zh=zh)}; {come}: {_named(configuration, back, zh=zh)}"
                 for out, come, zh in (("推送", "接收", True), ("to it", "from it", False)))
    key, title = f"directions:{system.id}", (f"方向 {system.id}", f"directions of {system.id}")
    todo = ("", "")
    if not back:
        why = ("对方无法报送" if not way else "没有可接收的映射", "there is no way in" if not way else "no mapping reads any")
        todo = (f"受理、办结等不会回来：{why[0]}。需要时请开通接收（按 WSDL：answers.yaml 中写 `serve:`）",
                f"no acceptance, step or finish will ever come: {why[1]}. Open a way in where it is wanted (by a WSDL: `serve:` in answers.yaml)")
    elif not to:
        todo = ("不向对方推送任何信息", "nothing is sent to it")
    return Item(key, title, "reminder" if not (to and back) else "passed", (said[0], said[1]), todo)


def _named(configuration: Configuration, events: Sequence[str], *, zh: bool) -> str:
    titles = [configuration.model.events[event].title_zh if zh else event for event in events]
    return ("、" if zh else ", ").join(titles) if titles else ("无" if zh else "nothing")


"""What follows from an interface that was handed over, as it stands in a county's files: settings, rules for replies, its documents, and
a service of ours by which the county reports."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from guantong.adapter import AdapterSpec
from guantong.onboarding.answers import Answered
from guantong.onboarding.codes import NOTHING_KNOWN_TO_SERVE, NOTHING_TO_SERVE
from guantong.onboarding.interface import Reporting
from guantong.onboarding.material import Material
from guantong.onboarding.routing import is_sent_to
from guantong.onboarding.shipped import chain
from guantong.problems import Problem, ProblemsError
from guantong.starter import starter

_HUB = "wsdl/hub"
"""Where the description of our own service lies in a home."""
_RECORD = re.compile(r"^record: (\S+)$", re.MULTILINE)
_EVENT = re.compile(r"^event: (\S+)$", re.MULTILINE)
_CODES = re.compile(r"codes: ([a-z][a-z0-9_.]*)")


@dataclass
class FromInterface:
    """`keys` are those of the system that differ from its profile's, `settings` those of them under `settings:`; `own` and `shipped` files
    by their paths in the home."""

    settings: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    own: dict[str, bytes] = field(default_factory=dict)
    shipped: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def from_interface(home: Path, answered: Answered, spec: AdapterSpec, material: Material, address: Mapping[str, Any]) -> FromInterface:
    """What follows from *material* and from how the county is to report; *address* are the settings its address comes to."""
    made, said = FromInterface(), answered.said
    interface = material.interface
    named = {**address, **said.settings}.get("wsdl")
    key = "wsdl" if named is None else "wsdl_copy" if "://" in str(named) else ""
    routes = home / "config" / "routes.yaml"
    routes = routes if routes.is_file() else starter("config") / "routes.yaml"
    sent = [name for name in material.called() if is_sent_to(routes, said.role, _event_of(material, name))]
    first = f"wsdl/{said.county}/{next(iter(interface.documents), '')}" if interface is not None else ""
    if interface is not None:
        completed = interface.complete(sent)
        made.settings |= completed.settings
        made.problems += [_answered_at(one, answered) for one in completed.problems]
        if completed.reply:
            made.keys |= {"delivery": {"unknown": "hold"}, "reply": completed.reply}
        if key:
            made.settings[key] = first
    if said.serve == "theirs":
        kinds = [name for name in material.called() if name not in sent]
        if interface is None or not kinds:
            made.problems.append(_nothing_reported(answered, material))
        else:
            try:
                made.settings["serve"] = interface.serving(kinds, first)
            except ProblemsError as error:
                made.problems += [_answered_at(one, answered) for one in error.problems if one not in completed.problems]
    elif said.serve == "ours":
        _ours(home, answered, spec, material, routes, made)
    if interface is not None and (key or said.serve == "theirs"):
        made.own |= {f"wsdl/{said.county}/{name}": body for name, body in interface.documents.items()}
    return made


def _ours(home: Path, answered: Answered, spec: AdapterSpec, material: Material, routes: Path, made: FromInterface) -> None:
    """Our service, and the mappings that read what comes by it."""
    reporting = spec.reporting()
    if reporting is None:
        made.problems.append(_nothing(answered, f"the adapter {spec.name!r} has no service of ours", f"适配器 {spec.name!r} 没有我方服务"))
        return
    texts = _mappings_of(reporting, routes, answered.said.role)
    kinds = [found[1] for text in texts.values() if (found := _RECORD.search(text)) is not None]
    if material.draft is None:
        parent = answered.said.extends or answered.said.dialect or ""
        if reporting.dialect not in chain(home / "mappings", parent) + chain(starter("mappings"), parent):
            what = f"the dialect {parent or '-'} does not read its records: extend {reporting.dialect}"
            made.problems.append(_nothing(answered, what, f"数据规范 {parent or '-'} 不能读取其报文：请继承 {reporting.dialect}"))
            return
    else:
        same = sorted({one.record.name for one in material.draft.records} & {*kinds})
        if same:
            made.problems.append(_nothing(answered, f"their WSDL has operations of the same names ({', '.join(same)}): write `serve: theirs`",
                                          f"对方 WSDL 中有同名操作（{'、'.join(same)}）：请写 `serve: theirs`"))
            return
        _add_mappings(material, reporting, texts)
    made.settings["serve"] = reporting.serving(kinds, f"{_HUB}/{reporting.file}")
    made.shipped |= {f"{_HUB}/{name}": body for name, body in reporting.documents.items()}


def _mappings_of(reporting: Reporting, routes: Path, role: str) -> dict[str, str]:
    """The mappings of the events that come from a county and do not go to it, by their files."""
    folder = starter("mappings") / reporting.dialect
    texts = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml")) if file.name != "dialect.yaml"}
    return {name: text for name, text in texts.items() if (found := _EVENT.search(text)) and not is_sent_to(routes, role, found[1])}


def _add_mappings(material: Material, reporting: Reporting, texts: Mapping[str, str]) -> None:
    """Mappings that only read, with code tables under names of their own: the draft's are the vendor's."""
    folder = starter("mappings") / reporting.dialect / "codes"
    tables = {file.stem: file.read_bytes() for file in folder.glob("*.yaml")}
    used: set[str] = set()

    def renamed(found: re.Match[str]) -> str:
        if found[1] not in tables:
            return found[0]
        used.add(found[1])
        return f"codes: {found[1]}.hub"

    for name, text in texts.items():
        stem = name.removesuffix(".yaml")
        own = f"{stem}.hub.yaml" if name in material.files else name
        material.files[own] = _CODES.sub(renamed, _RECORD.sub(r"record: {in: \1}   # 由县区按我方 WSDL 报送 · reported by our WSDL", text)).encode()
    material.files |= {f"codes/{table}.hub.yaml": tables[table] for table in sorted(used)}


def _nothing_reported(answered: Answered, material: Material) -> Problem:
    """No operation is known to be about what a county reports: `events:` may tell of one."""
    unknown = [one.record.name for one in material.draft.records if not one.event] if material.draft else []
    if not unknown:
        return _nothing(answered, "their WSDL has no operation that is about an acceptance, a step or a finish",
                        "对方的 WSDL 中没有关于受理、审批、办结等的操作")
    names = ", ".join(unknown[:12])
    return Problem(NOTHING_KNOWN_TO_SERVE, answered.place("serve"), "serve", {"names": names, "example": unknown[0]})


def _event_of(material: Material, name: str) -> str:
    records: Sequence[Any] = material.draft.records if material.draft else ()
    return next((one.event for one in records if one.record.name == name), "")


def _nothing(answered: Answered, what: str, what_zh: str) -> Problem:
    details = {"serve": answered.said.serve, "what": what, "what_zh": what_zh}
    return Problem(NOTHING_TO_SERVE, answered.place("serve"), "serve", details)


def _answered_at(problem: Problem, answered: Answered) -> Problem:
    return replace(problem, place=answered.place(*problem.path.split("."))) if not problem.place.file else problem

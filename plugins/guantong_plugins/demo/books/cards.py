"""What must become of the cards: each at its county in the county's own words, each reply at the platform, and cards
taken back at the county again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guantong_adapters.simulation.story import Act, Story
from guantong_plugins.demo.books.entry import SUPERVISION, Entry

_GUANGDONG = {
    "serial.province": "SBLSH", "serial.county": "YWLSH", "item.code": "SXBM", "item.name": "SXMC", "region": "XZQHDM",
    "version": "SJBBH", "alert.no": "JCBH", "alert.step_code": "HJBM", "alert.reply_by": "HFQX",
    "window.code": "BJCKBM", "site.code": "BJDTBM", "site.name": "BMDTMC",
}
_RAISED = {**_GUANGDONG, "alert.kind": "YJJB", "alert.at": "YJSJ", "alert.text": "YJNR", "alert.reason": "YJYY"}
_WITHDRAWN = {**_GUANGDONG, "alert.at": "CPSJ", "alert.reason": "CPYY"}
_RONGCHENG = {
    "serial.province": "applyNo", "serial.county": "bizNo", "item.code": "itemCode", "region": "regionCode", "version": "ver",
    "alert.no": "alertNo", "alert.kind": "level", "alert.at": "time", "alert.text": "content", "alert.reason": "reason",
    "alert.reply_by": "replyBy", "alert.step_code": "stepCode", "window.code": "windowNo", "site.code": "siteCode",
}
_PUNING = {**_RAISED, "alert.kind": "YJLX", "alert.text": "DBNR"}
_TABLES = ("EX_GDBS_YJ", "EX_GDBS_CP")
_NAMES: Mapping[str, tuple[tuple[str, str], tuple[Mapping[str, str], Mapping[str, str]]]] = {
    "rongcheng": (("warning", "warningWithdrawn"), (_RONGCHENG, _RONGCHENG)),
    "jiedong": (_TABLES, (_RAISED, _WITHDRAWN)),
    "jiexi": (_TABLES, (_RAISED, _WITHDRAWN)),
    "huilai": (("EX_GDBS_YJXX", "EX_GDBS_CP"), (_RAISED, _WITHDRAWN)),
    "puning": (("SPYUJING", "SPCHEPAI"), (_PUNING, _WITHDRAWN)),
}
_LEVELS: Mapping[str, Mapping[str, str]] = {
    "rongcheng": {"pre_alert": "notice", "yellow": "yellow", "red": "red"},
    "jiedong": {"pre_alert": "YJ", "yellow": "HP", "red": "RP"},
    "jiexi": {"pre_alert": "1", "yellow": "2", "red": "3"},
    "huilai": {"pre_alert": "1", "yellow": "2", "red": "3"},
    "puning": {"pre_alert": "0", "yellow": "1", "red": "2"},
}
_ABOUT_THE_CASE = ("item.code", "item.name", "region", "window.code", "site.code")
_TIMES = ("alert.at", "alert.reply_by")
REPLY = "warnReplySubmit"


def card_entries(story: Story, places: Mapping[str, int]) -> Iterator[Entry]:
    """The entries of *story*'s cards; *places* are those its acts have taken, by system."""
    county = f"{story.county}.approval"
    place = {system: places.get(system, 0) for system in (county, SUPERVISION)}
    for card in story.cards:
        for act in (card.raised, card.reply, card.withdrawn):
            if act is None:
                continue
            system = SUPERVISION if act is card.reply else county
            kind, fields, identity = _reply(act) if act is card.reply else _told(story, act)
            yield Entry(system, story.county_serial, place[system], act.event, kind, act.version, fields, (identity,))
            place[system] += 1


def _told(story: Story, act: Act) -> tuple[str, dict[str, str], str]:
    """A card, or one taken back, as the story's county has it."""
    withdrawn = act.event == "alert.withdrawn"
    kinds, tables = _NAMES[story.county]
    names = tables[withdrawn]
    facts: dict[str, Any] = {**act.facts, "serial.county": story.county_serial, "version": act.version}
    if not withdrawn:
        facts |= {path: fact for one in story.acts for path, fact in one.facts.items() if path in _ABOUT_THE_CASE}
    fields = {names[path]: _text(story.county, path, value) for path, value in facts.items() if path in names}
    return kinds[withdrawn], fields, names["alert.no"]


def _text(county: str, path: str, value: Any) -> str:
    if path in _TIMES:
        return str(value).replace("T", " ")
    return _LEVELS[county][value] if path == "alert.kind" else str(value)


def _reply(act: Act) -> tuple[str, dict[str, str], str]:
    """A reply by its positions at the platform; nobody is `-`."""
    facts = act.facts
    values = (
        "".join(filter(str.isdigit, facts["reply.at"])), facts["operator.name"], facts["alert.no"], facts["reply.text"], "-",
        facts["serial.province"], str(act.version),
    )
    return REPLY, {f"field_{number}": value for number, value in enumerate(values, start=1)}, "field_3"

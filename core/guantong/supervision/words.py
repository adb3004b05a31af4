"""Words of supervision for screens: Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

STATES = {
    "running": ("计时中", "running"), "stopped": ("停止计时", "stopped"), "overdue": ("超时", "overdue"),
    "met": ("按时办结", "in time"), "missed": ("超时办结", "finished late"), "applied": ("待受理", "not accepted yet"),
    "unlimited": ("无时限", "no limit"), "closed": ("已结束", "closed"), "": ("待计算", "to be judged"),
}
CLOCKS = {"promised": ("承诺时限", "promised"), "legal": ("法定时限", "legal"), "step": ("环节时限", "step"),
          "reply": ("整改回复期限", "reply"), "": ("—", "—")}
LEVELS = {"pre_alert": ("预警", "pre-alert"), "yellow": ("黄牌", "yellow"), "red": ("红牌", "red"), "": ("未知", "unknown")}
VERDICTS = {
    "agrees": ("相符", "agrees"), "pending": ("应发，待收", "expected"), "missing": ("应发未收", "missing"),
    "undeserved": ("不应发", "undeserved"), "withdrawn": ("已撤牌", "withdrawn"), "not_judged": ("未核对", "not judged"),
}
_WHY = {"extension": ("延长审批", "extension"), "statutory": ("法定特别程序", "statutory procedure"),
        "other": ("特别程序", "special procedure"), "correction": ("补正", "correction")}


def both(words: Mapping[str, tuple[str, str]], name: str) -> str:
    """The Chinese word and the English one of *name*: `黄牌 yellow card`."""
    return " ".join(words[name]) if name in words else name


def why_in_words(why: str) -> str:
    """What stopped a clock, as the deadline clock names it (`pause 1 extension, correction`), in both languages."""
    return "，".join(_one(part) for part in why.split(", "))


def _one(part: str) -> str:
    words = part.split(" ")
    zh, en = _WHY.get(words[-1], (words[-1], words[-1]))
    number = f" {words[1]}" if len(words) == 3 else ""
    return f"{zh}{number} {en}"

"""Judging: what an answer means, by the rules the profile declares. Adapters never judge."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guantong.config.reply import Conditions, Meaning, ReplyRule, ReplyRules, When
from guantong.problems import Language
from guantong.record import Answer, NotSent, Reply, Unsure
from guantong.replytree import text_at, tree_of

MEANINGS_ZH = {
    Meaning.SUCCESS: "已接收", Meaning.DUPLICATE: "重复", Meaning.TOKEN_EXPIRED: "令牌失效", Meaning.TRANSIENT: "暂不能接收",
    Meaning.PERMANENT: "不能接收", Meaning.UNKNOWN: "结果不明",
}
MOST_REASON = 200  # characters of a target's answer that are kept as a reason


class Judgement(NamedTuple):
    """What an answer means, why in the target's words (bounded), and the reply to read serials from; `wait` is how long
    the target wants to be left alone, as it said so; `reason_zh` is the reason in Chinese where it is not the target's word."""

    meaning: Meaning
    reason: str = ""
    reply: bytes | None = None
    charset: str | None = None
    sent: bool = True
    wait: str = ""
    reason_zh: str = ""

    def why(self, language: Language) -> str:
        """Why, or what it means where nothing was said."""
        if language == "zh":
            return self.reason_zh or self.reason or MEANINGS_ZH[self.meaning]
        return self.reason or self.meaning.value


def judge(answer: Answer, rules: ReplyRules) -> Judgement:
    """Apply *rules* in order to *answer*; the first whose conditions all hold decides."""
    if isinstance(answer, NotSent):
        return Judgement(Meaning.TRANSIENT, answer.reason, sent=False, reason_zh=answer.reason_zh)
    if isinstance(answer, Unsure):
        return Judgement(Meaning.UNKNOWN, answer.reason, reason_zh=answer.reason_zh)
    read = _Read(answer, rules)
    for rule in rules.rules:
        if read.holds(rule.when):
            reason = "" if rule.means in (Meaning.SUCCESS, Meaning.DUPLICATE) else read.reason(rule)
            return Judgement(rule.means, reason, answer.body, answer.meta.get("charset"), wait=read.wait(rule))
    return Judgement(rules.otherwise, read.reason(None), answer.body, answer.meta.get("charset"))


def judge_fields(fields: Mapping[str, Any], rules: ReplyRules) -> Judgement:
    """Apply *rules*, all of them about fields, to a decoded record that tells of something we sent."""
    read = _Read(Reply(b""), rules, fields)
    for rule in rules.rules:
        if read.holds(rule.when):
            return Judgement(rule.means, read.reason(rule))
    return Judgement(rules.otherwise)


class _Read:
    """One reply, decoded at most once."""

    def __init__(self, reply: Reply, rules: ReplyRules, tree: Any = None) -> None:
        self._reply = reply
        self._charset = _known_charset(reply.meta.get("charset"))
        self._decode = rules.decode
        self._text: str | None = None
        self._tree = tree

    def holds(self, when: When) -> bool:
        return self._all(when) and (when.unless is None or not self._all(when.unless))

    def _all(self, wanted: Conditions) -> bool:
        if wanted.status is not None and not self._status_in(wanted.status):
            return False
        text = wanted.text
        if text is not None and text.contains is not None and not all(part in self.text() for part in text.contains):
            return False
        if text is not None and text.matches is not None and not text.matches.search(self.text()):
            return False
        return all(self._reply.meta.get(name, "") in expected for name, expected in wanted.meta.items()) and all(
            self.field(path) in expected for path, expected in wanted.field.items())

    def text(self) -> str:
        if self._text is None:
            self._text = self._reply.body.decode(self._charset, "replace")
        return self._text

    def field(self, path: str) -> str:
        """The decoded reply's text at *path* (`data/bizNo`), or "" where there is none."""
        if self._tree is None:
            self._tree = tree_of(self._reply.body, self._decode, self._charset)
        return text_at(self._tree, path)

    def reason(self, rule: ReplyRule | None) -> str:
        """Why, in the target's words: at the rule's path, in its expression's group, or, where nothing stands there, all
        it said."""
        said = (self.field(rule.reason_at) if rule and rule.reason_at else self._grouped(rule)) or self.text()
        status = self._reply.meta.get("status", "")
        shown = " ".join(said.split())[:MOST_REASON]
        return f"HTTP {status}: {shown}" if status and status != "200" else shown

    def wait(self, rule: ReplyRule) -> str:
        """How long the target wants to be left alone: at the rule's path, or by the transport's `Retry-After`."""
        if rule.means is not Meaning.TRANSIENT:
            return ""
        return (self.field(rule.wait_at) if rule.wait_at else "") or self._reply.meta.get("retry-after", "")

    def _grouped(self, rule: ReplyRule | None) -> str:
        matches = rule.when.text.matches if rule and rule.when.text else None
        found = matches.search(self.text()) if matches is not None and "reason" in matches.groupindex else None
        return (found["reason"] or "") if found else ""

    def _status_in(self, expected: Sequence[str]) -> bool:
        status = self._reply.meta.get("status", "")
        return any(status == one or (one.endswith("xx") and status[:1] == one[:1]) for one in expected)


_CHARSETS = frozenset({"utf-8", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "ascii", "iso8859-1", "utf-16"})
"""What replies may be written in. Python knows many more names: of compressions, and of codecs that fail or
take very long on hostile bytes."""


def _known_charset(named: str | None) -> str:
    """The charset a reply's transport named, or UTF-8 where it named none or none that we read."""
    try:
        name = codecs.lookup(named).name if named else "utf-8"
    except (LookupError, ValueError):
        return "utf-8"
    return name if name in _CHARSETS else "utf-8"

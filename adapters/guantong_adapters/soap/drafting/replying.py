"""Rules for the replies of a WSDL's operations: from what was answered of them, or from what the WSDL tells by itself.

What nobody tells is no success and no failure: it stays unknown, and with `unknown: hold` it is left to a person. Nothing is sent
again that the other side may have taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guantong.onboarding.codes import SUCCESS_WANTED
from guantong.onboarding.interface import Meant, Texts
from guantong.problems import Problem
from guantong_adapters.soap.fitting.levels import Level, Levels, Spot
from guantong_adapters.soap.wsdl.model import Operation, Simple, Type

_TELLING = frozenset({"success", "issuccess", "succeeded", "ok", "accepted"})
"""Names of a true-or-false that tell whether a call succeeded."""
_SAID = frozenset({"success", "succeeded", "ok", "成功"})
"""Values of an enumeration that say so."""
_REASONS = ("message", "msg", "reason", "description", "desc", "errormessage", "errmsg", "info", "text", "remark")
_DEEPEST = 4
_REFUSED_STATUS = ["429", "503"]
"""What was surely not taken: the server says that it did not begin."""


def drafted_rules(
    operations: Sequence[Operation], others: Sequence[Operation], types: Mapping[str, Type], meant: Meant,
) -> tuple[dict[str, Any], list[Problem]]:
    """`reply:` for these operations, and what is wanted for it; what is told of *others* alone, which they call, is no rule."""
    levels = Levels(types)
    success: list[Texts] = [dict(one) for one in meant.success if not _told_of(levels, others, one) or _told_of(levels, operations, one)]
    refused: list[Texts] = [{path: texts} for path, texts in meant.refused.items()]
    wanted: list[Operation] = []
    silent = False
    for operation in operations:
        if operation.reply is None or not operation.reply.parts:
            silent = True
            continue
        if any(_has(levels, operation, one) for one in success):
            continue
        told = None if meant.success else _told(levels, operation)
        if told is None:
            wanted.append(operation)
            continue
        success.append(told)
        refused += [{path: ("false", "0")} for path, texts in told.items() if texts == _TRUE]
    if wanted:
        return {}, [success_wanted(levels, wanted)]
    reason = next((path for one in operations for path, _ in _leaves(levels, one) if path.rpartition("/")[2].casefold() in _REASONS), "")
    why = {"reason": reason} if reason else {}
    rules: list[dict[str, Any]] = [
        {"when": {"field": {"fault/code": ["Client", "Client.Authentication", "Sender"]}}, "means": "permanent", "reason": "fault/reason"},
        {"when": {"status": _REFUSED_STATUS}, "means": "transient"},
    ]
    rules += [_rule(one, "success") for one in success]
    rules += [_rule({path: texts}, "duplicate") for path, texts in meant.duplicate.items()]
    rules += [{**_rule(one, "permanent"), **why} for one in _once(refused)]
    if silent:  # what answers nothing has taken what it was sent, unless it answers a fault
        rules.append({"when": {"field": {"fault/code": ["Server", "Receiver", "MustUnderstand", "VersionMismatch"]}}, "means": "unknown"})
        rules.append({"when": {"status": ["200", "202", "204"]}, "means": "success"})
    return {"decode": "json", "rules": rules, "otherwise": "unknown"}, []


_TRUE = ("true", "1")


def _rule(texts: Texts, means: str) -> dict[str, Any]:
    fields = {path: list(words) if len(words) > 1 else words[0] for path, words in texts.items()}
    return {"when": {"field": fields}, "means": means}


def _once(tables: Sequence[Texts]) -> list[Texts]:
    return [one for number, one in enumerate(tables) if one not in tables[:number]]


def _told_of(levels: Levels, operations: Sequence[Operation], texts: Texts) -> bool:
    return any(_has(levels, one, texts) for one in operations)


def _has(levels: Levels, operation: Operation, texts: Texts) -> bool:
    return located(levels, operation, texts) is not None


def located(levels: Levels, operation: Operation, texts: Texts) -> dict[str, tuple[str, ...]] | None:
    """*texts* by their paths in what *operation* replies, a `*` read as the one name there; None where it has not all of them."""
    if operation.reply is None:
        return None
    level = levels.of_message(operation.reply)
    found: dict[str, tuple[str, ...]] = {}
    for path, words in texts.items():
        steps = tuple(path.split("/"))
        there = [one for one in _named(level, steps) if isinstance(levels.find(level, one), Spot)]
        if not there:
            return None
        found["/".join(there[0])] = words
    return found


def _named(level: Level, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if path[0] != "*":
        yield path
    else:
        yield from ((name, *path[1:]) for name in level.members)


def answering(levels: Levels, operation: Operation, success: Sequence[Texts]) -> dict[str, tuple[str, ...]] | None:
    """Of the ways in which a success is told, the one that *operation* has: as it is written, or under the name that its own reply
    begins with (`PushCaseResult/Code` of one operation is `ReportResult/Code` of another). None where that is not to be known."""
    for one in success:
        if (found := located(levels, operation, one)) is not None:
            return found
    for one in success:
        tops = {path.partition("/")[0] for path in one}
        if len(tops) == 1 and all("/" in path for path in one):
            starred = {f"*/{path.partition('/')[2]}": words for path, words in one.items()}
            if (found := located(levels, operation, starred)) is not None:
                return found
    return _told(levels, operation)


def _told(levels: Levels, operation: Operation) -> dict[str, tuple[str, ...]] | None:
    """What tells a success by itself: the one true-or-false of such a name, or the one enumeration with such a value."""
    found: list[dict[str, tuple[str, ...]]] = []
    for path, key in _leaves(levels, operation):
        type_ = levels.types.get(key)
        base = type_.base if isinstance(type_, Simple) else key.rpartition("}")[2]
        if base == "boolean" and path.rpartition("/")[2].casefold().replace("_", "") in _TELLING:
            found.append({path: _TRUE})
        elif isinstance(type_, Simple):
            said = [text for text in type_.values if text.casefold() in _SAID]
            if len(said) == 1:
                found.append({path: (said[0],)})
    return found[0] if len(found) == 1 else None


def _leaves(levels: Levels, operation: Operation) -> Iterator[tuple[str, str]]:
    if operation.reply is not None:
        yield from _below(levels, levels.of_message(operation.reply), "", 0)


def _below(levels: Levels, level: Level, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, member in level.members.items():
        if not levels.holds_fields(member.element.type):
            yield f"{prefix}{name}", member.element.type
        elif depth < _DEEPEST:
            yield from _below(levels, levels.of_type(member.element.type), f"{prefix}{name}/", depth + 1)


def success_wanted(levels: Levels, operations: Sequence[Operation]) -> Problem:
    """That nobody told what means a success to these *operations*."""
    paths = list(dict.fromkeys(path for one in operations for path, _ in _leaves(levels, one)))
    names = ", ".join(one.name for one in operations)
    details = {"operations": names, "known": ", ".join(paths[:12]) or "-", "example": paths[0] if paths else "path"}
    return Problem(SUCCESS_WANTED, path="reply.success", details=details)

"""The parts of a rule: sources, conditions, durations, formats, functions, native paths."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from typing import cast

from guantong.function import Call, FunctionSpec, WrongArguments, choose, split_call
from guantong.mapping.codes import (
    BAD_CALL,
    BAD_CHARSET,
    BAD_DURATION,
    BAD_PATH,
    BAD_PATTERN,
    BAD_SOURCE,
    CLASHING_FORMATS,
    NEVER_COMES,
    NO_SUCH_FACT,
)
from guantong.mapping.dateclash import clash
from guantong.mapping.dates import BadPattern, DateFormat, date_format
from guantong.mapping.declaration import NEED
from guantong.mapping.rules import Condition, NativePath, Need, Scope, Source, Step
from guantong.model import Field
from guantong.model.codes import UNKNOWN_REFERENCE
from guantong.model.declaration import entries, read_table, suggestion, word, words, wrong_shape
from guantong.problems import Place, Problem, nearest
from guantong.sites.site import FACTS as SITE_FACTS
from guantong.yamlfile import Node, Text

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SCOPES = ("case", "system", "site")


def native_path(text: str) -> NativePath:
    """`SLZLQD/CL` as its parts."""
    return tuple(text.split("/"))


def check_native_paths(texts: Iterable[Text], problems: list[Problem], path: str, *, inside: bool) -> None:
    """Every part of a native path has a name, and none of the paths stands twice. *inside* a list, "" is the
    text of an item that is no object."""
    seen: set[str] = set()
    for text in texts:
        what, what_zh = "", ""
        if text.value in seen:
            what, what_zh = "it stands twice", "重复出现"
        elif "" in native_path(text.value) and not (inside and text.value == ""):
            what, what_zh = "a name is missing", "缺少名称"
        if what:
            problems.append(Problem(BAD_PATH, text.place, path, {"came": text.value, "what": what, "what_zh": what_zh}))
        seen.add(text.value)


def read_source(
    text: Text, own: Iterable[str], scopes: tuple[str, ...], problems: list[Problem], path: str
) -> Source | None:
    """`serial.province`, `$case.serial.province`, `$system.region`; *scopes* are those allowed here."""
    if text.value.startswith("$"):
        scope, _, rest = text.value[1:].partition(".")
        if scope in scopes and rest:
            if scope == "site" and rest not in SITE_FACTS:
                like = nearest(rest, SITE_FACTS)
                known = ", ".join(f"$site.{name}" for name in SITE_FACTS)
                details = {"came": text.value, "known": known, "near": f" ($site.{like}?)" if like else ""}
                problems.append(Problem(NO_SUCH_FACT, text.place, path, details))
                return None
            return Source(cast("Scope", scope), rest)
    elif text.value in own:
        return Source("own", text.value)
    elif own:
        details = {"what": "field", "what_zh": "字段", "came": text.value, **suggestion(text.value, own)}
        problems.append(Problem(UNKNOWN_REFERENCE, text.place, path, details))
        return None
    allowed = ", ".join(f"${scope}.…" for scope in scopes)
    details = {"came": text.value, "what": f" or {allowed}", "what_zh": f"或 {allowed}"}
    problems.append(Problem(BAD_SOURCE, text.place, path, details))
    return None


def read_conditions(
    node: Node | None, fields: Mapping[str, Field], scopes: tuple[str, ...], problems: list[Problem], path: str,
    known_words: Mapping[str, Mapping[str, object]],
) -> tuple[Condition, ...]:
    """`when: {outcome: [refused, correction]}`; words of a code are held to its list in *known_words*."""
    conditions: list[Condition] = []
    for name, place, value in entries(node):
        source = read_source(Text(name, place), fields, scopes, problems, f"{path}.{name}")
        if source is None:
            continue
        declared = fields.get(source.path) if source.scope == "own" else None
        listed = known_words.get(declared.codes) if declared and declared.codes else None
        if not words(value):
            problems.append(wrong_shape(value, "texts", f"{path}.{name}"))
            continue
        for text in words(value):
            if listed is not None and text.value not in listed:
                details = {"what": "canonical word", "what_zh": "标准词", "came": text.value,
                           **suggestion(text.value, listed)}
                problems.append(Problem(UNKNOWN_REFERENCE, text.place, f"{path}.{name}", details))
        conditions.append(Condition(source, frozenset(text.value for text in words(value))))
    return tuple(conditions)


def may_come(sources: Iterable[Source], need: Node | None, problems: list[Problem], path: str, *, joined: bool) -> None:
    """What a rule waits for may come while it waits: from the case or, where events are joined, with another event."""
    listed = [source for source in sources if source.scope != "own"]
    if need is None or not listed or any(source.scope == "case" or (joined and source.scope == "own") for source in sources):
        return
    problems.append(Problem(NEVER_COMES, need.place, f"{path}.need", {"came": ", ".join(map(str, listed))}))


def read_need(node: Node | None, problems: list[Problem], path: str) -> Need | None:
    """`need: {wait: 10m, then: park}`."""
    if node is None:
        return None
    wait = read_table(node, NEED, problems, path).get("wait")
    if not isinstance(wait, Text):
        return None
    number, unit = wait.value[:-1], wait.value[-1:]
    if not (number.isascii() and number.isdigit() and len(number) < 7 and unit in _SECONDS):
        problems.append(Problem(BAD_DURATION, wait.place, f"{path}.wait", {"came": wait.value}))
        return None
    return Need(int(number) * _SECONDS[unit])


def read_formats(texts: Iterable[Text], kind: str, problems: list[Problem], path: str) -> tuple[DateFormat, ...]:
    """The date formats named, in order, without those that are none."""
    formats: list[DateFormat] = []
    places: list[Place] = []
    for text in texts:
        try:
            formats.append(date_format(text.value, kind))
            places.append(text.place)
        except BadPattern as error:
            problems.append(Problem(BAD_PATTERN, text.place, path, {"came": text.value, "what": str(error), "what_zh": error.zh}))
    if (found := clash(formats, kind)) is not None:
        first, second, example = found
        details = {"text": example, "first": formats[first].pattern, "second": formats[second].pattern}
        problems.append(Problem(CLASHING_FORMATS, places[second], path, details))
    return tuple(formats)


def read_functions(
    texts: Iterable[Text], functions: Mapping[str, FunctionSpec], problems: list[Problem], path: str
) -> tuple[Call, ...]:
    """The functions called by `via:`; a name without its version means the newest."""
    found: list[Call] = []
    for text in texts:
        try:
            name, *arguments = split_call(text.value) or [""]
        except WrongArguments as wrong:
            problems.append(_wrong_call(text, text.value.split()[0], "NAME ARGUMENT …", wrong, path))
            continue
        spec = choose(name, functions.values())
        if spec is None:
            known = {*functions, *(one.name for one in functions.values())}
            details = {"what": "function", "what_zh": "函数", "came": name, **_suggested(name, known)}
            problems.append(Problem(UNKNOWN_REFERENCE, text.place, path, details))
            continue
        try:
            found.append(spec.call(arguments))
        except WrongArguments as wrong:
            problems.append(_wrong_call(text, spec.name, spec.signature, wrong, path))
    return tuple(found)


def _suggested(name: str, known: Iterable[str]) -> dict[str, str]:
    """The nearest name; or that arguments stand behind blanks, for what is written as in most languages."""
    bare = name.partition("(")[0]
    if bare != name and bare in known:
        return {"suggestion": f"arguments follow the name, parted by blanks: `{bare} …`",
                "suggestion_zh": f"参数写在名称之后，以空格分隔：{bare} …"}
    return suggestion(name, known)


def _wrong_call(text: Text, name: str, signature: str, wrong: WrongArguments, path: str) -> Problem:
    details = {"function": name, "what": str(wrong), "what_zh": wrong.zh, "signature": signature}
    return Problem(BAD_CALL, text.place, path, details)


def steps(calls: tuple[Call, ...], *, undo: bool) -> tuple[Step, ...]:
    """The functions as steps: forwards, or undone in reverse order (leaving out what nothing can undo)."""
    if not undo:
        return tuple(Step(call.name, call.apply) for call in calls)
    return tuple(Step(call.name, inverse) for call in reversed(calls) if (inverse := call.inverse) is not None)


def read_charset(node: Node | None, problems: list[Problem], path: str) -> str:
    """A charset's name, or "" where there is none or it is unknown."""
    name = word(node)
    if not name or node is None:
        return ""
    if not _holds_text(name):
        problems.append(Problem(BAD_CHARSET, node.place, path, {"came": name}))
        return ""
    return name


def _holds_text(charset: str) -> bool:
    """Whether the name is that of a charset in which a Chinese record can be written. Python also calls by
    that name what turns bytes into bytes (`base64`) or writes text with marks of its own (`idna`, `utf-7`)."""
    try:
        return "中A1".encode(charset).decode(charset) == "中A1" and codecs.lookup(charset).name not in _MARKED
    except (LookupError, ValueError):
        return False


_MARKED = {"utf-7", "idna", "punycode", "unicode_escape", "raw-unicode-escape", "unicode-escape", "raw_unicode_escape"}

"""The parts of a rule: sources, conditions, durations, formats, functions, native paths."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from typing import cast

from guantong.function import FunctionSpec
from guantong.mapping.codes import BAD_CHARSET, BAD_DURATION, BAD_PATTERN, BAD_SOURCE
from guantong.mapping.dates import BadPattern, DateFormat, date_format
from guantong.mapping.declaration import NEED
from guantong.mapping.rules import Condition, NativePath, Need, Scope, Source, Step
from guantong.model import Field
from guantong.model.codes import UNKNOWN_REFERENCE
from guantong.model.declaration import entries, read_table, suggestion, word, words
from guantong.problems import Problem
from guantong.yamlfile import Node, Text

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SCOPES = ("case", "system", "site")


def native_path(text: str) -> NativePath:
    """`SLZLQD/CL` as its parts."""
    return tuple(text.split("/"))


def read_source(
    text: Text, own: Iterable[str], scopes: tuple[str, ...], problems: list[Problem], path: str
) -> Source | None:
    """`serial.province`, `$case.serial.province`, `$system.region`; *scopes* are those allowed here."""
    if text.value.startswith("$"):
        scope, _, rest = text.value[1:].partition(".")
        if scope in scopes and rest:
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
        for text in words(value):
            if listed is not None and text.value not in listed:
                details = {"what": "canonical word", "what_zh": "标准词", "came": text.value,
                           **suggestion(text.value, listed)}
                problems.append(Problem(UNKNOWN_REFERENCE, text.place, f"{path}.{name}", details))
        conditions.append(Condition(source, frozenset(text.value for text in words(value))))
    return tuple(conditions)


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
    for text in texts:
        try:
            formats.append(date_format(text.value, kind))
        except BadPattern as error:
            problems.append(Problem(BAD_PATTERN, text.place, path, {"came": text.value, "what": str(error), "what_zh": error.zh}))
    return tuple(formats)


def read_functions(
    texts: Iterable[Text], functions: Mapping[str, FunctionSpec], problems: list[Problem], path: str
) -> tuple[FunctionSpec, ...]:
    """The functions named by `via:`; a name without its version means the newest."""
    newest: dict[str, FunctionSpec] = {}
    for spec in functions.values():
        if spec.name not in newest or newest[spec.name].version < spec.version:
            newest[spec.name] = spec
    found: list[FunctionSpec] = []
    for text in texts:
        named = functions.get(text.value) or newest.get(text.value)
        if named is None:
            known = [*functions, *newest]
            details = {"what": "function", "what_zh": "函数", "came": text.value, **suggestion(text.value, known)}
            problems.append(Problem(UNKNOWN_REFERENCE, text.place, path, details))
        else:
            found.append(named)
    return tuple(found)


def steps(specs: tuple[FunctionSpec, ...], *, undo: bool) -> tuple[Step, ...]:
    """The functions as steps: forwards, or undone in reverse order (leaving out what nothing can undo)."""
    if not undo:
        return tuple(Step(f"{spec.name}@{spec.version}", spec.apply) for spec in specs)
    return tuple(
        Step(f"{spec.name}@{spec.version}", spec.inverse) for spec in reversed(specs) if spec.inverse is not None
    )


def read_charset(node: Node | None, problems: list[Problem], path: str) -> str:
    """A charset's name, or "" where there is none or it is unknown."""
    name = word(node)
    if not name or node is None:
        return ""
    try:
        codecs.lookup(name)
    except LookupError:
        problems.append(Problem(BAD_CHARSET, node.place, path, {"came": name}))
        return ""
    return name

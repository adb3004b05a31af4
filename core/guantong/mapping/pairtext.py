"""A pair of record and event as the text of a test file: the first test of a mapping, made of a sample."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from guantong.mapping.pairfiles import Direction
from guantong.record import Native

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def pair_text(
    name: str, direction: Direction, record: Native, events: Sequence[tuple[str, Mapping[str, Any]]],
    unread: Sequence[str], context: Mapping[str, Mapping[str, Any]],
) -> str:
    """The YAML of a file `tests/*.yaml` with one pair, every value quoted so that it reads back as it is."""
    lines = ["tests:", f"  - name: {_quoted(name)}", f"    direction: {direction}"]
    given = {scope: facts for scope, facts in context.items() if facts}
    lines += [f"    context: {_value(given)}"] if given else []
    lines += ["    record:", f"      kind: {_quoted(record.kind)}", "      fields:"]
    lines += [f"        {_key(key)}: {_value(value)}" for key, value in record.fields.items()]
    if unread:
        lines.append(f"    unread: [{', '.join(_quoted(one) for one in unread)}]")
    one = len(events) == 1
    lines.append("    event:")
    for event, values in events:
        lead, inner = ("      ", "      ") if one else ("      - ", "        ")
        lines += [f"{lead}name: {_key(event)}", f"{inner}values:"]
        lines += [f"{inner}  {_key(key)}: {_value(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _key(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, bool):
        return _quoted("true" if value else "false")
    return _quoted("" if value is None else str(value))

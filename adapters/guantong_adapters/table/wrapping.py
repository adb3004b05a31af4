"""Rows that carry a record whole in one column, with what identifies it in the others."""

from __future__ import annotations

import datetime
import string
from collections.abc import Mapping
from typing import Any, NamedTuple

from guantong_adapters.table.rows import Row, as_text, read_row
from guantong_adapters.table.settings import SentTable

_SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


class Facts(NamedTuple):
    """What a row can be filled from: the delivery's stable key, its kind, native fields, bytes, and the time."""

    kind: str
    key: str
    fields: Mapping[str, Any]
    body: bytes
    now: float


def row_of(sent: SentTable, facts: Facts) -> Row:
    """The row to write: the record itself, or the columns said by `columns:`, filled. Raises `ProblemsError` when the
    record is no row, and `UnicodeError` when its bytes are no text."""
    if not sent.columns:
        return read_row(facts.body)
    moment = datetime.datetime.fromtimestamp(facts.now, _SHANGHAI)
    words: dict[str, str | None] = {
        **{name: None if value is None else as_text(value) for name, value in facts.fields.items()},
        "kind": facts.kind, "key": facts.key, "digits": facts.key[-4:], "time": moment.strftime("%Y%m%d%H%M%S"),
        "body": facts.body.decode(sent.body_charset),
    }
    return {name: _filled(template, words) for name, template in sent.columns.items()}


def _filled(template: str, words: Mapping[str, str | None]) -> str | None:
    """The template with its words; NULL where it is one word that has no value."""
    parts = list(string.Formatter().parse(template))
    if len(parts) == 1 and parts[0][0] == "" and parts[0][1] is not None:
        return words.get(parts[0][1])
    return "".join(text + ((words.get(name) or "") if name else "") for text, name, _, _ in parts)

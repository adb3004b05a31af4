"""A sample of a web form: its fields with types guessed from the values. No value is kept."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote_to_bytes

from guantong.mapping.draft.plaintext import as_text
from guantong.mapping.draft.samples import KINDS, guessed, is_kind
from guantong.mapping.draft.schema import MAX_FIELDS, FieldSketch, Found, RecordSketch
from guantong.problems import Place

_FORM = re.compile(r"[\w.%+\[\]-]{1,200}=[^&\s]*(?:&[\w.%+\[\]-]{1,200}=[^&\s]*)+")


def is_form(text: str) -> bool:
    """Whether *text* is one web form of two fields or more: `SBLSH=…&SLSJ=…`."""
    return _FORM.fullmatch(text.strip()) is not None


def read_form(text: str, file: str, default: str) -> Found:
    """The record of a form's text; one of its fields may name the kind, else it is *default*."""
    sent = text.strip()
    decoded = as_text(unquote_to_bytes(sent))
    charset = "gb18030" if decoded is not None and decoded[1] == "gb18030" else "utf-8"
    values: dict[str, str] = {}
    for name, value in parse_qsl(sent, keep_blank_values=True, encoding=charset, errors="replace", max_num_fields=MAX_FIELDS):
        values.setdefault(name, value)
    kind_field = next((name for name in KINDS if is_kind(values.get(name))), "")
    kind = values.pop(kind_field) if kind_field else default
    fields = tuple(FieldSketch(name, type=guessed([value])) for name, value in values.items())
    return Found(
        records=[RecordSketch(kind, "", fields, Place(file))], codec="form", charset=charset,
        options={"kind_field": kind_field} if kind_field else {"kind": default},
    )

"""The codec `positional`: fields without names, by their number.

    <field_1>20140715103000</field_1><field_2>…</field_2>…

The fields are written in order up to the kind's count, what is absent or None as an empty element. The
document has no root and no declaration: it is the text inside a larger envelope.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from guantong.record import Native
from guantong_plugins.codecs.charset import known_charset, read_text
from guantong_plugins.codecs.codes import DUPLICATE_NAME, Shape, misshapen, undecodable, unencodable
from guantong_plugins.codecs.xmlread import parse_text, read_fields
from guantong_plugins.codecs.xmlwrite import Unwritable, element_name, escape, finish, scalar


class PositionalOptions(BaseModel):
    """Options of `positional`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    prefix: str = Field(default="field_", description="What stands before the number in a field's name.")
    count: Mapping[str, int] = Field(
        default_factory=dict, description="How many fields a kind has; a kind not named ends at its last field."
    )
    kind: str | None = Field(default=None, description="The kind of every record, when there is only one.")
    unwritable: Unwritable = Field(
        default="refuse",
        description="What becomes of a character the charset lacks: refuse the record, naming the field, or"
        " write a numeric character reference (only where the receiver is known to read it).",
    )


class Positional:
    """Reads and writes numbered fields."""

    def __init__(self, options: PositionalOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._options = options
        self._prefix = element_name(options.prefix)
        self._name = re.compile(re.escape(options.prefix) + r"([1-9][0-9]{0,2})")

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        root = parse_text(f"<fields>{read_text(body, None, charset, self._charset)}</fields>")
        fields = read_fields(root, "", 1, {})
        for name, value in fields.items():
            if self._name.fullmatch(name) is None:
                raise misshapen("", (f"{self._prefix}1 …", f"{self._prefix}1 …"), Shape.OTHER)
            if isinstance(value, list):
                raise undecodable(DUPLICATE_NAME, path=name)
            if isinstance(value, dict):
                raise misshapen(name, Shape.TEXT, Shape.ELEMENT)
        if not fields:
            raise misshapen("", (f"{self._prefix}1 …", f"{self._prefix}1 …"), Shape.NOTHING)
        return [Native(self._options.kind or kind or "", fields)]

    def encode(self, native: Native) -> bytes:
        numbered: dict[int, str] = {}
        for name, value in native.fields.items():
            match = self._name.fullmatch(name)
            if match is None:
                raise unencodable(
                    name, f"expected a field such as {self._prefix}1", f"应为 {self._prefix}1 形式的字段"
                )
            numbered[int(match[1])] = "" if value is None else scalar(value, name)
        last = max(numbered, default=0)
        count = self._options.count.get(native.kind, last)
        if last > count:
            raise unencodable(
                f"{self._prefix}{last}", f"{native.kind} has only {count} fields", f"{native.kind} 只有 {count} 个字段"
            )
        parts = [
            f"<{self._prefix}{number}>{escape(numbered.get(number, ''))}</{self._prefix}{number}>"
            for number in range(1, count + 1)
        ]
        return finish(parts, native.fields, self._charset, self._options.unwritable)

"""The codec `text`: short replies meant for people, with parts that can be read.

    编码：0；描述：接收成功；流水号：10000000100000000011407150001

Half-width and full-width colons and semicolons are both read. A part reaches to the next known name, so a
description may itself hold semicolons. Full-width ones are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import known_charset, read_text, write_text
from guantong_plugins.codecs.codes import DUPLICATE_NAME, Shape, misshapen, undecodable, unencodable
from guantong_plugins.codecs.culprit import not_in_charset
from guantong_plugins.codecs.xmlwrite import scalar


class TextOptions(BaseModel):
    """Options of `text`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    kind: str = Field(default="reply", description="The kind given to what is read.")
    names: tuple[str, ...] = Field(
        default=("编码", "描述", "流水号"), min_length=1, description="The names of the parts."
    )


class TextReply:
    """Reads and writes named parts in one line."""

    def __init__(self, options: TextOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._kind = options.kind
        self._names = frozenset(options.names)
        words = "|".join(re.escape(name) for name in sorted(options.names, key=len, reverse=True))
        self._part = re.compile(rf"(?:^|[;；])\s*({words})\s*[:：]\s*")

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        """The parts of *body*; a *kind* from the transport comes before the configured one."""
        text = read_text(body, None, charset, self._charset).strip()
        parts = list(self._part.finditer(text))
        if not parts or parts[0].start() != 0:
            raise misshapen("", Shape.PARTS, Shape.OTHER)
        fields: Fields = {}
        ends = [part.start() for part in parts[1:]] + [len(text)]
        for part, end in zip(parts, ends, strict=True):
            if part[1] in fields:
                raise undecodable(DUPLICATE_NAME, path=part[1])
            fields[part[1]] = text[part.end():end].strip().removesuffix("；").removesuffix(";").rstrip()
        return [Native(kind or self._kind, fields)]

    def encode(self, native: Native) -> bytes:
        parts: list[str] = []
        for name, value in native.fields.items():
            if value is None:
                continue
            if name not in self._names:
                raise unencodable(name, "is not a part of this reply", "不是该回复的组成部分")
            parts.append(f"{name}：{scalar(value, name)}")
        text = "；".join(parts)
        try:
            body = write_text(text, self._charset)
        except UnicodeEncodeError:
            raise not_in_charset(native.fields, self._charset) from None
        for name, value in self.decode(body, None)[0].fields.items() if parts else ():
            if value != scalar(native.fields.get(name) or "", name):
                raise unencodable(name, "holds what separates the parts", "含有用于分隔的字符")
        return body

"""The codec `form`: application/x-www-form-urlencoded, in whatever charset the system percent-encodes."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote_plus, unquote_to_bytes

from pydantic import BaseModel, ConfigDict, Field

from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import known_charset, read_text, write_text
from guantong_plugins.codecs.codes import DUPLICATE_NAME, TOO_MANY, Shape, misshapen, undecodable
from guantong_plugins.codecs.culprit import not_in_charset
from guantong_plugins.codecs.limits import MAX_VALUES
from guantong_plugins.codecs.xmlwrite import scalar


class FormOptions(BaseModel):
    """Options of `form`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    kind: str | None = Field(default=None, description="The kind of every record, when there is only one.")
    kind_field: str | None = Field(
        default=None, description="The field that names the record's kind; it is not one of the fields then."
    )


class Form:
    """Reads and writes one form per record. A name that stands twice is refused."""

    percent = True

    def __init__(self, options: FormOptions, charset: str) -> None:
        self._charset = known_charset(charset)
        self._constant = options.kind
        self._kind_field = options.kind_field

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        if body.count(b"&") > MAX_VALUES:
            raise undecodable(TOO_MANY, limit=MAX_VALUES)
        fields: Fields = {}
        for pair in body.strip().split(b"&"):
            raw_name, separator, raw_value = pair.partition(b"=")
            name = self._text(raw_name, charset)
            if not name or not separator:
                raise misshapen("", Shape.PAIRS, Shape.OTHER)
            if name in fields:
                raise undecodable(DUPLICATE_NAME, path=name)
            fields[name] = self._text(raw_value, charset)
        if self._constant is not None:
            kind = self._constant
        elif self._kind_field is not None and self._kind_field in fields:
            kind = str(fields.pop(self._kind_field)).strip() or kind
        return [Native(kind or "", fields)]

    def _text(self, raw: bytes, transport: str | None) -> str:
        value = unquote_to_bytes(raw.replace(b"+", b" "))
        return read_text(value, None, transport, self._charset, marks=False)

    def _quoted(self, text: str) -> str:
        return quote_plus(write_text(text, self._charset))

    def encode(self, native: Native) -> bytes:
        fields = native.fields
        if self._kind_field is not None:
            fields = {self._kind_field: native.kind, **fields}
        try:
            pairs = [
                f"{self._quoted(name)}={self._quoted(scalar(value, name))}"
                for name, value in fields.items() if value is not None
            ]
        except UnicodeEncodeError:
            raise not_in_charset(native.fields, self._charset) from None
        return "&".join(pairs).encode("ascii")

"""The codec `nested`: a record inside a field of another, such as XML in a form, JSON in a form, or the numbered
fields in the column XMLBODY of an exchange table.

    access_token=…&xmlStr=<APPROVEDATAINFO>…</APPROVEDATAINFO>

The fields of the record are those of the inner one. What else the outer one holds stands beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from guantong.codec import Codec, CodecSpec
from guantong.plugins import registry
from guantong.record import Fields, Native
from guantong_plugins.codecs.charset import known_charset, written_text
from guantong_plugins.codecs.codes import DUPLICATE_NAME, Shape, misshapen, undecodable, unencodable


class PartOptions(BaseModel):
    """One of the two codecs."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    codec: str = Field(description="Name of the codec; the inner one may be `nested` again.")
    options: Mapping[str, Any] = Field(default_factory=dict, description="Its options.")

    @model_validator(mode="after")
    def _known(self) -> Self:
        specs = registry().codecs
        if self.codec not in specs:
            raise ValueError(f"there is no codec named {self.codec!r}; known: {', '.join(sorted(specs))}")
        try:
            specs[self.codec].options.model_validate(dict(self.options))
        except ValidationError as error:
            said = (f"options.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise ValueError("; ".join(said)) from None
        return self

    def make(self, charset: str) -> Codec:
        """The codec for *charset*."""
        spec: CodecSpec = registry().codecs[self.codec]
        return spec.make(spec.options.model_validate(dict(self.options)), charset)


class NestedOptions(BaseModel):
    """Options of `nested`."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    outer: PartOptions = Field(description="The codec of the whole.")
    field: str = Field(description="The field of the outer record that holds the inner one as text.")
    inner: PartOptions = Field(description="The codec of what it holds.")
    beside: tuple[str, ...] = Field(
        default=(), description="Fields written into the outer record; all others go into the inner one."
    )
    constants: Mapping[str, str] = Field(
        default_factory=dict, description="Fields of the outer record of fixed text: written, not read."
    )


class Nested:
    """Reads the outer record, then the inner; writes the inner, then the outer."""

    def __init__(self, options: NestedOptions, charset: str) -> None:
        self._options = options
        self._charset = known_charset(charset)
        self._outer = options.outer.make(self._charset)
        # What is read inside is text already; what is written inside must declare the charset of the whole.
        self._read = options.inner.make("utf-8")
        self._write = options.inner.make(self._charset)

    def decode(self, body: bytes, kind: str | None, charset: str | None = None) -> Sequence[Native]:
        return [
            native for outer in self._outer.decode(body, kind, charset) for native in self._natives(outer, kind)
        ]

    def _natives(self, outer: Native, kind: str | None) -> Iterator[Native]:
        field = self._options.field
        text = outer.fields.get(field)
        if not isinstance(text, str):
            raise misshapen(field, Shape.TEXT, Shape.NOTHING if text is None else Shape.OTHER)
        beside = {
            name: value for name, value in outer.fields.items() if name != field and name not in self._options.constants
        }
        for native in self._read.decode(text.encode("utf-8", "surrogatepass"), outer.kind or kind, "utf-8"):
            twice = beside.keys() & native.fields.keys()
            if twice:
                raise undecodable(DUPLICATE_NAME, path=min(twice))
            yield Native(native.kind or outer.kind, {**beside, **native.fields})

    def encode(self, native: Native) -> bytes:
        options = self._options
        inner: Fields = {name: value for name, value in native.fields.items() if name not in options.beside}
        text = written_text(self._write.encode(Native(native.kind, inner)), self._charset)
        outer: Fields = {name: value for name, value in native.fields.items() if name in options.beside}
        for name in (*options.constants, options.field):
            if name in outer:
                raise unencodable(name, "the outer record has a field of this name", "外层报文中有同名的字段")
        return self._outer.encode(Native(native.kind, {**options.constants, **outer, options.field: text}))

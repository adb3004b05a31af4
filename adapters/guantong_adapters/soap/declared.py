"""What several groups of this adapter's configuration keys are made of."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from guantong.config.values import HeaderName, refuse

Charset = Literal["utf-8", "gb18030"]
Form = Literal["cdata", "escaped"]
XmlName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.-]*$", max_length=100)]
RecordPath = Annotated[str, StringConstraints(pattern=r"^[^/\s]+(/[^/\s]+)*$", max_length=400)]
DoorPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w.~-]*(/[A-Za-z0-9][\w.~-]*)*$")]


def exactly_one(owner: str, values: Mapping[str, object]) -> None:
    """Refuse all but one value that is given."""
    if sum(value is not None for value in values.values()) != 1:
        names = ", ".join(f"`{name}:`" for name in values)
        raise refuse(f"{owner} needs exactly one of {names}", f"{owner} 必须且只能有 {names} 之一")


class Declared(BaseModel):
    """A group of keys: immutable, unknown keys refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class Inner(Declared):
    """A text of the record that is itself XML. `form` says how it is written; both are read.

    With `root`, the fields of the inner document stand in the record under the text's own path, as if they were
    elements: it is written with this root element (after an XML declaration with `declaration`), and read from
    any. `repeated` are its elements that are lists even of one. Without `root` it stays a text.
    """

    form: Form = "cdata"
    root: XmlName | None = None
    declaration: bool = False
    repeated: tuple[XmlName, ...] = ()


class Key(Declared):
    """A secret the sender must bring in an HTTP header."""

    header: HeaderName
    secret: str


def placeholders(template: str) -> list[str]:
    """The names in braces of *template*; refuses anything else that braces could hold."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        raise refuse("braces in a template must be closed or doubled", "模板中的花括号须成对，或写两次") from None
    for _, name, spec, conversion in parts:
        if name is not None and (not re.fullmatch(r"[A-Za-z_]\w*", name) or spec or conversion):
            raise refuse("a placeholder is a name in braces: {name}", "占位符是花括号中的名称：{name}")
    return [name for _, name, _, _ in parts if name is not None]

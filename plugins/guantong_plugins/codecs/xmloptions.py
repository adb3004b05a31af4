"""The options of the codec `xml`: what is accepted is declared here, nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from guantong_plugins.codecs.element import ElementList
from guantong_plugins.codecs.xmltree import Nil
from guantong_plugins.codecs.xmlwrite import XmlOptions, is_name

OWN = "."
"""Begins the path of what stands in the record's own element."""
_PATH = r"^[^/]+(/[^/]+)*$"


class PairOptions(BaseModel):
    """Elements that name their field inside, such as `<Field FieldName="SBLSH">…</Field>`. A place is an
    attribute (`@FieldName`), an element inside (`Name`), or nothing: the text."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)

    element: str = Field(default="Field", description="Name of such an element.")
    name: str = Field(default="@FieldName", min_length=1, description="The place of the field's name.")
    value: str = Field(default="", description="The place of its value; default: its text.")


class XmlRecordOptions(XmlOptions):
    """Options of `xml`. Names may have a prefix of `namespaces`."""

    root: str = Field(description="Name of the root element.")
    namespaces: Mapping[str, str] = Field(
        default_factory=dict, description="Namespaces by the prefix they have in this dialect. With none, and no"
        " `default_namespace`, namespaces are ignored: only local names count.",
    )
    default_namespace: str | None = Field(
        default=None, description="The namespace of names without prefix, in fields and options."
    )
    record: str | None = Field(
        default=None, pattern=_PATH, description="Path of the element that is one record, below the root; each of"
        " them is a record. Default: the root.",
    )
    kinds: tuple[str, ...] = Field(
        default=(), description="Elements inside the record's, each of which makes a record of that kind; what"
        " stands beside them belongs to every one.",
    )
    kind: str | None = Field(default=None, description="The kind of every record, when there is only one.")
    kind_at: str | None = Field(
        default=None, pattern=_PATH, description="Where the kind stands: a path below the root, such as HEAD/TYPE"
        " or HEAD/@type; below the record's element with `./`, such as ./@process.",
    )
    constants: Mapping[str, str] = Field(
        default_factory=dict, description="Texts of the envelope, by path below the root: written, not read."
    )
    lists: Mapping[str, ElementList] = Field(
        default_factory=dict, description="Fields whose element holds the items of a list, by name."
    )
    repeated: tuple[str, ...] = Field(
        default=(), description="Fields whose element repeats: a list even where there is only one."
    )
    pairs: PairOptions | None = Field(
        default=None, description="Elements that name their field inside, wherever they stand."
    )
    order: tuple[str, ...] = Field(
        default=(), description="The order in which fields are written; others follow, as the mapping has them."
    )
    nil: Nil = Field(
        default="omit", description="How no value is written: not at all, as an empty element, or as xsi:nil,"
        " which is always read as no value."
    )
    space: Literal["keep", "trim"] = Field(
        default="keep", description="Whether white space around the text of an element counts."
    )
    cdata: tuple[str, ...] = Field(default=(), description="Fields whose text is written as CDATA; `*` is all.")
    ampersands: Literal["refuse", "accept"] = Field(
        default="refuse", description="Whether `&` may stand unescaped, as in XML written by hand."
    )
    inside: str | None = Field(
        default=None, pattern=_PATH, description="Path of the element whose text is the document, escaped or as"
        " CDATA, such as `string`: its first name is the outer document's root.",
    )
    inside_as: Literal["escaped", "cdata"] = Field(
        default="escaped", description="How the document is written inside that element."
    )
    escaped: int = Field(
        default=0, ge=0, le=2, description="How many times the whole document is escaped (&lt;ROOT&gt;…)."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.unwritable == "reference" and (self.cdata or self.inside_as == "cdata"):
            raise ValueError("unwritable: reference does not go with CDATA, where a reference is plain text")
        around = [path for path in (self.kind_at, *self.constants) if path and not path.startswith(f"{OWN}/")]
        if self.record and (within := [path for path in around if f"{path}/".startswith(f"{self.record}/")]):
            raise ValueError(f"{within[0]!r} stands inside the record; write its path as ./…")
        if self.pairs and around and not self.record:
            raise ValueError("with pairs, what stands around the record needs `record` to tell it apart")
        unknown = [prefix for prefix in self._prefixes() if prefix not in self.namespaces]
        if unknown:
            raise ValueError(f"the prefix {unknown[0]!r} is not among the namespaces declared")
        odd = [name for name in self._names() if name != OWN and not is_name(name.removeprefix("@").rpartition(":")[2])]
        if odd:
            raise ValueError(f"{odd[0]!r} is not a name of an XML element")
        return self

    def _prefixes(self) -> list[str]:
        return [name.removeprefix("@").partition(":")[0] for name in self._names() if ":" in name]

    def _names(self) -> list[str]:
        """Every name that the options say of an element or an attribute."""
        said = [self.root, *(path or "" for path in (self.record, self.kind_at, self.inside)), *self.constants]
        names = [name for path in said for name in path.split("/")]
        return [name for name in (*names, *self.kinds, *self.lists, *(one.item for one in self.lists.values()), *self.repeated) if name]

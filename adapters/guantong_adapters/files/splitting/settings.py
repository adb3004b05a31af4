"""Settings: how a large file is split."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from guantong.config.values import Size, refuse

MOST_FILE = 64 * 1024 * 1024 * 1024
"""What a file that is split may have, whatever the settings say: its copy lies beside the hub's store."""
_NAME = re.compile(r"[^\s/<>&\"'=]+")


def _elements(path: str) -> str:
    if not all(_NAME.fullmatch(name) for name in path.split("/")):
        raise refuse("expected names of elements from the root on, with / between them, such as Package/Body",
                     "应为从根元素起以 / 分隔的元素名，如 Package/Body")
    return path


ElementPath = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_elements)]


class _Keys(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class CsvSplit(_Keys):
    """Rows; with `header` the first one stands at the head of every part. `delimiter` stands between cells; without `quote` a
    double quote is a character like any other."""

    header: bool = True
    delimiter: Literal[",", "\t", "|", ";"] = ","
    quote: bool = True


class XmlSplit(_Keys):
    """The elements in the one at the path `records`, from the root on (`Package/Body`); what is around them stands around every
    part. `count` is the path of the element that says how many there are: each part says its own number."""

    records: ElementPath
    count: ElementPath | None = None

    @model_validator(mode="after")
    def _apart(self) -> XmlSplit:
        count, records = f"{self.count}/", f"{self.records}/"
        if self.count is not None and (count.startswith(records) or records.startswith(count)):
            raise refuse("`count:` is an element beside the records, not among or around them", "`count:` 应是记录之外的元素，不能在记录之中或包住记录")
        return self


class JsonSplit(_Keys):
    """The items of the list at the path `records` (`data/list`), or of the list that is the whole text; what is around it
    stands around every part."""

    records: str = Field(default="", max_length=500)


class XlsxSplit(_Keys):
    """The rows of one sheet (its name; default: the first) that are not blank, under the row `header` that names the columns: it
    stands in every part, too."""

    sheet: str | None = Field(default=None, min_length=1, max_length=100)
    header: int = Field(default=1, ge=1, le=100)

    @model_validator(mode="after")
    def _installed(self) -> XlsxSplit:
        if find_spec("openpyxl") is None:
            raise refuse("Excel needs the package openpyxl: install guantong[excel]", "Excel 需要软件包 openpyxl：请安装 guantong[excel]")
        return self


class Split(_Keys):
    """Files of more than 16 KiB, workbooks of any size, are read in parts of at most `each` records; a part has at most the system's
    `largest:` bytes, the whole file, as unpacked, at most `largest`. One of `csv`, `xml`, `json` and `xlsx` says what a record is."""

    csv: CsvSplit | None = None
    xml: XmlSplit | None = None
    json_: JsonSplit | None = Field(default=None, alias="json")
    xlsx: XlsxSplit | None = None
    each: int = Field(default=200, ge=1, le=1000)
    largest: Size = Field(default=4 * 1024 * 1024 * 1024, gt=0, le=MOST_FILE)

    @model_validator(mode="after")
    def _one_of_them(self) -> Split:
        if sum(each is not None for each in (self.csv, self.xml, self.json_, self.xlsx)) != 1:
            raise refuse("say one of `csv:`, `xml:`, `json:` and `xlsx:`", "请写 `csv:`、`xml:`、`json:`、`xlsx:` 其中之一")
        return self

"""What values say: whether a field's samples can be values of a canonical field, and how telling that is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stdnum.iso7064 import mod_11_2

from guantong.mapping.dates import DateFormat, date_format
from guantong.mapping.scalars import (
    credit_holds,
    organisation_holds,
    read_boolean,
    read_integer,
    read_money,
)
from guantong.model import Field

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_IDENTITY = re.compile(r"[1-9][0-9]{5}(19|20)[0-9]{9}[0-9Xx]")
_REGION = re.compile(r"[1-6][0-9]{5}([0-9]{3}|[0-9]{6})?")
_COMMON_TIMES = ("yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmss", "yyyy-M-d H:m:s", "iso", "yyyy-M-d", "yyyyMMdd")
_COMMON_DAYS = ("yyyy-MM-dd", "yyyyMMdd", "yyyy-M-d")
NOT_ITS_TYPE = -100

Said = tuple[int, str, str]


def by_values(values: Sequence[str], field: Field, formats: Sequence[DateFormat]) -> Said:
    """How far *values* are values of *field*: weight and why; `NOT_ITS_TYPE` when one cannot be; 0 when they say
    nothing."""
    if not values:
        return 0, "", ""
    if field.type == "identity" or field.mask == "identity":
        if all(map(_checked, values)):
            return 40, "identity numbers with right check digits", "校验位正确的身份证号"
        return 0, "", ""
    if field.mask == "phone":
        held = all(_MOBILE.fullmatch(one) for one in values)
        return (30, "mobile numbers", "手机号码") if held else (0, "", "")
    if field.type in ("credit", "organisation"):
        holds = credit_holds if field.type == "credit" else organisation_holds
        return (30, "check characters hold", "校验位正确") if all(map(holds, values)) else (0, "", "")
    if field.type in ("date", "datetime"):
        return _times(values, field, formats)
    if field.type == "region":
        held = all(_REGION.fullmatch(one) for one in values)
        return (20, "region codes", "行政区划代码") if held else (NOT_ITS_TYPE, "no region codes", "不是行政区划代码")
    if field.type == "integer" and any(read_integer(one) is None for one in values):
        return NOT_ITS_TYPE, "no whole numbers", "不是整数"
    if field.type == "money":
        if any(read_money(one) is None for one in values):
            return NOT_ITS_TYPE, "no amounts", "不是金额"
        return (15, "amounts with decimals", "带小数的金额") if all("." in one for one in values) else (0, "", "")
    if field.type == "boolean" and any(read_boolean(one) is None for one in values):
        return NOT_ITS_TYPE, "neither true nor false", "不是是否值"
    return 0, "", ""


def _checked(text: str) -> bool:
    """Whether it is an identity number by its check character alone: regions come and go, numbers stay."""
    return bool(_IDENTITY.fullmatch(text)) and mod_11_2.is_valid(text.upper())


def _times(values: Sequence[str], field: Field, formats: Sequence[DateFormat]) -> Said:
    common = [date_format(text, field.type) for text in (_COMMON_DAYS if field.type == "date" else _COMMON_TIMES)]
    for one in values:
        if not any(_reads(known, one) for known in (*formats, *common)):
            return NOT_ITS_TYPE, "no dates", "不是日期"
    return 15, "dates", "日期时间"


def _reads(known: DateFormat, text: str) -> bool:
    try:
        return known.read(text) is not None
    except ValueError:  # digits in the right places that are no day
        return False

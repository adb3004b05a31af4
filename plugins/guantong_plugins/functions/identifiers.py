"""Functions on the identifiers of people, organisations and regions, whose older and newer forms coexist."""

from __future__ import annotations

import re
from datetime import date

from stdnum.iso7064 import mod_11_2

from guantong.function import FunctionSpec, Parameter, ValueRefused

_ORGANISATION = re.compile(r"[0-9A-Z]{9}")
_DASHED = re.compile(r"([0-9A-Z]{8})-([0-9A-Z])")
_CREDIT = re.compile(r"[0-9A-Z]{18}")
_HUNDRED_YEARS = ("996", "997", "998", "999")
"""Serial parts that the 15-digit numbers kept for people who were a hundred years old."""
_WIDTHS = ("6", "9", "12")


def region(given: str, wanted: str, text: str) -> str:
    """A region of *given* digits with *wanted* digits. Raises `ValueRefused` for another length, and where
    what would be cut is not zeros."""
    digits = _region(text)
    short, long = sorted((int(given), int(wanted)))
    if len(digits) != int(given):
        raise ValueRefused(f"expected {given} digits, got {len(digits)}", f"应为 {given} 位，实际为 {len(digits)} 位")
    if digits[short:].strip("0"):
        raise ValueRefused(f"it names a place below the first {short} digits", f"前 {short} 位之后不全为零")
    return digits.ljust(long, "0")[: int(wanted)]


def _back(given: str, wanted: str, text: str) -> str:
    return region(wanted, given, text)


def region_to(wanted: str, text: str) -> str:
    """A region of 6, 9 or 12 digits with *wanted* digits: filled with zeros, or the place it lies in."""
    return _region(text).ljust(12, "0")[: int(wanted)]


def _region(text: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) in (6, 9, 12)):
        raise ValueRefused("expected a region of 6, 9 or 12 digits", "应为 6、9 或 12 位行政区划代码")
    return text


def org9(text: str) -> str:
    """The nine characters of an organisation code, with its dash or without or inside a credit code."""
    if _CREDIT.fullmatch(text):
        return text[8:17]
    return text if _ORGANISATION.fullmatch(text) else org_undash(text)


def org_dash(text: str) -> str:
    """Nine characters as eight, a dash and one. Raises `ValueRefused`."""
    if not _ORGANISATION.fullmatch(text):
        raise ValueRefused("expected an organisation code of 9 characters", "应为 9 位组织机构代码")
    return f"{text[:8]}-{text[8]}"


def org_undash(text: str) -> str:
    """Eight characters, a dash and one without the dash. Raises `ValueRefused`."""
    parts = _DASHED.fullmatch(text)
    if parts is None:
        raise ValueRefused("expected an organisation code such as XXXXXXXX-X", "应为 XXXXXXXX-X 形式的组织机构代码")
    return parts[1] + parts[2]


def identity18(text: str) -> str:
    """An identity number with 18 characters (GB 11643). Raises `ValueRefused` for what is neither form."""
    if not text.isascii():
        raise ValueRefused("expected an identity number of 15 or 18 characters", "应为 15 位或 18 位公民身份号码")
    if len(text) == 18 and text[:17].isdigit() and (text[17].isdigit() or text[17] in "xX"):
        return text
    if len(text) != 15 or not text.isdigit():
        raise ValueRefused("expected an identity number of 15 or 18 characters", "应为 15 位或 18 位公民身份号码")
    century = "18" if text[12:] in _HUNDRED_YEARS else "19"
    longer = f"{text[:6]}{century}{text[6:]}"
    try:
        date.fromisoformat(longer[6:14])
    except ValueError:
        raise ValueRefused("it holds no day of birth", "不含有效的出生日期") from None
    return longer + mod_11_2.calc_check_digit(longer)


FUNCTIONS = (
    FunctionSpec(
        "region", 1, "Write a region of one length with another, adding or taking off zeros only",
        "行政区划代码换一种位数，只增减末尾的零",
        region, _back, "", (("445202", "445202000000"), ("445281", "445281000000")),
        (
            Parameter("given", "text", "how many digits it has", "原有位数", choices=_WIDTHS),
            Parameter("wanted", "text", "how many it is to have", "所需位数", choices=_WIDTHS),
        ),
        ("6", "12"),
    ),
    FunctionSpec(
        "region_to", 1, "Write a region of 6, 9 or 12 digits with so many: zeros filled in, or the place it lies in",
        "6、9、12 位行政区划代码统一为某种位数：不足补零，多出则取其上级",
        region_to, None, "how many digits it had, and the place below, are not kept",
        (("445281102000", "445281"), ("445281102", "445281"), ("445281", "445281")),
        (Parameter("wanted", "text", "how many digits it is to have", "所需位数", choices=_WIDTHS),), ("6",),
        idempotent=True,
    ),
    FunctionSpec(
        "org9", 1, "Take the nine-character organisation code, out of a credit code (characters 9 to 17) too",
        "取 9 位组织机构代码；统一社会信用代码取第 9 至 17 位",
        org9, None, "the rest of the credit code, and the dash, are not kept",
        (("11445200007000123X", "007000123"), ("00700012-3", "007000123"), ("007000123", "007000123")),
        idempotent=True,
    ),
    FunctionSpec(
        "org_dash", 1, "Write a nine-character organisation code with its dash", "9 位组织机构代码加横线",
        org_dash, org_undash, "", (("007000123", "00700012-3"), ("MA4UH3X01", "MA4UH3X0-1")),
    ),
    FunctionSpec(
        "org_undash", 1, "Write an organisation code without its dash", "组织机构代码去掉横线",
        org_undash, org_dash, "", (("00700012-3", "007000123"), ("MA4UH3X0-1", "MA4UH3X01")),
    ),
    FunctionSpec(
        "identity18", 1,
        "Write an identity number of 15 digits with 18: century and check character by GB 11643 (serials 996 to 999"
        " were kept for people of a hundred years)",
        "15 位公民身份号码升为 18 位，世纪与校验码按 GB 11643（顺序码 996 至 999 为百岁老人）",
        identity18, None, "whether it had 15 digits is not kept",
        (
            ("445202800101003", "44520219800101003X"), ("445202050101996", "445202180501019967"),
            ("44520219800101003X", "44520219800101003X"),
        ),
        idempotent=True,
    ),
)

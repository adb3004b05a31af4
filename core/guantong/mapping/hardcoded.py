"""Business data written into a mapping: regions, numbers and amounts that belong to a system's facts."""

from __future__ import annotations

import re

from guantong.mapping.codes import HARD_CODED
from guantong.mapping.scalars import credit_holds, identity_holds
from guantong.model.declaration import word
from guantong.problems import Problem
from guantong.yamlfile import Node

# Of GB/T 2260 a region code begins with the province (11 to 65, 71, 81, 82).
_REGION = re.compile(r"(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])(\d{4}|\d{7}|\d{10})", re.ASCII)
_LOOKS_LIKE = (
    (_REGION, "a region code", "行政区划代码"),
    (re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", re.ASCII), "a telephone number", "电话号码"),
    (re.compile(r"-?\d+\.\d{1,2}", re.ASCII), "an amount of money", "金额"),
    (re.compile(r"\w+://\S+|[\w.+-]+@[\w-]+(\.[\w-]+)+|\d{1,3}(\.\d{1,3}){3}(:\d+)?"), "an address", "网络地址"),
)


def looks_like(text: str) -> tuple[str, str] | None:
    """What business data *text* looks like, in English and Chinese; None for an ordinary code or word."""
    if len(text) == 18 and identity_holds(text):
        return "an identity number", "身份证号"
    if credit_holds(text):
        return "a unified social credit identifier", "统一社会信用代码"
    return next(((en, zh) for pattern, en, zh in _LOOKS_LIKE if pattern.fullmatch(text)), None)


def warn_of_business_data(node: Node | None, where: str, problems: list[Problem]) -> None:
    """Say so where a fixed value or default is business data. The value is not quoted: it may be personal."""
    found = looks_like(word(node)) if node is not None else None
    if node is not None and found is not None:
        problems.append(Problem(HARD_CODED, node.place, where, {"what": found[0], "what_zh": found[1]}))

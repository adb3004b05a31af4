"""Functions on letters, widths and brackets."""

from __future__ import annotations

import re
import unicodedata

from guantong.function import FunctionSpec
from guantong_plugins.codecs.culprit import XML_ILLEGAL

_BRACKETS = str.maketrans({"<": "＜", ">": "＞"})
_NO_DIGITS = re.compile("[^0-9]+")


def halfwidth(text: str) -> str:
    """Full-width letters, digits and signs in their ordinary form (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", text)


def brackets(text: str) -> str:
    """Angle brackets in their full-width form."""
    return text.translate(_BRACKETS)


def digits_only(text: str) -> str:
    """The digits 0 to 9 of *text*."""
    return _NO_DIGITS.sub("", text)


def xml_characters(text: str) -> str:
    """*text* without the characters that no XML document can carry."""
    return XML_ILLEGAL.sub("", text)


FUNCTIONS = (
    FunctionSpec(
        "upper", 1, "Write letters as capitals", "字母转大写",
        str.upper, None, "which letters were small is not kept", (("44520119900101123x", "44520119900101123X"), ("张", "张")),
        idempotent=True,
    ),
    FunctionSpec(
        "lower", 1, "Write letters small", "字母转小写",
        str.lower, None, "which letters were capitals is not kept", (("A@B.CN", "a@b.cn"), ("张", "张")),
        idempotent=True,
    ),
    FunctionSpec(
        "halfwidth", 1,
        "Write full-width letters, digits and signs in their ordinary form (NFKC); for codes and numbers, not for names",
        "全角字母、数字、符号转半角（NFKC）；用于代码和号码，不用于姓名",
        halfwidth, None, "which characters were full-width is not kept", (("４４５２", "4452"), ("（Ａ）", "(A)"), ("ab", "ab")),
        idempotent=True,
    ),
    FunctionSpec(
        "brackets", 1, "Write angle brackets in their full-width form, for targets that do not escape them",
        "尖括号转全角，用于不做转义的接收方",
        brackets, None, "which brackets were half-width is not kept", (("<同意>", "＜同意＞"), ("a", "a")),
        idempotent=True,
    ),
    FunctionSpec(
        "digits_only", 1, "Keep the digits 0 to 9 and remove everything else, as in telephone numbers",
        "只保留数字 0 至 9，去掉其他字符，如电话号码",
        digits_only, None, "what stood between the digits is not kept", (("0663-8000 000", "06638000000"), ("无", "")),
        idempotent=True,
    ),
    FunctionSpec(
        "xml_characters", 1,
        "Remove the characters that XML cannot carry (control characters, lone surrogates); nothing takes their place",
        "去掉 XML 不能承载的字符（控制字符、孤立代理项），不作替换",
        xml_characters, None, "which characters were removed is not kept", (("同\x0b意", "同意"), ("一\n二", "一\n二")),
        idempotent=True,
    ),
)

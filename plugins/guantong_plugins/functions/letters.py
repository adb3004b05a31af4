"""Functions on letters, widths and brackets."""

from __future__ import annotations

import unicodedata

from guantong.function import FunctionSpec

_BRACKETS = str.maketrans({"<": "＜", ">": "＞"})


def halfwidth(text: str) -> str:
    """Full-width letters, digits and signs in their ordinary form (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", text)


def brackets(text: str) -> str:
    """Angle brackets in their full-width form."""
    return text.translate(_BRACKETS)


FUNCTIONS = (
    FunctionSpec(
        "upper", 1, "Write letters as capitals", "字母转大写",
        str.upper, None, "which letters were small is not kept", (("44520119900101123x", "44520119900101123X"), ("张", "张")),
    ),
    FunctionSpec(
        "lower", 1, "Write letters small", "字母转小写",
        str.lower, None, "which letters were capitals is not kept", (("A@B.CN", "a@b.cn"), ("张", "张")),
    ),
    FunctionSpec(
        "halfwidth", 1,
        "Write full-width letters, digits and signs in their ordinary form (NFKC); for codes and numbers, not for names",
        "全角字母、数字、符号转半角（NFKC）；用于代码和号码，不用于姓名",
        halfwidth, None, "which characters were full-width is not kept", (("４４５２", "4452"), ("（Ａ）", "(A)"), ("ab", "ab")),
    ),
    FunctionSpec(
        "brackets", 1, "Write angle brackets in their full-width form, for targets that do not escape them",
        "尖括号转全角，用于不做转义的接收方",
        brackets, None, "which brackets were half-width is not kept", (("<同意>", "＜同意＞"), ("a", "a")),
    ),
)

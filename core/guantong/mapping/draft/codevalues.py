"""Codes told in words: `1：个人；2：企业`, `0-窗口 1-网上`."""

from __future__ import annotations

import re
import unicodedata

_PAIR = re.compile(
    r"(?<![A-Za-z0-9])(?P<code>[A-Za-z]{1,3}|[A-Za-z]?[0-9]{1,4})\s*[:=\-—–.、)）】]?\s*"
    r"(?P<meaning>[\u3400-\u9fff][\u3400-\u9fffA-Za-z（）()]{0,19}?)(?=\s*(?:[;,。、|/\s]|$|[A-Za-z]?[0-9]{1,4}\s*[:=\-—–.、)）]?\s*[\u3400-\u9fff]))"
)
_MOST = 200
_LONGEST = 4000


def code_values(text: str) -> tuple[tuple[str, str], ...]:
    """The codes in *text* with their meanings; none unless there are two or more, each code once."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST])
    pairs = [(one["code"], one["meaning"].strip("()")) for one in _PAIR.finditer(plain)][:_MOST]
    codes = [code for code, _ in pairs]
    return tuple(pairs) if len(pairs) > 1 and len(set(codes)) == len(codes) else ()

"""Texts that break programs: each must come through a mapping unchanged, or be refused by name."""

from __future__ import annotations

import unicodedata
from functools import cache

HOSTILE = (
    # What ends up as `?`, U+FFFD or nothing where bytes and characters are mixed up.
    "\x00", "a\x00b", "\ufeff", "\ufffd", "\ufffe", "\uffff", "\U0010ffff", "\ud800", "\udfff", "\udc80", "\ud83d\ude00", "??", "锟斤拷", "烫烫烫",
    # Rare names: GB 18030 in two and four bytes, what GB 18030-2022 makes mandatory, planes 2 and 3.
    "䶮", "㙍", "㛃", "喆堃镕珺", "𠮷", "𬭊", "𮧵", "𰻝", "\u9fef", "\u9ffc", "\u4dbf", "\ue5e5", "\ue81e", "\u1e3f", "\u20ac", "ÿ", "€",
    "㑇㑊㕮㘎㙍㙘㙦", "\U00020000\U0002a6df\U00031350", "\ue000\uf8ff", "\U000f0000", "\U00100000",
    # What looks like one character and is several, or is nothing to look at.
    "e\u0301", "é", "가", "\u1112\u1161\u11ab", "👨\u200d👩\u200d👧", "葛\U000e0100", "❤\ufe0f", "\u202eabc\u202c", "\u2066x\u2069", "\u200b", "\u200e",
    "\u00ad", "\u2060", "\u034f", "\u115f", "\u3164", "\u180e", "\U000e0041",
    # Case and width that do not come back.
    "K", "ı", "İ", "ß", "ẞ", "ſ", "ﬁ", "Ǆ", "ς", "x", "Ⅻ", "①", "２０１４", "ＡＢｘ", "（）", "・", "ﾊﾟ", "㎏",
    # Digits and numbers that are none.
    "١٢٣", "१२३", "²", "½", "1e5", "1E400", "0x1F", "1_000", "+1", " 1", "1 ", "-0", "-0.00", "00", "0.10", "1.", ".5", "1,000", "NaN", "Infinity",
    "9" * 18, "9" * 19, "9" * 400,
    # Words that mean something elsewhere.
    "null", "NULL", "None", "undefined", "true", "false", "yes", "no", "~", "[]", "{}", "无", "-", "N/A", "''", '""',
    # Signs that end a text, a field, an element, a line.
    "]]>", "<![CDATA[x]]>", "<a>", "&lt;", "&amp;amp;", "&#0;", "a&b=c%20d+e", "'", '"', "\\", "\\u0000", "\\n", "a\r\nb", "a\nb", "a\rb", "\t", "a\u0085b",
    "a\u2028b", "a\x0bb", "\x1b[31m", "\x7f", "\x9f", "{0}", "{x}", "%s", "${x}", "'; DROP TABLE x; --", "../../x", "=1+1", "；：", ";:", "a;b：c",
    # Space at the ends, or nothing else.
    " a", "a ", "　事项　", "\u00a0a\u00a0", " ", "　", "\u2003", "a  b",
    "长" * 3000,
)
"""Hostile texts; none is empty."""


@cache
def every_category() -> tuple[str, ...]:
    """Some characters of every Unicode category in every plane that has it."""
    found: dict[tuple[str, int], list[str]] = {}
    for number in range(0x110000):
        some = found.setdefault((unicodedata.category(chr(number)), number >> 16), [])
        if len(some) < 3:
            some.append(chr(number))
    return tuple(char for some in found.values() for char in some)

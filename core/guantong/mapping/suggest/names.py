"""What names say: pinyin of Chinese labels, words of English ones, the same name elsewhere."""

from __future__ import annotations

import importlib
import importlib.util
import re
from functools import lru_cache

from guantong.model import Field

SHORTEST = 3
"""Initials of fewer letters say nothing: too many labels have them."""


def has_pinyin() -> bool:
    """Whether pinyin can be told (the extra `draft`)."""
    return importlib.util.find_spec("pypinyin") is not None


def folded(name: str) -> str:
    """A name without what spellings differ in: case, marks, spaces."""
    return re.sub(r"[\W_]+", "", name).casefold()


def words_of(name: str) -> frozenset[str]:
    """The English words of `applicantName`, `APPLICANT_NAME`, `applicant.name`; a plural is its singular."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return frozenset(part.lower().removesuffix("s") for part in parts)


@lru_cache(maxsize=4096)
def pinyin(label: str) -> tuple[str, str]:
    """The initials and the whole pinyin of a Chinese label (`sqrmc`, `shenqingrenmingcheng`), "" without the
    extra `draft`. What stands in parentheses does not count."""
    if not has_pinyin():
        return "", ""
    library = importlib.import_module("pypinyin")
    bare = re.sub(r"[（(].*?[）)]", "", label)
    syllables = [folded(one) for one in library.lazy_pinyin(bare)]
    return "".join(one[:1] if one.isalpha() else one for one in syllables), "".join(syllables)


def by_label(native: str, field: Field) -> tuple[int, str, str]:
    """How far the native name is the field's label: weight, and why in English and Chinese; 0 when not."""
    name = folded(native)
    if name == folded(field.label_zh):
        return 60, "the name is the label", "名称就是字段名"
    initials, whole = pinyin(field.label_zh)
    if name and name == whole:
        return 50, f"the pinyin of {field.label_zh}", f"“{field.label_zh}”的全拼"
    if len(initials) >= SHORTEST:
        if name == initials:
            return 45, f"the pinyin initials of {field.label_zh}", f"“{field.label_zh}”的拼音首字母"
        if name.startswith(initials) or name.endswith(initials):
            return 25, f"contains the pinyin initials of {field.label_zh}", f"含“{field.label_zh}”的拼音首字母"
    said = words_of(native)
    for text in (field.path, field.label_en):
        meant = words_of(text)
        if said and meant and len(said & meant) / len(said | meant) > 0.5:
            weight = round(40 * len(said & meant) / len(said | meant))
            return weight, f"the words of {text!r}", f"与 {text!r} 的用词相同"
    return 0, "", ""

"""Functions on what stands before, behind and between: prefixes, suffixes, parts, replaced words."""

from __future__ import annotations

from guantong.function import FunctionSpec, Parameter, ValueRefused

_PREFIX = Parameter("prefix", "text", "what stands before", "前缀")
_SUFFIX = Parameter("suffix", "text", "what stands behind", "后缀")


def add_prefix(prefix: str, text: str) -> str:
    """*text* with *prefix* before it."""
    return prefix + text


def cut_prefix(prefix: str, text: str) -> str:
    """*text* without its *prefix*. Raises `ValueRefused` for a text that has none."""
    if not text.startswith(prefix):
        raise ValueRefused(f"expected it to begin with {prefix!r}", f"应以 {prefix!r} 开头")
    return text[len(prefix):]


def add_suffix(suffix: str, text: str) -> str:
    """*text* with *suffix* behind it."""
    return text + suffix


def cut_suffix(suffix: str, text: str) -> str:
    """*text* without its *suffix*. Raises `ValueRefused` for a text that has none."""
    if not text.endswith(suffix):
        raise ValueRefused(f"expected it to end with {suffix!r}", f"应以 {suffix!r} 结尾")
    return text[: len(text) - len(suffix)]


def replace(old: str, new: str, text: str) -> str:
    """*text* with *new* for every *old*."""
    return text.replace(old, new)


def split_part(separator: str, number: int, text: str) -> str:
    """The part with this number, from 1. Raises `ValueRefused` where there are fewer."""
    parts = text.split(separator)
    if number > len(parts):
        raise ValueRefused(f"expected {number} parts, got {len(parts)}", f"应有 {number} 段，实际为 {len(parts)} 段")
    return parts[number - 1]


FUNCTIONS = (
    FunctionSpec(
        "add_prefix", 1, "Put a prefix before a text", "加前缀",
        add_prefix, cut_prefix, "", (("20140715", "RC20140715"), ("", "RC")), (_PREFIX,), ("RC",),
    ),
    FunctionSpec(
        "cut_prefix", 1, "Take off a prefix, which must be there", "去掉前缀（必须有）",
        cut_prefix, add_prefix, "", (("RC20140715", "20140715"), ("RC", "")), (_PREFIX,), ("RC",),
    ),
    FunctionSpec(
        "add_suffix", 1, "Put a suffix behind a text", "加后缀",
        add_suffix, cut_suffix, "", (("5", "5个工作日"), ("20", "20个工作日")), (_SUFFIX,), ("个工作日",),
    ),
    FunctionSpec(
        "cut_suffix", 1, "Take off a suffix, which must be there", "去掉后缀（必须有）",
        cut_suffix, add_suffix, "", (("5个工作日", "5"), ("20个工作日", "20")), (_SUFFIX,), ("个工作日",),
    ),
    FunctionSpec(
        "replace", 1, "Write one word for another, wherever it stands", "替换文字",
        replace, None, "a text that held the new word already would come back as the old one",
        (("GDBS-0001", "GDBS0001"), ("a--b", "ab")),
        (
            Parameter("old", "text", "what is replaced", "被替换的文字"),
            Parameter("new", "text", "what is written for it; nothing is `\"\"`", "替换为；空写作 \"\"", least=0),
        ),
        ("-", ""),
    ),
    FunctionSpec(
        "split_part", 1, "Take one part of a text, counted from 1", "取分隔后的第几段（从 1 起）",
        split_part, None, "the other parts are not kept", (("M001:营业执照", "营业执照"), ("a:b:c", "b")),
        (
            Parameter("separator", "text", "what stands between the parts", "分隔符"),
            Parameter("number", "integer", "which part", "第几段", most=100),
        ),
        (":", "2"),
    ),
)

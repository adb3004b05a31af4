"""Whole dialects made up at random: rules × types × codecs × charsets, with what each rule may lose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from tests.mapping.conftest import CANONICAL
from tests.mapping.hostile import HOSTILE, every_category

from guantong.mapping import Dialect, load_dialects
from guantong.model import load_model
from guantong.plugins import registry
from guantong.yamlfolder import YamlFile, YamlFolder

KIND = "STEP"
XML = ("exinfo", "xml-element")
CODECS = ("json", "row", "form", *XML)
CHARSETS = ("utf-8", "gb18030", "gbk", "gb2312", "big5", "utf-16-le")
# A codec reads what is labelled GBK as its superset, so what is written in these comes back.
WIRES = ("utf-8", "gb18030", "gbk", "gb2312")
NAMES = ("SBLSH", "申请人", "a b", "x'y\"z", "#", "名\\称", "{n}", "&", "no", "01", "null", "Ｎ", "SXBM_SHORT", "$case", "key:", "- a", "!t")
FORMATS = ("yyyyMMddHHmmss", "yyyy-MM-dd HH:mm:ss", "yyyy-M-d H:m:s", "yyyy/MM/dd HH:mm:ss.SSS", "yyyy-MM-dd HH:mm:ss.S", "iso", "epoch", "epoch_ms",
           "yyyyMMddTHHmmss", "dd.MM.yyyy HH时mm分ss秒", "ss mm HH dd MM yyyy")
DAYS = ("yyyyMMdd", "yyyy-M-d", "yyyy年MM月dd日", "dd/MM/yyyy", "iso")
FILLS = ("omit", "", "无", "-")
TEXTS = ("operator", "opinion", "reason", "id_no", "org.code", "serial.province", "region")

wild = st.one_of(
    st.sampled_from(HOSTILE), st.sampled_from(every_category()), st.text(st.characters(exclude_categories=()), min_size=1, max_size=12),
    st.text("0123456789xX-一同意", min_size=1, max_size=20),
)
moments = st.builds(
    lambda when, fraction, zone: f"{when.replace(microsecond=0).isoformat()}{fraction}{zone}",
    st.datetimes(), st.sampled_from(("", "", ".5", ".120", ".123456")), st.sampled_from(("+08:00", "+08:00", "+00:00", "-11:30")),
).filter(lambda text: "0001-01-02" < text < "9999-12-30")
amounts = st.builds(lambda sign, whole, part: f"{sign if whole or part.strip('0') else ''}{whole}.{part}",
                    st.sampled_from(("", "", "-")), st.integers(0, 10**18 - 1), st.sampled_from(("00", "50", "05", "99", "125", "000001")))
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "step.at": moments, "step.day": st.dates().map(str), "fee": amounts, "urgent": st.booleans(),
    "version": st.integers(-(10**18) + 1, 10**18 - 1), **dict.fromkeys(TEXTS, wild),
}
CODES = ("handling", "review", "approval")


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A dialect, its rules as they stand in the file by path, and what they may lose."""

    dialect: Dialect
    codec: str
    rules: Mapping[str, dict[str, Any]]
    text: str = field(repr=False)
    problems: tuple[str, ...] = ()

    def hollow(self, path: str) -> set[str]:
        """The texts that mean no value there."""
        return {"", "null", self.rules[path].get("empty", "omit")}


@st.composite
def dialects(draw: st.DrawFn) -> MadeUp:
    """One dialect with one mapping of the small world's step."""
    codec = draw(st.sampled_from(CODECS))
    charset = draw(st.sampled_from(WIRES))
    taken: set[str] = set()
    rules = {"step.code": {"at": _name(draw, codec, taken), "codes": _codes(draw, CODES), "empty": draw(st.sampled_from(FILLS))}}
    for path in draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True, min_size=1, max_size=6)):
        rules[path] = _rule(draw, path, codec, taken)
    if codec == "json" and draw(st.booleans()):
        inside: set[str] = set()
        rules["materials"] = {"each": f"清单/{_name(draw, codec, taken)}", "fields": {
            "kind": {"at": _name(draw, codec, inside), "codes": _codes(draw, ("original", "copy"))},
            "name": {"at": [_name(draw, codec, inside), _name(draw, codec, inside)]},
            "count": {"at": _name(draw, codec, inside), "when": {"kind": ["original"]}}}}
    options = {"xml-element": {"kind": "KIND", "data": "DATA"}, "form": {"kind": KIND}, "json": {"kind": KIND}}.get(codec, {})
    head = {"dialect": "madeup", "title": {"zh": "拟", "en": "Made up"}, "codec": codec, "charset": charset, "null_words": ["null"],
            "options": {"in": options, "out": options}}
    return load_made_up(codec, head, rules)


def _name(draw: st.DrawFn, codec: str, taken: set[str]) -> str:
    """A native name not used before."""
    order = len(taken)
    name = f"F{order}" if codec in XML and order % 2 else f"字段{order}" if codec in XML else f"{draw(st.sampled_from(NAMES))}{order}"
    if codec == "json" and draw(st.integers(0, 3)) == 0:
        name = f"外{order}/{name}"
    taken.add(name)
    return name


def _codes(draw: st.DrawFn, words: tuple[str, ...]) -> dict[str, Any]:
    natives = draw(st.lists(st.sampled_from(("0", "1", "01", "2", "Z", "z", "是", "甲 ", "１", "a&b")), unique=True, min_size=4, max_size=6))
    table: dict[str, Any] = dict(zip(words, natives, strict=False))
    last = words[len(table) - 1]
    return {**table, last: [table[last], *natives[len(words):]]}


def _rule(draw: st.DrawFn, path: str, codec: str, taken: set[str]) -> dict[str, Any]:
    rule: dict[str, Any] = {"at": [_name(draw, codec, taken) for _ in range(draw(st.integers(1, 3)))], "empty": draw(st.sampled_from(FILLS))}
    if path == "step.at":
        rule["format"] = [draw(st.sampled_from(FORMATS))]
    elif path == "step.day":
        rule["format"] = [draw(st.sampled_from(DAYS))]
    elif path == "urgent":
        rule["codes"] = _codes(draw, ("true", "false"))
    elif path in TEXTS:
        rule["via"] = draw(st.lists(st.sampled_from(("trim@1", "upper@1", "halfwidth@1", "brackets@1", "strip_newlines@1")), max_size=2, unique=True))
        if draw(st.booleans()):
            rule |= {"max_bytes": draw(st.integers(1, 40)), "over": draw(st.sampled_from(("reject", "cut"))),
                     "charset": draw(st.sampled_from(CHARSETS))}
    if draw(st.integers(0, 4)) == 0:
        rule["when"] = {"step.code": draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=2, unique=True))}
    elif path == "version" and draw(st.booleans()):
        rule["default"] = "1"
    return rule


def load_made_up(codec: str, head: Mapping[str, Any], rules: Mapping[str, dict[str, Any]]) -> MadeUp:
    """The dialect of this head and these rules, loaded by the product's own loader."""
    text = json.dumps({"event": "case.step", "record": KIND, "fields": rules}, ensure_ascii=False)
    files = {**CANONICAL, "madeup/dialect.yaml": json.dumps(head, ensure_ascii=False), "madeup/case.step.yaml": text}
    folder = folder_of(files)
    plugged = registry()
    model, _ = load_model(folder.folder("canonical"))
    found, problems = load_dialects(folder, model, plugged.codecs, plugged.functions, "mappings")
    return MadeUp(found["madeup"], codec, rules, text, tuple(problem.line() for problem in problems))


def folder_of(files: Mapping[str, str]) -> YamlFolder:
    """A folder of mappings that exists in memory only."""
    inside: dict[str, dict[str, str]] = {}
    here: dict[str, YamlFile] = {}
    for path, text in sorted(files.items()):
        first, _, rest = path.partition("/")
        if rest:
            inside.setdefault(first, {})[rest] = text
        else:
            here[first] = YamlFile(text.encode())
    return YamlFolder(Path("mappings"), here, {name: folder_of(below) for name, below in sorted(inside.items())})


@st.composite
def cases(draw: st.DrawFn) -> tuple[MadeUp, dict[str, Any]]:
    """A made-up dialect and an event that has some of what it carries."""
    made = draw(dialects())
    event: dict[str, Any] = {"step.code": draw(st.sampled_from(CODES))}
    for path in made.rules:
        if path in VALUES and draw(st.integers(0, 5)):
            event[path] = draw(VALUES[path])
    if "materials" in made.rules and draw(st.booleans()):
        event["materials"] = draw(st.lists(st.fixed_dictionaries({"kind": st.sampled_from(("original", "copy")), "name": wild}, optional={
            "count": st.integers(0, 99)}), min_size=1, max_size=3))
    return made, event

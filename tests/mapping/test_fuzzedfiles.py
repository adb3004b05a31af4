"""Shipped mapping files with lines and characters lost, doubled and exchanged: loading them ends, with every problem
at a place inside the file, in both languages; what still loads can be run."""

from __future__ import annotations

import os
import re
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from guantong.mapping import load_dialects
from guantong.mapping.load import read_mappings
from guantong.model import Model, load_model
from guantong.plugins import registry
from guantong.starter import starter
from guantong.yamlfolder import YamlFile, YamlFolder

DEPTH = int(os.environ.get("GUANTONG_TEST_DEPTH", "1"))
BITS = ("{", "}", "[", "]", ": ", "'", '"', "\t", "  ", "- ", "#", "&a", "*a", "|", ">", "!!x", "? ", "null", "~", "no", "01", "\x00", "：", ",", "{a: b}",
        "[]", "at", "when", "codes", "$case.", "/", "//", "\u2028", "\ufeff", "99999999999", "-1", "yyyy", "in", "out", "fields", "each: X", "{value: x}",
        "gbk", "epoch", "list", "date", "integer", "base64", "park", "wait", "from", "until", "2014-02-30", "trim@9", "\ud800", "😀")


@cache
def files() -> tuple[YamlFolder, list[tuple[str, str, str]]]:
    """The shipped mappings, and the files of their dialects as (dialect, folder below it, name)."""
    whole = read_mappings(starter("mappings"))
    named = [(name, below, file) for name, folder in whole.folders.items() if name != "canonical"
             for below in ("", "codes") for file in (folder.folder(below) if below else folder).files]
    return whole, named


@cache
def model() -> Model:
    """The model, loaded once."""
    return load_model(starter("mappings") / "canonical")[0]


def changed(text: str, chance: Random) -> str:
    """The text with some of it lost, doubled, exchanged or put in."""
    lines = text.split("\n")
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        line = lines[one]
        at = chance.randrange(len(line) + 1)
        match chance.randrange(7):
            case 0:
                lines[one:one + 1] = []
            case 1:
                lines.insert(one, lines[other])
            case 2:
                lines[one], lines[other] = lines[other], line
            case 3:
                lines[one] = line[:at] + chance.choice(BITS) + line[at:]
            case 4:
                lines[one] = line[:at] + line[at + chance.randrange(1, 6):]
            case 5:
                lines[one] = chance.choice(("  " + line, line.lstrip(), line + "\r"))
            case _:
                start, end = chance.choice([word.span() for word in re.finditer(r"[\w.]+", line)] or [(0, 0)])
                lines[one] = line[:start] + chance.choice(BITS) + line[end:]
        lines = lines or [""]
    return "\n".join(lines)


@settings(max_examples=80 * DEPTH, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_a_file_with_mistakes_loads_or_is_told_where(seed: int) -> None:
    """Never an exception, never a place that is not there, never a plan that does not compile."""
    chance = Random(seed)  # noqa: S311 - test data, not a secret
    whole, named = files()
    dialect, below, name = chance.choice(named)
    folder = whole.folders[dialect].folder(below) if below else whole.folders[dialect]
    body = changed(folder.files[name].body.decode(), chance).encode("utf-8", "surrogatepass")
    made = YamlFolder(folder.path, {**folder.files, name: YamlFile(body)}, folder.folders)
    if below:
        made = YamlFolder(whole.folders[dialect].path, whole.folders[dialect].files, {**whole.folders[dialect].folders, below: made})
    kept = {one: whole.folders[one] for one in ("canonical", "gd-exchange", "ea-jc")}
    plugged = registry()
    found, problems = load_dialects(
        YamlFolder(whole.path, {}, {**kept, dialect: made}), model(), plugged.codecs, plugged.functions, "mappings")
    lines = max(body.decode("utf-8", "replace").count("\n"), 400) + 1
    for problem in problems:
        assert problem.message("en")
        assert problem.message("zh")
        assert problem.place.file.startswith("mappings/")
        assert 1 <= problem.place.line <= lines or problem.code.id == "GT201"
    for one in found.values():
        for plan in one.plans.values() if one.name == dialect else ():
            plan.generated_inward.compile("inward", "fuzzed")
            plan.generated_outward.compile("outward", "fuzzed")

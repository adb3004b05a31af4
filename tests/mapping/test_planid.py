"""A plan's id is the hash of all that its mapping says, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.mapping.conftest import DIALECT, World

RULE: dict[str, str] = {
    "at": "YJ", "via": "[trim]", "max_bytes": "60", "over": "cut", "charset": "gb18030", "default": "无",
    "required": "true", "lossy": "why", "empty": "无",
}
BASE = """event: case.step
record: STEP
fields:
  serial.province: SBLSH
  step.code: {at: HJ, codes: {handling: "1", review: ["2", "02"]}, otherwise: park}
  step.at: {at: SJ, format: [yyyyMMdd HHmmss, "yyyy-M-d H:m:s"]}
  operator: {at: BLR, when: {step.code: [handling, review]}}
  fee: {at: JE, default: "1.50"}
  materials: {each: CL/X, fields: {name: MC, count: {at: SL, default: 1}}}
  opinion: YJ
in:
  urgent: JJ
out:
  BZ: {from: $case.opinion, need: {wait: 10m, then: park}}
reply: {serial.province: lsh}
constants:
  LX: {value: "9", why: fixed}
ignored: [BY1, BY2]
"""
CHANGES = [
    ("SBLSH", "LSH"), ("HJ", "HJDM"), ('"1",', '"3",'), ('["2", "02"]', '["02", "2"]'), ('["2", "02"]', '"2"'),
    ("review: [", "approval: ["), ("otherwise: park", "otherwise: handling"), ("yyyyMMdd HHmmss, ", ""),
    ("HHmmss", "HHmm"), ("when: {step.code: [handling, review]}", "when: {step.code: [handling]}"),
    ("{at: BLR, when: {step.code: [handling, review]}}", "BLR"), ('"1.50"', '"1.60"'), ("CL/X", "CL/Y"), ("MC", "MZ"),
    ("default: 1}", "default: 2}"), ("default: 1}", "required: true}"), ("urgent: JJ", "urgent: [JJ, JI]"),
    ("$case.opinion", "$case.reason"), ("10m", "11m"), ("lsh", "sbh"), ('"9"', '"8"'), ("LX:", "LY:"),
    ("BY2]", "BY2, BY3]"), ("record: STEP", "record: [STEP, STP]"), ("record: STEP", "record: {in: STEP, out: STP}"),
    ("record: STEP", "record: STEP\nmatch: {LX: 9}"), ("record: STEP", "record: STEP\nwhen: {opinion: x}"),
    ("  fee: {at: JE", "  reason: {at: JE"), ("  opinion: YJ\n", ""), ("  opinion: YJ\n", "  opinion: {at: YJ, via: [trim]}\n"),
    ("  opinion: YJ\n", "  opinion: {at: YJ, max_bytes: 60}\n"), ("SBLSH\n  step.code", "SBLSH\n  region: QH\n  step.code"),
]
MANNERS = [
    "names: ignore-case\n", "empty: 无\n", "null_words: [NULL]\n", "charset: gb18030\n", "measure: gbk\n",
    "dates: [yyyyMMdd]\n", "options: {in: {kind_field: type}}\n", "options: {out: {kind_field: type}}\n",
]


@pytest.fixture
def ident(load: Callable[..., World]) -> Callable[..., str]:
    """The id of a mapping's plan."""

    def make(text: str, dialect: str = "", name: str = "county/case.step.yaml") -> str:
        world = load({name: text}, dialect=DIALECT + dialect)
        return str(world.dialects["county"].plans["case.step"].id)

    return make


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_whatever_a_rule_says_otherwise_changes_the_id(ident: Callable[..., str], old: str, new: str) -> None:
    """A value, a name, a condition, a table's row, the order of what is read first."""
    assert old in BASE
    assert ident(BASE) != ident(BASE.replace(old, new, 1))


@pytest.mark.parametrize("said", MANNERS)
def test_what_the_dialect_says_for_all_changes_the_id(ident: Callable[..., str], said: str) -> None:
    """How names, empty values and dates are taken, and how bytes become records."""
    text = BASE.replace("  opinion: YJ\n", "  opinion: {at: YJ, max_bytes: 60}\n  step.day: RQ\n").replace(
        "step.at: {at: SJ, format: [yyyyMMdd HHmmss, \"yyyy-M-d H:m:s\"]}", "step.at: SJ")
    assert ident(text) != ident(text, dialect=said)


def test_the_order_of_rules_is_said_too(ident: Callable[..., str]) -> None:
    """It is the order of the fields written."""
    first, second = '  fee: {at: JE, default: "1.50"}\n', "  opinion: YJ\n"
    turned = BASE.replace(first, "").replace(second, second + first)
    assert ident(BASE) != ident(turned)


@pytest.mark.parametrize(("old", "new"), [
    ("event:", "# 注释 · a comment\nevent:"), ("SBLSH\n", "SBLSH   # read first\n"), ("SBLSH", '"SBLSH"'), ("SBLSH", "[SBLSH]"),
    ("SBLSH", "{at: SBLSH}"), ("  opinion: YJ\n", "  opinion:\n      at: YJ\n"), ("\n", "\r\n"), ("record: STEP\n", ""),
    ("why: fixed", "why: otherwise"),
])
def test_how_it_is_written_does_not(ident: Callable[..., str], old: str, new: str) -> None:
    """Comments, quotes, lines, short forms, reasons."""
    text = BASE.replace(old, new) if old == "\n" else BASE.replace(old, new, 1)
    if "record" not in text:
        text += "record: STEP\n"
    assert ident(BASE) == ident(text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.data())
def test_the_order_of_keys_in_a_rule_does_not_count_and_each_key_does(ident: Callable[..., str], data: Any) -> None:
    """Any rule of any keys, in any order; one key left out or said otherwise is another rule."""
    keys = data.draw(some.lists(some.sampled_from([key for key in RULE if key != "at"]), unique=True))
    keys = [*keys, "at"]
    turned = data.draw(some.permutations(keys))

    def text(names: list[str], **other: str) -> str:
        said = ", ".join(f"{name}: {other.get(name, RULE[name])}" for name in names)
        return BASE.replace("  opinion: YJ\n", f"  opinion: {{{said}}}\n")

    assert ident(text(keys)) == ident(text(turned))
    for key, other in (("at", "YJ2"), ("default", "有"), ("lossy", "else")):
        if key in keys:
            assert ident(text(keys)) != ident(text(keys, **{key: other}))
    if "max_bytes" in keys:
        assert ident(text(keys)) != ident(text(keys, max_bytes="61"))
        assert ident(text(keys)) != ident(text([key for key in keys if key != "max_bytes"]))

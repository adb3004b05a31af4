"""`$site.…`: reserved until sites are loaded. It is said at its place, and missing as any other value may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.journey.parts import system
from tests.mapping.conftest import World

from guantong.journey.facts import facts_of
from guantong.mapping import Missing, Untranslatable

FILE = "mappings/county/case.step.yaml"
HEAD = "event: case.step\nrecord: STEP\n"
RESERVED = ("is reserved until sites are loaded: it has no value yet; take it from the system's `facts:` ($system.…) "
            "meanwhile [GT287]")
NEVER = "is there from the start or not at all; take it from $case.… too, or leave `need:` out and say `default:`, `empty:` or `required:` [GT286]"
NEED = "need: {wait: 10m, then: park}"
WARNED: list[tuple[str, list[str]]] = [
    ("out:\n  DD: $site.name\n", [f"4:7 out.DD.from: $site.name {RESERVED}"]),
    ("fields:\n  step.code: DM\n  opinion: {at: YJ, from: $site.name}\n", [f"5:27 fields.opinion.from: $site.name {RESERVED}"]),
    ("when: {$site.kind: [town]}\nout:\n  DM: step.code\n", [f"3:8 when.$site.kind: $site.kind {RESERVED}"]),
    ("out:\n  DM: step.code\n  YJ: {from: opinion, when: {$site.kind: [town]}}\n",
     [f"5:30 out.YJ.when.$site.kind: $site.kind {RESERVED}"]),
]
WRONG: list[tuple[str, list[str]]] = [
    (f"out:\n  DD: {{from: $site.name, {NEED}}}\n",
     [f"4:32 out.DD.need: `need:` waits for what can never come: $site.name {NEVER}", f"4:14 out.DD.from: $site.name {RESERVED}"]),
    (f"out:\n  DD: {{from: [opinion, $site.name], {NEED}}}\n",
     [f"4:43 out.DD.need: `need:` waits for what can never come: $site.name {NEVER}", f"4:24 out.DD.from: $site.name {RESERVED}"]),
    (f"out:\n  DD: {{from: [$site.name, $system.place], {NEED}}}\n",
     [f"4:49 out.DD.need: `need:` waits for what can never come: $site.name, $system.place {NEVER}",
      f"4:15 out.DD.from: $site.name {RESERVED}"]),
]
GIVEN: Mapping[str, Any] = facts_of(system())


@pytest.mark.parametrize(("text", "lines"), [*WARNED, *WRONG])
def test_what_reads_of_a_site_is_told_at_its_place(load: Callable[..., World], text: str, lines: list[str]) -> None:
    """A warning once for each place, both directions together; to wait for it is a mistake."""
    assert sorted(load({"county/case.step.yaml": HEAD + text}).lines()) == sorted(f"{FILE}:{line}" for line in lines)


def test_a_rule_may_wait_for_the_case_beside_a_site(load: Callable[..., World]) -> None:
    """What the case may still tell is worth waiting for."""
    text = f"{HEAD}out:\n  DD: {{from: [$case.opinion, $site.name], {NEED}}}\n"
    world = load({"county/case.step.yaml": text})
    assert [problem.code.id for problem in world.problems] == ["GT287"]
    with pytest.raises(Missing) as waits:
        world.dialects["county"].outward("case.step", {}, GIVEN)
    assert (waits.value.path, waits.value.wait_seconds) == ("opinion", 600)


def test_the_journey_gives_no_site() -> None:
    """Facts of the system with its id and region, what the case told; of the site nothing."""
    one = system()
    assert facts_of(one, {"opinion": "同意"}) == {
        "system": {**one.facts, "id": one.id, "region": one.region}, "site": {}, "case": {"opinion": "同意"}}


OUTWARD = """out:
  A: $site.name
  B: {from: $site.name, empty: 无}
  C: {from: [$site.name, opinion]}
  D: {from: opinion, when: {$site.kind: [town]}}
"""


@pytest.mark.parametrize("context", [GIVEN, {}])
def test_a_missing_site_is_written_as_any_missing_value(load: Callable[..., World], context: Mapping[str, Any]) -> None:
    """Left out, filled, the next source taken; a condition does not hold. Generated and traced alike."""
    dialect = load({"county/case.step.yaml": HEAD + OUTWARD}).dialects["county"]
    values = {"opinion": "同意"}
    plan = dialect.plan_out("case.step", values, context)
    for made in (plan.outward(values, context), plan.trace_outward(values, context, lambda _: None)):
        assert made.native.fields == {"B": "无", "C": "同意"}


def test_a_site_that_must_be_there_is_refused_as_any_missing_value(load: Callable[..., World]) -> None:
    """`required:` says so at once."""
    dialect = load({"county/case.step.yaml": f"{HEAD}out:\n  A: {{from: $site.name, required: true}}\n"}).dialects["county"]
    with pytest.raises(Untranslatable) as refused:
        dialect.outward("case.step", {}, GIVEN)
    assert [problem.line() for problem in refused.value.problems] == [
        f"{FILE}:4:3 A: required, but empty; the sender must fill it [GT242]"]


def test_a_missing_site_is_read_as_any_missing_value(load: Callable[..., World]) -> None:
    """Inward the default takes its place, and without one there is no value."""
    rules = "in:\n  step.code: DM\n  opinion: {from: $site.name, default: 无}\n  reason: {from: $site.name}\n"
    world = load({"county/case.step.yaml": HEAD + rules})
    assert {problem.code.id for problem in world.problems} == {"GT287"}
    dialect = world.dialects["county"]
    (plan,) = dialect.plans_in("STEP")
    for made in (plan.inward({"DM": "review"}, GIVEN), plan.trace_inward({"DM": "review"}, GIVEN, lambda _: None)):
        assert made.values == {"step.code": "review", "opinion": "无"}

"""`$site.…`: facts of the place where the event happened. A name that no site has is told; where no site is known, its
facts are missing as any other value may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.journey.parts import system
from tests.mapping.conftest import World

from guantong.journey.facts import facts_of
from guantong.mapping import Missing, Untranslatable

FILE = "mappings/county/case.step.yaml"
HEAD = "event: case.step\nrecord: STEP\n"
KNOWN = ("known: $site.code, $site.name, $site.level, $site.region, $site.address, $site.phone, $site.path, $site.parent, "
         "$site.parent_name, $site.county, $site.county_name, $site.town, $site.town_name, $site.window, $site.window_name")
NEVER = "is there from the start or not at all; take it from $case.… too, or leave `need:` out and say `default:`, `empty:` or `required:` [GT286]"
NEED = "need: {wait: 10m, then: park}"
WRONG: list[tuple[str, list[str]]] = [
    ("out:\n  DD: $site.nam\n", [f"4:7 out.DD.from: $site.nam is no fact of a site; {KNOWN} ($site.name?) [GT908]"]),
    ("in:\n  step.code: DM\n  opinion: {at: YJ, from: $site.fax}\n",
     [f"5:27 in.opinion.from: $site.fax is no fact of a site; {KNOWN} [GT908]"]),
    ("out:\n  DM: step.code\n  YJ: {from: opinion, when: {$site.fax: [town]}}\n",
     [f"5:30 out.YJ.when.$site.fax: $site.fax is no fact of a site; {KNOWN} [GT908]"]),
    (f"out:\n  DD: {{from: $site.name, {NEED}}}\n", [f"4:32 out.DD.need: `need:` waits for what can never come: $site.name {NEVER}"]),
    (f"out:\n  DD: {{from: [opinion, $site.name], {NEED}}}\n",
     [f"4:43 out.DD.need: `need:` waits for what can never come: $site.name {NEVER}"]),
    (f"out:\n  DD: {{from: [$site.name, $system.place], {NEED}}}\n",
     [f"4:49 out.DD.need: `need:` waits for what can never come: $site.name, $system.place {NEVER}"]),
]
GIVEN: Mapping[str, Any] = facts_of(system())


@pytest.mark.parametrize(("text", "lines"), WRONG)
def test_what_no_site_has_is_told_at_its_place(load: Callable[..., World], text: str, lines: list[str]) -> None:
    """With the nearest name; to wait for a site is a mistake."""
    assert sorted(load({"county/case.step.yaml": HEAD + text}).lines()) == sorted(f"{FILE}:{line}" for line in lines)


def test_a_rule_may_wait_for_the_case_beside_a_site(load: Callable[..., World]) -> None:
    """What the case may still tell is worth waiting for."""
    text = f"{HEAD}out:\n  DD: {{from: [$case.opinion, $site.name], {NEED}}}\n"
    world = load({"county/case.step.yaml": text})
    assert world.problems == []
    with pytest.raises(Missing) as waits:
        world.dialects["county"].outward("case.step", {}, GIVEN)
    assert (waits.value.path, waits.value.wait_seconds) == ("opinion", 600)


def test_a_fact_of_a_system_that_is_told_as_empty_is_no_value() -> None:
    """Its field is left out, as where nothing was told."""
    one = replace(system(), facts={"place": "", "note": "x"})
    assert facts_of(one)["system"] == {"note": "x", "id": one.id, "region": one.region}


def test_the_facts_of_a_site_are_handed_in_as_data(load: Callable[..., World]) -> None:
    """Of the event outward, of the system's own site inward; lineage names the fact."""
    one = system()
    assert facts_of(one, {"opinion": "同意"}, {"name": "仙桥街道"}) == {
        "system": {**one.facts, "id": one.id, "region": one.region}, "site": {"name": "仙桥街道"}, "case": {"opinion": "同意"}}
    rules = "in:\n  step.code: DM\n  opinion: {from: $site.name}\nout:\n  DM: step.code\n  DD: {from: $site.name, when: {$site.level: [town]}}\n"
    dialect = load({"county/case.step.yaml": HEAD + rules}).dialects["county"]
    context = {"system": {}, "site": {"name": "仙桥街道", "level": "town"}, "case": {}}
    assert (dialect.reads_site("case.step"), dialect.reads_site("case.finish")) == (True, False)
    (plan,) = dialect.plans_in("STEP")
    assert plan.inward({"DM": "review"}, context).values == {"step.code": "review", "opinion": "仙桥街道"}
    steps: list[Any] = []
    assert plan.trace_outward({"step.code": "review"}, context, steps.append).native.fields == {"DM": "review", "DD": "仙桥街道"}
    assert ("DD", "$site.name", "仙桥街道") in [(step.target, step.source, step.value) for step in steps]


OUTWARD = """out:
  A: $site.name
  B: {from: $site.name, empty: 无}
  C: {from: [$site.name, opinion]}
  D: {from: opinion, when: {$site.level: [town]}}
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
    assert world.problems == []
    dialect = world.dialects["county"]
    (plan,) = dialect.plans_in("STEP")
    for made in (plan.inward({"DM": "review"}, GIVEN), plan.trace_inward({"DM": "review"}, GIVEN, lambda _: None)):
        assert made.values == {"step.code": "review", "opinion": "无"}

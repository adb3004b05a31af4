"""Mutations: a change no pair notices is told; every rule of the shipped dialects is noticed by some pair."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.mapping import load_dialects
from guantong.mapping.mutate import CHANGES, Judge, idle, mutants, verdicts
from guantong.mapping.pairfiles import load_pairs
from guantong.mapping.pairs import run_pairs
from guantong.mapping.showing import Shower
from guantong.model import load_model
from guantong.plugins import registry
from guantong.starter import starter

SHIPPED = sorted(file.parent.name for file in starter("mappings").glob("*/dialect.yaml"))
RULES = """
event: case.step
record: STEP
fields:
  step.code: {at: CODE, codes: {handling: ["1", "01"], review: "2"}, otherwise: {in: review, out: "9"}}
  step.at:   {at: [AT, TIME], format: [yyyyMMddHHmmss, yyyy-M-d]}
  operator:  {at: NAME, via: [trim], empty: 无, max_bytes: 6, over: cut}
  version:   {at: VER, default: 1}
in:
  region: REGION
out:
  REGION: {from: region, when: {step.code: [handling, review]}}
  SERIAL: {from: [serial.province, $case.serial.province], need: {wait: 10m, then: park}}
constants:
  KIND: {value: A, why: a test}
reply:
  serial.province: NO
"""


def judged(load: Callable[..., Any], pairs: str, rules: str = RULES) -> tuple[list[str], list[str]]:
    """The changes no pair notices (rule: kind what), and the problems of exemptions."""
    world = load({"county/case.step.yaml": rules, "county/tests/a.yaml": pairs})
    assert world.lines() == []
    dialect = world.dialects["county"]
    found, exempt, problems = load_pairs(dialect.folder, world.model, "mappings/county")
    assert [problem.line() for problem in problems] == []
    wrong = [problem.line() for _, ones in run_pairs(found, dialect, Shower(world.model, reveal=True)) for problem in ones]
    assert wrong == []
    all_of = list(verdicts(Judge(dialect, found, Shower(world.model)), mutants(dialect, None, world.model), exempt))
    unnoticed = [f"{one.mutant.rule}: {one.mutant.kind} {one.mutant.what}".rstrip() for one in all_of if not one.passed]
    return unnoticed, [problem.line() for problem in idle(exempt, all_of)]


DATES = """
event: case.step
record: STEP
fields:
  step.code: {at: CODE, codes: {handling: {value: "6", until: 2014-06-30}, review: {value: "6", also: ["06"], from: 2014-07-01}}}
  step.at:   {at: AT, format: [yyyyMMddHHmmss]}
"""
EDGES = """
tests:
  - {name: a, record: {kind: STEP, fields: {CODE: "6", AT: "20140630235959"}}, event: {name: case.step, values: {step.code: handling, step.at: "2014-06-30T23:59:59+08:00"}}}
  - {name: b, record: {kind: STEP, fields: {CODE: "6", AT: "20140701000000"}}, event: {name: case.step, values: {step.code: review, step.at: "2014-07-01T00:00:00+08:00"}}}
"""


def test_the_days_of_a_row_are_tested_by_pairs_on_its_first_and_last(load: Callable[..., Any]) -> None:
    """A pair in the middle of a period notices no day moved; the spelling nobody tests is named too."""
    assert judged(load, EDGES, DATES)[0] == ["codes/step.code/06: also 06"]
    inside = EDGES.replace("20140630235959", "20140601000000").replace("06-30T23:59:59", "06-01T00:00:00")
    assert judged(load, inside, DATES)[0] == ["codes/step.code/handling 2014-06-30: ends handling 2014-06-30",
                                              "codes/step.code/06: also 06"]


PLAIN = """
tests:
  - name: plain, read
    direction: in
    record: {kind: STEP, fields: {CODE: "1", AT: "20140715103000", NAME: 王明, REGION: "445202", VER: "1", KIND: A}}
    event: {name: case.step, values: {step.code: handling, step.at: "2014-07-15T10:30:00+08:00", operator: 王明, region: "445202", version: "1"}}
  - name: plain, written
    direction: out
    record: {kind: STEP, fields: {CODE: "1", AT: "20140715103000", NAME: 王明, REGION: "445202", VER: "1", SERIAL: S1, KIND: A}}
    event: {name: case.step, values: {step.code: handling, step.at: "2014-07-15T10:30:00+08:00", operator: 王明, region: "445202", version: "1", serial.province: S1}}
"""


def test_what_the_dialect_writes_for_no_value_is_told_where_it_says_so(load: Callable[..., Any]) -> None:
    """Not at the first of the rules it holds for, which may stand in the dialect it extends."""
    heading = "dialect: town\ntitle: {zh: 镇, en: Town}\nextends: county\nempty: 空\n"
    world = load({"county/case.step.yaml": RULES, "town/dialect.yaml": heading})
    assert world.lines() == []
    found = mutants(world.dialects["town"], world.dialects["county"], world.model)
    (place,) = {one.place for one in found if one.rule == "empty"}
    assert str(place) == "mappings/town/dialect.yaml:4:8"


def test_one_plain_pair_leaves_these_changes_unnoticed(load: Callable[..., Any]) -> None:
    """Everything but the middle of the road: whole, as it is listed."""
    unnoticed, _ = judged(load, PLAIN)
    assert sorted(unnoticed) == [
        "case.step/in/operator: function trim@1",
        "case.step/in/operator: read",
        "case.step/in/step.at: alias TIME",
        "case.step/in/step.code: otherwise",
        "case.step/in/version: default",
        "case.step/out/CODE: otherwise",
        "case.step/out/NAME: empty",
        "case.step/out/NAME: limit",
        "case.step/out/NAME: over",
        "case.step/out/REGION: when",
        "case.step/out/REGION: word review",
        "case.step/out/SERIAL: need",
        "case.step/out/SERIAL: source $case.serial.province",
        "case.step/out/SERIAL: wait",
        "case.step/reply/serial.province: drop",
        "codes/step.code/01: also 01",
        "codes/step.code/review: row review",
        "formats/yyyy-M-d: format yyyy-M-d",
    ]


def test_pairs_for_each_leave_nothing_unnoticed(load: Callable[..., Any]) -> None:
    """The pairs a person would add, each for one promise of the mapping."""
    unnoticed, _ = judged(load, PLAIN + """
  - name: other spellings, filled and cleaned
    direction: in
    record: {kind: STEP, fields: {CODE: "01", TIME: 2014-7-5, NAME: " 王明　", REGION: "445203"}}
    event: {name: case.step, values: {step.code: handling, step.at: "2014-07-05T00:00:00+08:00", operator: 王明, region: "445203", version: "1"}}
  - name: no name, an unknown code
    direction: in
    record: {kind: STEP, fields: {CODE: "7", NAME: 无}}
    event: {name: case.step, values: {step.code: review, version: "1"}}
  - name: review
    context: {case: {serial.province: S2}}
    record: {kind: STEP, fields: {CODE: "2", NAME: 王明, REGION: "445202", VER: "2", SERIAL: S2, KIND: A}}
    event: {name: case.step, values: {step.code: review, operator: 王明, region: "445202", version: "2"}}
    direction: out
  - name: review is read
    direction: in
    record: {kind: STEP, fields: {CODE: "2", REGION: "445202"}}
    event: {name: case.step, values: {step.code: review, region: "445202", version: "1"}}
  - name: approval has no row, so no region; a long name is cut
    direction: out
    record: {kind: STEP, fields: {CODE: "9", NAME: 欧阳, VER: "2", SERIAL: S2, KIND: A}}
    event: {name: case.step, values: {step.code: approval, operator: 欧阳小明, region: "445202", version: "2", serial.province: S2}}
  - name: nobody
    direction: out
    record: {kind: STEP, fields: {CODE: "1", NAME: 无, SERIAL: S2, KIND: A}}
    event: {name: case.step, values: {step.code: handling, serial.province: S2}}
  - name: waits
    event: {name: case.step, values: {step.code: review}}
    awaits: {path: serial.province, wait: 10m}
  - name: the reply
    direction: reply
    record: {fields: {NO: S1}}
    event: {name: case.step, values: {serial.province: S1}}
""")
    assert unnoticed == []


def test_an_exemption_needs_a_reason_and_something_to_excuse(load: Callable[..., Any]) -> None:
    """Exempt rules are not told; an exemption of what pairs notice, or of nothing, is."""
    pairs = PLAIN + """
exempt:
  case.step/out/CODE: nobody sends another code
  case.step/in/step.code: ""
  case.step/out/KIND: never
  case.step/out/KID: misspelt
"""
    unnoticed, problems = judged(load, pairs)
    assert "case.step/out/CODE: otherwise" not in unnoticed
    where = "mappings/county/tests/a.yaml"
    assert problems == [
        f"{where}:14:3 exempt: 'case.step/in/step.code' is exempt, but without a reason; remove the exemption [GT339]",
        f"{where}:15:3 exempt: 'case.step/out/KIND' is exempt, but pairs notice every change of it; remove the exemption [GT339]",
        f"{where}:16:3 exempt: 'case.step/out/KID' is exempt, but there is no such rule; remove the exemption [GT339]",
    ]


def test_recognition_is_mutated_too(load: Callable[..., Any]) -> None:
    """Record kinds, `match:` and `when:` of whole mappings."""
    unnoticed, _ = judged(load, "tests: []\n", """
event: case.step
record: {in: [STEP, STEPS], out: STEP}
match: {TYPE: [a, b]}
when: {step.code: [handling, review]}
fields: {step.code: CODE}
""")
    assert {one for one in unnoticed if "/record" in one or "/match" in one or "/when" in one} == {
        "case.step/record: kind STEP", "case.step/record: kind STEPS", "case.step/record: kind_out",
        "case.step/match: when", "case.step/match: word a", "case.step/match: word b", "case.step/when: when",
    }


def test_what_is_inherited_unchanged_is_its_parents_to_test(load: Callable[..., Any]) -> None:
    """An heir's own rules are mutated, and all that it changes by its dates; nothing else."""
    child = "dialect: town\ntitle: {zh: 镇, en: Town}\ncodec: json\nextends: county\n"
    rules = "event: case.step\nrecord: STEP\nfields: {step.code: CODE, step.at: AT, opinion: TEXT}\n"
    own = "event: case.step\nfields: {opinion: WORDS}\n"

    def of(dialect: str) -> set[str]:
        world = load({"county/case.step.yaml": rules, "town/dialect.yaml": dialect, "town/case.step.yaml": own})
        assert world.lines() == []
        return {one.rule for one in mutants(world.dialects["town"], world.dialects["county"], world.model)}

    assert of(child) == {"case.step/in/opinion", "case.step/out/WORDS"}
    assert of(child + "dates: yyyyMMddHHmmss\n") >= {"case.step/in/step.at", "case.step/out/AT"}
    assert "case.step/in/step.code" in of(child + "names: ignore-case\n")


def test_every_kind_of_change_is_told_in_both_languages() -> None:
    """No change is told by its bare name."""
    assert all(en.format(what="x") and zh.format(what="x") for en, zh in CHANGES.values())


@pytest.fixture(scope="module")
def shipped() -> tuple[Any, Any]:
    folder = starter("mappings")
    model, _ = load_model(folder / "canonical")
    return model, load_dialects(folder, model, registry().codecs, registry().functions)[0]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_rule_of_a_shipped_dialect_is_noticed_by_some_pair(shipped: tuple[Any, Any], name: str) -> None:
    """Each change of each rule, code-table row and date format makes a pair fail, or is exempt with its reason."""
    model, dialects = shipped
    dialect = dialects[name]
    pairs, exempt, problems = load_pairs(dialect.folder, model, f"mappings/{name}")
    of = mutants(dialect, dialects.get(dialect.extends or ""), model)
    all_of = list(verdicts(Judge(dialect, pairs, Shower(model)), of, exempt))
    unnoticed = [one.problem().line() for one in all_of if not one.passed]
    assert [*(problem.line() for problem in (*problems, *idle(exempt, all_of))), *unnoticed] == []


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(build_app("test"), ["test", *arguments, "--home", str(home)])


def test_the_verb_lists_what_no_pair_notices(tmp_path: Path) -> None:
    """Exit 1, each change at its rule's line with what to do; JSON counts them."""
    shutil.copytree(starter("mappings"), tmp_path / "mappings")
    assert run(tmp_path, "jiexi", "--mutate").exit_code == 0
    (tmp_path / "mappings/jiexi/case.pause.yaml").write_text("event: case.pause\nfields:\n  pause.reason: {at: TBCXQDLY, default: 无}\n", "utf-8")
    result = run(tmp_path, "jiexi", "--mutate", "--lang", "en")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == (
        "mappings/jiexi/case.pause.yaml:3:3: no pair notices: case.pause/in/pause.reason: the rule left out; "
        "add a pair that does, or exempt 'case.pause/in/pause.reason' with its reason [GT338]")
    [answer] = orjson.loads(run(tmp_path, "jiexi", "--mutate", "--json").stdout)["dialects"]
    assert [(one["rule"], one["change"], one["line"]) for one in answer["unnoticed"]] == [
        ("case.pause/in/pause.reason", "drop", 3), ("case.pause/in/pause.reason", "default", 3),
        ("case.pause/out/TBCXQDLY", "drop", 3),
    ]
    assert answer["mutants"] == answer["noticed"] + 3

"""Pairs of record and event: what holds, what does not and where, and what is wrong with the files themselves."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.mapping import Dialect
from guantong.mapping.pairfiles import load_pairs
from guantong.mapping.pairs import PairRun
from guantong.mapping.showing import Shower
from guantong.starter import starter

RULES = """
fields:
  step.code: {at: CODE, codes: {handling: "1", review: "2", approval: "3"}}
  step.at:   AT
  operator:  NAME
  version:   {at: VER, default: 1}
  urgent:    {at: URGENT, codes: {"true": Y, "false": N}}
  materials: {each: LIST, fields: {name: NAME, count: COUNT}}
out:
  SERIAL: {from: $case.serial.province, need: {wait: 10m, then: park}}
reply:
  serial.province: NO
"""
CASE = "context: {case: {serial.province: S1}}"
FILE = "mappings/county/tests/a.yaml"


@pytest.fixture
def lines(load: Callable[..., Any]) -> Callable[..., list[str]]:
    """Every problem of these pairs, of their file or of their running, on its line; nothing is masked."""

    def run(pairs: str, *, reveal: bool = True) -> list[str]:
        world = load({"county/case.step.yaml": f"event: case.step\nrecord: STEP\n{RULES}", "county/tests/a.yaml": "tests:\n" + pairs.lstrip("\n")})
        assert world.lines() == []
        dialect: Dialect = world.dialects["county"]
        found, _, problems = load_pairs(dialect.folder, world.model, "mappings/county")
        shower = Shower(world.model, reveal)
        return [problem.line() for problem in (*problems, *(
            one for pair in found for one in PairRun(pair, dialect, shower).problems()))]

    return run


def test_pairs_of_every_kind_hold(lines: Callable[..., list[str]]) -> None:
    """Both ways, a reply, a refusal, a wait, an unread field: all written as text, typed by the model."""
    assert lines(f"""
  - name: both ways
    {CASE}
    record: {{kind: STEP, fields: {{CODE: "1", AT: "2014-07-15 10:30:00", VER: "2", URGENT: Y, LIST: [{{NAME: a, COUNT: "3"}}], SERIAL: S1}}}}
    event: {{name: case.step, values: {{step.code: handling, step.at: "2014-07-15T10:30:00+08:00", version: "2", urgent: "true", materials: [{{name: a, count: "3"}}]}}}}
    unread: [SERIAL]
  - name: the reply
    direction: reply
    record: {{fields: {{NO: S1}}}}
    event: {{name: case.step, values: {{serial.province: S1}}}}
  - name: refused inward
    record: {{kind: STEP, fields: {{CODE: "9", AT: soon}}}}
    refused: {{CODE: GT243, AT: GT244}}
  - name: refused outward
    {CASE}
    event: {{name: case.step, values: {{step.code: nobody}}}}
    refused: {{step.code: GT243}}
  - name: waits
    event: {{name: case.step, values: {{step.code: review}}}}
    awaits: {{path: serial.province, wait: 10m}}
""") == []


def test_every_difference_is_told_at_its_line(lines: Callable[..., list[str]]) -> None:
    """Wrong, missing and superfluous values, inside lists too, and types that differ; each where it stands."""
    assert lines("""
  - name: wrong
    direction: in
    record: {kind: STEP, fields: {CODE: "1", VER: "2", LIST: [{NAME: a}, {NAME: b}], MORE: x}}
    event:
      name: case.step
      values:
        step.code: review
        operator: 王
        materials: [{name: a}, {name: c}]
""") == [
        f"{FILE}:8:9 step.code: wrong: expected 'review', got 'handling'; mend the mapping, or the pair where it is wrong [GT330]",
        f"{FILE}:9:9 operator: wrong: expected '王', got nothing; mend the mapping, or the pair where it is wrong [GT330]",
        f"{FILE}:10:9 materials[1].name: wrong: expected 'c', got 'b'; mend the mapping, or the pair where it is wrong [GT330]",
        f"{FILE}:2:5 version: wrong: expected nothing, got '2'; mend the mapping, or the pair where it is wrong [GT330]",
        f"{FILE}:2:5 unread: wrong: expected -, got MORE; mend the mapping, or the pair where it is wrong [GT330]",
    ]


def test_values_of_persons_are_masked(lines: Callable[..., list[str]]) -> None:
    """In both directions, with the length told; --unmask shows them."""
    pair = f"""
  - name: masked
    {CASE}
    record: {{kind: STEP, fields: {{CODE: "1", NAME: 王小明, VER: "1", SERIAL: S1}}}}
    event: {{name: case.step, values: {{step.code: handling, operator: 王大明, version: "1"}}}}
    unread: [SERIAL]
"""
    advice = "mend the mapping, or the pair where it is wrong [GT330]"
    assert lines(pair, reveal=False) == [
        f"{FILE}:5:60 operator: masked: expected '王**' (3), got '王**' (3); {advice}",
        f"{FILE}:4:46 NAME: masked: expected '王**' (3), got '王**' (3); {advice}",
    ]
    assert "'王大明', got '王小明'" in lines(pair)[0]


def test_refusals_and_waits_that_differ_are_told(lines: Callable[..., list[str]]) -> None:
    """Refused without saying so, not refused though said, another wait, and none."""
    found = lines("""
  - name: surprise
    direction: in
    record: {kind: STEP, fields: {CODE: "9"}}
    event: {name: case.step, values: {step.code: review}}
  - name: too kind
    record: {kind: STEP, fields: {CODE: "1"}}
    refused: {CODE: GT243}
  - name: impatient
    event: {name: case.step, values: {step.code: review}}
    awaits: {path: serial.province, wait: 9m}
  - name: needless
    context: {case: {serial.province: S1}}
    event: {name: case.step, values: {step.code: review}}
    awaits: {path: serial.province, wait: 10m}
  - name: unknown
    record: {kind: STOP, fields: {CODE: "1"}}
    refused: {CODE: GT243}
""")
    assert found[0].startswith(f"{FILE}:4:35 CODE: surprise: refused: the code '9' has no translation (table step.code); ")
    assert found[1:4] == [
        f"{FILE}:7:35 CODE: too kind: should be refused with GT243, and was not; mend the mapping, or the pair where it is wrong [GT332]",
        (f"{FILE}:9:5: impatient: expected to wait for serial.province (540 s), got serial.province (600 s); "
         "mend `need:` in the mapping, or the pair [GT334]"),
        f"{FILE}:12:5: needless: expected to wait for serial.province (600 s), got nothing; mend `need:` in the mapping, or the pair [GT334]",
    ]
    assert [line.rpartition("[")[2] for line in found[4:]] == ["GT331]", "GT332]"]


def test_mistakes_of_a_file_are_told_all_at_once(lines: Callable[..., list[str]]) -> None:
    """Unknown keys, events and fields with the nearest name; sides that are missing."""
    found = lines("""
  - {name: a, recrd: {kind: STEP, fields: {}}, event: {name: case.step, values: {}}}
  - {name: b, record: {kind: STEP, fields: {}}, event: {name: case.stop, values: {}}}
  - {name: c, record: {kind: STEP, fields: {}}, event: {name: case.step, values: {step.cod: x}}}
  - {name: d, record: {kind: STEP, fields: {}}}
  - {name: e, direction: out, record: {kind: STEP, fields: {}}, refused: {CODE: GT243}}
  - {name: f, record: {kind: STEP, fields: {}}, event: {name: case.step, values: {}}, refused: {CODE: GT243}}
""")
    assert [line.partition(";")[0] for line in found] == [
        f"{FILE}:2:15 recrd: the key 'recrd' is not known here",
        f"{FILE}:2:5: a pair has `record` and `event`, or one of them and `refused` or `awaits`",
        f"{FILE}:3:63 event.name: there is no event named 'case.stop'",
        f"{FILE}:4:83 event.values.step.cod: there is no field named 'step.cod'",
        f"{FILE}:5:5: a pair has `record` and `event`, or one of them and `refused` or `awaits`",
        f"{FILE}:6:26 direction: a pair with only this side goes in",
        f"{FILE}:7:5: a pair has `record` and `event`, or one of them and `refused` or `awaits`",
    ]


def test_what_is_written_must_survive_its_wire(load: Callable[..., Any]) -> None:
    """A pair whose record the codec cannot carry does not hold, and names the field."""
    world = load({
        "county/case.step.yaml": "event: case.step\nrecord: STEP\nfields: {step.code: CODE, opinion: TEXT}\n",
        "county/tests/a.yaml": 'tests:\n  - name: rare\n    record: {kind: STEP, fields: {CODE: review, TEXT: "陈䶮"}}\n'
        '    event: {name: case.step, values: {step.code: review, opinion: "陈䶮"}}\n',
    }, dialect="dialect: county\ntitle: {zh: 县, en: County}\ncodec: json\ncharset: gb2312\n")
    [pair], _, _ = load_pairs(world.dialects["county"].folder, world.model, "mappings/county")
    [problem] = PairRun(pair, world.dialects["county"], Shower(world.model)).problems()
    assert (problem.code.id, problem.place.line) == ("GT333", 3)
    assert "陈䶮" not in problem.line()


# --- the verb ---------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(starter("mappings"), tmp_path / "mappings")
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(build_app("test"), ["test", *arguments, "--home", str(home)])


def test_the_verb_runs_all_dialects_or_those_named(home: Path) -> None:
    """Exit 0 where all pairs hold; JSON counts them."""
    answer = orjson.loads(run(home, "--json").stdout)
    assert (answer["ok"], answer["problems"]) == (True, [])
    assert all(one["pairs"] > 0 and one["failed"] == 0 for one in answer["dialects"])
    assert run(home, "hall-portal").stdout == "hall-portal：2 个样例，2 个成立，0 个不成立\n"


def test_the_verb_exits_1_where_a_pair_does_not_hold(home: Path) -> None:
    """A mapping changed by mistake is found by its pairs; there is nothing to mutate then."""
    table = home / "mappings/rongcheng/codes/step.status.yaml"
    table.write_text(table.read_text("utf-8").replace('"pass"', '"passed"'), "utf-8")
    result = run(home, "rongcheng", "--mutate", "--lang", "en")
    assert result.exit_code == 1
    assert "not mutated while pairs do not hold" in result.stdout
    assert "status: 审批 step：step.code review, step.status passed: refused: " in result.stdout


def test_the_verb_exits_2_where_files_are_wrong(home: Path) -> None:
    """A name nobody knows, a pair file with a mistake, a mapping that does not load: nothing is run."""
    assert run(home, "rongchen").exit_code == 2
    (home / "mappings/jiexi/tests/new.yaml").write_text("tests:\n  - {nam: x}\n", "utf-8")
    wrong = run(home, "jiexi")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "mappings/jiexi/tests/new.yaml:2:6 nam: " in wrong.stderr
    (home / "mappings/jiexi/dialect.yaml").write_text("dialect: jiexi\n", "utf-8")
    assert run(home, "jiexi").exit_code == 2
    assert run(home, "hall-portal").exit_code == 0  # what another dialect does wrong is not its matter


def test_a_dialect_without_pairs_is_told_and_hinders_nothing(home: Path) -> None:
    """A warning: exit 0."""
    shutil.rmtree(home / "mappings/jiexi/tests")
    result = run(home, "jiexi", "--lang", "en")
    assert result.exit_code == 0
    assert "the dialect jiexi has no pairs of record and event" in result.stdout

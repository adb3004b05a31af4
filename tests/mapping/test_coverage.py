"""Coverage: what samples hold that a dialect does not read, fill, translate or keep, counted with an example."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.mapping.coverage import Coverage, Finding
from guantong.mapping.showing import Shower
from guantong.record import Native
from guantong.starter import starter

RULES = """
event: case.step
record: STEP
fields:
  step.code: {at: CODE, codes: {handling: ["1", "01"], review: "2"}}
  step.at:   {at: [AT, TIME], format: [yyyyMMddHHmmss, yyyy-M-d]}
  operator:  {at: NAME, via: [trim], max_bytes: 6, over: cut}
  opinion:   {at: TEXT, empty: 无}
  version:   {at: VER, default: 1}
  materials: {each: LIST, fields: {name: NAME, kind: {at: KIND, codes: {original: "0", copy: "1"}}}}
"""
NOTHING: Mapping[str, Any] = {"system": {}, "site": {}, "case": {}}


@pytest.fixture
def measure(load: Callable[..., Any]) -> Callable[..., list[tuple[Any, ...]]]:
    """The findings of these records and events: kind, way, path, what, count, example."""

    def run(records: list[dict[str, Any]], events: list[dict[str, Any]] | None = None, **how: bool) -> list[tuple[Any, ...]]:
        world = load({"county/case.step.yaml": RULES})
        assert world.lines() == []
        coverage = Coverage(world.dialects["county"], Shower(world.model, **how))
        for number, fields in enumerate(records, 1):
            coverage.read(f"r{number}", Native(str(fields.pop("kind", "STEP")), fields), NOTHING)
        for number, values in enumerate(events or [], 1):
            coverage.write(f"e{number}", "case.step", {"case.step": values}, NOTHING)
        return [told(one) for one in coverage.findings()]

    return run


def told(one: Finding) -> tuple[Any, ...]:
    example = (one.example.sample, one.example.value, one.example.became) if one.example else None
    return (one.kind, one.way, one.path, one.what, one.count, example)


def only(findings: list[tuple[Any, ...]], *kinds: str) -> list[tuple[Any, ...]]:
    return [one for one in findings if one[0] in kinds]


def test_unread_fields_are_counted_with_a_masked_example(measure: Callable[..., Any]) -> None:
    """At any depth, also in records that are refused; a field no rule knows is masked whole."""
    found = measure([
        {"CODE": "1", "NEW": "secret", "LIST": [{"NAME": "a", "SIZE": "3"}, {"SIZE": "4"}]},
        {"CODE": "9", "NEW": "other", "EMPTY": ""},
        {"CODE": "1", "AT": "20140715103000", "TIME": "2014-7-16"},
    ])
    assert only(found, "unread") == [
        ("unread", "in", "NEW", "", 2, ("r1", "'***' (6)", "")),
        ("unread", "in", "LIST/SIZE", "", 1, ("r1", "'***' (1)", "")),
        ("unread", "in", "TIME", "", 1, ("r3", "'2014-7-16'", "")),
    ]


def test_fields_never_set_are_told_with_and_without_a_rule(measure: Callable[..., Any]) -> None:
    """A rule no sample fills is `unset`; a field of the event no rule sets is `unmapped`."""
    found = measure([{"CODE": "1", "LIST": [{"NAME": "a"}]}])
    assert [one[2] for one in only(found, "unset")] == ["materials.kind", "operator", "opinion", "step.at"]
    assert [one[2] for one in only(found, "unmapped")] == [
        "fee", "id_no", "org.code", "reason", "region", "serial.province", "step.day", "urgent"]


def test_codes_without_translation_are_counted_one_by_one(measure: Callable[..., Any]) -> None:
    """Each code of each field by itself, inside lists too, on the way in and out."""
    found = measure([{"CODE": "9"}, {"CODE": "9"}, {"CODE": "8", "LIST": [{"KIND": "7"}]}], [{"step.code": "approval"}])
    assert only(found, "untranslated") == [
        ("untranslated", "in", "CODE", "9", 2, ("r1", "", "")),
        ("untranslated", "in", "CODE", "8", 1, ("r3", "", "")),
        ("untranslated", "in", "LIST/KIND", "7", 1, ("r3", "", "")),
        ("untranslated", "out", "step.code", "approval", 1, ("e1", "", "")),
    ]


def test_codes_that_take_a_fallback_are_counted_too(load: Callable[..., Any]) -> None:
    """They are no refusals, yet nothing translates them."""
    world = load({"county/case.step.yaml": "event: case.step\nrecord: STEP\nfields: {step.code: {at: CODE, codes: {handling: \"1\"}, "
                  "otherwise: {in: handling, out: \"9\"}}}\n"})
    assert world.lines() == []
    coverage = Coverage(world.dialects["county"], Shower(world.model))
    coverage.read("r", Native("STEP", {"CODE": "7"}), NOTHING)
    coverage.write("e", "case.step", {"case.step": {"step.code": "review"}}, NOTHING)
    assert only([told(one) for one in coverage.findings()], "fallback", "untranslated") == [
        ("fallback", "in", "CODE", "7", 1, ("r", "", "handling")), ("fallback", "out", "step.code", "review", 1, ("e", "", "9"))]


def test_values_cut_filled_and_changed_are_told_apart(measure: Callable[..., Any]) -> None:
    """What we cut, what we put in, what we rewrote and why; names are masked on both sides."""
    found = measure(
        [{"CODE": "01", "TIME": "2014-7-5", "NAME": " 王小明 "}],
        [{"step.code": "handling", "operator": "欧阳小明", "version": 2}])
    assert only(found, "cut", "filled", "changed") == [
        ("cut", "out", "NAME", "cut", 1, ("e1", "operator '欧***' (4)", "'欧*' (2)")),
        ("filled", "in", "version", "default", 1, ("r1", "", "1")),
        ("filled", "out", "TEXT", "empty", 1, ("e1", "", "'无'")),
        ("changed", "in", "operator", "function", 1, ("r1", "NAME ' ****' (5)", "'王**' (3)")),
        ("changed", "in", "step.at", "alias", 1, ("r1", "TIME '2014-7-5'", "'2014-07-05T00:00:00+08:00'")),
        ("changed", "in", "step.at", "format", 1, ("r1", "TIME '2014-7-5'", "'2014-07-05T00:00:00+08:00'")),
        ("changed", "in", "step.code", "also", 1, ("r1", "CODE '01'", "'handling'")),
    ]
    assert "'王小明'" in str(measure([{"CODE": "1", "NAME": " 王小明"}], reveal=True))


def test_what_is_refused_is_told_by_field_and_code(measure: Callable[..., Any]) -> None:
    """Unreadable values, empty required fields, record kinds nobody reads, events nobody writes."""
    found = measure([{"AT": "soon"}, {"kind": "STOP"}])
    assert only(found, "refused") == [
        ("refused", "in", "STOP", "GT240", 1, ("r2", "", "")),
        ("refused", "in", "AT", "GT244", 1, ("r1", "'soon'", "")),
        ("refused", "in", "CODE", "GT242", 1, ("r1", "", "")),
    ]


# --- the verb ---------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(starter("mappings"), tmp_path / "mappings")
    (tmp_path / "samples").mkdir()
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(build_app("mapping"), ["mapping", "coverage", *arguments, "--home", str(home)])


def sample(home: Path, name: str, record: dict[str, Any]) -> str:
    (home / "samples" / name).write_bytes(orjson.dumps(record))
    return str(home / "samples" / name)


STEP = {"type": "step", "stepCode": "1", "time": "2014-07-18 09:12:05", "status": "pass", "mood": "good"}


def test_the_verb_counts_over_all_samples_of_a_folder(home: Path) -> None:
    """JSON: counts by kind, each finding with its example; the same as text."""
    sample(home, "a.json", STEP)
    sample(home, "b.json", {**STEP, "status": "lost"})
    result = run(home, "rongcheng", str(home / "samples"), "--json")
    answer = orjson.loads(result.stdout)
    assert (result.exit_code, answer["ok"], answer["records"]) == (0, True, {"in case.step": 2})
    assert (answer["counts"]["unread"], answer["counts"]["untranslated"]) == (1, 1)
    [unread] = [one for one in answer["findings"] if one["kind"] == "unread"]
    assert unread == {"kind": "unread", "way": "in", "mapping": "case.step", "path": "mood", "what": "", "count": 2,
                      "example": {"sample": "a.json#1", "value": "'***' (4)", "became": ""}}
    text = run(home, "rongcheng", str(home / "samples"), "--lang", "en").stdout
    assert "source field never read" in text
    assert "mood" in text


def test_the_limits_make_it_a_gate(home: Path) -> None:
    """Exit 1 when there are more findings of a kind than allowed, which ones is told; exit 0 at the limit."""
    file = sample(home, "a.json", {**STEP, "status": "lost"})
    assert run(home, "rongcheng", file, "--max-unread", "1", "--max-untranslated", "1").exit_code == 0
    result = run(home, "rongcheng", file, "--max-unread", "0", "--max-untranslated", "0", "--json")
    assert (result.exit_code, orjson.loads(result.stdout)["over"]) == (1, ["unread", "untranslated"])
    assert run(home, "rongcheng", sample(home, "b.json", {**STEP, "time": "soon"})).exit_code == 1


def test_samples_that_cannot_be_read_are_told_together(home: Path) -> None:
    """A missing file, bytes in another charset: one list, exit 2, nothing else."""
    (home / "samples" / "gb.json").write_bytes('{"type": "step", "memo": "陈"}'.encode("gb18030"))
    result = run(home, "rongcheng", str(home / "samples" / "gb.json"), str(home / "none.json"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert [name in result.stderr for name in ("gb.json", "none.json")] == [True, True]


@pytest.mark.parametrize("name", sorted(file.parent.name for file in starter("mappings").glob("*/dialect.yaml")))
def test_the_shipped_dialects_read_all_of_their_own_pairs(home: Path, name: str) -> None:
    """Nothing unread, nothing untranslated, nothing cut, no rule that is never filled."""
    result = run(home, name, "--max-unread", "0", "--max-untranslated", "0", "--max-cut", "0", "--max-unset", "0", "--json")
    assert orjson.loads(result.stdout)["over"] == []

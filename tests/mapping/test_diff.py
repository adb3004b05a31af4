"""Diff: what a change of mappings does to records, grouped, masked, and told before it is made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.mapping import Dialect
from guantong.mapping.diff import Comparison, Difference
from guantong.mapping.diff.difference import MOST_PAIRS
from guantong.mapping.showing import Shower
from guantong.starter import starter

OLD = """
event: case.step
record: STEP
fields:
  step.code: {at: CODE, codes: {handling: "1", review: "2", approval: "3"}, otherwise: park}
  step.at:   {at: AT, format: [yyyyMMddHHmmss]}
  operator:  NAME
  opinion:   TEXT
  version:   {at: VER, default: 1}
  materials: {each: LIST, fields: {name: NAME, kind: {at: KIND, codes: {original: "0", copy: "1"}, otherwise: park}}}
"""
NOTHING: Mapping[str, Any] = {"system": {}, "site": {}, "case": {}}
Diff = Callable[..., tuple[Comparison, list[tuple[Any, ...]]]]


@pytest.fixture
def diff(load: Callable[..., Any]) -> Diff:
    """The comparison of OLD with *new* rules over these records; each difference as kind, way, path, old, new, count."""

    def run(new: str, records: list[dict[str, Any]], *, old: str = OLD) -> tuple[Comparison, list[tuple[Any, ...]]]:
        before: Dialect = load({"county/case.step.yaml": old}).dialects["county"]
        world = load({"county/case.step.yaml": new})
        assert world.lines() == []
        shower = Shower(world.model)
        compared = Comparison(before, world.dialects["county"], shower, shower)
        for number, fields in enumerate(records, 1):
            compared.body(f"r{number}", orjson.dumps(fields), "STEP", NOTHING)
        return compared, [told(one) for one in compared.differences()]

    return run


def told(one: Difference) -> tuple[Any, ...]:
    return one.kind, one.way, one.path, one.old, one.new, one.count


def test_the_same_version_differs_in_nothing(diff: Diff) -> None:
    """Whatever the records: read, refused, or left in part."""
    compared, found = diff(OLD, [{"CODE": "1", "NEW": "x"}, {"CODE": "9"}, {"CODE": "2", "LIST": [{"NAME": "a", "KIND": "0"}]}])
    assert found == []
    assert (compared.records, compared.differing) == (3, 0)


def test_a_changed_row_of_a_code_table_is_told_by_pairs_with_their_counts(diff: Diff) -> None:
    """Both directions, most frequent first: what the county will see, and what we will."""
    new = OLD.replace('review: "2", approval: "3"', 'review: "3", approval: "2"')
    compared, found = diff(new, [{"CODE": "2"}] * 3 + [{"CODE": "3"}] + [{"CODE": "1"}])
    assert found == [
        ("changed", "in", "step.code", "'review'", "'approval'", 3), ("changed", "in", "step.code", "'approval'", "'review'", 1),
        ("changed", "out", "CODE", "'2'", "'3'", 3), ("changed", "out", "CODE", "'3'", "'2'", 1),
    ]
    assert (compared.records, compared.differing) == (5, 4)


DATED = OLD.replace('review: "2", approval: "3"', 'review: {value: "2", until: 2014-06-30}, approval: {value: "2", from: 2014-07-01}')


def test_a_changed_day_of_a_row_is_told_by_the_records_it_moves(diff: Diff) -> None:
    """Only those between the two days differ, grouped as any other change."""
    new = DATED.replace("until: 2014-06-30", "until: 2014-06-10").replace("from: 2014-07-01", "from: 2014-06-11")
    records = [{"CODE": "2", "AT": at} for at in ("20140610235959", "20140611000000", "20140630235959", "20140701000000")]
    compared, found = diff(new, records, old=DATED)
    assert found == [("changed", "in", "step.code", "'review'", "'approval'", 2),
                     ("refused", "out", "step.code", "", "GT251", 2)]
    assert (compared.records, compared.differing) == (4, 2)


def test_a_row_given_an_end_is_told_as_what_is_refused_then(diff: Diff) -> None:
    """Records after its last day have no translation any more."""
    new = OLD.replace('review: "2"', 'review: {value: "2", until: 2014-06-30}')
    _, found = diff(new, [{"CODE": "2", "AT": "20140630000000"}, {"CODE": "2", "AT": "20140701000000"}, {"CODE": "2"}])
    assert found == [("refused", "in", "CODE", "", "GT251", 1), ("refused", "out", "step.code", "", "GT251", 1)]


def test_personal_values_are_grouped_and_shown_masked(diff: Diff) -> None:
    """Two hundred names are one difference with one masked example; free text likewise."""
    compared, found = diff(OLD.replace("operator:  NAME", "operator:  {at: NAME, via: [trim]}"),
                           [{"CODE": "1", "NAME": " 王小明"}, {"CODE": "1", "NAME": " 李小红"}])
    assert ("changed", "in", "operator", "", "", 2) in found
    example = compared.differences()[0].example
    assert (example.sample, example.new) == ("r1#1", "'王**' (3)")
    assert "小明" not in str([one.as_json() for one in compared.differences()])


def test_records_refused_by_one_version_are_told_by_field_and_code(diff: Diff) -> None:
    """A code that was parked and now reads, and one that read and now parks."""
    new = OLD.replace('handling: "1", ', 'handling: "9", ')
    _, found = diff(new, [{"CODE": "1"}, {"CODE": "9"}])
    codes = {(kind, path): count for kind, way, path, _, _, count in found if way == "in"}
    assert codes == {("refused", "CODE"): 1, ("accepted", "CODE"): 1}


def test_values_that_appear_vanish_or_change_in_lists_are_told_apart(diff: Diff) -> None:
    """Paths have no item numbers; a source field no longer read is named."""
    new = OLD.replace("  opinion:   TEXT\n", "").replace('default: 1', 'default: 2').replace("name: NAME, ", "").replace(
        'original: "0", copy: "1"', 'original: "1", copy: "0"') + "  reason: WHY\n"
    _, found = diff(new, [{"CODE": "1", "TEXT": "a", "WHY": "b", "LIST": [{"NAME": "m", "KIND": "0"}, {"KIND": "1"}]}])
    assert found[: found.index(("read", "in", "WHY", "", "", 1)) + 1] == [
        ("changed", "in", "materials.kind", "'copy'", "'original'", 1), ("changed", "in", "materials.kind", "'original'", "'copy'", 1),
        ("changed", "in", "version", "'1'", "'2'", 1),
        ("added", "in", "reason", "", "", 1),
        ("removed", "in", "materials.name", "", "", 1), ("removed", "in", "opinion", "", "", 1),
        ("unread", "in", "LIST/NAME", "", "", 1), ("unread", "in", "TEXT", "", "", 1),
        ("read", "in", "WHY", "", "", 1),
    ]


def test_many_pairs_of_one_field_do_not_flood_the_answer(diff: Diff) -> None:
    """After some, the others are counted together."""
    new = OLD.replace("version:   {at: VER, default: 1}", "version:   {at: [NO, VER], default: 1}")
    _, found = diff(new, [{"CODE": "1", "VER": str(number), "NO": "0"} for number in range(1, 60)])
    pairs = [one for one in found if one[:3] == ("changed", "in", "version")]
    assert len(pairs) == MOST_PAIRS + 1
    assert sum(one[5] for one in pairs) == 59
    assert max(pairs, key=lambda one: one[5])[3:] == ("", "", 59 - MOST_PAIRS)


def test_bytes_that_one_version_cannot_decode_are_a_difference(load: Callable[..., Any]) -> None:
    """Not an end of the run."""
    before = load({"county/case.step.yaml": OLD}).dialects["county"]
    world = load({"county/case.step.yaml": OLD}, dialect="dialect: county\ntitle: {zh: 县, en: C}\ncodec: json\ncharset: gb18030\n")
    shower = Shower(world.model)
    compared = Comparison(before, world.dialects["county"], shower, shower)
    compared.body("r", '{"CODE":"1","TEXT":"无"}'.encode("gb18030"), "STEP", NOTHING)
    (one,) = compared.differences()
    assert (one.kind, one.way, one.count, compared.differing) == ("accepted", "in", 1, 1)
    assert one.old.startswith("GT")


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    """The shipped mappings, and a copy in which two rows of a code table are swapped."""
    for name in ("old", "new"):
        shutil.copytree(starter("mappings"), tmp_path / name / "mappings")
    table = tmp_path / "new/mappings/gd-exchange/codes/outcome.acceptance.yaml"
    text = table.read_text(encoding="utf-8")
    swapped = text.replace('"2"', '"x"').replace('"3"', '"2"').replace('"x"', '"3"')
    assert swapped != text
    table.write_text(swapped, encoding="utf-8")
    return tmp_path / "old", tmp_path / "new"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app("mapping"), ["mapping", "diff", *map(str, arguments)])


def test_the_verb_finds_the_changed_dialect_and_its_pairs_by_itself(homes: tuple[Path, Path]) -> None:
    """Of dialects that differ because another one changed, the one that changed is meant. Exit status 1."""
    done = run(*homes, "--json")
    assert done.exit_code == 1, done.stderr
    answer = orjson.loads(done.stdout)
    assert (answer["old"]["dialect"], answer["ok"]) == ("gd-exchange", False)
    assert {(one["event"], one["way"], one["old"], one["new"]) for one in answer["differences"]} >= {
        ("case.acceptance", "in", "'refused'", "'correction'"), ("case.acceptance", "out", "'2'", "'3'")}
    assert run(homes[0], homes[0] / "mappings", "--dialect", "jiedong").exit_code == 0


def test_samples_may_be_named_one_after_the_other(homes: tuple[Path, Path], tmp_path: Path) -> None:
    """`--records a b`, and folders."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text('{"SBLSH": "1", "SLZTDM": "2", "SLSJ": "2014-07-15 10:30:00"}', encoding="utf-8")
    done = run(homes[0] / "mappings/gd-exchange", homes[1], "--kind", "EX_GDBS_SL",
               "--records", tmp_path / "a.json", tmp_path / "b.json", "--lang", "en")
    assert done.exit_code == 1
    assert "2 records, 2 differ" in done.stdout
    assert "'refused' → 'correction'" in done.stdout


def test_what_cannot_be_compared_ends_the_verb_with_what_to_do(homes: tuple[Path, Path], tmp_path: Path) -> None:
    """Exit status 2, in both languages."""
    wrong = run(tmp_path / "nowhere", homes[0])
    assert (wrong.exit_code, "GT269" in wrong.stderr) == (2, True)
    unclear = run(*[homes[0]] * 2)
    assert (unclear.exit_code, "GT268" in unclear.stderr, "--dialect" in unclear.stderr) == (2, True, True)
    unknown = run(*homes, "--dialect", "jiedon")
    assert (unknown.exit_code, "GT260" in unknown.stderr) == (2, True)
    missing = run(*homes, "--dialect", "jiedong", "--records", tmp_path / "none.json")
    assert (missing.exit_code, "GT261" in missing.stderr) == (2, True)


def test_a_sample_that_neither_version_can_read_ends_the_verb(homes: tuple[Path, Path], tmp_path: Path) -> None:
    """A file in the wrong charset is no agreement of the two: it is named, and the exit status is 2."""
    (tmp_path / "gbk.json").write_bytes('{"type": "accept", "operatorName": "无"}'.encode("gb18030"))
    done = run(*homes, "--dialect", "rongcheng", "--records", tmp_path / "gbk.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "gbk.json: the body is not UTF-8: byte 0xCE at position 36" in done.stderr
    assert "[GT262]" in done.stderr

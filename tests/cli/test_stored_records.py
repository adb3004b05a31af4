"""Stored records through mappings: `mapping diff --records stored`, `mapping coverage --stored`. Nothing is disturbed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.cli.desk import ACCEPTANCE, COUNTY, Desk

from guantong.operations.stored import Selection, selection

TABLE = "mappings/rongcheng/codes/outcome.acceptance.yaml"
NOW = 1_784_000_000_000


@pytest.fixture
def newer(desk: Desk) -> Path:
    """A home with three stored messages, and beside it a copy in which two codes are exchanged."""
    desk.tell(ACCEPTANCE, {**ACCEPTANCE, "ver": "2"}, {**ACCEPTANCE, "ver": "3", "result": "refused"})
    copy = desk.home.parent / "newer"
    shutil.copytree(desk.home / "mappings", copy / "mappings")
    table = copy / TABLE
    table.write_text(table.read_text().replace('"accepted"', '"x"').replace('"refused"', '"accepted"').replace('"x"', '"refused"'))
    return copy


def found(desk: Desk, *words: str) -> tuple[int, list[tuple[Any, ...]]]:
    answer = orjson.loads(desk.guantong("mapping", "diff", str(desk.home), *words, "--json").stdout)
    told = [(one["kind"], one["way"], one["path"], one["old"], one["new"], one["count"], one["example"]["sample"])
            for one in answer["differences"]]
    return answer["records"], told


def test_a_changed_code_is_told_over_all_that_came_with_its_count_and_an_example(desk: Desk, newer: Path) -> None:
    """What each version makes of what the store holds; the newest record is the example."""
    records, told = found(desk, str(newer), "--records", "stored")
    assert records == 3
    assert told == [("changed", "in", "outcome", "'accepted'", "'refused'", 2, "M2#1"),
                    ("changed", "in", "outcome", "'refused'", "'accepted'", 1, "M3#1")]


def test_what_went_out_is_written_by_both_with_its_facts(desk: Desk) -> None:
    """The deliveries to the systems that speak the dialect, by the events kept and the facts of their case."""
    desk.tell(ACCEPTANCE)
    copy = desk.home.parent / "newer"
    shutil.copytree(desk.home / "mappings", copy / "mappings")
    table = copy / "mappings/gd-exchange/codes/outcome.acceptance.yaml"
    table.write_text(table.read_text().replace('"1"', '"7"', 1))
    records, told = found(desk, str(copy), "--records", "stored", "--dialect", "gd-hall-sites")
    assert (records, told) == (1, [("changed", "out", "SLZTDM", "'1'", "'7'", 1, "D1")])


def test_which_records_are_looked_at_can_be_said(desk: Desk, newer: Path) -> None:
    """Of one system, since a time, the newest so many."""
    assert found(desk, str(newer), "--messages", f"system={COUNTY},limit=1")[0] == 1
    assert found(desk, str(newer), "--messages", "since=2999-01-01")[0] == 0
    wrong = desk.guantong("mapping", "diff", str(desk.home), str(newer), "--messages", "sistem=x")
    assert (wrong.exit_code, "[GT180]" in wrong.stderr) == (2, True)
    unknown = desk.guantong("mapping", "diff", str(desk.home), str(newer), "--messages", "system=rongcheng.aproval")
    assert (unknown.exit_code, "(rongcheng.approval?)" in unknown.stderr) == (2, True)


def test_coverage_tells_what_live_traffic_leaves(desk: Desk) -> None:
    """Fields nobody reads and codes nobody knows, each with the message that holds it first."""
    desk.tell({**ACCEPTANCE, "extra": "x"}, {**ACCEPTANCE, "ver": "2", "result": "granted"})
    answer = desk.json("mapping", "coverage", "rongcheng", "--stored")
    assert answer["records"] == {"in case.acceptance": 2}
    told = {(one["kind"], one["path"], one["what"]): (one["count"], one["example"]["sample"]) for one in answer["findings"]
            if one["kind"] in ("unread", "untranslated")}
    assert told == {("unread", "extra", ""): (1, "M1"), ("untranslated", "result", "granted"): (1, "M2")}
    nobody = desk.guantong("mapping", "coverage", "national", "--stored")
    assert (nobody.exit_code, "[GT181]" in nobody.stderr) == (2, True)


@pytest.mark.parametrize(("text", "chosen"), [
    ("", Selection()),
    ("system=a.b, limit=5", Selection("a.b", 0, 5)),
    ("since=1d", Selection(None, NOW - 86_400_000)),
    ("since=2014-07-15T10:30", Selection(None, 1_405_391_400_000)),
    ("since=2014-07-15T02:30+00:00", Selection(None, 1_405_391_400_000)),
])
def test_a_selection_reads_as_it_is_written(text: str, chosen: Selection) -> None:
    """Times without a zone are Shanghai's."""
    assert selection(text, NOW) == chosen


@pytest.mark.parametrize("text", ["system=", "limit=0", "limit=x", "limit=-1", "since=", "since=yesterday", "x", "since=²d"])
def test_a_part_that_selects_nothing_is_named(text: str) -> None:
    """The part itself is what is told."""
    with pytest.raises(ValueError, match=f"^{text}$"):
        selection(text, NOW)

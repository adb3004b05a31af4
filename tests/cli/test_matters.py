"""The verbs of the catalogue of matters, and what mappings make of its crosswalk."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.desk import Desk

OLD, NEW, OTHER = "10000000100000000013445202", "1144520200703000044000119001000", "1144520200703000044000119002000"
TABLE = f"""实施编码,版本,事项名称,原事项编码,生效日期,失效日期
{NEW},1,再生育审批,{OLD},2013-01-01,2014-06-30
{OTHER},1,再生育登记,{OLD},2014-07-01,
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "目录.csv"
    path.write_text(TABLE, encoding="gb18030")
    return path


def test_the_verbs_import_list_show_and_export(desk: Desk, catalogue: Path, tmp_path: Path) -> None:
    """A dry run keeps nothing; each answer is one JSON object."""
    assert desk.json("matters", "import", str(catalogue), "--dry-run")["counts"] == {"added": 2}
    nothing = desk.guantong("matters", "list")
    assert (nothing.exit_code, "GT848" in nothing.stderr) == (1, True)
    assert desk.json("matters", "import", str(catalogue), "--as", "陈工")["version"] == 1
    assert desk.json("matters", "import", str(catalogue), "--as", "陈工")["version"] is None
    listed = desk.json("matters", "list", "--on", "2014-07-15")["matters"]
    assert [one["code"] for one in listed] == [OTHER]
    assert [one["code"] for one in desk.json("matters", "show", OLD)["matters"]] == [NEW, OTHER]
    missing = desk.guantong("matters", "show", OLD[:-1])
    assert (missing.exit_code, "GT847" in missing.stderr, OLD in missing.stderr) == (1, True, True)
    out = tmp_path / "out.xlsx"
    assert desk.json("matters", "export", str(out))["matters"] == 2
    assert desk.json("matters", "import", str(out), "--dry-run")["changes"] == []
    assert desk.guantong("matters", "export", str(out)).exit_code == 2


def test_a_damaged_catalogue_is_said(desk: Desk, catalogue: Path) -> None:
    """Nobody reads half of it."""
    desk.json("matters", "import", str(catalogue), "--as", "陈工")
    path = desk.home / "var/matters/000001.json"
    path.write_text(path.read_text(encoding="utf-8").replace("再生育审批", "再生育许可"), encoding="utf-8")
    shown = desk.guantong("matters", "list")
    assert (shown.exit_code, "GT845" in shown.stderr) == (1, True)


def test_a_mapping_reads_old_codes_by_the_events_own_day(desk: Desk, catalogue: Path) -> None:
    """The code table made of the catalogue: what the old list called one thing is two after July; a code that no list
    knows goes on as it is."""
    desk.json("matters", "import", str(catalogue), "--as", "陈工")
    assert desk.json("matters", "crosswalk", "gd-exchange")["rows"] == 2
    mapping = desk.home / "mappings/gd-exchange/case.application.yaml"
    text = mapping.read_text(encoding="utf-8")
    (line,) = [one for one in text.splitlines() if one.strip().startswith("item.code:")]
    mapping.write_text(text.replace(line, "  item.code: {at: SXBM, via: [trim@1], codes: item.crosswalk, otherwise: keep}"), encoding="utf-8")
    for day, code, told in (("2014-06-30", OLD, NEW), ("2014-07-01", OLD, OTHER), ("2014-07-01", "X1", "X1")):
        record = f'{{"SBLSH": "10000010100699201211407150777", "SXBM": "{code}", "SBSJ": "{day} 10:30:00", "SXMC": "甲"}}'
        sample = desk.home / "sample.json"
        sample.write_text(record, encoding="utf-8")
        result = desk.guantong("try", "gd-exchange", str(sample), "--kind", "EX_GDBS_SB", "--json")
        assert f'"{told}"' in result.stdout, result.stdout + result.stderr

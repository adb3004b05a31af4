"""The shelf: what maps records can be read on disk, under the id of what it is made of; it is never run from there."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guantong.mapping import Dialect
from guantong.mapping.emit import Odd
from guantong.mapping.overview import source_text
from guantong.mapping.shelf import shelve

STEP = "event: case.step\nrecord: STEP\nfields:\n  serial.province: SBLSH\n  step.code: {at: HJ, codes: {handling: \"1\"}}\n"
RECORD = {"SBLSH": "A1", "HJ": "1"}
CONTEXT: dict[str, Any] = {}


@pytest.fixture
def dialect(load: Callable[..., Any]) -> Dialect:
    world = load({"county/case.step.yaml": STEP})
    assert world.lines() == []
    found: Dialect = world.dialects["county"]
    return found


def test_the_source_that_ran_stands_under_its_plans_id(dialect: Dialect, tmp_path: Path) -> None:
    """Written when first compiled, for each way; its text is what `mapping show --source` prints."""
    plan, folder = dialect.plans["case.step"], tmp_path / "shelf"
    shelve(folder, dialect_by_name(dialect))
    assert not folder.exists()
    values = plan.inward(RECORD, CONTEXT).values
    plan.outward(values, CONTEXT)
    written = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert written == {
        f"{plan.id}.in.py": source_text("county", plan, inward=True),
        f"{plan.id}.out.py": source_text("county", plan, inward=False),
    }
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_traceback_shows_the_lines_on_the_shelf(dialect: Dialect, tmp_path: Path) -> None:
    """The code's file is the one on disk, comments and all: its lines are the ones that ran."""
    plan = dialect.plans["case.step"]
    shelve(tmp_path / "shelf", dialect_by_name(dialect))
    plan.inward(RECORD, CONTEXT)
    with pytest.raises((Odd, TypeError)) as failed:
        plan._fast_inward({"SBLSH": ["A1"], "HJ": "1"}, CONTEXT)
    last = traceback.extract_tb(failed.value.__traceback__)[-1]
    assert last.filename == str(tmp_path / "shelf" / f"{plan.id}.in.py")
    assert last.line


def test_a_file_somebody_changed_is_written_anew_and_never_run(dialect: Dialect, tmp_path: Path) -> None:
    """Whoever may write the cache gets nothing to run by it."""
    plan = dialect.plans["case.step"]
    shelve(tmp_path / "shelf", dialect_by_name(dialect))
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / f"{plan.id}.in.py").write_text("raise SystemExit('run from the shelf')", encoding="utf-8")
    assert plan.inward(RECORD, CONTEXT).values == {"serial.province": "A1", "step.code": "handling"}
    assert (tmp_path / "shelf" / f"{plan.id}.in.py").read_text(encoding="utf-8") == source_text("county", plan, inward=True)


def test_what_is_no_longer_in_force_goes(dialect: Dialect, tmp_path: Path) -> None:
    """Old plans leave the shelf; other files are nobody's business of ours."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in ("0123456789abcdef.in.py", "notes.txt"):
        (folder / name).write_text("", encoding="utf-8")
    shelve(folder, dialect_by_name(dialect))
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]


def test_a_folder_that_cannot_be_written_is_done_without(dialect: Dialect, tmp_path: Path) -> None:
    """A read-only home maps as any other."""
    (tmp_path / "shelf").write_text("a file where the folder should be", encoding="utf-8")
    shelve(tmp_path / "shelf", dialect_by_name(dialect))
    assert dialect.plans["case.step"].inward(RECORD, CONTEXT).values == {"serial.province": "A1", "step.code": "handling"}


def dialect_by_name(dialect: Dialect) -> dict[str, Dialect]:
    return {dialect.name: dialect}

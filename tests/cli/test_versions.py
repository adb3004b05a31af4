"""Kept versions by their names: listed, and compared with files and with what a running hub uses."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
from tests.cli.desk import ACCEPTANCE, Desk
from tests.operations.test_hub import hub_on

TABLE = "mappings/rongcheng/codes/outcome.acceptance.yaml"


def changed(desk: Desk) -> str:
    """A record that came, then a changed code in the files; the version that was kept."""
    desk.tell(ACCEPTANCE)
    desk.edit(TABLE, '"accepted"', '"ok"')
    (kept,) = desk.json("mapping", "versions", "rongcheng")["versions"]
    return str(kept["version"])


def differences(text: str) -> list[tuple[Any, ...]]:
    return [(one["kind"], one["way"], one["path"], one["old"], one["new"], one["count"])
            for one in orjson.loads(text)["differences"]]


def test_versions_are_listed_with_what_is_in_the_files_and_what_runs(desk: Desk) -> None:
    """Newest first; nothing runs here, and the files changed since."""
    version = changed(desk)
    answer = desk.json("mapping", "versions")
    assert {one["dialect"] for one in answer["versions"]} == set(desk.configuration().dialects)
    told = {one["dialect"]: (one["running"], one["in_files"]) for one in answer["versions"]}
    assert (told["rongcheng"], told["jiedong"]) == ((False, False), (False, True))
    shown = desk.guantong("mapping", "versions", "rongcheng").stdout
    assert version in shown
    assert desk.guantong("mapping", "versions", "rongcheg").exit_code == 2


def test_nothing_is_kept_before_the_first_start(desk: Desk) -> None:
    """Said in words, not by an empty table."""
    assert "还没有留存任何版本" in desk.guantong("mapping", "versions").stdout


def test_a_kept_version_is_compared_with_the_files_on_stored_records(desk: Desk) -> None:
    """By its hash or the first digits of it; without records, on the pairs of the files."""
    version = changed(desk)
    result = desk.guantong("mapping", "diff", version[:8], "rongcheng", "--records", "stored", "--json")
    assert (result.exit_code, differences(result.stdout)) == (1, [("refused", "in", "result", "", "GT243", 1)])
    pairs = desk.guantong("mapping", "diff", version, "rongcheng", "--json")
    assert orjson.loads(pairs.stdout)["records"] > 10
    missing = desk.guantong("mapping", "diff", "0123456789abcdef", "rongcheng")
    assert (missing.exit_code, "[GT269]" in missing.stderr) == (2, True)


async def test_what_the_running_hub_uses_is_compared_with_the_files(tmp_path: Path) -> None:
    """The files may be ahead of it; where no hub runs, that is said."""
    home = tmp_path / "home"
    sample = tmp_path / "a.json"
    sample.write_bytes(orjson.dumps({"type": "step", "own": "1", "code": "a", "title": "x", "ver": "1"}))
    words = ("mapping", "diff", "running", str(home), "--dialect", "plain", "--records", str(sample), "--home", str(home), "--json")
    async with hub_on(home, {}):
        file = home / "mappings/plain/case.step.yaml"
        file.write_text(file.read_text().replace("step.code: code", "step.code: {at: code, via: [upper@1]}"))
        result = await asyncio.to_thread(Desk.anywhere, *words)
        listed = await asyncio.to_thread(Desk.anywhere, "mapping", "versions", "plain", "--home", str(home), "--json")
    assert differences(result.stdout) == [("changed", "in", "step.code", "", "", 1)]
    assert [(one["running"], one["in_files"]) for one in orjson.loads(listed.stdout)["versions"]] == [(True, False)]
    stopped = await asyncio.to_thread(Desk.anywhere, *words)
    assert (stopped.exit_code, "[GT642]" in stopped.stderr) == (2, True)

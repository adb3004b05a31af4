"""Seeded mistakes: each slip that city IT may make in the starter's files is told at its place, in both languages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from guantong.config import Loaded, load
from guantong.mapping.memory import Memory
from guantong.plugins import registry
from guantong.starter import starter

SEEDED = yaml.safe_load(Path(__file__).with_name("seeded_mistakes.yaml").read_text(encoding="utf-8"))
A_KEY = "0123456789abcdef"
LEAST = 40


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter as a home of its own, with nothing to warn of."""
    home = tmp_path_factory.mktemp("good")
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), home / kind)
    hub = home / "config/guantong.yaml"
    hub.write_text(hub.read_text("utf-8").replace("folder: var/keys", "folder: /srv/keys"), encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def look(good: Path) -> Callable[[], Loaded]:
    """Loads the home as it is now, every secret set: most are keys of SM4, one is too short to be."""
    text = "".join(file.read_text("utf-8") for file in (good / "config").rglob("*.yaml"))
    environment = {**dict.fromkeys(re.findall(r"env: (\w+)", text), A_KEY), "SHORT": "abc"}
    memory, plugged = Memory(), registry()
    return lambda: load(good, plugged, environment, memory=memory)


def _body(case: Mapping[str, Any], home: Path, before: bytes) -> bytes:
    """What the file of a case holds once the slip is made."""
    if "contents" in case:
        return str(case["contents"]).encode()
    if "copy_of" in case:
        return (home / str(case["copy_of"])).read_bytes()
    text = before.decode("utf-8")
    if "saved_as" in case:
        return text.encode(str(case["saved_as"]))
    assert case["text"] in text, "the starter no longer says so"
    return text.replace(str(case["text"]), str(case["becomes"]), 1).encode()


def test_the_home_is_right_before(look: Callable[[], Loaded]) -> None:
    """Nothing is told of the starter itself."""
    assert [problem.line() for problem in look().problems] == []


def test_there_are_enough_of_them() -> None:
    """Of every kind, each told apart by its name."""
    assert len({case["what"] for case in SEEDED}) == len(SEEDED) >= LEAST


@pytest.mark.parametrize("case", SEEDED, ids=lambda case: case["what"])
def test_a_slip_is_told_where_it_is(case: Mapping[str, Any], good: Path, look: Callable[[], Loaded]) -> None:
    """File, line, column, path, what was expected and what came, what to do: every line, and no other."""
    file = good / case["file"]
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_body(case, good, before or b""))
    try:
        problems = look().problems
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)
    for language in ("zh", "en"):
        assert [problem.line(language) for problem in problems] == [_placed(line, case, before) for line in case[language]]


def _placed(line: str, case: Mapping[str, Any], before: bytes | None) -> str:
    """A line of a case with the place `<+1>`, counted from where the slip begins, written out."""
    if "text" not in case:
        return line
    begins = (before or b"").decode("utf-8").split(case["text"], 1)[0].count("\n") + 1
    return re.sub(r":<([+-]\d+)>:", lambda found: f":{begins + int(found[1])}:", line, count=1)

"""What an earlier command found of the mappings is found again, the same, or not at all."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from tests.mapping.conftest import CANONICAL, DIALECT

from guantong.config import Loaded, load
from guantong.mapping import load as mappings
from guantong.mapping import outlines
from guantong.mapping.memory import Memory
from guantong.mapping.outlines import Outlined, outlines_in
from guantong.plugins import registry
from guantong.record import Native
from guantong.yamlfolder import YamlFolder

STEP = "event: case.step\nrecord: STEP\nfields: {serial.province: SBLSH, step.code: HJ, opinion: {at: YJ, via: [trim]}}\nout: {BZ: $system.note}\n"
HEIR = "dialect: heir\nextends: county\ntitle: {zh: 乡, en: Heir}\nfacts: {note: {title: {zh: 注, en: Note}, example: x}}\n"
FILES = {**CANONICAL, "county/dialect.yaml": DIALECT, "county/case.step.yaml": STEP, "heir/dialect.yaml": HEIR}
MISTAKES = {
    "county/case.step.yaml": STEP.replace("[trim]", "[trimm]") + "ignored: {a: b}\nwithout: [nothing]\n",
    "heir/dialect.yaml": HEIR + "charset: utf-9\n",
    "lost/dialect.yaml": "dialect: lost\nextends: nowhere\ntitle: {zh: 无}\n",
    "circle/dialect.yaml": "dialect: circle\nextends: circle\ntitle: {zh: 圈, en: Circle}\ncodec: json\n",
    "torn/dialect.yaml": "dialect: [torn\n",
    "county/codes/odd.yaml": "table: {a: {b: c}}\n",
    "none/readme.yaml": "x: y\n",
}


def write(home: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = home / "mappings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home on which a hub ran once: its mappings, no configuration of its own."""
    write(tmp_path, FILES)
    (tmp_path / "var").mkdir(mode=0o700)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/routes.yaml").write_text("routes: []\n")
    return tmp_path


def cold(home: Path) -> Loaded:
    return load(home, registry(), {}, secrets=False)


def cached(home: Path) -> Loaded:
    return load(home, registry(), {}, secrets=False, outlines=outlines_in(home))


def ids(loaded: Loaded) -> dict[str, dict[str, str]]:
    assert loaded.configuration is not None
    return {name: {key: plan.id for key, plan in one.plans.items()} for name, one in loaded.configuration.dialects.items()}


def outlined(loaded: Loaded) -> bool:
    assert loaded.configuration is not None
    return all(isinstance(one, Outlined) for one in loaded.configuration.dialects.values())


def test_every_problem_is_the_same_from_files_cache_and_memory(home: Path) -> None:
    """Code, place, path and details, in the same order; whatever was loaded before."""
    memory = Memory()
    load(home, registry(), {}, secrets=False, memory=memory)
    cached(home)
    write(home, MISTAKES)
    expected = cold(home).problems
    assert len(expected) > 10
    for _ in range(3):
        assert cached(home).problems == expected
        assert load(home, registry(), {}, secrets=False, memory=memory).problems == expected
    assert outlines_in(home).exists()
    write(home, {"heir/dialect.yaml": HEIR})
    assert cold(home).problems != expected
    assert cached(home).problems == load(home, registry(), {}, secrets=False, memory=memory).problems == cold(home).problems


def test_a_dialect_known_by_its_outline_answers_and_translates_as_in_full(home: Path) -> None:
    """What is asked of it first, and all the rest when it is used."""
    full = cold(home).configuration
    cached(home)
    loaded = cached(home)
    assert outlined(loaded)
    assert loaded.configuration is not None
    assert full is not None
    record = Native("STEP", {"SBLSH": "P1", "HJ": "review", "YJ": " 同意 "})
    for name, one in loaded.configuration.dialects.items():
        real = full.dialects[name]
        for ask in ("name", "extends", "title", "title_en", "versioning", "version", "folder", "facts"):
            assert getattr(one, ask) == getattr(real, ask)
        assert (one.kinds_in(), one.events_in(), one.events_out()) == (real.kinds_in(), real.events_in(), real.events_out())
        for event in ("case.step", "case.other"):
            assert (one.speaks(event), one.reads_reply(event), one.facts_read(event)) == (
                real.speaks(event), real.reads_reply(event), real.facts_read(event))
        assert (one.hears("STEP"), one.hears("OTHER")) == (True, False)
        assert one.inward(record, {}) == real.inward(record, {})
        assert one.needs("case.step") == real.needs("case.step")
        with pytest.raises(AttributeError, match="nosuch"):
            getattr(one, "nosuch")  # noqa: B009 - a name nobody declared
    assert ids(loaded) == ids(cold(home))


def test_using_one_dialect_reads_only_what_it_is_made_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others stay outlines."""
    write(home, {f"other{number}/dialect.yaml": HEIR.replace("heir", f"other{number}") for number in range(3)})
    cached(home)
    loaded = cached(home)
    assert loaded.configuration is not None
    read: list[str] = []
    real = mappings._read_folder

    def noted(name: str, folder: YamlFolder, shown: str) -> Any:
        read.append(name)
        return real(name, folder, shown)

    monkeypatch.setattr(mappings, "_read_folder", noted)
    assert loaded.configuration.dialects["heir"].plans["case.step"].event == "case.step"
    assert sorted(read) == ["county", "heir"]


@pytest.mark.parametrize("harm", ["cut", "altered", "empty", "no JSON", "another's key", "no dialects", "a folder"])
def test_a_damaged_cache_is_passed_over_and_made_anew(home: Path, harm: str) -> None:
    """Nobody hears of it: what it would have saved is done."""
    cached(home)
    file = outlines_in(home)
    sound = file.read_bytes()
    said = orjson.loads(sound.partition(b"\n")[2])
    body = {
        "cut": sound[:-10], "altered": sound.replace(b'"name":"county"', b'"name":"cuonty"'), "empty": b"",
        "no JSON": _sealed(b"{"), "another's key": _sealed(orjson.dumps({**said, "key": "0" * 64, "dialects": []})),
        "no dialects": _sealed(orjson.dumps({"key": said["key"], "problems": []})),
    }.get(harm)
    file.unlink()
    if body is None:
        file.mkdir()
    else:
        file.write_bytes(body)
    loaded = cached(home)
    assert not outlined(loaded)
    assert loaded.problems == cold(home).problems
    if body is not None:
        assert file.read_bytes() == sound
        assert outlined(cached(home))


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_cache_that_others_may_write_is_not_believed(home: Path, mode: int) -> None:
    """Who may not write the mappings must not be able to say that they are in order."""
    write(home, MISTAKES)
    cached(home)
    file = outlines_in(home)
    said = orjson.loads(file.read_bytes().partition(b"\n")[2])
    file.write_bytes(_sealed(orjson.dumps({**said, "problems": []})))
    file.chmod(mode)
    assert cached(home).problems == cold(home).problems
    assert file.stat().st_mode & 0o777 == 0o600


def test_reading_leaves_nothing_in_a_home_where_no_hub_ran(home: Path) -> None:
    """The cache belongs to var/, which the hub makes."""
    (home / "var").rmdir()
    assert cached(home).problems == cold(home).problems
    assert not (home / "var").exists()


def test_where_no_cache_can_be_written_there_is_none(home: Path) -> None:
    """A file that stands in its way changes no answer."""
    (home / "var/cache").write_text("")
    for _ in range(2):
        assert cached(home).problems == cold(home).problems


def test_another_loader_or_plugin_makes_another_outcome(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache is of these files as this program reads them."""
    cached(home)
    assert outlined(cached(home))
    monkeypatch.setattr(outlines, "__version__", "99")
    assert not outlined(cached(home))
    assert outlined(cached(home))
    monkeypatch.setattr(outlines, "_module_of", lambda _plugged: __file__)
    assert not outlined(cached(home))


def test_every_verb_finds_the_same_cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else of the product it has loaded."""
    cached(home)
    other = ModuleType("guantong.mapping.other")
    other.__file__ = __file__
    monkeypatch.setitem(sys.modules, other.__name__, other)
    assert outlined(cached(home))


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body



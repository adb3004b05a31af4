"""Kept mappings: what mapped a record once can be read back as it was, or says exactly why not."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.mapping.conftest import World

from guantong.mapping.kept import Kept, keep, kept_in, load_kept, load_kept_plan
from guantong.mapping.load import read_mappings
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.record import Native

HEAD = "event: case.step\nrecord: STEP\nfields: {serial.province: SBLSH, step.code: HJ,"
OLD = f"{HEAD} opinion: {{at: YJ, via: [trim]}}}}\n"
NEW = f"{HEAD} opinion: {{at: BZ, via: [trim]}}}}\n"
HEIR = "dialect: heir\nextends: county\ntitle: {zh: 乡, en: Heir}\n"


def kept(home: Path) -> Kept:
    return Kept(kept_in(home), registry().codecs, registry().functions)


def keep_all(home: Path, world: World) -> int:
    return keep(kept_in(home), read_mappings(home / "mappings"), world.dialects)


def lines(error: pytest.ExceptionInfo[ProblemsError]) -> list[str]:
    return [problem.line() for problem in error.value.problems]


def test_a_mapping_changed_since_reads_records_as_it_did(tmp_path: Path, load: Callable[..., World]) -> None:
    """By the id the store keeps with every event; so does its heir, and the new one beside it."""
    old = load({"county/case.step.yaml": OLD, "heir/dialect.yaml": HEIR})
    assert keep_all(tmp_path, old) == 2
    new = load({"county/case.step.yaml": NEW})
    assert keep_all(tmp_path, new) == 2
    before, after = old.dialects["county"].plans["case.step"], new.dialects["county"].plans["case.step"]
    assert before.id != after.id
    record = {"SBLSH": "P1", "HJ": "review", "YJ": " 同意 ", "BZ": "不同意"}
    found = load_kept_plan(tmp_path, before.id, registry().codecs, registry().functions)
    assert found.plan.id == before.id
    assert found.plan.inward(record, {}) == before.inward(record, {})
    assert kept(tmp_path).plan(after.id).plan.inward(record, {}).values["opinion"] == "不同意"
    heir = load_kept(tmp_path, old.dialects["heir"].version, registry().codecs, registry().functions)
    assert heir.inward(Native("STEP", record), {}) == old.dialects["heir"].inward(Native("STEP", record), {})
    assert heir.version == old.dialects["heir"].version
    assert heir.plans["case.step"].mapping.place.file == "mappings/county/case.step.yaml"


def test_what_is_kept_is_kept_once(tmp_path: Path, load: Callable[..., World]) -> None:
    """Files that versions share are stored once; what is there is not written again; only its owner reads it."""
    world = load({"county/case.step.yaml": OLD, "heir/dialect.yaml": HEIR})
    keep_all(tmp_path, world)
    folder = kept_in(tmp_path)
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    bodies = [file.read_bytes() for file in (folder / "files").iterdir()]
    assert len(bodies) == len(set(bodies))
    assert keep_all(tmp_path, world) == 0
    keep_all(tmp_path, load({"county/case.step.yaml": NEW}))
    after = {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}
    assert {file: after[file] for file in before} == before
    # The mapping, its folder's listing, and a manifest each for the dialect and its heir.
    assert len(after) - len(before) == 4


def test_a_change_of_the_model_is_a_version_of_its_own(load: Callable[..., World]) -> None:
    """What a field is says how a mapping reads it."""
    before = load({"county/case.step.yaml": OLD}).dialects["county"].version
    serials = "serials: {province: {scope: global}, county: {scope: system}, city: {scope: system}}\n"
    after = load({"county/case.step.yaml": OLD, "canonical/serials.yaml": serials}).dialects["county"].version
    assert before != after


def test_what_was_never_kept_is_said(tmp_path: Path) -> None:
    """By the id that was asked for, whatever it looks like."""
    for ident in ("0123456789abcdef", "../../etc/passwd", ""):
        for ask in (kept(tmp_path).plan, kept(tmp_path).dialect):
            with pytest.raises(ProblemsError) as error:
                ask(ident)
            assert lines(error) == [
                (f"no mapping with the id {ident!r} is kept under var/mappings; "
                "restore var/mappings with the store it belongs to [GT271]")
            ]


@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_a_kept_file_that_was_altered_is_not_read(tmp_path: Path, load: Callable[..., World], harm: str) -> None:
    """Its name is the hash of its content: nothing else is ever taken for it."""
    world = load({"county/case.step.yaml": OLD})
    keep_all(tmp_path, world)
    (file,) = [one for one in (kept_in(tmp_path) / "files").iterdir() if one.read_text() == OLD]
    if harm == "altered":
        file.write_text(NEW)
    else:
        file.unlink()
    with pytest.raises(ProblemsError) as error:
        kept(tmp_path).dialect(world.dialects["county"].version)
    assert lines(error) == [
        (f"the kept file var/mappings/files/{file.name} is missing or was altered; "
        "restore it from a backup: its name is the hash of its content [GT272]")
    ]


def test_a_manifest_that_was_altered_is_not_read(tmp_path: Path, load: Callable[..., World]) -> None:
    """One that names other folders is not that version's; one that is no JSON is none."""
    world = load({"county/case.step.yaml": OLD})
    keep_all(tmp_path, world)
    version = world.dialects["county"].version
    file = kept_in(tmp_path) / "dialects" / f"{version}.json"
    sound = file.read_bytes()
    for body in (b"", b"[]", b"{", sound.replace(b'"county": "', b'"county": "00')):
        file.write_bytes(body)
        with pytest.raises(ProblemsError) as error:
            kept(tmp_path).dialect(version)
        assert lines(error) == [
            (f"the kept file var/mappings/dialects/{version}.json is missing or was altered; "
            "restore it from a backup: its name is the hash of its content [GT272]")
        ]


def test_a_function_no_longer_installed_is_named(tmp_path: Path, load: Callable[..., World]) -> None:
    """With the line of the kept file that asks for it."""
    world = load({"county/case.step.yaml": OLD})
    keep_all(tmp_path, world)
    version = world.dialects["county"].version
    with pytest.raises(ProblemsError) as error:
        load_kept(tmp_path, version, registry().codecs, {})
    first, second = lines(error)
    assert first == (
        f"the dialect county as kept in version {version} does not load here; "
        "install the plugins that gave the functions and codecs named below [GT273]"
    )
    assert second == ("mappings/county/case.step.yaml:3:73 fields.opinion.via: there is no function named 'trim'; "
                      "remove it [GT205]")


def test_where_nothing_can_be_written_the_mappings_are_refused(tmp_path: Path, load: Callable[..., World]) -> None:
    """No record is mapped by what is not kept."""
    world = load({"county/case.step.yaml": OLD})
    (tmp_path / "var").mkdir()
    kept_in(tmp_path).write_text("")
    with pytest.raises(ProblemsError) as error:
        keep_all(tmp_path, world)
    assert lines(error) == [
        ("the mappings cannot be kept under var/mappings: File exists; see to the folder's permissions and "
        "the free space: no record is mapped by what is not kept [GT270]")
    ]

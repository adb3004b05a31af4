"""One home for all tests of packs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.journey.world import configured
from tests.pack.office import Office, lived

from guantong.cli import audit, audit_export, audit_keys, audit_pack, audit_proof


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The home; not to be written to."""
    return lived(tmp_path_factory.mktemp("lived"))


@pytest.fixture(autouse=True)
def _small_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The home of these tests has systems that only tests can open."""
    for module in (audit, audit_export, audit_keys, audit_pack, audit_proof):
        monkeypatch.setattr(module, "configuration", lambda home: configured(home, {}))


@pytest.fixture
def office(lived_in: Office, tmp_path: Path) -> Office:
    """The same, to be written to."""
    shutil.copytree(lived_in.folder, tmp_path / "home")
    return Office(tmp_path / "home")


@pytest.fixture(scope="session")
def pack(lived_in: Office, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """P1 with its records, in clear."""
    made = tmp_path_factory.mktemp("pack") / "home"
    shutil.copytree(lived_in.folder, made)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(audit_export, "configuration", lambda home: configured(home, {}))
        return Office(made).export("P1").read_bytes()

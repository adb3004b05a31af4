"""The wheel: complete, installable in a clean environment, working outside the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
import pytest

pytestmark = [
    pytest.mark.wheel,
    pytest.mark.skipif(
        os.environ.get("GUANTONG_TEST_WHEEL") != "1",
        reason="builds and installs the wheel, which wants a package index: `make wheel-test` runs it",
    ),
]

STARTER = "guantong/_starter"


def _run(
    command: Sequence[str | Path], folder: Path, status: int = 0, more: Mapping[str, str] | None = None
) -> str:
    """Standard output of *command*, run in *folder* without this checkout on any path."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    words = [str(part) for part in command]
    done = subprocess.run(words, cwd=folder, env={**clean, **(more or {})}, capture_output=True, text=True, check=False)  # noqa: S603  our own commands
    assert done.returncode == status, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive as a packager would."""
    folder = tmp_path_factory.mktemp("dist")
    _run([sys.executable, "-m", "build", "--outdir", folder, root], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that holds the wheel with every extra."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    _run([programs / "python", "-m", "pip", "install", "--quiet", f"guantong[all] @ {wheel.as_uri()}"], folder)
    return programs


def test_the_wheel_holds_code_model_and_starter(wheel: Path, root: Path) -> None:
    """Every module, mapping and starter file of the checkout is in the wheel, and nothing lies at its root."""
    held = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        path.relative_to(root / folder).as_posix()
        for folder in ("core", "adapters", "plugins")
        for path in (root / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {
        f"{STARTER}/{path.relative_to(root).as_posix()}"
        for folder in ("mappings", "config") for path in (root / folder).rglob("*.yaml")
    }
    assert expected - held == set()
    tops = {name.split("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "guantong", "guantong_adapters", "guantong_plugins",
    }


def test_the_installed_wheel_speaks(installed: Path, tmp_path: Path) -> None:
    """The command line starts without a home folder."""
    assert "demo" in _run([installed / "guantong", "--help"], tmp_path)


def test_the_starter_in_the_wheel_lacks_nothing_but_secrets(installed: Path, tmp_path: Path) -> None:
    """`check` reads the packaged starter; once each secret it asks for is set (as long as a key of SM4), it finds no error."""
    check: list[str | Path] = [installed / "guantong", "check", "--json"]
    asked = orjson.loads(_run(check, tmp_path, status=1))["problems"]
    secrets = {name: "an-invented-key!" for each in asked for name in re.findall(r"GUANTONG_\w+", each["message"])}
    assert secrets
    left = orjson.loads(_run(check, tmp_path, more=secrets))["problems"]
    assert [each["code"] for each in left if each["severity"] == "error"] == []


def test_the_demo_runs_from_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    """Twenty cases go through their whole life outside the checkout, and the books agree."""
    result = orjson.loads(_run([installed / "guantong", "demo", "--cases", "20", "--json"], tmp_path))
    assert result["agree"] is True
    assert result["cases"] == 20

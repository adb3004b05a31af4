"""The checkout as the house rules see it: every file written by hand, parsed once."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.cli.conftest import desk

__all__ = ["desk"]

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("core", "adapters", "plugins")
WRITTEN = (*SOURCES, "tests", "docs", "mappings", "config", ".ci")
MADE = {"__pycache__", "node_modules", ".venv", "dist", "var"}


def written_files(folders: tuple[str, ...], suffixes: tuple[str, ...]) -> list[Path]:
    """Files below *folders* with one of *suffixes* ("" means any), without what tools make."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*")))
    return [
        path for path in found
        if path.is_file() and not MADE & set(path.parts) and path.name.endswith(suffixes)
    ]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> Mapping[Path, ast.Module]:
    """Every Python file of the product, the docs' generator and the tests, parsed."""
    paths = written_files((*SOURCES, "tests", "docs"), (".py",))
    return {path.relative_to(ROOT): ast.parse(path.read_bytes()) for path in paths}


@pytest.fixture(scope="session")
def texts() -> Mapping[Path, str]:
    """Every text file written by hand, with the root's own files."""
    paths = [*written_files(WRITTEN, ("",)), *(path for path in ROOT.iterdir() if path.is_file())]
    readable = (path for path in paths if b"\0" not in path.read_bytes()[:4096])
    return {path.relative_to(ROOT): path.read_text(encoding="utf-8", errors="replace") for path in readable}

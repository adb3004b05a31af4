"""A dialect's own files on disk, for verbs that write them: read whole, tried out beside the rest of the
home before anything is written, then put in place one by one."""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from guantong.mapping import Dialect, load_dialects
from guantong.model import Model, load_model
from guantong.model.declaration import word
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.yamlfile import Table, read_yaml


def read_files(folder: Path) -> dict[str, bytes]:
    """The YAML files of the dialect in *folder* by their paths below it, tests aside. Raises `OSError`."""
    found = [*folder.glob("*.yaml"), *folder.glob("codes/*.yaml")]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(found)}


def parents_of(mappings: Path, dialect: str) -> list[tuple[str, dict[str, bytes]]]:
    """The dialects that *dialect* extends, nearest first, with their files. A chain that goes round or leads nowhere
    ends there: loading says so. Raises `OSError`."""
    found: list[tuple[str, dict[str, bytes]]] = []
    name, seen = dialect, {dialect}
    while True:
        node, _ = read_yaml(mappings / name / "dialect.yaml", "")
        name = word(node.get("extends")) if isinstance(node, Table) else ""
        if not name or name in seen or not (mappings / name / "dialect.yaml").is_file():
            return found
        seen.add(name)
        found.append((name, read_files(mappings / name)))


def model_of(home: Path) -> tuple[Model, list[Problem]]:
    """The model of a home."""
    return load_model(home / "mappings" / "canonical", "mappings/canonical")


def loaded(mappings: Path, model: Model) -> tuple[dict[str, Dialect], list[Problem]]:
    """The dialects of a folder `mappings/`, and their problems."""
    specs = registry()
    return load_dialects(mappings, model, specs.codecs, specs.functions, "mappings")


def tried_out(home: Path, dialect: str, files: Mapping[str, bytes], model: Model) -> list[Problem]:
    """The problems that *files* of *dialect* would bring: all of their own, and those of others that are not
    there already. The home itself is not touched."""
    _, before = loaded(home / "mappings", model) if (home / "mappings").is_dir() else ({}, [])
    known = {problem.line() for problem in before}
    with tempfile.TemporaryDirectory(prefix="guantong-") as place:
        copy = Path(place) / "mappings"
        if (home / "mappings").is_dir():
            shutil.copytree(home / "mappings", copy)
        write_files(copy / dialect, files)
        _, after = loaded(copy, model)
    own = {f"mappings/{dialect}/{file}" for file in files}
    return [problem for problem in after if problem.place.file in own or problem.line() not in known]


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put *files* into *folder*, each whole or not at all. Raises `OSError`."""
    for name, body in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.new")
        fresh.write_bytes(body)
        os.replace(fresh, file)


def differences(dialect: str, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> str:
    """A unified diff of the files in *after*."""
    return "".join(line for name in sorted(after) for line in _difference(dialect, name, before.get(name), after[name]))


def _difference(dialect: str, name: str, before: bytes | None, after: bytes) -> Iterable[str]:
    path = f"mappings/{dialect}/{name}"
    old = before.decode("utf-8", "replace").splitlines(keepends=True) if before is not None else []
    for line in difflib.unified_diff(old, after.decode().splitlines(keepends=True),
                                     path if before is not None else "/dev/null", path):
        yield line if line.endswith("\n") else f"{line}\n\\ no newline at the end\n"

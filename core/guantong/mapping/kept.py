"""Kept mappings: every version of a dialect that ever mapped a record, as its files were (DESIGN promise 7).

Under `var/mappings` of the home lie plain files named by the SHA-256 of their content, each stored once
whatever number of versions share it, and one small manifest a version:

    files/3f9a…          a YAML file, or the listing of a folder: lines `file HASH NAME`, `folder HASH NAME`
    dialects/5c0e….json  a version: its dialect, the folders it is made of, the ids of its plans

Written before the first record is mapped by it and never again. Value functions never change meaning, so
they are not kept: reading a kept mapping asks for the same functions and codecs, and says which is missing.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from guantong.codec import CodecSpec
from guantong.durable import sync_folder
from guantong.function import FunctionSpec
from guantong.mapping.codes import (
    KEPT_DAMAGED,
    KEPT_NOWHERE,
    KEPT_OTHERWISE,
    KEPT_UNREADABLE,
    NOT_KEPT,
)
from guantong.mapping.dialect import Dialect
from guantong.mapping.load import CANONICAL, load_dialects
from guantong.mapping.plan import Plan
from guantong.model import Model, load_model
from guantong.oserrors import in_words
from guantong.problems import Problem, ProblemsError
from guantong.yamlfolder import YamlFile, YamlFolder

_ID = re.compile(r"[0-9a-f]{16}")
_AT_ONCE = 32


class KeptPlan(NamedTuple):
    """A mapping as it was when it mapped a record: its plan, its dialect (codecs) and the model it was read by."""

    plan: Plan
    dialect: Dialect
    model: Model


def kept_in(home: Path) -> Path:
    """Where the mappings of *home* are kept."""
    return home / "var" / "mappings"


def keep(folder: Path, files: YamlFolder, dialects: Mapping[str, Dialect]) -> int:
    """Keep the versions of *dialects*, loaded from *files* (`mappings/`), that *folder* does not hold yet;
    returns how many. They are durable when it returns. Raises `ProblemsError` when they cannot be written."""
    manifests = folder / "dialects"
    fresh = [one for one in dialects.values() if not (manifests / f"{one.version}.json").exists()]
    if not fresh:
        return 0
    try:
        for place in (folder, folder / "files", manifests):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        trees = {CANONICAL: files.folder(CANONICAL)}
        trees |= {name: files.folder(name) for one in fresh for name in _chain(one, dialects)}
        _write_all(folder / "files", dict(_contents(trees.values())))
        _write_all(manifests, {f"{one.version}.json": _manifest(one, trees, _chain(one, dialects)) for one in fresh})
    except OSError as error:
        what, what_zh = in_words(error)
        raise ProblemsError([Problem(NOT_KEPT, details={"what": what, "what_zh": what_zh})]) from error
    return len(fresh)


def load_kept(
    home: Path, version: str, codecs: Mapping[str, CodecSpec], functions: Mapping[str, FunctionSpec]
) -> Dialect:
    """The dialect of this `version`, as it was. Raises `ProblemsError`: never kept, damaged, or in need of a
    codec or function that is not installed."""
    return Kept(kept_in(home), codecs, functions).dialect(version)


def load_kept_plan(
    home: Path, plan: str, codecs: Mapping[str, CodecSpec], functions: Mapping[str, FunctionSpec]
) -> KeptPlan:
    """The plan with this id, which the store keeps with every event. Raises `ProblemsError` as `load_kept`
    does. For many ids, ask one `Kept`."""
    return Kept(kept_in(home), codecs, functions).plan(plan)


@dataclass(slots=True)
class Kept:
    """Reads what is kept in one folder. Each version is loaded once."""

    folder: Path
    codecs: Mapping[str, CodecSpec]
    functions: Mapping[str, FunctionSpec]
    _loaded: dict[str, tuple[Model, Dialect]] = field(default_factory=dict)
    _versions: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Version and name of the mapping of each plan's id."""
    _read: set[str] = field(default_factory=set)

    def versions(self) -> list[str]:
        """The versions kept, by their hashes."""
        return sorted(file.stem for file in (self.folder / "dialects").glob("*.json"))

    def versions_of(self, dialect: str) -> list[str]:
        """The versions of one dialect, the one kept last first. Raises `ProblemsError` where a manifest is damaged."""
        written = {one: (self.folder / "dialects" / f"{one}.json").stat().st_mtime_ns for one in self.versions()}
        return [one for one in sorted(written, key=lambda each: (-written[each], each))
                if self._manifest(one)["dialect"] == dialect]

    def about(self, version: str) -> tuple[str, int]:
        """The dialect a version is of, and when it was kept (UTC milliseconds). Raises `ProblemsError`."""
        written = (self.folder / "dialects" / f"{version}.json").stat().st_mtime_ns
        return str(self._manifest(version)["dialect"]), written // 1_000_000

    def folders(self, version: str) -> Mapping[str, str]:
        """The folders that a version is made of, each with the digest that names what is in it. Raises `ProblemsError`."""
        found: dict[str, str] = self._manifest(version)["folders"]
        return found

    def files(self, digest: str) -> Iterator[tuple[str, bytes]]:
        """Every file in the folder of this digest, by its path in it. Raises `ProblemsError`."""
        yield from _files(self._tree(self.folder, digest), "")

    def dialect(self, version: str) -> Dialect:
        """The dialect of this version. Raises `ProblemsError`."""
        return self._load(version)[1]

    def whole(self, version: str) -> tuple[Model, Dialect]:
        """The same with the model it was read by. Raises `ProblemsError`."""
        return self._load(version)

    def plan(self, ident: str) -> KeptPlan:
        """The plan with this id. Raises `ProblemsError`."""
        found = self._versions.get(ident) or self._look_up(ident)
        if found is None:
            raise ProblemsError([Problem(KEPT_NOWHERE, details={"id": ident[:40]})])
        version, name = found
        model, dialect = self._load(version)
        plan = dialect.plans.get(name)
        if plan is None or plan.id != ident:
            details = {"id": ident, "dialect": dialect.name, "name": name}
            raise ProblemsError([Problem(KEPT_OTHERWISE, details=details)])
        return KeptPlan(plan, dialect, model)

    def _look_up(self, ident: str) -> tuple[str, str] | None:
        for version in self.versions():
            if version not in self._read:
                self._read.add(version)
                for plan, name in self._manifest(version)["plans"].items():
                    self._versions.setdefault(plan, (version, name))
        return self._versions.get(ident)

    def _load(self, version: str) -> tuple[Model, Dialect]:
        if version not in self._loaded:
            self._loaded[version] = self._made(version)
        return self._loaded[version]

    def _made(self, version: str) -> tuple[Model, Dialect]:
        manifest = self._manifest(version)
        name = manifest["dialect"]
        trees = {part: self._tree(self.folder / part, digest) for part, digest in manifest["folders"].items()}
        files = YamlFolder(self.folder, {}, trees)
        model, problems = load_model(files.folder(CANONICAL), f"mappings/{CANONICAL}")
        dialects, found = load_dialects(files, model, self.codecs, self.functions, "mappings")
        errors = [one for one in (*problems, *found) if one.code.severity == "error"]
        if errors or name not in dialects:
            details = {"dialect": name, "version": version}
            raise ProblemsError([Problem(KEPT_UNREADABLE, details=details), *errors])
        return model, dialects[name]

    def _manifest(self, version: str) -> dict[str, Any]:
        file = self.folder / "dialects" / f"{version}.json"
        if not _ID.fullmatch(version) or not file.is_file():
            raise ProblemsError([Problem(KEPT_NOWHERE, details={"id": version[:40]})])
        try:
            found: dict[str, Any] = orjson.loads(file.read_bytes())
            sound = version == _version(found) and isinstance(found["plans"], dict)
        except (ValueError, KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise _damaged(f"dialects/{version}.json")
        return found

    def _tree(self, path: Path, digest: str) -> YamlFolder:
        files: dict[str, YamlFile] = {}
        folders: dict[str, YamlFolder] = {}
        for line in self._content(digest).decode().splitlines():
            kind, inside, name = line.split(" ", 2)
            if kind == "file":
                files[name] = YamlFile(self._content(inside))
            else:
                folders[name] = self._tree(path / name, inside)
        return YamlFolder(path, files, folders)

    def _content(self, digest: str) -> bytes:
        try:
            body = (self.folder / "files" / digest).read_bytes()
        except OSError as error:
            raise _damaged(f"files/{digest}") from error
        if hashlib.sha256(body).hexdigest() != digest:
            raise _damaged(f"files/{digest}")
        return body


def _files(tree: YamlFolder, path: str) -> Iterator[tuple[str, bytes]]:
    for name, file in tree.files.items():
        yield f"{path}{name}", file.body
    for name, folder in tree.folders.items():
        yield from _files(folder, f"{path}{name}/")


def _damaged(file: str) -> ProblemsError:
    return ProblemsError([Problem(KEPT_DAMAGED, details={"file": f"var/mappings/{file}"})])


def _chain(dialect: Dialect, dialects: Mapping[str, Dialect]) -> list[str]:
    """The folders of the dialect and of those it extends, nearest first."""
    names = [dialect.name]
    while (parent := dialects[names[-1]].extends) is not None:
        names.append(parent)
    return names


def _manifest(dialect: Dialect, trees: Mapping[str, YamlFolder], chain: list[str]) -> bytes:
    return orjson.dumps({
        "dialect": dialect.name, "version": dialect.version, "chain": chain,
        "folders": {name: trees[name].digest.hex() for name in (CANONICAL, *chain)},
        "plans": {plan.id: name for name, plan in dialect.plans.items()},
    }, option=orjson.OPT_INDENT_2)


def _version(manifest: Mapping[str, Any]) -> str:
    """The version the manifest's folders make, which names it."""
    digests = (bytes.fromhex(manifest["folders"][name]) for name in (CANONICAL, *manifest["chain"]))
    return hashlib.sha256(b"".join(digests)).hexdigest()[:16]


def _contents(trees: Iterable[YamlFolder]) -> Iterator[tuple[str, bytes]]:
    """The files and listings of *trees* by their hashes."""
    for tree in trees:
        for file in tree.files.values():
            yield file.digest.hex(), file.body
        yield from _contents(tree.folders.values())
        yield tree.digest.hex(), tree.listing()


def _write_all(folder: Path, bodies: Mapping[str, bytes]) -> None:
    """Write what is not there yet; durable, names included, when it returns."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # file systems make many files durable in one go
        list(pool.map(lambda name: _write(folder / name, bodies[name]), bodies))
    sync_folder(folder)


def _write(file: Path, body: bytes) -> None:
    """Write *file* once, whole or not at all."""
    if file.exists():
        return
    half = file.with_name(f".{file.name}.{os.getpid()}.new")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(body)
        opened.flush()
        os.fsync(opened.fileno())
    half.replace(file)

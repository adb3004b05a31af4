"""Two versions of a dialect by how people name them: a folder, a dialect of the home, a kept version, what runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from guantong.cli.home import stop
from guantong.cli.mappinghome import SHOWN, Mappings, end_with, mappings_in
from guantong.control import status
from guantong.mapping import Dialect
from guantong.mapping.kept import Kept, kept_in
from guantong.operations.codes import NO_HUB
from guantong.plugins import registry
from guantong.problems import Code, Problem, ProblemsError, nearest

WHICH_DIALECT = Code(
    "GT268", "the folders differ in {count} dialects: {names}", "两个文件夹有 {count} 个数据规范不同：{names}",
    "name one with --dialect", "请用 --dialect 指明一个",
)
NO_MAPPINGS = Code(
    "GT269", "there are no mappings in {folder}{near}", "{folder} 中没有字段映射{near}",
    "name a home, its folder mappings/, a dialect's folder, or a dialect", "请给出工作目录、其 mappings/、数据规范的文件夹或数据规范名",
)
RUNNING = "running"
_KEPT = re.compile(r"[0-9a-f]{8,16}")
Version = tuple[Mappings, Dialect]


@dataclass(frozen=True, slots=True)
class _Side:
    """One side: the dialect it names by itself, if it does; and what it holds of the dialects asked for (none: all)."""

    named: str
    load: Callable[[Sequence[str]], Mapping[str, Version]]


def kept_of(home: Path) -> Kept:
    """What is kept in *home*."""
    specs = registry()
    return Kept(kept_in(home.resolve()), specs.codecs, specs.functions)


def both_versions(old: str, new: str, named: str | None, home: Path) -> tuple[Version, Version]:
    """Both versions of the dialect to compare; ends the verb when it is not clear which, or one is not there."""
    one, two = _side(old, home), _side(new, home)
    names = [name for name in (one.named or named or two.named, two.named or named or one.named) if name]
    before, after = one.load(names[:1]), two.load(names[1:])
    if names:
        return _of(before, names[0]), _of(after, names[1])
    common = before.keys() & after.keys()
    # Whoever extends a changed dialect differs too: the one that changed itself is meant.
    differ = {name for name in common if before[name][1].version != after[name][1].version}
    own = sorted(name for name in differ if before[name][1].extends not in differ)
    if len(own) != 1:
        stop(Problem(WHICH_DIALECT, details={"count": len(own), "names": ", ".join(own or sorted(common))}))
    return before[own[0]], after[own[0]]


def _of(versions: Mapping[str, Version], name: str) -> Version:
    if name in versions:
        return versions[name]
    some = next(iter(versions.values()), None)
    if some is None:
        stop(Problem(WHICH_DIALECT, details={"count": 0, "names": name}))
    return some[0], some[0].dialect(name)  # which ends the verb with the nearest name


def _side(text: str, home: Path) -> _Side:
    """The side that *text* means; ends the verb where it means none."""
    if text == RUNNING:
        return _Side("", lambda names: _running(home, names))
    place = Path(text)
    if "/" not in text and "\\" not in text and (home / SHOWN / text / "dialect.yaml").is_file():
        return _in(home / SHOWN, text)
    if (place / "dialect.yaml").is_file():
        return _in(place.resolve().parent, place.resolve().name)
    for folder in (place / SHOWN, place):
        if (folder / "canonical").is_dir():
            return _in(folder, "")
    found = [one for one in kept_of(home).versions() if one.startswith(text)] if _KEPT.fullmatch(text) else []
    if len(found) == 1:
        version = _kept(home, found[0])
        return _Side(version[1].name, lambda _: {version[1].name: version})
    known = [file.parent.name for file in (home / SHOWN).glob("*/dialect.yaml")]
    like = nearest(text, known)
    stop(Problem(NO_MAPPINGS, details={"folder": text, "near": f" ({like}?)" if like else ""}))


def _in(folder: Path, named: str) -> _Side:
    def load(names: Sequence[str]) -> Mapping[str, Version]:
        loaded = mappings_in(folder, names)
        return {name: (loaded, one) for name, one in loaded.dialects.items()}

    return _Side(named, load)


def _kept(home: Path, version: str) -> Version:
    try:
        model, dialect = kept_of(home).whole(version)
    except ProblemsError as error:
        end_with(error.problems)
    return Mappings(kept_in(home), model, {dialect.name: dialect}, kept=True), dialect


def _running(home: Path, names: Sequence[str]) -> Mapping[str, Version]:
    said = asyncio.run(status(home.resolve()))
    if said is None:
        stop(Problem(NO_HUB, details={"folder": home.as_posix()}))
    return {name: _kept(home, version) for name, version in said["dialects"].items() if not names or name in names}

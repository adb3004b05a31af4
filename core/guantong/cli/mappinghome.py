"""What the verbs about mappings share: the home's model and dialects, a dialect by name, sample files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer

from guantong.cli.codes import NO_SAMPLE, UNKNOWN_MAPPING, UNREADABLE_SAMPLE
from guantong.cli.home import WRONG_USAGE, print_problems, stop
from guantong.codec import Undecodable
from guantong.mapping import Dialect, load_dialects
from guantong.mapping.pairfiles import Pair, translating_pairs
from guantong.model import Model, load_model
from guantong.oserrors import in_words
from guantong.plugins import registry
from guantong.problems import Problem, in_order, nearest
from guantong.record import Native

UnmaskOption = Annotated[bool, typer.Option("--unmask", help="Show personal values: the samples are your own (不脱敏).")]
SHOWN = "mappings"


@dataclass(frozen=True, slots=True)
class Mappings:
    """The model and the dialects of a home."""

    folder: Path
    model: Model
    dialects: Mapping[str, Dialect]
    kept: bool = False
    """Whether this is a version kept in `var/`, which has no tests of its own."""

    def dialect(self, name: str) -> Dialect:
        """The dialect *name*; ends the verb, with the nearest name, when there is none."""
        if name not in self.dialects:
            like = nearest(name, self.dialects)
            details = {"what": "dialect", "what_zh": "数据规范", "came": name,
                       "known": ", ".join(sorted(self.dialects)), "near": f" ({like}?)" if like else ""}
            stop(Problem(UNKNOWN_MAPPING, details=details))
        return self.dialects[name]


def mappings(home: Path, names: Collection[str] = ()) -> Mappings:
    """The mappings of *home*; ends the verb with every mistake when they do not load. Where the verb is about
    the dialects *names* only, so are the mistakes: those in the model, in them and in what they extend."""
    return mappings_in(home / SHOWN, names)


def mappings_in(folder: Path, names: Collection[str] = ()) -> Mappings:
    """The same of a folder that holds canonical/ and the dialects' folders."""
    loaded, errors = read_mappings(folder, names)
    if errors:
        end_with(errors)
    return loaded


def read_mappings(folder: Path, names: Collection[str] = ()) -> tuple[Mappings, list[Problem]]:
    """What could be loaded, and every mistake that concerns the dialects *names* (none named: any)."""
    specs = registry()
    model, wrong = load_model(folder / "canonical", f"{SHOWN}/canonical")
    dialects, found = load_dialects(folder, model, specs.codecs, specs.functions, SHOWN)
    errors = [problem for problem in (*wrong, *found) if problem.code.severity == "error"]
    concerned = _with_parents(names, dialects)
    others = [f"{SHOWN}/{file.parent.name}/" for file in folder.glob("*/dialect.yaml") if file.parent.name not in concerned]
    if names:
        errors = [problem for problem in errors if not problem.place.file.startswith(tuple(others))]
    return Mappings(folder, model, dialects), errors


def _with_parents(names: Iterable[str], dialects: Mapping[str, Dialect]) -> set[str]:
    found: set[str] = set()
    for name in names:
        one: str | None = name
        while one is not None and one not in found:
            found.add(one)
            one = dialects[one].extends if one in dialects else None
    return found


def end_with(problems: Iterable[Problem]) -> NoReturn:
    """Say all *problems* in the order of their places and end the verb: wrong usage or files."""
    print_problems(in_order(problems))
    raise typer.Exit(WRONG_USAGE)


def natives_of(dialect: Dialect, files: Iterable[Path], kind: str | None) -> list[tuple[str, Native]]:
    """The records in the sample *files* (a folder means every file in it), each with the name of its file
    and its number there; ends the verb with every file that cannot be read."""
    found: list[tuple[str, Native]] = []
    problems: list[Problem] = []
    for name, body in _bodies(files, problems):
        try:
            natives = dialect.decode(body, kind)
        except Undecodable as error:
            problems.append(_undecodable(name, error))
        else:
            found += [(f"{name}#{number}", native) for number, native in enumerate(natives, 1)]
    if problems:
        end_with(problems)
    return found


def readable(bodies: Iterable[tuple[str, bytes]], kind: str | None, dialects: Sequence[Dialect]) -> list[tuple[str, bytes]]:
    """The *bodies* that one of the *dialects* at least can decode; ends the verb with every one that none can, as the
    last of them tells it."""
    found: list[tuple[str, bytes]] = []
    problems: list[Problem] = []
    for name, body in bodies:
        errors: list[Undecodable] = []
        for dialect in dialects:
            try:
                dialect.decode(body, kind)
            except Undecodable as error:
                errors.append(error)
        if len(errors) < len(dialects):
            found.append((name, body))
        else:
            problems.append(_undecodable(name, errors[-1]))
    if problems:
        end_with(problems)
    return found


def _undecodable(name: str, error: Undecodable) -> Problem:
    details = {"what": f"{name}: {error.reason}", "what_zh": f"{name}：{error.reason_zh}"}
    return Problem(UNREADABLE_SAMPLE, details=details)


def bodies_of(files: Iterable[Path]) -> list[tuple[str, bytes]]:
    """The bytes of the sample *files* (a folder means every file in it), each with the name of its file; ends the
    verb with every file that cannot be read."""
    problems: list[Problem] = []
    found = _bodies(files, problems)
    if problems:
        end_with(problems)
    return found


def _bodies(files: Iterable[Path], problems: list[Problem]) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for file in _files(files):
        try:
            found.append((file.name, file.read_bytes()))
        except OSError as error:
            what, what_zh = in_words(error)
            problems.append(Problem(NO_SAMPLE, details={"what": f"{file.name}: {what}", "what_zh": f"{file.name}：{what_zh}"}))
    return found


def facts_of(file: Path | None) -> dict[str, Any]:
    """The facts in a `--context` file over none; ends the verb when it holds no JSON object."""
    nothing: dict[str, Any] = {"system": {}, "site": {}, "case": {}}
    if file is None:
        return nothing
    ((name, body),) = bodies_of([file])
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        stop(Problem(NO_SAMPLE, details={"what": f"{name} is not a JSON object", "what_zh": f"{name} 不是 JSON 对象"}))
    return nothing | value


def own_and_inherited_pairs(loaded: Mappings, dialect: Dialect) -> list[Pair]:
    """The pairs of the dialect and of those it extends that translate (not those refused, waiting, or of
    replies); ends the verb with the mistakes in them."""
    pairs, problems = translating_pairs(dialect, loaded.dialects, loaded.model, SHOWN)
    if problems:
        end_with(problems)
    return pairs


def _files(paths: Iterable[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        files += sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    return files

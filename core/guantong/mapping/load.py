"""Loading dialects from a folder of mappings: every mistake of every file at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ValidationError

from guantong.codec import Codec, CodecSpec, Unencodable
from guantong.function import FunctionSpec
from guantong.mapping.codes import BAD_OPTIONS
from guantong.mapping.declaration import CODEC, DIALECT, IN_OUT, OPTIONS, TABLE
from guantong.mapping.dialect import Dialect
from guantong.mapping.joinreader import joined_twice
from guantong.mapping.layers import lay_over, without
from guantong.mapping.mappingreader import MappingReader
from guantong.mapping.memory import Memory
from guantong.mapping.plan import Plan
from guantong.mapping.ruleparts import read_charset, read_formats
from guantong.mapping.rulereader import Surroundings
from guantong.mapping.rules import Manners
from guantong.mapping.systemfacts import SystemFact, read_facts
from guantong.mapping.tables import read_code_table
from guantong.model import Model
from guantong.model.codes import CYCLE, MISSING_FOLDER, MISSING_KEY, UNKNOWN_REFERENCE, WRONG_NAME
from guantong.model.declaration import TITLE, place_of, read_table, suggestion, word, words
from guantong.problems import Place, Problem
from guantong.yamlfile import Node, Table, Text, plain
from guantong.yamlfolder import YamlFolder, read_folder

CANONICAL = "canonical"
_DEFAULT_TIMES = ("yyyy-MM-dd HH:mm:ss",)
_DEFAULT_DAYS = ("yyyy-MM-dd",)


@dataclass(slots=True)
class _Files:
    """What one dialect's folder says, before inheritance."""

    name: str
    folder: YamlFolder
    node: Table
    said: dict[str, Node]
    mappings: dict[str, Table] = field(default_factory=dict)
    tables: dict[str, Node] = field(default_factory=dict)
    lists: dict[str, Node] = field(default_factory=dict)
    """Of a code table, what it says of the canonical list it translates."""


def load_dialects(
    folder: Path | YamlFolder, model: Model, codecs: Mapping[str, CodecSpec], functions: Mapping[str, FunctionSpec],
    shown: str | None = None, memory: Memory | None = None,
) -> tuple[dict[str, Dialect], list[Problem]]:
    """The dialects under *folder* (`mappings/`) by name, and the problems of all their files, which are
    named from *shown* on. A dialect with problems is still returned where it can be made at all. *memory* is
    kept by who loads more than once with the same plugins, the same folder or others like it."""
    problems: list[Problem] = []
    memory = memory or Memory()
    if isinstance(folder, Path):
        folder = read_mappings(folder)
    base = shown or folder.path.as_posix()
    if not (folder.folders or folder.path.is_dir()):
        return {}, [Problem(MISSING_FOLDER, Place(base), details={"what": base, "what_zh": base})]
    files: dict[str, _Files] = {}
    for name, place in folder.folders.items():
        if name != CANONICAL:
            here = f"{base}/{name}"
            found, mistakes = memory.made((here, place.digest), partial(_read_folder, name, place, here))
            problems += mistakes
            if found is not None:
                files[name] = found
    dialects: dict[str, Dialect] = {}
    for name in files:
        chain = _chain(name, files, problems)
        version = _version(folder.folder(CANONICAL), chain)
        make = _Builder(chain, version, model, codecs, functions).build
        dialect, mistakes = memory.made((f"{base}/{name}", version), make)
        problems += mistakes
        if dialect is not None:
            dialects[name] = dialect.at(folder.folder(name).path)
    return dialects, list(_each_once(problems))


def _version(model: YamlFolder, chain: list[_Files]) -> str:
    """The hash of every file a dialect is made of: the model's, its own, those it inherits."""
    return hashlib.sha256(b"".join([model.digest, *(one.folder.digest for one in chain)])).hexdigest()[:16]


def _each_once(problems: list[Problem]) -> list[Problem]:
    """Inherited files are read once for each heir; their mistakes are said once."""
    seen: set[tuple[str, Place, str, str]] = set()
    kept: list[Problem] = []
    for problem in problems:
        if problem.identity not in seen:
            seen.add(problem.identity)
            kept.append(problem)
    return kept


def read_mappings(folder: Path) -> YamlFolder:
    """The files that loading `mappings/` reads: the model's, and each dialect's without its tests."""
    return read_folder(folder, 2, without=("tests",))


def _read_folder(name: str, folder: YamlFolder, shown: str) -> tuple[_Files | None, list[Problem]]:
    problems: list[Problem] = []
    return _files_of(name, folder, shown, problems), problems


def _files_of(name: str, folder: YamlFolder, shown: str, problems: list[Problem]) -> _Files | None:
    if "dialect.yaml" not in folder.files:
        details = {"key": "dialect.yaml", "what": "dialect.yaml", "what_zh": "dialect.yaml"}
        problems.append(Problem(MISSING_KEY, Place(shown), details=details))
        return None
    node = _read(folder, "dialect.yaml", f"{shown}/dialect.yaml", problems)
    if node is None:
        return None
    said = read_table(node, DIALECT, problems)
    if word(said.get("dialect"), name) != name:
        details = {"came": word(said["dialect"]), "expected": name}
        problems.append(Problem(WRONG_NAME, said["dialect"].place, "dialect", details))
    if "title" in said:
        read_table(said["title"], TITLE, problems, "title")
    found = _Files(name, folder, node, said)
    for file in sorted(folder.files, key=lambda file: file.removesuffix(".yaml")):
        if file == "dialect.yaml":
            continue
        table = _read(folder, file, f"{shown}/{file}", problems)
        if table is not None:
            found.mappings[file.removesuffix(".yaml")] = table
    codes = folder.folder("codes")
    for file in codes.files:
        table = _read(codes, file, f"{shown}/codes/{file}", problems)
        if table is not None:
            read = read_table(table, TABLE, problems)
            if "title" in read:
                read_table(read["title"], TITLE, problems, "title")
            inside = read.get("table")
            if inside is not None:
                found.tables[file.removesuffix(".yaml")] = inside
            if "codes" in read:
                found.lists[file.removesuffix(".yaml")] = read["codes"]
    return found


def _misses_table(problem: Problem) -> bool:
    return problem.code is UNKNOWN_REFERENCE and problem.details["what"] == "code table"


def _read(folder: YamlFolder, name: str, shown: str, problems: list[Problem]) -> Table | None:
    node, found = folder.parse(name, shown)
    problems.extend(found)
    if node is not None and not isinstance(node, Table):
        read_table(node, (), problems)
        return None
    return node


def _chain(name: str, files: Mapping[str, _Files], problems: list[Problem]) -> list[_Files]:
    """The dialect and those it inherits from, nearest first."""
    chain = [files[name]]
    while (node := chain[-1].said.get("extends")) is not None:
        parent = word(node)
        if parent in [one.name for one in chain]:
            links = " → ".join([*(one.name for one in chain), parent])
            details = {"what": "extends", "what_zh": "继承", "chain": links}
            if parent == name:
                problems.append(Problem(CYCLE, chain[0].said["extends"].place, "extends", details))
            break
        if parent not in files:
            known = [other for other in files if other != name]
            details = {"what": "dialect", "what_zh": "数据规范", "came": parent, **suggestion(parent, known)}
            problems.append(Problem(UNKNOWN_REFERENCE, node.place, "extends", details))
            break
        chain.append(files[parent])
    return chain


@dataclass(slots=True)
class _Builder:
    """Makes one dialect of its own files and those it inherits."""

    chain: list[_Files]
    version: str
    model: Model
    codecs: Mapping[str, CodecSpec]
    functions: Mapping[str, FunctionSpec]
    problems: list[Problem] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def build(self) -> tuple[Dialect | None, list[Problem]]:
        """The dialect, None where it cannot be made at all, and what is wrong with it. Where its parent is missing,
        the code tables that came from there are not missed one by one."""
        made = self._dialect()
        if "extends" in self.chain[-1].said:
            return made, [problem for problem in self.problems if not _misses_table(problem)]
        return made, self.problems

    def _dialect(self) -> Dialect | None:
        own = self.chain[0]
        charset_in, charset_out = self._charset("in"), self._charset("out")
        wire: dict[str, Any] = {}
        codec_in = self._codec("in", charset_in, wire)
        codec_out = self._codec("out", charset_out, wire)
        codec_reply = self._codec("reply", charset_in, wire)
        around = self._surroundings(charset_out, codec_out)
        reader = MappingReader(around, self.problems)
        plans: dict[str, Plan] = {}
        for name, table in self._merged().items():
            mapping = reader.read(name, table)
            if mapping is not None:
                plans[name] = Plan(mapping, around.manners, wire)
        self.problems += joined_twice([plan.mapping for plan in plans.values()])
        self._check_tables()
        if codec_in is None or codec_out is None:
            return None
        title = own.said.get("title")
        versioning = cast("Literal['number', 'arrival']", word(self._said("versioning"), "number"))
        return Dialect(
            name=own.name, extends=word(own.said.get("extends")) or None,
            title_zh=word(title.get("zh")) if isinstance(title, Table) else "",
            title_en=word(title.get("en")) if isinstance(title, Table) else "",
            versioning=versioning, folder=own.folder.path, version=self.version,
            codec_in=codec_in, codec_out=codec_out, codec_reply=codec_reply, plans=plans,
            empty_at=place_of(self._said("empty")), facts=self._facts(),
            charset_in=charset_in, charset_out=charset_out,
        )

    def _facts(self) -> dict[str, SystemFact]:
        """The facts its system has to tell, its own over those it inherits; only its own are read for mistakes."""
        inherited: list[Problem] = []
        found: dict[str, SystemFact] = {}
        for one in reversed(self.chain):
            found |= read_facts(one.said.get("facts"), self.problems if one is self.chain[0] else inherited)
        return found

    def _said(self, key: str) -> Node | None:
        """What the nearest dialect of the chain says under *key*."""
        return next((one.said[key] for one in self.chain if key in one.said), None)

    def _side(self, key: str, side: str) -> Node | None:
        """One side of a key that may be a word for both or a table of sides, from the nearest that says it."""
        for one in self.chain:
            node = one.said.get(key)
            if isinstance(node, Text):
                return node if side != "reply" else None
            if isinstance(node, Table) and node.get(side) is not None:
                return node.get(side)
        return None

    def _charset(self, side: str) -> str:
        node = self.chain[0].said.get("charset")
        if isinstance(node, Table):
            read_table(node, IN_OUT, self.problems, "charset")
        return read_charset(self._side("charset", side), self.problems, "charset") or "utf-8"

    def _codec(self, side: str, charset: str, wire: dict[str, Any]) -> Codec | None:
        node = self._side("codec", side)
        if isinstance(self.chain[0].said.get("codec"), Table):
            read_table(self.chain[0].said["codec"], CODEC, self.problems, "codec")
        if node is None:
            if side != "reply" and "extends" not in self.chain[-1].said:  # else what is not there would say it
                details = {"key": "codec", "what": f"the codec ({side})", "what_zh": "编解码器"}
                self.problems.append(Problem(MISSING_KEY, self.chain[0].node.place, f"codec.{side}", details))
            return None
        spec = self.codecs.get(word(node))
        if spec is None:
            details = {"what": "codec", "what_zh": "编解码器", "came": word(node),
                       **suggestion(word(node), self.codecs)}
            self.problems.append(Problem(UNKNOWN_REFERENCE, node.place, f"codec.{side}", details))
            return None
        options = self._options(side, spec)
        if options is None:
            return None
        wire[side] = {"codec": spec.name, "charset": charset, **options.model_dump(mode="json", exclude_defaults=True)}
        try:
            return spec.make(options, charset)
        except Unencodable as error:
            given = self._side("options", side)
            place = (given or self.chain[0].node).place
            what = {"codec": spec.name, "what": f"{error.path} {error.reason}", "what_zh": f"{error.path} {error.reason_zh}"}
            self.problems.append(Problem(BAD_OPTIONS, place, f"options.{side}", what))
            return None

    def _options(self, side: str, spec: CodecSpec) -> BaseModel | None:
        if "options" in self.chain[0].said:
            read_table(self.chain[0].said["options"], OPTIONS, self.problems, "options")
        given = self._side("options", side)
        try:
            return spec.options.model_validate(plain(given) if isinstance(given, Table) else {})
        except ValidationError as error:
            for mistake in error.errors():
                where = _inside(given, mistake["loc"])
                path = ".".join(str(part) for part in ("options", side, *mistake["loc"]))
                details = {"codec": spec.name, "what": mistake["msg"], "what_zh": mistake["msg"]}
                place = where or (given or self.chain[0].node).place
                self.problems.append(Problem(BAD_OPTIONS, place, path, details))
            return None

    def _surroundings(self, charset_out: str, codec_out: Codec | None) -> Surroundings:
        empty = self._said("empty")
        absent = None if empty is None or word(empty) == "omit" else word(empty)
        nulls = frozenset(text.value for text in words(self._said("null_words"))) | {""}
        return Surroundings(
            model=self.model, functions=self.functions, table=self._table, tables=self._tables,
            manners=Manners(nulls, word(self._said("names")) == "ignore-case", absent),
            times=self._formats("dates", "datetime", _DEFAULT_TIMES),
            days=self._formats("days", "date", _DEFAULT_DAYS),
            measure=read_charset(self._said("measure"), self.problems, "measure") or charset_out,
            numbers=frozenset(getattr(codec_out, "numbers", ())), switches=frozenset(getattr(codec_out, "booleans", ())),
        )

    def _formats(self, key: str, kind: str, default: tuple[str, ...]) -> tuple[Any, ...]:
        given = words(self._said(key)) or tuple(Text(pattern, place_of(None)) for pattern in default)
        return read_formats(given, kind, self.problems, key)

    def _table(self, name: str) -> Node | None:
        self._used.add(name)
        return next((one.tables[name] for one in self.chain if name in one.tables), None)

    def _tables(self) -> list[str]:
        return sorted({name for one in self.chain for name in one.tables})

    def _check_tables(self) -> None:
        """Hold the dialect's own code tables to the lists they name, and those that no rule uses (the others were
        read with their rules) to what is asked of any table. Whether they are read inward nothing says yet."""
        own = self.chain[0]
        lists = self.model.codes
        for node in own.lists.values():
            if word(node) not in lists:
                details = {"what": "code list", "what_zh": "统一代码表", "came": word(node), **suggestion(word(node), lists)}
                self.problems.append(Problem(UNKNOWN_REFERENCE, node.place, "codes", details))
        for name, node in own.tables.items():
            if name not in self._used:
                known = lists.get(word(own.lists.get(name)))
                read_code_table(name, node, known, self.problems, inward=False, path=f"codes.{name}")

    def _merged(self) -> dict[str, Table]:
        """The mapping files by name, each laid over what it inherits."""
        merged: dict[str, Table] = {}
        for one in reversed(self.chain):
            for name, table in one.mappings.items():
                merged[name] = (
                    lay_over(merged[name], table, self.problems) if name in merged
                    else without(table, table.get("without"), self.problems)
                )
        carried = self._carried()
        return {name: table for name, table in merged.items() if not carried or _named(table) <= carried}

    def _carried(self) -> set[str]:
        """The events named by `events:`; none named means all."""
        named = words(self._said("events"))
        for text in named:
            if text.value not in self.model.events:
                details = {"what": "event", "what_zh": "过程信息", "came": text.value,
                           **suggestion(text.value, self.model.events)}
                self.problems.append(Problem(UNKNOWN_REFERENCE, text.place, "events", details))
        return {text.value for text in named}


def _named(table: Table) -> set[str]:
    """The events a mapping file is about."""
    join = table.get("join")
    return {text.value for text in words(join.get("events") if isinstance(join, Table) else table.get("event"))}


def _inside(node: Node | None, path: tuple[int | str, ...]) -> Place | None:
    """The place of the deepest key of *path* that stands in *node*."""
    place = None
    for part in path:
        if not isinstance(node, Table) or str(part) not in node.entries:
            break
        place, node = node.keys[str(part)], node.entries[str(part)]
    return place

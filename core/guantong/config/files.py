"""The files of a configuration: which there are, their names in problems, their contents' hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from guantong.config import codes
from guantong.config.nodes import dotted
from guantong.problems import Place, Problem
from guantong.starter import starter
from guantong.yamlfile import Items, Node, Table, Text, read_yaml

_URL_PASSWORD = re.compile(r"://[^/@:\s]*:[^/@\s]+@")


def folder_of(home: Path, kind: str) -> tuple[Path, str]:
    """The home's own folder of *kind* (`config`, `mappings`), else the starter's; and its name in problems."""
    own = home / kind
    return (own, kind) if own.is_dir() else (starter(kind), f"starter/{kind}")


@dataclass
class Files:
    """Reads configuration files and collects what is wrong with them as files."""

    folder: Path
    name: str
    problems: list[Problem] = field(default_factory=list)
    read: set[Path] = field(default_factory=set)

    def shown(self, path: Path) -> str:
        return f"{self.name}/{path.relative_to(self.folder).as_posix()}"

    def table(self, path: Path) -> Table | None:
        """The file as a table of keys, or None (and the problems) when it is none."""
        self.read.add(path)
        name = self.shown(path)
        node, problems = read_yaml(path, name)
        self.problems.extend(problems)
        if node is None:
            return None
        self.problems.extend(
            Problem(codes.LITERAL_SECRET, text.place, dotted(where))
            for where, text in _texts(node, ()) if "://" in text.value and _URL_PASSWORD.search(text.value)
        )
        if isinstance(node, Table):
            return node
        details = {
            "expected": "a table of keys", "expected_zh": "键值表",
            "came": "a list" if isinstance(node, Items) else "a text",
            "came_zh": "列表" if isinstance(node, Items) else "文本",
        }
        self.problems.append(Problem(codes.WRONG_TYPE, node.place, details=details))
        return None

    def yaml_in(self, *parts: str) -> list[Path]:
        """The `*.yaml` files directly in a folder under the configuration's, by name."""
        return sorted(path for path in self.folder.joinpath(*parts).glob("*.yaml") if _visible(path))

    def as_shipped(self, path: Path) -> bool:
        """Whether a file is word for word the starter's of that name: an example kept at hand, which nobody
        wrote here."""
        example = starter("config") / path.relative_to(self.folder)
        return example.is_file() and _words(path) == _words(example)

    def unread(self) -> Iterator[Path]:
        """Files that look like configuration and were not read."""
        for path in sorted(self.folder.rglob("*.y*ml")):
            if path.suffix in (".yaml", ".yml") and _visible(path) and path not in self.read:
                yield path


def _words(path: Path) -> list[bytes]:
    """The lines of a file, whichever way they end: an editor or Git may have changed that alone."""
    return path.read_bytes().splitlines()


def _visible(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _texts(node: Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Text]]:
    if isinstance(node, Text):
        yield path, node
    elif isinstance(node, Items):
        for index, item in enumerate(node.items):
            yield from _texts(item, (*path, index))
    else:
        for key, value in node:
            yield from _texts(value, (*path, key))


def not_read(name: str) -> Problem:
    """The warning that the file *name* was passed over, and why."""
    if name.endswith(".yml"):
        what, what_zh = "its name ends in .yml", "扩展名为 .yml"
        advice, advice_zh = "rename it to .yaml", "请改为 .yaml"
    elif name.rpartition("/")[0].endswith("config"):
        what, what_zh = "it has no `systems:`", "其中没有 `systems:`"
        advice, advice_zh = "write `systems:`, or take it out", "请写 `systems:`，或删除该文件"
    else:
        what, what_zh = "no configuration is looked for in its folder", "不在读取的文件夹中"
        advice = "places lie in config/ or config/counties/, profiles in config/profiles/"
        advice_zh = "地区文件位于 config/ 或 config/counties/，接口模板位于 config/profiles/"
    details = {"what": what, "what_zh": what_zh, "advice": advice, "advice_zh": advice_zh}
    return Problem(codes.NOT_READ, Place(name), details=details)


def content_hashes(folder: Path) -> dict[str, str]:
    """The hash of every YAML file of a folder, by its path below it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.yaml")) if _visible(path)
    }

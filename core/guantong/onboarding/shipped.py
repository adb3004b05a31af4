"""What ships, as far as a new county builds on it: profiles, the sample county of each, dialects with their parents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from guantong.config.nodes import text_of
from guantong.starter import starter
from guantong.yamlfile import Table, read_yaml


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: its file, what it is called, the adapter it configures."""

    name: str
    file: Path
    title: str
    adapter: str
    table: Table


    def reads(self) -> bool:
        """Whether we go and read there."""
        return self.says("poll") or self.says("read")

    def says(self, key: str) -> bool:
        """Whether its settings have *key*."""
        settings = self.table.get("settings")
        return isinstance(settings, Table) and settings.get(key) is not None


@dataclass(frozen=True, slots=True)
class Example:
    """A shipped system that uses a profile: what it is in, its dialect and the secrets it takes."""

    file: Path
    dialect: str
    secrets: tuple[str, ...]


def profiles(home: Path) -> dict[str, Profile]:
    """Every profile by name: those of *home* before those that ship."""
    found: dict[str, Profile] = {}
    for folder in (home / "config" / "profiles", starter("config") / "profiles"):
        for file in sorted(folder.glob("*.yaml")):
            table, _ = read_yaml(file)
            if file.stem in found or not isinstance(table, Table):
                continue
            title = table.get("title")
            shown = text_of(title.get("zh")) if isinstance(title, Table) else ""
            found[file.stem] = Profile(file.stem, file, shown or file.stem, text_of(table.get("adapter")), table)
    return found


def example_of(profile: str) -> Example | None:
    """The shipped system that uses *profile*, if any does."""
    for file in sorted(starter("config").rglob("*.yaml")):
        for system in systems_in(file):
            if text_of(system.get("profile")) == profile:
                secrets = system.get("secrets")
                names = tuple(secrets.entries) if isinstance(secrets, Table) else ()
                return Example(file, text_of(system.get("dialect")), names)
    return None


def spoken_by(home: Path, profile: str) -> str:
    """The dialect that systems of *profile* speak unless they have their own: the one that the profile says, or that of the shipped
    system which uses it, or names as that of a known family (county-table-ea-jc); "" where nothing tells."""
    known = profiles(home).get(profile)
    if known is not None and (said := text_of(known.table.get("dialect"))):
        return said
    example = example_of(profile)
    return example.dialect if example else next((one for one in dialects(home) if profile.endswith(f"-{one}")), "")


def systems_in(file: Path) -> Iterator[Table]:
    """The systems a place file declares."""
    table, _ = read_yaml(file)
    systems = table.get("systems") if isinstance(table, Table) else None
    for _, node in systems if isinstance(systems, Table) else ():
        if isinstance(node, Table):
            yield node


def chain(mappings: Path, dialect: str) -> list[str]:
    """*dialect* and what it extends, nearest first, as far as *mappings* holds them."""
    names: list[str] = []
    while dialect and dialect not in names and (mappings / dialect / "dialect.yaml").is_file():
        names.append(dialect)
        table, _ = read_yaml(mappings / dialect / "dialect.yaml")
        dialect = text_of(table.get("extends")) if isinstance(table, Table) else ""
    return names


def dialects(home: Path) -> list[str]:
    """The dialects there are, in *home* or shipped."""
    folders = (home / "mappings", starter("mappings"))
    return sorted({file.parent.name for folder in folders for file in folder.glob("*/dialect.yaml")})


def dialect_title(home: Path, name: str) -> tuple[str, str]:
    """What the dialect *name* is, in Chinese and English, "" where it does not say: of *home* before the one that ships."""
    for mappings in (home / "mappings", starter("mappings")):
        table, _ = read_yaml(mappings / name / "dialect.yaml") if (mappings / name / "dialect.yaml").is_file() else (None, [])
        title = table.get("title") if isinstance(table, Table) else None
        if isinstance(title, Table):
            return text_of(title.get("zh")), text_of(title.get("en"))
    return "", ""

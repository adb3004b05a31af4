"""Profiles: read, validated by themselves, and lent to the systems that name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guantong.adapter import AdapterSpec
from guantong.config import codes
from guantong.config.declared import ProfileFile
from guantong.config.files import Files
from guantong.config.nodes import text_of
from guantong.config.validate import advice, under, validate
from guantong.problems import Place, Problem
from guantong.yamlfile import Table, Text


@dataclass
class Profiles:
    """All profiles by name. `unusable` names those whose file is there but cannot be read, `examples` those that
    stand as they are shipped."""

    tables: dict[str, Table] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    examples: set[str] = field(default_factory=set)

    def use(self, name: str) -> Table | None:
        """The keys of the profile, which from now on counts as used."""
        self.used.add(name)
        return self.tables.get(name)

    def known(self, name: str) -> bool:
        return name in self.tables or name in self.unusable

    def names(self) -> list[str]:
        return sorted({*self.tables, *self.unusable})

    def says_reply(self, system: Table) -> bool:
        """Whether the system or its profile says how replies are judged."""
        profile = self.tables.get(text_of(system.get("profile")))
        return system.get("reply") is not None or (profile is not None and profile.get("reply") is not None)


def read_profiles(files: Files, adapters: Mapping[str, AdapterSpec]) -> tuple[Profiles, list[Problem]]:
    """Read `profiles/*.yaml`. Their settings are checked where systems use them, and by `unused`."""
    profiles, problems = Profiles(), []
    for path in files.yaml_in("profiles"):
        table = files.table(path)
        if table is None:
            profiles.unusable.add(path.stem)
            continue
        problems += validate(table, ProfileFile, Place(table.place.file, 1, 1))[1]
        node = table.get("profile")
        if isinstance(node, Text) and node.value != path.stem:
            details = {"stem": path.stem, "name": node.value}
            problems.append(Problem(codes.PROFILE_NAME, node.place, "profile", details))
        problems += _unknown_adapter(table, adapters)
        profiles.tables[path.stem] = table
        if files.as_shipped(path):
            profiles.examples.add(path.stem)
    return profiles, problems


def _unknown_adapter(table: Table, adapters: Mapping[str, AdapterSpec]) -> list[Problem]:
    node = table.get("adapter")
    if not isinstance(node, Text) or node.value in adapters:
        return []
    details = {
        "kind": "adapter", "kind_zh": "适配器", "name": node.value, **advice(node.value, list(adapters))
    }
    return [Problem(codes.NOT_FOUND, node.place, "adapter", details)]


def unused(profiles: Profiles, adapters: Mapping[str, AdapterSpec]) -> list[Problem]:
    """A warning for every profile of the site's own that no system uses, and what is wrong in the settings of any
    unused one as far as it can be known without a system's own keys. A shipped profile that stands unchanged is
    an example: nobody meant anything by it."""
    problems = []
    for name, table in profiles.tables.items():
        if name in profiles.used:
            continue
        place = table.keys.get("profile", table.place)
        if name not in profiles.examples:
            problems.append(Problem(codes.UNUSED_PROFILE, place, "profile", {"profile": name}))
        spec, settings = adapters.get(text_of(table.get("adapter"))), table.get("settings")
        if spec is not None and settings is not None:
            found = validate(settings, spec.settings, table.keys["settings"], under("settings"))[1]
            problems += [
                problem for problem in found
                if problem.code is not codes.MISSING_KEY and problem.path != "settings"
            ]
    return problems

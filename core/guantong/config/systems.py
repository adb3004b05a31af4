"""Systems: a place's own keys laid over their profile's, validated, with adapter, dialect and secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from guantong.config import codes
from guantong.config.configuration import System
from guantong.config.declared import NAME, PlaceFile, SystemKeys, Title
from guantong.config.judging import judging_of
from guantong.config.needs import (
    SaysReading,
    check_files,
    check_keys,
    check_machine,
    check_schemes,
    check_secrets,
)
from guantong.config.nodes import laid_over, text_of, without
from guantong.config.paths import rooted
from guantong.config.profiles import Profiles
from guantong.config.receipts import check_asking
from guantong.config.reply import ReplyRules
from guantong.config.secrets import read_secret
from guantong.config.validate import advice, under, validate
from guantong.plugins import Registry
from guantong.problems import Code, Place, Problem
from guantong.secret import Secret
from guantong.sites.codes import NOT_IN_TREE
from guantong.sites.tree import NO_SITES, Tree
from guantong.yamlfile import Table, Text

if TYPE_CHECKING:
    from guantong.mapping import Dialect

_ID_PART = re.compile(NAME)
_SECRETS = (codes.NO_SUCH_VARIABLE, codes.BAD_SECRET_FILE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a system is built from beside its own file. `all_dialects` also names those that did not load."""

    home: Path
    environ: Mapping[str, str]
    registry: Registry
    profiles: Profiles
    dialects: Mapping[str, Dialect]
    all_dialects: Sequence[str]
    secrets: bool | Collection[str] = True
    """Whether secrets are looked for, or of which systems."""
    sites: Tree = NO_SITES


@dataclass
class Systems:
    """The systems of all place files. `keys` and `roles` also hold those that are wrong, so that nothing
    else is blamed for it."""

    around: Surroundings
    built: dict[str, System] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    """Where each declared system's key stands."""
    tables: dict[str, Table] = field(default_factory=dict)
    """What each declared system's place file says of it."""
    merged: dict[str, Table] = field(default_factory=dict)
    """The keys of those that are built, laid over their profile's."""
    replies: set[str] = field(default_factory=set)
    """The systems that say how their replies are judged."""
    roles: dict[str, list[str]] = field(default_factory=dict)
    unread: bool = False
    """Whether files or systems could not be read at all, so that more may have been meant."""
    problems: list[Problem] = field(default_factory=list)

    def add_place(self, stem: str, table: Table) -> None:
        """Build every system of one place file."""
        top = Place(table.place.file, 1, 1)
        place, problems = validate(table, PlaceFile, top)
        self.problems += problems
        if not _ID_PART.fullmatch(stem):
            self.problems.append(Problem(codes.BAD_NAME, Place(top.file), details={"name": stem}))
        systems = table.get("systems")
        if not isinstance(systems, Table):
            self.unread = True
            return
        for key, node in systems:
            at, path = systems.keys[key], f"systems.{key}"
            if not _ID_PART.fullmatch(key):
                self.problems.append(Problem(codes.BAD_NAME, at, path, {"name": key}))
            identity = f"{stem}.{key}"
            if identity in self.keys:
                details = {
                    "kind": "system", "kind_zh": "系统", "name": identity, "first": str(self.keys[identity])
                }
                self.problems.append(Problem(codes.DUPLICATE, at, path, details))
                self.unread = True
                continue
            self.keys[identity] = at
            if not isinstance(node, Table):
                self.unread = True
                self.problems += validate(node, SystemKeys, at, under("systems", key))[1]
                continue
            self.tables[identity] = node
            role = text_of(node.get("role"))
            self.unread |= not role
            self.roles.setdefault(role, []).append(identity)
            own = _Own(identity, key, node, at, place, alone=len(systems.entries) == 1)
            made = _Builder(self.around, own, self.problems).build()
            if made is not None:
                self.built[identity], self.merged[identity] = made
            if self.around.profiles.says_reply(node):
                self.replies.add(identity)


@dataclass(frozen=True, slots=True)
class _Own:
    """One system as its place file has it."""

    id: str
    key: str
    table: Table
    at: Place
    place: PlaceFile | None
    alone: bool

    def titles(self, own: Title | None) -> tuple[str, str]:
        name = self.place.name if self.place else Title(zh=self.id)
        chosen = own or name
        zh, en = chosen.zh, chosen.en or self.id
        return (zh, en) if own or self.alone else (f"{zh} {self.key}", f"{en} {self.key}")


@dataclass(frozen=True, slots=True)
class _Builder:
    around: Surroundings
    own: _Own
    problems: list[Problem]

    def prefix(self, place: Place) -> tuple[str | int, ...]:
        return ("systems", self.own.key) if place.file == self.own.at.file else ()

    def settings_prefix(self, place: Place) -> tuple[str | int, ...]:
        return (*self.prefix(place), "settings")

    def build(self) -> tuple[System, Table] | None:
        """The system and its keys laid over its profile's, or None when any of it is wrong (all of that is then among the problems)."""
        before = len(self.problems)
        profile = self.profile()
        merged = self.without_literal_secrets(_laid_over(profile, self.own.table))
        keys, problems = validate(merged, SystemKeys, self.own.at, self.prefix)
        self.problems.extend(self.adapter_explained(self.deeper(problems, merged), profile))
        settings = self.settings(merged)
        dialect = self.dialect(merged)
        if keys is None:
            return None
        secrets = self.secrets(keys, merged)
        spec = self.around.registry.adapters.get(keys.adapter)
        if settings is not None:
            path = f"systems.{self.own.key}.secrets"
            if keys.poll is None and isinstance(settings, SaysReading) and settings.is_read():
                self.say(codes.NO_POLL, self.own.at, f"systems.{self.own.key}.poll")
            if keys.test_door and (spec is None or not spec.doors(settings)):
                self.say(codes.NO_DOOR_TO_TEST, self.own.table.keys.get("test_door", self.own.at), f"systems.{self.own.key}.test_door")
            self.problems.extend(check_keys(settings, self.around.registry.schemes, secrets, merged.get("secrets"), path))
        region = keys.region or (self.own.place.region if self.own.place else None)
        if not region and self.own.place:
            self.say(codes.NO_REGION, self.own.at, f"systems.{self.own.key}")
        if spec is None or settings is None or spec.queries(settings):  # else it cannot be asked at all, which is said
            self.check_query(keys, merged)
        if settings is not None:
            spec = self.around.registry.adapters[keys.adapter]
            self.problems.extend(check_asking(keys, settings, spec, merged, self.own.at, self.prefix))
        self.check_site(merged)
        # A secret that is missing says nothing of the rest: routes and receipts are checked all the same.
        wrong = any(problem.code.severity == "error" and problem.code not in _SECRETS for problem in self.problems[before:])
        if wrong or settings is None or dialect is None or region is None:
            return None
        title_zh, title_en = self.own.titles(keys.title)
        system = System(
            id=self.own.id, title_zh=title_zh, title_en=title_en, role=keys.role, region=region,
            adapter=self.around.registry.adapters[keys.adapter], settings=settings, dialect=dialect,
            secrets=secrets, facts=keys.facts, delivery=keys.delivery, receipt=keys.receipt, poll=keys.poll,
            on_unmappable=keys.on_unmappable, reply=keys.reply or ReplyRules(), query=keys.query,
            hold=keys.hold, profile=keys.profile, shadow=keys.shadow, reconcile=keys.reconcile, test_door=keys.test_door,
            fetch=keys.fetch, compartment=keys.compartment, site=keys.site, site_facts=self.around.sites.facts(keys.site),
            site_tree=self.around.sites.number, secret_names=tuple(sorted(keys.secrets)), client_certificates=tuple(keys.client_certificates),
            place_zh=self.own.place.name.zh if self.own.place else "", judging=judging_of(keys.reply or ReplyRules(), merged, self.own.at, self.prefix),
        )
        return system, merged

    def say(self, code: Code, place: Place, path: str, **details: object) -> None:
        self.problems.append(Problem(code, place, path, details))

    def profile(self) -> Table | None:
        """The profile's keys; None without one, or when it is not there (then said)."""
        node = self.own.table.get("profile")
        if not isinstance(node, Text):
            return None
        found = self.around.profiles.use(node.value)
        if found is None and not self.around.profiles.known(node.value):
            self.say(
                codes.NOT_FOUND, node.place, f"systems.{self.own.key}.profile", kind="profile", kind_zh="接口模板",
                name=node.value, **advice(node.value, self.around.profiles.names()),
            )
        return found

    def deeper(self, problems: list[Problem], merged: Table) -> list[Problem]:
        """A key that is not known here but among the adapter's settings only stands at the wrong depth: say so."""
        spec = self.around.registry.adapters.get(text_of(merged.get("adapter")))
        known = {field.alias or name for name, field in spec.settings.model_fields.items()} if spec else set()
        words = {"advice": "write it under `settings:`", "advice_zh": "请写在 `settings:` 之下"}
        return [
            replace(problem, details={**problem.details, **words})
            if problem.code is codes.UNKNOWN_KEY and problem.path == f"systems.{self.own.key}.{problem.details['key']}"
            and problem.details["key"] in known else problem
            for problem in problems
        ]

    def adapter_explained(self, problems: list[Problem], profile: Table | None) -> list[Problem]:
        """Without a usable profile a missing adapter is the profile's fault: say it once, there."""
        if profile is not None:
            return problems
        named = isinstance(self.own.table.get("profile"), Text)
        path = f"systems.{self.own.key}.adapter"
        return [
            problem if problem.path != path or problem.code is not codes.MISSING_KEY
            else Problem(problem.code, problem.place, f"systems.{self.own.key}.profile", {"key": "profile"})
            for problem in problems
            if not (named and problem.path == path and problem.code is codes.MISSING_KEY)
        ]

    def without_literal_secrets(self, merged: Table) -> Table:
        """The table without secrets written out in the file, each of which is said and never quoted."""
        secrets = merged.get("secrets")
        if not isinstance(secrets, Table):
            return merged
        literal = [key for key, value in secrets if isinstance(value, Text)]
        for key in literal:
            place = secrets.entries[key].place
            self.say(codes.LITERAL_SECRET, place, f"systems.{self.own.key}.secrets.{key}")
        return Table({**merged.entries, "secrets": without(secrets, *literal)}, merged.keys, merged.place)

    def settings(self, merged: Table) -> BaseModel | None:
        """The adapter's settings, and whether the system gives the signers and secrets they need."""
        registry, node = self.around.registry, merged.get("adapter")
        if not isinstance(node, Text):
            return None
        spec = registry.adapters.get(node.value)
        if spec is None:
            path = ".".join(str(part) for part in (*self.prefix(node.place), "adapter"))
            self.say(
                codes.NOT_FOUND, node.place, path, kind="adapter", kind_zh="适配器",
                name=node.value, **advice(node.value, list(registry.adapters)),
            )
            return None
        own = self.own.table
        at = own.keys.get("settings", self.own.at)
        settings = merged.get("settings") or Table({}, {}, at)
        value, problems = validate(settings, spec.settings, at, self.settings_prefix)
        self.problems.extend(problems)
        if value is None:
            return None
        self.problems.extend(check_schemes(value, settings, at, self.settings_prefix, registry.schemes))
        given, where = own.get("secrets"), own.keys.get("secrets", self.own.at)
        path = f"systems.{self.own.key}.secrets"
        self.problems.extend(check_secrets(value, spec, registry.schemes, given, where, path))
        value = rooted(value, self.around.home)
        self.problems.extend(check_files(value, spec, self.around.home, settings, at, self.settings_prefix))
        if self.is_to_run:
            self.problems.extend(check_machine(value, spec, settings, at, self.settings_prefix))
        return value

    @property
    def is_to_run(self) -> bool:
        """Whether what the system needs to be opened is looked for."""
        wanted = self.around.secrets
        return wanted if isinstance(wanted, bool) else self.own.id in wanted

    def dialect(self, merged: Table) -> Dialect | None:
        node = merged.get("dialect")
        if not isinstance(node, Text):
            return None
        found = self.around.dialects.get(node.value)
        if found is None and node.value not in self.around.all_dialects:
            self.say(
                codes.NOT_FOUND, node.place, f"systems.{self.own.key}.dialect", kind="dialect",
                kind_zh="数据规范", name=node.value, **advice(node.value, self.around.all_dialects),
            )
        return found

    def secrets(self, keys: SystemKeys, merged: Table) -> dict[str, Secret]:
        table = merged.get("secrets")
        found: dict[str, Secret] = {}
        if not self.is_to_run:
            return found
        for name, source in keys.secrets.items():
            at = table.entries[name].place if isinstance(table, Table) else self.own.at
            path = f"systems.{self.own.key}.secrets.{name}"
            secret, problems = read_secret(name, source, self.around.home, self.around.environ, at, path)
            self.problems.extend(problems)
            if secret is not None:
                found[name] = secret
        return found

    def check_site(self, merged: Table) -> None:
        node = merged.get("site")
        if isinstance(node, Text) and node.value not in self.around.sites.sites:
            path = ".".join(str(part) for part in (*self.prefix(node.place), "site"))
            self.say(NOT_IN_TREE, node.place, path, site=node.value)

    def check_query(self, keys: SystemKeys, merged: Table) -> None:
        delivery = merged.get("delivery")
        unknown = delivery.get("unknown") if isinstance(delivery, Table) else None
        if keys.delivery.unknown == "query" and keys.query is None and unknown is not None:
            path = ".".join(str(part) for part in (*self.prefix(unknown.place), "delivery", "unknown"))
            self.say(codes.NO_QUERY, unknown.place, path)


def _laid_over(profile: Table | None, own: Table) -> Table:
    if profile is None:
        return own
    merged = laid_over(without(profile, "profile", "title", "dialect"), own)
    return merged if isinstance(merged, Table) else own



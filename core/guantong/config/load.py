"""Loading: from a home folder to a configuration, or to every mistake of every file at once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar, cast

from pydantic import BaseModel

from guantong.config import codes
from guantong.config.audit import AuditKeys, check_former, read_key
from guantong.config.calendar import read_calendar
from guantong.config.configuration import (
    BlobChoice,
    Configuration,
    HubSettings,
    Loaded,
    StoreChoice,
    TicketChoice,
)
from guantong.config.declared import SecretSource
from guantong.config.facts import check_facts
from guantong.config.fetching import check_fetching
from guantong.config.files import Files, content_hashes, folder_of, not_read
from guantong.config.hub import LOOPBACK, BlobKeys, HubFile, StoreKeys, TicketKeys
from guantong.config.hubsecrets import pages_open, read_kiosks, read_tokens, value_place
from guantong.config.interfaces import check_interfaces
from guantong.config.nodes import only, without
from guantong.config.paths import rooted
from guantong.config.profiles import read_profiles, unused
from guantong.config.receipts import hear_receipts
from guantong.config.reconciling import check_reconcile
from guantong.config.retention import check_retention
from guantong.config.routes import Routes, read_routes
from guantong.config.routing import check_routes
from guantong.config.secrets import read_secret
from guantong.config.shadows import check_shadows
from guantong.config.standing import Standing
from guantong.config.supervision import FILE as SUPERVISION_FILE
from guantong.config.supervision import read_supervision
from guantong.config.systems import Surroundings, Systems
from guantong.config.tls import TlsKeys, doors_context
from guantong.config.validate import advice, under, validate
from guantong.mapping import Dialect, load_dialects
from guantong.mapping.load import CANONICAL, read_mappings
from guantong.mapping.memory import Memory
from guantong.mapping.outlines import Outlines
from guantong.model import Model, load_model
from guantong.plugins import Registry
from guantong.problems import Place, Problem, ProblemsError, in_order
from guantong.sites.kept import read as read_sites
from guantong.sites.tree import NO_SITES, Tree
from guantong.yamlfile import Table, Text
from guantong.yamlfolder import YamlFolder

_LONGEST = 400


class _Chooses(Protocol):
    @property
    def use(self) -> str: ...


class _Offered(Protocol):
    @property
    def settings(self) -> type[BaseModel]: ...


Keys = TypeVar("Keys", bound=BaseModel)


def load(home: Path, registry: Registry, environ: Mapping[str, str] = os.environ, *, secrets: bool | Collection[str] = True,
         memory: Memory | None = None, outlines: Path | None = None) -> Loaded:
    """Read and check everything under *home*. Where `config/` or `mappings/` is missing the starter's is
    read. The configuration is None when any problem is an error. Nothing is written, opened or sent. Without
    *secrets* none is looked for: who only reads the store needs none, and may not have them; or only those of the systems named. *memory* is kept by
    who loads again: what did not change is then not read again. *outlines* is a cache file of what earlier commands found of the
    same mappings: with it, dialects are read in full on first use."""
    home = home.absolute()
    folder, name = folder_of(home, "config")
    mappings, mappings_name = folder_of(home, "mappings")
    files = Files(folder, name)
    sources = read_mappings(mappings)
    model, dialects, problems = _mappings(sources, mappings_name, registry, memory or Memory(), outlines)

    hub, hub_table, found = _hub(files, home)
    problems += found
    store, found = _store(hub_table, files, home, registry, environ if secrets is True else None)
    problems += found
    tickets, found = _tickets(hub_table, files, home, registry, environ if secrets is True else None)
    problems += found
    blobs, found = _blobs(hub_table, files, home, registry)
    problems += found
    kiosks, found = read_kiosks(hub, hub_table, home, environ if secrets is True else None)
    problems += found
    tokens, found = read_tokens(hub, hub_table, home, environ if secrets is True else None)
    problems += found
    place = value_place(hub_table, "audit", "key", hub_table.place) if hub_table is not None else Place()
    audit_key, found = read_key(hub.audit if hub is not None else AuditKeys(), place, home, environ if secrets is True else None)
    problems += found
    if hub is not None and hub_table is not None:
        problems += check_former(hub.audit, value_place(hub_table, "audit", "former", hub_table.place))

    profiles, found = read_profiles(files, registry.adapters)
    problems += found
    sites, found = _sites(home)
    problems += found
    known_dialects = [name for name, inside in sources.folders.items() if "dialect.yaml" in inside.files]
    systems = Systems(Surroundings(home, environ, registry, profiles, dialects, known_dialects, secrets, sites))
    for path, table in _places(files):
        if table is None:
            systems.unread = True
        else:
            systems.add_place(path.stem, table)
    problems += systems.problems
    problems += _publishers(hub, hub_table, systems)
    if hub is not None and hub_table is not None:
        problems += check_retention(hub.retention, hub_table, (name.partition(".")[0] for name in systems.keys),
                                    (event.subject for event in model.events.values()))
    standing = Standing(systems.keys, systems.merged)
    systems.built, found = hear_receipts(systems.built, standing, model)
    problems += found
    problems += check_fetching(systems.built, standing)
    problems += check_shadows(systems.built, standing, model)
    problems += check_reconcile(systems.built, systems.tables, systems.keys, model)
    found = unused(profiles, registry.adapters)
    # What could not be read may well use them.
    problems += [one for one in found if not (systems.unread and one.code is codes.UNUSED_PROFILE)]

    calendar, found = read_calendar(files)
    problems += found
    supervision, found = read_supervision(files)
    problems += found
    routes, found = _routes(files)
    problems += found
    problems += check_routes(routes, systems, model, hub.matters if hub is not None else None)
    problems += check_facts(routes, systems, list(model.events))
    problems += check_interfaces(routes, systems, list(model.events), home)
    problems += _client_certificates(hub, systems)
    problems += [not_read(files.shown(path)) for path in files.unread()]
    problems = in_order(_bounded(problem) for problem in _once(files.problems, problems))
    counts = (len(systems.keys), routes.declared, len(known_dialects), sources.digest.hex()[:16])
    if any(problem.code.severity == "error" for problem in problems) or hub is None or store is None or blobs is None:
        return Loaded(None, problems, *counts)
    configuration = Configuration(
        home=home,
        hub=HubSettings(
            name=hub.hub.name, listen_host=hub.hub.listen[0], listen_port=hub.hub.listen[1],
            body_limit=hub.hub.body_limit, queue=hub.hub.queue, log=hub.log, sites=hub.sites,
            public_url=(hub.hub.public_url or "").rstrip("/"), loops=hub.hub.loops,
            interfaces=hub.hub.interfaces, tls=hub.hub.tls,
        ),
        store=store, blobs=blobs, keys=hub.keys.place(home), settings=content_hashes(folder), systems=systems.built, routes=routes.routes(),
        dialects=dialects, model=model, mappings=sources, kiosks=kiosks,
        operations=tokens, pages_are_open=pages_open(hub), matters=hub.matters, calendar=calendar, sites=sites, supervision=supervision,
        retention=hub.retention, tickets=tickets, audit=hub.audit, audit_key=audit_key,
    )
    return Loaded(configuration, problems, *counts)


def _mappings(
    folder: YamlFolder, name: str, registry: Registry, memory: Memory, outlines: Path | None
) -> tuple[Model, Mapping[str, Dialect], list[Problem]]:
    canonical, here = folder.folder(CANONICAL), f"{name}/{CANONICAL}"
    model, problems = memory.made((here, canonical.digest), partial(load_model, canonical, here))
    make = partial(load_dialects, model=model, codecs=registry.codecs, functions=registry.functions, shown=name,
                   memory=memory)
    if outlines is not None:
        dialects, found = Outlines(outlines, name, registry).load(folder, make)
    else:
        dialects, found = make(folder)
    memory.settle()
    return model, dialects, [*problems, *found]


def _sites(home: Path) -> tuple[Tree, list[Problem]]:
    try:
        return read_sites(home), []
    except ProblemsError as error:
        return NO_SITES, list(error.problems)


def _hub(files: Files, home: Path) -> tuple[HubFile | None, Table | None, list[Problem]]:
    path = files.folder / "guantong.yaml"
    top = Place(files.shown(path), 1, 1)
    table = files.table(path) if path.is_file() else Table({}, {}, top)
    if table is None:
        return None, None, []
    hub, problems = validate(table, HubFile, top)
    if hub is not None:
        if hub.hub.tls is not None:
            problems += _tls(home, hub.hub.tls, value_place(table, "hub", "tls", Place(top.file)))
        elif hub.hub.listen[0] not in LOOPBACK:
            place = value_place(table, "hub", "listen", Place(top.file))
            problems.append(Problem(codes.OPEN_LISTENER, place, "hub.listen", {"host": hub.hub.listen[0]}))
        if (home / hub.keys.folder).resolve().is_relative_to(home.resolve()):
            place = value_place(table, "keys", "folder", Place(top.file))
            problems.append(Problem(codes.SELF_MADE_KEYS, place, "keys.folder", {"folder": hub.keys.folder}))
    return hub, table, problems


def _tls(home: Path, keys: TlsKeys, place: Place) -> list[Problem]:
    try:
        doors_context(home, keys)
    except ProblemsError as error:
        return [replace(one, place=place) for one in error.problems]
    return []


def _client_certificates(hub: HubFile | None, systems: Systems) -> list[Problem]:
    """Certificates that nobody could verify."""
    if hub is None or (hub.hub.tls is not None and hub.hub.tls.clients is not None):
        return []
    return [
        Problem(codes.NO_CLIENTS, systems.keys[one.id], f"systems.{one.id.partition('.')[2]}.client_certificates")
        for one in systems.built.values() if one.client_certificates
    ]


def _store(
    table: Table | None, files: Files, home: Path, registry: Registry, environ: Mapping[str, str] | None
) -> tuple[StoreChoice | None, list[Problem]]:
    """The store that is chosen; without *environ* its secrets are not looked for."""
    keys, settings, problems = _with_secrets("store", "存储", table, files, home, StoreKeys, registry.stores, environ)
    return (StoreChoice(keys.use, settings) if keys is not None and settings is not None else None), problems


def _tickets(
    table: Table | None, files: Files, home: Path, registry: Registry, environ: Mapping[str, str] | None
) -> tuple[TicketChoice | None, list[Problem]]:
    """The queue of tickets that is chosen, where one is."""
    if table is None or "tickets" not in table.entries:
        return None, []
    keys, settings, problems = _with_secrets("tickets", "待办票队列", table, files, home, TicketKeys, registry.ticket_queues, environ)
    return (TicketChoice(keys.use, settings) if keys is not None and settings is not None else None), problems


def _with_secrets(
    group: str, kind_zh: str, table: Table | None, files: Files, home: Path, model: type[Keys], known: Mapping[str, _Offered],
    environ: Mapping[str, str] | None,
) -> tuple[Keys | None, BaseModel | None, list[Problem]]:
    """The same as `_chosen`, of a plugin whose settings name secrets; without *environ* these are not looked for."""
    table, literal = _without_literal_secrets(group, table, known)
    keys, settings, problems = _chosen(group, kind_zh, table, files, model, known)
    if literal:
        return None, None, literal + [one for one in problems if one.path not in {wrong.path for wrong in literal}]
    if keys is None or settings is None:
        return None, None, problems
    for name, source in settings:
        if isinstance(source, SecretSource) and environ is not None and table is not None:
            place = value_place(table, group, name, table.place)
            problems += read_secret(f"{group}.{name}", source, home, environ, place, f"{group}.{name}")[1]
    return keys, rooted(settings, home), problems


def _without_literal_secrets(
    group: str, table: Table | None, known: Mapping[str, _Offered]
) -> tuple[Table | None, list[Problem]]:
    """*table* without secrets that stand written out in its *group*, each of which is said and never quoted."""
    node = table.entries.get(group) if table is not None else None
    use = node.entries.get("use") if isinstance(node, Table) else None
    spec = known.get(use.value) if isinstance(use, Text) else None
    if table is None or not isinstance(node, Table) or spec is None:
        return table, []
    secret = {field.alias or name for name, field in spec.settings.model_fields.items() if field.annotation is SecretSource}
    literal = [key for key in node.entries if key in secret and isinstance(node.entries[key], Text)]
    problems = [Problem(codes.LITERAL_SECRET, node.entries[key].place, f"{group}.{key}") for key in literal]
    return Table({**table.entries, group: without(node, *literal)}, table.keys, table.place), problems


def _blobs(table: Table | None, files: Files, home: Path, registry: Registry) -> tuple[BlobChoice | None, list[Problem]]:
    keys, settings, problems = _chosen("blobs", "附件存储", table, files, BlobKeys, registry.blob_stores)
    return (BlobChoice(keys, rooted(settings, home)) if keys is not None and settings is not None else None), problems


def _chosen(
    group: str, kind_zh: str, table: Table | None, files: Files, model: type[Keys], known: Mapping[str, _Offered]
) -> tuple[Keys | None, BaseModel | None, list[Problem]]:
    """What the group *group* of `guantong.yaml` chooses by `use:`: the core's keys, and the settings of the plugin."""
    if table is None:
        return None, None, []
    top = Place(files.shown(files.folder / "guantong.yaml"), 1, 1)
    node, at = table.entries.get(group, Table({}, {}, top)), table.keys.get(group, top)
    if not isinstance(node, Table):
        return None, None, []  # said by the check of the whole file
    ours = [key for key in node.entries if key in model.model_fields]
    keys, problems = validate(only(node, *ours), model, at, under(group))
    if keys is None:
        return None, None, problems
    use = cast(_Chooses, keys).use
    spec = known.get(use)
    if spec is None:
        details = {"kind": group, "kind_zh": kind_zh, "name": use, **advice(use, list(known))}
        place = node.entries["use"].place if "use" in node.entries else at
        return None, None, [Problem(codes.NOT_FOUND, place, f"{group}.use", details)]
    settings, problems = validate(without(node, *ours), spec.settings, at, under(group))
    return keys, settings, problems


def _publishers(hub: HubFile | None, table: Table | None, systems: Systems) -> list[Problem]:
    """A problem for each system that is to publish matters and is not there."""
    if hub is None or table is None or hub.matters is None:
        return []
    place = value_place(table, "matters", "from", Place(table.place.file))
    return [Problem(codes.NOT_FOUND, place, "matters.from", {"kind": "system", "kind_zh": "系统", "name": name,
                                                             **advice(name, list(systems.keys))})
            for name in hub.matters.source if name not in systems.keys]


def _places(files: Files) -> Iterable[tuple[Path, Table | None]]:
    for path in files.yaml_in():
        if path.name in ("guantong.yaml", "routes.yaml", SUPERVISION_FILE):
            continue
        table = files.table(path)
        if table is not None and table.get("systems") is None:
            files.read.discard(path)
        else:
            yield path, table
    for path in files.yaml_in("counties"):
        yield path, files.table(path)


def _routes(files: Files) -> tuple[Routes, list[Problem]]:
    path = files.folder / "routes.yaml"
    if not path.is_file():
        return Routes(), [Problem(codes.MISSING_FILE, Place(files.shown(path)))]
    table = files.table(path)
    return (Routes(), []) if table is None else read_routes(table)


def _once(of_files: list[Problem], others: list[Problem]) -> list[Problem]:
    """All problems, but nothing more of a value that is a secret: to take it out is the one thing to do."""
    secret = {problem.place for problem in of_files if problem.code is codes.LITERAL_SECRET}
    return [*of_files, *(one for one in others if one.place not in secret or one.code is not codes.REFUSED)]


def _bounded(problem: Problem) -> Problem:
    """The problem with overlong words cut: a file can hold a name of any length, a message not."""
    details = {key: _cut(value) if isinstance(value, str) else value for key, value in problem.details.items()}
    return replace(problem, path=_cut(problem.path), details=details)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"

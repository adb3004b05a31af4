"""The configuration as the core uses it: validated, complete, immutable."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from guantong.adapter import AdapterSpec
from guantong.config.audit import AuditKeys
from guantong.config.books import ReconcileKeys
from guantong.config.connecting import SiteKeys
from guantong.config.hub import (
    LOOPBACK,
    BlobKeys,
    KioskKeys,
    LogSettings,
    LoopLimits,
    MatterKeys,
    QueueLimits,
)
from guantong.config.policies import (
    CompartmentPolicy,
    DeliveryPolicy,
    FetchPolicy,
    OnUnmappable,
    PollPolicy,
    ReceiptPolicy,
    ShadowPolicy,
)
from guantong.config.reply import ReplyRules
from guantong.config.retention import RetentionKeys
from guantong.config.supervision import SupervisionFile
from guantong.config.tls import TlsKeys
from guantong.problems import Problem
from guantong.secret import Secret
from guantong.sites.tree import NO_SITES, Tree
from guantong.supervision.calendar import Calendar
from guantong.yamlfolder import YamlFolder

if TYPE_CHECKING:
    from guantong.fitting.spoken import Judging
    from guantong.keyplace import KeyPlace
    from guantong.mapping import Dialect
from guantong.model import Model


@dataclass(frozen=True, slots=True)
class HubSettings:
    """The hub itself. `body_limit` is in bytes, per request; port 0 takes a free one; `public_url` is "" where others reach
    it as it listens."""

    name: str
    listen_host: str
    listen_port: int
    body_limit: int
    queue: QueueLimits
    log: LogSettings
    sites: SiteKeys
    public_url: str = ""
    tls: TlsKeys | None = None
    loops: LoopLimits = field(default_factory=LoopLimits)
    interfaces: float = 86400.0
    """How often the descriptions of interfaces are looked at again, in seconds."""

    @property
    def address(self) -> str:
        """How others reach the hub, without a slash at the end."""
        return self.public_url or f"{'https' if self.tls else 'http'}://{self.listen_host}:{self.listen_port}"

    @property
    def unreachable(self) -> bool:
        """Whether `address` leads nobody else here: it is this machine's own, or every address there is."""
        return not self.public_url and self.listen_host in (*LOOPBACK, "0.0.0.0", "::")  # noqa: S104 -- compared, not listened on


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """Which store is used, with its settings (an instance of the store's own model)."""

    use: str
    settings: BaseModel


@dataclass(frozen=True, slots=True)
class TicketChoice:
    """Which queue of tickets is used, with its settings (an instance of its own model)."""

    use: str
    settings: BaseModel


@dataclass(frozen=True, slots=True)
class BlobChoice:
    """Which blob store is used, with its settings (an instance of its own model), and the limits of the core."""

    keys: BlobKeys
    settings: BaseModel


@dataclass(frozen=True, slots=True)
class Kiosks:
    """The citizens' query: its keys, and the kiosks' secrets by name (none where secrets were not looked for)."""

    keys: KioskKeys
    secrets: Mapping[str, Secret]


@dataclass(frozen=True, slots=True)
class System:
    """One outside party: its adapter, dialect and policies, profile and own keys merged.

    `id` is `<place file>.<key>`; `facts` are what mappings read as `$system.<name>`; `reply` judges
    replies to what we send, `query` the answers to "did it take effect?"; on `hold`, nothing is sent; in
    `shadow`, deliveries end without being sent.
    """

    id: str
    title_zh: str
    title_en: str
    role: str
    region: str
    adapter: AdapterSpec
    settings: BaseModel
    dialect: Dialect
    secrets: Mapping[str, Secret]
    facts: Mapping[str, str]
    delivery: DeliveryPolicy
    receipt: ReceiptPolicy
    poll: PollPolicy | None
    on_unmappable: OnUnmappable
    reply: ReplyRules
    query: ReplyRules | None
    hold: bool
    profile: str = ""
    test_door: bool = False
    receipts_heard: Mapping[str, str] = field(default_factory=dict)
    """Record kinds of this system's that are receipts, each with the system that took what they judge."""
    shadow: ShadowPolicy | None = None
    reconcile: ReconcileKeys | None = None
    """How its own books are held against ours (对账)."""
    fetch: FetchPolicy | None = None
    compartment: CompartmentPolicy | None = None
    """The limits of the process its adapter runs in; None: it runs in the hub."""
    site: str = ""
    """The code of the site where it stands: what its events name no site or window for happened there."""
    site_facts: Mapping[str, str] = field(default_factory=dict)
    """What mappings read of that site, as it is in the tree."""
    site_tree: int = 0
    """The version of the tree that they are of."""
    client_certificates: tuple[str, ...] = ()
    """The certificates that callers of its doors show, one of them, beside any other proof; none: none is asked for."""
    secret_names: tuple[str, ...] = ()
    """The secrets it declares, in order; `secrets` lacks them where they were not looked for."""
    place_zh: str = ""
    """The place it is of (榕城区), as its file names it."""
    judging: tuple[Judging, ...] = field(default=(), compare=False, repr=False)
    """The rules of `reply` with where each stands."""

    def told(self) -> frozenset[str]:
        """The events that it can be sent: those its dialect has a mapping for, none where nothing is sent to it."""
        return self.dialect.events_out() if self.is_sent else frozenset()

    @property
    def is_sent(self) -> bool:
        """Whether anything is sent to it."""
        return self.adapter.sends(self.settings)


@dataclass(frozen=True, slots=True)
class Route:
    """Events from a role or a system to a role or a system; exactly one of each pair is set.

    `events` and `except_` are names or wildcards (`case.*`). `by` says how a system of `to_role` is
    chosen: the one whose region is the longest prefix of the event's, the one whose the case is (`case`: it told of
    the case or was told of it; else by region), or the only one there is (`fixed`).
    After a dead delivery those behind it are blocked, or pass.
    """

    name: str
    events: tuple[str, ...]
    from_role: str | None
    from_system: str | None
    to_role: str | None
    to_system: str | None
    by: Literal["region", "case", "fixed"]
    after_dead: Literal["block", "pass"] = "block"
    except_: tuple[str, ...] = ()

    def takes(self, event: str) -> bool:
        """Whether *event* is among `events` and not among `except_`."""
        return any(matches(pattern, event) for pattern in self.events) and not any(
            matches(pattern, event) for pattern in self.except_
        )


def matches(pattern: str, event: str) -> bool:
    """Whether *event* is the one named, or falls under a wildcard (`case.*`, `*`)."""
    return event == pattern or (pattern.endswith("*") and event.startswith(pattern[:-1]))


@dataclass(frozen=True)
class Configuration:
    """Everything the hub runs by. `settings` are the hashes of the files under `config/` by their paths below
    it; `mappings` are the files the dialects were loaded from; by `calendar` working days are counted;
    cases are watched as `supervision` says, or not at all."""

    home: Path
    hub: HubSettings
    store: StoreChoice
    blobs: BlobChoice
    keys: KeyPlace
    settings: Mapping[str, str]
    systems: Mapping[str, System]
    routes: tuple[Route, ...]
    dialects: Mapping[str, Dialect]
    model: Model
    mappings: YamlFolder
    calendar: Calendar
    kiosks: Kiosks | None = None
    matters: MatterKeys | None = None
    supervision: SupervisionFile | None = None
    operations: Mapping[str, Secret] = field(default_factory=dict)
    """The tokens that open the pages of operations, by name (none where secrets were not looked for)."""
    pages_are_open: bool = False
    """Whether these pages need no token."""
    sites: Tree = NO_SITES
    retention: RetentionKeys = field(default_factory=RetentionKeys)
    """How long what is over is kept."""
    audit: AuditKeys = field(default_factory=AuditKeys)
    """How the journal is proved."""
    audit_key: Secret | None = None
    """What checkpoints are signed with, where the configuration names it and secrets were looked for."""
    tickets: TicketChoice | None = None

    @cached_property
    def settings_version(self) -> str:
        """16 hexadecimal digits: the hash of everything under `config/`."""
        said = "".join(f"{name}\0{digest}\n" for name, digest in self.settings.items())
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @cached_property
    def mappings_version(self) -> str:
        """16 hexadecimal digits: the hash of the model and of all dialects."""
        return self.mappings.digest.hex()[:16]

    @cached_property
    def version(self) -> str:
        """16 hexadecimal digits: the hash of all files read."""
        return hashlib.sha256(f"{self.settings_version} {self.mappings_version}".encode()).hexdigest()[:16]

    def settings_changed(self, other: Configuration) -> list[str]:
        """The files under `config/` that *other* has otherwise, or has not, or has beside."""
        names = self.settings.keys() | other.settings.keys()
        return sorted(f"config/{name}" for name in names if self.settings.get(name) != other.settings.get(name))

    def with_data_of(self, other: Configuration) -> Configuration:
        """The same systems, each with its dialect and the facts of its site as *other* has them."""
        systems = {name: replace(system, dialect=other.dialects[system.dialect.name]) for name, system in self.systems.items()}
        return replace(self, systems=systems, dialects=other.dialects, mappings=other.mappings).with_sites(other.sites)

    def with_sites(self, tree: Tree) -> Configuration:
        """The same with another version of the tree of sites."""
        systems = {name: replace(system, site_facts=tree.facts(system.site), site_tree=tree.number)
                   for name, system in self.systems.items()}
        return replace(self, systems=systems, sites=tree)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading gave: the configuration, or None when a problem is an error; all the problems, by file
    and line; how many systems and routes the files declare and dialects they hold, right or wrong; and the
    hash of the mappings."""

    configuration: Configuration | None
    problems: list[Problem]
    systems: int = 0
    routes: int = 0
    dialects: int = 0
    mappings_version: str = ""

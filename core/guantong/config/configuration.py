"""The configuration as the core uses it: validated, complete, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel

from guantong.adapter import AdapterSpec
from guantong.config.hub import LogSettings, QueueLimits
from guantong.config.policies import DeliveryPolicy, OnUnmappable, PollPolicy, ReceiptPolicy
from guantong.config.reply import ReplyRules
from guantong.problems import Problem
from guantong.secret import Secret
from guantong.yamlfolder import YamlFolder

if TYPE_CHECKING:
    from guantong.mapping import Dialect
    from guantong.model import Model


@dataclass(frozen=True, slots=True)
class HubSettings:
    """The hub itself. `body_limit` is in bytes, per request; port 0 takes a free one."""

    name: str
    listen_host: str
    listen_port: int
    body_limit: int
    queue: QueueLimits
    log: LogSettings


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """Which store is used, with its settings (an instance of the store's own model)."""

    use: str
    settings: BaseModel


@dataclass(frozen=True, slots=True)
class System:
    """One outside party: its adapter, dialect and policies, profile and own keys merged.

    `id` is `<place file>.<key>`; `facts` are what mappings read as `$system.<name>`; `reply` judges
    replies to what we send, `query` the answers to "did it take effect?"; on `hold`, nothing is sent.
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


@dataclass(frozen=True, slots=True)
class Route:
    """Events from a role or a system to a role or a system; exactly one of each pair is set.

    `events` and `except_` are names or wildcards (`case.*`). `by` says how a system of `to_role` is
    chosen: the one whose region is the longest prefix of the event's, or the only one there is (`fixed`).
    After a dead delivery those behind it are blocked, or pass.
    """

    name: str
    events: tuple[str, ...]
    from_role: str | None
    from_system: str | None
    to_role: str | None
    to_system: str | None
    by: Literal["region", "fixed"]
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


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything the hub runs by. `version` is the hash of the contents of all files read, `settings_version`
    that of those under `config/` only; `mappings` are the files the dialects were loaded from."""

    home: Path
    version: str
    settings_version: str
    hub: HubSettings
    store: StoreChoice
    keys: Path
    systems: Mapping[str, System]
    routes: tuple[Route, ...]
    dialects: Mapping[str, Dialect]
    model: Model
    mappings: YamlFolder


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading gave: the configuration, or None when a problem is an error; all the problems, by file
    and line; and how many systems and routes the files declare and dialects they hold, right or wrong."""

    configuration: Configuration | None
    problems: list[Problem]
    systems: int = 0
    routes: int = 0
    dialects: int = 0

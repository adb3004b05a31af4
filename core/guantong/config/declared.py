"""The keys of profiles, place files and routes: the one declaration parser and linter work from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from guantong.config.books import ReconcileKeys
from guantong.config.policies import (
    Compartment,
    DeliveryPolicy,
    FetchPolicy,
    OnUnmappable,
    Policy,
    PollPolicy,
    ReceiptPolicy,
    ShadowPolicy,
)
from guantong.config.reply import ReplyRules
from guantong.config.tls import ClientCertificate
from guantong.config.values import OneOrMany

NAME = r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$"
Name = Annotated[str, StringConstraints(pattern=NAME, max_length=60)]
"""Of a role, profile or route: lower-case letters, digits, `-` and `_`."""
Region = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{2,18}$")]


class Title(Policy):
    """A title in both languages."""

    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(default="", max_length=200)


class Interface(Policy):
    """What a profile says and a system may override. `settings` are those of the adapter."""

    adapter: str
    settings: dict[str, Any] = Field(default_factory=dict)
    delivery: DeliveryPolicy = DeliveryPolicy()
    receipt: ReceiptPolicy = ReceiptPolicy()
    poll: PollPolicy | None = None
    fetch: FetchPolicy | None = None
    on_unmappable: OnUnmappable = "park"
    reply: ReplyRules | None = None
    query: ReplyRules | None = None
    compartment: Compartment | None = None


class ProfileFile(Interface):
    """`profiles/<name>.yaml`: what systems of a known interface have in common. `dialect` is the shipped one that a new county builds on
    unless its answers say otherwise; a system names its own."""

    profile: Name
    title: Title | None = None
    dialect: str = ""


class SecretSource(Policy):
    """Where a secret comes from: an environment variable, or a file (relative to the home folder)."""

    env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)
    file: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_of_them(self) -> SecretSource:
        if (self.env is None) == (self.file is None):
            raise PydanticCustomError(
                "refused", "say either `env:` or `file:`", {"zh": "请写 `env:` 或 `file:` 其中之一"}
            )
        return self


class SystemKeys(Interface):
    """One system, its own keys laid over its profile's. `test_door` opens its doors a second time under `/test/`, where records are
    judged and not kept. `client_certificates` are those of its callers (`sha256:…`, `CN=…`): each must show one of them, beside any other
    proof, at a hub with `hub: {tls: {clients: …}}`."""

    role: Name
    dialect: str
    profile: str = ""
    title: Title | None = None
    region: Region | None = None
    secrets: dict[str, SecretSource] = Field(default_factory=dict)
    facts: dict[str, str] = Field(default_factory=dict)
    site: str = Field(default="", max_length=60)
    hold: bool = False
    shadow: ShadowPolicy | None = None
    reconcile: ReconcileKeys | None = None
    test_door: bool = False
    client_certificates: OneOrMany[ClientCertificate] = ()


class PlaceFile(Policy):
    """`counties/<place>.yaml`, or any other file with `systems:`: one place and its systems by key."""

    name: Title
    region: Region | None = None
    systems: dict[str, Any]


class Source(Policy):
    """`from:` of a route."""

    role: Name | None = None
    system: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Source:
        if (self.role is None) == (self.system is None):
            raise PydanticCustomError(
                "refused", "say either `role:` or `system:`", {"zh": "请写 `role:` 或 `system:` 其中之一"}
            )
        return self


class Target(Source):
    """`to:` of a route."""

    by: Literal["region", "case", "fixed"] | None = None


class RouteKeys(Policy):
    """One route."""

    name: Name
    events: OneOrMany[str]
    source: Source = Field(alias="from")
    target: Target = Field(alias="to")
    after_dead: Literal["block", "pass"] = "block"
    except_: OneOrMany[str] | None = Field(default=None, alias="except")


class RoutesFile(Policy):
    """`routes.yaml`."""

    routes: list[Any]

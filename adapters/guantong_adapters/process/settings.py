"""The configuration keys of the process adapter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from guantong.config.policies import CompartmentPolicy

Ability = Literal["send", "query", "renew", "poll", "receipts", "listen", "serve"]
Word = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]


class DoorKeys(BaseModel):
    """A path of ours at which the system calls; the hub passes the request on to the process."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    path: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9/_.-]{1,200}$")]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"


class ProcessSettings(BaseModel):
    """The process that is the adapter. `command` is run in the home folder, without a shell; `can` says what it must be
    able to do; `options` are handed to it as they stand (numbers and words are texts); `doors` are needed by `serve`;
    `limits` are those of a compartment."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    command: tuple[Word, ...] = Field(min_length=1, max_length=100)
    can: tuple[Ability, ...] = Field(min_length=1)
    options: dict[str, Any] = Field(default_factory=dict)
    doors: tuple[DoorKeys, ...] = ()
    limits: CompartmentPolicy = CompartmentPolicy()

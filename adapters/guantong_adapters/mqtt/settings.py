"""The configuration keys of the MQTT adapter: to which topics records go, and from which they come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from guantong.config.values import Duration, refuse
from guantong_adapters.http.trust import check_pair

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
LONGEST_TOPIC = 65_535
"""Bytes (MQTT 5, 1.5.4)."""
Topic = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f+#]+$", max_length=LONGEST_TOPIC)]
"""A topic to publish to: no wildcards (MQTT 5, 4.7)."""
Filter = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]+$", max_length=LONGEST_TOPIC)]
"""A topic filter to subscribe to: `+` is one level, `#` all that follow."""


class Declared(BaseModel):
    """A group of keys: immutable, unknown keys refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class Publish(Declared):
    """Where records of a kind go. In `topic` `{name}` stands for the record's native field of that name, which must
    be one level. `retain` has the broker keep the last record of the topic for those who come later."""

    topic: Topic
    retain: bool = False

    @model_validator(mode="after")
    def _closed(self) -> Self:
        rest = PLACEHOLDER.sub("", self.topic)
        if "{" in rest or "}" in rest:
            raise refuse("braces in a topic must be closed", "主题中的花括号须成对")
        return self


class Receive(Declared):
    """The topics that records come from, by filters (`+` one level, `#` all that follow; `$share/group/filter` shares
    them). At most `prefetch` records are in hand at once. `kind` names the record's kind; `kind_at` takes it from a
    level of the topic instead (1 is the first, -1 the last). `retained` says what is done with records a broker kept
    from before we came: `take` them, or `leave` them. `presence` is a topic that says `online` while we listen and
    `offline` otherwise (a retained last will)."""

    topics: tuple[Filter, ...] = Field(min_length=1, max_length=100)
    prefetch: int = Field(default=64, ge=1, le=10_000)
    kind: str | None = None
    kind_at: int | None = Field(default=None, ge=-64, le=64)
    retained: Literal["take", "leave"] = "take"
    presence: Topic | None = None

    @field_validator("topics")
    @classmethod
    def _filters(cls, topics: tuple[str, ...]) -> tuple[str, ...]:
        for topic in topics:
            levels = topic.split("/")
            if any(("+" in level or "#" in level) and len(level) > 1 for level in levels) or "#" in levels[:-1]:
                raise refuse(
                    f"{topic!r}: `+` stands for a whole level, `#` for all that follow, at the end only",
                    f"{topic!r}：`+` 代表整整一级，`#` 代表其后全部，只能在末尾",
                )
        return topics

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.kind is not None and self.kind_at is not None:
            raise refuse("write `kind:` or `kind_at:`, not both", "`kind:` 与 `kind_at:` 只能写一个")
        if self.kind_at == 0:
            raise refuse("levels count from 1, or from -1 at the end", "层级从 1 数起，从末尾数则从 -1 起")
        return self


class MqttSettings(Declared):
    """One system behind an MQTT broker.

    `url` names the broker (`mqtt://host:1883`, `mqtts://` with TLS, with `tls_ca`, `tls_certificate` and `tls_key`
    as needed); user and password are the secrets `user` and `password`, unless the broker wants none (`anonymous`).
    `version` is the protocol's. `client_id` is by what the broker knows us, and must be ours alone: under it the
    broker keeps what comes while we are away, for `session` (MQTT 5; 3.1.1 leaves that to the broker).

    Sending: a record of a kind named in `send` (`"*"`: any other) is published with QoS 1; with MQTT 5 also with the
    delivery's key as correlation data (the same in every attempt) and the kind as the user property `kind`. The
    broker's word is the answer: a JSON object with `result` `confirmed`, `unheard` (nobody subscribes), `refused` or
    `too_large`. Receiving: `receive`.
    """

    url: Annotated[str, StringConstraints(pattern=r"^mqtts?://[^\s/?#@]+/?$")]
    version: Literal["5", "3.1.1"] = "5"
    anonymous: bool = False
    client_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,200}$")] | None = None
    session: Duration = Field(default=7 * 86400.0, ge=0, le=4_294_967_294)
    send: dict[str, Publish] = Field(default_factory=dict)
    content_type: str = Field(default="application/json", max_length=255)
    receive: Receive | None = None
    keepalive: Duration = Field(default=30.0, ge=5, le=600)
    connect_timeout: Duration = Field(default=10.0, gt=0, le=120)
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.send and self.receive is None:
            raise refuse("write `send:`, `receive:`, or both", "请写 `send:` 或 `receive:`，或两者都写")
        check_pair(self)
        if self.url.startswith("mqtt:") and (self.tls_ca or self.tls_certificate):
            raise refuse("`tls_…:` needs `mqtts://`", "`tls_…:` 需要 `mqtts://`")
        return self

    def secrets(self) -> list[str]:
        """The names of the secrets these settings use."""
        return [] if self.anonymous else ["password", "user"]

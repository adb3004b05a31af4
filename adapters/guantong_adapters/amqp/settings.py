"""The configuration keys of the AMQP adapter: where records are published, and from which queue they come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from guantong.config.values import Duration, refuse
from guantong_adapters.http.trust import check_pair

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]*$", max_length=255)]
"""An exchange, a queue or a routing key (a short string of AMQP)."""
SENDERS_OWN = ("amq.gen-", "amq.rabbitmq.reply-to")
"""How queues begin that a broker names for one client: nobody else can make one of that name, or guess it."""


class Declared(BaseModel):
    """A group of keys: immutable, unknown keys refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class Publish(Declared):
    """Where records of a kind go. In `key` `{name}` stands for the record's native field of that name."""

    exchange: Name = ""
    key: Name

    @model_validator(mode="after")
    def _closed(self) -> Self:
        rest = PLACEHOLDER.sub("", self.key)
        if "{" in rest or "}" in rest:
            raise refuse("braces in a routing key must be closed", "路由键中的花括号须成对")
        return self


class Receive(Declared):
    """The queue that records come from. At most `prefetch` are in hand at once. `kind` names the record's kind; where
    `kind_from_type` says so, the message's property `type` does. A record refused for good is rejected: a broker
    with a dead-letter exchange on the queue keeps it. A sender that names `reply_to` hears the verdict there, where that is its own (a queue
    the broker named for it, `amq.gen-…`, or its direct way back, `amq.rabbitmq.reply-to`) or one of the queues named in `replies`: else whoever
    may write to our queue could have us write to any other."""

    queue: Name
    prefetch: int = Field(default=64, ge=1, le=10_000)
    kind: str | None = None
    kind_from_type: bool = False
    replies: tuple[Name, ...] = Field(default=(), max_length=100)

    def may_answer(self, queue: str) -> bool:
        """Whether a verdict may be sent to *queue*."""
        return queue.startswith(SENDERS_OWN) or queue in self.replies


class BrokerAddress(Declared):
    """Where a broker is, and how long it may be silent."""

    url: Annotated[str, StringConstraints(pattern=r"^amqps?://[^\s/?#@]+(/[^\s?#]*)?$")]
    heartbeat: Duration = Field(default=30.0, ge=5, le=600)
    connect_timeout: Duration = Field(default=10.0, gt=0, le=120)
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    @model_validator(mode="after")
    def _trusted(self) -> Self:
        check_pair(self)
        if self.url.startswith("amqp:") and (self.tls_ca or self.tls_certificate):
            raise refuse("`tls_…:` needs `amqps://`", "`tls_…:` 需要 `amqps://`")
        return self


class AmqpSettings(BrokerAddress):
    """One system behind a broker.

    `url` names the broker and its virtual host (`amqp://host:5672/vhost`, `amqps://` with TLS, with `tls_ca`,
    `tls_certificate` and `tls_key` as needed); user and password are the secrets `user` and `password`. Nothing is declared there: exchanges and queues are the other side's.

    Sending: a record of a kind named in `send` (`"*"`: any other) is published, persistent and mandatory, with the
    delivery's key as `message_id` (the same in every attempt: a receiver that remembers it drops what it has), its
    kind as `type` and `content_type`. The broker's word is the answer: a JSON object with `result` `confirmed`,
    `returned` (no queue takes it) or `refused`. Receiving: `receive`.
    """

    send: dict[str, Publish] = Field(default_factory=dict)
    content_type: str = Field(default="application/json", max_length=255)
    receive: Receive | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.send and self.receive is None:
            raise refuse("write `send:`, `receive:`, or both", "请写 `send:` 或 `receive:`，或两者都写")
        return self

    def secrets(self) -> list[str]:
        """The names of the secrets these settings use."""
        return ["password", "user"]

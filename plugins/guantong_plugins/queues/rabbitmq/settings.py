"""What the queue on RabbitMQ is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from guantong.config.declared import SecretSource
from guantong_adapters.amqp.settings import BrokerAddress

Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]


class RabbitmqSettings(BrokerAddress):
    """Keys of `tickets:` when it says `use: rabbitmq`. `url` names the broker and its virtual host; `user` and `password`
    say where they come from. The queue of a system is called `prefix.system` and made where it is not there; a worker has at
    most `in_hand` tickets of a system at once."""

    user: SecretSource
    password: SecretSource
    prefix: Prefix = "guantong"
    in_hand: int = Field(default=256, ge=1, le=10_000)

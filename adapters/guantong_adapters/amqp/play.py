"""Settings of the simulated county behind a broker."""

from __future__ import annotations

from pydantic import Field

from guantong_adapters.simulation.settings import SimulatorSettings


class CountyBrokerSettings(SimulatorSettings):
    """`url` names the broker (`amqp://host:port/vhost`); `inbox` is the queue it reads applications from, `outbox`
    the queue it publishes to, both of which it makes when they are not there. `county` picks its stories. Secrets:
    `user`, `password`."""

    url: str = "amqp://127.0.0.1:5672"
    inbox: str = Field(default="county.in", min_length=1)
    outbox: str = Field(default="county.out", min_length=1)
    county: str = "jiexi"

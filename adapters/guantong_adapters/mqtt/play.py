"""Settings of the simulated county behind an MQTT broker."""

from __future__ import annotations

from pydantic import Field

from guantong_adapters.simulation.settings import SimulatorSettings


class CountyTopicsSettings(SimulatorSettings):
    """`url` names the broker (`mqtt://host:port`); `inbox` is the topic it reads applications from, `outbox` the one
    under which it publishes, its table as the last level. `county` picks its stories. Secrets, unless `anonymous`:
    `user`, `password`."""

    url: str = "mqtt://127.0.0.1:1883"
    anonymous: bool = False
    inbox: str = Field(default="county/in", min_length=1)
    outbox: str = Field(default="county/out", min_length=1)
    client_id: str = "county-mqtt"
    county: str = "jiexi"

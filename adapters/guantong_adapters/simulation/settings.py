"""Settings every simulator has: one JSON file each, given to `guantong simulate NAME --settings`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from guantong.problems import Code, Problem, ProblemsError

SECRET_MISSING = Code(
    "GT564", "the settings give no secret {name!r}", "设置中没有密钥 {name!r}",
    'write {{"secrets": {{"{name}": "…"}}}} into the --settings file: an invented one',
    '请在 --settings 文件中写入 {{"secrets": {{"{name}": "…"}}}}（虚构的即可）',
)


class Down(BaseModel):
    """After *after_requests* requests in all, nobody listens for *for_seconds* seconds."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    after_requests: int = Field(ge=1)
    for_seconds: float = Field(gt=0, le=600)


class Slow(BaseModel):
    """Every *n*-th request is answered *seconds* later than it could be."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    n: int = Field(ge=1)
    seconds: float = Field(gt=0, le=600)


class FaultSettings(BaseModel):
    """What goes wrong, exactly when: counted requests and listed keys, nothing random.

    `lose_reply` lists the serials (or keys) whose effect is made and whose answer is cut off, once for each
    time they stand in the list; `busy_every` n answers every n-th request "busy", without effect;
    `reject_receipt` lists the serials that are taken and later rejected by receipt.
    """

    model_config = ConfigDict(defer_build=True, extra="forbid")

    down: list[Down] = []
    lose_reply: list[str] = []
    busy_every: int = Field(default=0, ge=0)
    slow_every: Slow | None = None
    reject_receipt: list[str] = []


class SimulatorSettings(BaseModel):
    """What all simulators share. `port` 0 takes a free one; `stories` is a file of stories, each simulator
    acts out its own; `hub_url` is the hub's base URL, to which the simulator adds its own ingress path;
    `secrets` are the invented ones of the simulated world, by name; `concurrency` bounds its pushes;
    `start` says whether on-site stories begin at once or when asked (POST /_sim/start)."""

    model_config = ConfigDict(defer_build=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    stories: Path | None = None
    hub_url: str | None = None
    secrets: dict[str, SecretStr] = {}
    faults: FaultSettings = FaultSettings()
    concurrency: int = Field(default=8, ge=1, le=256)
    start: str = Field(default="when_asked", pattern="^(at_once|when_asked)$")

    def secret(self, name: str) -> str:
        """The value of the secret *name*. Raises `ProblemsError` when the settings do not give it."""
        if name not in self.secrets:
            raise ProblemsError([Problem(SECRET_MISSING, path=f"secrets.{name}", details={"name": name})])
        return self.secrets[name].get_secret_value()

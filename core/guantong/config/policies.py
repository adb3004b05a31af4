"""Policies: how the core delivers to a system, waits for its receipts and polls it.

These models are the declaration of the keys of profiles and systems and, frozen, the objects the core
works with. Durations are seconds.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from guantong.config.values import Duration, Rate

UnknownPolicy = Literal["retry", "query", "hold"]
OnUnmappable = Literal["park", "refuse"]


class Policy(BaseModel):
    """A group of configuration keys: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class RetryPolicy(Policy):
    """Waits grow from `first` by `factor` up to `most`; ends after `attempts` or after `window` seconds. A target that
    says how long it wants to be left alone (`Retry-After`) is left alone so long, up to `asked`."""

    first: Duration = Field(default=1.0, gt=0)
    factor: float = Field(default=2.0, ge=1, le=100, allow_inf_nan=False)
    most: Duration = Field(default=300.0, gt=0)
    attempts: int = Field(default=12, ge=1, le=100_000)
    window: Duration = Field(default=86400.0, gt=0, alias="for")
    asked: Duration = 3600.0

    @property
    def longest(self) -> float:
        """The longest wait before an attempt, in seconds."""
        return max(self.most, self.asked)


class BreakerPolicy(Policy):
    """After `after` failures in a row the system is left alone, but for one probe every `probe` seconds."""

    after: int = Field(default=5, ge=1, le=100_000)
    probe: Duration = Field(default=10.0, gt=0)


class DeliveryPolicy(Policy):
    """How deliveries to one system are made. `unknown` says what follows an attempt without a known end:
    send it again (the target deduplicates), ask the target, or leave it to a person."""

    concurrency: int = Field(default=8, ge=1, le=1000)
    rate: Rate | None = None
    timeout: Duration = Field(default=30.0, gt=0)
    unknown: UnknownPolicy = "hold"
    retry: RetryPolicy = RetryPolicy()
    breaker: BreakerPolicy = BreakerPolicy()


class ReceiptPolicy(Policy):
    """How the target's later judgement reaches us, how often we look, and how long it may take."""

    by: Literal["none", "reply", "column", "file", "query", "message"] = "none"
    every: Duration = Field(default=60.0, gt=0)
    within: Duration = Field(default=86400.0, gt=0)


class PollPolicy(Policy):
    """How often a polled system is read, and how many records at most at a time."""

    every: Duration = Field(default=10.0, gt=0)
    batch: int = Field(default=200, ge=1, le=10_000)

"""What a simulator is: a plugin that behaves like a real outside system, run as its own process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class SimulatorSpec:
    """The one declaration of a simulator. `settings` is the model of its JSON settings; `run(settings,
    folder)` serves until cancelled, keeps its ledger in *folder* and writes `ready.json` there (its
    address) once it listens."""

    name: str
    title_en: str
    title_zh: str
    settings: type[BaseModel]
    run: Callable[[Any, Path], Awaitable[None]]

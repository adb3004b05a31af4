"""What a simulator is: a plugin that behaves like a real outside system, run as its own process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class SimulatorSpec:
    """The one declaration of a simulator. `settings` is the model of its JSON settings; `run(settings,
    folder)` serves until cancelled, keeps its ledger in *folder* and writes `ready.json` there (its
    address) once it listens. `profiles` are the interfaces it stands for, each with the settings that make it so."""

    name: str
    title_en: str
    title_zh: str
    settings: type[BaseModel]
    run: Callable[[Any, Path], Awaitable[None]]
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

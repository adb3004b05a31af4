"""What a store is: where messages, deliveries, links and the journal are durably kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """The one declaration of a store: `open(settings)` gives the store object."""

    name: str
    settings: type[BaseModel]
    open: Callable[[Any], Any]

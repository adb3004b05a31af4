"""Relative paths in settings start at the home folder."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def rooted(settings: Model, home: Path) -> Model:
    """The settings with every relative `Path` in them, nested models included, put under *home*."""
    changed: dict[str, Path | BaseModel] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path) and not value.is_absolute():
            changed[name] = home / value
        elif isinstance(value, BaseModel):
            changed[name] = rooted(value, home)
    return settings.model_copy(update=changed) if changed else settings

"""Which keys a pydantic model knows at a path: for "did you mean"."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys, as written in files, that *model* declares at *loc*; nothing where there is no model."""
    here: list[Any] = [model]
    for part in loc:
        onward = [inner for annotation in here for inner in _step(annotation, part)]
        here = onward or here  # a part that leads nowhere is pydantic's name of a union member
    return sorted({key for annotation in here for found in _models(annotation) for key in written(found)})


def written(model: type[BaseModel]) -> dict[str, Any]:
    """The model's keys as written in files, each with its annotation."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) is Annotated:
        return _models(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [found for member in get_args(annotation) for found in _models(member)]
    return []


def _step(annotation: Any, part: str | int) -> list[Any]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _step(args[0], part)
    if origin in (Union, types.UnionType):
        return [inner for member in args for inner in _step(member, part)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        keys = written(annotation)
        return [keys[part]] if part in keys else []
    if origin is dict and isinstance(part, str):
        return [args[1]]
    if origin in (list, tuple) and isinstance(part, int):
        return [args[0]]
    return []

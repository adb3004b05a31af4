"""Types of configuration values: durations, sizes and rates are written with their unit.

Adapters, stores and codecs use the same types in their settings models. A value given by a program (a
number, not a text) passes as it is: seconds, bytes, per second.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {
    "B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3,
    "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3,
}
_DURATION_PART = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)")
_DURATION = re.compile(rf"(?:{_DURATION_PART.pattern})+")
_SIZE = re.compile(r"([0-9]{1,15}) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)")
_RATE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)/(s|m|h)")


def refuse(expected: str, expected_zh: str) -> PydanticCustomError:
    """A refusal of settings, for their own validators: what they should be, in English and Chinese."""
    return PydanticCustomError("refused", "{expected}", {"expected": expected, "zh": expected_zh})


def _refuse(expected: str, expected_zh: str) -> PydanticCustomError:
    return PydanticCustomError(
        "written_form", "expected {expected}", {"expected": expected, "expected_zh": expected_zh}
    )


def parse_duration(value: Any) -> Any:
    """Seconds from `500ms`, `30s`, `10m`, `1h30m`, `2d`."""
    if not isinstance(value, str):
        return value
    if not _DURATION.fullmatch(value):
        raise _refuse("a duration with its unit, such as 30s, 10m or 1h30m", "带单位的时长，如 30s、10m、1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(value))


def parse_size(value: Any) -> Any:
    """Bytes from `512B`, `64KiB`, `16MiB`, `1GiB`."""
    if not isinstance(value, str):
        return value
    match = _SIZE.fullmatch(value)
    if not match:
        raise _refuse("a size with its unit, such as 64KiB or 16MiB", "带单位的大小，如 64KiB、16MiB")
    return int(match[1]) * _BYTES[match[2]]


def parse_rate(value: Any) -> Any:
    """Times per second from `50/s`, `30/m`, `1000/h`."""
    if not isinstance(value, str):
        return value
    match = _RATE.fullmatch(value)
    if not match:
        raise _refuse("a rate with its unit, such as 50/s or 30/m", "带单位的速率，如 50/s、30/m")
    return float(match[1]) / _SECONDS[match[2]]


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$", "examples": [example]})


Duration = Annotated[
    float, BeforeValidator(parse_duration), Field(ge=0, allow_inf_nan=False), _schema(_DURATION.pattern, "10m")
]
"""Seconds; written `500ms`, `30s`, `10m`, `1h30m`, `2d`."""

Size = Annotated[int, BeforeValidator(parse_size), Field(ge=0), _schema(_SIZE.pattern, "16MiB")]
"""Bytes; written `64KiB`, `16MiB`."""

Rate = Annotated[
    float, BeforeValidator(parse_rate), Field(gt=0, allow_inf_nan=False), _schema(_RATE.pattern, "50/s")
]
"""Times per second; written `50/s`, `30/m`."""

Item = TypeVar("Item")
OneOrMany = Annotated[tuple[Item, ...], BeforeValidator(_one_or_many), Field(min_length=1)]
"""A list, or one value standing for a list of one."""

HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=100)]
"""A field name of HTTP (RFC 9110 §5.1)."""

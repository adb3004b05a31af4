"""The keys of `sites:`: when a site counts as connected, and what is aimed at."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from guantong.config.policies import Policy
from guantong.config.values import Duration

_SHARE = re.compile(r"([0-9]{1,3})(?:\.([0-9]))? ?%")
_DAY = 86400.0


def parse_share(value: Any) -> Any:
    """A number from 0 to 1 from `30%` or `12.5%`."""
    if not isinstance(value, str):
        return value
    found = _SHARE.fullmatch(value)
    share = float(f"{found[1]}.{found[2] or 0}") / 100 if found else 2.0
    if share > 1:
        raise PydanticCustomError("written_form", "expected {expected}", {
            "expected": "a share, such as 30% or 100%", "expected_zh": "百分比，如 30%、100%"})
    return share


Share = Annotated[float, BeforeValidator(parse_share), Field(ge=0, le=1),
                  WithJsonSchema({"type": "string", "pattern": rf"^(?:{_SHARE.pattern})$", "examples": ["30%"]})]
"""A number from 0 to 1; written `30%`."""


class ConnectedTarget(Policy):
    """What share of towns, and of villages, of every county is to be connected `by` the end of a day."""

    by: date
    share: Share


class SiteKeys(Policy):
    """`sites:`. A site is connected when a case was handled there within `connected_within`. The targets are those of
    the notice 揭府办〔2014〕68号 unless others are set."""

    connected_within: Duration = Field(default=90 * _DAY, gt=0)
    targets: tuple[ConnectedTarget, ...] = (
        ConnectedTarget(by=date(2014, 12, 31), share=0.3), ConnectedTarget(by=date(2015, 12, 31), share=1.0),
    )

"""The value functions that come with the product."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.function import FunctionSpec
from guantong.plugins import hookimpl
from guantong_plugins.functions import affixes, encodings, identifiers, letters, padding, spaces, timelimits


@hookimpl
def register_functions() -> Sequence[FunctionSpec]:
    """Every function of this folder."""
    return (
        *spaces.FUNCTIONS, *letters.FUNCTIONS, *padding.FUNCTIONS, *affixes.FUNCTIONS, *identifiers.FUNCTIONS,
        *encodings.FUNCTIONS, *timelimits.FUNCTIONS,
    )

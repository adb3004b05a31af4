"""The value functions that come with the product."""

from __future__ import annotations

from collections.abc import Sequence

from guantong.function import FunctionSpec
from guantong.plugins import hookimpl
from guantong_plugins.functions import letters, spaces


@hookimpl
def register_functions() -> Sequence[FunctionSpec]:
    """Every function of this folder."""
    return (*spaces.FUNCTIONS, *letters.FUNCTIONS)

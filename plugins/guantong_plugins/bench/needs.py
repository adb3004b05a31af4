"""What a bench needs of this machine."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from guantong.problems import Problem, ProblemsError
from guantong_plugins.bench.codes import NEEDS_FAST, NEEDS_LINUX


def must_have() -> None:
    """Raise `ProblemsError` for all that this machine lacks."""
    lacking = [Problem(NEEDS_FAST, details={"module": module}) for module in ("uvloop", "httptools")
               if importlib.util.find_spec(module) is None]
    if not Path("/proc/self/stat").is_file():
        lacking.append(Problem(NEEDS_LINUX))
    if lacking:
        raise ProblemsError(lacking)

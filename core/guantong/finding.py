"""What a finding (疑点) is: something odd, recorded and counted, that refuses nothing (DESIGN §2).

A *kind* of finding is declared once: what it is called, what to do about it. The core declares those of the
journey (`guantong.journey.findings`); a plugin contributes its own through `register_findings`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9_]{2,59}")


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding. `name` is stable: the store, the figures and `--kind` use it. The hints say what a
    person does about it. What is `ordinary` happens every day by right (a case finished at once, without an
    acceptance): it is counted, and listed only when asked for."""

    name: str
    title_en: str
    title_zh: str
    hint_en: str
    hint_zh: str
    ordinary: bool = False
    plugin: str = "core"
    """Who contributes it."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"expected a finding's name of lower-case letters, digits and _, got: {self.name!r}")

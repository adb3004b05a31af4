"""What is claimed of a pack, and what comes of it. Part of the stand-alone verifier; it runs on Python 3.8."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Sequence  # noqa: UP035  it runs on older Pythons, too

from guantong.pack.says import SAYS

OK, FAILS, OPEN, NONE = "ok", "fails", "open", "none"
MARKS = {OK: "✓", FAILS: "✗", OPEN: "!", NONE: "–"}


class Claim(NamedTuple):
    """What was claimed, under its name, and what came of it: `verdict` is ok, fails, open (not proved, or not checkable here) or
    none (there is nothing of the kind); *key* says it in the table `SAYS`."""

    name: str
    verdict: str
    key: str
    details: Dict[str, Any] = {}  # noqa: UP006, RUF012  it runs on older Pythons, too; never written to

    def said(self, language: int) -> str:
        """In Chinese (0) or in English (1)."""
        return SAYS[self.key][language].format(**self.details)


def verified(claims: Sequence[Claim]) -> bool:
    """Whether all that can be claimed was proved."""
    return all(one.verdict in (OK, NONE) for one in claims)

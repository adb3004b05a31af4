"""The items of the go/no-go list: what was tried, how it ended, what is to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from guantong.problems import Place, Problem, in_order

Verdict = Literal["passed", "reminder", "failed", "skipped"]
WORDS: dict[Verdict, tuple[str, str]] = {
    "passed": ("passed", "通过"), "reminder": ("reminder", "提醒"), "failed": ("failed", "未通过"), "skipped": ("not tried", "未做"),
}
"""Every verdict in English and Chinese."""
SECRETS = "secrets"
OTHER_SECRETS = "secrets:others"
HOME = "home"
"""The item of what is not the county's: it comes last, and a screen counts its problems only."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. `said` are facts in Chinese and English; `todo` what is to do, the same."""

    key: str
    title: tuple[str, str]
    verdict: Verdict
    said: tuple[str, str] = ("", "")
    todo: tuple[str, str] = ("", "")
    problems: Sequence[Problem] = ()
    ways: Mapping[tuple[str, Place, str, str], Sequence[str]] = field(default_factory=dict)
    """On which ways a problem (by its identity) was met, where they are known: `event: source → target`."""

    def as_json(self) -> dict[str, Any]:
        """The stable form printed by `--json`."""
        return {
            "key": self.key, "title": self.title[1], "title_zh": self.title[0], "verdict": self.verdict,
            "said": self.said[1], "said_zh": self.said[0], "todo": self.todo[1], "todo_zh": self.todo[0],
            "problems": [{**problem.as_json(), **self._ways(problem)} for problem in self.problems],
        }

    def _ways(self, problem: Problem) -> dict[str, Sequence[str]]:
        ways = self.ways.get(problem.identity)
        return {"ways": ways} if ways else {}


def by_problems(key: str, title: tuple[str, str], problems: Sequence[Problem], said: tuple[str, str]) -> Item:
    """An item that fails by errors and reminds of warnings."""
    errors = sum(problem.code.severity == "error" for problem in problems)
    verdict: Verdict = "failed" if errors else "reminder" if problems else "passed"
    todo = ("逐条改正以下问题", "mend each of these") if errors else ("", "")
    return Item(key, title, verdict, said, todo, in_order(problems))

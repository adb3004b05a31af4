"""`supervision.yaml`: how deadlines run and when a case deserves a warning. The models are the declaration of the
keys and, frozen, what the core works with."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from guantong.config.files import Files
from guantong.config.policies import Policy
from guantong.config.validate import validate
from guantong.config.values import Duration
from guantong.problems import Place, Problem
from guantong.supervision.deadline import Reckoning
from guantong.supervision.limit import Limit, Unit, parse_limit

FILE = "supervision.yaml"
_SPAN = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])-([01]?[0-9]|2[0-4]):([0-5][0-9])")


def _refuse(expected: str, expected_zh: str) -> PydanticCustomError:
    return PydanticCustomError("written_form", "expected {expected}", {"expected": expected, "expected_zh": expected_zh})


def _limit(value: Any) -> Any:
    if isinstance(value, Limit):
        return value
    found = parse_limit(value) if isinstance(value, str) else None
    if found is None:
        raise _refuse("a number and a unit, such as 5 工作日, 30 自然日, 2 小时 or 5 workdays", "数字加单位，如 5 工作日、30 自然日、2 小时")
    return found


def _share(value: Any) -> Any:
    found = re.fullmatch(r"\s*([0-9]{1,2})\s*%\s*", value) if isinstance(value, str) else None
    if isinstance(value, str) and found is None:
        raise _refuse("a percentage from 0% to 99%", "0% 至 99% 的百分比")
    return int(found[1]) / 100 if found else value


def _span(value: Any) -> Any:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, str):
        opens, closes = ((int(found[n]) * 60 + int(found[n + 1])) * 60_000 for n in (1, 3)) if found else (0, 0)
        if not opens < closes <= 24 * 3_600_000:
            raise _refuse("office hours such as 09:00-12:00", "办公时间，如 09:00-12:00")
        return opens, closes
    return value


def _absent(value: Any) -> Any:
    return None if value == "none" else value


def _days(value: Any) -> Any:
    return None if value == "calendar" else value


LimitText = Annotated[Limit, BeforeValidator(_limit), WithJsonSchema({"type": "string", "examples": ["5 工作日"]})]
"""A time limit: `5 工作日`, `30 自然日`, `2 小时`, `3 月`; or in English, `5 workdays`."""
Share = Annotated[float, BeforeValidator(_share), WithJsonSchema({"type": "string", "examples": ["20%"]})]
OfficeSpan = Annotated[tuple[int, int], BeforeValidator(_span), WithJsonSchema({"type": "string", "examples": ["09:00-12:00"]})]
DaysOf = Annotated[Annotated[int, Field(ge=1, le=400)] | None, BeforeValidator(_days)]
"""How many days a month or year has; `calendar`: up to the same day of the later month."""

Which = Literal["promised", "legal"]


class Units(Policy):
    """How months and years of one kind of limit count: so many days each, or by the `calendar`."""

    month: DaysOf = None
    year: DaysOf = None


class StopRule(Policy):
    """Which clocks one kind of pause stops, and how long at the most (whatever the pause itself says)."""

    stops: tuple[Which, ...] = ("promised", "legal")
    at_most: LimitText | None = None


class Stops(Policy):
    """What stops the clocks: pauses by their kind (`extension` 延长审批, `statutory` 法定特别程序, `other`: of no kind
    we know), and the time between a notice of correction and the correction."""

    extension: StopRule = StopRule()
    statutory: StopRule = StopRule()
    other: StopRule = StopRule()
    correction: StopRule = StopRule()


class AcceptanceRule(Policy):
    """行政许可法 article 32: who is not told within so many days what is missing is accepted as of the application.
    `then`: `note` a finding, `start` the clocks from the application as well, or `nothing`."""

    within: LimitText = Limit(5, Unit.WORKDAY)
    then: Literal["note", "start", "nothing"] = "note"


class PreAlert(Policy):
    """预警: when at most `remaining` units are left, or at most the `share` of the limit, whichever comes first."""

    remaining: int = Field(default=1, ge=0, le=1000)
    share: Share = 0.2


class Yellow(Policy):
    """黄牌: when the promised limit is over by `overdue` days of its kind. `reply_within`: how long the department
    has to answer where the card itself does not say."""

    overdue: int = Field(default=1, ge=1, le=1000)
    reply_within: LimitText = Limit(3, Unit.WORKDAY)


class Red(Policy):
    """红牌: when the promised limit is over by `overdue` days, when the `legal` limit is over, or when a yellow card
    is `unanswered` at its reply limit."""

    overdue: int = Field(default=4, ge=1, le=1000)
    legal: bool = True
    unanswered: bool = True
    reply_within: LimitText = Limit(2, Unit.WORKDAY)


class Thresholds(Policy):
    """When a case deserves a warning. A level that is absent (`none`) is never expected."""

    pre_alert: Annotated[PreAlert | None, BeforeValidator(_absent)] = PreAlert()
    yellow: Annotated[Yellow | None, BeforeValidator(_absent)] = Yellow()
    red: Annotated[Red | None, BeforeValidator(_absent)] = Red()


class ItemRule(Policy):
    """What holds for some matters: those whose item code matches `item` (`*` stands for anything) and, where given, of
    that `kind`. Limits are used where the case's own events say none. The first rule that matches holds."""

    item: str = Field(default="*", min_length=1, max_length=100)
    kind: Literal["immediate", "promised", "other"] | None = None
    promised: LimitText | None = None
    legal: LimitText | None = None
    steps: dict[str, LimitText] | None = None
    warn: Thresholds | None = None
    watched: bool = True

    def matches(self, item: str, kind: str) -> bool:
        return (self.kind is None or self.kind == kind) and fnmatchcase(item, self.item)


class AtOnce(Policy):
    """Several days' work entered at once: `events` of one case or more, whose own times span at least `span`, heard
    `within` so short a time."""

    events: int = Field(default=3, ge=2, le=1000)
    span: Duration = Field(default=86400.0, gt=0)
    within: Duration = Field(default=600.0, gt=0)


class SupervisionFile(Policy):
    """`supervision.yaml`. Without the file nothing is watched. A warning we expected must have come `received_within`, and
    may come as much early; what happened must be told `told_within`, or a pause that saved a limit looks dated back.
    `every`: how often we look. `immediate`: the limit of cases done at once whose events say none. `steps`: limits of
    steps by their code, in the order of the flow."""

    every: Duration = Field(default=30.0, gt=0)
    received_within: Duration = 86400.0
    told_within: Duration = 3600.0
    promised: Units = Units()
    legal: Units = Units(month=30, year=365)
    office_hours: list[OfficeSpan] = Field(default_factory=list)
    stops: Stops = Stops()
    acceptance: AcceptanceRule = AcceptanceRule()
    immediate: LimitText = Limit(0, Unit.WORKDAY)
    warn: Thresholds = Thresholds()
    steps: dict[str, LimitText] = Field(default_factory=dict)
    items: list[ItemRule] = Field(default_factory=list)
    entered_at_once: Annotated[AtOnce | None, BeforeValidator(_absent)] = AtOnce()

    def item(self, code: str, kind: str) -> ItemRule:
        """The rule of a matter, complete: what it does not say is what the file says for all."""
        found = next((rule for rule in self.items if rule.matches(code, kind)), ItemRule())
        return found.model_copy(update={"steps": self.steps if found.steps is None else found.steps,
                                        "warn": found.warn or self.warn})

    def reckoning(self, which: Which) -> Reckoning:
        """How limits of that kind count."""
        units = self.promised if which == "promised" else self.legal
        return Reckoning(units.month, units.year, tuple(self.office_hours))


def read_supervision(files: Files) -> tuple[SupervisionFile | None, list[Problem]]:
    """What `supervision.yaml` says, or None where there is none or it is wrong."""
    path = files.folder / FILE
    table = files.table(path) if path.is_file() else None
    if table is None:
        return None, []
    return validate(table, SupervisionFile, Place(files.shown(path), 1, 1))

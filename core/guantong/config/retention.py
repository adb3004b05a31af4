"""`retention:` of `guantong.yaml`: how long what is finished is kept (保留期限), by county and by what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from guantong.config import codes
from guantong.config.policies import Policy
from guantong.config.validate import advice
from guantong.config.values import refuse
from guantong.problems import Place, Problem
from guantong.yamlfile import Table

LEAST = 190
"""Days. The law has logs of a network kept for six months at least (网络安全法 第二十一条); with a few days over."""
YEAR = 366
"""Days that count as a year: what is kept for years is never kept for less."""
CASE, OTHER = "case", "other"
_DAYS = re.compile(r"([0-9]{1,5})([dy])")
_EXPECTED = refuse("expected days or years, such as 190d or 10y", "应为天数或年数，如 190d、10y")


def parse_days(value: Any) -> Any:
    """Days from `190d` or `10y`."""
    if not isinstance(value, str):
        return value
    match = _DAYS.fullmatch(value)
    if not match:
        raise _EXPECTED
    return int(match[1]) * (YEAR if match[2] == "y" else 1)


def _long_enough(days: int) -> int:
    if days < LEAST:
        raise refuse(f"expected {LEAST}d or longer, came {days}d: the law has the logs of a network kept for six months at least",
                     f"不得短于 {LEAST} 天，实际为 {days} 天：网络日志依法至少留存六个月")
    return days


Days = Annotated[int, BeforeValidator(parse_days), AfterValidator(_long_enough),
                 WithJsonSchema({"type": "string", "pattern": f"^(?:{_DAYS.pattern})$", "examples": ["190d", "10y"]})]
"""Days; written `190d`, or `10y` (a year counts 366 days)."""


class KeptKeys(Policy):
    """How long after the last thing that happened to it something is kept: its `contents` (what came and was sent, values,
    attachments), and its `rows` (numbers, states, what duplicates are told by). The journal's lines stay in any case."""

    contents: Days | None = None
    rows: Days | None = None

    @model_validator(mode="after")
    def _contents_first(self) -> KeptKeys:
        if self.contents is not None and self.rows is not None and self.rows < self.contents:
            raise refuse("expected rows to be kept at least as long as contents", "rows 不得短于 contents")
        return self


class RetentionKeys(Policy):
    """`retention:`. What is over is pruned every night `at` this hour (Asia/Shanghai; `never`: only by `guantong retention
    run`). `kinds` says how long, by what a message is about (`case`, `matter` …; `other`: whatever is not named, also
    messages about nothing known); `counties` says it for single places, and holds before `kinds`. Never less than 190 days."""

    at: str = Field(default="02:30", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|never)$")
    kinds: dict[str, KeptKeys] = Field(default_factory=dict)
    counties: dict[str, dict[str, KeptKeys]] = Field(default_factory=dict)


class Kept(NamedTuple):
    """For how many days contents and rows are kept, and by which key of the configuration."""

    contents: int
    rows: int
    rule: str


_DEFAULTS = {CASE: Kept(10 * YEAR, 30 * YEAR, "case"), OTHER: Kept(LEAST, 3 * YEAR, "other")}


class Periods:
    """Answers how long anything is kept."""

    def __init__(self, keys: RetentionKeys) -> None:
        self._keys = keys
        self._found: dict[tuple[str, str], Kept] = {}

    def of(self, county: str, kind: str) -> Kept:
        """How long what is about a *kind* of subject ("": none) and came by *county* is kept. Its own words hold, each period by
        itself; then the county's for `other`, then those of all counties."""
        key = (county, kind)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._work_out(county, kind)
        return found

    def all(self) -> set[tuple[str, int]]:
        """Every period there is, as (`contents` or `rows`, days)."""
        kinds = {CASE, OTHER, *self._keys.kinds, *(kind for one in self._keys.counties.values() for kind in one)}
        found = [self.of(county, kind) for county in ("", *self._keys.counties) for kind in kinds]
        return {(stage, days) for one in found for stage, days in (("contents", one.contents), ("rows", one.rows))}

    def _work_out(self, county: str, kind: str) -> Kept:
        default = _DEFAULTS[CASE if kind == CASE else OTHER]
        theirs = self._keys.counties.get(county, {})
        named = [name for name in (kind, OTHER) if name] if kind != CASE else [CASE]
        said = [(f"{county}.{name}", theirs.get(name)) for name in named]
        said += [(name, self._keys.kinds.get(name)) for name in named]
        told = [(rule, keys) for rule, keys in said if keys is not None]
        contents = next((keys.contents for _, keys in told if keys.contents is not None), default.contents)
        rows = next((keys.rows for _, keys in told if keys.rows is not None), default.rows)
        return Kept(contents, max(contents, rows), told[0][0] if told else default.rule)


def check_retention(keys: RetentionKeys, table: Table, places: Iterable[str], kinds: Iterable[str]) -> list[Problem]:
    """A problem for each county and kind that *keys* name and that is not there."""
    known, counties = sorted({*kinds, OTHER}), sorted(set(places))
    group = table.entries.get("retention")
    problems = _unknown(keys.kinds, known, group, "kinds", "kind of subject", "对象类别")
    problems += _unknown(keys.counties, counties, group, "counties", "county", "县区")
    there = group.entries.get("counties") if isinstance(group, Table) else None
    for county, named in keys.counties.items():
        problems += _unknown(named, known, there, county, "kind of subject", "对象类别", "retention.counties")
    return problems


def _unknown(named: Mapping[str, object], known: list[str], group: object, key: str, what: str, what_zh: str,
             path: str = "retention") -> list[Problem]:
    table = group.entries.get(key) if isinstance(group, Table) else None
    return [Problem(codes.NOT_FOUND, table.keys.get(name, table.place) if isinstance(table, Table) else Place(), f"{path}.{key}.{name}",
                    {"kind": what, "kind_zh": what_zh, "name": name, **advice(name, known)})
            for name in named if name not in known]

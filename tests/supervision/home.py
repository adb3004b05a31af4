"""A home whose cases are watched: the shipped model, two counties, a platform that raises cards, a clock of ours."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.journey.home import system, write_home
from tests.journey.world import World, world

from guantong.starter import starter
from guantong.store import FindingFilter
from guantong.supervision.kept import WarningRow, WatchRow
from guantong.supervision.watch import Watch

SHANGHAI = timezone(timedelta(hours=8))
COUNTY, PLATFORM = "east.approval", "city.watch"
COMMON = ("serial.province", "serial.county", "item.code", "item.kind", "region", "version")
PATHS = {
    "case.application": ("applicant.name", "applied_at"),
    "case.acceptance": ("outcome", "accepted_at", "legal_limit", "legal_limit_unit", "promised_limit", "promised_limit_unit",
                        "promised_at", "window.code", "window.name", "org.name"),
    "case.step": ("step.code", "step.at", "step.started_at", "step.status"),
    "case.pause": ("pause.seq", "pause.kind", "pause.started_at", "pause.limit", "pause.limit_unit"),
    "case.resumption": ("pause.seq", "pause.ended_at"),
    "case.correction_notice": ("notice.at", "correction.seq"),
    "case.correction": ("correction.at", "correction.seq"),
    "case.finish": ("outcome", "finished_at"),
    "alert.raised": ("alert.no", "alert.kind", "alert.at", "alert.reply_by"),
    "alert.reply": ("alert.no", "reply.text", "reply.at"),
    "alert.withdrawn": ("alert.no", "alert.at"),
}
ROUTES = """
routes:
  - {name: to-hall, events: ["case.*", "alert.reply"], from: {role: county}, to: {role: hall}}
  - {name: to-watch, events: ["case.*", "alert.reply"], from: {role: county}, to: {role: watch}}
  - {name: cards-to-county, events: "alert.*", from: {role: watch}, to: {role: county, by: case}}
  - {name: from-portal, events: "case.*", from: {role: portal}, to: {role: hall}}
"""


def native(path: str) -> str:
    """A path's name in the played systems' records."""
    return path.replace(".", "_")


def _mapping(event: str, paths: tuple[str, ...]) -> str:
    fields = "".join(f"  {path}: {_source(path)}\n" for path in (*COMMON, *paths))
    return f"event: {event}\nrecord: {event}\nfields:\n{fields}"


def _source(path: str) -> str:
    name = native(path)
    return f"{{at: {name}, default: 1}}" if path == "version" else name


def write(folder: Path, rules: str = "{}", more: Mapping[str, str] | None = None) -> Path:
    """The home in *folder*; *rules* is its `supervision.yaml`."""
    files = {
        "config/routes.yaml": ROUTES,
        "config/supervision.yaml": f"{rules}\n",
        "config/counties/west.yaml": 'name: {zh: 西}\nregion: "445203"\nsystems:\n' + system("approval", "county"),
        "mappings/plain/dialect.yaml": (
            "dialect: plain\ntitle: {zh: 平, en: Plain}\ncodec: {in: json, out: json, reply: json}\n"
            "options: {in: {kind_field: type}, out: {kind_field: type}}\ncharset: utf-8\nversioning: number\ndates: iso\n"),
        "mappings/minting/dialect.yaml": "dialect: minting\ntitle: {zh: 厅, en: Minting}\nextends: plain\n",
        "mappings/minting/case.application.yaml": "event: case.application\nreply: {serial.province: minted}\n",
        **{f"mappings/plain/{event}.yaml": _mapping(event, paths) for event, paths in PATHS.items()},
        **(more or {}),
    }
    write_home(folder, files=files)
    (folder / "mappings/minting/case.step.yaml").unlink()
    shutil.rmtree(folder / "mappings/arriving")
    shutil.copytree(starter("mappings") / "canonical", folder / "mappings" / "canonical", dirs_exist_ok=True)
    return folder


def at(text: str) -> int:
    """The instant of a time in Shanghai, `2014-07-15 10:30`."""
    return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)


class Watched(World):
    """The world with its watch."""

    def __init__(self, base: World) -> None:
        super().__init__(base.engine, base.played, base.clock)
        self.guard = self.watching()

    def watching(self) -> Watch:
        """A watch, as the hub makes one when it starts."""
        rules = self.engine.configuration.supervision
        assert rules is not None
        return Watch(self.engine, rules)

    async def on(self, time: str) -> None:
        """It is *time*, and the watch has looked until nothing is left to look at."""
        self.clock.now = at(time)
        while await self.guard.look():
            pass

    async def hears(self, time: str, event: str, own: str = "E1", system: str = COUNTY, **values: Any) -> None:
        """At *time* the county (or *system*) tells of *event*; then the watch looks."""
        self.clock.now = at(time)
        record = {"type": event, "serial_county" if system == COUNTY else "serial_province": own,
                  **{name.replace("__", "_"): _canonical(value) for name, value in values.items()}}
        verdict = await self.tell(system, record)
        assert verdict.message, verdict
        assert verdict.code == "", verdict
        await self.on(time)

    def case(self, number: str = "E1") -> WatchRow:
        (subject,) = self.reader.subjects_by_number(number)
        row = self.reader.watch(subject)
        assert row is not None
        return row

    def warned(self, number: str = "E1") -> list[WarningRow]:
        (subject,) = self.reader.subjects_by_number(number)
        return self.reader.warnings_of(subject)

    def verdicts(self, number: str = "E1") -> list[tuple[str, str]]:
        return [(one.level, one.verdict) for one in self.warned(number)]

    def findings(self, *, settled: bool = False) -> list[tuple[str, str]]:
        """Findings of supervision, open or settled, by kind and identity."""
        rows = self.reader.findings(FindingFilter(settled=settled))
        return [(row.kind, row.identity) for row in rows if row.kind not in ("missing_event", "impossible_order")]


def _canonical(value: Any) -> Any:
    if isinstance(value, str) and len(value) == len("2014-07-15 10:30") and value[4] == "-":
        return f"{value.replace(' ', 'T')}:00+08:00"
    return value


@asynccontextmanager
async def watched(folder: Path, rules: str = "{}", **given: Any) -> AsyncIterator[Watched]:
    """The engine over the home in *folder*, written there if it is not yet."""
    if not (folder / "config").exists():
        write(folder, rules)
    async with world(folder, **given) as base:
        yield Watched(base)

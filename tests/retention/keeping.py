"""A small home whose counties also tell when a case is finished, and how much time passes there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.journey.home import FIELDS, FILES, write_home
from tests.journey.world import World, step, world

from guantong.operations import Act
from guantong.retention.pruning import Pruned, Pruner
from guantong.store import FindingFilter

COUNTY, OTHER = "east.approval", "west.approval"
DAY = 86_400.0
FINISH = {
    "mappings/canonical/events/case.finish.yaml":
        "event: case.finish\ntitle: {zh: 办结, en: Finish}\nsubject: case\nidentity: []\ninclude: _case\n",
    "mappings/plain/case.finish.yaml": f"event: case.finish\nrecord: finish\nfields:{FIELDS}",
}
SHORT = "retention: {at: never, kinds: {case: {contents: 200d, rows: 400d}, other: {contents: 190d, rows: 200d}}}\n"


@asynccontextmanager
async def keeping(home: Path, retention: str = SHORT, **given: Any) -> AsyncIterator[World]:
    """The world of the journey, with an end to cases and these periods."""
    running = {key: given.pop(key) for key in ("played", "clock") if key in given}
    if not (home / "config").exists():
        write(home, retention, **given)
    async with world(home, **running) as it:
        yield it


def write(home: Path, retention: str, **given: Any) -> None:
    """Write the home folder."""
    files = {**FINISH, **given.pop("files", {}), "config/guantong.yaml": FILES["config/guantong.yaml"] + retention}
    write_home(home, files=files, **given)


def finish(no: str) -> dict[str, Any]:
    """The end of a case, as a county sends it."""
    return {"type": "finish", "no": no, "title": "完"}


async def whole_case(it: World, no: str, county: str = COUNTY) -> int:
    """A case that was told to its end and delivered; its number."""
    await it.tell(county, step("1", no, opinion="该同志符合条件"))
    await it.tell(county, finish(no))
    await it.quiet()
    (subject,) = it.reader.subjects_by_number(no)
    for finding in it.reader.findings(FindingFilter()):
        await it.act(Act.SETTLE, f"F{finding.id}", why="x")
    return subject


async def pruned(it: World, days: float = 0) -> Pruned:
    """What goes when so many more days have passed."""
    await it.later(days * DAY)
    done = await Pruner(it.engine).run("陈工")
    it.check()
    return done


def sizes(it: World, subject: int) -> list[int]:
    """How many bytes are kept of each event of a case."""
    return [event.size for event in it.reader.events_held(subject)]

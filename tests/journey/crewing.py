"""Several engines on one schema, each a process of its own but for the process: they share nothing but the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.journey.home import FILES as PLAIN
from tests.journey.home import write_home
from tests.journey.played import Played
from tests.journey.world import Clock, World, configured, plugged
from tests.stores import servers

from guantong.hub import open_engine
from guantong.journey.crew import Crew
from guantong.journey.deliver import deliver
from guantong.journey.recover import recover
from guantong.keyplace import KeyPlace
from guantong.keyring import open_vault
from guantong.part import Part, Role


def homes(folder: Path, names: str, *, at: str | None = None, lease: str = "1s", hub: str = PLAIN["config/guantong.yaml"],
          files: dict[str, str] | None = None, **given: Any) -> list[Path]:
    """A home for each of *names* with the same configuration, keys and attachments, on one shared schema."""
    schema, found = servers.schema_of(folder), []
    text = f"{hub}store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}, shared: true, lease: {lease}}}\n" \
           f"keys: {{folder: {folder / 'keys'}}}\nblobs: {{use: folder, path: {folder / 'blobs'}}}\n"
    open_vault(KeyPlace(folder / "keys"), create=True)
    for name in names:
        home = folder / name
        home.mkdir()
        servers.settings(home, servers.dsn(at=at))
        found.append(write_home(home, files={**(files or {}), "config/guantong.yaml": text}, **given))
    return found


@asynccontextmanager
async def member(home: Path, played: dict[str, Played], clock: Clock, role: Role = Role.HUB) -> AsyncIterator[World]:
    """One engine among them, recovered and running, with far ends that all of them speak to."""
    configuration = configured(home, played)
    async with open_engine(configuration, plugged(played), Part(role, home.name)) as engine:
        engine.clock = clock
        await recover(engine)
        for system in configuration.systems:
            end = played.setdefault(system, Played(system))
            if configuration.systems[system].adapter.fetches(configuration.systems[system].settings):
                engine.fetchers[system] = end
        engine.lines.open(engine, played if role.sends else {}, deliver)
        engine.lines.start()
        assert engine.crew is not None
        engine.crew.listen(engine.lines.targets)
        try:
            yield World(engine, played, clock)
        finally:
            await engine.lines.stop()


def crew_of(it: World) -> Crew:
    """The part of an engine."""
    assert it.engine.crew is not None
    return it.engine.crew

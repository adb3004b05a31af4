"""The main job on PostgreSQL, in real processes: the hub is killed, its sessions are ended, and the books agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from tests.stores import servers

from guantong_plugins.demo.director import Demo

pytestmark = [pytest.mark.crash, pytest.mark.service("postgresql")]
CASES, KILLS = 60, 3


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Demo]:
    schema = servers.schema_of(tmp_path)
    with Demo(tmp_path, CASES, 31) as play:
        servers.settings(play.home.folder, f"{servers.dsn()}?application_name={schema}")
        servers.use_in(play.home.folder, f"dsn: {{file: dsn}}\n  schema: {schema}")
        yield play
    servers.drop(schema)


def test_the_hub_may_be_killed_and_cut_off_at_any_moment(play: Demo, tmp_path: Path) -> None:
    """In turns, each some effects after the last: nothing is lost, doubled or out of order."""
    random = Random(31)  # noqa: S311 -- the moments must repeat
    application = servers.schema_of(tmp_path)
    moments = sorted(random.sample(range(1, len(play.books.entries) * 2 // 3), 2 * KILLS))

    def trouble(made: int, _of: int) -> None:
        if not moments or made < moments[0]:
            return
        if len(moments) % 2:
            play.hub.child.kill()
            play.hub.child.start()
        elif not servers.end_sessions(application):
            return  # none was open
        del moments[0]

    play.set_stage()
    play.begin()
    stalled = play.run_to_end(trouble)
    report = play.conclude(stalled)
    assert [str(difference) for difference in report.comparison.all()] == []
    assert (stalled, moments) == ("", [])

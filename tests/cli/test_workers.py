"""`guantong workers`, the parts of `guantong run`, and what `doctor` says of who has what in hand."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.cli.desk import SECRETS, Desk
from tests.journey.crewing import crew_of, homes, member
from tests.journey.world import HALL, Clock, World, apply, configured, plugged
from tests.stores import servers

from guantong.doctor.examine import Examined, examine
from guantong.hub import open_engine
from guantong.part import Part, Role
from guantong.problems import ProblemsError


def test_where_nothing_is_shared_there_are_no_parts(desk: Desk) -> None:
    """The one process that has the store does everything; nothing of it is begun."""
    for words, part in ((("--role", "worker"), "worker"), (("--name", "second"), "second")):
        said = desk.guantong("run", *words, env=SECRETS)
        assert said.exit_code == 2
        assert f"存储 sqlite 只供一个进程使用，由它承担全部工作，不能单独运行 {part}" in said.stderr
        assert "[GT941]" in said.stderr
    assert not (desk.home / "var/guantong.db").exists()


def test_a_part_is_named_so_that_its_files_can_be(desk: Desk) -> None:
    """Small letters, digits and hyphens; the name of the whole is taken; an address is an address."""
    for words, why in ((("--name", "../x"), "--name"), (("--role", "worker", "--name", "hub"), "--name"), (("--listen", "here"), "--listen")):
        said = desk.guantong("run", *words, env=SECRETS)
        assert said.exit_code == 2
        assert why in said.stderr


@pytest.mark.service("postgresql")
async def test_other_keys_are_refused(shared: list[Path]) -> None:
    """Neither could read what the other writes: found at the start, not at the first body."""
    async with member(shared[0], {}, Clock()):
        elsewhere = shared[1]
        hub = elsewhere / "config/guantong.yaml"
        hub.write_text(hub.read_text().replace(str(shared[0].parent / "keys"), "var/keys"), encoding="utf-8")
        async with open_engine(configured(elsewhere, {}), plugged({}), Part(Role.WORKER, "b")) as engine:
            assert engine.crew is not None
            with pytest.raises(ProblemsError, match="GT942"):
                await engine.crew.join()


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[list[Path]]:
    """Two homes on one schema, taken away in the end."""
    yield homes(tmp_path, "ab", lease="30s")
    servers.drop(servers.schema_of(tmp_path))


@pytest.fixture
async def both(shared: list[Path]) -> AsyncIterator[tuple[World, World]]:
    """One that takes in, one that sends."""
    ends: dict[str, Any] = {}
    clock = Clock()
    async with member(shared[0], ends, clock, Role.INGRESS) as a, member(shared[1], ends, clock, Role.WORKER) as b:
        yield a, b


def examined(it: World) -> Examined:
    blobs = it.engine.blobs.store
    return examine(it.engine.configuration, it.reader, blobs, None, it.clock.now)


@pytest.mark.service("postgresql")
async def test_doctor_knows_who_has_what_in_hand(both: tuple[World, World], tmp_path: Path) -> None:
    """A claim of nobody is told by the delivery; while those who claim live, nothing is."""
    a, b = both
    await a.tell("east.approval", apply("P1"))
    await b.until(lambda: len(b.played[HALL].effects) == 1)
    await b.quiet()
    assert [problem.line() for problem in examined(a).problems] == []
    with servers.admin() as connection:
        connection.execute("SELECT set_config('search_path', %s, false)", (servers.schema_of(tmp_path),))
        connection.execute("UPDATE delivery SET claimed_by = 999 WHERE id = 1")
    (problem,) = examined(a).problems
    assert (problem.code.id, problem.details["ids"]) == ("GT943", "D1")


@pytest.mark.service("postgresql")
async def test_workers_are_shown_with_what_they_do(both: tuple[World, World], desk: Desk) -> None:
    """By role, host and process."""
    a, b = both
    told = {one.id: (one.told.role, one.live) for one in a.reader.workers()}
    assert told == {crew_of(a).me: ("ingress", True), crew_of(b).me: ("worker", True)}
    for name in ("dsn", "config/guantong.yaml"):
        shutil.copy(a.engine.configuration.home / name, desk.home / name)
    said = desk.guantong("workers", "--json")
    assert said.exit_code == 0, said.stderr
    assert [(one["role"], one["live"]) for one in orjson.loads(said.stdout)["workers"]] == [("ingress", True), ("worker", True)]
    shown = desk.guantong("workers").stdout
    assert "推送 worker" in shown
    assert orjson.loads(desk.guantong("queues", "--json").stdout)["others"] == 2
    assert desk.guantong("queues", columns=300).stdout.splitlines()[-1] == (
        "本工作目录没有进程可问；另有 2 个进程共用该存储（guantong workers） · nobody to ask in this home; processes that share its store: 2")

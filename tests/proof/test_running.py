"""Running hubs seal and sign by themselves; several of them make one log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.journey.crewing import homes, member
from tests.journey.home import FILES, write_home
from tests.journey.played import Played
from tests.journey.world import Clock, configured, plugged, step
from tests.stores import servers

from guantong.hub import Hub, running
from guantong.part import Role
from guantong.proof.anchoring import read
from guantong.proof.note import VerifierKey
from guantong.proof.sequencer import Sequencer
from guantong.proof.signingkey import signing_key
from guantong.proof.trusted import trusted
from guantong.proof.verifying import verify

COUNTY = "east.approval"
HUB = {"config/guantong.yaml": FILES["config/guantong.yaml"] + "audit: {every: 50ms, anchors: [outside/checkpoints]}\n"}


def stands(note: str, file: Path) -> bool:
    """Whether *note* is in *file*."""
    return file.exists() and note in file.read_text(encoding="utf-8")


async def anchors(hub: Hub, file: Path) -> None:
    """Until the hub has signed a checkpoint and it stands outside. Each look is a turn of the store."""
    while (found := hub.engine.reader.newest_checkpoint()) is None or not stands(found.note, file):
        await hub.engine.store.write(lambda _: None)


async def test_a_hub_seals_signs_and_anchors_without_being_told(tmp_path: Path) -> None:
    """Its key is made at the first start, and is the same at the next."""
    played: dict[str, Played] = {}
    write_home(tmp_path, files=HUB)
    keys: list[VerifierKey] = []
    for _ in range(2):
        async with running(configured(tmp_path, played), plugged(played)) as hub:
            await anchors(hub, tmp_path / "outside/checkpoints")
            key = signing_key(hub.engine.configuration)
            assert key is not None
            keys.append(key.verifier)
    assert keys[0].text == keys[1].text
    assert keys[0].name.startswith("guantong.local/")
    outside, problems = trusted(read(tmp_path / "outside/checkpoints"), keys)
    assert (len(outside) > 0, problems) == (True, [])


async def test_a_hub_without_a_fitting_key_carries_and_seals_all_the_same(tmp_path: Path) -> None:
    """What is wrong is logged; nothing is signed."""
    played: dict[str, Played] = {}
    write_home(tmp_path, files=HUB)
    (tmp_path / "var/keys").mkdir(parents=True)
    (tmp_path / "var/keys/audit.key").write_text("no key", encoding="utf-8")
    with capture_logs() as logs:
        async with running(configured(tmp_path, played), plugged(played)) as hub:
            while hub.engine.reader.tree() is None:
                await hub.engine.store.write(lambda _: None)
            assert hub.engine.reader.newest_checkpoint() is None
    (told,) = [one for one in logs if one["event"] == "proof.not_signed"]
    assert "GT945" in told["problems"][0]


@pytest.fixture
def schema(tmp_path: Path) -> Iterator[str]:
    name = servers.schema_of(tmp_path)
    yield name
    servers.drop(name)


@pytest.mark.service("postgresql")
@pytest.mark.usefixtures("schema")
async def test_several_processes_that_write_at_once_make_one_provable_log(tmp_path: Path) -> None:
    """Both accept, and both seal, though one at a time should: every line is sealed once, and all of it verifies."""
    played: dict[str, Played] = {}
    clock = Clock()
    one, other = homes(tmp_path, "ab")
    async with member(one, played, clock, Role.INGRESS) as a, member(other, played, clock, Role.INGRESS) as b:
        sealing = [Sequencer(it.engine, None) for it in (a, b)]
        for number in range(3):
            for it, sequencer in zip((a, b), sealing, strict=True):
                await it.tell(COUNTY, step(str(number), f"P{number}{it.engine.configuration.home.name}"))
                await sequencer.step()
        for sequencer in sealing:
            while await sequencer.step():
                pass
            await sequencer.close()
        with a.reader.snapshot():
            verdict = verify(a.reader, a.engine.vault, [])
        assert [one.line() for one in verdict.problems] == []
        assert verdict.entries == len(a.reader.lines(0, 10_000)) == 6
        assert verdict.bodies == 6

"""A hub that is killed with SIGKILL at any step of sealing, signing, anchoring or pruning goes on with the same journal: what lies outside verifies,
no line is in the tree twice, none is lost, and no two checkpoints of one size tell different things."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journey.world import Clock, World
from tests.proof.evidence import KEY
from tests.proof.killing import HEARD, OUTSIDE, ROUND, killed, lived, settings
from tests.retention.keeping import DAY, keeping
from tests.stores import servers

from guantong.crash import STEPS
from guantong.proof import stamps
from guantong.proof.anchoring import read
from guantong.proof.sealer import numbers_of
from guantong.proof.trusted import trusted
from guantong.proof.verifying import Verdict, verify

pytestmark = pytest.mark.crash

POINTS = {
    "proof:before-commit": 6, "proof:after-commit": 6, "proof:signing": 3, "proof:signed": 3, "proof:anchored": 3,
    "retention:before-commit": 2, "retention:after-commit": 2, "_keep": 6, "_keep_checkpoint": 3, "prune": 2,
}
"""Where it dies, and how often it came there before: in the second round, when something lies outside. Those without a colon are works that were
written and not committed: the tree with its tiles, a checkpoint, a case whose contents go."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service("postgresql"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The lines that tell where the hub keeps its data."""
    if request.param == "sqlite":
        yield ""
        return
    schema = servers.schema_of(tmp_path)
    (tmp_path / "dsn").write_text(servers.dsn())
    (tmp_path / "dsn").chmod(0o600)
    yield f"store: {{use: postgresql, dsn: {{file: dsn}}, schema: {schema}}}\n"
    servers.drop(schema)


def test_every_step_of_the_proof_and_of_retention_is_one_of_these() -> None:
    """A new one is tried, too."""
    assert {step for step in STEPS if step.startswith(("proof:", "retention:"))} == {step for step in POINTS if ":" in step}


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_leaves_one_provable_journal(tmp_path: Path, store: str, point: str) -> None:
    """As the process left it, and after the next one went on."""
    assert killed(tmp_path, point, POINTS[point], store) == -signal.SIGKILL
    before = read(tmp_path / OUTSIDE)
    assert before
    clock = Clock()
    clock.now += int(3 * ROUND * DAY) * 1000
    async with keeping(tmp_path, settings(store), clock=clock) as it:
        left = _verdict(it, tmp_path)
        assert (left.problems, left.covered) == ([], max(one.checkpoint.size for one in before if one.checkpoint))
        await lived(it, "P3")
        after = _verdict(it, tmp_path)
        assert (after.problems, after.covered, after.unsealed) == ([], after.entries, 0)
        assert sorted(_sealed(it)) == [line.id for line in it.reader.lines(0, 10_000)]
        assert [one for one in (tmp_path / HEARD).read_text(encoding="utf-8").split() if len(it.reader.subjects_by_number(one)) != 1] == []
        _one_text_of_each_size(it, tmp_path)


def test_a_stamp_that_was_half_written_is_none_and_comes_whole_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before it has its name: nobody takes the half for an answer, and it is taken in again."""
    child = os.fork()
    if not child:
        monkeypatch.setattr(Path, "rename", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        stamps.keep(tmp_path, 7, b"an answer")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert list(stamps.answers([tmp_path])) == []
    assert stamps.keep(tmp_path, 7, b"an answer")
    assert [data for _, data in stamps.answers([tmp_path])] == [b"an answer"]


def _verdict(it: World, home: Path) -> Verdict:
    outside, problems = trusted(read(home / OUTSIDE), [KEY.verifier])
    assert problems == []
    reader = it.engine.store.reader()
    found = verify(reader, it.engine.vault, outside)
    reader.close()
    return found


def _sealed(it: World) -> list[int]:
    return [number for tile in it.reader.tiles(-1, 10_000) for number in numbers_of(tile)]


def _one_text_of_each_size(it: World, home: Path) -> None:
    texts: dict[int, set[str]] = defaultdict(set)
    for one in read(home / OUTSIDE):
        assert one.checkpoint is not None
        texts[one.checkpoint.size].add(one.note.strip())
    for kept in it.reader.checkpoints(0, 1000):
        texts[kept.size].add(kept.note.strip())
    assert [size for size, said in texts.items() if len(said) != 1] == []

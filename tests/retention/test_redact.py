"""Redacting a case: what its records said is gone at once, for good; that there were such records is still proved."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.cli.desk import Desk
from tests.journey.played import Act as Fate
from tests.journey.played import Played
from tests.journey.world import HALL, configured, step
from tests.proof.evidence import signed
from tests.retention.keeping import COUNTY, keeping, sizes, whole_case

from guantong.cli import acting, retention
from guantong.cli.trace import told_kept
from guantong.operations import Act
from guantong.operations.tracing import trace_of
from guantong.proof.casework import verify_case
from guantong.proof.verifying import verify

WHY = "当事人申请删除"


async def test_what_was_redacted_is_gone_and_the_rest_is_proved(tmp_path: Path) -> None:
    """Bodies, values and salts, of that case alone; the line says what went, by whom and why; it is found by its numbers, and by no person's."""
    async with keeping(tmp_path) as it:
        subject, other = await whole_case(it, "P1"), await whole_case(it, "P2")
        await signed(it.engine)
        (done,) = await it.act(Act.REDACT, "P1", why=WHY)
        assert (done.state, done.problem) == ("redacted", None)
        assert sum(sizes(it, subject)) == 0 < sum(sizes(it, other))
        line = it.reader.journal_of(subject)[-1]
        assert (line.what, line.detail["why"], line.detail["counts"]["messages"]) == ("redacted", WHY, 2)
        await signed(it.engine)
        with it.reader.snapshot():
            whole, case = verify(it.reader, it.engine.vault, []), verify_case(it.reader, it.engine.vault, subject, [])
        assert [one.line() for one in (*whole.problems, *case.problems)] == []
        assert whole.gone == case.gone == len(line.detail["emptied"]["messages"]) + len(line.detail["emptied"]["deliveries"]) > 2
        assert [one.salt for one in it.reader.commitments("m", line.detail["emptied"]["messages"])] == [b"", b""]
        (found,) = trace_of(it.reader, "P1")
        assert [one.splitlines()[0][:17] for one in told_kept(found)] == ["已由 陈工 清除报文、附件等内容："]
        it.check()


@pytest.mark.parametrize(("way", "told"), [
    ("frozen", "GT913 case C1 stays as it is: it is frozen"),
    ("in flight", "GT913 case C1 stays as it is: something of it is still under way"),
    ("redacted", "GT917 nothing is kept any more of what the records of case C1 said"),
    ("unknown", "GT962 there is no case P9"),
])
async def test_what_must_stay_stays_and_says_why(tmp_path: Path, way: str, told: str) -> None:
    """Nothing of it goes, and nothing is journaled."""
    async with keeping(tmp_path, played={HALL: Played(HALL, otherwise=Fate.LOST)} if way == "in flight" else {}) as it:
        if way == "in flight":
            await it.tell(COUNTY, step("1", "P1"))
        else:
            await whole_case(it, "P1")
        if way in ("frozen", "redacted"):
            await it.act(Act.FREEZE if way == "frozen" else Act.REDACT, "P1", why="x")
        (done,) = await it.act(Act.REDACT, "P9" if way == "unknown" else "P1", why=WHY)
        assert done.problem is not None
        assert f"{done.problem.code.id} {done.problem.message()}" == told
        assert [one.what for one in it.reader.journal_of(1)].count("redacted") == (way == "redacted")


async def test_the_verb_shows_first_asks_and_takes_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look changes nothing; without a reason, or a yes, nothing goes."""
    async with keeping(tmp_path) as it:
        await whole_case(it, "P1")
    for module in (retention, acting):
        monkeypatch.setattr(module, "configuration", lambda home: configured(home, {}))
    words = ("retention", "redact", "P1", "--home", str(tmp_path))
    assert Desk.anywhere(*words).exit_code == 2
    looked = Desk.anywhere(*words, "--dry-run", "--json")
    assert [(one["case"], one["messages"], one["events"]) for one in orjson.loads(looked.stdout)["going"]] == [("C1", 2, 2)]
    assert "C1: 报文 2 份 messages，过程信息 2 条 events" in Desk.anywhere(*words, "--dry-run").stdout
    assert "GT962" in Desk.anywhere("retention", "redact", "P9", "--home", str(tmp_path), "--dry-run").stderr
    refused = Desk.anywhere(*words, "--why", WHY, "--as", "陈工")
    assert (refused.exit_code, "清除后不可恢复" in refused.stdout) == (1, True)
    async with keeping(tmp_path) as it:
        assert sum(sizes(it, 1)) > 0

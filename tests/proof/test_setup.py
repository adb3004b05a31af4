"""What keeps the proof from proving anything to others is told by `check` and `doctor`; a log does not change its hash function."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.cli.desk import ACCEPTANCE, SECRETS, Desk
from tests.journey.home import FILES, write_home
from tests.journey.world import Clock, configured, plugged, world
from tests.proof.evidence import OUTSIDE, lines_of, signed
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.clock import shown
from guantong.config import load
from guantong.hub import open_engine
from guantong.operations.metrics import render_metrics
from guantong.plugins import registry
from guantong.problems import ProblemsError
from guantong.proof.setup import SEALED_WITHIN, look_at_log, look_at_sealing, look_at_setup
from guantong.starter import starter
from guantong_plugins.stores.sqlite.opening import open_for_reading
from guantong_plugins.stores.sqlite.reader import SqliteReader

HUB = "config/guantong.yaml"
NO_ANCHORS = (
    "config/guantong.yaml audit.anchors: 交换日志的检查点没有存到外部：无从向他人证明; 请指定另一台机器上或一次写入介质上的文件："
    "`audit: {anchors: [/mnt/audit/guantong.checkpoints]}` [GT922]（警告）")


def test_check_warns_where_nothing_outside_holds_a_checkpoint(tmp_path: Path) -> None:
    """Until a file is named; it stops nothing."""
    for kind in ("config", "mappings"):
        shutil.copytree(starter(kind), tmp_path / kind)
    done = CliRunner().invoke(build_app("check"), ["check", "--lang", "zh", "--home", str(tmp_path)], env=SECRETS)
    assert (done.exit_code, [line for line in done.output.splitlines() if "audit." in line]) == (0, [NO_ANCHORS])


@pytest.mark.parametrize(("more", "codes"), [
    ("", ["GT922"]),
    ("audit: {anchors: [a]}\nstore: {use: postgresql, dsn: {env: X}}\n", []),
    ("audit: {anchors: [a]}\nstore: {use: postgresql, dsn: {env: X}, shared: true}\n", ["GT924"]),
    ("audit: {anchors: [a]}\nkeys: {folder: /srv/shared/keys}\nstore: {use: postgresql, dsn: {env: X}, shared: true}\n", []),
    ("audit: {anchors: [a], key: {env: Y}}\nstore: {use: postgresql, dsn: {env: X}, shared: true}\n", []),
])
def test_only_what_is_so_is_warned_of(tmp_path: Path, more: str, codes: list[str]) -> None:
    """One hub on PostgreSQL has one key; a folder of keys that all have holds the key of the proof, too."""
    write_home(tmp_path, files={HUB: FILES[HUB] + more})
    config = load(tmp_path, plugged({}), {}, secrets=False).configuration
    assert config is not None
    assert [one.code.id for one in look_at_setup(config, registry())] == codes


async def test_a_log_goes_on_by_the_hash_it_began_with_or_not_at_all(tmp_path: Path) -> None:
    """Another in the configuration is refused with what to write, by every verb that would write; `doctor` tells it."""
    async with world(tmp_path, files={HUB: FILES[HUB] + "audit: {hash: sm3, anchors: [a]}\n"}) as it:
        await it.engine.store.write(lines_of(3))
        await signed(it.engine)
    (tmp_path / HUB).write_text(FILES[HUB] + "audit: {anchors: [a]}\n", encoding="utf-8")
    changed = configured(tmp_path, {})
    with pytest.raises(ProblemsError) as refused:
        async with open_engine(changed, plugged({})):
            pass
    assert [one.line() for one in refused.value.problems] == [
        ("config/guantong.yaml audit.hash: the journal was begun with sm3 and cannot go on with sha256: all of its lines are sealed by one hash function; "
         "write `audit: {hash: sm3}` again; another hash begins with a new store only [GT925]")]
    reader = SqliteReader(open_for_reading(tmp_path / "var/guantong.db"))
    assert [one.code.id for one in look_at_log(changed, reader)] == ["GT925"]
    reader.close()


def test_a_hub_whose_hash_was_changed_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, in both languages, nothing sealed."""
    monkeypatch.setattr("guantong.log.configure", lambda *_: None)
    desk = Desk(tmp_path / "home")
    desk.tell(ACCEPTANCE)
    desk.work(signed)
    with (desk.home / HUB).open("a", encoding="utf-8") as file:
        file.write("audit: {hash: sm3}\n")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for words in (("run",), ("hold", "rongcheng.approval", "--why", "x", "--as", "陈工"), ("audit", "checkpoint", "--now")):
        refused = desk.guantong(*words)
        assert (refused.exit_code, "[GT925]" in refused.stderr, "audit: {hash: sha256}" in refused.stderr) == (2, True, True), refused.output


async def test_an_anchor_without_the_newest_checkpoint_is_told(tmp_path: Path) -> None:
    """Missing, empty, or behind; one that has it is not."""
    clock = Clock()
    async with world(tmp_path, clock=clock, files={HUB: FILES[HUB] + f"audit: {{anchors: [{OUTSIDE}, second]}}\n"}) as it:
        anchors = tmp_path / OUTSIDE, tmp_path / "second"
        await it.engine.store.write(lines_of(3))
        await signed(it.engine)
        earlier = anchors[0].read_bytes()
        await it.engine.store.write(lines_of(3))
        await signed(it.engine)
        config = it.engine.configuration
        assert look_at_log(config, it.reader) == []
        anchors[0].write_bytes(earlier)
        anchors[1].unlink()
        hint = "; the running hub writes it as soon as it can; look whether the folder is there, has room, and may be written to [GT923]"
        assert [one.line() for one in look_at_log(config, it.reader)] == [
            f"{OUTSIDE}: the newest checkpoint, of 6 entries, is not in this file: it ends at 3{hint}",
            f"second: the newest checkpoint, of 6 entries, is not in this file: No such file or directory{hint}"]
        anchors[1].touch()
        assert look_at_log(config, it.reader)[1].details["what"] == "it holds no checkpoint"


async def test_lines_that_nothing_proves_for_a_day_are_told(tmp_path: Path) -> None:
    """Since when, and how many; what was sealed, or came today, is no matter."""
    async with world(tmp_path) as it:
        await it.engine.store.write(lines_of(3))
        written = it.reader.lines(0, 1)[0].at
        assert look_at_sealing(it.reader, written + SEALED_WITHIN) == []
        (late,) = look_at_sealing(it.reader, written + SEALED_WITHIN + 1)
        assert late.line() == (
            f"lines of the journal have waited for sealing since {shown(written)} (3 of them): nothing proves them yet; let the hub run "
            "in a quieter hour: while records come it seals in a twentieth of its time; see that its log has no proof.hindered [GT875]")
        assert b"guantong_journal_unsealed 3.0" in render_metrics(it.reader, {})
        await signed(it.engine)
        assert look_at_sealing(it.reader, written + 9 * SEALED_WITHIN) == []
        assert b"guantong_journal_unsealed 0.0" in render_metrics(it.reader, {})

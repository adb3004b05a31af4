"""`guantong drill`: a real hub, really killed; and what it refuses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pika  # type: ignore[import-untyped]  # no stubs exist
import psycopg
import pytest
from docx import Document
from tests.conftest import address
from typer.testing import CliRunner

from guantong.cli import build_app
from guantong.part import Role
from guantong.problems import ProblemsError
from guantong_plugins.drill import campaign
from guantong_plugins.drill.broker import BrokerAt
from guantong_plugins.drill.campaign import (
    BROKER,
    FULL,
    MOMENT,
    PAUSED,
    RESTARTED,
    STEPS,
    Campaign,
    Outcome,
    Plan,
)
from guantong_plugins.drill.command import STRIKES
from guantong_plugins.drill.ledger import Ledger, Step, Verdict
from guantong_plugins.drill.processes import Processes
from guantong_plugins.drill.report import as_document

pytestmark = pytest.mark.crash


def drilled(*words: str, environ: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """The verb, run as a program of its own; its status and its answer."""
    command = [sys.executable, "-m", "guantong", "drill", "--json", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **(environ or {})})  # noqa: S603  our own verb
    assert done.stderr == ""
    return done.returncode, orjson.loads(done.stdout)


def test_a_hub_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    """At durable steps, at any moment, on a full disk, with connections cut; the report says so and the folder is kept."""
    folder, report = tmp_path / "drill", tmp_path / "演练报告.docx"
    status, told = drilled("--cycles", "7", "--folder", str(folder), "--report", str(report))
    assert (status, told["agree"], told["lost"], told["doubled"], told["out_of_order"]) == (0, True, 0, 0, 0)
    assert (told["kills"], told["ends"][FULL]) == (7, 1)
    assert told["taken"] > 100
    assert told["refused_on_full_disk"] > 0
    assert (folder / "ledger.jsonl").exists()
    assert report.stat().st_size > 10_000


@pytest.mark.service("postgresql")
def test_the_state_on_postgresql_is_held_to_the_same(tmp_path: Path) -> None:
    """In a schema of the drill's own, of which nothing is left."""
    dsn = f"postgresql://root@{address('postgresql')}/test"
    status, told = drilled("--cycles", "4", "--folder", str(tmp_path / "drill"), "--postgresql", "DRILL_DSN", environ={"DRILL_DSN": dsn})
    assert (status, told["lost"], told["doubled"], told["out_of_order"], told["kills"]) == (0, 0, 0, 0, 4)
    (schema,) = re.findall(r"guantong_drill_[0-9a-f]{8}", tmp_path.joinpath("drill", "home", "config", "guantong.yaml").read_text(encoding="utf-8"))
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() == (0,)


@pytest.mark.service("postgresql", "rabbitmq")
def test_several_processes_and_a_broker_are_held_to_the_same(tmp_path: Path) -> None:
    """One takes in and two send; one of them is killed or stopped each time, and the broker goes away and is restarted by the command.
    Nothing is left at either server."""
    dsn, broker = f"postgresql://root@{address('postgresql')}/test", f"amqp://guest:guest@{address('rabbitmq')}/"
    done = tmp_path / "restarted"
    status, told = drilled("--cycles", "10", "--folder", str(tmp_path / "drill"), "--postgresql", "DRILL_DSN", "--workers", "2", "--rabbitmq",
                           "DRILL_AMQP", "--restart-broker", f"touch {done}", environ={"DRILL_DSN": dsn, "DRILL_AMQP": broker})
    assert (status, told["lost"], told["doubled"], told["out_of_order"], told["kills"]) == (0, 0, 0, 0, 8)
    assert (told["ends"][BROKER], told["ends"][RESTARTED], done.exists()) == (1, 1, True)
    configured = tmp_path.joinpath("drill", "home", "config", "guantong.yaml").read_text(encoding="utf-8")
    (schema,) = set(re.findall(r"guantong_drill_[0-9a-f]{8}", configured))
    assert "guest" not in configured
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() == (0,)
    with pika.BlockingConnection(pika.URLParameters(f"{broker}%2F")) as line, pytest.raises(pika.exceptions.ChannelClosedByBroker, match="NOT_FOUND"):
        line.channel().queue_declare(f"{schema}.drill.asked", passive=True)


def test_every_trouble_of_a_kind_of_drill_is_planned() -> None:
    """Full disks where the store is a file; freezes and a broker's absence where there are several processes and a broker."""
    sqlite, shared = {"use": "sqlite"}, {"use": "postgresql", "shared": True}
    broker = BrokerAt("127.0.0.1", 5672, "/", "guest", "guest", "drill", "true")
    assert set(Plan(60, 1, sqlite).kinds()) == {*STEPS, MOMENT, FULL}
    assert set(Plan(60, 1, {"use": "postgresql"}).kinds()) == {*STEPS, MOMENT}
    assert set(Plan(60, 1, shared, 2).kinds()) == {*STEPS, MOMENT, PAUSED}
    assert set(Plan(60, 1, shared, 2, broker).kinds()) == {*STEPS, MOMENT, PAUSED, BROKER, RESTARTED}
    assert len(Plan(61, 1, shared, 2, broker).kinds()) == 61


@pytest.mark.parametrize(("words", "environ", "says"), [
    (["--workers", "2"], {}, "--workers 需要多进程共用的存储; 请用 --postgresql 指定存放连接串的环境变量 [GT593]"),
    (["--postgresql", "DSN", "--rabbitmq", "AMQP"], {"DSN": "x", "AMQP": "y"},
     "--rabbitmq 需要多进程共用的存储; 请用 --postgresql 指定存放连接串的环境变量 [GT593]"),
    (["--postgresql", "DSN"], {}, "环境变量 DSN 未设置; 请将连接串写入该变量：不应写在命令行上 [GT594]"),
    (["--postgresql", "DSN", "--workers", "1", "--rabbitmq", "AMQP"], {"DSN": "x", "AMQP": "http://secret@h/"},
     "环境变量 AMQP 中不是 RabbitMQ 地址; 请写成 amqp://用户:口令@主机:5672/虚拟主机 [GT795]"),
    (["--postgresql", "DSN", "--workers", "1", "--rabbitmq", "AMQP"], {"DSN": "x", "AMQP": "amqp://secret@h:port/"},
     "环境变量 AMQP 中不是 RabbitMQ 地址; 请写成 amqp://用户:口令@主机:5672/虚拟主机 [GT795]"),
])
def test_what_cannot_be_drilled_is_said_and_nothing_is_made(
    tmp_path: Path, words: list[str], environ: dict[str, str], says: str,
) -> None:
    """With the setting and the remedy, and nothing of an address that may hold a password."""
    done = CliRunner().invoke(build_app(), ["drill", "--folder", str(tmp_path / "drill"), *words], env=environ)
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, says)
    assert "secret" not in done.stderr
    assert not (tmp_path / "drill").exists()


@pytest.mark.parametrize(("command", "what"), [
    (f"{sys.executable} -c 'raise SystemExit(\"no such node\")'", "status 1: no such node"), ("", "there is no such program")])
async def test_a_broker_that_is_not_restarted_ends_the_drill(tmp_path: Path, command: str, what: str) -> None:
    """The program is named, and what it said; not its arguments, which may hold a password."""
    broker = BrokerAt("127.0.0.1", 5672, "/", "guest", "guest", "drill", command or f"{tmp_path}/missing --password secret")
    with pytest.raises(ProblemsError) as told:
        await broker.restarted()
    (problem,) = told.value.problems
    assert (problem.code.id, problem.details["what"]) == ("GT796", what)
    assert "secret" not in problem.line()


def test_a_folder_with_data_in_it_is_left_alone(tmp_path: Path) -> None:
    """A drill writes only where nothing is: a wrong word must not cost a home."""
    (tmp_path / "var").mkdir()
    done = CliRunner().invoke(build_app(), ["drill", "--folder", str(tmp_path)])
    assert done.exit_code == 2
    assert done.stderr.splitlines()[0] == (
        f"{tmp_path} 中已有数据：演练需要空目录或尚不存在的目录; 请另指定同一磁盘上的目录 [GT793]")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["var"]


async def test_a_hub_that_loses_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that was told yes for a step nobody has is a loss, whatever the hub says."""
    monkeypatch.setattr(campaign, "DRAINED_WITHIN", 0.5)
    drill = Campaign(Plan(0, 1, {"use": "sqlite", "path": "var/guantong.db"}), tmp_path / "drill", lambda *_: None)
    drill._ledger.taken.add(Step("C0", 1))
    with pytest.raises(ProblemsError) as told:
        await drill.run()
    assert told.value.problems[0].code.id == "GT791"


async def test_a_drill_that_is_ended_early_judges_what_was_done(tmp_path: Path) -> None:
    """Ctrl-C lets the cycle end, and everything that was told arrive."""
    def told(cycle: int, _kind: str) -> None:
        if cycle == 1:
            os.kill(os.getpid(), signal.SIGINT)

    outcome = await Campaign(Plan(1000, 3, {"use": "sqlite", "path": "var/guantong.db"}), tmp_path / "drill", told).run()
    assert 1 <= outcome.kills <= 2
    assert (outcome.verdict.good, outcome.verdict.taken > 0) == (True, True)


def test_the_report_says_what_was_done_what_came_of_it_and_where_to_sign(tmp_path: Path) -> None:
    """In Chinese, with figures; what is not 0 is 未通过."""
    outcome = Outcome(Verdict(1200, 0, 1, 0), refused=9, refused_full=5, dropped=17, seconds=61.0, recovery_ms=[800.0, 900.0])
    outcome.ends.update({MOMENT: 10, FULL: 2, "accept:before-commit": 8})
    made = Document(BytesIO(as_document(outcome, STRIKES, seed=7, disk_ms=3.5, place=tmp_path / "drill", store="SQLite")))
    text = "\n".join(paragraph.text for paragraph in made.paragraphs)
    cells = [[cell.text for cell in row.cells] for table in made.tables for row in table.rows]
    assert "演练期间强制终止 20 次、断开连接 17 次，已确认接收 1200 条过程信息" in text
    assert "磁盘写满 2 次：枢纽持续运行，请来源稍后重发 5 次，恢复空间后自动继续。" in text
    assert ["重复生效", "0", "1", "未通过"] in cells
    assert ["丢失", "0", "0", "通过"] in cells
    assert ["接收，落盘前", "8"] in cells
    assert any(cell.startswith("运维单位（盖章）") for row in cells for cell in row)


def test_books_that_do_not_agree_end_with_1_and_say_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder stays, with both books in it."""

    async def lossy(drill: Campaign) -> Outcome:
        Ledger({Step("C1", 1)}).write(drill._folder / "ledger.jsonl")
        return Outcome(Verdict(1, 2, 0, 0), recovery_ms=[1.0])

    monkeypatch.setattr(Campaign, "run", lossy)
    folder = tmp_path / "drill"
    done = CliRunner().invoke(build_app(), ["drill", "--folder", str(folder)])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[0] == f"账目不符：丢失 2，重复 0，乱序 0; 请保留目录 {folder} 并反馈 [GT794]"
    assert (folder / "ledger.jsonl").exists()


def test_a_long_drill_whose_output_goes_into_a_file_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line now and then; a short one says nothing before its end."""

    async def quick(drill: Campaign) -> Outcome:
        for cycle in range(drill._plan.cycles):
            drill._progress(cycle + 1, MOMENT)
        return Outcome(recovery_ms=[1.0])

    monkeypatch.setattr(Campaign, "run", quick)
    told = [CliRunner().invoke(build_app(), ["drill", "--cycles", cycles, "--folder", str(tmp_path / cycles)]) for cycles in ("49", "120")]
    assert [[line.split()[:3] for line in one.stderr.splitlines()] for one in told] == [
        [], [["演练", "drill", "50/120"], ["演练", "drill", "100/120"]]]


def test_each_step_strikes_a_process_that_comes_by_it(tmp_path: Path) -> None:
    """Of several: receipts are looked for where records are taken in, as their parts are shared out; what sends has the steps of sending."""
    there = Processes(tmp_path, tmp_path, {}, 2, Random(1))  # noqa: S311 -- which one, not a secret
    for step in STEPS:
        part = there.of(step)
        role = Role.INGRESS if part is there.takes_in else Role.WORKER
        assert role.sends if step.startswith("deliver:") else role.takes_in, step

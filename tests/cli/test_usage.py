"""Wrong folders, missing secrets, taken ports and slips in YAML: each says what to do, in both languages."""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.cli.desk import ACCEPTANCE, SECRETS, Desk

from guantong.cli import build_app
from guantong.lock import lock_home

CHINESE = re.compile(r"[\u4e00-\u9fff]")
RONGCHENG = "config/counties/rongcheng.yaml"


def _verbs(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    for word, each in getattr(command, "commands", {}).items():
        yield f"{name} {word}", each
        yield from _verbs(each, f"{name} {word}")


VERBS = {"run", "check", "reload", "try", "trace", "queues", "dead", "unknown", "conflicts", "simulate", "demo"}
OURS = {name: command for name, command in _verbs(typer.main.get_command(build_app()), "guantong")
        if name.split()[1] in VERBS}


@pytest.mark.parametrize("name", OURS)
def test_every_verb_explains_itself_in_both_languages_with_an_example(name: str) -> None:
    """Its help has an example of itself, and every option a Chinese word or an id beside the English."""
    command = OURS[name]
    text = command.help or ""
    assert CHINESE.search(text)
    if not hasattr(command, "commands"):
        assert f"Example: `{name}" in text
    silent = [one.name for one in command.params if one.name != "help" and not CHINESE.search(one.help or "M12 D34")]
    assert [name for name in silent if name not in ("ids", "ident", "key")] == []


def test_reading_needs_no_secrets(desk: Desk) -> None:
    """Secrets are the hub's: an operator's shell need not have them."""
    desk.tell(ACCEPTANCE)
    for words in (["queues"], ["dead", "list"], ["unknown", "list"], ["conflicts", "list"], ["trace", "M1"]):
        assert desk.guantong(*words).exit_code == 0
    assert desk.guantong("run").exit_code == 2


def test_run_names_every_secret_that_is_missing(desk: Desk) -> None:
    """Each with its file, line and what to do; no warnings between them."""
    said = desk.guantong("run").stderr.splitlines()
    assert len(said) == 2 * len(SECRETS)
    assert said[:2] == [
        ("config/city.yaml:14:14 systems.hall-portal.secrets.token: 环境变量 GUANTONG_HALL_PORTAL_TOKEN 未设置; "
         "请在启动前将 GUANTONG_HALL_PORTAL_TOKEN 设为密钥 'token' 的值 [GT107]"),
        ("    the environment variable GUANTONG_HALL_PORTAL_TOKEN is not set; set GUANTONG_HALL_PORTAL_TOKEN to the "
         "secret 'token' before starting"),
    ]


def test_a_folder_that_is_no_home_is_named(desk: Desk, tmp_path: Path) -> None:
    """The folder that was perhaps meant is named; a folder that is not there too."""
    for verb in (["run"], ["queues"], ["dead", "list"]):
        result = desk.anywhere(*verb, "--home", str(tmp_path))
        assert result.exit_code == 2
        assert result.stderr.startswith(
            f"{tmp_path.as_posix()} 中没有 config/：以下问题针对自带的起步配置; "
            f"请用 --home 指定工作目录 ({desk.home.as_posix()}?)，或先将起步配置 config/ 与 mappings/ 复制到其中 [GT161]\n")
    gone = desk.anywhere("queues", "--home", "/nowhere/at/all")
    assert (gone.exit_code, gone.stderr) == (
        2, ("不存在文件夹 /nowhere/at/all; 请用 --home 指定含 config/ 与 mappings/ 的文件夹 [GT160]\n"
            "    there is no folder /nowhere/at/all; give --home the folder that holds config/ and mappings/\n"))


def test_a_second_hub_is_turned_away(desk: Desk) -> None:
    """Which folder, which process, what to do."""
    with lock_home(desk.home):
        result = desk.guantong("run", env=SECRETS)
    assert result.exit_code == 2
    assert re.fullmatch(
        r".*/home 上已有中枢在运行（进程 \d+）; 每个工作目录只能运行一个中枢：请先停止它，或用 --home 指定其他目录；多个进程共用存储的，请各用不同的 --name \[GT163\]\n"
        r"    a hub runs on .*/home already \(process \d+\); one hub per home: stop that one first, or give --home "
        r"another folder; of processes that share a store each wants a --name of its own\n", result.stderr)


def test_a_taken_port_is_told_from_a_folder_that_cannot_be_written(desk: Desk) -> None:
    """Not every refusal of the operating system is about the port."""
    for name in ("city", "counties/jiedong", "counties/jiexi", "counties/rongcheng", "counties/puning"):
        (desk.home / f"config/{name}.yaml").unlink()
    (desk.home / "config/routes.yaml").write_text("routes: []\n", encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        hub = desk.home / "config/guantong.yaml"
        hub.write_text(f'hub: {{listen: "{where}"}}\n', encoding="utf-8")
        said = desk.guantong("run")
    assert said.exit_code == 2
    assert said.stderr.endswith(
        f"hub.listen：{where} 已被其他程序占用; 请停止该程序，或在 config/guantong.yaml 的 hub.listen 处改用其他端口 [GT164]\n"
        f"    hub.listen: another program listens on {where}; stop that program, or write another port at hub.listen "
        "in config/guantong.yaml\n")
    shutil.rmtree(desk.home / "var")
    (desk.home / "var").write_text("", encoding="utf-8")
    said = desk.guantong("run")
    assert said.exit_code == 2
    assert said.stderr.startswith("中枢无法启动：已存在同名文件 (")


SLIPS = {
    "full-width colon": ("    role: county", "    role：county", (
        ":7:1: 不是有效的 YAML：冒号是全角的“：”; 请改为半角冒号加空格 [GT001]")),
    "tab": ("    role: county", "\trole: county", (
        ":7:1: 不是有效的 YAML：行首是制表符（Tab）; 请改用空格 [GT001]")),
    "no blank": ('region: "445202"', 'region:"445202"', (
        ":4:1: 不是有效的 YAML：冒号后没有空格; 请在冒号后加一个空格 [GT001]")),
    "open quote": ('region: "445202"', 'region: "445202', (
        ":4:1: 不是有效的 YAML：引号没有成对; 请补上另一个引号 [GT001]")),
    "missing colon": ("role: county", "role county", (
        ":7:1: 不是有效的 YAML：键后面没有冒号; 请在键后写半角冒号和一个空格 [GT001]")),
    "address": ("url: http://", "url: ", (
        ":11:12 systems.approval.settings.url: 应为如 http://10.0.0.8:8080/service 的地址，实际为")),
    "role": ("role: county", "role: conty", (
        ":6:3 systems.approval: 没有任何转发规则涉及系统 'rongcheng.approval'（角色 'conty'）; "
        "请添加转发规则，或将角色改为 'county'，或删除该系统 [GT151]（警告）")),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_named_for_people_who_are_no_programmers(desk: Desk, slip: str) -> None:
    """The line where it is, what it is, and what to write; nothing else is blamed for it."""
    before, after, said = SLIPS[slip]
    desk.edit(RONGCHENG, before, after)
    lines = desk.guantong("check", "--lang", "zh", env=SECRETS).stdout.splitlines()[:-1]
    told = [line for line in lines if not any(code in line for code in ("GT155", "GT865", "GT922"))]  # of the home and of today, not of the slip
    assert len(told) == 1
    assert told[0].startswith(f"{RONGCHENG}{said}")


def test_a_file_saved_as_gbk_is_told(desk: Desk) -> None:
    """The editors of a Chinese Windows do it."""
    path = desk.home / RONGCHENG
    path.write_bytes(path.read_text(encoding="utf-8").replace("·", "-").encode("gb18030"))
    lines = desk.guantong("check", "--lang", "zh", env=SECRETS).stdout
    assert f"{RONGCHENG}:1:3: 无法读取文件：不是 UTF-8 编码（可能是 GBK），请另存为 UTF-8; 请确认文件存在、编码为 UTF-8 且可读 [GT004]" in lines


@pytest.mark.parametrize(("name", "secret"), [("county-rest", "token"), ("county-amqp", "user"), ("county-mqtt", "user")])
def test_a_simulator_without_its_secret_says_which(desk: Desk, tmp_path: Path, name: str, secret: str) -> None:
    """No trace of ours: what to write into the settings. So it does where only its work in the background finds out."""
    said = desk.anywhere("simulate", name, "--folder", str(tmp_path / "ledger"))
    assert said.exit_code == 2
    assert said.stderr.splitlines()[0] == (
        f"secrets.{secret}: 设置中没有密钥 '{secret}'; 请在 --settings 文件中写入 {{\"secrets\": {{\"{secret}\": \"…\"}}}}（虚构的即可） [GT564]")

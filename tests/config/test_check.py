"""`guantong check` says what the loader found, for people and for programs, and exits accordingly."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from guantong.plugins import Registry

Edit = Callable[..., None]
Run = Callable[..., Result]


@pytest.fixture
def run(home: Path, plugged: Registry, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `check` on the home folder, with more arguments when given."""
    module = importlib.import_module("guantong.cli.check")  # `guantong.cli` has a name `check` of its own
    monkeypatch.setattr(module, "registry", lambda: plugged)
    app = typer.Typer()
    app.command()(module.check)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["--home", str(home), *arguments], env=environ)

    return invoke


def test_a_right_home_is_counted_and_exits_with_0(run: Run) -> None:
    """One line in each language, or in the one asked for."""
    result = run()
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "3 个系统，2 条转发规则，2 个数据规范：0 个错误，0 个警告",
        "3 systems, 2 routes, 2 dialects: 0 errors, 0 warnings",
    ]
    assert run("--lang", "en").stdout.splitlines() == ["3 systems, 2 routes, 2 dialects: 0 errors, 0 warnings"]


def test_mistakes_are_printed_where_they_are_and_exit_with_1(run: Run, edit: Edit) -> None:
    """Chinese first with its place, English below it; warnings are marked."""
    edit("config/counties/puning.yaml", "      url: http://approval.example.invalid\n", "")
    edit("config/guantong.yaml", "/srv/keys/of/ours", "var/keys")
    result = run()
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        (
            "config/counties/puning.yaml:8:5 systems.approval.settings.url: 缺少键 'url'; 请在此处添加 `url:` [GT101]"
        ),
        "    the key 'url' is missing; add `url:` here",
        (
            "config/guantong.yaml:9:11 keys.folder: 密钥由系统自行生成于 var/keys; "
            "请将该文件夹与数据分开备份，或在 `keys: {folder: …}` 中指定自备文件夹 [GT155]（警告）"
        ),
        (
            "    the hub makes its own keys in var/keys; keep a copy of that folder apart from the data, or name "
            "a folder of your own in `keys: {folder: …}` (warning)"
        ),
        "3 个系统，2 条转发规则，2 个数据规范：1 个错误，1 个警告",
        "3 systems, 2 routes, 2 dialects: 1 errors, 1 warnings",
    ]


def test_warnings_alone_exit_with_0(run: Run, edit: Edit) -> None:
    """What only deserves attention stops nothing."""
    edit("config/guantong.yaml", "127.0.0.1:0", "0.0.0.0:8080")
    assert run("--lang", "zh").exit_code == 0


def test_json_is_one_object_with_stable_names(run: Run, edit: Edit) -> None:
    """Every problem has its code, place, path and texts."""
    assert json.loads(run("--json").stdout) == {
        "ok": True, "systems": 3, "routes": 2, "dialects": 2, "problems": []
    }
    edit("config/counties/puning.yaml", "role: county", "rol: county")
    result = run("--json")
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["ok"]) == (1, False)
    assert answer["problems"][0] == {
        "code": "GT102", "severity": "error", "file": "config/counties/puning.yaml", "line": 5, "column": 5,
        "path": "systems.approval.rol", "message": "the key 'rol' is not known here",
        "message_zh": "此处不认识键 'rol'", "hint": "did you mean 'role'?", "hint_zh": "是否应为 'role'？",
    }


def test_a_home_that_is_not_there_is_wrong_usage(run: Run, home: Path) -> None:
    """Exit 2, with the folder named; as JSON when asked."""
    away = home / "nowhere"
    result = run("--home", str(away), "--lang", "en")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (2, (
        f"there is no folder {away.as_posix()}; give --home the folder that holds config/ and mappings/ [GT160]"
    ))
    result = run("--home", str(away), "--json")
    assert (result.exit_code, json.loads(result.stdout)["ok"]) == (2, False)


def test_no_secret_reaches_the_answer(run: Run, edit: Edit, environ: dict[str, str]) -> None:
    """Neither the text nor the JSON holds a secret's value, right or misplaced."""
    edit("config/city.yaml", "{env: PORTAL_TOKEN}", "hunter-two-in-yaml")
    said = run().stdout + run("--json").stdout
    assert "GT106" in said
    assert not [value for value in (*environ.values(), "hunter-two-in-yaml") if value in said]

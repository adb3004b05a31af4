"""The demo's home: the starter as it is shipped, with the simulated world's addresses in it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from guantong.config import load
from guantong.plugins import registry
from guantong.starter import starter
from guantong_plugins.demo.home import SECRETS, Home, begin_home, fill_in, move_in, quicken
from guantong_plugins.demo.world import ROLES
from guantong_plugins.demo.yamledit import get_value, set_values


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return begin_home(tmp_path / "home")


def test_a_value_changes_and_everything_else_stays() -> None:
    """Comments, order and spelling of a file survive; a text stays a text whatever it holds."""
    text = "# 注释\nhub:\n  listen: 1:2   # where\n  more: {deep: old}\n"
    changed = set_values(text, {"hub.listen": "127.0.0.1:80", "hub.more.deep": 'a "b" \\c: #d'})
    assert changed == '# 注释\nhub:\n  listen: "127.0.0.1:80"   # where\n  more: {deep: "a \\"b\\" \\\\c: #d"}\n'
    assert yaml.safe_load(changed)["hub"]["more"]["deep"] == 'a "b" \\c: #d'
    assert get_value(changed, "hub.listen") == "127.0.0.1:80"


@pytest.mark.parametrize("path", ["hub.port", "hub", "hub.listen.port"])
def test_a_path_that_is_not_there_is_named(path: str) -> None:
    """Nothing is added in silence."""
    with pytest.raises(KeyError, match=path):
        set_values("hub: {listen: a}\n", {path: "x"})


def test_the_home_is_the_starter_but_for_its_secrets(home: Home) -> None:
    """Every file of the starter is there, unchanged but where a secret came from the environment."""
    for kind in ("config", "mappings"):
        shipped = {path.relative_to(starter(kind)): path.read_text("utf-8")
                   for path in starter(kind).rglob("*") if path.is_file()}
        copied = {path.relative_to(home.folder / kind): path.read_text("utf-8")
                  for path in (home.folder / kind).rglob("*") if path.is_file()}
        assert {path: text.replace("{file: secrets/", "{env: ") for path, text in copied.items()} == shipped


def test_every_secret_of_the_starter_is_invented(home: Home) -> None:
    """Long, all different, each in a file that only its owner reads; none is left to the environment."""
    assert {variable for role in ROLES for variable in role.secrets.values()} <= home.secrets.keys()
    assert len(set(home.secrets.values())) == len(home.secrets)
    for name, secret in home.secrets.items():
        file = home.folder / SECRETS / name
        assert file.read_text() == secret
        assert len(secret) >= 32
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any("env:" in file.read_text("utf-8") for file in (home.folder / "config").rglob("*.yaml"))


def test_the_home_loads_and_is_quicker(home: Home) -> None:
    """The copy is a configuration without a mistake, whose waits are short."""
    quicken(home)
    loaded = load(home.folder, registry(), {})
    assert [problem.line() for problem in loaded.problems if problem.code.severity == "error"] == []
    assert loaded.configuration is not None
    systems = loaded.configuration.systems
    assert {systems[role.system].delivery.breaker.probe for role in ROLES} == {1.0}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_simulator_has_a_place_in_the_configuration(home: Home, role: object) -> None:
    """The address of each simulator goes where the starter holds the real system's."""
    for each in ROLES:
        if each is role:
            file, path, _ = each.fills
            move_in(home, file, path, "http://127.0.0.1:4711")
            assert "127.0.0.1:4711" in get_value((home.folder / "config" / file).read_text("utf-8"), path)


def test_an_address_keeps_the_path_of_the_service(home: Home) -> None:
    """Only scheme, host and port of an HTTP address change; another address is taken whole."""
    path = "systems.hall.settings.url"
    file = home.folder / "config" / "city.yaml"
    fill_in(home, {"city.yaml": {path: "https://hall.example.invalid/services/DataExchange"}})
    move_in(home, "city.yaml", path, "http://127.0.0.1:4711")
    assert get_value(file.read_text("utf-8"), path) == "http://127.0.0.1:4711/services/DataExchange"
    move_in(home, "city.yaml", path, "sqlite:////somewhere/exchange.db")
    assert get_value(file.read_text("utf-8"), path) == "sqlite:////somewhere/exchange.db"

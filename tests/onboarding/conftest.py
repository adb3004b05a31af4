"""An office: an empty folder, and the command line in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import app_for

ADDRESSES = {
    "county-soap-invoke": "http://approval.konggang.example.invalid/services/Approval",
    "county-rest-json": "http://approval.konggang.example.invalid",
    "county-rest-xmlstr": "http://approval.konggang.example.invalid/gateway",
    "county-table-gdbs": "mysql+pymysql://guantong@db.konggang.example.invalid/exchange",
    "county-table-ea-jc": "mysql+pymysql://guantong@db.konggang.example.invalid/exchange",
    "county-amqp": "amqp://mq.konggang.example.invalid:5672/exchange",
    "county-mqtt": "mqtt://mq.konggang.example.invalid:1883",
    "county-files": "/srv/exchange/konggang",
}
"""Where a county of each profile kind is reached."""
MORE = {"county-table-ea-jc": 'facts: {accept_list: 见材料, project_state: "02", approve_type: "", item_kind: promised}\n'}
"""What else must be answered for a profile: what only the county's people can tell."""

CITY = ("GUANTONG_HALL_PORTAL_TOKEN", "GUANTONG_HALL_DEPT_CODE", "GUANTONG_HALL_IDENTIFY", "GUANTONG_SUPERVISION_USER",
        "GUANTONG_SUPERVISION_PASSWORD", "GUANTONG_SUPERVISION_HUB_KEY")
"""The variables of the secrets that the city's own systems take."""


@dataclass(frozen=True)
class Office:
    """One folder, and what is done in it."""

    home: Path

    def guantong(self, *words: str, typed: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        """Run `guantong WORDS` on the folder, 100 columns wide, with *typed* on standard input."""
        around = {"COLUMNS": "100", **(env or {})}
        return CliRunner().invoke(app_for(words), [*words, "--home", str(self.home)], input=typed, env=around,
                                  prog_name="guantong")

    def json(self, *words: str, env: Mapping[str, str] | None = None) -> Any:
        """The JSON answer of `guantong WORDS --json`."""
        return orjson.loads(self.guantong(*words, "--json", env=env).stdout)

    def answers(self, text: str) -> str:
        """A file of answers beside the folder; its path."""
        file = self.home.parent / "answers.yaml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    def files(self) -> dict[str, str]:
        """Everything in the folder by its path."""
        return {file.relative_to(self.home).as_posix(): file.read_text(encoding="utf-8")
                for file in sorted(self.home.rglob("*")) if file.is_file() and "var" not in file.relative_to(self.home).parts}


def answers_of(profile: str = "county-soap-invoke", more: str = "") -> str:
    """The answers for a county of *profile*."""
    return (f'county: konggang\nname: {{zh: 空港经济区, en: Konggang}}\nregion: "445298"\nprofile: {profile}\n'
            f"address: {ADDRESSES[profile]}\n{MORE.get(profile, '')}{more}")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An empty folder."""
    home = tmp_path / "home"
    home.mkdir()
    return Office(home)

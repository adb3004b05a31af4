"""The starter configuration is one the hub would run, and says what a reader needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from guantong.config import Configuration, load
from guantong.config.policies import DeliveryPolicy
from guantong.plugins import registry

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "GUANTONG_HALL_PORTAL_TOKEN", "GUANTONG_HALL_DEPT_CODE", "GUANTONG_HALL_IDENTIFY", "GUANTONG_SUPERVISION_USER",
    "GUANTONG_SUPERVISION_PASSWORD", "GUANTONG_SUPERVISION_HUB_KEY", "GUANTONG_RONGCHENG_TOKEN", "GUANTONG_JIEDONG_KEY", "GUANTONG_JIEXI_PASSWORD",
    "GUANTONG_PUNING_ACCESS_TOKEN", "GUANTONG_PUNING_APP_ID", "GUANTONG_PUNING_APP_SECRET", "GUANTONG_PUNING_SM4_KEY",
    "GUANTONG_PUNING_SM4_IV", "GUANTONG_PUNING_HUB_TOKEN",
}
INVENTED = "an-invented-key!"
"""As long as a key of SM4."""

KEYS_ARE_OURS = "GT155"


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    loaded = load(ROOT, registry(), dict.fromkeys(SECRETS, INVENTED))
    assert [problem.line() for problem in loaded.problems if problem.code.id != KEYS_ARE_OURS] == []
    assert loaded.configuration is not None
    return loaded.configuration


def test_the_starter_needs_nothing_but_its_secrets(configuration: Configuration) -> None:
    """With its fifteen secrets set, the starter has no problem; each secret it reads is one of them."""
    used = {
        secret.source.removeprefix("env ") for system in configuration.systems.values()
        for secret in system.secrets.values()
    }
    assert used == SECRETS


def test_without_secrets_every_missing_one_is_named() -> None:
    """A hub without its secrets does not start, and says all that are missing at once."""
    loaded = load(ROOT, registry(), {})
    assert loaded.configuration is None
    missing = {problem.details["name"] for problem in loaded.problems if problem.code.id == "GT107"}
    assert missing == SECRETS


def test_the_systems_are_those_of_the_city(configuration: Configuration) -> None:
    """The hall both ways, supervision and five counties, each in its region."""
    systems = {name: (system.role, system.region) for name, system in configuration.systems.items()}
    assert systems == {
        "city.hall-portal": ("hall-portal", "445200"), "city.hall": ("hall", "445200"),
        "city.supervision": ("supervision", "445200"), "rongcheng.approval": ("county", "445202"),
        "jiedong.approval": ("county", "445203"), "jiexi.approval": ("county", "445222"),
        "huilai.approval": ("county", "445224"), "puning.approval": ("county", "445281"),
    }


@pytest.mark.parametrize(
    ("system", "policy"),
    [
        ("city.hall", "retry"), ("city.supervision", "retry"), ("rongcheng.approval", "query"),
        ("jiedong.approval", "hold"), ("jiexi.approval", "query"),
        ("huilai.approval", "retry"), ("puning.approval", "retry"),
    ],
)
def test_what_follows_an_unknown_end_fits_the_system(configuration: Configuration, system: str, policy: str) -> None:
    """Only who drops duplicates is sent again unasked; who cannot be asked waits for a person."""
    chosen = configuration.systems[system]
    assert chosen.delivery.unknown == policy
    assert (chosen.query is not None) == (policy == "query")


def test_a_day_of_silence_kills_nothing(configuration: Configuration) -> None:
    """A target that is busy over a weekend still gets everything: retries last three days."""
    for system in configuration.systems.values():
        retry = system.delivery.retry
        if system.delivery != DeliveryPolicy():
            assert retry.window >= 3 * 86400
            assert retry.attempts * retry.most >= retry.window


def test_every_event_of_a_case_reaches_hall_and_supervision(configuration: Configuration) -> None:
    """What counties send goes to the hall and to supervision; online applications go to their county. Intakes and voids,
    for which the hall has no table, go to supervision."""
    def targets(role: str, event: str) -> set[str | None]:
        return {route.to_role for route in configuration.routes if route.from_role == role and route.takes(event)}

    events = configuration.systems["rongcheng.approval"].dialect.events_in()
    assert [event for event in events if event.startswith("case.") and targets("county", event) != {"hall", "supervision"}] == []
    assert targets("county", "alert.reply") == {"supervision"}
    assert targets("hall-portal", "case.application") == {"county", "supervision"}
    assert targets("county", "case.intake") == targets("county", "case.void") == {"supervision"}


def test_every_file_says_in_both_languages_what_it_is() -> None:
    """Each file opens with what it is, in Chinese first and in English beside."""
    for file in sorted([*(ROOT / "config").rglob("*.yaml"), *(ROOT / "mappings").rglob("*.yaml")]):
        if file.parent.name == "codes":
            continue
        comments = [line for line in file.read_text("utf-8").splitlines()[:8] if line.startswith("#")]
        assert comments, file
        assert not _is_english(comments[0]), file
        assert any(_is_english(line) for line in comments[1:]), file


def _is_english(line: str) -> bool:
    return not any("\u4e00" <= character <= "\u9fff" for character in line)

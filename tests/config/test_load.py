"""A right home folder becomes a configuration: merged, typed, complete, immutable."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from guantong.config import Configuration, Loaded, Meaning, load
from guantong.keyplace import KeyPlace
from guantong.plugins import Registry

Load = Callable[[], Loaded]
Edit = Callable[..., None]


@pytest.fixture
def configuration(loaded: Load) -> Configuration:
    result = loaded()
    assert [problem.line() for problem in result.problems] == []
    assert result.configuration is not None
    return result.configuration


def test_a_right_home_has_no_problem_and_counts_what_it_holds(loaded: Load) -> None:
    """No error, no warning; systems, routes and dialects are counted."""
    result = loaded()
    assert [problem.line() for problem in result.problems] == []
    assert (result.systems, result.routes, result.dialects) == (3, 2, 2)


def test_the_hub_store_and_keys_are_typed(configuration: Configuration, home: Path) -> None:
    """Sizes are bytes, addresses are split, relative paths start at the home folder."""
    hub = configuration.hub
    assert (hub.name, hub.listen_host, hub.listen_port) == ("测试枢纽", "127.0.0.1", 0)
    assert (hub.body_limit, hub.log.format, hub.log.level) == (16 * 1024 * 1024, "json", "info")
    assert configuration.store.use == "memory"
    assert configuration.store.settings.model_dump() == {"path": home / "var/test.db", "size": 0}
    assert configuration.keys == KeyPlace(Path("/srv/keys/of/ours"))


def test_a_system_lies_over_its_profile(configuration: Configuration, home: Path) -> None:
    """Tables merge key by key, whatever the depth; what the system says wins; the rest is the profile's."""
    system = configuration.systems["puning.approval"]
    assert system.settings.model_dump() == {
        "url": "http://approval.example.invalid", "timeout": 20.0, "limit": 1024, "port": 80, "sign": None,
        "tls": {"verify_host": True, "certificate": home / "var/puning.pem"}, "paths": {}, "read": "",
    }
    assert (system.delivery.concurrency, system.delivery.rate, system.delivery.unknown) == (4, 50.0, "retry")
    retry = system.delivery.retry
    assert (retry.first, retry.factor, retry.most, retry.attempts, retry.window) == (1, 2, 300, 3, 86400)
    assert (system.delivery.timeout, system.delivery.breaker.after, system.receipt.by) == (30, 5, "none")
    assert (system.profile, system.adapter.name, system.dialect.name) == ("wired", "wire", "plain")
    assert system.facts == {"unit": "007"}, "scalars keep their text"


def test_none_takes_a_table_of_the_profile_out(loaded: Load, edit: Edit) -> None:
    """At any depth, and nothing beside it."""
    edit("config/profiles/wired.yaml", "    verify_host: yes\n", "    verify_host: yes\n  paths: {first: {verify_host: no}, second: {verify_host: no}}\n")
    edit("config/counties/puning.yaml", "      tls:\n        certificate: var/puning.pem\n", "      tls: none\n      paths: {first: none}\n")
    result = loaded()
    assert result.configuration is not None, [problem.line() for problem in result.problems]
    settings = result.configuration.systems["puning.approval"].settings.model_dump()
    assert settings["tls"] == type(result.configuration.systems["puning.approval"].settings)(url="http://x.example.invalid").model_dump()["tls"]
    assert settings["paths"] == {"second": {"verify_host": False, "certificate": None}}


def test_titles_roles_and_regions_come_from_the_place(configuration: Configuration) -> None:
    """A system's own title wins; a lone system is titled as its place; others add their key."""
    systems = configuration.systems
    titles = {identity: (system.title_zh, system.title_en) for identity, system in systems.items()}
    assert titles == {
        "city.hall-portal": ("某市 hall-portal", "Some City hall-portal"),
        "city.hall": ("大厅", "Hall"),
        "puning.approval": ("普宁市", "Puning"),
    }
    assert [(system.role, system.region) for system in systems.values()] == [
        ("hall-portal", "440000"), ("hall", "440000"), ("county", "445281")
    ]


def test_reply_rules_keep_their_order_and_conditions(configuration: Configuration) -> None:
    """Rules are declared as written; a list of statuses is any of them."""
    reply = configuration.systems["city.hall"].reply
    assert (reply.decode, reply.otherwise) == ("json", Meaning.UNKNOWN)
    first, second, third = reply.rules
    assert (first.means, first.when.field, first.reason_at) == (Meaning.SUCCESS, {"code": ("0",)}, None)
    assert second.when.text is not None
    assert second.when.text.matches is not None
    assert second.when.text.matches.search("系统忙")
    assert (second.means, second.reason_at) == (Meaning.TRANSIENT, "msg")
    assert third.when.status == ("429", "5xx")


def test_routes_choose_by_region_only_when_told(configuration: Configuration) -> None:
    """`by:` left out means the one system there is; one event may stand without a list."""
    to_county, to_hall = configuration.routes
    assert (to_county.from_role, to_county.to_role, to_county.by) == ("hall-portal", "county", "region")
    assert (to_hall.by, to_hall.after_dead, to_hall.to_system) == ("fixed", "block", None)
    assert to_county.takes("case.application")
    assert not to_county.takes("case.step")


def test_except_takes_events_out_of_a_wildcard(loaded: Load, edit: Edit) -> None:
    """`case.*` without `case.step` takes all but the steps."""
    edit("config/routes.yaml", "events: [case.application, case.step]", "events: case.*\n    except: case.step")
    result = loaded()
    assert result.configuration is not None
    route = result.configuration.routes[1]
    assert [route.takes(event) for event in ("case.application", "case.step")] == [True, False]


def test_nothing_of_a_configuration_can_be_changed(configuration: Configuration) -> None:
    """The configuration, its systems and their policies refuse assignment."""
    system = configuration.systems["city.hall"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        configuration.version = "other"
    with pytest.raises(dataclasses.FrozenInstanceError):
        system.hold = True  # type: ignore[misc]  # assigning is what is tested
    with pytest.raises(ValidationError):
        system.delivery.concurrency = 9


def test_the_version_follows_the_contents(loaded: Load, edit: Edit) -> None:
    """The same files give the same version; a changed mapping or configuration gives another."""

    def version() -> str:
        configuration = loaded().configuration
        assert configuration is not None
        return configuration.version

    first = version()
    assert first == version()
    edit("config/counties/puning.yaml", "50/s", "51/s")
    second = version()
    edit("mappings/plain/case.step.yaml", "record: STEP", "record: STEPS")
    assert len({first, second, version()}) == 3


def test_a_home_without_its_own_folders_uses_the_starter(tmp_path: Path, plugged: Registry) -> None:
    """Without config/ and mappings/ the starter's files are read, and named as the starter's."""
    result = load(tmp_path, plugged, {})
    assert result.systems >= 5
    assert {problem.place.file.split("/")[0] for problem in result.problems} == {"starter"}


def test_five_hundred_counties_report_a_mistake_of_their_profile_once(
    loaded: Load, edit: Edit, home: Path
) -> None:
    """A profile's mistake is the profile's: it is reported there, and not again for each system."""
    county = (home / "config/counties/puning.yaml").read_text(encoding="utf-8")
    for number in range(500):
        text = county.replace("445281", f"44{number:04}")
        (home / f"config/counties/c{number}.yaml").write_text(text, encoding="utf-8")
    edit("config/profiles/wired.yaml", "timeout: 20s", "timeout: soon")
    assert [problem.line() for problem in loaded().problems] == [
        ("config/profiles/wired.yaml:5:12 settings.timeout: expected a duration with its unit, such as 30s, "
        '10m or 1h30m, came "soon" [GT104]')
    ]

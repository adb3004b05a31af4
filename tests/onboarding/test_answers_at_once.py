"""Every mistake of the answers at once, each at the answer it comes from; names that are taken; host keys."""

from __future__ import annotations

import pytest
from tests.onboarding.conftest import ADDRESSES, Office, answers_of

KEY = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"


def told(office: Office, text: str) -> list[tuple[str, int, str]]:
    """Code, line and path of every error."""
    made = office.json("county", "add", "--from", office.answers(text))
    assert office.files() == {}, "nothing is written"
    return [(one["code"], one["line"], one["path"]) for one in made["problems"] if one["severity"] == "error"]


@pytest.mark.parametrize("profile", ["county-table-gdbs", "county-files"])
def test_a_test_door_where_there_is_none_is_told_at_its_answer(office: Office, profile: str) -> None:
    """Not at a line of a file that is not written yet."""
    assert told(office, answers_of(profile, "test_door: true\n")) == [("GT824", 6, "test_door")]


def test_mistakes_of_every_layer_are_told_at_once(office: Office) -> None:
    """An unknown key, a profile that is none, an address that is none, a dialect that is none: one answer."""
    text = answers_of(more="adress: x\nextends: jiedongg\nfrom: []\n").replace("profile: county-soap-invoke", "profile: county-sop-invoke")
    text = text.replace("from: []\n", "").replace(ADDRESSES["county-soap-invoke"], "http://user:pass@host/")
    assert told(office, text) == [
        ("GT109", 4, "profile"), ("GT801", 5, "address"), ("GT102", 6, "adress"), ("GT109", 7, "extends")]


def test_mistakes_in_settings_are_told_beside_those_in_the_address(office: Office) -> None:
    text = answers_of("county-files", "settings: {charst: gbk}\nsend: no\n").replace(ADDRESSES["county-files"], "http://host/")
    assert told(office, text) == [("GT801", 5, "address"), ("GT102", 6, "settings.charst"), ("GT102", 7, "send")]


@pytest.mark.parametrize("name", ["city", "supervision", "routes", "hub"])
def test_a_county_is_not_called_as_a_file_of_the_hubs_own(office: Office, name: str) -> None:
    """Its systems would be `city.approval`, among the city's."""
    assert told(office, answers_of().replace("county: konggang", f"county: {name}")) == [("GT388", 1, "county")]


def test_the_host_keys_of_an_sftp_server_are_an_answer(office: Office) -> None:
    """Missing, they are told with how to get them; given, they stand in the place file and it loads."""
    sftp = answers_of("county-files").replace(ADDRESSES["county-files"], "sftp://guantong@files.example.invalid/exchange")
    assert told(office, sftp) == [("GT389", 5, "host_keys")]
    assert told(office, answers_of("county-files", f"host_keys: {KEY}\n")) == [("GT390", 6, "host_keys")]
    made = office.json("county", "add", "--from", office.answers(f"{sftp}host_keys: [{KEY}]\n"))
    assert made["ok"], made["problems"]
    assert KEY in office.files()["config/counties/konggang.yaml"]
    assert made["variables"] == {"password": "GUANTONG_KONGGANG_PASSWORD"}


def test_beside_an_unknown_key_everything_else_is_told(office: Office) -> None:
    sftp = answers_of("county-files", "unknwn: 1\n").replace(ADDRESSES["county-files"], "sftp://guantong@files.example.invalid/exchange")
    assert told(office, sftp.replace("county: konggang", "county: city")) == [
        ("GT388", 1, "county"), ("GT389", 5, "host_keys"), ("GT102", 6, "unknwn")]

"""How others reach the hub: as it listens, or by the address that is written."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from guantong.config.configuration import HubSettings
from guantong.config.connecting import SiteKeys
from guantong.config.hub import HubKeys, LogSettings, QueueLimits


@pytest.mark.parametrize(("public", "address"), [("", "http://127.0.0.1:8080"), ("https://hub.example.invalid", "https://hub.example.invalid")])
def test_the_public_address_stands_before_the_one_listened_at(public: str, address: str) -> None:
    assert HubSettings("hub", "127.0.0.1", 8080, 1024, QueueLimits(), LogSettings(), SiteKeys(), public).address == address


@pytest.mark.parametrize("written", ["hub.example.invalid", "ftp://hub.example.invalid", "https://u:p@hub.example.invalid", "https://h/?a=1"])
def test_what_is_no_address_of_a_hub_is_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        HubKeys(public_url=written)

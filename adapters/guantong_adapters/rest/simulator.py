"""The simulated counties that speak REST, as they register."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from guantong.simulator import SimulatorSpec
from guantong_adapters.simulation.settings import FaultSettings, SimulatorSettings


class CountySettings(SimulatorSettings):
    """A county's approval system by REST. Secret: `token`, which both sides bring. Items listed in
    `unknown_items` do not exist there; numbers of its own begin with `serial_prefix`."""

    county: str = "rongcheng"
    serial_prefix: str = "RC"
    hub_path: str = "/in/rongcheng.approval/events"
    unknown_items: tuple[str, ...] = ()


async def _run(settings: CountySettings, folder: Path) -> None:
    from guantong_adapters.rest.county import run_county  # loads when this simulator runs

    await run_county(settings, folder)


SPEC = SimulatorSpec(
    "county-rest", "County approval system by REST", "县区审批系统（REST）", CountySettings, _run, {"county-rest-json": {}},
)


class XmlStrFaults(FaultSettings):
    """What goes wrong at the county of forms besides: counted, nothing random. Of the requests that bring a token every
    *n*-th finds it gone (`expire_every`); of the applications it takes every *n*-th is answered in words only
    (`words_every`) or as JSON (`json_every`)."""

    expire_every: int = Field(default=0, ge=0)
    words_every: int = Field(default=0, ge=0)
    json_every: int = Field(default=0, ge=0)


class XmlStrSettings(SimulatorSettings):
    """A county's approval system of forms with `xmlStr`. Secrets: `access_token`, `app_id`, `app_secret`, the key and
    vector of SM4 (`cipher_key`, `cipher_iv`, 16 bytes each) and `hub_token`, which it brings to the hub. Its
    tokens hold for `token_lasts` seconds. What it has of its cases it pushes, or is asked for: `hands_over`."""

    county: str = "puning"
    serial_prefix: str = "PN"
    hub_path: str = "/in/puning.approval/approve"
    unknown_items: tuple[str, ...] = ()
    token_lasts: int = Field(default=7200, ge=1)
    hands_over: Literal["push", "when_asked"] = "push"
    faults: XmlStrFaults = XmlStrFaults()


async def _run_xmlstr(settings: XmlStrSettings, folder: Path) -> None:
    from guantong_adapters.rest.xmlstr_county import run_county  # loads when this simulator runs

    await run_county(settings, folder)


XMLSTR_SPEC = SimulatorSpec(
    "county-rest-xmlstr", "County approval system by REST forms with xmlStr", "县区审批系统（REST 表单 xmlStr）", XmlStrSettings,
    _run_xmlstr, {"county-rest-xmlstr": {}},
)

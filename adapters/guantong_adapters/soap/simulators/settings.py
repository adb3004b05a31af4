"""Settings of the simulated systems that speak SOAP."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from guantong_adapters.simulation.settings import SimulatorSettings


class HallSettings(SimulatorSettings):
    """The online hall. Secrets: `identify` and `dept_code` (what callers must bring), `token` (signs what
    the portal pushes), `paasid` (the application's name at the gateway, where the hub has one; else `paasid` of the
    settings where that is said, else callers may have any). Items listed in `unknown_items` do not exist at the hall; numbers it mints begin
    with `first_serial` each day."""

    namespace: str = "http://example.invalid/data"
    paasid: str = "jieyang-portal"
    portal_path: str = "/in/city.hall-portal/applications"
    unknown_items: tuple[str, ...] = ()
    first_serial: int = Field(default=5001, ge=1, le=9999)

    @property
    def application(self) -> str:
        """The application's name that the portal signs with."""
        return self.secret("paasid") if "paasid" in self.secrets else self.paasid

    @property
    def callers(self) -> str | None:
        """The application's name that callers must have; None: any, or none."""
        return self.application if "paasid" in self.secrets or "paasid" in self.model_fields_set else None


class CountySettings(SimulatorSettings):
    """A county's approval system. Secret: `key`, agreed with the hub and brought in `key_header` by both."""

    county: str = "jiedong"
    serial_prefix: str = "JD"
    namespace: str = "http://example.invalid/approval"
    hub_path: str = "/in/jiedong.approval/soap"
    key_header: str = "X-Guantong-Key"
    unknown_items: tuple[str, ...] = ()


class SupervisionSettings(SimulatorSettings):
    """The supervision platform. Secrets: `user`, `password`; `hub_key`, brought to the hub in `key_header` with the
    cards it raises about the cases of its stories. A login key is good for `key_uses` calls."""

    namespace: str = "http://example.invalid/supervision"
    hub_path: str = "/in/city.supervision/soap"
    key_header: str = "X-Guantong-Key"
    key_uses: int = Field(default=100, ge=1)


class CaseExchangeSettings(SimulatorSettings):
    """A county's case exchange service, called by its WSDL. Secrets: `user`, `password`; callers name their
    `city`, too. Faults come with the HTTP status `faults_with`."""

    city: str = "445200"
    unknown_items: tuple[str, ...] = ()
    faults_with: Literal[200, 500] = 500


class WsdlSettings(SimulatorSettings):
    """A service of which only the WSDL is known (a file; what it imports lies beside it). `service` and `soap_port` are named
    where there are several. `answers` are texts of its replies by their paths (`{Receipt/Code: "0"}`); with `fault/code`,
    `fault/reason`, `fault/detail/…` it answers a fault."""

    wsdl: Path
    service: str | None = None
    soap_port: str | None = None
    answers: dict[str, str] = Field(default_factory=dict)

"""Where the WSDL of a system's settings is kept."""

from __future__ import annotations

from pathlib import Path

from guantong.adapter import SystemContext
from guantong_adapters.http.trust import trust_of
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.keeping import Keeper


def keeper_of(context: SystemContext, settings: SoapSettings) -> Keeper | None:
    """The keeper of the system's WSDL, None where the settings name none."""
    return keeper_in(context.home, settings)


def keeper_in(home: Path, settings: SoapSettings) -> Keeper | None:
    """The same, by the home folder."""
    if settings.wsdl is None:
        return None
    root = settings.wsdl.absolute().as_uri() if isinstance(settings.wsdl, Path) else settings.wsdl
    return Keeper(root, home.absolute(), trust=trust_of(settings))

"""Where the WSDL of a system's settings is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from guantong.adapter import SystemContext
from guantong.problems import ProblemsError
from guantong_adapters.http.trust import trust_of
from guantong_adapters.soap.settings import SoapSettings
from guantong_adapters.soap.wsdl.keeping import Keeper
from guantong_adapters.soap.wsdl.model import Description
from guantong_adapters.soap.wsdl.refusal import shown


def keeper_of(context: SystemContext, settings: SoapSettings) -> Keeper | None:
    """The keeper of the system's WSDL, None where the settings name none."""
    return keeper_in(context.home, settings)


def keeper_in(home: Path, settings: SoapSettings) -> Keeper | None:
    """The same, by the home folder."""
    return None if settings.wsdl is None else _keeper(home, settings, settings.wsdl)


def at_hand_in(home: Path, settings: SoapSettings) -> tuple[Description, str] | None:
    """What the system's WSDL says as far as that can be told without any network, and where it lies: the WSDL itself, or, where it
    was never fetched, the copy that was handed over. Blocks. Raises `ProblemsError`."""
    for key, location in (("wsdl", settings.wsdl), ("wsdl_copy", settings.wsdl_copy)):
        if location is None:
            continue
        keeper = _keeper(home, settings, location)
        try:
            description = keeper.at_hand()
        except ProblemsError as error:
            raise ProblemsError(replace(one, path=one.path or key) for one in error.problems) from None
        if description is not None:
            return description, shown(keeper.root)
    return None


def _keeper(home: Path, settings: SoapSettings, location: Path | str) -> Keeper:
    root = location.absolute().as_uri() if isinstance(location, Path) else location
    return Keeper(root, home.absolute(), trust=trust_of(settings))

"""Entry point: the exchange-table adapter and its simulated systems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.adapter import AdapterSpec, Connection, SystemContext, always
from guantong.plugins import hookimpl
from guantong.problems import Problem
from guantong.simulator import SimulatorSpec
from guantong_adapters.table.address import database_at
from guantong_adapters.table.agreeing import AGREEMENT
from guantong_adapters.table.codes import BAD_URL
from guantong_adapters.table.play import CountyTableSettings, SupervisionTableSettings
from guantong_adapters.table.probe import CATEGORIES, reach
from guantong_adapters.table.settings import TableSettings


async def _open(context: SystemContext) -> Connection:
    from guantong_adapters.table.adapter import open_tables  # SQLAlchemy loads only for systems that need it

    return await open_tables(context)


async def _run(settings: CountyTableSettings, folder: Path) -> None:
    from guantong_adapters.table.simulator import run

    await run(settings, folder)


async def _run_supervision(settings: SupervisionTableSettings, folder: Path) -> None:
    from guantong_adapters.table.middle import run

    await run(settings, folder)


def _lacks(settings: TableSettings) -> Sequence[Problem]:
    try:
        from guantong_adapters.table.database import lacking  # SQLAlchemy, as above
    except ImportError as error:  # it is an extra, and so is the driver
        package = error.name or "sqlalchemy"
        details = {"what": f"the package {package} is not installed", "what_zh": f"未安装软件包 {package}"}
        return [Problem(BAD_URL, path="url", details=details)]
    return lacking(settings)


def _asked_for(settings: TableSettings) -> bool:
    """Rows can be asked for; what a procedure took cannot."""
    return all(sent.procedure is None for sent in settings.send.values())


def _unjudged(settings: TableSettings) -> Sequence[str]:
    return [kind for kind, sent in settings.send.items() if sent.receipt is None]


def _is_sent(settings: TableSettings) -> bool:
    return bool(settings.send)


def _rereads(settings: TableSettings) -> bool:
    """Tables are walked again by their keys, or by what we remember of them; a procedure gives what it likes, and of open
    cases there are none yet."""
    return bool(settings.poll) and all((one.read or settings.read).name not in ("procedure", "open_cases") for one in settings.poll)


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    return [AdapterSpec("table", "Exchange tables", "前置库交换表", TableSettings, _open, ("password",), address=database_at,
                        reach=reach, lacks=_lacks, categories=CATEGORIES, queries=_asked_for,
                        receipts=frozenset({"column"}), unjudged=_unjudged, rereads=_rereads, sends=_is_sent, lists=always, fetches=lambda settings: settings.fetch is not None,
                        agreement=AGREEMENT)]


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    return [SimulatorSpec(
        "county-table", "A county approval system behind exchange tables", "县区审批系统（前置库交换表）",
        CountyTableSettings, _run, {"county-table-gdbs": {}, "county-table-ea-jc": {"family": "ea-jc"}},
    ), SimulatorSpec(
        "supervision-table", "A supervision platform behind a middle database", "电子监察平台（中间库）",
        SupervisionTableSettings, _run_supervision, {"supervision-table": {}},
    )]

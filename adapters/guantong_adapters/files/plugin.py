"""Entry point: the file-drop adapter and its simulated county."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.adapter import AdapterSpec, Connection, SystemContext, always
from guantong.plugins import hookimpl
from guantong.problems import Problem
from guantong.simulator import SimulatorSpec
from guantong_adapters.files.address import place_at
from guantong_adapters.files.agreeing import AGREEMENT
from guantong_adapters.files.filenames import OURS, fields_of
from guantong_adapters.files.play import CountyFilesSettings
from guantong_adapters.files.probe import CATEGORIES, reach
from guantong_adapters.files.settings import FilesSettings

_SECRETS = ("password", "key", "key_passphrase")


async def _open(context: SystemContext) -> Connection:
    from guantong_adapters.files.adapter import open_files

    return await open_files(context)


async def _run(settings: CountyFilesSettings, folder: Path) -> None:
    from guantong_adapters.files.simulator import run

    await run(settings, folder)


def _lacks(settings: FilesSettings) -> Sequence[Problem]:
    from guantong_adapters.http.trust import lacking_trust

    ftp = settings.place.ftp
    return lacking_trust(ftp.ca, "place.ftp.ca") if ftp is not None and ftp.tls != "none" else ()


def _unjudged(settings: FilesSettings) -> Sequence[str]:
    return [kind for kind, sent in settings.send.items() if sent.receipt is None]


def _names(settings: FilesSettings, kind: str) -> Sequence[tuple[str, str]]:
    key = kind if kind in settings.send else "*"
    return [(name, f"send.{key}.name") for name in fields_of(settings.send[key].name) if name not in OURS] if key in settings.send else []


def _keeps_an_archive(settings: FilesSettings) -> bool:
    return bool(settings.poll) and settings.taken == "archive"


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    return [AdapterSpec("files", "File drop", "文件交换", FilesSettings, _open, _SECRETS, address=place_at, reach=reach,
                        categories=CATEGORIES, lacks=_lacks, names=_names, queries=always, receipts=frozenset({"file"}), unjudged=_unjudged,
                        rereads=_keeps_an_archive, sends=lambda settings: bool(settings.send), fetches=lambda settings: settings.fetch is not None,
                        agreement=AGREEMENT)]


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    return [SimulatorSpec(
        "county-files", "A county approval system behind a file drop", "县区审批系统（文件交换）",
        CountyFilesSettings, _run, {"county-files": {}},
    )]

"""Entry point: the AMQP adapter and its simulated county."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.adapter import AdapterSpec, Connection, SystemContext
from guantong.plugins import hookimpl
from guantong.simulator import SimulatorSpec
from guantong_adapters.amqp.agreeing import AGREEMENT
from guantong_adapters.amqp.play import CountyBrokerSettings
from guantong_adapters.amqp.probe import reach
from guantong_adapters.amqp.settings import PLACEHOLDER, AmqpSettings
from guantong_adapters.http.trust import lacking


async def _open(context: SystemContext) -> Connection:
    from guantong_adapters.amqp.adapter import open_amqp  # pika loads only for systems that need it

    return await open_amqp(context)


async def _run(settings: CountyBrokerSettings, folder: Path) -> None:
    from guantong_adapters.amqp.simulator import run

    await run(settings, folder)


def _names(settings: AmqpSettings, kind: str) -> Sequence[tuple[str, str]]:
    entry = kind if kind in settings.send else "*"
    return [(name, f"send.{entry}.key") for name in PLACEHOLDER.findall(settings.send[entry].key)] if entry in settings.send else []


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    return [AdapterSpec("amqp", "Message broker (AMQP 0-9-1)", "消息中间件（AMQP）", AmqpSettings, _open, reach=reach, lacks=lacking, names=_names,
                        listens=lambda settings: settings.receive is not None, sends=lambda settings: bool(settings.send), agreement=AGREEMENT)]


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    return [SimulatorSpec(
        "county-amqp", "A county approval system behind a message broker", "县区审批系统（消息中间件）",
        CountyBrokerSettings, _run, {"county-amqp": {}},
    )]

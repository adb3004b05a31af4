"""Entry point: the MQTT adapter and its simulated county."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guantong.adapter import AdapterSpec, Connection, SystemContext
from guantong.plugins import hookimpl
from guantong.simulator import SimulatorSpec
from guantong_adapters.http.trust import lacking
from guantong_adapters.mqtt.agreeing import AGREEMENT
from guantong_adapters.mqtt.play import CountyTopicsSettings
from guantong_adapters.mqtt.probe import reach
from guantong_adapters.mqtt.settings import PLACEHOLDER, MqttSettings


async def _open(context: SystemContext) -> Connection:
    from guantong_adapters.mqtt.adapter import open_mqtt  # paho loads only for systems that need it

    return await open_mqtt(context)


async def _run(settings: CountyTopicsSettings, folder: Path) -> None:
    from guantong_adapters.mqtt.simulator import run

    await run(settings, folder)


def _names(settings: MqttSettings, kind: str) -> Sequence[tuple[str, str]]:
    entry = kind if kind in settings.send else "*"
    return [(name, f"send.{entry}.topic") for name in PLACEHOLDER.findall(settings.send[entry].topic)] if entry in settings.send else []


@hookimpl
def register_adapters() -> Sequence[AdapterSpec]:
    return [AdapterSpec("mqtt", "Message broker (MQTT 5, 3.1.1)", "消息中间件（MQTT）", MqttSettings, _open, reach=reach, lacks=lacking, names=_names,
                        listens=lambda settings: settings.receive is not None, sends=lambda settings: bool(settings.send), agreement=AGREEMENT)]


@hookimpl
def register_simulators() -> Sequence[SimulatorSpec]:
    return [SimulatorSpec(
        "county-mqtt", "A county approval system behind an MQTT broker", "县区审批系统（MQTT）",
        CountyTopicsSettings, _run, {"county-mqtt": {}},
    )]

"""A county called by a WSDL at an address, in the whole hub: what its operators see while the WSDL is not to be had."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from structlog.testing import capture_logs
from tests.adapters.brokers import until
from tests.adapters.caseexchange import service
from tests.adapters.hubtargets import BehindWsdl
from tests.adapters.soap_peer import SECRETS
from tests.adapters.test_transport_hub import COUNTY, confirmed, home_at, hub_at, step

from guantong.hub import Hub
from guantong.journey.accept import accept
from guantong.testing import FaultyRelay
from guantong_adapters.simulation.ledger import read_effects
from guantong_adapters.soap.simulators.caseexchange.county import PATH
from guantong_adapters.soap.wsdl.keeping import FOLDER

CASES = 8


class ByAddress(BehindWsdl):
    """The case exchange service, its WSDL where it serves it itself; three failures in a row and it counts as lost."""

    secrets = MappingProxyType({name: SECRETS[name] for name in ("user", "password")})
    more: Mapping[str, Any] = MappingProxyType({"delivery": {
        "timeout": "2s", "concurrency": 4, "breaker": {"after": 3, "probe": "100ms"}, "retry": {"first": "50ms", "factor": 1, "attempts": 1000}}})

    def __init__(self) -> None:
        """It runs already."""

    def settings(self, port: int) -> dict[str, Any]:
        url = f"http://127.0.0.1:{port}{PATH}"
        return {"url": url, "wsdl": f"{url}?wsdl"}

    def put_into(self, home: Path) -> None:
        """Nothing: the WSDL is not at hand."""


def reasons(hub: Hub) -> set[str]:
    rows = [hub.engine.reader.delivery(number) for number in range(1, CASES + 1)]
    return {row.reason for row in rows if row is not None and row.reason}


async def test_a_wsdl_that_cannot_be_fetched_takes_its_system_down_once_and_up_once(tmp_path: Path) -> None:
    """The hub starts without it; nothing is sent, with the WSDL's address and what to do as the reason; nothing is lost. What was
    fetched then is kept."""
    (tmp_path / "county").mkdir()
    target = ByAddress()
    async with service(tmp_path / "county") as url, FaultyRelay.to("127.0.0.1", urlsplit(url).port or 0) as relay:
        home = home_at(tmp_path / "home", target, relay.port)
        with capture_logs() as logs:
            async with hub_at(home, target.secrets) as hub:
                async with relay.refusing():
                    for case in range(1, CASES + 1):
                        assert (await accept(hub.engine, step(case, 1))).taken
                    await until(lambda: any(log["event"] == "system.lost" for log in logs))
                    await until(lambda: bool(reasons(hub)))
                    told = reasons(hub)
                    assert read_effects(tmp_path / "county" / "ledger.db") == []
                await until(confirmed(hub, CASES))
        shown = f"http://127.0.0.1:{relay.port}{PATH}?wsdl"
        why = f"{shown}: 无法取得 WSDL：无法建立连接; 请确认本机可访问 {shown}，或将其保存到工作目录并填写文件路径 [GT643]"
        assert told == {f"{COUNTY} 暂未接收：{why}；系统会自动重发"}
        assert [(log["event"], log["system"]) for log in logs if log["event"] in ("system.lost", "system.back")] == [
            ("system.lost", COUNTY), ("system.back", COUNTY)]
        assert len(read_effects(tmp_path / "county" / "ledger.db")) == CASES
        assert len(list((home / FOLDER).glob("*.documents.json"))) == 1

"""`guantong check` and `county ready` tell what a WSDL has to say about the settings, before anything is sent."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import msgspec
import pytest
from tests.adapters.caseexchange import HEADER, sample_wsdl, service
from tests.adapters.soap_peer import context

from guantong.config import load
from guantong.paper.interface import transport
from guantong.paper.network import openings
from guantong.plugins import registry
from guantong.readiness.items import by_problems
from guantong_adapters.soap.connection import open_soap
from guantong_adapters.soap.wsdl.keeping import FOLDER

ROOT = Path(__file__).resolve().parents[2]
COUNTY = """name: {{zh: 东山区, en: Dongshan}}
region: "445297"
systems:
  approval:
    role: county
    profile: county-soap-wsdl
    dialect: case-exchange
    settings:
      url: http://county.example.invalid/CaseExchange.asmx
{more}
    secrets:
      user: {{env: DONGSHAN_USER}}
      password: {{env: DONGSHAN_PASSWORD}}
"""


def lines(home: Path, more: str = "") -> list[str]:
    """What `check` says of the county's file."""
    shutil.copytree(ROOT / "config", home / "config", dirs_exist_ok=True)
    indented = "\n".join(f"      {line}" for line in more.splitlines())
    (home / "config" / "counties" / "dongshan.yaml").write_text(COUNTY.format(more=indented), encoding="utf-8")
    loaded = load(home, registry(), {}, secrets=False)
    return [problem.line() for problem in loaded.problems if "dongshan" in problem.place.file or "wsdl.yaml" in problem.place.file]


def test_a_county_by_wsdl_is_configuration_alone(tmp_path: Path) -> None:
    """The profile, the vendor's WSDL, an address: nothing is left to say."""
    sample_wsdl(tmp_path)
    assert lines(tmp_path) == []
    assert not (tmp_path / FOLDER).exists()  # checking writes nothing


@pytest.mark.parametrize(("more", "line"), [
    ("operation: SubmitStepp", ("config/counties/dongshan.yaml:10:18 systems.approval.settings.operation: the WSDL has no operation 'SubmitStepp';"
     " did you mean 'SubmitStep'? [GT648]")),
    ("port: Soap13", ("config/counties/dongshan.yaml:10:13 systems.approval.settings.port: the WSDL has no port 'Soap13'; known: CaseExchangeSoap,"
     " CaseExchangeSoap12 [GT648]")),
    ("wsdl: wsdl/Gone.wsdl", ("config/counties/dongshan.yaml:10:13 systems.approval.settings.wsdl: the WSDL cannot be fetched: No such file or"
     " directory; see that {home}/wsdl/Gone.wsdl can be reached from here, or save it under the home folder and write the file's path [GT643]")),
    ("arguments: [{{name: xml, value: body}}]\noperation: SubmitStep\nsoap_headers: []", ("config/counties/dongshan.yaml:10:7"
     " systems.approval.settings.arguments: the operation 'SubmitStep' takes the arguments record, not xml; write the arguments of the WSDL,"
     " in its order [GT534]")),
])
def test_what_the_wsdl_does_not_have_is_told_at_the_line_of_the_setting(tmp_path: Path, more: str, line: str) -> None:
    """With the nearest name, or what there is."""
    sample_wsdl(tmp_path)
    assert line.format(home=tmp_path.as_posix()) in lines(tmp_path, more.replace("{{", "{").replace("}}", "}"))


def test_a_wsdl_that_was_never_fetched_leaves_nothing_to_say(tmp_path: Path) -> None:
    """`check` needs no network."""
    assert lines(tmp_path, "wsdl: http://county.example.invalid/CaseExchange.asmx?wsdl") == []


def test_a_service_has_a_door_to_test_and_both_addresses_are_handed_out(tmp_path: Path) -> None:
    """By the hub's own address; a system that only serves calls us as any other."""
    sample_wsdl(tmp_path)
    more = ("serve:\n  wsdl: wsdl/CaseExchange.wsdl\n  path: cases\n  header_credentials: {AuthHeader/UserName: user}\n"
            "  operations:\n    SubmitStep: {taken: {Receipt/Code: '0', Receipt/Message: ok}}")
    lines(tmp_path, more)
    county, hub = tmp_path / "config" / "counties" / "dongshan.yaml", tmp_path / "config" / "guantong.yaml"
    county.write_text(county.read_text(encoding="utf-8") + "    test_door: true\n", encoding="utf-8")
    hub.write_text(hub.read_text(encoding="utf-8").replace("# public_url: https://exchange.jieyang", "public_url: https://hub"), encoding="utf-8")
    loaded = load(tmp_path, registry(), {}, secrets=False)
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    system = loaded.configuration.systems["dongshan.approval"]
    rows = list(transport(loaded.configuration, system))
    assert ("对方推送到", "https://hub.example.invalid/in/dongshan.approval/cases") in rows
    assert ("试报地址", "https://hub.example.invalid/test/dongshan.approval/cases（只检查，不留存、不转发）") in rows
    assert [one.port for one in openings(loaded.configuration, [system])] == [80, 443]


async def test_a_probe_tells_whether_the_wsdl_is_there_and_still_the_same(tmp_path: Path) -> None:
    """Fetched and the same; no longer served, which hinders nothing; never there, which does."""
    async with service(tmp_path) as url:
        opening = context({"url": url, "wsdl": f"{url}?wsdl", "soap_headers": [HEADER]}, home=tmp_path)
        connection = await open_soap(opening)
        first, http = await connection.probe()
        [pinned] = (tmp_path / FOLDER).glob("*.documents.json")
    assert (first.step, first.category, first.problem, http.step) == ("wsdl", "", None, "http")
    later, *_ = await connection.probe()
    assert (later.category, later.note) == ("", "kept copy in use: ConnectError")
    await connection.close()
    pinned.unlink()
    lost = await open_soap(opening)
    gone, *_ = await lost.probe()
    await lost.close()
    assert (gone.category, gone.problem.code.id if gone.problem else "") == ("wsdl", "GT643")


async def test_a_changed_wsdl_fails_the_probe_until_it_is_accepted_and_the_rest_is_probed_all_the_same(tmp_path: Path) -> None:
    """It may want what our records do not hold: that is not for the day of going live. Deleting the kept copy accepts."""
    async with service(tmp_path) as url:
        connection = await open_soap(context({"url": url, "wsdl": f"{url}?wsdl", "soap_headers": [HEADER]}, home=tmp_path))
        await connection.probe()
        [pinned] = (tmp_path / FOLDER).glob("*.documents.json")
        kept = msgspec.json.decode(pinned.read_bytes())
        name, text = kept["texts"].popitem()
        kept["texts"][name] = base64.b64encode(base64.b64decode(text) + b"<!-- as it was -->").decode()
        pinned.write_bytes(msgspec.json.encode(kept))
        changed, http = await connection.probe()
        assert (changed.step, changed.category, http.step) == ("wsdl", "changed", "http")
        assert changed.problem is not None
        assert by_problems("probe", ("探测", "probe"), [changed.problem], ("", "")).verdict == "failed"
        assert changed.problem.line("zh").endswith(
            f"请比对两者；如采用新版，请执行 guantong reload；中枢未运行时，删除 {pinned.relative_to(tmp_path).as_posix()} 后重新检查（将取得新版） [GT651]"
        )
        pinned.unlink()
        accepted, _ = await connection.probe()
        assert (accepted.category, accepted.problem) == ("", None)
        assert pinned.exists()
        await connection.close()


def test_an_address_that_ends_in_wsdl_says_both() -> None:
    """What `county add` asks for in one line: most vendors hand over the address of their WSDL."""
    address = registry().adapters["soap"].address
    assert address("http://county.example.invalid/a.asmx?WSDL").settings == {
        "url": "http://county.example.invalid/a.asmx", "wsdl": "http://county.example.invalid/a.asmx?WSDL",
    }
    assert address("http://county.example.invalid/a?b=c").settings == {"url": "http://county.example.invalid/a?b=c"}

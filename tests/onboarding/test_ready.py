"""`guantong county ready`: from an empty folder to a passing dry run, and every way not to be ready."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.onboarding.conftest import ADDRESSES, Office, answers_of

from guantong.starter import starter

MOST_LINES = 60
SAMPLE = """<ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE></HEAD><DATA><SBLSH>10000010100699201211407150777</SBLSH><SJBBH>1</SJBBH>
<YWLSH>PN0777</YWLSH><XZQHDM>445298</XZQHDM><SLSJ>2014-07-16 09:00:00</SLSJ><SLZTDM>{state}</SLZTDM></DATA></ROOT>"""


def verdicts(answer: Mapping[str, Any]) -> dict[str, str]:
    return {item["key"]: item["verdict"] for item in answer["items"]}


def written_by_hand(office: Office, answers: str) -> int:
    """Lines of YAML that are nobody else's: the answers, and every file that does not ship as it is."""
    lines = len(answers.splitlines())
    for name, text in office.files().items():
        kind, _, below = name.partition("/")
        shipped = starter(kind) / below if kind in ("config", "mappings") else Path("/nowhere")
        if name.endswith(".yaml") and not (shipped.is_file() and shipped.read_text(encoding="utf-8") == text):
            lines += len(text.splitlines()) if not shipped.is_file() else 0
    return lines


@pytest.mark.parametrize("profile", sorted(ADDRESSES))
def test_from_an_empty_folder_a_county_of_each_kind_passes_its_dry_run(office: Office, profile: str) -> None:
    answers = answers_of(profile)
    office.guantong("county", "add", "--from", office.answers(answers))
    answer = office.json("county", "ready", "konggang", "--offline")
    assert answer["ok"], [item for item in answer["items"] if item["verdict"] == "failed"]
    assert verdicts(answer)["rehearsal"] in ("passed", "reminder")
    legs = {(leg["event"], leg["to"]) for leg in answer["legs"] if leg["made"]}
    assert {("case.application", "konggang.approval"), ("case.acceptance", "city.hall"), ("case.acceptance", "city.supervision"),
            ("case.finish", "city.hall")} <= legs
    assert written_by_hand(office, answers) <= MOST_LINES


def test_a_county_by_its_wsdl_passes_its_dry_run(office: Office) -> None:
    shipped = Path(str(files("guantong_adapters.soap.simulators.caseexchange")))
    (office.home / "wsdl").mkdir()
    for name in ("CaseExchange.wsdl", "CaseTypes.xsd"):
        (office.home / "wsdl" / name).write_bytes((shipped / name).read_bytes())
    text = answers_of().replace("county-soap-invoke", "county-soap-wsdl") + "extends: case-exchange\n"
    made = office.json("county", "add", "--from", office.answers(text))
    assert made["ok"], made["problems"]
    answer = office.json("county", "ready", "konggang", "--offline")
    assert answer["ok"], [item for item in answer["items"] if item["verdict"] == "failed"]


def test_nothing_is_connected_to_offline(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def connected(*_: object, **__: object) -> None:
        raise AssertionError("something was connected to")

    office.guantong("county", "add", "--from", office.answers(answers_of()))
    monkeypatch.setattr("guantong.readiness.county.probe", connected)
    monkeypatch.setattr("socket.socket.connect", connected)
    answer = office.json("county", "ready", "konggang", "--offline")
    assert verdicts(answer)["probe:konggang.approval"] == "skipped"
    assert verdicts(answer)["secrets"] == "reminder"


def test_without_its_secrets_a_county_is_not_ready_and_not_probed(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    answer = office.json("county", "ready", "konggang")
    assert not answer["ok"]
    assert verdicts(answer)["secrets"] == "failed"
    assert answer["probes"] == {}


def test_a_system_that_is_not_reached_is_no_go_with_its_category_and_time(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    done = office.guantong("county", "ready", "konggang", env={"GUANTONG_KONGGANG_KEY": "invented"})
    assert done.exit_code == 1
    answer = office.json("county", "ready", "konggang", env={"GUANTONG_KONGGANG_KEY": "invented"})
    (step,) = answer["probes"]["konggang.approval"]
    assert (step["step"], step["category"], step["problem"]["code"]) == ("resolve", "dns", "GT807")
    assert step["ms"] >= 0
    assert "不能上线 · NO-GO  konggang：" in done.stdout
    assert "invented" not in done.output


@pytest.mark.parametrize(("state", "verdict", "rehearsed"), [("1", True, "passed"), ("77", False, "failed")])
def test_samples_of_the_vendor_go_all_the_way_with_nothing_sent(
    office: Office, state: str, *, verdict: bool, rehearsed: str
) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    samples = office.home / "samples" / "konggang"
    samples.mkdir(parents=True)
    (samples / "受理.xml").write_bytes(SAMPLE.format(state=state).encode("gb18030"))
    answer = office.json("county", "ready", "konggang", "--offline")
    assert answer["ok"] is verdict, [item for item in answer["items"] if item["verdict"] == "failed"]
    assert answer["samples"] == ["受理.xml"]
    assert verdicts(answer)["rehearsal:samples"] == rehearsed


def test_fields_of_the_samples_that_nobody_reads_are_named(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    folder = office.home / "samples" / "konggang"
    folder.mkdir(parents=True)
    record = SAMPLE.format(state="1").replace("</DATA>", "<SLBMDM>1</SLBMDM></DATA>")
    (folder / "受理.xml").write_text(record, encoding="gb18030")
    item = next(one for one in office.json("county", "ready", "konggang", "--offline")["items"] if one["key"] == "coverage:konggang")
    assert (item["verdict"], item["todo_zh"], item["todo"]) == (
        "reminder", "未读字段：SLBMDM；详见 guantong mapping coverage konggang samples/konggang",
        "fields unread: SLBMDM; see guantong mapping coverage konggang samples/konggang")


def test_a_sample_nobody_reads_is_told(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    samples = office.home / "samples" / "konggang"
    samples.mkdir(parents=True)
    (samples / "x.bin").write_bytes(b"\x00\x01")
    answer = office.json("county", "ready", "konggang", "--offline")
    assert verdicts(answer)["samples"] == "failed"
    (problem,) = next(item for item in answer["items"] if item["key"] == "samples")["problems"]
    assert (problem["code"], problem["file"]) == ("GT818", "samples/konggang/x.bin")


def test_a_mistake_in_the_configuration_ends_the_list_there(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    place = office.home / "config" / "counties" / "konggang.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("url:", "urll:"), encoding="utf-8")
    answer = office.json("county", "ready", "konggang", "--offline")
    assert not answer["ok"]
    assert verdicts(answer)["check"] == "failed"
    assert [(one["code"], one["line"]) for one in answer["items"][0]["problems"] if one["severity"] == "error"][:1] == [("GT102", 11)]


def test_a_county_that_is_not_there_is_wrong_usage(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    done = office.guantong("county", "ready", "punin")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[0] == (
        "不存在 config/counties/punin.yaml; 可用：konggang；新县区用 guantong county add 添加 [GT817]")

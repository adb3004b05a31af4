"""`guantong county ready`: from an empty folder to a passing dry run, and every way not to be ready."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, create_engine
from tests.onboarding.conftest import ADDRESSES, CITY, Office, answers_of
from tests.onboarding.wsdls import CASE_EXCHANGE_FIELDS

from guantong.starter import starter
from guantong_adapters.table.families import FAMILIES

MOST_LINES = 60
DATABASE = {"GUANTONG_KONGGANG_PASSWORD": "invented"}
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


def by_wsdl(office: Office, more: str) -> str:
    """The answers for a county by its WSDL, which lies beside them."""
    shipped = Path(str(files("guantong_adapters.soap.simulators.caseexchange")))
    for name in ("CaseExchange.wsdl", "CaseTypes.xsd"):
        (office.home.parent / name).write_bytes((shipped / name).read_bytes())
    return answers_of().replace("county-soap-invoke", "county-soap-wsdl").replace("services/Approval", "CaseExchange?wsdl") + more


@pytest.mark.parametrize("profile", [file.stem for file in sorted((starter("config") / "profiles").glob("county-*.yaml"))])
def test_every_countys_profile_leads_from_an_empty_folder_to_go_by_commands_alone(office: Office, profile: str) -> None:
    """`add`, `check` with every secret set, `ready --offline`: each ends with exit code 0, and `check` has no error."""
    answers = by_wsdl(office, "extends: case-exchange\n") if profile == "county-soap-wsdl" else answers_of(profile)
    added = office.guantong("county", "add", "--from", office.answers(answers), "--json")
    assert added.exit_code == 0, added.output
    variables = [*orjson.loads(added.stdout)["variables"].values(), *CITY]
    checked = office.guantong("check", env=dict.fromkeys(variables, "0123456789abcdef" * 2))
    assert checked.exit_code == 0, checked.output
    ready = office.guantong("county", "ready", "konggang", "--offline")
    assert ready.exit_code == 0, ready.output
    assert "不成 0" in ready.stdout or "个别情形不成" in ready.stdout


def test_a_county_by_its_wsdl_is_drafted_from_it_and_passes_its_dry_run(office: Office) -> None:
    answers = by_wsdl(office, f"from: [CaseExchange.wsdl, CaseTypes.xsd]\n{CASE_EXCHANGE_FIELDS}")
    made = office.json("county", "add", "--from", office.answers(answers))
    assert made["ok"], made["problems"]
    assert "mappings/konggang/case.application.yaml" in made["own"]
    answer = office.json("county", "ready", "konggang", "--offline")
    assert answer["ok"], [item for item in answer["items"] if item["verdict"] == "failed"]


def test_reminders_that_are_not_the_countys_are_counted_at_the_end(office: Office) -> None:
    """Who judges the county is not held up by the calendar, the keys or the routes of the home."""
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    answer = office.json("county", "ready", "konggang", "--offline")
    check, home = answer["items"][0], answer["items"][-1]
    assert (check["key"], check["verdict"], check["problems"]) == ("check", "passed", [])
    codes = [problem["code"] for problem in home["problems"]]
    assert (home["key"], home["verdict"], home["said"]) == (
        "home", "reminder", ", ".join(f"{code} × {codes.count(code)}" for code in sorted(set(codes))))
    assert "GT155" in codes
    told = office.guantong("county", "ready", "konggang", "--offline").stdout
    assert told.index(home["title_zh"]) < told.index("GT155 × 1")
    assert "config/guantong.yaml" not in told.split("提醒 中枢的其他提醒")[0]


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


def test_secrets_of_other_systems_without_which_the_hub_does_not_start_are_named(office: Office) -> None:
    """The county may be ready; that it can go live is not said without them."""
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    done = office.guantong("county", "ready", "konggang", "--offline", env={"GUANTONG_KONGGANG_KEY": "invented"})
    assert done.exit_code == 0
    told = " ".join(done.stdout.split())
    assert f"枢纽尚不能启动，缺密钥 · the hub does not start yet, secrets are missing: {' '.join(CITY)}" in told
    answer = office.json("county", "ready", "konggang", "--offline")
    items = {item["key"]: item for item in answer["items"]}
    assert answer["secrets_missing"] == ["GUANTONG_KONGGANG_KEY", *CITY]
    assert (items["secrets"]["said"], items["secrets:others"]["said_zh"]) == ("1 missing", "缺 6 项（city.hall-portal, city.hall, city.supervision）")
    all_set = dict.fromkeys(("GUANTONG_KONGGANG_KEY", *CITY), "invented")
    assert "枢纽尚不能启动" not in office.guantong("county", "ready", "konggang", "--offline", env=all_set).stdout


def test_a_citys_region_for_a_county_is_warned_about(office: Office) -> None:
    """Else all that is meant for the city's other counties would come to it."""
    office.guantong("county", "add", "--from", office.answers(answers_of().replace("445298", "4452")))
    (told,) = [one for one in office.json("check")["problems"] if one["code"] == "GT543"]
    assert (told["severity"], told["file"], told["message_zh"], told["hint"]) == (
        "warning", "config/counties/konggang.yaml", "区划代码 4452 是整个地市的，而转发规则 'online-application-to-county' 按区划在 county 系统中选择",
        "write the county's own code, such as 445202, or what is meant for other counties comes here")


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


def test_a_mistake_of_the_rehearsal_names_who_it_would_have_gone_to(office: Office) -> None:
    """The mapping alone does not tell: one dialect may speak to many."""
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    samples = office.home / "samples" / "konggang"
    samples.mkdir(parents=True)
    (samples / "申办.xml").write_bytes(SAMPLE.format(state="77").encode("gb18030"))
    (samples / "受理.xml").write_bytes(SAMPLE.format(state="1").replace("<SLZTDM>", "<SLBMMC>某某局</SLBMMC><SLZTDM>").encode("gb18030"))
    mapping = office.home / "mappings" / "supervision" / "case.acceptance.yaml"
    exact = "field_10: version"
    mapping.write_text(mapping.read_text("utf-8").replace(exact, "field_10: {from: org.name, max_bytes: 2, over: reject}"), "utf-8")
    items = office.json("county", "ready", "konggang", "--offline")["items"]
    (item,) = [one for one in items if one["key"] == "rehearsal:samples"]
    ways = {way for one in item["problems"] for way in one["ways"]}
    assert "case.acceptance: konggang.approval → 中枢 hub" in ways
    assert any(way.startswith("case.acceptance: konggang.approval → city.supervision") for way in ways), ways
    shown = office.guantong("county", "ready", "konggang", "--offline").stdout
    assert all(way in shown for way in ways)


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


def at_a_table(office: Office) -> Engine:
    """A county whose exchange tables are there as its own people would have made them."""
    database = office.home.parent / "exchange.db"
    engine = create_engine(f"sqlite:///{database}")
    FAMILIES["gdbs"].make_tables()["EX_GDBS_SB"].metadata.create_all(engine)
    answers = answers_of("county-table-gdbs").replace(ADDRESSES["county-table-gdbs"], f"sqlite:///{database}")
    office.guantong("county", "add", "--from", office.answers(answers))
    return engine


def test_columns_that_our_rows_need_and_the_table_lacks_are_no_go_with_the_nearest_name(office: Office) -> None:
    """The rehearsal's outgoing rows are held against the real columns; nothing is written."""
    engine = at_a_table(office)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE EX_GDBS_SB RENAME COLUMN SXMC TO SXMC_")
        connection.exec_driver_sql("ALTER TABLE EX_GDBS_SB DROP COLUMN XML_DATA")
    engine.dispose()
    answer = office.json("county", "ready", "konggang", env=DATABASE)
    item = next(one for one in answer["items"] if one["key"] == "probe:konggang.approval")
    assert (answer["ok"], item["verdict"]) == (False, "failed")
    told = [step["problem"] for step in answer["probes"]["konggang.approval"] if step["category"] == "column"]
    hints = ("correct the setting or the mapping, or have the column added", "请更正设置或映射，或请对方增加该列")
    assert [(one["message"], one["message_zh"], one["hint"], one["hint_zh"], one["path"], one["code"]) for one in told] == [
        (f"the table 'EX_GDBS_SB' has no column {name}", f"表 'EX_GDBS_SB' 中没有列 {name}", *hints,
         "konggang.approval.settings.send.EX_GDBS_SB", "GT504")
        for name in ("'SXMC' (SXMC_?)", "'XML_DATA'")]
    assert [(one["message"], one["message_zh"], one["hint"], one["hint_zh"]) for one in item["problems"] if one["severity"] == "warning"] == [
        (f"the routes send it records of kind '{kind}' ({event}), and nothing says into which table they go",
         f"转发规则会向其发送 '{kind}' 类报文（{event}），但未说明写入哪张表",
         f"add {kind} under `send:` in the settings once the table is there; until then each of them would be refused",
         f"对方建表后，请在设置的 `send:` 中加入 {kind}；此前这类报文将逐条被拒")
        for kind, event in (("EX_GDBS_YJ", "alert.raised"), ("EX_GDBS_CP", "alert.withdrawn"))]


def test_a_table_that_has_every_column_our_rows_need_passes(office: Office) -> None:
    at_a_table(office).dispose()
    answer = office.json("county", "ready", "konggang", env=DATABASE)
    assert answer["ok"]
    assert not [step for step in answer["probes"]["konggang.approval"] if step["category"]]

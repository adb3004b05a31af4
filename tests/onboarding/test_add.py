"""`guantong county add`: a county's files from a few answers, all of them or none."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.onboarding.conftest import ADDRESSES, CITY, MORE, Office, answers_of

from guantong.starter import starter

SAMPLE = """<ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE></HEAD><DATA><SBLSH>10000010100699201211407150777</SBLSH><SLSJ>2014-07-16 09:00:00</SLSJ></DATA></ROOT>"""


@pytest.mark.parametrize("profile", sorted(ADDRESSES))
def test_a_county_of_each_kind_is_added_to_an_empty_folder(office: Office, profile: str) -> None:
    made = office.json("county", "add", "--from", office.answers(answers_of(profile)))
    assert made["ok"]
    assert made["system"] == "konggang.approval"
    secrets = dict.fromkeys((*made["variables"].values(), *CITY), "0123456789abcdef" * 2)
    checked = office.json("check", env=secrets)
    assert checked["ok"], checked["problems"]
    # Where the hub's keys lie, and that nothing is anchored; a route of the starter that no county of this kind makes use of; the end of the calendar.
    assert {problem["code"] for problem in checked["problems"]} <= {"GT155", "GT150", "GT865", "GT922"}


@pytest.mark.parametrize("profile", [name for name in sorted(ADDRESSES) if "soap" not in name])
def test_a_county_that_only_reports_is_sent_nothing(office: Office, profile: str) -> None:
    """`send:` of the profile is left out; the route of applications is told, with what comes of it; no fact is asked that only they need."""
    text = answers_of(profile, "sends: no\n").replace(MORE.get(profile, ""), "")
    if "rest" in profile:  # nothing is read there either: it has no address
        text = text.replace(f"address: {ADDRESSES[profile]}\n", "")
    made = office.json("county", "add", "--from", office.answers(text))
    assert made["ok"], made["problems"]
    assert "      send: none    # 不向对方推送" in office.files()["config/counties/konggang.yaml"]
    checked = office.json("check", env=dict.fromkeys((*made["variables"].values(), *CITY), "0123456789abcdef" * 2))
    assert checked["ok"], checked["problems"]
    assert [(one["path"], one["message_zh"]) for one in checked["problems"] if one["code"] == "GT488"] == [("systems.approval",
        f"转发规则 '{name}' 通到这里，而 'konggang.approval' 设为不推送：它本应收到的列为无路由") for name in ("online-application-to-county", "cards-to-county")]
    ready = office.json("county", "ready", "konggang", "--offline")
    assert {leg["to"] for leg in ready["legs"]} & {"konggang.approval"} == set()


def test_a_profile_without_a_send_cannot_leave_it_out(office: Office) -> None:
    made = office.json("county", "add", "--from", office.answers(answers_of("county-soap-invoke", "sends: no\n")))
    assert [(one["code"], one["path"], one["line"]) for one in made["problems"]] == [("GT489", "sends", 6)]
    assert office.files() == {}


def test_everything_but_the_countys_own_files_is_copied_as_it_ships(office: Office) -> None:
    made = office.json("county", "add", "--from", office.answers(answers_of()))
    assert made["own"] == ["config/counties/konggang.env.example", "config/counties/konggang.yaml", "mappings/konggang/dialect.yaml"]
    changed = {name for name, text in office.files().items() if name not in made["own"]
               and text != (starter(name.split("/")[0]) / name.split("/", 1)[1]).read_text(encoding="utf-8")}
    assert changed == {"config/city.yaml", "config/guantong.yaml"}  # named after the city


def test_secrets_are_variables_never_values(office: Office) -> None:
    made = office.json("county", "add", "--from", office.answers(answers_of("county-table-gdbs")))
    assert made["variables"] == {"password": "GUANTONG_KONGGANG_PASSWORD"}
    assert "GUANTONG_KONGGANG_PASSWORD=\n" in office.files()["config/counties/konggang.env.example"]
    assert "password: {env: GUANTONG_KONGGANG_PASSWORD}" in office.files()["config/counties/konggang.yaml"]


def test_every_mistake_in_the_answers_is_told_at_its_line_and_nothing_is_written(office: Office) -> None:
    answers = office.answers('county: huiLai\nname: 惠来\nregion: "445224"\nprofile: county-files\nadress: /srv\n')
    done = office.guantong("county", "add", "--from", answers)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[::2] == [
        f"{answers}:1:9 county: 应为符合 ^[a-z0-9]+(?:[-_][a-z0-9]+)*$ 的文本，实际为 “huiLai” [GT104]",
        f"{answers}:2:7 name: 应为键值表，如 {{zh: 惠来, en: 英文}}，实际为 “惠来” [GT104]",
        f"{answers}:5:1 adress: 此处不认识键 'adress'; 是否应为 'address'？ [GT102]",
        "3 个问题，未写入任何文件 · 3 problems, nothing was written",
    ]
    assert office.files() == {}


@pytest.mark.parametrize(("more", "told"), [
    ("settings: {place: {sftp: {host_keys: none}}}\n", ("GT105", 6, "settings.place.sftp.host_keys")),
    ("settings: {charst: gbk}\n", ("GT102", 6, "settings.charst")),
    ("extends: gd-exchnge\n", ("GT109", 6, "extends")),
    ("from: [missing.xlsx]\n", ("GT803", 6, "from")),
])
def test_what_only_loading_finds_is_told_where_the_answer_stands(office: Office, more: str, told: tuple[str, int, str]) -> None:
    place = "sftp://guantong@files.example.invalid/exchange" if "sftp" in more else ADDRESSES["county-files"]
    text = answers_of("county-files", more).replace(ADDRESSES["county-files"], place)
    made = office.json("county", "add", "--from", office.answers(text))
    assert [(one["code"], one["line"], one["path"]) for one in made["problems"] if one["severity"] == "error"] == [told]
    assert office.files() == {}


def test_what_a_dialect_may_be_laid_over_is_listed_with_what_each_is(office: Office) -> None:
    profiles = office.home / "config" / "profiles"
    profiles.mkdir(parents=True)
    shipped = (starter("config") / "profiles" / "county-files.yaml").read_text(encoding="utf-8")
    (profiles / "county-own.yaml").write_text(shipped.replace("profile: county-files", "profile: county-own"), encoding="utf-8")
    text = answers_of("county-files").replace("profile: county-files", "profile: county-own")
    (told,) = office.json("county", "add", "--from", office.answers(text))["problems"]
    known = {"gd-hall-json": ("网上办事大厅（JSON）", "Online hall (JSON)"), "national": ("国家政务服务平台办件表（UP_PRO）",
             "The national platform's case tables (UP_PRO)")}
    assert (told["code"], told["message"], told["message_zh"]) == (
        "GT804", "no shipped dialect speaks the profile 'county-own': what the dialect is to extend must be said",
        "自带的数据规范中没有使用接口模板 'county-own' 的：须说明在哪一个之上改写")
    assert told["hint"].startswith("write `extends:` (case-exchange = Case exchange service by its WSDL; ")
    assert told["hint_zh"].startswith("请写 `extends:`（可用：case-exchange：办件交换服务（按 WSDL）；")
    for name, (zh, en) in known.items():
        assert f"; {name} = {en}; " in told["hint"]
        assert f"；{name}：{zh}；" in told["hint_zh"]


@pytest.mark.parametrize(("profile", "address", "expected"), [
    ("county-table-gdbs", "mysql+pymysql://u:hidden-one@h/b", "an address without a password: that is a secret"),
    ("county-table-gdbs", "10.0.0.8", "a database's address, such as mysql+pymysql://user@host/base"),
    ("county-soap-invoke", "htp:/foo", "an address such as http://10.0.0.8:8080/service"),
    ("county-rest-json", "http://u:hidden-one@h/x", "an address without a password: that is a secret"),
    ("county-files", "http://h/x", "a folder, or sftp://user@host/folder"),
    ("county-files", "sftp://u:hidden-one@h/x", "an address without a password: that is a secret"),
])
def test_what_is_no_address_is_told_and_never_quoted(office: Office, profile: str, address: str, expected: str) -> None:
    text = answers_of(profile).replace(ADDRESSES[profile], address)
    made = office.guantong("county", "add", "--from", office.answers(text), "--json")
    assert f"expected {expected}" in made.stdout
    assert "hidden-one" not in made.output
    assert office.files() == {}


def test_a_dry_run_shows_the_difference_and_writes_nothing(office: Office) -> None:
    done = office.guantong("county", "add", "--from", office.answers(answers_of()), "--dry-run")
    assert done.exit_code == 0
    assert "+++ config/counties/konggang.yaml\n" in done.stdout
    assert "+      key: {env: GUANTONG_KONGGANG_KEY}\n" in done.stdout
    assert "files would be written, none was" in done.stdout
    assert office.files() == {}


def test_a_file_that_says_something_else_is_replaced_only_by_force(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    other = office.answers(answers_of().replace("445298", "445299"))
    refused = office.json("county", "add", "--from", other)
    assert [(one["code"], one["message"]) for one in refused["problems"] if one["severity"] == "error"] == [
        ("GT802", "config/counties/konggang.yaml is there already and says something else")]
    assert '"445298"' in office.files()["config/counties/konggang.yaml"]
    forced = office.json("county", "add", "--from", other, "--force")
    assert forced["written"] == ["config/counties/konggang.yaml"]
    assert '"445299"' in office.files()["config/counties/konggang.yaml"]


def test_the_same_answers_again_write_nothing(office: Office) -> None:
    answers = office.answers(answers_of())
    office.guantong("county", "add", "--from", answers)
    assert office.json("county", "add", "--from", answers)["written"] == []


def test_a_county_named_as_a_shipped_dialect_of_another_kind_gets_one_of_its_own(office: Office) -> None:
    made = office.json("county", "add", "--from", office.answers(answers_of().replace("konggang", "rongcheng")))
    assert made["dialect"] == "rongcheng-approval"
    assert "extends: jiedong" in office.files()["mappings/rongcheng-approval/dialect.yaml"]


def test_a_county_that_ships_is_added_with_its_own_dialect(office: Office) -> None:
    made = office.json("county", "add", "--from", office.answers(answers_of("county-rest-json").replace("konggang", "rongcheng")))
    assert made["dialect"] == "rongcheng"
    assert "mappings/rongcheng/case.acceptance.yaml" in made["written"]


def test_a_second_county_brings_only_what_is_missing(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    second = answers_of("county-files").replace("konggang", "huilai-two").replace("445298", "445224")
    made = office.json("county", "add", "--from", office.answers(second))
    folders = {name.rpartition("/")[0] for name in made["written"] if name not in made["own"]}
    assert folders == {"config/profiles", "mappings/huilai", "mappings/huilai/tests"}
    assert made["dialect"] == "huilai-two"


def test_a_role_no_route_mentions_gets_its_routes_and_no_other_line_changes(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    before = office.files()["config/routes.yaml"]
    second = answers_of("county-files", "role: department\n").replace("county: konggang", "county: housing")
    made = office.json("county", "add", "--from", office.answers(second))
    assert made["ok"]
    assert "config/routes.yaml" in made["written"]
    after = office.files()["config/routes.yaml"]
    assert after.startswith(before.rstrip("\n"))
    assert "from: {role: department}" in after.removeprefix(before.rstrip("\n"))


def test_material_of_the_vendor_becomes_a_drafted_dialect(office: Office) -> None:
    (office.home.parent / "受理.xml").write_text(SAMPLE, encoding="utf-8")
    made = office.json("county", "add", "--from", office.answers(answers_of(more="from: 受理.xml\n")))
    assert made["ok"], made["problems"]
    assert "建议 proposal" in office.files()["mappings/konggang/dialect.yaml"]
    assert [name for name in made["own"] if name.startswith("mappings/konggang/case.")]
    assert {one["code"] for one in made["left"]} == {"GT122"}  # a route sends it applications, of which no sample was given


def test_the_template_of_answers_is_good_as_it_stands(office: Office) -> None:
    template = office.guantong("county", "add", "--print-answers").stdout
    assert office.json("county", "add", "--from", office.answers(template))["ok"]


def test_questions_go_back_ask_again_and_write_at_the_end(office: Office) -> None:
    typed = "Konggang\nkonggang\n空港\n<\n空港经济区\n4452\n445298\n揭阳市\ncounty-table-gdbs\n也许\n\nmysql://a:b@c/d\nmysql+pymysql://guantong@10.0.0.8/exchange\n\n\ny\n"
    done = office.guantong("county", "add", typed=typed)
    assert done.exit_code == 0, done.output
    assert "请用小写字母和数字，如 konggang · use small letters and digits, as in konggang" in done.stderr
    assert "应为不含口令的地址：口令属于密钥 · expected an address without a password: that is a secret" in done.stderr
    place = office.files()["config/counties/konggang.yaml"]
    assert 'name: {zh: "空港经济区", en: "Konggang"}' in place
    assert "profile: county-table-gdbs" in place
    assert "请填 是 或 否 · write yes or no" in done.stderr
    assert "send:" not in place


@pytest.mark.parametrize(("profile", "answered"), [("county-table-gdbs", "否\nmysql+pymysql://guantong@10.0.0.8/exchange\n"), ("county-rest-json", "no\n")])
def test_whether_anything_is_sent_is_asked_and_an_address_only_where_it_is_needed(office: Office, profile: str, answered: str) -> None:
    done = office.guantong("county", "add", typed=f"konggang\n空港经济区\n445298\n揭阳市\n{profile}\n{answered}\n\ny\n")
    assert done.exit_code == 0, done.output
    assert "      send: none " in office.files()["config/counties/konggang.yaml"]


def test_an_address_that_is_none_is_asked_for_again_where_it_was_given(office: Office) -> None:
    typed = "konggang\n空港经济区\n445298\n揭阳市\ncounty-soap-invoke\nhtp:/foo\nhttp://u:hidden-one@h/ws\nhttp://10.0.0.8/ws\n\n\ny\n"
    done = office.guantong("county", "add", typed=typed)
    assert done.exit_code == 0, done.output
    assert ("应为如 http://10.0.0.8:8080/service 的地址 · expected an address such as http://10.0.0.8:8080/service\n"
            "  应为不含口令的地址：口令属于密钥 · expected an address without a password: that is a secret\n") in done.stderr


def test_each_fact_that_only_the_county_can_tell_is_wanted_at_once_with_an_example(office: Office) -> None:
    profile = "county-table-ea-jc"
    text = answers_of(profile).replace(MORE[profile], 'facts: {accept_lst: 见材料, item_kind: ""}\n')
    made = office.json("county", "add", "--from", office.answers(text))
    told = [(one["code"], one["path"], one["line"]) for one in made["problems"]]
    assert told == [("GT542", f"facts.{name}", 6) for name in ("accept_list", "approve_type", "item_kind", "project_state")]
    kind, state = made["problems"][2:]
    assert (state["message_zh"], state["hint_zh"]) == (
        "写给该县区的报文要用到 'project_state'（申报写入时的办件状态 PROJECTSTATE，按对方字典），须由对方说明",
        '请向对方询问，再写 `facts: {project_state: "02"}`（换成对方所说的值）；写 `""` 表示该字段留空')
    assert kind["hint"] == 'ask them, then write `facts: {item_kind: "promised"}` with what they say'
    assert office.files() == {}


def test_facts_are_asked_go_back_and_are_written(office: Office) -> None:
    typed = ("konggang\n空港经济区\n445298\n揭阳市\ncounty-table-ea-jc\n\nmysql+pymysql://guantong@10.0.0.8/exchange\n\n\n"
             "1\n<\n见材料\n\n\npromised\n02\ny\n")
    done = office.guantong("county", "add", typed=typed)
    assert done.exit_code == 0, done.output
    place = office.files()["config/counties/konggang.yaml"]
    assert place.endswith('      accept_list: "见材料"\n      approve_type: ""\n      item_kind: "promised"\n      project_state: "02"\n')
    assert "extends: ea-jc" in office.files()["mappings/konggang/dialect.yaml"]
    assert "不能为空 · this cannot be empty" in done.stderr  # item_kind


def test_a_fact_that_is_told_under_another_name_is_warned_about_by_check(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of("county-table-ea-jc")))
    place = office.home / "config/counties/konggang.yaml"
    place.write_text(place.read_text(encoding="utf-8").replace("project_state:", "project_stat:"), encoding="utf-8")
    (told,) = [one for one in office.json("check")["problems"] if one["code"] == "GT541"]
    assert (told["severity"], told["path"], told["message_zh"], told["hint_zh"], told["hint"]) == (
        "warning", "systems.approval.facts.project_state",
        "数据规范 konggang 写出 case.application 时要用到参数 'project_state'（申报写入时的办件状态 PROJECTSTATE，按对方字典），该系统未给出",
        "'project_stat' 是否应为此项？请写 `facts: {project_state: \"…\"}`；写 `\"\"` 表示该字段留空",
        "is 'project_stat' meant for it? write `facts: {project_state: \"…\"}`; `\"\"` leaves its field empty")


def test_a_new_home_watches_the_limits_of_cases(office: Office) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    assert "config/supervision.yaml" in office.files()
    assert "GT870" not in office.guantong("deadlines").output


@pytest.mark.parametrize("typed", ["q\n", "konggang\n空港经济区\nq\n", "", "konggang\n空港经济区\n445298\n揭阳市\ncounty-soap-invoke\nhttp://10.0.0.8/ws\n\n\nn\n"])
def test_giving_up_leaves_the_folder_as_it_was(office: Office, typed: str) -> None:
    done = office.guantong("county", "add", typed=typed)
    assert done.exit_code == 1
    assert "given up, nothing was written" in done.stderr
    assert office.files() == {}
    assert not list(office.home.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_where_one_file_cannot_be_written_none_is(office: Office) -> None:
    (office.home / "mappings").mkdir(mode=0o500)
    made = office.json("county", "add", "--from", office.answers(answers_of()))
    assert [one["code"] for one in made["problems"]] == ["GT805"]
    assert office.files() == {}
    assert [one.name for one in office.home.iterdir()] == ["mappings"]


def test_a_file_in_the_way_of_a_folder_leaves_everything_as_it_was(office: Office) -> None:
    shutil.copytree(starter("config"), office.home / "config")
    shutil.rmtree(office.home / "config" / "counties")
    Path(office.home / "config" / "counties").write_text("in the way", encoding="utf-8")
    before = office.files()
    made = office.json("county", "add", "--from", office.answers(answers_of()))
    assert [one["code"] for one in made["problems"]] == ["GT805"]
    assert office.files() == before


def test_a_folder_that_is_not_there_is_to_be_made(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written; it is told to make an empty one."""
    answers = office.answers(answers_of())
    monkeypatch.chdir(office.home.parent)
    there = replace(office, home=Path("notyet"))
    done = there.guantong("county", "add", "--from", answers)
    assert done.exit_code == 2
    assert done.stderr.startswith("不存在文件夹 notyet; 请先为新的工作目录建一个空文件夹（mkdir notyet）再执行：config/ 与 mappings/ 会写入其中 [GT170]\n")

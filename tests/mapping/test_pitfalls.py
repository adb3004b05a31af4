"""The pitfalls of real exchanges that concern mapping, each by its number in docs/pitfalls.md, on the dialects that
ship with the product. Every person, number and key is invented."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from tests.mapping.madeup import folder_of

from guantong.codec import Undecodable, Unencodable
from guantong.mapping import Dialect, Translated, Untranslatable, load_dialects
from guantong.mapping.load import read_mappings
from guantong.model import load_model
from guantong.plugins import registry
from guantong.problems import Problem
from guantong.record import Native
from guantong.starter import starter
from guantong.yamlfolder import YamlFolder

SERIAL = "10000000100000000011407150001"
STEP = {"SBLSH": SERIAL, "SPHJDM": "1", "SPSJ": "2014-07-15 10:30:00"}
FINISH = {"SBLSH": SERIAL, "BJJGDM": "6", "BJSJ": "2014-07-18 16:00:00"}
ACCEPTANCE = {"SBLSH": SERIAL, "SLZTDM": "1", "SLSJ": "2014-07-15 10:30:00"}
APPLICATION = {"SBLSH": SERIAL, "SQRMC": "陈䶮", "SBSJ": "2014-07-15 09:00:00"}


def shipped(files: Mapping[str, str] | None = None) -> tuple[dict[str, Dialect], list[Problem]]:
    """The shipped dialects, and those in *files* (path below mappings/ → text)."""
    base, more = read_mappings(starter("mappings")), folder_of(files or {})
    plugged = registry()
    model, _ = load_model(base.folder("canonical"))
    whole = YamlFolder(base.path, {}, {**base.folders, **more.folders})
    return load_dialects(whole, model, plugged.codecs, plugged.functions, "mappings")


@pytest.fixture(scope="module")
def dialects() -> dict[str, Dialect]:
    return shipped()[0]


def town(extends: str, head: str = "", **mappings: str) -> Dialect:
    """A dialect `town` of this parent with these mapping files (dots of events written as underscores)."""
    files = {f"town/case.{name}.yaml": text for name, text in mappings.items()}
    found, problems = shipped({"town/dialect.yaml": f"dialect: town\ntitle: {{zh: 镇, en: Town}}\nextends: {extends}\n{head}", **files})
    assert [problem.line() for problem in problems] == []
    return found["town"]


def read(dialect: Dialect, kind: str, fields: Mapping[str, Any]) -> Translated:
    [event] = dialect.inward(Native(kind, dict(fields)), {})
    return event


def refused(dialect: Dialect, kind: str, fields: Mapping[str, Any]) -> list[str]:
    """The problems of a record, each in words."""
    with pytest.raises(Untranslatable) as raised:
        dialect.inward(Native(kind, dict(fields)), {})
    return [f"{problem.path}: {problem.message()}" for problem in raised.value.problems]


@pytest.mark.parametrize("name", ["䶮", "㙍", "㛃", "喆堃镕珺", "𠮷"])
def test_pitfall_01_rare_names_survive_or_are_refused_by_name(dialects: dict[str, Dialect], name: str) -> None:
    """1: GB 18030 carries every name, though GBK or GB 2312 is declared; a target that has GB 2312 only refuses the
    character, naming field and code point, never with `?`."""
    jiedong = dialects["jiedong"]
    out = jiedong.outward("case.application", {"serial.province": SERIAL, "applicant.name": f"陈{name}", "applied_at": "2014-07-15T09:00:00+08:00"}, {})
    body = jiedong.encode(out.native)
    for declared in (b"GBK", b"GB2312"):
        lying = body.replace(b"GB18030", declared).replace(b"gb18030", declared)
        [native] = jiedong.decode(lying, None)
        assert read(jiedong, native.kind, native.fields).values["applicant.name"] == f"陈{name}"
    strict = town("jiedong", "charset: {out: gb2312}\n")
    values = read(jiedong, out.native.kind, out.native.fields).values
    with pytest.raises(Unencodable, match=r"SQRMC: the character U\+[0-9A-F]{4,5} at position 1 does not exist in GB2312"):
        strict.encode(strict.outward("case.application", values, {}).native)


def test_pitfall_01_a_sample_in_another_charset_is_refused(dialects: dict[str, Dialect]) -> None:
    """1: bytes in no charset that anybody named are refused at their position, never read as other characters."""
    body = "<ROOT><HEAD><TYPE>EX_GDBS_SB</TYPE></HEAD><DATA><SQRMC>陈树芳办理业务</SQRMC></DATA></ROOT>".encode("utf-16-le")
    with pytest.raises(Undecodable):
        dialects["jiedong"].decode(body, None)
    with pytest.raises(Undecodable, match="the body is not UTF-8: byte 0xB3 at position 26"):
        dialects["rongcheng"].decode('{"type": "step", "name": "陈树芳"}'.encode("gbk"), None)


@pytest.mark.parametrize(("text", "moment"), [
    ("20140715103000", "2014-07-15T10:30:00+08:00"), ("2014-9-19 14:10:10", "2014-09-19T14:10:10+08:00"),
    ("20140715T103000", "2014-07-15T10:30:00+08:00"), ("2014071510:30:00", "2014-07-15T10:30:00+08:00"),
    ("20140715", "2014-07-15T00:00:00+08:00"), ("2014-7-15", "2014-07-15T00:00:00+08:00"), ("2014/7/5 8:5:9", "2014-07-05T08:05:09+08:00"),
    ("2014-07-15T02:30:00Z", "2014-07-15T02:30:00+00:00"), ("2014-07-15 10:30:00.0", "2014-07-15T10:30:00+08:00"),
])
def test_pitfall_02_every_spelling_of_a_time_is_the_same_moment(dialects: dict[str, Dialect], text: str, moment: str) -> None:
    """2: padded or not, with or without separators; without a zone it is Asia/Shanghai; written in one form only."""
    event = read(dialects["gd-exchange"], "EX_GDBS_SPCL", {**STEP, "SPSJ": text})
    assert event.values["step.at"] == moment
    written = dialects["gd-exchange"].outward("case.step", event.values, {}).native.fields["SPSJ"]
    assert len(written) == 19
    assert written[10] == " "


@pytest.mark.parametrize("text", ["2014-02-30 10:00:00", "2014-13-01", "20140715246000", "2014-07-15 10:30:60", "1405391400", "15/07/2014", "２０１４-07-15"])
def test_pitfall_02_what_is_no_time_of_the_dialect_is_refused(dialects: dict[str, Dialect], text: str) -> None:
    """2: a day that is none, seconds since 1970 nobody declared, another order: refused, never guessed."""
    [line] = refused(dialects["gd-exchange"], "EX_GDBS_SPCL", {**STEP, "SPSJ": text})
    assert line.startswith("SPSJ: expected a time as in yyyy-MM-dd HH:mm:ss / ")


def test_pitfall_02_seconds_and_milliseconds_since_1970_are_declared() -> None:
    """2: which of the two a number is, the dialect says; a list that leaves it open is a located error."""
    step = "event: case.step\nfields:\n  step.at: {at: SPSJ, format: %s}\n"
    seconds, milliseconds = town("gd-exchange", step=step % "epoch"), town("gd-exchange", step=step % "epoch_ms")
    assert read(seconds, "EX_GDBS_SPCL", {**STEP, "SPSJ": "1405391400"}).values["step.at"] == "2014-07-15T10:30:00+08:00"
    assert read(milliseconds, "EX_GDBS_SPCL", {**STEP, "SPSJ": "1405391400000"}).values["step.at"] == "2014-07-15T10:30:00+08:00"
    _, problems = shipped({"town/dialect.yaml": "dialect: town\ntitle: {zh: 镇, en: Town}\nextends: gd-exchange\n",
                           "town/case.step.yaml": step % "[epoch_ms, epoch]"})
    assert [(problem.code.id, str(problem.place)) for problem in problems] == [("GT234", "mappings/town/case.step.yaml:3:42")]


@pytest.mark.parametrize("empty", ["", None, "null", "NULL"])
def test_pitfall_03_empty_null_and_the_word_null_are_no_value(dialects: dict[str, Dialect], empty: str | None) -> None:
    """3: an Oracle '' that became null, a client's literal `null`: all absent, in a text as in a time or a code."""
    event = read(dialects["gd-exchange"], "EX_GDBS_SL", {**ACCEPTANCE, "BJDTBM": empty, "TJFS": empty, "GDBLSX": empty, "BSLYY": empty})
    assert event.values == {"serial.province": SERIAL, "outcome": "accepted", "accepted_at": "2014-07-15T10:30:00+08:00", "version": 1}
    assert event.unread == ()


def test_pitfall_03_a_word_for_nothing_is_ours_where_we_write_it(dialects: dict[str, Dialect]) -> None:
    """3: 无 and - are written for no value where the target must have one, told as filled in, and read as no value
    there; where a dialect does not write them, they are what the sender said."""
    national, values = dialects["national"], {"serial.province": SERIAL, "step.code": "review", "step.name": "审核",
                                              "step.status": "passed", "step.at": "2014-07-16T09:00:00+08:00"}
    out = national.outward("case.step", values, {"system": {}, "case": {}})
    assert (out.native.fields["handle_user_name"], out.native.fields["handle_explain"]) == ("-", "无")
    filled = {rule.native for rule in national.plans["case.step"].explain(out.fired, inward=False)}
    assert {"handle_user_name", "handle_explain"} <= filled
    assert "step.opinion" not in read(national, "UP_PRO_PROCESS", out.native.fields).values
    assert read(dialects["gd-exchange"], "EX_GDBS_SPCL", {**STEP, "SPYJ": "无"}).values["step.opinion"] == "无"


@pytest.mark.parametrize(("kind", "base", "column", "path"), [
    ("EX_GDBS_SPCL", STEP, "SPBMZZJDMD", "org.code"), ("EX_GDBS_SPCL", STEP, "SPBMZZJDDM", "org.code"), ("EX_GDBS_SPCL", STEP, "spbmzzjgdm", "org.code"),
    ("EX_GDBS_BJ", FINISH, "ZFHTTYY", "void_reason"), ("EX_GDBS_BJ", FINISH, "ZFHTHYY", "void_reason"),
    ("EX_GDBS_BJ", FINISH, "BJBMZZJGDM", "org.code"), ("EX_GDBS_BJ", FINISH, "BJBMZZJDDM", "org.code"),
    ("EX_GDBS_SL", ACCEPTANCE, "SLBMZZJGDM", "org.code"), ("EX_GDBS_SL", ACCEPTANCE, "sxbm_short ", "item.short_code"),
])
def test_pitfall_04_misspelt_columns_are_read_in_any_case(
    dialects: dict[str, Dialect], kind: str, base: dict[str, str], column: str, path: str
) -> None:
    """4: every spelling seen in live schemas, in any case and with a blank behind the name, is the same field."""
    event = read(dialects["gd-exchange"], kind, {**base, column: "006992012"})
    assert event.values[path] == "006992012"
    assert event.unread == ()


@pytest.mark.parametrize("kind", ["EX_GDBS_BJGZ", "EX_GDBS_BZGZ"])
@pytest.mark.parametrize("letters", ["BJGZ", "BZGZ"])
def test_pitfall_04_a_table_of_two_names_is_one(dialects: dict[str, Dialect], kind: str, letters: str) -> None:
    """4: the notice of correction is BJGZ in some schemas and BZGZ in others, table and columns alike."""
    fields = {"SBLSH": SERIAL, f"{letters}FCRXM": "林一鸣", f"{letters}YY": "缺身份证复印件", f"{letters}SJ": "2014-07-15 10:30:00"}
    event = read(dialects["gd-exchange"], kind, fields)
    assert (event.event, event.values["notice.sender"], event.values["notice.reason"]) == ("case.correction_notice", "林一鸣", "缺身份证复印件")


def test_pitfall_04_the_columns_that_steer_the_exchange_are_no_content(dialects: dict[str, Dialect]) -> None:
    """4: flags and row times, INSERTIME too, are left unread on purpose; a column nobody knows is told."""
    flags = {"REC_FLAG": "1", "INSERTIME": "x", "RESPONSETIME": "x", "CLZT": "N", "ISGET": "0", "ISEXCHANGEBSDT": "1"}
    assert read(dialects["gd-exchange"], "EX_GDBS_SPCL", {**STEP, **flags, "NEW": "x"}).unread == ("NEW",)


def test_pitfall_05_a_repurposed_column_is_one_dialects_own(dialects: dict[str, Dialect]) -> None:
    """5: where SXQXBM holds an address and SQRLX a rainfall, that county's dialect says so; no other reads it so."""
    text = ("event: case.application\nwithout: [item.situation, applicant.type]\n"
            "fields:\n  applicant.address: SXQXBM\n  remark: [BZ, SQRLX]\n")
    odd = {**APPLICATION, "SXQXBM": "榕城区进贤门大道1号", "SQRLX": "12.5"}
    event = read(town("gd-exchange", application=text), "EX_GDBS_SB", odd)
    assert (event.values["applicant.address"], event.values["remark"]) == ("榕城区进贤门大道1号", "12.5")
    assert [line.partition(":")[0] for line in refused(dialects["gd-exchange"], "EX_GDBS_SB", odd)] == ["SQRLX"]


def test_pitfall_06_codes_are_held_to_their_table_on_the_way_in(dialects: dict[str, Dialect]) -> None:
    """6: a name written into the code's column is refused with the codes there are, and so is every other at once."""
    pause = {"SBLSH": SERIAL, "XH": "1", "TBCXZL": "延长审批", "TBCXZLMC": "延长审批", "TBCXSXDW": "天", "TBCXKSRQ": "2014-07-15 10:30:00"}
    assert refused(dialects["gd-exchange"], "EX_GDBS_TBCXSQ", pause) == [
        "TBCXZL: the code '延长审批' has no translation (table pause.kind); expected A, B",
        "TBCXSXDW: the code '天' has no translation (table limit.unit); expected G, Z",
    ]


def test_pitfall_10_each_kind_of_number_keeps_its_place_and_length(dialects: dict[str, Dialect]) -> None:
    """10: province, city and county serials are three; organisation codes of 9 or 18 and regions of 6, 9 or 12 are kept
    as sent, leading zeros included; a target that takes credit codes only says so."""
    gd = dialects["gd-exchange"]
    numbers = {"SBLSH": SERIAL, "SBLSH_SHORT": "0000714001", "YWLSH": "RC20140715-0001"}
    for org in ("006992012", "11445200006992012X"):
        for region in ("445202", "445202003", "445202003001"):
            record = {**ACCEPTANCE, **numbers, "SLBMZZJDDM": org, "XZQHDM": region}
            event = read(gd, "EX_GDBS_SL", record)
            assert {event.values[f"serial.{kind}"] for kind in ("province", "city", "county")} == set(numbers.values())
            back = gd.outward("case.acceptance", event.values, {}).native.fields
            assert {name: back[name] for name in record} == record
    row = {"cd_operation": "I", "org_code": "006992012"}
    assert "org_code: the number's check digit is wrong" in refused(dialects["national"], "UP_PRO_ACCEPT", row)


def test_pitfall_11_a_code_means_what_it_meant_on_that_day() -> None:
    """11: BJJGDM 6 was 办结 and became 准予: rows with days, chosen by the day of the event, both ways."""
    table = {"codes": "outcome.finish", "table": {
        "certificate": "0", "finished": {"value": "6", "until": "2015-12-31"}, "granted": {"value": "6", "from": "2016-01-01"},
        "not_granted": {"value": "7", "from": "2016-01-01"}}}
    found, problems = shipped({"town/dialect.yaml": "dialect: town\ntitle: {zh: 镇, en: Town}\nextends: gd-exchange\n",
                               "town/codes/outcome.finish.yaml": json.dumps(table)})
    assert [problem.line() for problem in problems] == []
    for day, word in (("2015-12-31 23:59:59", "finished"), ("2016-01-01 00:00:00", "granted")):
        record = {**FINISH, "BJSJ": day}
        event = read(found["town"], "EX_GDBS_BJ", record)
        assert event.values["outcome"] == word
        assert found["town"].outward("case.finish", event.values, {}).native.fields["BJJGDM"] == "6"
    assert refused(found["town"], "EX_GDBS_BJ", {**FINISH, "BJJGDM": "7"}) == [
        "BJJGDM: the code '7' had no meaning on 2014-07-18 (table outcome.finish); it has from 2016-01-01"]


def test_pitfall_12_numbers_are_normalised_and_names_never() -> None:
    """12: full-width digits, blanks and a small x are mended in numbers where the mapping says so, and told; names keep
    every character; an identity number of 15 digits stays one."""
    text = ("event: case.application\nfields:\n  serial.county: {at: YWLSH, via: [trim, halfwidth]}\n"
            "  applicant.id_no: {at: SQRZJHM, type: identity, via: [trim, halfwidth]}\n")
    dialect = town("gd-exchange", application=text)
    odd = {**APPLICATION, "SQRMC": "Ａ（１）㎏ﾊﾟ ", "YWLSH": " ＲＣ２０１４（１） ", "SQRZJHM": "１１０１０５１９４９１２３１００２ｘ"}
    event = read(dialect, "EX_GDBS_SB", odd)
    assert (event.values["applicant.name"], event.values["serial.county"], event.values["applicant.id_no"]) == (
        "Ａ（１）㎏ﾊﾟ ", "RC2014(1)", "11010519491231002X")
    told = {rule.path for rule in dialect.plans["case.application"].explain(event.fired, inward=True)}
    assert {"serial.county", "applicant.id_no"} <= told
    assert read(dialect, "EX_GDBS_SB", {**odd, "SQRZJHM": "110105491231002"}).values["applicant.id_no"] == "110105491231002"


def test_pitfall_12_no_shipped_dialect_normalises_a_name(dialects: dict[str, Dialect]) -> None:
    """12: NFKC would change people's names; it stands on no field that is masked as one."""
    model, _ = load_model(starter("mappings") / "canonical")
    for dialect in dialects.values():
        for plan in dialect.plans.values():
            for rule in (*plan.mapping.inward, *plan.mapping.outward):
                field = model.field(rule.path) if rule.path else None
                assert not (field is not None and field.mask == "name" and any(step.name.startswith("halfwidth") for step in rule.via))


@pytest.mark.parametrize(("fields", "values"), [
    ({"ATTACH_BODY": "JVBERi0xLjQ=", "SAVE_TYPE": "2"}, {"attachment.body": "JVBERi0xLjQ=", "attachment.kept_in": "database"}),
    ({"ATTACH_PATH": "2014/07/a.pdf", "ATTACH_SIGN": "9e107d9d372bb6826bd81d3542a419d6", "SAVE_TYPE": "1"},
     {"attachment.path": "2014/07/a.pdf", "attachment.digest": "9e107d9d372bb6826bd81d3542a419d6", "attachment.kept_in": "file"}),
    ({"ATTACH_ID": "wp-0001", "SAVE_TYPE": "0", "ATTACH_BODY": "无"}, {"attachment.id": "wp-0001", "attachment.kept_in": "net_disk"}),
])
def test_pitfall_13_an_attachment_is_where_it_says(dialects: dict[str, Dialect], fields: dict[str, str], values: dict[str, str]) -> None:
    """13: inline, by path and digest, or by the net disk's number; the word 无 is no body."""
    record = {"SBLSH": SERIAL, "SEQ": "1", "CLMC": "申请表", **fields}
    event = read(dialects["gd-exchange"], "EX_GDBS_SBCL", record)
    assert {path: value for path, value in event.values.items() if path.startswith("attachment.")} == values


def test_pitfall_16_business_data_in_a_mapping_is_warned_of() -> None:
    """16: a region, number, amount or address written into a mapping is a warning at its place; a plain code is none,
    a constant without its reason an error, and no message quotes the value."""
    constants = ("event: case.step\nconstants:\n  XZQHDM: {value: '445202', why: a}\n  LXDH: {value: '13800138000', why: a}\n  SFJE: {value: '10.00', why: a}\n"
                 "  DZ: {value: 'http://10.0.0.1/x', why: a}\n  ZJ: {value: 11010519491231002X, why: a}\n  LX: {value: G, why: a}\n  XH: {value: '1'}\n")
    _, problems = shipped({"town/dialect.yaml": "dialect: town\ntitle: {zh: 镇, en: Town}\nextends: gd-exchange\n", "town/case.step.yaml": constants})
    assert [(problem.code.id, problem.code.severity, problem.path) for problem in problems if problem.place.file.startswith("mappings/town/")] == [
        ("GT237", "warning", "constants.XZQHDM.value"), ("GT237", "warning", "constants.LXDH.value"), ("GT237", "warning", "constants.SFJE.value"),
        ("GT237", "warning", "constants.DZ.value"), ("GT237", "warning", "constants.ZJ.value"), ("GT201", "error", "constants.XH"),
    ]
    assert not any("13800138000" in problem.line() or "11010519491231002X" in problem.line() for problem in problems)


def test_pitfall_16_no_shipped_dialect_holds_business_data() -> None:
    """16: what ships has no region, number or amount of anybody written into it, and loads without any problem."""
    assert [problem.line() for problem in shipped()[1]] == []

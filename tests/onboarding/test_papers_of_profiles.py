"""Every profile's paperwork is written, opens, and says what its other side has to build."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from tests.onboarding.papers import PROFILES, Papers, papers_of


@cache
def written(profile: str) -> Papers:
    """The papers of *profile*, made once."""
    return papers_of(profile, Path(mkdtemp(prefix="papers-")))


@pytest.mark.parametrize("profile", PROFILES)
def test_the_papers_of_every_profile_are_written_and_open(profile: str) -> None:
    """With records, code tables of different names or of one name with the fields they are for, and no code twice in one."""
    papers = written(profile)
    assert any("报文" in one for one in papers.headings)
    tables = papers.headings[papers.headings.index("代码表"):] if "代码表" in papers.headings else []
    assert len(tables) == len(set(tables))
    assert "测试结论" in papers.report
    for table in papers.tables:
        if table[0] == ["代码", "含义", "也接受"]:
            codes = [row[0] for row in table[1:]]
            assert codes
            assert all(codes)


def test_tables_of_one_name_are_told_apart_by_their_fields() -> None:
    """What only constants use is no table of the record's; a table of no list of its own is called by the list its words are of."""
    headings = [one for one in written("county-table-ea-jc").headings if "step.status" in one or "outcome.acceptance" in one]
    assert headings == ["受理状态（outcome.acceptance）", "审批环节状态（step.status.in）"]


def test_a_files_county_is_told_folders_markers_names_receipts_and_what_becomes_of_its_files() -> None:
    """All that whoever writes the files must do, and nothing of answers, which files do not give."""
    papers = written("county-files")
    facts = papers.facts()
    assert papers.headings[3:8] == [
        "文件交换的位置", "对方写入的文件（out）", "中枢读取之后", "中枢写入的文件（EX_GDBS_SB、EX_GDBS_YJXX、EX_GDBS_ZGHF、EX_GDBS_CP）",
        "对方写入的回执文件（back）"]
    assert facts["写完的标志"] == (
        "报文文件写完并关闭后，再在同一文件夹写标记文件 {name}.ok（{name} 为报文文件全名；内容不限，可为空），没有标记文件的不读；"
        "重写报文文件的，标记文件须随后重写（修改时间不得早于报文文件）")
    assert "符合 *.xml（不分大小写）" in facts["文件名"]
    assert "{kind}_{SBLSH}_{key}.xml" in facts["文件名"]
    assert facts["文件名字符集"] == "utf-8"
    assert facts["内容字符集"] == "gb18030\ngb18030"
    assert "<文件名>.reason.txt" in facts["原因文件"]
    assert facts["退回"] == "写文件 {name}.err，内容即退回原因（一段文字）；与收妥同时存在时以退回为准"
    assert "对方应答的判断" not in papers.headings
    assert "样例（文件 EX_GDBS_SB_" in papers.told
    assert "GT501" not in papers.told  # of a door called in a wrong way: there is none


@pytest.mark.parametrize(("profile", "flag", "unread", "taken", "error", "result", "age", "key"), [
    ("county-table-gdbs", "CLZT", "N", "Y", "E", "CLJG", "INSERTTIME", "SBLSH、SJBBH"),
    ("county-table-ea-jc", "SIGNSTATE", "0", "1", "2", "SIGNNOTE", "MAKETIME", "PROJID、DATAVER"),
])
def test_a_county_by_tables_is_told_who_writes_which_column_and_with_what(
        profile: str, flag: str, unread: str, taken: str, error: str, result: str, age: str, key: str) -> None:
    """The flag and its values, the column of results, the time, the unique key, receipts by column; samples are rows."""
    papers = written(profile)
    facts = papers.facts()
    assert facts[f"{flag}（状态列）"] == f"对方插入时写 {unread}（未读）；中枢收妥后改为 {taken}，有误改为 {error}（拒收、无法转换（待处理））"
    assert facts[f"{result}（结果列）"].startswith("由中枢写入：有误的原因和代码")
    assert f"对方写标识列、业务列、{age}，并把 {flag} 置为 {unread}" in facts["谁写哪些列"]
    assert facts["次序"] == f"各表的行合在一起按 {age} 先后，相同时按标识：同一办件先发生的先写"
    assert facts["唯一键"].startswith(f"{key}：库中须有此唯一约束")
    assert f"{flag}（回执列）" in facts
    assert "对方应答的判断" not in papers.headings
    assert f"INSERT INTO {'EX_GDBS_SL' if 'gdbs' in profile else 'EA_JC_STEP_BASICINFO'}\n" in papers.told
    assert age in papers.told.split("INSERT INTO")[1]


def test_a_middle_database_is_told_its_columns_its_receipts_and_that_rows_are_deleted() -> None:
    facts = written("supervision-table").facts()
    assert facts["STATUS（回执列）"].splitlines()[0] == "由对方改写：收妥写 000，退回写 999（平台未能解析）；其他值和 NULL 表示尚无结论"
    assert facts["XMLBODY"].splitlines()[0] == "{body}（{body} 为报文全文）"
    assert facts["中枢"] == "收妥即删除；拒收的留在表中，内容改动后再读"
    assert facts["中枢账号的权限"] == "EA_WARNFREEBACK：查询、删除；EA_EXCHANGE_MESSAGE：插入、查询"


def test_a_record_known_by_a_field_says_by_which() -> None:
    """Of one table several events come: a step that is an acceptance is told by its result."""
    assert "同一类型的报文中，NODESTATE 为 02、2，且 NODERESULT 为 2、3、5 的是本项。" in written("county-table-ea-jc").told


def test_samples_of_one_kind_are_each_of_the_record_they_stand_under() -> None:
    """And a row is inserted as the other side inserts it, whatever the hub had written into the one that was read."""
    told = written("county-table-ea-jc").told
    rows = [dict(zip(re.findall(r"\w+", columns), re.findall(r"'([^']*)'|(CURRENT_TIMESTAMP)", values), strict=True))
            for columns, values in re.findall(r"INSERT INTO EA_JC_STEP_(?:PROC|SPECIALNODE)\s+\(([^)]*)\)\s*VALUES\s*\((.*)\);", told)]
    codes = [(row["NODESTATE"][0], row["NODERESULT"][0]) if row.get("NODESTATE", ("",))[0] == "02" else (row.get("NODESTATE") or row["NODERESULT"])[0] for row in rows]
    assert codes == [("02", "2"), ("02", "7"), "01", "5", "5", "1", "1"]  # refused, a step done, one to do; pauses, corrections
    assert {(row["MAKETIME"][1], row["SIGNSTATE"][0]) for row in rows} == {("CURRENT_TIMESTAMP", "0")}
    assert "SIGNNOTE" not in {column for row in rows for column in row}


def test_soap_samples_are_whole_envelopes_both_ways() -> None:
    """Operation, namespace, SOAPAction and arguments: what goes over the line."""
    papers = written("county-soap-invoke")
    assert papers.facts()["SOAPAction"] == '""'
    assert '<q:invoke xmlns:q="http://example.invalid/approval"><xml><![CDATA[<?xml version="1.0" encoding="GB18030"?><ROOT>' in papers.told
    assert "样例（对方的调用）：" in papers.told
    assert 'SOAPAction: ""）：' in papers.told
    told = written("gd-hall-soap").told
    assert "<arg0>（密钥 dept_code）</arg0>" in told
    assert "</ExInfo>]]></arg1><arg2>EX_GDBS_SB</arg2>" in told
    assert "head/transactionID" in written("supervision-soap").facts()


def test_a_county_by_its_wsdl_is_told_envelopes_what_the_wsdl_demands_and_no_door_it_has_not(tmp_path: Path) -> None:
    """It only takes calls: no records of its own, no codes of refusals; each row once; header, operation and SOAPAction."""
    papers = papers_of("county-soap-wsdl", tmp_path, wsdl=True)
    facts = papers.facts()
    assert "对方报送的报文" not in papers.headings
    assert "错误代码" not in papers.headings
    assert facts["中枢连接对方"] == "HTTP approval.konggang.example.invalid:80，调用对方接口"
    assert facts["SOAP Header AuthHeader"] == "命名空间 WSDL 声明的；UserName：密钥 user；Password：密钥 password；City：固定为 445200"
    [operations] = [table for table in papers.tables if table[0] == ["报文类型", "操作", "SOAPAction", "命名空间"]]
    assert [row[:2] for row in operations[1:]] == [["SubmitApplication", "SubmitApplication"]]
    assert "<s:Header>" in papers.told
    assert "<s:Envelope" in papers.told
    assert '{"record":' not in papers.told
    [fields] = [table for table in papers.tables if table[0][:2] == ["序号", "字段"]]
    needed = {row[1]: row[4] for row in fields}
    assert (needed["record/ApplyNo"], needed["record/@version"], needed["record/Remark"]) == ("是", "是", "否")
    assert len({row[1] for row in fields}) == len(fields)


def test_a_rest_county_is_told_whole_requests_its_login_and_how_we_prove_ourselves() -> None:
    papers = written("county-rest-xmlstr")
    facts = papers.facts()
    assert facts["令牌"] == "JSON 应答中的 data/accessToken"
    assert facts["表单项 access_token"] == "密钥 access_token"
    assert "POST http://approval.konggang.example.invalid/gateway/approve/receiveApplyInfo HTTP/1.1" in papers.told
    assert written("county-rest-json").facts()["中枢的身份"] == "bearer：Bearer 令牌，RFC 6750。请求头 Authorization: Bearer …"
    assert "x-tif-signature" in written("gd-hall-rest").facts()["中枢的身份"]
    assert "结果不明时" not in written("gd-hall-portal-rest").facts()  # nothing is sent to it


def test_the_report_says_which_direction_nothing_was_carried_in() -> None:
    """Without samples of the vendor, what it reports was never tried: no word of going live."""
    for profile in ("county-files", "county-table-gdbs"):
        assert "尚有未测项目（空港经济区报送的方向尚未以对方样例试过）" in written(profile).report


@pytest.mark.parametrize(("profile", "facts"), [
    ("county-amqp", {"message_id": "推送编号（GT 加 14 位数字，如 GT00000000000001），每次重发不变：对方须记住并按它排重", "type": "报文类型\n报文类型"}),
    ("county-mqtt", {"User Property": "kind = 报文类型", "主题": "county/out/+（+ 代表一级，# 代表其后全部）"}),
])
def test_a_county_behind_a_broker_is_told_queues_topics_and_properties(profile: str, facts: dict[str, str]) -> None:
    """Who declares what, what a message carries, what becomes of it, and how a verdict comes back."""
    papers = written(profile)
    assert facts.items() <= papers.facts().items()
    assert "对方应答的判断" not in papers.headings  # the broker's word is no affair of the county's
    assert "结果回告" in papers.facts()

"""The paperwork of a county says what its configuration says, and nothing secret."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from tests.onboarding.conftest import Office, answers_of

KEY = {"GUANTONG_KONGGANG_KEY": "hidden-one"}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files that `county ready --paper` writes."""
    tmp_path = tmp_path_factory.mktemp("papers")
    (tmp_path / "home").mkdir()
    office = Office(tmp_path / "home")
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    office.guantong("county", "ready", "konggang", "--offline", "--paper", str(tmp_path / "paper"), env=KEY)
    return {file.name: file.read_bytes() for file in (tmp_path / "paper").iterdir()}


def text_of(body: bytes) -> str:
    document = Document(BytesIO(body))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_three_papers_are_written_and_hold_no_secret(papers: dict[str, bytes]) -> None:
    assert sorted(papers) == ["konggang-接口规范.docx", "konggang-网络开通清单.xlsx", "konggang-联调测试报告.docx"]
    assert "hidden-one" not in "".join(text_of(body) for name, body in papers.items() if name.endswith(".docx"))


def test_the_specification_has_fields_samples_code_tables_and_error_codes(papers: dict[str, bytes]) -> None:
    document = Document(BytesIO(papers["konggang-接口规范.docx"]))
    headings = [one.text.split("　", 1)[1] for one in document.paragraphs if one.style and one.style.name.startswith("Heading")]
    assert [one for one in headings if not one.endswith("）")] == [
        "总则", "传输方式", "中枢的调用", "对方如何推送", "对方报送的报文", "中枢推送的报文", "对方应答的判断", "代码表", "错误代码", "报文整体", "字段值", "签署"]
    assert "申办（EX_GDBS_SB）" in headings
    told = text_of(papers["konggang-接口规范.docx"])
    assert "http://127.0.0.1:8080/in/konggang.approval/soap" in told
    assert "格式 yyyy-MM-dd HH:mm:ss" in told
    assert "<ROOT><HEAD><TYPE>EX_GDBS_SL</TYPE></HEAD>" in told
    assert "居民身份证" in told
    assert "GT243" in told
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert ["13", "SLZTDM", "受理状态", "代码", "是", "代码表 outcome.acceptance"] in rows


def test_the_specification_tells_a_soap_vendor_how_to_call_us(papers: dict[str, bytes]) -> None:
    """Operation, argument, who is calling, and every answer: all that a vendor's programmer would have to ask for."""
    told = text_of(papers["konggang-接口规范.docx"])
    for said in ("invoke（命名空间 http://example.invalid/approval）", "xml：报文全文，写作 CDATA 或转义的文本", "请求头 X-Guantong-Key（密钥 key）",
                 "<RESULT><CODE>1</CODE><MSG>接收成功</MSG></RESULT>", "<RESULT><CODE>0</CODE><MSG>… […]</MSG></RESULT>"):
        assert said in told


def test_the_specification_tells_a_rest_vendor_how_to_call_us(office: Office, tmp_path: Path) -> None:
    """Method, where the record stands and how it is sealed, who is calling, and every answer."""
    office.guantong("county", "add", "--from", office.answers(answers_of("county-rest-xmlstr")))
    office.guantong("county", "ready", "konggang", "--offline", "--paper", str(tmp_path / "paper"))
    told = text_of((tmp_path / "paper" / "konggang-接口规范.docx").read_bytes())
    for said in ("对方如何推送", "表单字段 xmlStr，以 sm4-cbc 加密", "表单字段 accessToken", "<RESULT><code>200</code><msg>请求成功</msg></RESULT>"):
        assert said in told


@pytest.mark.parametrize("env", [{}, KEY], ids=["secret not set yet", "secret set"])
def test_the_specification_names_the_secrets_and_says_where_an_address_is_this_machines_own(
        office: Office, tmp_path: Path, env: dict[str, str]) -> None:
    """Also while the secrets are not set: the papers are made before the network is open."""
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    office.guantong("county", "ready", "konggang", "--offline", "--paper", str(tmp_path / "paper"), env=env)
    document = Document(BytesIO((tmp_path / "paper/konggang-接口规范.docx").read_bytes()))
    rows = {row.cells[0].text: row.cells[1].text for table in document.tables for row in table.rows if len(row.cells) == 2}
    assert rows["所用密钥"] == "key（内容另行交接，不写入本文件）"
    assert rows["对方推送到"] == ("http://127.0.0.1:8080/in/konggang.approval/soap"
                             "（仅本机可达：交付前请在 hub.public_url 写明对方可达的地址）")
    assert rows["单个请求上限"] == "16 MiB"


def test_the_openings_name_both_directions(papers: dict[str, bytes]) -> None:
    sheet = load_workbook(BytesIO(papers["konggang-网络开通清单.xlsx"])).worksheets[0]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=4, max_row=5)]
    assert [(row[3], row[4], row[5]) for row in rows] == [
        ("approval.konggang.example.invalid", 80, "TCP / HTTP"), ("127.0.0.1", 8080, "TCP / HTTP")]


def test_no_name_becomes_a_formula(tmp_path: Path) -> None:
    """What a vendor or a clerk called something is a text in every cell, also where it begins as formulas do."""
    (tmp_path / "home").mkdir()
    office, formula = Office(tmp_path / "home"), "=cmd|'/C calc'!A0"
    office.guantong("county", "add", "--from", office.answers(
        answers_of(more=f'title: {{zh: "{formula}"}}').replace("空港经济区", f'"{formula}"')))
    office.guantong("county", "ready", "konggang", "--offline", "--paper", str(tmp_path / "paper"), env=KEY)
    sheet = load_workbook(tmp_path / "paper/konggang-网络开通清单.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any(str(cell.value).startswith(formula) for cell in cells)
    assert {cell.data_type for cell in cells} == {"s"}


def test_the_report_tells_what_was_measured_and_has_places_to_sign(papers: dict[str, bytes]) -> None:
    told = text_of(papers["konggang-联调测试报告.docx"])
    assert "已测项目通过，尚有未测项目" in told
    assert "双向试运行（不发送）" in told
    assert "枢纽尚缺 6 项密钥，补齐后才能启动" in told
    assert "环境变量 GUANTONG_HALL_DEPT_CODE 未设置" in told
    assert "GUANTONG_KONGGANG_KEY" not in told  # that one is set
    assert told.count("代表签字：") == 3


def test_without_the_library_a_plain_error_names_the_extra(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office.guantong("county", "add", "--from", office.answers(answers_of()))
    monkeypatch.setitem(sys.modules, "docx", None)
    monkeypatch.setattr("guantong.paper.write.find_spec", lambda name: None if name == "docx" else object())
    done = office.guantong("county", "ready", "konggang", "--offline", "--paper", str(tmp_path / "paper"))
    assert done.exit_code == 2
    assert done.stderr.splitlines()[0] == "未安装程序库 python-docx; 请安装：pip install 'guantong[paper]' [GT816]"
    assert not (tmp_path / "paper").exists()

"""First contact: whatever a vendor hands over becomes a dialect that loads, its clear fields proposed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from tests.house.vendor import hand_over
from tests.mapping.handedover import (
    DAMENG,
    ELEMENTS,
    EXINFO,
    FIELDS,
    FORM,
    MYSQL,
    ORACLE,
    PATHS,
    POSTGRES,
    SAMPLE,
    SPACED,
    WSDL,
    XSD,
    csv_text,
    drafted,
    fill,
    found,
    known,
    old_xls,
    plain_xlsx,
    saved,
    spread_xlsx,
    word_docx,
)
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.cli.dialectfiles import tried_out
from guantong.mapping.draft import FieldSketch, RecordSketch, draft_dialect
from guantong.mapping.draft.handed import parse_columns
from guantong.mapping.draft.schema import Found, merged
from guantong.mapping.draft.write import dialect_files
from guantong.starter import starter
from guantong.yamlfile import parse_yaml
from guantong_plugins.codecs.plugin import register_codecs

DESCRIBED: dict[str, Callable[[], bytes]] = {
    "plain.xlsx": plain_xlsx, "spread.xlsx": spread_xlsx, "old.xls": old_xls, "word.docx": word_docx,
    "utf8.csv": lambda: csv_text().encode("utf-8-sig"), "gbk.csv": lambda: csv_text().encode("gbk"),
    "tabs.txt": lambda: csv_text("\t").encode(), "semicolons.csv": lambda: csv_text(";").encode("utf-16"),
    "oracle.sql": lambda: ORACLE.encode("gb18030"), "mysql.sql": lambda: MYSQL.encode(), "postgres.ddl": lambda: POSTGRES.encode(),
    "dameng.sql": lambda: DAMENG.encode("gb18030"),
    "schema.xsd": lambda: XSD.encode("gb2312"), "service.wsdl": lambda: WSDL.encode(),
}
SAMPLED: dict[str, Callable[[], bytes]] = {
    "exinfo.xml": lambda: EXINFO.encode(), "elements.xml": lambda: ELEMENTS.encode("gb18030"),
    "EX_GDBS_SL.json": lambda: json.dumps(SAMPLE, ensure_ascii=False).encode(),
    "lines.jsonl": lambda: "\n".join(json.dumps({"type": "EX_GDBS_SL", **SAMPLE}) for _ in range(3)).encode(),
    "EX_GDBS_SL.csv": lambda: (",".join(SAMPLE) + "\n" + ",".join(SAMPLE.values())).encode("gb18030"),
    "form.txt": lambda: FORM.encode(), "EX_GDBS_SL.xml": lambda: SPACED.encode(),
    "wrapped.json": lambda: json.dumps({"head": {"k": "v"}, "data": {"type": "EX_GDBS_SL", **SAMPLE}}).encode(),
}


@pytest.mark.parametrize("name", [*DESCRIBED, *SAMPLED])
def test_every_form_becomes_a_dialect_that_loads(name: str) -> None:
    """The record is recognised, its clear fields proposed with evidence, nothing lost, and it loads."""
    draft = drafted(name, {**DESCRIBED, **SAMPLED}[name]())
    [record] = draft.records
    assert (record.record.name.upper(), record.event, record.file) == ("EX_GDBS_SL", "case.acceptance", "case.acceptance.yaml")
    proposed = {one.field.name.upper(): one.path for one in record.proposals}
    assert {key: proposed[key] for key, *_ in FIELDS} == {**dict.fromkeys(("GXDW", "BYZDA"), ""), **PATHS}
    assert all(one.why for one in record.proposals if one.path)
    files = dialect_files(draft, "某县")
    home = starter("mappings").parent
    assert [problem.line() for problem in tried_out(home, "vendor", files, known().model)] == []
    text = files["case.acceptance.yaml"].decode()
    assert text.count("建议 proposal") >= len(PATHS)
    assert all(key in text.upper() for key, *_ in FIELDS)


@pytest.mark.parametrize("name", DESCRIBED)
def test_codes_told_in_words_become_a_code_table(name: str) -> None:
    """Codes whose meaning is a canonical word's are mapped; the others are listed."""
    files = dialect_files(drafted(name, DESCRIBED[name]()), "某县")
    table = files["codes/outcome.acceptance.yaml"].decode()
    assert 'accepted: "1"' in table
    assert 'refused:  "2"' in table
    assert '"9" 其他' in table


@pytest.mark.parametrize("name", SAMPLED)
def test_nothing_of_a_samples_values_is_kept(name: str) -> None:
    """Only names, shapes and lengths: samples hold people's data. The known field's codes are copied."""
    files = dialect_files(drafted(name, SAMPLED[name]()), "某县")
    text = "".join(body.decode() for body in files.values())
    assert not [value for value in SAMPLE.values() if len(value) > 1 and value in text]
    assert "取自 gd-exchange" in text


def test_what_was_told_of_a_field_stands_beside_it() -> None:
    """Label, type, duty and remark; spare columns are proposed to be ignored."""
    text = dialect_files(drafted("plain.xlsx", plain_xlsx()), "某县")["case.acceptance.yaml"].decode()
    assert "SLSJ   # 受理时间 · DATE · 必填 · yyyy-MM-dd HH:mm:ss ｜ 建议 proposal" in text
    assert "#   GXDW  管辖单位 · VARCHAR2(200) · 本系统自有" in text
    assert "ignored: [BYZDA]" in text


def test_lists_in_xml_samples_are_mapped_with_their_items() -> None:
    """The list's element, its items' element and their fields."""
    files = dialect_files(drafted("elements.xml", ELEMENTS.encode("gb18030")), "某县")
    assert "materials:" in files["case.acceptance.yaml"].decode()
    assert "    each: SLZLQD\n    fields:\n      name:  CLMC" in files["case.acceptance.yaml"].decode()
    dialect = files["dialect.yaml"].decode()
    assert "charset: gb18030" in dialect
    assert "options: {in: {root: ROOT, data: DATA, kind: HEAD/TYPE, lists: {SLZLQD: {item: CL}}}" in dialect


def test_a_sample_whose_root_names_the_record_is_drafted_so_that_its_kind_is_read() -> None:
    """The drafted codec tells the kind of the very sample it was drafted from, whatever the file is called."""
    body = "<EX_GDBS_SL>" + "".join(f"<{name}>{value}</{name}>" for name, value in SAMPLE.items()) + "</EX_GDBS_SL>"
    made = drafted("受理.xml", body.encode())
    files = dialect_files(made, "某县")
    assert "record: EX_GDBS_SL\n" in files["case.acceptance.yaml"].decode()
    assert "options: {in: {kind: \".\"}, out: {kind: \".\"}}" in files["dialect.yaml"].decode()
    spec = next(one for one in register_codecs() if one.name == "xml-element")
    [native] = spec.make(spec.options(**made.found.options), "utf-8").decode(body.encode(), None)
    assert native.kind == "EX_GDBS_SL"


def test_a_root_that_holds_anything_names_no_record() -> None:
    """ROOT, DATA and the like are kept as the root; the file's name is the record's, as before."""
    body = "<ROOT>" + "".join(f"<{name}>{value}</{name}>" for name, value in SAMPLE.items()) + "</ROOT>"
    files = dialect_files(drafted("EX_GDBS_SL.xml", body.encode()), "某县")
    assert "options: {in: {root: ROOT}, out: {root: ROOT}}" in files["dialect.yaml"].decode()
    assert "record: EX_GDBS_SL\n" in files["case.acceptance.yaml"].decode()


def test_several_tables_on_one_sheet_are_several_records() -> None:
    """Each under its own heading; sheets of other things are passed over."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "数据字典"
    sheet["B1"].value = "一、受理信息 EX_GDBS_SL"
    after = fill(sheet, 2, column=2)
    sheet.cell(after + 1, 2).value = "二、承办单位 T_UNIT"
    fill(sheet, after + 2, column=2)
    book.create_sheet("修订记录").append(["版本", "日期", "说明", "1.0"])
    records = found("two.xlsx", saved(book)).records
    assert [(one.name, len(one.fields)) for one in records] == [("EX_GDBS_SL", 6), ("T_UNIT", 6)]


def test_columns_can_be_named_where_no_heading_tells() -> None:
    """--columns takes the place of the header row; letters or numbers, words for each role."""
    book = Workbook()
    sheet = book.worksheets[0]
    for number, (name, label, *_) in enumerate(FIELDS, 4):
        sheet.cell(number, 2).value = name
        sheet.cell(number, 5).value = label
    assert [one.code.id for one in found("bare.xlsx", saved(book)).problems] == ["GT721"]
    columns, problems = parse_columns("字段名=B，中文名=5")
    assert problems == []
    [record] = found("EX_GDBS_SL.xlsx", saved(book), columns).records
    assert [(one.name, one.label) for one in record.fields] == [(name, label) for name, label, *_ in FIELDS]
    assert [one.code.id for one in parse_columns("字段=B,颜色=C,中文名=?")[1]] == ["GT724", "GT724"]


def test_only_the_sheets_named_are_read() -> None:
    """--sheet chooses; a sheet that is not there is named."""
    book = Workbook()
    fill(book.worksheets[0], 1)
    book.worksheets[0].title = "T_ONE"
    fill(book.create_sheet("T_TWO"), 1)
    body = saved(book)
    assert [one.name for one in found("a.xlsx", body, sheets=("T_TWO",)).records] == ["T_TWO"]
    assert [one.code.id for one in found("a.xlsx", body, sheets=("T_TOW",)).problems] == ["GT725"]


def test_a_second_record_of_an_event_is_read_only() -> None:
    """Two tables of one event both load; only the first is written."""
    draft = drafted("two.sql", (MYSQL + MYSQL.replace("`EX_GDBS_SL`", "`EX_GDBS_SL_BAK`")).encode())
    assert [record.file for record in draft.records] == ["case.acceptance.yaml", "case.acceptance.EX_GDBS_SL_BAK.yaml"]
    files = dialect_files(draft, "某县")
    assert "record: {in: EX_GDBS_SL_BAK}" in files["case.acceptance.EX_GDBS_SL_BAK.yaml"].decode()
    assert [problem.line() for problem in tried_out(starter("mappings").parent, "vendor", files, known().model)] == []


def test_two_fields_never_take_one_path() -> None:
    """The one with the better reasons is proposed; of the other it is said."""
    body = MYSQL.replace("`GXDW` varchar(200)", "`ACCEPTDATE` datetime COMMENT '受理时间'")
    text = dialect_files(drafted("a.sql", body.encode()), "某县")["case.acceptance.yaml"].decode()
    assert "accepted_at:     SLSJ " in text
    assert "也可能是 accepted_at" in text


def test_what_is_no_known_event_stands_aside() -> None:
    """Its fields are listed where no dialect looks for mappings, to be named by a person."""
    draft = drafted("x.sql", b"create table t_user (login varchar(20), hash char(64) not null);")
    assert draft.records[0].file == "unmatched/t_user.yaml"
    assert "# event:" in dialect_files(draft, "x")["unmatched/t_user.yaml"].decode()


ODD = st.text(st.characters(codec="utf-8"), max_size=20)
SKETCHES = st.builds(
    FieldSketch, name=st.one_of(st.sampled_from([*PATHS, "GDBLSX", "a b", "x:y", "- q", "SBLSH "]), ODD), label=ODD, type=ODD,
    required=st.booleans(), remark=ODD, values=st.sampled_from([(), (("1", "受理"), ("#", "不予受理\n"))]), many=st.booleans())


@pytest.fixture(scope="module")
def bare_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the model and no dialect."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(starter("mappings") / "canonical", home / "mappings" / "canonical")
    return home


@given(st.lists(SKETCHES, min_size=1, max_size=6, unique_by=lambda one: one.name.casefold()), ODD, ODD)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_fields_are_called_the_files_are_sound(
    bare_home: Path, fields: list[FieldSketch], name: str, title: str
) -> None:
    """Names, labels and remarks of any characters never break a line, open a quote or become a rule."""
    records = [RecordSketch("EX_GDBS_SL", "", tuple(fields)), RecordSketch(name, title, tuple(fields))]
    files = dialect_files(draft_dialect("vendor", Found(records=records, codec="json"), known()), title)
    for file, body in files.items():
        node, problems = parse_yaml(body.decode(), file)
        assert (node is not None, problems) == (True, [])
    errors = tried_out(bare_home, "vendor", files, known().model)
    assert [problem.line() for problem in errors] == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(starter("mappings"), tmp_path / "mappings")
    shutil.copytree(starter("config"), tmp_path / "config")
    (tmp_path / "对方.sql").write_bytes(ORACLE.encode("gb18030"))
    (tmp_path / "样例.json").write_text(json.dumps({"type": "EX_GDBS_SL", **SAMPLE}), "utf-8")
    return tmp_path


def run(home: Path, *words: str) -> Result:
    """Run `guantong mapping draft …` on *home*."""
    return CliRunner().invoke(build_app("mapping"), ["mapping", "draft", "--home", str(home), *words])


def test_the_verb_joins_several_files_into_one_dialect(home: Path) -> None:
    """What DDL tells of a field and how a sample shows it travels come together."""
    result = run(home, "--from", str(home / "对方.sql"), "--from", str(home / "样例.json"), "--dialect", "konggang", "--json")
    answer: dict[str, Any] = orjson.loads(result.stdout)
    assert (result.exit_code, answer["ok"], answer["problems"]) == (0, True, [])
    assert [(one["event"], one["proposed"]) for one in answer["records"]] == [("case.acceptance", 4)]
    dialect = (home / "mappings/konggang/dialect.yaml").read_text("utf-8")
    assert "codec: {in: json, out: json}" in dialect
    assert "kind_field: type" in dialect
    assert sorted(answer["written"]) == ["case.acceptance.yaml", "codes/outcome.acceptance.yaml", "dialect.yaml"]
    assert CliRunner().invoke(build_app("mapping"), ["mapping", "to-excel", "konggang", str(home / "p.xlsx"), "--home", str(home)]).exit_code == 0


def test_a_dry_run_prints_and_writes_nothing(home: Path) -> None:
    """The files are shown whole."""
    result = run(home, "--from", str(home / "对方.sql"), "--dialect", "konggang", "--dry-run")
    assert result.exit_code == 0
    assert "event: case.acceptance" in result.stdout
    assert not (home / "mappings/konggang").exists()


@pytest.mark.parametrize(("words", "code"), [
    (("--dialect", "rongcheng"), "GT693"), (("--dialect", "../x"), "GT694"), (("--dialect", "x", "--columns", "颜色=B"), "GT724"),
    (("--dialect", "x", "--from", "missing.sql"), "GT004"),
])
def test_wrong_usage_is_named_and_nothing_is_written(home: Path, words: tuple[str, ...], code: str) -> None:
    """An existing dialect is never written over."""
    before = sorted(path.name for path in (home / "mappings").iterdir())
    result = run(home, "--from", str(home / "对方.sql"), "--json", *words)
    assert (result.exit_code, [one["code"] for one in orjson.loads(result.stdout)["problems"]]) == (2, [code])
    assert sorted(path.name for path in (home / "mappings").iterdir()) == before


def test_sheets_under_one_title_are_tables_of_their_own_and_samples_find_theirs(tmp_path: Path) -> None:
    """What stands above every sheet names none of them; the table's name is merged down the side, with its Chinese
    name in brackets; a sample is of the table that has all its fields, whatever its file is called."""
    hand_over(tmp_path)
    parts = [found(file.name, file.read_bytes()) for file in sorted(tmp_path.iterdir())]
    records = merged([record for one in parts for record in one.records])
    assert [(record.name, record.title, len(record.fields)) for record in records] == [
        ("T_SLXX", "受理信息表", 11), ("T_BJXX", "办结信息表", 9)]


def test_sheets_that_nothing_names_are_told_apart() -> None:
    """By the file's name and a number, titled by their sheets."""
    book = Workbook()
    for title in ("受理", "办结"):
        sheet = book.create_sheet(title)
        sheet["A1"].value = "某系统接口数据字典"
        fill(sheet, 3)
    book.remove(book.worksheets[0])
    records = found("字典.xlsx", saved(book)).records
    assert [(record.name, record.title) for record in records] == [("record", "受理"), ("record_2", "办结")]

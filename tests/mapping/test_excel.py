"""字段对照表: a dialect becomes a workbook and comes back, nothing lost either way."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from tests.mapping.excelbooks import (
    add,
    columns,
    edited,
    exported,
    put,
    row_of,
    sheet_of,
    shipped,
    shipped_dialects,
    taken,
    the_model,
    without_memory,
    write_home,
)

from guantong.mapping import load_dialects
from guantong.mapping.excel.assemble import assemble
from guantong.mapping.excel.book import Sheet, read_book, write_book
from guantong.mapping.excel.layout import cut
from guantong.mapping.excel.mappingsheet import MappingSheet
from guantong.mapping.excel.rows import Column, Row, rows_of
from guantong.mapping.excel.values import (
    read_flow,
    read_word,
    read_words,
    show_flow,
    show_word,
    show_words,
    text,
)
from guantong.plugins import registry
from guantong.yamlfile import plain

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


@pytest.mark.parametrize("dialect", shipped_dialects())
def test_an_untouched_export_changes_no_byte(dialect: str) -> None:
    """Taken back as it is, or after a spreadsheet saved it anew, the workbook gives the very files."""
    body = exported(dialect)
    for again in (body, edited(body, lambda _: None)):
        incoming = taken(again, dialect)
        assert (incoming.made, incoming.problems) == ([], [])


@pytest.mark.parametrize("dialect", shipped_dialects())
def test_every_file_can_be_written_anew_from_its_cells(dialect: str, tmp_path: Path) -> None:
    """Without the remembered texts, and with no file there, what the cells show makes the same plans."""
    incoming = taken(edited(exported(dialect), without_memory), dialect, {})
    assert [problem.line() for problem in incoming.problems] == []
    assert {made.file for made in incoming.made} == shipped(dialect).keys()
    folder = write_home(tmp_path) / "mappings"
    specs = registry()
    before, known = load_dialects(folder, the_model(), specs.codecs, specs.functions)
    for made in incoming.made:
        (folder / dialect / made.file).write_bytes(made.body)
    after, problems = load_dialects(folder, the_model(), specs.codecs, specs.functions)
    assert [problem.path for problem in problems] == [problem.path for problem in known]
    assert {name: plan.id for name, plan in after[dialect].plans.items()} == {
        name: plan.id for name, plan in before[dialect].plans.items()}


@pytest.mark.parametrize("dialect", shipped_dialects())
def test_comments_survive_when_everything_is_written_anew(dialect: str) -> None:
    """Each comment of a file is there again after its lines were made of cells."""
    for made in taken(edited(exported(dialect), without_memory), dialect, {}).made:
        for line in shipped(dialect)[made.file].decode().splitlines():
            comment = line.partition("#")[2].strip()
            assert comment in made.text


def test_an_edit_changes_its_own_line_only() -> None:
    """The other lines, their spacing, quotes and comments stay as they were."""
    incoming = taken(edited(exported("gd-exchange"), lambda book: put(
        sheet_of(book, "case.acceptance"), "receipt_no", "对方字段", "SLHZH、SLHZBH")), "gd-exchange")
    [made] = incoming.made
    was = shipped("gd-exchange")["case.acceptance.yaml"].decode()
    assert made.text == was.replace("receipt_no:          SLHZH\n", "receipt_no:          [SLHZH, SLHZBH]\n")


def test_rows_may_be_added_moved_and_deleted() -> None:
    """A new row joins its section, aligned as its neighbours; a deleted one takes its comments along."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.finish")
        sheet.delete_rows(row_of(sheet, "void_reason"))
        add(sheet, 区段="双向", 标准字段="outcome_text", 对方字段="BJJG", 说明="新列", 缺省="无", 上方注释="揭东 2026 年新增")

    [made] = taken(edited(exported("jiedong"), edit), "jiedong").made
    assert made.text.endswith(
        "fields:\n  org.code:    [BJBMZZJGDM, BJBMZZJDDM]\n  # 揭东 2026 年新增\n"
        "  outcome_text: {at: BJJG, default: 无}  # 新列\n")


def test_a_sheet_more_is_a_file_more() -> None:
    """A new sheet named for an event or a code table becomes its file."""
    def edit(book: Workbook) -> None:
        codes = book.create_sheet("代码 channel")
        for row in (("区段", "标准代码", "对方代码", "另可读入", "说明"), ("文件", "codes", "channel"),
                    ("代码", "counter", "01", "1、001", "窗口"), ("代码", "online", "=", "", "")):
            codes.append(row)
        codes["C4"].data_type = "s"

    [made] = taken(edited(exported("jiedong"), edit), "jiedong").made
    assert (made.file, made.text) == ("codes/channel.yaml", (
        'codes: channel\ntable:\n  counter: ["01", "1", "001"]  # 窗口\n  online:  "="\n'))


def test_columns_may_stand_in_any_order() -> None:
    """Columns are known by their titles."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.step")
        sheet.move_range(f"B1:B{sheet.max_row}", cols=60)

    assert taken(edited(exported("rongcheng"), edit), "rongcheng").problems == []


def test_the_workbook_helps_who_fills_it() -> None:
    """Chinese titles in bold, a frozen head, lists to choose from, all cells texts, unused columns hidden."""
    book = load_workbook(io.BytesIO(exported("gd-exchange")))
    sheet = sheet_of(book, "case.acceptance")
    at = columns(sheet)
    assert list(at)[:9] == ["区段", "标准字段", "标准名称", "对方字段", "类型", "代码表", "必填", "缺省", "说明"]
    assert all(cell.font.b for cell in sheet[1])
    assert sheet.freeze_panes == "C2"
    listed = {str(choice.sqref).split(":")[0] for choice in sheet.data_validations.dataValidation}
    assert {"E2", "F2", "G2"} <= listed
    assert {cell.number_format for row in sheet.iter_rows() for cell in row} == {"@"}
    assert sheet.column_dimensions["B"].width > 20
    assert sheet.column_dimensions[get_column_letter(at["最大字节数"])].hidden
    row = row_of(sheet, "outcome")
    assert [sheet.cell(row, at[title]).value for title in ("标准名称", "类型", "代码表", "必填")] == [
        "受理状态", "代码", "outcome.acceptance", "是"]


@given(st.lists(ANY_TEXT, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_text_survives_a_cell(words: list[str]) -> None:
    """One word, several, and a value in flow style read back as they were, whatever they hold."""
    for word in words:
        assert read_word(show_word(word)) == word
        assert plain(read_flow(show_flow(text(word)))) == word
    assert read_words(show_words(words)) == words


@given(st.lists(ANY_TEXT, min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_any_text_survives_a_workbook(words: list[str]) -> None:
    """What looks like a formula, an escape of the format or a control character comes back as a text."""
    shown = [show_word(word) for word in words]
    body = write_book("x", [Sheet("s", (Column("a", "甲", 9),), [{"a": cell} for cell in shown])], ())
    book, problems = read_book(body, "x.xlsx")
    assert problems == []
    assert [read_word(book.grids["s"].cells[(row, 1)]) for row in range(2, len(words) + 2)] == words


KEYS = st.sampled_from(["serial.county", "version", "outcome", "accepted_at", "title", "no.such", "legal_fee", "a b: c"])
NATIVES = st.sampled_from(["SLZTDM", "a/b", "[A, B]", '"x y"', "'it''s'", "'#no'", "中文 列"])
VALUES = st.one_of(
    NATIVES,
    st.builds("{{at: {}, default: {}}}".format, NATIVES, NATIVES),
    st.builds("{{at: A, otherwise: {{in: {}, out: B}}, when: {{outcome: [accepted, refused]}}}}".format, NATIVES),
    st.builds("\n    at: {}   # inside\n    type: integer".format, NATIVES),
    st.just("\n    each: L/I\n    fields:   # items\n      # above\n      name:  N\n      kind: {at: K, codes: c}"),
    st.just("{each: L, fields: {name: N}}"),
    st.just("|\n    block\n    text"),
)
COMMENTS = st.sampled_from(["", "", "# 说明", "#无空格", "#", "# =1+1", "  # far", "\n", "# a\n# b\n\n"])


@st.composite
def mapping_files(draw: st.DrawFn) -> str:
    """Mapping files in many styles, comments everywhere a person may put them."""
    lines = [draw(COMMENTS), "event: case.acceptance", "record: [SL, SL2]  # both"]
    for section in draw(st.lists(st.sampled_from(["fields", "in", "out", "reply"]), unique=True)):
        lines += [draw(COMMENTS).strip(" "), f"{section}:{draw(st.sampled_from(['', '   # section']))}"]
        keys = draw(st.lists(KEYS, unique=True, min_size=1, max_size=4))
        for key in keys:
            lead = draw(COMMENTS).strip(" \n")
            lines += [f"  {line}" for line in lead.split("\n") if line]
            value = draw(VALUES)
            behind = "" if "\n" in value else draw(st.sampled_from(["", "  # 说明", " #x", "    # far"]))
            name = f'"{key}"' if " " in key else key
            lines.append(f"  {name}:{' ' if not value.startswith(chr(10)) else ''}{value}{behind}")
    lines += [draw(st.sampled_from(["ignored: [A, B]   # spare", "ignored:\n  - A   # one\n  - B", "match: {A: [x, y]}", ""])),
              draw(COMMENTS)]
    return "\n".join(line for line in lines if line is not None)


KIND = MappingSheet(the_model(), the_model().events["case.acceptance"])


@given(mapping_files(), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_mapping_file_comes_back_byte_for_byte(mapping: str, windows: bool, marked: bool) -> None:
    """Whatever its style, spacing, line ends, byte order mark and comments."""
    body = mapping.replace("\n", "\r\n" if windows else "\n").encode("utf-8-sig" if marked else "utf-8")
    files = {"case.acceptance.yaml": body}
    incoming = taken(exported("x", files), "x", files)
    assert (incoming.made, [problem.line() for problem in incoming.problems]) == ([], [])
    layout = cut(mapping, KIND.opens)
    ended = mapping if mapping.endswith("\n") else f"{mapping}\n"
    assert assemble(KIND, rows_of(KIND, layout), layout) == ended


@given(mapping_files(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_edit_reads_back_as_it_was_made(mapping: str, chance: random.Random) -> None:
    """Rows with other cells, other notes or gone: the file made of them shows those rows."""
    layout = cut(mapping, KIND.opens)
    rows = rows_of(KIND, layout)
    wanted: list[Row] = []
    gone: set[tuple[str, ...]] = set()
    for row in rows:
        act = chance.choice(["keep", "keep", "note", "lead", "cell", "drop"])
        if row.path[:-1] in gone or (act == "drop" and row.path and row.path[0] not in ("event", "record")):
            gone.add(row.path)
            continue
        if act == "note" and row.path:
            row = Row(row.path, row.cells, "改了", row.lead)
        elif act == "lead":
            row = Row(row.path, row.cells, row.note, "第一行\n第二行")
        elif act == "cell" and len(row.path) == 2 and row.path[0] in ("fields", "in") and "native" in row.cells:
            kept = {column: cell for column, cell in row.cells.items() if column != "other"}
            cells = KIND.settled(row.path, {**kept, "native": "NEW；新", "default": '"0 1"'})
            row = Row(row.path, cells, row.note, row.lead)
        wanted.append(row)
    made = assemble(KIND, wanted, layout)
    back = [row for row in rows_of(KIND, cut(made, KIND.opens)) if row.cells or row.note or row.lead]
    expected = [row for row in wanted if row.cells or row.note or row.lead]
    assert sorted(back, key=repr) == sorted(expected, key=repr)


def test_a_join_is_edited_as_any_mapping() -> None:
    """Of a file with `join:` in place of `event:`, an edited row changes its own line, and the join's row the join."""
    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.resumption")
        put(sheet, "pause.ended_at", "必填", "")
        put(sheet, "join", "对方字段", "{events: [case.pause, case.resumption], on: [pause.seq], emit: each}")

    [made] = taken(edited(exported("national"), edit), "national").made
    was = shipped("national")["case.resumption.yaml"].decode()
    assert made.text == was.replace(
        "join: {events: [case.pause, case.resumption], on: [pause.seq], emit: complete}",
        'join: {events: [case.pause, case.resumption], "on": [pause.seq], emit: each}',
    ).replace("{from: pause.ended_at, required: true}", "pause.ended_at")


def test_the_fields_of_all_joined_events_have_their_names_and_types() -> None:
    """The sheet knows the fields of both events: 标准名称 and 类型 are filled in."""
    book = load_workbook(io.BytesIO(exported("national")))
    sheet = sheet_of(book, "case.resumption")
    titles = columns(sheet)
    for path, kind in (("pause.started_at", "日期时间"), ("pause.result", "文本"), ("pause.kind", "代码")):
        row = row_of(sheet, path)
        assert sheet.cell(row, titles["类型"]).value == kind
        assert sheet.cell(row, titles["标准名称"]).value

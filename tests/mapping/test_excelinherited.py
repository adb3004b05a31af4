"""字段对照表 of a county that extends a dialect: the whole table is shown, only what is edited becomes the county's own."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from tests.mapping.excelbooks import (
    FUNCTIONS,
    add,
    columns,
    edited,
    put,
    row_of,
    sheet_of,
    shipped,
    shipped_dialects,
    the_model,
)

from guantong.cli.dialectfiles import parents_of
from guantong.mapping.excel import Incoming, from_workbook, to_workbook
from guantong.mapping.excel.inherited import inherited, overlay, own_rows
from guantong.mapping.excel.layout import cut
from guantong.mapping.excel.mappingsheet import MappingSheet
from guantong.mapping.excel.rows import rows_of
from guantong.starter import starter

HEIRS = ["gd-hall", "hall-portal", "jiedong", "jiexi"]


def parents(dialect: str) -> list[tuple[str, dict[str, bytes]]]:
    return parents_of(Path(str(starter("mappings"))), dialect)


def whole(dialect: str) -> bytes:
    """The workbook of a shipped dialect and all it inherits."""
    body, problems, _ = to_workbook(dialect, shipped(dialect), the_model(), (), FUNCTIONS, parents(dialect))
    assert [problem.line() for problem in problems] == []
    return body


def back(dialect: str, edit: Callable[[Workbook], None]) -> Incoming:
    return from_workbook(edited(whole(dialect), edit), "表.xlsx", dialect, shipped(dialect), the_model(), parents(dialect))


def made(dialect: str, edit: Callable[[Workbook], None]) -> dict[str, str]:
    """What editing the workbook writes: text by file."""
    incoming = back(dialect, edit)
    assert [problem.line() for problem in incoming.problems] == []
    return {one.file: one.body.decode() for one in incoming.made}


def delete(sheet: Worksheet, *keys: str) -> None:
    for key in keys:
        sheet.delete_rows(row_of(sheet, key))


def test_a_county_sees_the_whole_table_with_whose_row_each_is() -> None:
    """Inherited rows stand in grey and name their dialect, changed ones say what they change, own ones say nothing;
    every event and every code table has its sheet."""
    book = load_workbook(io.BytesIO(whole("jiedong")))
    step = sheet_of(book, "case.step")
    at = columns(step)
    origin = {str(step.cell(row, 2).value): step.cell(row, at["继承自"]) for row in range(2, step.max_row + 1)}
    assert (origin["step.code"].value, origin["step.code"].font.color.rgb) == ("← gd-exchange", "007A828C")
    assert origin["org.code"].value == "改自 gd-exchange"
    assert step.cell(row_of(step, "org.code"), at["对方字段"]).value == "SPBMZZJDDM、SPBMZZJDMD、SPBMZZJGDM"
    assert {sheet_of(book, stem).title for stem in ("case.acceptance", "outcome.acceptance")}
    alone = load_workbook(io.BytesIO(whole("gd-exchange")))
    assert "继承自" not in columns(sheet_of(alone, "case.step"))


@pytest.mark.parametrize("dialect", shipped_dialects())
def test_an_untouched_whole_table_changes_no_byte(dialect: str) -> None:
    """Nothing inherited is written into the heir; a spreadsheet that saved it anew changes nothing either."""
    incoming = back(dialect, lambda _: None)
    assert (incoming.made, incoming.problems) == ([], [])


def test_an_edited_inherited_row_states_only_what_differs() -> None:
    """What the row says beyond its parent; the rest stays the parent's. The file is made where there was none."""
    assert made("jiedong", lambda book: put(sheet_of(book, "case.acceptance"), "org.name", "必填", "是")) == {
        "case.acceptance.yaml": "event: case.acceptance\nfields:\n  org.name: {required: true}\n"}


def test_another_native_field_restates_the_rule_whole() -> None:
    """A rule that stands elsewhere stands alone, its comment with it where the county wrote one."""

    def edit(book: Workbook) -> None:
        sheet = sheet_of(book, "case.acceptance")
        put(sheet, "accepted_at", "对方字段", "SLRQ")
        put(sheet, "accepted_at", "说明", "该县写作 SLRQ")

    assert made("jiedong", edit) == {
        "case.acceptance.yaml": "event: case.acceptance\nfields:\n  accepted_at: SLRQ  # 该县写作 SLRQ\n"}


def test_a_row_taken_out_is_named_by_without() -> None:
    """Inherited rows that are deleted are left out, beside those left out before."""
    assert made("jiedong", lambda book: delete(sheet_of(book, "case.step"), "operator.name", "remark")) == {
        "case.step.yaml": shipped("jiedong")["case.step.yaml"].decode() + "without: [operator.name, remark]\n"}


def test_a_changed_row_put_back_as_it_was_inherited_is_the_countys_no_more() -> None:
    """The difference goes; the rest of the file stays."""

    def edit(book: Workbook) -> None:
        put(sheet_of(book, "case.step"), "org.code", "对方字段", "SPBMZZJDMD、SPBMZZJDDM、SPBMZZJGDM")

    (text,) = made("jiedong", edit).values()
    assert "org.code" not in text
    assert "event: case.step" in text


def test_an_item_of_an_inherited_list_restates_the_items() -> None:
    """Items are laid over whole: all are stated, the list itself stays where it was."""
    (text,) = made("jiedong", lambda book: put(sheet_of(book, "case.application"), "materials[].name", "必填", "是")).values()
    assert text == shipped("jiedong")["case.application.yaml"].decode() + (
        "fields:\n  materials:\n    fields:\n      name:  {at: CLMC, required: true}\n"
        "      kind:  {at: CLLX, codes: material.kind, otherwise: park}\n      count: CLSL\n")


def test_an_inherited_code_table_is_taken_over_with_its_comments() -> None:
    """A table is inherited whole: an edited one becomes the county's own, comments included."""
    files = made("jiedong", lambda book: put(sheet_of(book, "outcome.acceptance"), "accepted", "对方代码", "01"))
    theirs = dict(parents("jiedong"))["gd-exchange"]["codes/outcome.acceptance.yaml"].decode()
    assert list(files) == ["codes/outcome.acceptance.yaml"]
    changed = [(old, new) for old, new in zip(theirs.splitlines(), files["codes/outcome.acceptance.yaml"].splitlines(), strict=True)
               if old != new]
    assert [new.split("#")[0].split() for _, new in changed] == [["accepted:", '"01"']]


def test_a_new_row_is_the_countys_own() -> None:
    """A field its parent does not know."""

    def edit(book: Workbook) -> None:
        add(sheet_of(book, "case.acceptance"), 区段="双向", 标准字段="remark2", 对方字段="BZ2")

    assert made("jiedong", edit) == {"case.acceptance.yaml": "event: case.acceptance\nfields:\n  remark2: BZ2\n"}


def test_what_cannot_be_left_out_is_refused_at_its_sheet() -> None:
    """A key of the inherited file is no rule; nothing is written."""
    incoming = back("jiedong", lambda book: delete(sheet_of(book, "case.acceptance"), "record"))
    assert [problem.code.id for problem in incoming.problems] == ["GT695"]
    assert incoming.made == []


def test_every_mistake_of_the_whole_table_is_told_at_its_cell() -> None:
    """Several sheets, own and inherited rows alike, all at once."""

    def edit(book: Workbook) -> None:
        put(sheet_of(book, "case.acceptance"), "org.name", "必填", "也许")
        put(sheet_of(book, "case.finish"), "version", "类型", "数")

    places = [(problem.place.file, problem.path.split()[-1], problem.code.id) for problem in back("jiedong", edit).problems]
    assert places == [("表.xlsx[受理 case.acceptance]", "必填", "GT709"), ("表.xlsx[办结 case.finish]", "类型", "GT710")]


WORDS = st.sampled_from(["A1", "B2", "C3"])
RULES = st.dictionaries(st.sampled_from(["step.code", "org.code", "org.name", "opinion", "remark"]), st.one_of(
    WORDS, st.fixed_dictionaries({"at": WORDS}, optional={"required": st.just("true"), "max_bytes": st.just("9")})), min_size=1)
CHANGES = st.dictionaries(st.sampled_from(["step.code", "org.code", "opinion"]), st.one_of(
    WORDS, st.just({"required": "true"}), st.just({"max_bytes": "7"}), st.fixed_dictionaries({"at": WORDS})))


def written(rules: object, **more: str) -> str:
    def flow(value: object) -> str:
        return "{" + ", ".join(f"{key}: {one}" for key, one in value.items()) + "}" if isinstance(value, dict) else str(value)

    body = "".join(f"  {name}: {flow(value)}\n" for name, value in dict(rules).items())  # type: ignore[call-overload]  # drawn above
    return "event: case.step\n" + "".join(f"{key}: {value}\n" for key, value in more.items()) + (f"fields:\n{body}" if body else "")


@settings(deadline=None)
@given(RULES, CHANGES, st.randoms(use_true_random=False))
def test_any_heir_comes_back_and_any_edit_reads_as_it_was_edited(
    parent: dict[str, object], heir: dict[str, object], dice: object
) -> None:
    """Untouched rows give the heir's rows as they were; edited ones give own rows that, laid over the parent's, show
    the very table that was edited."""
    kind = MappingSheet(the_model(), the_model().events["case.step"])
    under = inherited(kind, [("parent", rows_of(kind, cut(written(parent, record="STEP"), kind.opens)))])
    own = rows_of(kind, cut(written(heir), kind.opens))
    shown = [one.row for one in overlay(kind, own, under)]
    assert own_rows(kind, shown, own, under) == (own, [])
    rules = [row for row in shown if len(row.path) == 2]
    chosen = dice.sample(rules, min(2, len(rules)))  # type: ignore[attr-defined]  # hypothesis' Random
    kept = [row for row in shown if row not in chosen[:1]]
    after = [type(row)(row.path, {**row.cells, "max_bytes": "5"}, row.note, row.lead) if row in chosen[1:] else row for row in kept]
    rows, troubles = own_rows(kind, after, own, under)
    assert troubles == []
    again = [one.row for one in overlay(kind, rows, under) if one.row.path != ("without",)]
    assert {row.path: dict(row.cells) for row in again} == {row.path: dict(row.cells) for row in after if row.path != ("without",)}

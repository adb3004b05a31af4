"""Suggest: rules a dialect lacks, each proposed with its evidence, none applied."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner, Result

from guantong.cli import build_app
from guantong.mapping.suggest import Answer, names, suggest
from guantong.mapping.suggest.search import MOST_PER_FIELD, Suggestion
from guantong.record import Native
from guantong.starter import starter

EVENT = """
event: case.step
title: {zh: 审批, en: Step}
subject: case
identity: [step.code]
fields:
  step.code:   {type: code, codes: step.code, required: true, label: {zh: 环节代码, en: Step}}
  step.day:    {type: date, label: {zh: 办理日期, en: Day of the step}}
  operator:    {type: text, personal: personal, mask: name, label: {zh: 承办人姓名, en: Operator}}
  operator.no: {type: text, label: {zh: 承办人工号, en: Operator's number}}
  id_no:       {type: identity, personal: sensitive, mask: identity, label: {zh: 证件, en: Identity number}}
  mobile:      {type: text, personal: personal, mask: phone, label: {zh: 手机, en: Mobile}}
  fee:         {type: money, label: {zh: 收费金额, en: Fee}}
  materials:
    type: list
    label: {zh: 材料清单, en: Materials}
    fields:
      name: {type: text, label: {zh: 材料名称, en: Name}}
      kind: {type: code, codes: material.kind, label: {zh: 材料类型, en: Kind of material}}
"""
RULES = "event: case.step\nrecord: STEP\nfields: {step.code: {at: CODE, codes: {handling: '1'}}, materials: {each: LIST, fields: {name: CLMC}}}\n"
OTHER = {
    "other/dialect.yaml": "dialect: other\ntitle: {zh: 他, en: Other}\ncodec: json\n",
    "other/case.step.yaml": "event: case.step\nrecord: STEP\nfields: {step.code: {at: CODE, codes: {handling: '1'}}, operator.no: GH_1, "
    "materials: {each: L, fields: {name: CLMC, kind: {at: KIND, codes: {original: '0', copy: '1'}}}}}\n",
}
Search = Callable[..., Answer]


@pytest.fixture
def search(load: Callable[..., Any]) -> Search:
    """What is suggested for RULES by these records, beside the other dialect."""

    def run(*records: dict[str, Any], rules: str = RULES, others: Mapping[str, str] = OTHER) -> Answer:
        world = load({"canonical/events/case.step.yaml": EVENT, "county/case.step.yaml": rules, **others})
        assert world.lines() == []
        return suggest(world.dialects["county"], world.dialects, world.model, [Native("STEP", one) for one in records])

    return run


def of(answer: Answer, native: str) -> list[tuple[str, tuple[str, ...]]]:
    """The paths suggested for a native field, each with the kinds of its evidence."""
    return [(one.path, tuple(each.kind for each in one.evidence)) for one in answer.suggestions if one.native == native]


def best(answer: Answer) -> dict[str, Suggestion]:
    return {one.native: one for one in answer.suggestions if one.best}


def test_pinyin_initials_and_whole_pinyin_of_labels_find_their_field(search: Search) -> None:
    """Whatever their case; the evidence names the label."""
    answer = search({"CODE": "1", "cbrxm": "甲", "BanLiRiQi": "2014-07-15", "SFJE": "12.50"})
    assert of(answer, "cbrxm") == [("operator", ("name",))]
    assert of(answer, "BanLiRiQi") == [("step.day", ("name", "values"))]
    assert of(answer, "SFJE") == [("fee", ("name", "values"))]
    assert "承办人姓名" in best(answer)["cbrxm"].evidence[0].zh


def test_english_words_find_their_field(search: Search) -> None:
    """In any writing, by path or label."""
    answer = search({"CODE": "1", "operatorNo": "7", "IDENTITY_NUMBER": "x"})
    assert of(answer, "operatorNo")[0][0] == "operator.no"
    assert of(answer, "IDENTITY_NUMBER")[0][0] == "id_no"


def test_what_other_dialects_call_a_field_is_evidence(search: Search) -> None:
    """By name and dialect; with samples, or without any for a dialect of the same family."""
    answer = search({"CODE": "1", "gh1": "7"})
    assert of(answer, "gh1")[0] == ("operator.no", ("elsewhere",))
    assert "other" in answer.suggestions[0].evidence[0].en
    assert of(search(), "GH_1") == [("operator.no", ("elsewhere",))]


def test_values_with_check_digits_speak_for_themselves(search: Search) -> None:
    """A meaningless name with identity or mobile numbers; one wrong digit and there is no suggestion."""
    answer = search({"CODE": "1", "A1": "445202199002031232", "A2": "13800138000"}, {"CODE": "1", "A1": "445222198505052458"})
    assert of(answer, "A1") == [("id_no", ("values",))]
    assert of(answer, "A2") == [("mobile", ("values",))]
    assert of(search({"CODE": "1", "A1": "445202199002031230"}), "A1") == []


def test_values_of_another_type_rule_a_field_out(search: Search) -> None:
    """However well the name fits."""
    answer = search({"CODE": "1", "SFJE": "twelve", "BLRQ": "soon", "fee": "many"}, others={})
    assert answer.suggestions == []
    assert answer.unclear == [("case.step", "BLRQ"), ("case.step", "SFJE"), ("case.step", "fee")]


def test_fields_of_items_are_suggested_inside_their_list_with_a_table_they_fit(search: Search) -> None:
    """The rule is the line to write there; a table the values do not fit is no evidence."""
    found = best(search({"CODE": "1", "LIST": [{"CLMC": "a", "CLLX": "0"}, {"CLLX": "1"}]}))["LIST/CLLX"]
    assert (found.path, found.within, [each.kind for each in found.evidence]) == ("kind", "materials", ["name", "codes"])
    assert found.rule == "kind: {at: CLLX, codes: material.kind, otherwise: park}"
    found = best(search({"CODE": "1", "LIST": [{"CLLX": "7"}]}))["LIST/CLLX"]
    assert [each.kind for each in found.evidence] == ["name"]


def test_each_field_is_the_best_of_one_suggestion_at_most(search: Search) -> None:
    """Two names for one field: the heavier is marked, both are told, and no field has more than a few."""
    answer = search({"CODE": "1", "CBRXM": "甲", "CBRXM_1": "乙", "operator": "丙"})
    marked = [one for one in answer.suggestions if one.best]
    assert len({one.path for one in marked}) == len(marked) == len({one.native for one in marked})
    assert next(one.native for one in marked if one.path == "operator") == "CBRXM"
    assert all(len(of(answer, native)) <= MOST_PER_FIELD for native in ("CBRXM", "CBRXM_1", "operator"))


def test_no_value_of_a_sample_is_ever_told(search: Search) -> None:
    """Suggestions name fields and reasons, never what samples hold."""
    answer = search({"CODE": "1", "A1": "445202199002031232", "cbrxm": "王小明", "KIND": "secret"})
    said = str([one.as_json() for one in answer.suggestions]) + str(answer.unclear)
    assert answer.suggestions
    assert not [value for value in ("445202199002031232", "王小明", "secret") if value in said]


def test_without_the_extra_names_are_compared_without_pinyin(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    """English words and other dialects still count."""
    monkeypatch.setattr(names, "has_pinyin", lambda: False)
    names.pinyin.cache_clear()
    try:
        answer = search({"CODE": "1", "cbrxm": "甲", "operatorNo": "7"})
    finally:
        names.pinyin.cache_clear()
    assert of(answer, "cbrxm") == []
    assert of(answer, "operatorNo")[0][0] == "operator.no"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app("mapping"), ["mapping", "suggest", *map(str, arguments)])


def test_the_verb_tells_suggestions_and_writes_nothing(tmp_path: Path) -> None:
    """Shipped dialects as they are: a county that begins to send more is met with the lines to add."""
    shutil.copytree(starter("mappings"), tmp_path / "mappings")
    sample = tmp_path / "a.json"
    sample.write_text('[{"type": "application", "applyNo": "1", "applyTime": "2014-07-15 10:30:00", "FDDBR": "甲", "zzz": "1"},'
                      ' {"type": "strange"}]', encoding="utf-8")
    before = digest(tmp_path)
    done = run("rongcheng", sample, "--home", tmp_path, "--json")
    assert done.exit_code == 0, done.stderr
    answer = orjson.loads(done.stdout)
    assert (answer["records"], answer["pinyin"], answer["unknown_kinds"]) == (2, True, {"strange": 1})
    assert [(one["native"], one["rule"], one["best"]) for one in answer["suggestions"]
            if one["best"] and one["mapping"] == "case.application"] == [
        ("FDDBR", "applicant.legal_person: FDDBR", True)]
    assert answer["unclear"] == [{"mapping": "case.application", "native": "zzz"}]
    told = run("rongcheng", sample, "--home", tmp_path, "--lang", "en")
    assert "applicant.legal_person:" in told.stdout
    assert "nothing was written" in told.stdout
    assert digest(tmp_path) == before
    wrong = run("rongchen", sample, "--home", tmp_path)
    assert (wrong.exit_code, "GT260" in wrong.stderr) == (2, True)


def digest(folder: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        whole.update(file.as_posix().encode() + (file.read_bytes() if file.is_file() else b""))
    return whole.hexdigest()

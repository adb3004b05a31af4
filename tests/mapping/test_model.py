"""The canonical model: what loads, what is refused, and how values are masked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.mapping.conftest import EVENT, LABEL, World

from guantong.model import load_model

FILE = "canonical/events/case.step.yaml"
HEAD = "event: case.step\ntitle: {zh: 审批, en: Step}\nsubject: case\n"


def test_an_event_has_its_own_fields_and_those_it_includes(load: Callable[..., World]) -> None:
    """Included fields come first; types, codes, masks and list items are as declared."""
    event = load({}).model.events["case.step"]
    assert list(event.fields)[:4] == ["serial.province", "region", "version", "step.code"]
    assert (event.subject, event.identity) == ("case", ("step.code",))
    assert (event.fields["step.code"].codes, event.fields["step.code"].required) == ("step.code", True)
    assert event.fields["materials"].fields["count"].type == "integer"


def test_serials_have_a_scope(load: Callable[..., World]) -> None:
    """Global serials are unique everywhere, others within their system."""
    assert load({}).model.serials == {"province": "global", "county": "system"}


@pytest.mark.parametrize(("path", "value", "shown"), [
    ("id_no", "44520219900307001X", "4452**********001X"), ("id_no", "1234", "***"), ("operator", "王小明", "王**"),
    ("operator", "王", "*"), ("opinion", "同意", "同意"), ("version", 3, "3"), ("nobody.knows", "x", "***"), ("operator", "", ""),
    ("materials", [{"name": "x"}], "***"), ("materials.name", "申请表", "申请表"),
])
def test_personal_values_are_masked(load: Callable[..., World], path: str, value: object, shown: str) -> None:
    """What may be shown is what the model says; what it does not know is hidden whole."""
    assert load({}).model.mask(path, value) == shown


def test_where_events_differ_the_stricter_mask_holds(load: Callable[..., World]) -> None:
    """A path that is personal in one event is masked wherever it is asked for by path alone."""
    other = f"event: case.other\ntitle: {{zh: 他, en: Other}}\nsubject: case\nfields:\n  opinion: {{type: text, personal: personal, mask: all, {LABEL}}}\n"
    assert load({"canonical/events/case.other.yaml": other}).model.mask("opinion", "同意") == "***"


@pytest.mark.parametrize(("text", "line"), [
    (HEAD + "fields:\n  a: {type: txt, label: {zh: 甲, en: a}}\n",
     ("mappings/canonical/events/case.step.yaml:5:13 fields.a.type: expected one of text, integer, money, boolean, date, datetime, code, region, "
     "organisation, identity, credit, list, blob, got 'txt'; did you mean 'text'? [GT203]")),
    (HEAD + "fields:\n  a: {type: code, codes: step.cod, label: {zh: 甲, en: a}}\n",
     "mappings/canonical/events/case.step.yaml:5:26 fields.a.codes: there is no code list named 'step.cod'; did you mean 'step.code'? [GT205]"),
    (HEAD + "fields:\n  a: {type: text, codes: step.code, label: {zh: 甲, en: a}}\n",
     "mappings/canonical/events/case.step.yaml:5:26 fields.a.codes: 'codes' does not go with type text; remove it or change the type [GT208]"),
    (HEAD + "identity: [step.at]\nfields:\n  a: {type: text, label: {zh: 甲}}\n",
     ("mappings/canonical/events/case.step.yaml:6:26 fields.a.label: the key 'en' is missing; add it: the English text [GT201]\n"
     "mappings/canonical/events/case.step.yaml:4:12 identity: there is no field named 'step.at'; known: a [GT205]")),
    (EVENT.replace("event: case.step", "event: case.stop"),
     "mappings/canonical/events/case.step.yaml:2:8 event: the file calls itself 'case.stop', but its name says 'case.step'; make the two agree [GT204]"),
    (HEAD + "include: _cases\n",
     "mappings/canonical/events/case.step.yaml:4:10 include: there is no file named '_cases'; did you mean '_case'? [GT205]"),
])
def test_a_mistake_in_the_model_is_named_where_it_stands(load: Callable[..., World], text: str, line: str) -> None:
    """Place, expectation, what came, what to write instead."""
    assert "\n".join(load({FILE: text}).lines()) == line


def test_a_circle_of_includes_is_named(load: Callable[..., World]) -> None:
    """Files that include one another are told, and loading still ends."""
    made = load({"canonical/events/_case.yaml": f"include: _more\nfields: {{region: {{type: region, {LABEL}}}}}\n",
                 "canonical/events/_more.yaml": f"include: _case\nfields: {{version: {{type: integer, {LABEL}}}}}\n",
                 FILE: HEAD + "include: _case\n"})
    assert "GT206" in {problem.code.id for problem in made.problems}


def test_a_missing_model_is_clear_problems(tmp_path: Path) -> None:
    """An empty folder is named, not a trace."""
    model, problems = load_model(tmp_path / "none", "mappings/canonical")
    assert [problem.code.id for problem in problems] == ["GT207", "GT004"]
    assert model.events == {}

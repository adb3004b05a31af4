"""The canonical model says everything the design and the standards ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from guantong.model import Field, Model, load_model

CANONICAL = Path(__file__).resolve().parents[2] / "mappings" / "canonical"

EVENTS = {
    "case.application", "case.pre_acceptance", "case.intake", "case.acceptance", "case.step", "case.pause",
    "case.resumption", "case.correction_notice", "case.correction", "case.finish", "case.collection", "case.void",
    "case.material", "case.evaluation", "alert.raised", "alert.reply", "alert.withdrawn",
    "matter.published", "matter.withdrawn",
}
IDENTITIES = {
    "case.step": ("step.code", "step.at"), "case.pause": ("pause.seq",), "case.resumption": ("pause.seq",),
    "case.correction_notice": ("notice.at",), "case.correction": ("correction.at",),
    "case.application": (), "case.pre_acceptance": (), "case.acceptance": (), "case.finish": (),
    "case.collection": (), "alert.reply": ("alert.no", "reply.at"), "matter.published": ("item.code", "item.version"),
}
TELLS_A_PERSON = ("name", "id_no", "mobile", "phone", "email", "opinion", "password")


@pytest.fixture(scope="module")
def model() -> Model:
    loaded, problems = load_model(CANONICAL)
    assert [problem.line() for problem in problems] == []
    return loaded


def _fields(model: Model) -> Iterator[tuple[str, str, Field]]:
    for event in model.events.values():
        for path, field in event.fields.items():
            yield event.name, path, field
            for inner, item in field.fields.items():
                yield event.name, f"{path}.{inner}", item


def test_every_event_of_the_design_is_described(model: Model) -> None:
    """No event is missing, and none is described that the design does not name."""
    assert set(model.events) == EVENTS


def test_identity_fields_are_those_that_tell_repetitions_apart(model: Model) -> None:
    """Steps are told apart by code and time, pauses by their number, corrections by their time."""
    assert {name: model.events[name].identity for name in IDENTITIES} == IDENTITIES


def test_an_identity_is_always_there(model: Model) -> None:
    """A field of an identity is required: without it two events could not be told apart."""
    loose = [
        (event.name, path) for event in model.events.values() for path in event.identity
        if not event.fields[path].required
    ]
    assert loose == []


def test_every_field_has_both_labels_and_its_standard(model: Model) -> None:
    """A clerk and a developer both find a field's name, and where it comes from."""
    bare = [
        (event, path) for event, path, field in _fields(model)
        if not (field.label_zh and field.label_en and field.standard)
    ]
    assert bare == []


def test_every_code_has_its_list_and_every_list_its_use(model: Model) -> None:
    """A code without a list could hold anything; a list without a use would never be kept up."""
    used = {field.codes for _, _, field in _fields(model) if field.type == "code"}
    assert None not in used
    assert used == set(model.codes)


def test_what_tells_of_a_person_is_marked_and_masked(model: Model) -> None:
    """Names, certificate numbers, telephones, addresses and opinions never show unmasked."""
    unmasked = [
        (event, path) for event, path, field in _fields(model)
        if field.personal != "none" and field.mask is None
    ]
    people = ("applicant", "contact", "operator", "collector", "evaluator", "staff", "notice", "correction")
    unmarked = [
        (event, path) for event, path, field in _fields(model)
        if path.split(".")[0] in people and path.split(".")[-1] in TELLS_A_PERSON and field.personal == "none"
    ]
    assert unmasked == []
    assert unmarked == []


def test_certificate_numbers_and_passwords_are_sensitive(model: Model) -> None:
    """What the law calls sensitive is marked so wherever it stands."""
    paths = {path for _, path, field in _fields(model) if field.personal == "sensitive"}
    assert {"applicant.id_no", "contact.id_no", "collector.id_no", "query_password", "attachment.body"} <= paths


def test_a_path_means_the_same_in_every_event(model: Model) -> None:
    """One path has one type and one code list, so a value can be asked for without naming its event.

    `outcome` is the exception: each step has outcomes of its own."""
    seen: dict[str, tuple[str, str | None]] = {}
    for event, path, field in _fields(model):
        shape = (field.type, field.codes)
        if path != "outcome":
            assert seen.setdefault(path, shape) == shape, (event, path)


def test_serials_have_their_scope(model: Model) -> None:
    """Province and city serials are unique among all systems, a county's only within the county's system."""
    assert model.serials == {"province": "global", "city": "global", "county": "system"}
    assert {f"serial.{kind}" for kind in model.serials} <= set(model.events["case.finish"].fields)

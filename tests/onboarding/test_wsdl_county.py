"""A county by its WSDL: drafted from its own types, and held to them by `check` and `county ready`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.onboarding.conftest import CITY, Office
from tests.onboarding.wsdls import (
    CASE_EXCHANGE_FIELDS,
    LUSHAN_FIELDS,
    TELLING,
    case_exchange,
    lushan,
    nanxi,
    wsdl_answers,
)

from guantong.yamlfile import plain, read_yaml

SUCCESS = 'reply: {success: {state: "0"}}\n'
SECRETS = dict.fromkeys((*CITY, *(f"GUANTONG_KONGGANG_{name}" for name in (
    "USER_NAME", "PASSWORD", "CITY", "HUB_KEY", "HUB_USER", "HUB_PASSWORD", "USER"))), "0123456789abcdef" * 2)
OF_THE_HOME = {"GT150", "GT155", "GT865", "GT922"}


def added(office: Office, answers: str) -> Any:
    return office.json("county", "add", "--from", office.answers(answers))


def system(office: Office) -> Any:
    node, _ = read_yaml(office.home / "config/counties/konggang.yaml")
    assert node is not None
    found: Any = plain(node)
    return found["systems"]["approval"]


def found(office: Office) -> list[tuple[str, str, str]]:
    """What `check` says of the county: code, place, path."""
    told = office.json("check", env=SECRETS)["problems"]
    return [(one["code"], f"{one['file']}:{one['line']}", one["path"]) for one in told if one["code"] not in OF_THE_HOME]


def changed(office: Office, file: str, old: str, new: str) -> int:
    """Put *new* for *old* in a file of the home; the line where it stands."""
    path = office.home / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_draft_is_written_as_the_wsdl_wants_it(office: Office) -> None:
    """JSON for the calls, times by their types, codes by their enumerations, no header that is not declared, `hold` for what cannot be judged."""
    told = added(office, wsdl_answers(lushan(office.home.parent), more=LUSHAN_FIELDS + SUCCESS))
    assert told["ok"], told["problems"]
    files = office.files()
    assert "codec: {in: json, out: json}" in files["mappings/konggang/dialect.yaml"]
    assert re.search(r"dates:[^\n]*\n  - iso\n", files["mappings/konggang/dialect.yaml"])
    mapping = files["mappings/konggang/case.application.yaml"]
    assert "record: newCase\n" in mapping
    assert re.search(r"applied_at: +appliedAt ", mapping)
    assert re.search(r"channel: +\{at: way, codes: channel, otherwise: park\}", mapping)
    assert 'online:  "online"' in files["mappings/konggang/codes/channel.yaml"]
    said = system(office)
    assert said["settings"]["soap_headers"] == []
    assert said["settings"]["wsdl"] == "wsdl/konggang/lushan.wsdl"
    assert said["delivery"] == {"unknown": "hold"}
    assert {"when": {"field": {"state": "0"}}, "means": "success"} in said["reply"]["rules"]
    assert said["reply"]["otherwise"] == "unknown"
    assert found(office) == []


def test_where_the_wsdl_does_not_tell_which_reply_is_a_success_it_is_asked(office: Office) -> None:
    told = added(office, wsdl_answers(lushan(office.home.parent), more=LUSHAN_FIELDS))
    [problem] = told["problems"]
    assert (problem["code"], problem["path"]) == ("GT666", "reply.success")
    assert problem["message"] == "which replies to newCase mean success is not said: they have state, message"
    assert office.files() == {}


def test_a_success_that_the_wsdl_tells_is_not_asked(office: Office) -> None:
    told = added(office, wsdl_answers(lushan(office.home.parent, TELLING), more=LUSHAN_FIELDS))
    assert told["ok"], told["problems"]
    rules = system(office)["reply"]["rules"]
    assert {"when": {"field": {"success": ["true", "1"]}}, "means": "success"} in rules
    assert {"when": {"field": {"success": ["false", "0"]}}, "means": "permanent", "reason": "message"} in rules


def test_required_elements_that_the_draft_leaves_out_are_a_no_go_that_names_them(office: Office) -> None:
    """With what is needed only where its parent is written: a contact without a name."""
    answers = wsdl_answers(case_exchange(office.home.parent), more='fields: {record/Contact/Mobile: contact.mobile}\n'
                           'reply: {success: {Receipt/Code: "0"}}\n')
    assert added(office, answers)["ok"]
    answer = office.json("county", "ready", "konggang", "--offline", env=SECRETS)
    assert not answer["ok"]
    problems = [one for item in answer["items"] if item["verdict"] == "failed" for one in item["problems"]]
    told = {(one["code"], one["path"], one["file"]) for one in problems}
    mapping = "mappings/konggang/case.application.yaml"
    assert {("GT660", "record/ApplyNo", mapping), ("GT660", "record/ApplyTime", mapping), ("GT660", "record/Contact/Name", mapping)} <= told
    messages = [one["message"] for one in problems]
    assert ("SubmitApplication requires record/Contact/Name (where record/Contact is written), and SubmitApplication does not write it"
            in messages)


def test_a_county_of_which_everything_is_answered_passes(office: Office) -> None:
    answers = wsdl_answers(case_exchange(office.home.parent), more=CASE_EXCHANGE_FIELDS)
    assert added(office, answers)["ok"]
    answer = office.json("county", "ready", "konggang", "--offline", env=SECRETS)
    assert answer["ok"], [item for item in answer["items"] if item["verdict"] == "failed"]
    interface = next(item for item in answer["items"] if item["key"] == "interface:konggang.approval")
    assert interface["verdict"] == "passed"
    assert interface["said"] == "1 mappings, 1 records written on trial"


@pytest.fixture
def sound(office: Office) -> Office:
    """A county without a mistake."""
    assert added(office, wsdl_answers(lushan(office.home.parent), more=LUSHAN_FIELDS + SUCCESS))["ok"]
    return office


MAPPING = "mappings/konggang/case.application.yaml"
PLACE = "config/counties/konggang.yaml"


def test_every_mistake_is_told_at_its_line(sound: Office) -> None:
    """Another codec, a path that is nowhere, a date and codes in another form, rules on what never comes."""
    codec = changed(sound, "mappings/konggang/dialect.yaml", "codec: {in: json, out: json}", "codec: {in: json, out: xml-element}")
    nowhere = changed(sound, MAPPING, " matterCode ", " matterKode ")
    date = changed(sound, MAPPING, " appliedAt ", " {at: appliedAt, format: yyyy-MM-dd HH:mm:ss} ")
    changed(sound, "mappings/konggang/codes/channel.yaml", '"online"', '"web"')
    success = changed(sound, PLACE, "{field: {state: 0}}", "{field: {Receipt/Code: 0}}")
    assert set(found(sound)) == {
        ("GT653", f"mappings/konggang/dialect.yaml:{codec}", "codec"),
        ("GT659", f"{MAPPING}:{nowhere}", "item.code"), ("GT660", f"{MAPPING}:3", "matterCode"),
        ("GT661", f"{MAPPING}:{date}", "applied_at"), ("GT662", f"{MAPPING}:{_line(sound, MAPPING, 'channel:')}", "channel"),
        ("GT663", f"{PLACE}:{success}", "systems.approval.reply.rules[2].when.field.Receipt/Code"),
        ("GT664", f"{PLACE}:{success}", ""),
    }


def test_a_text_that_a_reply_never_has_is_told(sound: Office) -> None:
    line = changed(sound, PLACE, "{field: {state: 0}}", "{field: {state: OK}}")
    told = sound.json("check", env=SECRETS)["problems"]
    assert [(one["line"], one["message"]) for one in told if one["code"] == "GT663"] == [(line, "no reply to what is sent has state = OK")]
    assert [one["code"] for one in told if one["severity"] == "error"] == ["GT664", "GT663"]


def test_a_wsdl_without_the_countys_operations_is_no_go(sound: Office) -> None:
    """Everything else may be right: nothing could ever be sent."""
    file = sound.home / "wsdl/konggang/lushan.wsdl"
    file.write_text(file.read_text(encoding="utf-8").replace('"newCase"', '"other"'), encoding="utf-8")
    answer = sound.json("county", "ready", "konggang", "--offline", env=SECRETS)
    assert not answer["ok"]
    assert ("GT654", MAPPING) in {(one["code"], one["file"]) for item in answer["items"] for one in item["problems"]}


def test_a_wsdl_that_was_handed_over_is_held_to_until_its_address_was_fetched(office: Office) -> None:
    """With the network still closed, `ready` tells a wrong mapping, and a copy that is gone is told where it is named."""
    address = "http://approval.konggang.example.invalid/services/Cases"
    told = added(office, wsdl_answers(lushan(office.home.parent), f"{address}?wsdl", LUSHAN_FIELDS + SUCCESS))
    assert told["ok"], told["problems"]
    said = system(office)["settings"]
    assert (said["url"], said["wsdl"], said["wsdl_copy"]) == (address, f"{address}?wsdl", "wsdl/konggang/lushan.wsdl")

    def ready() -> Any:
        return office.json("county", "ready", "konggang", "--offline", env=SECRETS)

    (item,) = [one for one in ready()["items"] if one["key"] == "interface:konggang.approval"]
    assert item["verdict"] == "passed"
    line = changed(office, MAPPING, "record: newCase", "record: newCsae")
    answer = ready()
    assert not answer["ok"]
    assert ("GT654", MAPPING, line) in {(one["code"], one["file"], one["line"]) for item in answer["items"] for one in item["problems"]}
    changed(office, MAPPING, "record: newCsae", "record: newCase")
    (office.home / "wsdl/konggang/lushan.wsdl").unlink()
    assert [(code, path) for code, _, path in found(office)] == [("GT643", "systems.approval.settings.wsdl_copy")]


def test_a_copy_of_no_address_is_refused(office: Office) -> None:
    added(office, wsdl_answers(lushan(office.home.parent), more=LUSHAN_FIELDS + SUCCESS))
    changed(office, PLACE, "wsdl: wsdl/konggang/lushan.wsdl", "wsdl: wsdl/konggang/lushan.wsdl\n      wsdl_copy: wsdl/konggang/lushan.wsdl")
    assert "`wsdl_copy:` is the copy of a `wsdl:` at an address" in " ".join(one["message"] for one in office.json("check", env=SECRETS)["problems"])


def test_a_header_that_no_operation_declares_is_told(sound: Office) -> None:
    changed(sound, PLACE, "soap_headers: []", "soap_headers: [{name: AuthHeader, fields: {City: {constant: x}}}]")
    assert [one[0] for one in found(sound)] == ["GT668"]


def test_an_answer_that_the_model_does_not_know_is_told(office: Office) -> None:
    told = added(office, wsdl_answers(lushan(office.home.parent), more=SUCCESS + "fields: {caseNo: serial.provinz}\n"))
    assert [(one["code"], one["path"], one["hint"]) for one in told["problems"]] == [
        ("GT665", "fields.caseNo", "did you mean 'serial.province'?")]


@pytest.mark.parametrize("serve", ["theirs", "ours"])
def test_how_the_county_reports_is_asked_and_ready_says_the_directions(office: Office, serve: str) -> None:
    added(office, wsdl_answers(lushan(office.home.parent), more=f"{LUSHAN_FIELDS}{SUCCESS}serve: {serve}\n"))
    answer = office.json("county", "ready", "konggang", "--offline", env=SECRETS)
    assert answer["ok"], [item for item in answer["items"] if item["verdict"] == "failed"]
    [directions] = [item for item in answer["items"] if item["key"] == "directions:konggang.approval"]
    assert directions["verdict"] == "passed"
    back = "case.acceptance" if serve == "theirs" else "case.acceptance, case.finish, case.step"
    assert directions["said"] == f"to it: case.application; from it: {back}"


def test_that_nothing_can_ever_come_back_is_said_plainly(sound: Office) -> None:
    answer = sound.json("county", "ready", "konggang", "--offline", env=SECRETS)
    [directions] = [item for item in answer["items"] if item["key"] == "directions:konggang.approval"]
    assert (directions["verdict"], directions["said"]) == ("reminder", "to it: case.application; from it: nothing")
    assert directions["todo"].startswith("no acceptance, step or finish will ever come: there is no way in.")


def test_a_service_that_cannot_be_is_refused(office: Office) -> None:
    told = added(office, wsdl_answers(case_exchange(office.home.parent), more=CASE_EXCHANGE_FIELDS + "serve: ours\n"))
    [problem] = told["problems"]
    assert (problem["code"], problem["path"]) == ("GT667", "serve")
    assert "operations of the same names" in problem["message"]


def _line(office: Office, file: str, text: str) -> int:
    return next(number for number, line in enumerate((office.home / Path(file)).read_text(encoding="utf-8").splitlines(), 1) if text in line)


def test_a_wsdl_whose_imports_are_missing_is_told_and_nothing_is_written(office: Office) -> None:
    name = case_exchange(office.home.parent)
    (office.home.parent / "CaseTypes.xsd").unlink()
    told = added(office, wsdl_answers(name, more='reply: {success: {Receipt/Code: "0"}}\n'))
    assert [one["code"] for one in told["problems"]] == ["GT645"]
    assert office.files() == {}


NANXI = """events: {PushCase: case.application, ReportIt: case.acceptance}
fields: {CaseNo: serial.province, ApplyTime: applied_at, AcceptTime: accepted_at, Outcome: {to: outcome, codes: {accepted: "1"}}}
serve: theirs
"""


@pytest.mark.parametrize("success", ['{PushCaseResult/Code: "0"}', '{"*/Code": "0"}', '[{PushCaseResult/Code: "0"}, {ReportItResult/Code: "0"}]'],
                         ids=["of the operation that is called", "of any", "of each"])
def test_what_means_a_success_is_told_once_where_replies_are_named_after_their_operations(office: Office, success: str) -> None:
    """As ASMX names them: we judge theirs by it, and answer ours in the element of the operation that they call."""
    told = added(office, wsdl_answers(nanxi(office.home.parent), more=f"{NANXI}reply: {{success: {success}}}\n"))
    assert told["ok"], told["problems"]
    found_ = system(office)
    assert found_["settings"]["serve"]["operations"] == {"ReportIt": {"taken": {"ReportItResult/Code": "0"}}}
    assert [rule["when"]["field"] for rule in found_["reply"]["rules"] if rule["means"] == "success"] in ([{"PushCaseResult/Code": "0"}], [{"*/Code": "0"}])
    assert found(office) == []


def test_an_answer_that_nobody_told_of_is_asked_for(office: Office) -> None:
    """Their operation replies otherwise than the one we call: what we are to answer there is not guessed."""
    answers = wsdl_answers(nanxi(office.home.parent, '<xs:element name="State" type="xs:string"/>'), more=NANXI + 'reply: {success: {PushCaseResult/Code: "0"}}\n')
    told = added(office, answers)
    assert [(one["code"], one["path"], one["message"]) for one in told["problems"]] == [
        ("GT666", "reply.success", "which replies to ReportIt mean success is not said: they have State")]


def test_operations_that_nobody_told_of_are_named_where_they_are_wanted(office: Office) -> None:
    """With how to say what they are."""
    told = added(office, wsdl_answers(nanxi(office.home.parent), more='reply: {success: {"*/Code": "0"}}\nserve: theirs\nevents: {PushCase: case.application}\n'))
    [problem] = told["problems"]
    assert (problem["code"], problem["path"]) == ("GT678", "serve")
    assert "`events: {ReportIt: case.acceptance}`" in problem["hint"]

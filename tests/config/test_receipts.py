"""What policies want of an adapter must be what it can do; who sends receipts as records must be told whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guantong.adapter import never
from guantong.config import load
from guantong.plugins import Registry

WIRED, CITY = "config/profiles/wired.yaml", "config/city.yaml"
RULES = "reply: {rules: [{when: {field: {s: \"1\"}}, means: confirmed}]}"
ASKED = "delivery:\n  concurrency: 4\n  unknown: retry"


def told(home: Path, registry: Registry) -> list[str]:
    environ = {"PORTAL_TOKEN": "x" * 20, "PUNING_TOKEN": "x" * 20}
    return [problem.line() for problem in load(home, registry, environ).problems if problem.code.severity == "error"]


@pytest.fixture
def mute(plugged: Registry) -> Registry:
    """The same, with an adapter that can be asked nothing and looks for no receipts."""
    return replace(plugged, adapters={"wire": replace(plugged.adapters["wire"], queries=never, receipts=frozenset())})


@pytest.mark.parametrize(("before", "after", "said"), [
    ("unknown: retry", "unknown: query", (
        "config/profiles/wired.yaml:10:12 delivery.unknown: `delivery.unknown` needs a system that can be asked, and "
        "'wire' cannot; write retry, where the target deduplicates, or hold [GT340]")),
    ("reply:\n  decode", "receipt: {by: column}\nreply:\n  decode", (
        "config/profiles/wired.yaml:12:15 receipt.by: 'wire' has no receipts by column; it has: none, reply, message; "
        "write one of them at `receipt.by` [GT341]")),
    ("reply:\n  decode", f"receipt: {{by: query, {RULES}}}\nreply:\n  decode", (
        "config/profiles/wired.yaml:12:15 receipt.by: `receipt.by` needs a system that can be asked, and 'wire' cannot; "
        "write another way [GT340]")),
    ("reply:\n  decode", "fetch: {into: FILE, named_by: FILE_ID}\nreply:\n  decode", (
        "config/profiles/wired.yaml:12:8 fetch: `fetch` needs its other half: 'wire' fetches nothing; `fetch:` says which contents "
        "are fetched and how they are judged, `settings.fetch:` where they are, here or at the system that `fetch.from` names [GT857]")),
])
def test_a_policy_beyond_the_adapter_is_said_where_it_stands(
    home: Path, edit: Callable[..., None], mute: Registry, before: str, after: str, said: str
) -> None:
    """Once for the profile, with what can be written instead."""
    edit(WIRED, before, after)
    assert said in told(home, mute)


@pytest.mark.parametrize(("receipt", "said"), [
    ("{by: query}", "receipt: `by: query` needs `reply:`, rules for what is confirmed or returned [GT105]"),
    (f"{{by: message, {RULES}}}", "receipt: `by: message` needs `message:`, the record that is a receipt [GT105]"),
    (f"{{by: message, {RULES}, message: {{record: R}}}}", (
        "receipt.message: a receipt names its delivery: by `key:`, or by `serial:` and `event:` [GT105]")),
    (f"{{by: message, {RULES}, message: {{record: R, serial: {{province: NO}}}}}}", "by `key:`, or by `serial:` and `event:`"),
    ("{by: message, reply: {rules: [{when: {status: \"200\"}, means: confirmed}]}, message: {record: R, key: K}}", (
        "receipt.reply.rules[0].when.status: receipts that come as records are judged by their fields, and this rule is "
        "about `status:`; write `field: {path: text}` [GT342]")),
    (f"{{by: message, {RULES}, message: {{record: R, key: K, from: city.hall-portl}}}}", (
        "systems.hall.receipt.message.from: there is no system 'city.hall-portl'; did you mean 'city.hall-portal'? [GT109]")),
    (f"{{by: message, {RULES}, message: {{record: R, serial: {{provinc: NO}}, event: case.step}}}}", (
        "systems.hall.receipt.message.serial: there is no kind of serial 'provinc'; did you mean 'province'? [GT109]")),
    (f"{{by: message, {RULES}, message: {{record: R, serial: {{province: NO}}, event: {{at: E, of: {{\"1\": case.stop}}}}}}}}", (
        "systems.hall.receipt.message.event: there is no event 'case.stop'; did you mean 'case.step'? [GT109]")),
])
def test_a_receipt_that_cannot_be_understood_is_refused(
    home: Path, edit: Callable[..., None], plugged: Registry, receipt: str, said: str
) -> None:
    """What is missing, or names nothing, is said by `check`."""
    edit(CITY, "    title: {zh: 大厅, en: Hall}\n", f"    title: {{zh: 大厅, en: Hall}}\n    receipt: {receipt}\n")
    lines = told(home, plugged)
    assert [line for line in lines if said in line], lines


def test_a_system_hears_the_receipts_of_another(home: Path, edit: Callable[..., None], plugged: Registry) -> None:
    """The portal's records of that kind are receipts of the hall."""
    receipt = f"{{by: message, {RULES}, message: {{record: R, key: K, from: city.hall-portal}}}}"
    edit(CITY, "    title: {zh: 大厅, en: Hall}\n", f"    title: {{zh: 大厅, en: Hall}}\n    receipt: {receipt}\n")
    loaded = load(home, plugged, {"PORTAL_TOKEN": "x" * 20, "PUNING_TOKEN": "x" * 20})
    assert loaded.configuration is not None, [problem.line() for problem in loaded.problems]
    assert {name: one.receipts_heard for name, one in loaded.configuration.systems.items() if one.receipts_heard} == {
        "city.hall-portal": {"R": "city.hall"}}


def test_a_system_that_another_needs_is_not_told_to_be_taken_out(home: Path, edit: Callable[..., None], plugged: Registry) -> None:
    """It stands in no route, and without it no receipt would ever come."""
    notices = "  notices:\n    role: notifier\n    dialect: portal\n    adapter: wire\n    settings: {url: http://n.example.invalid}\n"
    edit(CITY, "  hall-portal:\n", f"{notices}  hall-portal:\n")

    def left_out() -> list[str]:
        loaded = load(home, plugged, {"PORTAL_TOKEN": "x" * 20, "PUNING_TOKEN": "x" * 20})
        return [problem.path for problem in loaded.problems if problem.code.id == "GT151"]

    assert left_out() == ["systems.notices"]
    receipt = f"{{by: message, {RULES}, message: {{record: R, key: K, from: city.notices}}}}"
    edit(CITY, "    title: {zh: 大厅, en: Hall}\n", f"    title: {{zh: 大厅, en: Hall}}\n    receipt: {receipt}\n")
    assert left_out() == []

"""The two laws and the agreement of generated code with the interpreter, for mappings made up at random: whole
dialect files of every rule, type, codec and charset, with hostile texts, through bytes and back.

GUANTONG_TEST_DEPTH=20 tries twenty times as many.
"""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.mapping.madeup import KIND, TEXTS, MadeUp, cases, dialects, wild
from tests.mapping.test_agreement import agree

from guantong.codec import Undecodable, Unencodable
from guantong.mapping import Translated, TranslatedOut, Untranslatable
from guantong.record import Native

DEPTH = int(os.environ.get("GUANTONG_TEST_DEPTH", "1"))
MANY = settings(max_examples=50 * DEPTH, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def fired(made: MadeUp, bits: int, *, inward: bool) -> set[str]:
    """The canonical paths of the rules that did more than copy (of a list, the list's)."""
    rules = made.dialect.plans["case.step"].mapping
    told: set[str] = set()
    for rule in rules.inward if inward else rules.outward:
        if any(bits >> one.bit & 1 for one in (rule, *rule.fields)):
            told.add(rule.path)
    return told


def names_every_field(error: Untranslatable) -> None:
    assert all(problem.path and problem.place.line for problem in error.problems)


def names_its_field(error: Unencodable) -> None:
    assert error.path
    assert error.reason_zh


def through(made: MadeUp, event: dict[str, Any]) -> tuple[TranslatedOut, Translated] | None:
    """The event out, over the wire and in again; None where it was refused by name on the way out."""
    try:
        out = made.dialect.outward("case.step", event, {})
    except Untranslatable as error:
        names_every_field(error)
        return None
    try:
        body = made.dialect.encode(out.native)
    except Unencodable as error:
        names_its_field(error)
        return None
    [native] = made.dialect.decode(body, KIND)
    [back] = made.dialect.inward(native, {})
    return out, back


def carried(made: MadeUp, event: dict[str, Any]) -> dict[str, Any]:
    """What of the event is to come back: what no `when:` leaves out and no word of the dialect empties, and the
    defaults of what is missing."""
    kept: dict[str, Any] = {}
    for path, rule in made.rules.items():
        if "when" in rule and event["step.code"] not in rule["when"]["step.code"]:
            continue
        value = event.get(path)
        if value is None or (path in TEXTS and value in made.hollow(path)):
            if "default" in rule:
                kept[path] = 1
            continue
        kept[path] = value
    if "materials" in kept:
        kept["materials"] = [
            {name: value for name, value in item.items()
             if not (name == "count" and item["kind"] != "original") and not (name == "name" and value in ("", "null"))}
            for item in kept["materials"]
        ]
    return kept


@MANY
@given(case=cases())
def test_what_is_written_is_read_again_alike_or_refused_by_name(case: tuple[MadeUp, dict[str, Any]]) -> None:
    """in(out(e)) = e wherever nothing fired, byte for byte, or the field at fault is named: never `?`, U+FFFD or
    silence. Nothing is left unread of what we wrote ourselves."""
    made, event = case
    assert made.problems == ()
    result = through(made, event)
    assume(result is not None)
    assert result is not None
    out, back = result
    told = fired(made, out.fired, inward=False) | fired(made, back.fired, inward=True)
    expected = carried(made, event)
    assert {path: value for path, value in back.values.items() if path not in told} == {
        path: value for path, value in expected.items() if path not in told}
    plain = {path for path in expected if path in event and not {"via", "max_bytes", "format"} & made.rules[path].keys()}
    assert told & plain <= {"id_no", "materials"}
    assert back.unread == ()


def natives(made: MadeUp) -> st.SearchStrategy[dict[str, str]]:
    """Flat native records: right codes, written times and numbers, and wild texts for texts."""
    choices: dict[str, st.SearchStrategy[str]] = {}
    for rule in made.dialect.plans["case.step"].mapping.inward:
        if rule.type == "list":
            continue
        value: st.SearchStrategy[str] = wild
        if rule.table is not None:
            value = st.sampled_from([*rule.table.read, *rule.table.also])
        elif rule.formats:
            day = rule.type == "date"
            # Only times that every format can write.
            moments = st.dates().map(str) if day else st.datetimes(datetime(1900, 1, 1), datetime(2286, 1, 1)).map(
                lambda when: f"{when.replace(microsecond=0).isoformat()}+08:00")
            value = moments.map(rule.formats[0].write)
        elif rule.type == "money":
            value = st.sampled_from(("0", "3", "1.5", "007.10", "120.50", "-0.00", "-1.25", "0.000001", "9" * 18))
        elif rule.type == "integer":
            value = st.sampled_from(("0", "-0", "007", "3", "-12", "9" * 18))
        choices["/".join(rule.at[0])] = value
        for other in rule.at[1:]:
            choices.setdefault("/".join(other), st.just(""))
    return st.fixed_dictionaries({}, optional=choices)


@MANY
@given(data=st.data(), made=dialects())
def test_what_is_read_without_a_fired_rule_is_written_again_alike(data: st.DataObject, made: MadeUp) -> None:
    """out(in(x)) = x on every field whose rule did not fire, or the record is refused with its fields named."""
    flat = data.draw(natives(made))
    record: dict[str, Any] = {}
    for path, text in flat.items():
        inside = record
        *outer, name = path.split("/")
        for part in outer:
            inside = inside.setdefault(part, {})
        inside[name] = text
    try:
        [event] = made.dialect.inward(Native(KIND, record), {})
        back = made.dialect.outward("case.step", event.values, {})
    except Untranslatable as error:
        names_every_field(error)
        return
    told = fired(made, event.fired, inward=True) | fired(made, back.fired, inward=False)
    for rule in made.dialect.plans["case.step"].mapping.inward:
        at = "/".join(rule.at[0])
        text = flat.get(at, "")
        if rule.path in told or at in event.unread or text in made.hollow(rule.path) or rule.type == "list":
            continue
        written: Any = back.native.fields
        for part in rule.at[0]:
            written = written.get(part, {})
        assert written == text, rule.path


@MANY
@given(made=dialects(), seed=st.integers(0, 2**40))
def test_generated_code_and_interpreter_agree_on_made_up_mappings(made: MadeUp, seed: int) -> None:
    """Values, native fields, what fired, what is unread and every problem with its place are the same."""
    agree(made.dialect.plans["case.step"], seed)


@settings(max_examples=50 * DEPTH, deadline=None)
@given(made=dialects(), body=st.binary(max_size=60))
def test_no_bytes_are_guessed_at(made: MadeUp, body: bytes) -> None:
    """Bytes that are no record are refused by code; what is read holds no replacement character that they lack."""
    try:
        found = made.dialect.decode(body, KIND)
    except Undecodable:
        return
    assert "\ufffd" not in str(found) or b"\xef\xbf\xbd" in body or b"\x84\x31\xa4\x37" in body or b"fffd" in body.lower() or b"BF%BD" in body.upper()

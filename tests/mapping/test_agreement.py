"""Generated code and the interpreter mean the same: on any record, of any shipped mapping and of one that uses
every kind of rule, hostile records included."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.mapping.hostile import HOSTILE

from guantong.mapping import Dialect, Missing, Plan, Untranslatable, load_dialects
from guantong.mapping.rules import Rule
from guantong.model import load_model
from guantong.plugins import registry
from guantong.starter import starter

EVERYTHING = """
match: {TYPE: [A, B]}
fields:
  serial.province: {at: [HEAD/SBLSH, HEAD/BLSH, SBLSH], via: [trim], max_bytes: 24, over: cut}
  region:          {at: XZQHDM, strict: true}
  version:         {at: SJBBH, default: 1}
  step.code:       {at: SPHJDM, codes: {handling: ["1", "01"], review: "2", approval: [{value: "3", until: 2014-07-09}, {value: "9", also: ["09"], from: 2014-07-10}]}, otherwise: {in: review, out: "8"}}
  step.at:         {at: SPSJ, format: [yyyyMMddHHmmss, "yyyy-MM-dd HH:mm:ss", "yyyy-M-d H:m:s", iso]}
  step.day:        {at: DAY, format: [yyyy-M-d, yyyyMMdd]}
  operator:        {at: SPRXM, via: [collapse_spaces, halfwidth], max_bytes: 12}
  opinion:         {at: SPYJ, empty: 无, via: [strip_newlines]}
  reason:          {at: BODY/YY, when: {step.code: [review, approval]}, empty: "-"}
  fee:             SFJE
  urgent:          {at: JJ, codes: {"true": [{value: 是}], "false": [{value: 否, until: 2014-12-31}]}}
  id_no:           {at: SFZH, strict: true}
  org.code:        ZZJGDM
  materials:
    each: BODY/CL
    fields:
      name:  {at: [CLMC, MC], via: [upper]}
      kind:  {at: X/CLLX, codes: material.kind, otherwise: wait}
      count: {at: CLSL, default: 1, when: {kind: original}}
out:
  SBLSH2: {from: [serial.province, $case.serial.province], need: {wait: 10m, then: park}}
  QY:     {from: $system.region, required: true}
constants:
  FIXED:  {value: "7", why: a test}
  XZQHDM: {value: "445202", why: a test}
ignored: [BYZDA, HEAD/TIME]
"""
ARRANGED = """
fields:
  step.code:       {at: HEAD/CODE, codes: {handling: "1", review: ["2", "02"], approval: "3"}, otherwise: park}
  step.at:         {at: HEAD/AT, format: ["yyyy-MM-dd HH:mm:ss", iso]}
  step.day:        {at: HEAD/DAY, format: [yyyy-M-d, yyyyMMdd]}
  reason:          {at: HEAD/IN/WHY, when: {step.code: [review, approval]}, max_bytes: 9, over: cut}
  operator:        {at: HEAD/IN/WHO, via: [trim], max_bytes: 12}
  version:         {at: HEAD/IN/VERSION, default: 1}
  serial.province: {at: SERIAL, max_bytes: 24, over: cut}
  opinion:         {at: OPINION, empty: 无}
  fee:             {at: FEE, lossy: a test, max_bytes: 6}
  urgent:          URGENT
  id_no:           [ID, ID2]
  org.code:        {at: ORG/CODE, when: {step.code: review}}
  materials:
    each: LIST
    fields:
      name:  {at: A/B/NAME, via: [trim]}
      kind:  {at: A/B/KIND, codes: material.kind}
      count: {at: A/COUNT}
out:
  O1:  {from: [reason, $case.serial.province], via: [collapse_spaces]}
  O2:  {from: step.at, format: [yyyyMMddHHmmss]}
  O3:  {from: step.at, format: [epoch_ms]}
  O4:  {from: step.at, format: ["yyyy/M/d H:m:s"]}
  O5:  {from: step.at, format: ["HH:mm:ss dd.MM.yyyy"]}
  O6:  {from: step.at, format: ["yyyy-MM-dd HH:mm"], lossy: a test}
  O7:  {from: step.at, format: [iso], max_bytes: 19, over: cut}
  O8:  {from: step.day, format: [yyyyMMdd]}
  O9:  {from: urgent, codes: {"true": Y, "false": N}}
  O10: {from: version, max_bytes: 8}
  O11: {from: $system.region}
"""
TABLE = 'table: {original: "0", copy: [{value: "1", also: ["9"], from: 2014-07-08}, {value: "2", until: 2014-07-07}]}'
MANNERS = 'names: ignore-case\nnull_words: ["null", "NULL"]\nempty: ""\n'

TEXTS = (
    "", " ", "null", "NULL", "无", "-", "1", "01", "2", "3", "9", "0", "007", "-5", "true", "是", "否", "12.5", "120.50", "1.234",
    "445202", "20140715103000", "2014-07-15 10:30:00", "2014-9-19 14:10:10", "2014-02-30 10:00:00", "20141315103000",
    "2014-W29-2 10:00:00", "2014-07-15T10:30:00+08:00", "2014-07-15T02:30:00Z", "20140715", "2014-7-5", "２０１４-７-５",
    "44520219900307001x", "44520219900307001X", "11010519491231002x", "a\r\nb", " 张  三 ", "'; import os #", "{x}", "\\",
    '"""', "\ud800", "𠮷", "王小明" * 20, "1" * 30, "١٢", *HOSTILE,
)
ODD: tuple[Any, ...] = (None, 0, 7, 2000, True, False, [], {}, ["x"], {"a": "b"}, 0.5, 120.5)
MOMENTS = ("2014-07-15T10:30:00+08:00", "2014-07-05T02:03:04+00:00", "2014-07-15T10:30:00.120+08:00")
DAYS = (
    "2014-07-15", "2014-02-30", "2014-W29-2", "20140715", "2014-07-15T25:30:00+08:00", "2014-02-30T10:30:00+08:00",
    "2014-07-15 10:30:00+08:00", "2014-07-15T10:30:00+09:00", "2014-07-15T10:30:00", "AAAAAAAAAAAAAAAAAAA+08:00",
)
"""Dates and times that are canonical and that only look so."""
SEEDS = st.integers(0, 2**40)


def _outcome(work: Callable[[], Any]) -> Any:
    """What came of it: a result, or every problem."""
    try:
        return work()
    except Untranslatable as error:
        return [(problem.code.id, problem.place, problem.path, problem.line()) for problem in error.problems]
    except Missing as missing:
        return missing.path, missing.wait_seconds, missing.then


def _right(chance: Random, rule: Rule) -> Any:
    """A native value the rule takes."""
    if rule.table is not None:
        return chance.choice([*rule.table.read, *rule.table.also] or ["x"])
    if rule.formats:
        return chance.choice(rule.formats).write(_right_canonical(chance, rule))
    return chance.choice({
        "integer": ("0", "7", "2000", "03"), "money": ("120.50", "3", "0.10"), "region": ("445202", "445202003"),
        "identity": ("11010519491231002X", "110105491231002"), "boolean": ("1", "0"),
    }.get(rule.type, ("一", "同意", " 王 ", "", "null", "A1")))


def _right_canonical(chance: Random, rule: Rule) -> Any:
    """A canonical value the rule takes."""
    if rule.table is not None and rule.type == "code":
        return chance.choice([*rule.table.written])
    known: dict[str, tuple[Any, ...]] = {
        "integer": (-5, 0, 7, 3000), "boolean": (True, False), "date": ("2014-07-15",), "datetime": MOMENTS, "money": ("120.50",),
    }
    return chance.choice(known.get(rule.type, ("一", "同意", "A1", "王小明" * 20)))


def make_record(chance: Random, rules: tuple[Rule, ...], *, wild: bool) -> dict[str, Any]:
    """A native record that uses the rules' names: wild ones hold anything, in names of any case and with
    strangers among them; tame ones mostly what the rules take."""
    record: dict[str, Any] = {}
    for rule in rules:
        for order, at in enumerate(rule.at):
            if chance.random() < (0.25 if order == 0 and not rule.required else 0.7 if order else 0.05):
                continue
            inside: Any = record
            for part in at[:-1]:
                inside = inside.setdefault(part, {})
                if not isinstance(inside, dict):
                    break
            else:
                name = at[-1].lower() if wild and chance.random() < 0.03 else at[-1]
                inside[name] = _native(chance, rule, wild=wild)
    if chance.random() < 0.2:
        record[chance.choice(["STRANGER", "BYZDA", "FIXED", "HEAD", "body"])] = chance.choice([*TEXTS, *ODD])
    return record


def _native(chance: Random, rule: Rule, *, wild: bool) -> Any:
    if rule.type == "list" and not (wild and chance.random() < 0.2):
        return [make_record(chance, rule.fields, wild=wild) for _ in range(chance.randrange(4))]
    if wild and chance.random() < 0.4:
        return chance.choice([*TEXTS, *TEXTS, *ODD, "".join(chr(chance.randrange(1, 0x3000)) for _ in range(5))])
    return _right(chance, rule)


def make_event(chance: Random, rules: tuple[Rule, ...], *, wild: bool) -> dict[str, Any]:
    """Canonical values by the paths the rules read: tame ones of the right type, wild ones of any."""
    values: dict[str, Any] = {}
    for rule in rules:
        for source in rule.sources:
            if source.scope != "own" or chance.random() < 0.25:
                continue
            if rule.type == "list":
                values[source.path] = [make_event(chance, rule.fields, wild=wild) for _ in range(chance.randrange(4))]
            else:
                values[source.path] = (
                    chance.choice([*TEXTS, *ODD, *DAYS]) if wild and chance.random() < 0.3 else _right_canonical(chance, rule))
    return values


def make_context(chance: Random) -> dict[str, Any]:
    """What a rule may read besides the record; any part of it may be missing."""
    context: dict[str, Any] = {}
    if chance.random() < 0.8:
        context["system"] = {"region": chance.choice(["445202", "445203"])} if chance.random() < 0.8 else {}
    if chance.random() < 0.8:
        context["case"] = {"serial.province": chance.choice(TEXTS), "step.code": "review"} if chance.random() < 0.8 else {}
    return context


@cache
def shipped() -> dict[str, Dialect]:
    """The dialects that ship with the product, loaded once."""
    plugged = registry()
    model, _ = load_model(starter("mappings") / "canonical")
    return load_dialects(starter("mappings"), model, plugged.codecs, plugged.functions)[0]


def _plans() -> list[tuple[str, Plan]]:
    return [(f"{dialect.name}/{name}", plan) for dialect in shipped().values() for name, plan in dialect.plans.items()]


@pytest.fixture
def everything(county: Callable[..., Dialect]) -> Plan:
    files = {"county/codes/material.kind.yaml": TABLE}
    return county(EVERYTHING, dialect=MANNERS, files=files).plans["case.step"]


def agree(plan: Plan, seed: int) -> None:
    """One record and one event through *plan*, both ways of running it."""
    chance = Random(seed)  # noqa: S311 - test data, not a secret
    wild = chance.random() < 0.4
    context = make_context(chance)
    record = make_record(chance, plan.mapping.inward, wild=wild)
    assert _outcome(lambda: plan.inward(record, context)) == _outcome(lambda: plan.trace_inward(record, context, None))
    values = make_event(chance, plan.mapping.outward, wild=wild)
    assert _outcome(lambda: plan.outward(values, context)) == _outcome(lambda: plan.trace_outward(values, context, None))


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=SEEDS)
def test_generated_code_and_interpreter_agree_on_anything(everything: Plan, seed: int) -> None:
    """Values, native fields, fired rules, unread fields, problems with their places, what is awaited: equal."""
    agree(everything, seed)


@pytest.mark.parametrize("plan", [pytest.param(plan, id=name) for name, plan in _plans()])
@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_every_shipped_mapping_agrees_with_the_interpreter(plan: Plan, seed: int) -> None:
    """Both directions of each shipped mapping, on records and events made for it."""
    agree(plan, seed)


@pytest.fixture(params=["utf-8", "gb18030", "utf-16"])
def arranged(county: Callable[..., Dialect], request: pytest.FixtureRequest) -> Plan:
    files = {"county/codes/material.kind.yaml": TABLE}
    return county(ARRANGED, dialect=f"charset: {request.param}\nnull_words: [null]\n", files=files).plans["case.step"]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=SEEDS)
def test_records_written_in_one_piece_agree_with_the_interpreter(arranged: Plan, seed: int) -> None:
    """Objects inside objects, fields beyond one display, every kind of date, lengths in every charset: whatever of
    them is missing or odd, both ways of running the plan write the same fields in the same order."""
    agree(arranged, seed)
    values = make_event(Random(seed), arranged.mapping.outward, wild=False)  # noqa: S311 - test data, not a secret
    made = _outcome(lambda: orjson.dumps(arranged.outward(values, {}).native.fields))
    assert made == _outcome(lambda: orjson.dumps(arranged.trace_outward(values, {}, None).native.fields))


def test_what_is_missing_or_late_leaves_generated_code_at_work(arranged: Plan) -> None:
    """Missing fields, empty objects, dates never met and fired rules are no reason to interpret a record."""
    generated = arranged.generated_outward.compile("outward", "test")
    several: list[dict[str, Any]] = [
        {"step.code": "handling"}, {"step.code": "review", "step.at": "2031-01-31T23:59:58+08:00", "step.day": "2031-02-28"},
        {"step.code": "review", "reason": "王小明王小明", "operator": " 王 ", "materials": [{"name": "表"}, {"count": 12345}, {}]},
        {"version": 7, "urgent": False}, {},
    ]
    for values in several:
        assert generated(values, {}) == arranged.trace_outward(values, {}, None)


def test_generated_code_takes_an_ordinary_record_itself(everything: Plan) -> None:
    """An ordinary record never falls back to the interpreter: generated code alone translates it."""
    record = {
        "TYPE": "A", "HEAD": {"SBLSH": "10000000100000000011407150001"}, "XZQHDM": "445202", "SJBBH": "2", "SPHJDM": "1",
        "SPSJ": "20140715103000", "SPYJ": "同意", "SFJE": "120.50", "JJ": "是",
        "BODY": {"CL": [{"CLMC": "申请表", "X": {"CLLX": "0"}, "CLSL": "2"}]},
    }
    generated = everything.generated_inward.compile("inward", "test")
    assert generated(record, {}) == everything.trace_inward(record, {}, None)

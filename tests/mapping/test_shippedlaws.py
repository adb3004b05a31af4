"""What ships keeps the laws with hostile texts too: through each dialect's own codec and charset and back."""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mapping.madeup import wild
from tests.mapping.test_agreement import make_event, shipped

from guantong.codec import Unencodable
from guantong.mapping import Dialect, Missing, Plan, Untranslatable
from guantong.mapping.rules import Rule

DEPTH = int(os.environ.get("GUANTONG_TEST_DEPTH", "1"))
WRITTEN = ("text", "region", "organisation", "identity", "credit")
BOTH_WAYS = [
    pytest.param(dialect, plan, id=f"{dialect.name}/{name}")
    for dialect in shipped().values() for name, plan in dialect.plans.items()
    if plan.mapping.kind_out and plan.mapping.kind_out in plan.mapping.kinds_in
]


def pairs_of(plan: Plan) -> list[tuple[Rule, Rule]]:
    """The rules that write a text and read it again from the same place, under no condition."""
    read = {(rule.path, rule.at[0]): rule for rule in plan.mapping.inward if rule.at and not rule.when}
    return [
        (rule, read[rule.path, rule.at[0]]) for rule in plan.mapping.outward
        if rule.type in WRITTEN and rule.table is None and not rule.when and (rule.path, rule.at[0]) in read
    ]


@pytest.mark.parametrize(("dialect", "plan"), BOTH_WAYS)
@settings(max_examples=12 * DEPTH, deadline=None)
@given(seed=st.integers(0, 2**40), texts=st.lists(wild, min_size=3, max_size=3))
def test_a_hostile_text_comes_back_or_is_refused_by_name(dialect: Dialect, plan: Plan, seed: int, texts: list[str]) -> None:
    """Any text in any field that is written and read: alike where nothing fired, or the field is named."""
    chance = Random(seed)  # noqa: S311 - test data, not a secret
    pairs = pairs_of(plan)
    event = make_event(chance, plan.mapping.outward, wild=False)
    for text in texts if pairs else ():
        event[chance.choice(pairs)[0].path] = text
    facts = {"serial.province": "1", "applicant.name": "一", "applied_at": "2014-07-15T10:30:00+08:00"}
    try:
        out = plan.outward(event, {"case": {**dict.fromkeys(plan.needs(), "一"), **facts}, "system": {}})
        body = dialect.encode(out.native)
    except Missing:
        return
    except Untranslatable as error:
        told = [(problem.path, problem.place.line) for problem in error.problems]
    except Unencodable as error:
        told = [(error.path, 1)]
    else:
        told = []
        [native] = dialect.decode(body, out.native.kind)
        back, run = plan.examine_inward(native.fields, {"case": {}, "system": {}}, None)
        for written, read in pairs:
            given_ = event.get(written.path)
            hollow = {"", written.fill, read.fill, *plan.manners.nulls}
            if given_ not in (None, *hollow) and not (out.fired >> written.bit & 1 or run.fired >> read.bit & 1):
                refused = any(problem.path == read.native for problem in run.problems)
                assert refused or back.get(read.path) == given_, written.path
    assert all(path and line for path, line in told)

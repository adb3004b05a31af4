"""The parts of the journey that only reckon: breaker, pace, retry, versions, routing, judging, settling, states."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.journey.parts import ready, system

from guantong.clock import NEVER
from guantong.config import BreakerPolicy, ReplyRule, ReplyRules, RetryPolicy, Route, When
from guantong.config.reply import Meaning
from guantong.journey.belonging import region_prefix
from guantong.journey.breaker import Breaker, Circuit
from guantong.journey.judge import Judgement, judge
from guantong.journey.pace import Pace
from guantong.journey.retry import is_last, wait_before
from guantong.journey.routing import Router, Target
from guantong.journey.settle import settle, settle_query
from guantong.journey.states import (
    BLOCKING,
    DELIVERY_TRANSITIONS,
    FINAL,
    MESSAGE_TRANSITIONS,
    SUPERSEDABLE,
    DeliveryState,
    IllegalTransition,
    MessageState,
    check,
    check_message,
)
from guantong.journey.versions import Standing, standing, version_on_arrival
from guantong.record import NotSent, Reply, Unsure
from guantong.store import Known

D = DeliveryState


def test_a_circuit_opens_probes_and_closes() -> None:
    """Closed until so many failures in a row; open until the probe is due; half open while it is out."""
    breaker = Breaker(BreakerPolicy(after=3, probe=10))
    assert [breaker.failed(now) for now in (1, 2)] == [False, False]
    assert not breaker.succeeded()
    assert [breaker.failed(now) for now in (3, 4, 5)] == [False, False, True]
    assert (breaker.circuit, breaker.delay(6), breaker.delay(15)) == (Circuit.OPEN, 9, 0)
    breaker.sending()
    assert (breaker.circuit, breaker.delay(16)) == (Circuit.HALF_OPEN, None)
    assert not breaker.failed(17), "lost is told once"
    assert breaker.delay(17) == 10
    breaker.sending()
    breaker.unspoken()
    assert breaker.delay(27) == 0, "what was not sent was no probe"
    breaker.sending()
    assert breaker.succeeded(), "it is back"
    assert breaker.delay(27) == 0
    assert not breaker.failed(28), "counted from nothing again"


@given(st.floats(0.1, 1000), st.lists(st.floats(0, 5), min_size=1, max_size=30))
def test_a_pace_is_never_exceeded(rate: float, gaps: list[float]) -> None:
    """Between any two sendings at least one step lies, whatever pauses there were."""
    pace, now, times = Pace(rate), 0.0, []
    for gap in gaps:
        now += gap
        now += pace.delay(now)
        pace.sending(now)
        times.append(now)
    assert all(later - earlier >= 1 / rate - 1e-6 for earlier, later in itertools.pairwise(times))
    assert Pace(None).delay(0) == 0


def test_a_rate_is_divided_among_those_who_send() -> None:
    """Each keeps to its part, also when there are more or fewer; without a rate there is nothing to divide."""
    pace, boundless = Pace(10), Pace(None)
    waits = []
    for among in (1, 4, 2):
        pace.divide(among)
        boundless.divide(among)
        now = pace.delay(0)
        pace.sending(now)
        waits.append(round(pace.delay(now), 3))
    assert (waits, boundless.delay(0)) == ([0.1, 0.4, 0.2], 0)


@given(st.floats(0.001, 100), st.floats(1, 10), st.floats(0.001, 10_000), st.integers(1, 5000))
def test_a_wait_grows_to_its_bound_with_room_for_chance(first: float, factor: float, most: float, attempt: int) -> None:
    """Between half the step and the step, and the step never above the most; for any number of attempts."""
    policy = RetryPolicy(first=first, factor=factor, most=most)
    exponent = min(attempt - 1, 64)
    ceiling = min(most, first * factor ** exponent)
    assert ceiling / 2 <= wait_before(policy, attempt) <= most * (1 + 1e-9)


def test_retries_end_by_number_or_by_age() -> None:
    """Whichever comes first."""
    policy = RetryPolicy.model_validate({"attempts": 3, "for": 60})
    assert [is_last(policy, attempt, 0) for attempt in (1, 2, 3, 4)] == [False, False, True, True]
    assert [is_last(policy, 1, age) for age in (59.9, 60, -5)] == [False, True, False]


@given(st.integers(0, 5), st.integers(0, 5), st.booleans())
def test_a_version_stands_in_one_way(known: int, version: int, same: bool) -> None:
    """Higher is newer, lower is stale, equal is a duplicate or a conflict by its content; the first is first."""
    digest = b"known" if same else b"other"
    found = standing(Known(known, b"known", 1), version, digest)
    assert found is (Standing.NEWER if version > known else Standing.STALE if version < known
                     else Standing.DUPLICATE if same else Standing.CONFLICT)
    assert standing(None, version, digest) is Standing.FIRST
    arrived = version_on_arrival(Known(known, b"known", 1), digest)
    assert standing(Known(known, b"known", 1), arrived, digest) is (Standing.DUPLICATE if same else Standing.NEWER)
    assert version_on_arrival(None, digest) == 1


@pytest.mark.parametrize(("region", "prefix"), [
    ("445200", "4452"), ("445281", "445281"), ("440000", "44"), ("445281000000", "445281"),
    ("445281101000", "445281101"), ("445281101203", "445281101203"), ("445200000000", "4452"), ("4452", "4452"),
    (" 445202 ", "445202"), ("445290", "445290"), ("000000", "00"), ("", ""),
])
def test_a_region_code_says_as_much_as_its_digits(region: str, prefix: str) -> None:
    """GB/T 2260 to the county, three digits for each level below; zeros at the end say nothing."""
    assert region_prefix(region) == prefix


def route(name: str, *, events: str = "*", source: str = "hall-portal", to: str = "county", by: str = "region",
          after_dead: str = "block", except_: tuple[str, ...] = (), system: str | None = None) -> Route:
    return Route(name, (events,), source, None, None if system else to, system, by, after_dead, except_)  # type: ignore[arg-type]  # two words


def router(*routes: Route) -> Router:
    systems = [system("portal", role="hall-portal"), system("city.county", role="county", region="445200"),
               system("puning", role="county", region="445281"), system("town", role="county", region="445281101"),
               system("deaf", role="deaf", events=frozenset()), system("hall"), system("hall2"),
               replace(system("reports.only", role="reporter"), adapter=cast("Any", SimpleNamespace(sends=lambda _settings: False)))]
    return Router(routes, {one.id: one for one in systems})


@pytest.mark.parametrize(("region", "target"), [
    ("445281", "puning"), ("445281101", "town"), ("445281101203", "town"), ("445281102", "puning"),
    ("445202", "city.county"), ("440100", None), ("4452", "city.county"),
])
def test_the_longest_prefix_of_the_region_is_chosen(region: str, target: str | None) -> None:
    """A town's own system before its county's before the city's; none is none."""
    found = router(route("r")).targets("portal", "case.application", {"region": region})
    assert [one.system for one in found] == ([target] if target else [])


@pytest.mark.parametrize(("parties", "region", "target"), [
    (["hall", "town", "puning"], "445281", "town"),   # who told of it first, among the role
    (["puning"], "445202", "puning"),                   # whatever region the event names
    (["hall"], "445281101", "town"), ([], "445281", "puning"), ([], "440100", None),
    (["portal"], "440100", None),
])
def test_an_event_about_a_case_goes_to_whose_it_is(parties: list[str], region: str, target: str | None) -> None:
    """Where nobody of the role has spoken of the case, the region decides."""
    found = router(route("r", by="case"))
    asked = ("portal", "alert.raised", {"region": region}, lambda: parties)
    assert [one.system for one in found.targets(*asked)] == ([target] if target else [])
    assert found.unmatched(*asked) == ([] if target else ["r"])


def test_parties_are_asked_for_only_where_a_route_goes_by_them() -> None:
    def never() -> list[str]:
        raise AssertionError("a look into the store that no route needs")

    router(route("r")).targets("portal", "case.application", {"region": "445281"}, never)


def test_routes_add_up_and_never_lead_back() -> None:
    """Every matching route counts, a target once, the origin never, nor who cannot be told this event."""
    all_of_them = router(route("a", to="county", by="fixed"), route("b", system="puning", after_dead="pass"),
                         route("c", to="deaf", by="fixed"), route("d", to="hall-portal", by="fixed"), route("e", to="reporter", by="fixed"),
                         route("e", to="hall", by="fixed", events="alert.*"),
                         route("f", to="hall", by="fixed", except_=("case.application",)))
    targets = all_of_them.targets("portal", "case.application", {})
    assert sorted(targets) == [Target("city.county", False), Target("puning", False), Target("town", False)]
    assert [one.system for one in all_of_them.targets("portal", "alert.raised", {})][-2:] == ["hall", "hall2"]
    assert all_of_them.targets("hall", "case.application", {}) == []


RULES = ReplyRules.model_validate({"decode": "json", "otherwise": "unknown", "rules": [
    {"when": {"status": ["5xx", "429"]}, "means": "transient"},
    {"when": {"field": {"data/0/code": ["0", "true"]}}, "means": "success"},
    {"when": {"text": {"matches": "已存在|exists"}}, "means": "duplicate"},
    {"when": {"text": {"contains": "refused"}, "field": {"code": "3"}}, "means": "permanent", "reason": "data/msg"},
]})


@pytest.mark.parametrize(("answer", "meaning", "reason"), [
    (Reply(b'{"data":[{"code":0}]}', {"status": "503"}), Meaning.TRANSIENT, 'HTTP 503: {"data":[{"code":0}]}'),
    (Reply(b'{"data":[{"code":0}]}', {"status": "200"}), Meaning.SUCCESS, ""),
    (Reply(b'{"data":[{"code":true}]}'), Meaning.SUCCESS, ""),
    (Reply("办件已存在".encode("gb18030"), {"charset": "GB18030"}), Meaning.DUPLICATE, ""),
    (Reply(b'{"code":3,"data":{"msg":" no\\n such  item"},"x":"refused"}'), Meaning.PERMANENT, "no such item"),
    (Reply(b'{"code":3,"x":"refused"}'), Meaning.PERMANENT, '{"code":3,"x":"refused"}'),
    (Reply(b'{"code":3}'), Meaning.UNKNOWN, '{"code":3}'),
    (Reply(b"x" * 10_000), Meaning.UNKNOWN, "x" * 200), (Reply(b""), Meaning.UNKNOWN, ""),
    (Reply(b"\xff\xfe\x00", {"charset": "no-such-charset"}), Meaning.UNKNOWN, "\ufffd\ufffd\x00"),
    (NotSent("refused"), Meaning.TRANSIENT, "refused"), (Unsure("reset"), Meaning.UNKNOWN, "reset"),
])
def test_the_first_rule_that_holds_decides(answer: Reply | NotSent | Unsure, meaning: Meaning, reason: str) -> None:
    """By status, text and fields, in the target's charset; the reason is bounded; what no rule knows is not
    taken for a success."""
    found = judge(answer, RULES)
    assert (found.meaning, found.reason) == (meaning, reason)
    assert found.sent is not isinstance(answer, NotSent)


@pytest.mark.parametrize(("answer", "en", "zh"), [
    (NotSent("refused", "被拒绝"), "refused", "被拒绝"), (Unsure("reset", "被重置"), "reset", "被重置"),
    (NotSent("refused"), "refused", "refused"),  # an adapter of others that has no Chinese
    (Reply(b'{"code":9}'), '{"code":9}', '{"code":9}'), (Reply(b""), "unknown", "结果不明"),
])
def test_each_language_says_why_in_its_own_words(answer: Reply | NotSent | Unsure, en: str, zh: str) -> None:
    """What the target said stands in both as it is."""
    outcome = settle(judge(answer, RULES), system(unknown="hold"), ready(), 1_000, 1_000)
    assert outcome.problem is not None
    assert (outcome.problem.message("en").endswith(f": {en}"), outcome.problem.message("zh").endswith(f"：{zh}")) == (True, True)
    assert zh in outcome.reason


@given(st.binary(max_size=300), st.sampled_from(["text", "json", "xml"]))
def test_no_reply_breaks_the_judge(body: bytes, decode: str) -> None:
    """Whatever a target answers, it has a meaning."""
    rules = RULES.model_copy(update={"decode": decode})
    assert judge(Reply(body), rules).meaning in Meaning


@pytest.mark.parametrize("body", [
    b'<!DOCTYPE a [<!ENTITY b "success">]><a><CODE>&b;</CODE></a>', b"<a>" * 100_000, b"[" * 100_000,
    b'{"a":' * 50_000,
])
def test_a_hostile_reply_is_read_as_nothing(body: bytes) -> None:
    """Entities and depth are not followed."""
    for decode in ("xml", "json"):
        rules = ReplyRules(decode=decode, rules=(
            ReplyRule(when=When(field={"CODE": ("success",)}), means=Meaning.SUCCESS),))
        assert judge(Reply(body), rules).meaning is Meaning.UNKNOWN


POLICIES = ("retry", "query", "hold")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("meaning", Meaning)
@pytest.mark.parametrize("sent", [True, False])
@pytest.mark.parametrize("last", [True, False])
def test_every_end_has_an_outcome_the_table_allows(policy: str, meaning: Meaning, sent: bool, last: bool) -> None:
    """Settling never leaves a delivery where it may not go, loses an attempt, or retries without end."""
    target = system(unknown=policy, retry=RetryPolicy.model_validate({"attempts": 3, "for": 60}))
    before = D.SENDING if policy != "retry" else D.WAITING
    given_ready = ready(attempts=2 if last else 0, accepted_at=1_000, state=before)
    outcome = settle(Judgement(meaning, "why", sent=sent), target, given_ready, 100_000 if last else 2_000, 99_000 if last else 1_000)
    check(before, outcome.state)
    took = meaning in (Meaning.SUCCESS, Meaning.DUPLICATE)
    assert (outcome.state is D.CONFIRMED) is took
    assert outcome.attempts == given_ready.attempts + (1 if sent or took or meaning is Meaning.PERMANENT else 0)
    if outcome.state is D.RETRYING:
        assert not last
        assert outcome.due > 2_000
    if meaning is Meaning.UNKNOWN and sent:
        assert outcome.state is {"retry": D.DEAD if last else D.RETRYING}.get(policy, D.UNKNOWN)
        assert (outcome.due == NEVER) is (policy == "hold")
    if not took and outcome.state is not D.CONFIRMED:
        assert outcome.code
        assert outcome.reason


@pytest.mark.parametrize("meaning", Meaning)
@pytest.mark.parametrize("late", [True, False])
def test_every_answer_to_a_question_has_an_outcome(meaning: Meaning, late: bool) -> None:
    """Found is taken; absent is sent again, or dead when it was tried often enough; anything else is asked
    again, and in the end left to a person."""
    target = system(unknown="query", by="column", retry=RetryPolicy.model_validate({"attempts": 3, "for": 60}))
    outcome = settle_query(Judgement(meaning), target, ready(attempts=1, state=D.UNKNOWN), 61_000 if late else 1_000, 61_000 if late else 1_000)
    check(D.UNKNOWN, outcome.state)
    expected = {Meaning.SUCCESS: D.SENT, Meaning.DUPLICATE: D.SENT,
                Meaning.PERMANENT: D.DEAD if late else D.WAITING}.get(meaning, D.UNKNOWN)
    assert outcome.state is expected
    assert outcome.settled is (expected is not D.UNKNOWN)
    if expected is D.UNKNOWN:
        assert (outcome.due == NEVER) is late


def test_final_states_are_never_left() -> None:
    """No transition leads out of a final state; every other state leads to a final one."""
    assert {D.CONFIRMED, D.RETURNED, D.SUPERSEDED, D.DISCARDED, D.SHADOWED, D.JOINED} == FINAL
    for state in D:
        reached, seen = {state}, set[D]()
        while reached - seen:
            seen |= reached
            reached |= {after for one in reached for after in DELIVERY_TRANSITIONS[one]}
        assert reached & FINAL, state
    for final, after in itertools.product(FINAL, D):
        if final is not after:
            with pytest.raises(IllegalTransition):
                check(final, after)
    assert SUPERSEDABLE <= BLOCKING
    assert not BLOCKING & FINAL
    assert set(DELIVERY_TRANSITIONS) == set(D)
    assert set(MESSAGE_TRANSITIONS) == set(MessageState)
    with pytest.raises(IllegalTransition):
        check_message(MessageState.ROUTED, MessageState.PARKED)

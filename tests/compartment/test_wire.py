"""What crosses the wire comes out as it went in; what is not as agreed is said, by place and without its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.adapter import Awaited, Mark, Polled, Receipt
from guantong.compartment import wire
from guantong.compartment.wire import WireError
from guantong.record import Acceptance, NotSent, Outgoing, Oversized, Record, Reply, Unsure, Verdict

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
bodies = st.binary(max_size=40)
numbers = st.integers(min_value=0, max_value=2**53)
texts = st.dictionaries(text, text, max_size=3)
fields = st.recursive(st.none() | text, lambda inner: st.dictionaries(text, inner, max_size=3) | st.lists(inner, max_size=3),
                      max_leaves=5)
native = st.dictionaries(text, fields, max_size=4)
verdicts = st.builds(Verdict, st.sampled_from(Acceptance), numbers, text, text, text, st.booleans())
records = st.builds(Record, st.just("city.hall"), bodies, st.none() | text, st.none() | text, st.none() | text, texts, st.just(()), st.just(0))
marks = st.lists(st.builds(Mark, text, verdicts), max_size=3)


def over(told: Any) -> Any:
    """What the other side reads."""
    return orjson.loads(orjson.dumps(told))


@given(st.builds(Outgoing, numbers, numbers, text, text, bodies, native, text, st.floats(0.001, 1e6)))
def test_an_outgoing_crosses_whole(outgoing: Outgoing) -> None:
    """Bytes, nested fields and all."""
    assert wire.outgoing_from(over(wire.outgoing_to(outgoing))) == outgoing


@given(st.builds(Reply, bodies, texts) | st.builds(NotSent, text, text) | st.builds(Unsure, text, text) | st.builds(Oversized, text, text))
def test_every_end_of_an_attempt_stays_the_end_it_was(answer: Reply | NotSent | Unsure) -> None:
    """An `Oversized` is not taken for an `Unsure`."""
    found = wire.answer_from(over(wire.answer_to(answer)))
    assert (type(found), found) == (type(answer), answer)


def test_a_process_of_others_may_leave_the_chinese_out() -> None:
    """Then its own words stand in both languages."""
    assert wire.answer_from({"end": "not_sent", "reason": "no line"}) == NotSent("no line")
    with pytest.raises(WireError, match="`reason_zh` is a text"):
        wire.answer_from({"end": "unsure", "reason": "x", "reason_zh": 1})


@given(records, st.lists(records, max_size=3), text, marks)
def test_what_is_polled_crosses_whole(record: Record, more: list[Record], cursor: str, refused: list[Mark]) -> None:
    """Records with their facts, the cursor, and what was refused."""
    polled = Polled([record, *more], cursor, refused)
    assert wire.polled_from("city.hall", over(wire.polled_to(polled))) == polled


@given(st.lists(st.builds(Awaited, numbers, text, text, native), max_size=3),
       st.lists(st.builds(Receipt, numbers, st.booleans(), text), max_size=3))
def test_receipts_cross_whole(awaited: list[Awaited], receipts: list[Receipt]) -> None:
    """What is asked about, and what became of it."""
    assert wire.awaited_from(over(wire.awaited_to(awaited))) == awaited
    assert wire.receipts_from(over(wire.receipts_to(receipts))) == receipts


@pytest.mark.parametrize(("read", "told", "said"), [
    (wire.answer_from, [], "an object is expected"),
    (wire.answer_from, {}, "`end` is a text"),
    (wire.answer_from, {"end": "perhaps"}, "`end` is one of reply, not_sent, unsure, oversized"),
    (wire.answer_from, {"end": "reply", "body": "不是 Base64"}, "`body` is Base64"),
    (wire.answer_from, {"end": "reply", "body": "", "meta": {"status": 200}}, "`meta` is an object of texts"),
    (wire.verdict_from, {"acceptance": "lost"},
     "`acceptance` is one of routed, unrouted, duplicate, stale, conflict, parked, refused"),
    (lambda told: wire.polled_from("s", told), {"records": {}, "cursor": ""}, "a list is expected"),
    (lambda told: wire.polled_from("s", told), {"records": [], "cursor": 7}, "`cursor` is a text"),
    (lambda told: wire.record_from("s", told), {"body": "AA==", "kind": 3}, "`kind` is a text"),
    (wire.receipts_from, [{"delivery": True}], "`delivery` is a whole number"),
    (wire.outgoing_from, {"delivery": 1, "attempt": 1, "event": "e", "kind": "k", "body": "", "fields": [], "key": "k"},
     "`fields` is an object"),
])
def test_what_is_not_as_agreed_is_said(read: Callable[[Any], Any], told: Any, said: str) -> None:
    """By the name of the place; a value may be a person's."""
    with pytest.raises(WireError) as error:
        read(told)
    assert str(error.value) == said

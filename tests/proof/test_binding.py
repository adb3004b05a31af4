"""Commitments to single fields: each on its own, none telling of another, the same however the same content was read."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.proof.earlier import packed, seal_bound, seal_folded

from guantong.blobs.folding import Folded, Part
from guantong.blobs.keeping import Blobs
from guantong.proof.binding import (
    GROUP,
    LONGEST_PATH,
    MOST_FIELDS,
    RECORD,
    Told,
    bind,
    binds_fields,
    event_told,
    field_digests,
    from_beside,
    from_within,
    group_digest,
    native_told,
    record_value,
    salts,
    told_of,
)
from guantong.proof.hashing import HASHES
from guantong.proof.leaf import commit
from guantong.proofstore import WITHIN
from guantong.vault import Vault, VaultError, commitment_in, has_seed

SHA256 = HASHES["sha256"]
SEED = bytes(range(16))
VAULT = Vault(bytes(32), bytes(32))
VALUES = st.recursive(st.none() | st.booleans() | st.integers(-2**70, 2**70) | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)
                      | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=12)
FIELDS = st.dictionaries(st.text(max_size=6), VALUES, max_size=6)


def test_a_record_is_bound_as_it_is_written_down() -> None:
    """By hand, from the text of docs/audit.md: with nothing of our own but the seed."""
    bound = bind(SHA256, SEED, b"<XML/>", [("EX_GDBS_SP", {"SQRXM": "王五"})], [("case.step", {"step.opinion": "同意"})])

    def digest(data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    def salt(number: int) -> bytes:
        return hashlib.shake_256(b"guantong-salts/1\x00" + bound.seed + number.to_bytes(4, "big")).digest(16)

    fields = [digest(salt(1) + '["SQRXM","王五"]'.encode()), digest(salt(2) + '["step.opinion","同意"]'.encode())]
    groups = [digest(b"guantong-group/1\x00" + name + one) for name, one in zip((b'"EX_GDBS_SP"', b'"case.step"'), fields, strict=True)]
    raw = digest(b"guantong-raw/1\x00" + salt(0) + b"<XML/>")
    assert bound.value == digest(b"guantong-record/1\x00" + raw + (1).to_bytes(4, "big") + groups[0] + groups[1])


def test_fields_are_told_apart_by_their_paths() -> None:
    """As they are written elsewhere: native ones with strokes, canonical ones with points. An item of a list is one field; what is
    empty stands for itself."""
    values = {"b": "2", "a": {"c": [{"n": None}, "x"], "e": {}}, "l": [], "n": 7, "t": True}
    assert [orjson.loads(one) for one in native_told("K", values).texts] == [
        ["b", "2"], ["l", []], ["n", 7], ["t", True], ["a/c[0]", {"n": None}], ["a/c[1]", "x"], ["a/e", {}]]
    assert [orjson.loads(one)[0] for one in event_told("e", values).texts] == ["b", "l", "n", "t", "a.c[0]", "a.c[1]", "a.e"]
    assert (native_told("K", {}).texts, native_told("K", {"a": "1\n2\r3\u2028"}).texts) == ([], ['["a","1\\n2\\r3\u2028"]'.encode()])


@given(FIELDS)
@settings(max_examples=60, deadline=None)
def test_an_event_is_bound_the_same_way_however_it_was_read(fields: dict[str, Any]) -> None:
    """From a mapping, or from where it is kept; and no value there can be is refused."""
    assert event_told("e", dict(reversed(fields.items()))) == event_told("e", fields)
    assert len(native_told("K", fields).texts) >= len(fields)
    kept = {name: value for name, value in fields.items() if _is_json(value)}
    assert event_told("e", orjson.loads(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS))) == event_told("e", kept)


def _is_json(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


class Word(str):
    """A text of a kind of its own, as some parsers make them."""

    __slots__ = ()


def test_whatever_a_record_holds_it_can_be_bound() -> None:
    """Half a character, a number of a thousand digits, a text of another class, lists without end, nesting without end, a path without
    end: a bounded number of fields."""
    deep: Any = "x"
    for _ in range(100_000):
        deep = {"a": deep}
    assert list(native_told("K", {"a": "\ud800", "b": Word("x"), "c": 10**30}).texts) == [
        rb'["a","\ud800"]', b'["b","x"]', b'["c",1' + b"0" * 30 + b"]"]
    assert list(native_told("K", {"a": deep}).texts) == [b'["' + b"/".join([b"a"] * 101) + b'"]']
    assert len(native_told("K", {"a": [1] * MOST_FIELDS, "b": [1, 2]}).texts) == 3
    assert len(native_told("K", {"a": {}, **{str(number): 1 for number in range(MOST_FIELDS)}}).texts) == 1
    (whole,) = native_told("K", {"n" * (LONGEST_PATH + 1): {"a": 1, "b": 2}}).texts
    assert orjson.loads(whole)[1] == {"a": 1, "b": 2}


def test_a_field_tells_nothing_of_the_others() -> None:
    """Who has one field's salt, and all digests, finds no other field by trying every value there can be."""
    codes = [f"{number:04d}" for number in range(2000)]
    texts = [f'["F{place}","{codes[700 + place]}"]'.encode() for place in range(3)]
    seed = bytes(range(16))
    salted = salts(seed, 1, 3)
    digests = field_digests(SHA256, salted, texts)
    shown = salted[1]
    derived = [shown, seed[:0], bytes(16), *salts(shown, 0, 3), *salts(shown, 1, 3), hashlib.shake_256(shown).digest(16)]
    tried = {digest for salt in derived for place in (0, 2) for digest in field_digests(
        SHA256, [salt] * len(codes), [f'["F{place}","{code}"]'.encode() for code in codes])}
    assert not tried & {digests[0], digests[2]}
    assert field_digests(SHA256, [shown], [texts[1]]) == [digests[1]]


def test_salts_never_come_twice() -> None:
    """Not within a record, not in two of the same content."""
    records = [bind(SHA256, VAULT.open_seeded(VAULT.seal_seeded(Folded(b"same")))[1], b"same", [("K", {"a": "1", "b": "1"})], [("e", {"a": "1", "b": "1"})]) for _ in range(50)]
    every = [salt for one in records for salt in (one.raw_salt, *one.salts(0, 2), *one.salts(1, 2))]
    assert len(set(every)) == len(every) == 250
    assert len({one.value for one in records}) == 50
    assert salts(records[0].seed, 1, 1) == salts(records[0].seed, 1, 9)[:1]


@pytest.mark.parametrize("name", ["sha256", "sm3"])
def test_any_change_gives_another_commitment(name: str) -> None:
    """Of a byte, a value, a path, a name, a salt, the order, the kind of a group."""
    hashing = HASHES[name]
    natives, events = [("K", {"a": "1", "b": "2"})], [("e", {"a": "1"})]
    bound = bind(hashing, SEED, b"raw", natives, events)
    found = {bound.value}

    def value(raw: bytes, told: list[Told], count: int = 1, seed: bytes = bound.seed) -> bytes:
        digests = [group_digest(hashing, seed, number, one) for number, one in enumerate(told)]
        return record_value(hashing, commit(hashing, bound.raw_salt, raw), count, digests)

    assert value(b"raw", told_of(natives, events)) == bound.value
    others = [
        value(b"rax", told_of(natives, events)), value(b"raw", told_of([("K", {"a": "1", "b": "3"})], events)),
        value(b"raw", told_of([("K", {"a": "1", "c": "2"})], events)), value(b"raw", told_of([("L", {"a": "1", "b": "2"})], events)),
        value(b"raw", told_of([("K", {"a": "2", "b": "1"})], events)), value(b"raw", told_of(natives, events), 2),
        value(b"raw", told_of(natives, events), seed=bytes(16)), value(b"raw", told_of(natives, [])),
    ]
    assert not found & set(others)
    assert len({RECORD, GROUP, b"guantong-raw/1\x00"}) == 3


@pytest.mark.parametrize("folded", [Folded(b"body"), Folded(b"body", percent=True, parts=(Part("file", Blobs.hashed([b"x"])),))])
def test_a_body_takes_its_seed_along_and_the_rest_stands_beside_its_commitment(folded: Folded) -> None:
    content, seed = VAULT.open_seeded(sealed := VAULT.seal_seeded(folded))
    bound = bind(HASHES["sm3"], seed, content, [("K", {"a": "1"})] * 3, [("e", {"a": "1"})])
    assert from_beside(seed, bound.beside(), bound.value) == bound
    assert content == (folded.packed() if folded.parts else folded.body)
    assert VAULT.open_folded(sealed) == (folded if folded.parts else Folded(b"body"))
    assert VAULT.open(sealed) == b"body"
    assert (has_seed(sealed), has_seed(VAULT.seal(content)), has_seed(b""), commitment_in(sealed[:46])) == (True, False, False, None)
    assert seed not in sealed + bound.beside()
    assert seed != VAULT.open_seeded(VAULT.seal_seeded(folded))[1]


@pytest.mark.parametrize("folded", [False, True])
def test_what_an_earlier_version_sealed_comes_back_with_what_binds_us(folded: bool) -> None:
    """And its commitment stands before it, readable without a key."""
    content = b'{"marks":{},"percent":false,"parts":[]}\nbody' if folded else b"body"
    bound = bind(HASHES["sm3"], SEED, content, [("K", {"a": "1"})] * 3, [("e", {"a": "1"})])
    sealed = seal_bound(VAULT, content, bound, HASHES["sm3"], folded=folded)
    assert VAULT.open_bound(sealed) == (content, bound)
    assert VAULT.open(sealed) == VAULT.open_folded(sealed).body == b"body"
    assert VAULT.open(seal_folded(VAULT, Folded(b"body"))) == b"body"
    assert commitment_in(sealed[:46]) == (HASHES["sm3"], bound.value)
    assert (commitment_in(VAULT.seal(content)[:46]), commitment_in(b""), commitment_in(sealed[:45])) == (None, None, None)
    assert commitment_in(sealed[:13] + b"\x09" + sealed[14:46]) is None


def test_a_commitment_that_was_exchanged_does_not_open() -> None:
    """What stands in the clear is as authentic as what is within; so is a seed."""
    older = seal_bound(VAULT, b"body", bind(SHA256, SEED, b"body"), SHA256)
    for sealed, opens in ((older, VAULT.open_bound), (VAULT.seal_seeded(Folded(b"body")), VAULT.open_seeded)):
        for at in range(len(sealed)):
            with pytest.raises(VaultError):
                opens(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1:])
            with pytest.raises(VaultError):
                opens(sealed[:at])


def test_what_binds_us_is_read_only_whole() -> None:
    bound = bind(SHA256, SEED, b"body", [("K", {"a": "1"})])
    within, beside = packed(bound), bound.beside()
    assert from_within(within + b"rest", b"v")[1] == b"rest"
    for wrong in (within[:-1], within[:20], b"", within[:16] + (2).to_bytes(4, "big") + within[20:]):
        with pytest.raises(ValueError, match="cut short"):
            from_within(wrong, b"v")
    assert from_beside(SEED, beside, bound.value) == bound
    for wrong in (beside[:-1], beside[:5], b"", bytes(37), beside[:1] + (2).to_bytes(4, "big") + beside[5:]):
        with pytest.raises(ValueError, match="cut short"):
            from_beside(SEED, wrong, bound.value)


def test_a_salt_of_bytes_alone_is_never_taken_for_more() -> None:
    assert [binds_fields(one) for one in (WITHIN, bind(SHA256, SEED, b"").beside(), b"\x02" * 16, b"")] == [True, True, False, False]

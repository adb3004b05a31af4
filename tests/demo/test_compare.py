"""The comparison: every way in which the books and the ledgers can differ is found and named."""

from __future__ import annotations

import base64
from dataclasses import replace
from hashlib import md5

import pytest
from tests.demo.tiny import ACCEPTANCE, APPLICATION, COUNTY, FINISH, MATERIAL, STEP, ledgers, story

from guantong_adapters.simulation.ledger import Effect
from guantong_adapters.simulation.story import Act
from guantong_plugins.demo.books import Books, DeadLetter, keep_books
from guantong_plugins.demo.compare import Comparison, compare
from guantong_plugins.demo.stories import make_stories

LIFE = (
    Act("case.application", APPLICATION), Act("case.acceptance", ACCEPTANCE), Act("case.step", STEP),
    Act("case.finish", FINISH),
)


@pytest.fixture
def books() -> Books:
    return keep_books([story("online", *LIFE)])


def _counts(result: Comparison) -> dict[str, int]:
    sorts = {
        "lost": result.lost, "doubled": result.doubled, "out_of_order": result.out_of_order,
        "wrong_fields": result.wrong_fields, "dead_missing": result.dead_missing,
        "dead_unexpected": result.dead_unexpected, "wrong_receipts": result.wrong_receipts,
    }
    return {name: len(found) for name, found in sorts.items() if found}


def _at(found: dict[str, list[Effect]], system: str, kind: str) -> int:
    return next(place for place, effect in enumerate(found[system]) if effect.kind == kind)


def test_faultless_ledgers_agree(books: Books) -> None:
    """When everything took effect once, in order and right, there is nothing to say."""
    result = compare(books, ledgers(books), (), books.returned)
    assert result.agree
    assert _counts(result) == {}


def test_the_stories_of_a_demo_agree_with_faultless_ledgers() -> None:
    """No two entries of a demo's books are taken for one another."""
    books = keep_books(make_stories(300, 11))
    result = compare(books, ledgers(books), books.dead, books.returned)
    assert [str(difference) for difference in result.all()] == []


def test_a_minted_serial_must_be_the_same_everywhere() -> None:
    """Whatever the hall minted is expected at supervision too."""
    books = keep_books([story("onsite", *LIFE)])
    found = ledgers(books)
    assert compare(books, found, (), books.returned).agree
    last = found["city.supervision"][-1]
    found["city.supervision"][-1] = replace(last, fields={**last.fields, "field_6": "1" * 29})
    assert _counts(compare(books, found, (), books.returned)) == {"wrong_fields": 1}


def test_a_lost_effect_is_found(books: Books) -> None:
    """What had to arrive and is not in the ledger is lost."""
    found = ledgers(books)
    del found["city.hall"][1]
    result = compare(books, found, (), books.returned)
    assert [str(each) for each in result.all()] == [f"city.hall {COUNTY} case.step: version 1"]
    assert _counts(result) == {"lost": 1}


def test_an_effect_made_twice_is_found(books: Books) -> None:
    """The same record under two keys took effect twice."""
    found = ledgers(books)
    again = replace(found["city.hall"][0], seq=99, key=("other",))
    found["city.hall"].append(again)
    assert _counts(compare(books, found, (), books.returned)) == {"doubled": 1}


def test_an_effect_nobody_expected_is_found(books: Books) -> None:
    """A ledger holds nothing but what the stories say."""
    found = ledgers(books)
    stray = replace(found["city.hall"][0], seq=99, kind="EX_GDBS_LQDJ")
    found["city.hall"].append(stray)
    assert _counts(compare(books, found, (), books.returned)) == {"doubled": 1}


def test_sending_again_to_a_system_that_does_not_deduplicate_is_doubling(books: Books) -> None:
    """Only the hall and supervision promise to recognise what they already have."""
    found = ledgers(books)
    for system in ("city.hall", "rongcheng.approval"):
        found[system][0] = replace(found[system][0], repeats=1)
    result = compare(books, found, (), books.returned)
    assert [each.system for each in result.doubled] == ["rongcheng.approval"]
    assert _counts(result) == {"doubled": 1}


def test_reordered_effects_are_found(books: Books) -> None:
    """Within a case and a target, order is the order of acceptance."""
    found = ledgers(books)
    step, finish = (_at(found, "city.hall", kind) for kind in ("EX_GDBS_SPCL", "EX_GDBS_BJ"))
    line = found["city.hall"]
    line[step], line[finish] = (
        replace(line[step], seq=line[finish].seq), replace(line[finish], seq=line[step].seq),
    )
    assert _counts(compare(books, found, (), books.returned)) == {"out_of_order": 1}


def test_a_wrong_field_is_named_and_its_value_is_not_told(books: Books) -> None:
    """The message gives the field and, for what concerns a person, lengths alone."""
    found = ledgers(books)
    line = found["city.hall"]
    line[0] = replace(line[0], fields={**line[0].fields, "BLRXM": "某某某", "SLZTDM": "2", "PDH": "A001"})
    result = compare(books, found, (), books.returned)
    assert [each.what for each in result.wrong_fields] == [
        "BLRXM: expected a text of 2, the ledger has a text of 3",
        "PDH: expected nothing, the ledger has a text of 4",
        "SLZTDM: expected 1, the ledger has 2",
    ]


def test_an_attachment_altered_by_one_byte_or_lost_is_found() -> None:
    """The content itself is compared, not only the MD5 the record declares; the message tells lengths and MD5 alone."""
    books = keep_books([story("online", Act("case.material", MATERIAL), county="puning")])
    found = ledgers(books)
    assert compare(books, found, (), books.returned).agree
    (there,) = found["city.hall"]
    for altered, told in ((b"%PDF-1.4\n124", "12 bytes with the MD5 "), (b"", "nothing"), (b"%PDF-1.4\n12", "11 bytes with the MD5 ")):
        fields = {**there.fields, "ATTACH_BODY": base64.b64encode(altered).decode()}
        result = compare(books, {"city.hall": [replace(there, fields=fields)]}, (), books.returned)
        assert _counts(result) == {"wrong_fields": 1}
        expected = "ATTACH_BODY: expected 12 bytes with the MD5 c43c43f947fe32bb17f0fd125ae2578f, the ledger has "
        assert result.wrong_fields[0].what == expected + told + (md5(altered, usedforsecurity=False).hexdigest() if altered else "")
    assert _counts(compare(books, {"city.hall": []}, (), books.returned)) == {"lost": 1}


def test_the_same_key_with_other_content_is_found(books: Books) -> None:
    """A second attempt must repeat the first byte for byte."""
    found = ledgers(books)
    found["city.hall"][0] = replace(found["city.hall"][0], repeats=1, altered=1)
    assert _counts(compare(books, found, (), books.returned)) == {"wrong_fields": 1}


def test_an_overtaken_version_may_be_missing_but_not_come_after_its_correction() -> None:
    """Version 1 is optional; when it was sent, it was sent first."""
    acts = (Act("case.finish", FINISH), Act("case.finish", FINISH | {"outcome_text": "准予（更正）"}, 2))
    books = keep_books([story("immediate", *acts)])
    found = ledgers(books)
    assert compare(books, {system: effects[1:] for system, effects in found.items()}, (), books.returned).agree
    first_only = {system: effects[:1] for system, effects in found.items()}
    assert _counts(compare(books, first_only, (), books.returned)) == {"lost": 2}
    swapped = {
        system: [replace(effects[0], seq=effects[1].seq), replace(effects[1], seq=effects[0].seq)]
        for system, effects in found.items()
    }
    assert _counts(compare(books, swapped, (), books.returned)) == {"out_of_order": 2}


def test_dead_letters_must_be_exactly_those_expected() -> None:
    """A missing one and an unexpected one are both differences."""
    books = keep_books([story("online", Act("case.step", STEP, quirks={"dead": "too_long"}))])
    expected = DeadLetter("deliver", "city.hall", COUNTY, "case.step")
    other = DeadLetter("deliver", "city.supervision", COUNTY, "case.step")
    found = ledgers(books)
    assert compare(books, found, (expected,), books.returned).agree
    assert _counts(compare(books, found, (), books.returned)) == {"dead_missing": 1}
    assert _counts(compare(books, found, (expected, other), books.returned)) == {"dead_unexpected": 1}


def test_receipts_must_be_read_where_they_reject_and_nowhere_else() -> None:
    """A rejection the hub did not read and one it made up are both differences."""
    rejected = Act("case.application", APPLICATION, quirks={"reject": "jiexi"})
    books = keep_books([story("online", rejected, county="jiexi")])
    found = ledgers(books)
    assert compare(books, found, (), [COUNTY]).agree
    assert _counts(compare(books, found, (), [])) == {"wrong_receipts": 1}
    assert _counts(compare(books, found, (), [COUNTY, "JX20140715-0002"])) == {"wrong_receipts": 1}

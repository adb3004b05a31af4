"""What the pairs quote is invented, and still as right as real data: check digits hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from stdnum.cn import ric, uscc

MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
_QUOTED = re.compile(r'"([0-9A-Z]{15,18})"')


def _numbers() -> Iterator[str]:
    for file in sorted(MAPPINGS.glob("*/tests/*.yaml")):
        yield from _QUOTED.findall(file.read_text("utf-8"))


def test_identity_numbers_pass_their_check_digits() -> None:
    """Every number of 18 characters is a valid identity card or credit code, so that no check is dodged."""
    numbers = {number for number in _numbers() if len(number) == 18}
    assert numbers
    assert [number for number in numbers if not (ric.is_valid(number) or uscc.is_valid(number))] == []


def test_mobile_numbers_stand_in_a_block_of_their_own() -> None:
    """Telephone numbers are taken from one block of ten thousand that the fixtures share."""
    texts = [file.read_text("utf-8") for file in MAPPINGS.glob("*/tests/*.yaml")]
    mobiles = {number for text in texts for number in re.findall(r'"(1[0-9]{10})"', text)}
    assert mobiles
    assert [number for number in mobiles if not number.startswith("1990000")] == []

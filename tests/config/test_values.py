"""Durations, sizes and rates are written with their unit and nothing else."""

from __future__ import annotations

import math

import pytest
from pydantic import TypeAdapter, ValidationError

from guantong.config.values import Duration, OneOrMany, Rate, Size

DURATION, SIZE, RATE = TypeAdapter(Duration), TypeAdapter(Size), TypeAdapter(Rate)


@pytest.mark.parametrize(("written", "seconds"), [
    ("250ms", 0.25), ("30s", 30), ("1.5s", 1.5), ("10m", 600), ("1h30m", 5400), ("2d", 172800), ("0s", 0),
])
def test_a_duration_is_seconds(written: str, seconds: float) -> None:
    """Milliseconds to days, also several parts."""
    assert math.isclose(DURATION.validate_python(written), seconds)


@pytest.mark.parametrize(("written", "size"), [
    ("512B", 512), ("64KiB", 65536), ("16MiB", 16777216), ("1 GiB", 1073741824), ("2kB", 2000), ("3MB", 3000000),
])
def test_a_size_is_bytes(written: str, size: int) -> None:
    """Binary and decimal units keep apart."""
    assert SIZE.validate_python(written) == size


@pytest.mark.parametrize(("written", "rate"), [("50/s", 50.0), ("30/m", 0.5), ("3600/h", 1.0), ("0.5/s", 0.5)])
def test_a_rate_is_per_second(written: str, rate: float) -> None:
    """Per second, minute or hour."""
    assert RATE.validate_python(written) == rate


@pytest.mark.parametrize("adapter", [DURATION, SIZE, RATE], ids=["duration", "size", "rate"])
@pytest.mark.parametrize("written", [
    "", "10", "ten", "-1s", "1e3s", "10 s", "10M", "s", "inf", "nan", "1mib", "50/d", "50 /s", "１０s", "10s\n",
])
def test_what_has_no_clear_unit_is_refused(adapter: TypeAdapter[float], written: str) -> None:
    """No bare numbers, signs, exponents, wide digits or other spellings."""
    with pytest.raises(ValidationError, match="expected a"):
        adapter.validate_python(written)


def test_a_number_from_a_program_is_taken_as_it_is() -> None:
    """Defaults and tests give seconds, bytes and rates directly, within their bounds."""
    assert (DURATION.validate_python(0.5), SIZE.validate_python(7), RATE.validate_python(2)) == (0.5, 7, 2)
    for wrong in (-1, math.inf, math.nan):
        with pytest.raises(ValidationError):
            DURATION.validate_python(wrong)


def test_one_may_stand_for_a_list_of_one() -> None:
    """A word is a list of one word; an empty list is none."""
    words = TypeAdapter(OneOrMany[str])
    assert words.validate_python("a") == ("a",)
    assert words.validate_python(["a", "b"]) == ("a", "b")
    with pytest.raises(ValidationError):
        words.validate_python([])

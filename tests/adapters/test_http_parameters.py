"""Parameters of headers: read as they are written, by whoever writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong_adapters.http.parameters import parameter


@pytest.mark.parametrize(("value", "expected"), [
    ("text/xml; charset=GBK", "GBK"), ('text/xml;CHARSET="utf-8"', "utf-8"), ("text/xml", ""), ("", ""),
    ("text/xml; charset*=utf-8''gb%31", "gb1"), ("text/xml; charset*0=g; charset*1=bk", "gbk"),
    ("text/xml; charset*=gbk; charset*0=b", ""), ("text/xml; charset*=undefined''%ff", ""), ("text/xml; a=\r\n b; charset=x", "x"),
])
def test_a_parameter_is_read_as_it_is_written(value: str, expected: str) -> None:
    """Quoted, encoded, in pieces; what is in disorder is none."""
    assert parameter(value, "charset") == expected


@given(st.lists(st.sampled_from([";", "a", "*", "=", "'", '"', "0", "1", "%41", "%", "utf-8", "undefined", "(", "\\", " "]), max_size=30))
def test_no_header_makes_it_fail(pieces: list[str]) -> None:
    """An answer that ended in an error of ours would be waited for, for ever."""
    assert isinstance(parameter("a/b;" + "".join(pieces), "a"), str)

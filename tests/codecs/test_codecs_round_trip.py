"""What every codec promises: what it wrote it reads back, exactly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.codec import Codec
from guantong.record import Native
from guantong_plugins.codecs.plugin import register_codecs

SPECS = {spec.name: spec for spec in register_codecs()}
CHARSETS = ("utf-8", "gb18030")
LISTS = {"SBCLQD": {"item": "CL"}}


def make(name: str, charset: str = "utf-8", **options: Any) -> Codec:
    spec = SPECS[name]
    return spec.make(spec.options(**options), charset)


xml_text = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
        st.sampled_from("\t\n\r<>&]\"'䶮㙍𠮷·　"),
    ),
    max_size=20,
)
json_text = st.text(st.characters(codec="utf-8"), max_size=20)
name = st.from_regex(r"[A-Z][A-Z0-9_]{0,6}", fullmatch=True).filter(lambda text: text != "SBCLQD")


def records(text: st.SearchStrategy[str], *, with_list: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    flat = st.dictionaries(name, text, max_size=6)
    if not with_list:
        return flat
    items = st.lists(st.dictionaries(name, text, min_size=1, max_size=3), min_size=1, max_size=3)
    return st.builds(lambda fields, items: {**fields, "SBCLQD": items}, flat, items)


def same(codec: Codec, kind: str, fields: dict[str, Any]) -> None:
    assert codec.decode(codec.encode(Native(kind, fields)), None) == [Native(kind, fields)]


@pytest.mark.parametrize("charset", CHARSETS)
@given(fields=records(st.one_of(json_text, st.none())))
def test_json_reads_what_it_wrote(charset: str, fields: dict[str, Any]) -> None:
    """Every text, null and list comes back, with the kind, in each charset."""
    same(make("json", charset, kind_field="type", envelope="data/record"), "accept", fields)


@pytest.mark.parametrize("charset", CHARSETS)
@given(fields=records(xml_text))
def test_exinfo_reads_what_it_wrote(charset: str, fields: dict[str, Any]) -> None:
    """Every text comes back, line ends, markup and the twice-escaped list included."""
    same(make("exinfo", charset, lists=LISTS), "EX_GDBS_SL", fields)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("data", ["DATA", None, "HEAD"])
@given(fields=records(xml_text))
def test_xml_element_reads_what_it_wrote(charset: str, data: str | None, fields: dict[str, Any]) -> None:
    """Every text comes back, wherever the kind and the fields stand."""
    fields.pop("HEAD", None)
    fields.pop("TYPE", None)
    same(make("xml-element", charset, kind="HEAD/TYPE", data=data, lists=LISTS), "EX_GDBS_SL", fields)


@pytest.mark.parametrize("data", ["DATA", None])
@given(fields=records(xml_text))
def test_xml_element_reads_the_kind_that_its_root_names(data: str | None, fields: dict[str, Any]) -> None:
    """With `kind: .` the root element is named after the kind, and every text comes back."""
    codec = make("xml-element", kind=".", data=data, lists=LISTS)
    assert f"<EX_GDBS_SL>{f'<{data}>' if data else ''}".encode() in codec.encode(Native("EX_GDBS_SL", {}))
    same(codec, "EX_GDBS_SL", fields)


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("one_name", [True, False])
@given(fields=records(xml_text))
def test_xml_package_reads_what_it_wrote(charset: str, one_name: bool, fields: dict[str, Any]) -> None:
    """Every text comes back, whether its element or the head names the kind; the count it wrote holds."""
    naming = {"record": "RECORD", "kind": "Head/TYPE"} if one_name else {}
    head = {"Head/SENDER": "揭阳市"}
    same(make("xml-package", charset, count="Head/COUNT", head=head, lists=LISTS, **naming), "EX_GDBS_SL", fields)


@given(fields=records(st.one_of(json_text, st.none())))
def test_row_reads_what_it_wrote(fields: dict[str, Any]) -> None:
    """Columns come back, null as null, a list through its JSON text."""
    codec = make("row", lists=["SBCLQD"])
    assert codec.decode(codec.encode(Native("EX_GDBS_SL", fields)), "EX_GDBS_SL") == [Native("EX_GDBS_SL", fields)]


@pytest.mark.parametrize("charset", CHARSETS)
@given(values=st.lists(xml_text, min_size=1, max_size=14), absent=st.sets(st.integers(1, 14)))
def test_positional_reads_what_it_wrote(charset: str, values: list[str], absent: set[int]) -> None:
    """Every number comes back up to the kind's count; what was absent is empty."""
    codec = make("positional", charset, count={"basicDataSubmit": 14}, kind="basicDataSubmit")
    given_ = {f"field_{n}": text for n, text in enumerate(values, 1) if n not in absent}
    whole = {f"field_{n}": given_.get(f"field_{n}", "") for n in range(1, 15)}
    assert codec.decode(codec.encode(Native("basicDataSubmit", given_)), None) == [Native("basicDataSubmit", whole)]


@pytest.mark.parametrize("charset", CHARSETS)
@given(fields=st.dictionaries(json_text.filter(bool), json_text, min_size=1, max_size=6))
def test_form_reads_what_it_wrote(charset: str, fields: dict[str, str]) -> None:
    """Every name and value comes back through percent-encoding."""
    codec = make("form", charset, kind="apply")
    assert codec.decode(codec.encode(Native("apply", fields)), None) == [Native("apply", fields)]


@given(words=st.text(st.characters(codec="utf-8", exclude_characters=";；:：", exclude_categories=["Zs", "Cc"])))
def test_text_reads_what_it_wrote(words: str) -> None:
    """The parts of a reply come back."""
    same(make("text"), "reply", {"编码": "0", "描述": words, "流水号": "10000000100000000011407150001"})

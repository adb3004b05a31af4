"""The codec `csv`: rows as spreadsheets and databases export them, exactly as they stand."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from guantong.codec import Codec, Undecodable, Unencodable
from guantong.plugins import registry
from guantong.record import Native

SPEC = registry().codecs["csv"]


def make(charset: str = "utf-8", **options: Any) -> Codec:
    return SPEC.make(SPEC.options.model_validate(options), charset)


def rows(text: str, **options: Any) -> list[dict[str, Any]]:
    return [native.fields for native in make(**options).decode(text.encode(), "K")]


@pytest.mark.parametrize(("text", "options", "expected"), [
    ("A,B\r\n1,2\r\n3,4\r\n", {}, [{"A": "1", "B": "2"}, {"A": "3", "B": "4"}]),
    ("A,B\n1,2", {}, [{"A": "1", "B": "2"}]),
    ("\ufeffA\tB\r\n 1 \t\r\n", {"delimiter": "\t"}, [{"A": " 1 ", "B": ""}]),
    ("A|B\n1  |  2\n", {"delimiter": "|", "space": "trim"}, [{"A": "1", "B": "2"}]),
    ('A;B\n"a;""b""\r\nc";\'\n', {"delimiter": ";"}, [{"A": 'a;"b"\r\nc', "B": "'"}]),
    ("1,2\n", {"header": False, "columns": ["A", "B"]}, [{"A": "1", "B": "2"}]),
    ("B,X,A\n1,2,3\n", {"columns": ["A", "B"]}, [{"B": "1", "X": "2", "A": "3"}]),
    ('A,B\n"1,2\n', {"quote": "none"}, [{"A": '"1', "B": "2"}]),
    ("A,B\n\n1,2\n\n\n", {}, [{"A": "1", "B": "2"}]),
    ("A,B\n=1+1,@SUM(A1)\n", {}, [{"A": "=1+1", "B": "@SUM(A1)"}]),
])
def test_rows_are_read_as_they_stand(text: str, options: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    """Several per body; quotes, line breaks inside cells, padding, a mark at the beginning."""
    assert rows(text, **options) == expected


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "utf-8"])
def test_rows_in_a_chinese_charset(charset: str) -> None:
    """Written and read in the one configured."""
    codec = make(charset, kind="K")
    native = Native("K", {"申请人": "张三，某", "意见": "同意"})
    assert codec.encode(native) == "申请人,意见\r\n张三，某,同意\r\n".encode(charset)
    assert codec.decode(codec.encode(native), None) == [native]


@pytest.mark.parametrize(("fields", "options", "expected"), [
    ({"A": "1", "B": None}, {}, "A,B\r\n1,\r\n"),
    ({"B": "2", "A": '"'}, {"columns": ["A", "B", "C"], "line_end": "lf"}, 'A,B,C\n"""",2,\n'),
    ({"A": "=1+1"}, {"quote": "all", "bom": True}, '\ufeff"A"\r\n"=1+1"\r\n'),
    ({"A": ""}, {}, 'A\r\n""\r\n'),
    ({"A": "a\rb"}, {"line_end": "lf"}, 'A\n"a\rb"\n'),
    ({"A": "\ufeffx"}, {"header": False, "columns": ["A"]}, '"\ufeffx"\r\n'),
    ({"A": "1", "B": "2"}, {"header": False, "columns": ["B", "A"], "quote": "none", "delimiter": "\t"}, "2\t1\r\n"),
])
def test_a_row_is_written_so_that_it_reads_back(fields: dict[str, Any], options: dict[str, Any], expected: str) -> None:
    """Under its header, in the declared order; no value is altered."""
    assert make(**options).encode(Native("K", fields)).decode() == expected


@pytest.mark.parametrize("charset", ["gb18030", "gbk", "gb2312", "big5"])
def test_what_would_be_read_as_another_charsets_mark_is_quoted_or_refused(charset: str) -> None:
    """EF BB BF begins UTF-8, and two characters of other charsets; behind another cell they are like any."""
    text = b"\xef\xbb\xbf\xb0".decode(charset)
    codec = make(charset, header=False, columns=["A", "B"], kind="K")
    assert codec.encode(Native("K", {"A": text, "B": text})) == f'"{text}","{text}"\r\n'.encode(charset)
    assert codec.decode(codec.encode(Native("K", {"A": text, "B": "b"})), None) == [Native("K", {"A": text, "B": "b"})]
    bare = make(charset, header=False, columns=["A", "B"], kind="K", quote="none")
    assert bare.encode(Native("K", {"A": "a", "B": text})) == f"a,{text}\r\n".encode(charset)
    with pytest.raises(Unencodable, match="it would need quotes") as refused:
        bare.encode(Native("K", {"A": text, "B": "b"}))
    assert refused.value.path == "A"


def test_a_mark_is_believed_before_the_configured_charset() -> None:
    """What is exported from a spreadsheet as UTF-8 for a system that is configured for GB 18030."""
    codec = make("gb18030", kind="K")
    assert codec.decode("\ufeffSBLSH,SQRMC\r\n1,陈䶮\r\n".encode(), None) == [Native("K", {"SBLSH": "1", "SQRMC": "陈䶮"})]


@pytest.mark.parametrize(("text", "options", "said"), [
    ("A,B\r\n1\r\n", {}, "line 2: column 2 (B) is missing"),
    ("A,B\r\n1,2\r\n1,2,3\r\n", {}, "line 3: column 3 is one too many"),
    ('A,B\r\n"a\r\nb",2\r\n1\r\n', {}, "line 4: column 2 (B) is missing"),
    ('A,B\r\n1,"2\r\n', {}, "line 2: the quotes do not pair"),
    ("A,\r\n1,2\r\n", {}, "line 1: column 2 has no name"),
    ("A\r\n1\r\n", {"columns": ["A", "B"]}, "line 1: the column B is missing"),
    ("1\r\n", {"header": False, "columns": ["A", "B"]}, "line 1: column 2 (B) is missing"),
    ("A,A\r\n1,2\r\n", {}, "a field stands twice: A"),
    ("A\r\n" + "x" * 131_073, {}, "line 2: a cell is too long"),
])
def test_a_row_of_another_shape_is_refused_at_its_line(text: str, options: dict[str, Any], said: str) -> None:
    """And by its column."""
    with pytest.raises(Undecodable) as refused:
        rows(text, **options)
    assert refused.value.reason == said


@pytest.mark.parametrize(("fields", "options", "path"), [
    ({"A": "1", "X": "2"}, {"columns": ["A", "B"]}, "X"), ({"A": ["1"]}, {}, "A"), ({"A": " 1"}, {"space": "trim"}, "A"),
    ({"A": "1|2"}, {"quote": "none", "delimiter": "|"}, "A"), ({"A": "x" * 131_073}, {}, "A"), ({"A": ""}, {"quote": "none"}, "A"),
])
def test_what_a_row_cannot_carry_is_refused_by_its_name(fields: dict[str, Any], options: dict[str, Any], path: str) -> None:
    """A column nobody declared, a list, blanks that would not count, quotes that may not be written."""
    with pytest.raises(Unencodable) as refused:
        make(**options).encode(Native("K", fields))
    assert refused.value.path == path


@pytest.mark.parametrize("options", [{"header": False}, {"columns": ["A", "A"]}, {"delimiter": "::"}])
def test_options_that_say_too_little_are_refused(options: dict[str, Any]) -> None:
    """When the dialect loads."""
    with pytest.raises(ValidationError):
        make(**options)


def test_thousands_of_columns_are_told_apart_in_one_reading() -> None:
    """Each is looked up, not compared with all before it."""
    names = [f"column{number}" for number in range(24_000)]
    begun = time.process_time()
    [fields] = rows(f"{','.join(names)}\n{',' * 23_999}\n", columns=[names[-1], names[0]])
    assert len(fields) == 24_000
    assert time.process_time() - begun < 2

"""Value functions: their examples hold, they are pure, what says it can be undone can be, what they are given is
checked where the mapping says it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.function import Call, FunctionSpec, Parameter, ValueRefused, WrongArguments, split_call
from guantong.mapping import Dialect, Untranslatable
from guantong.mapping.ruleparts import read_functions
from guantong.plugins import registry
from guantong.problems import Place, Problem
from guantong.record import Native
from guantong.yamlfile import Text

FUNCTIONS = registry().functions
UNDONE = [name for name, spec in FUNCTIONS.items() if spec.inverse is not None]
SETTLING = [name for name, spec in FUNCTIONS.items() if spec.idempotent]
# Nothing is left out: lone surrogates, controls, unassigned code points, every plane.
ANY = st.text(st.one_of(st.characters(), st.sampled_from("䶮㙍㛃𠮷\r\n\u2028]\"'<>&0123456789Xx个工作日\ufeff\u202e")), max_size=20)
DIGITS = st.text("0123456789", max_size=18)
LIKELY = st.one_of(
    ANY, DIGITS, st.from_regex(r"[0-9]{1,12}0{0,6}", fullmatch=True), st.from_regex(r"[0-9A-Z]{8}-[0-9A-Z]", fullmatch=True),
    st.from_regex(r"[0-9A-Z]{9}([0-9A-Z]{9})?", fullmatch=True), st.from_regex(r"[0-9]{1,3}个工作日", fullmatch=True),
    st.from_regex(r"([A-Za-z0-9+/]{4}){0,4}([A-Za-z0-9+/]{2}==)?", fullmatch=True), st.from_regex(r"(%[0-9A-F]{2}|[a-z]){0,9}", fullmatch=True),
)


def word(one: Parameter) -> st.SearchStrategy[str]:
    """Words that a parameter takes."""
    if one.choices:
        return st.sampled_from(one.choices)
    if one.type == "integer":
        return st.integers(one.least, min(one.most, 30)).map(str)
    return st.text(st.characters(exclude_characters="\"'"), min_size=one.least, max_size=min(one.most, 3))


def calls(name: str) -> st.SearchStrategy[Call]:
    """Every way to call a function."""
    spec = FUNCTIONS[name]
    return st.tuples(*map(word, spec.parameters)).map(spec.call)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_examples_of_a_function_hold(name: str) -> None:
    """Every function has examples, and they are true."""
    spec = FUNCTIONS[name]
    call = spec.call(spec.sample)
    assert [call.apply(given) for given, _ in spec.examples] == [expected for _, expected in spec.examples]
    assert len(spec.examples) >= 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_can_be_undone_or_says_why_not(name: str) -> None:
    """`inverse` undoes the examples; without one, `lossy` has a reason."""
    spec = FUNCTIONS[name]
    undo = spec.call(spec.sample).inverse
    if undo is None:
        assert spec.lossy
    else:
        assert not spec.lossy
        assert [undo(expected) for _, expected in spec.examples] == [given for given, _ in spec.examples]


@pytest.mark.parametrize("name", FUNCTIONS)
@given(data=st.data(), text=LIKELY)
def test_a_function_gives_a_text_or_refuses(name: str, data: st.DataObject, text: str) -> None:
    """No text makes it fail otherwise; a refusal is told in both languages."""
    said = refusal(data.draw(calls(name)), text)
    assert said is None or (said[0] != said[1] and all(said))


def refusal(call: Call, text: str) -> tuple[str, str] | None:
    """How *text* is refused, in English and Chinese; None where it is taken."""
    try:
        assert isinstance(call.apply(text), str)
    except ValueRefused as refused:
        return str(refused), refused.zh
    return None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_refusal_quotes_nothing(name: str) -> None:
    """What came may be personal."""
    spec = FUNCTIONS[name]
    assert "欧阳" not in "".join(refusal(spec.call(spec.sample), "欧阳某某某某某") or ())


@pytest.mark.parametrize("name", UNDONE)
@given(data=st.data(), text=LIKELY)
def test_what_can_be_undone_comes_back_exactly(name: str, data: st.DataObject, text: str) -> None:
    """inverse(apply(x)) is x for every x that is not refused, and the other way round."""
    call = data.draw(calls(name))
    undo = call.inverse
    assert undo is not None
    for there, back in ((call.apply, undo), (undo, call.apply)):
        try:
            done = there(text)
        except ValueRefused:
            continue
        assert back(done) == text


@pytest.mark.parametrize("name", SETTLING)
@given(data=st.data(), text=LIKELY)
def test_a_function_that_says_so_settles_at_once(name: str, data: st.DataObject, text: str) -> None:
    """A second time changes nothing."""
    apply = data.draw(calls(name)).apply
    try:
        done = apply(text)
    except ValueRefused:
        return
    assert apply(done) == done


@pytest.mark.parametrize("name", [name for name, spec in FUNCTIONS.items() if spec.parameters])
@given(data=st.data())
def test_the_name_of_a_call_reads_back_as_the_call(name: str, data: st.DataObject) -> None:
    """Lineage and the plan's id hold the call whole: name, version, every constant."""
    call = data.draw(calls(name))
    head, *arguments = split_call(call.name)
    assert (head, FUNCTIONS[head].call(arguments)) == (name, call)


def read(*calls: str) -> tuple[list[str], list[str]]:
    problems: list[Problem] = []
    found = read_functions([Text(call, Place("m.yaml", 3, 5)) for call in calls], FUNCTIONS, problems, "via")
    return [call.name for call in found], [problem.line() for problem in problems]


def test_constants_stand_behind_the_name() -> None:
    """Parted by blanks, in quotes where they hold some; what is left out has its default; a version may be named."""
    names, problems = read("pad_left 6", "pad_left@1  6  0", "replace ' ' ''", 'add_prefix "粤 "', "trim")
    assert problems == []
    assert names == ["pad_left@1 6 0", "pad_left@1 6 0", 'replace@1 " " ""', 'add_prefix@1 "粤 "', "trim@1"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("pad_left six", "pad_left: expected a whole number from 1 to 4000 for width, got 'six'; write it as `pad_left WIDTH [FILL]`"),
        ("pad_left", "pad_left: expected pad_left WIDTH [FILL], got no arguments; write it as `pad_left WIDTH [FILL]`"),
        ("pad_left 6 00", "pad_left: expected 1 character for fill, got 2; write it as `pad_left WIDTH [FILL]`"),
        ("trim 1", "trim: expected trim, got 1 argument; write it as `trim`"),
        ("region 6 8", "region: expected one of 6, 9, 12 for wanted, got '8'; write it as `region GIVEN WANTED`"),
        ("replace 'a b", "replace: the quotes do not pair; write it as `NAME ARGUMENT …`"),
        ("padleft 6", "there is no function named 'padleft'; did you mean 'pad_left'?"),
        ("pad_left(6, 0)", "there is no function named 'pad_left(6,'; arguments follow the name, parted by blanks: `pad_left …`"),
        ("", "there is no function named ''; known: add_prefix, add_prefix@1, add_suffix"),
    ],
)
def test_a_wrong_call_is_named_where_it_stands(call: str, said: str) -> None:
    """With what was expected, what came, and how it is written."""
    names, problems = read(call)
    assert names == []
    assert len(problems) == 1
    assert problems[0].startswith(f"m.yaml:3:5 via: {said}")


def test_a_mapping_calls_a_function_both_ways(county: Callable[[str], Dialect]) -> None:
    """With its constants, undone on the way out, and refused by name with them."""
    dialect = county("fields:\n  opinion: {at: SX, via: [trim, cut_suffix 个工作日, pad_left 3]}\n")
    assert dialect.inward(Native("STEP", {"SX": " 5个工作日"}), {})[0].values == {"opinion": "005"}
    assert dialect.outward("case.step", {"opinion": "005"}, {}).native.fields == {"SX": "5个工作日"}
    with pytest.raises(Untranslatable) as refused:
        dialect.inward(Native("STEP", {"SX": "5天"}), {})
    problem = refused.value.problems[0]
    assert problem.message("en") == (
        "the function cut_suffix@1 个工作日 refuses the value: expected it to end with '个工作日'")
    assert problem.message("zh") == "函数 cut_suffix@1 个工作日 不接受该值：应以 '个工作日' 结尾"


def test_what_a_function_is_given_is_part_of_the_plan(county: Callable[[str], Dialect]) -> None:
    """Another constant is another plan; another spelling of the same call is not."""
    def plan(call: str) -> str:
        return county(f"fields:\n  opinion: {{at: SX, via: [{call}]}}\n").plans["case.step"].id

    assert plan("pad_left 6") == plan("pad_left@1 6 0")
    assert len({plan("pad_left 6"), plan("pad_left 7"), plan("pad_left 6 x"), plan("pad_right 6")}) == 4


def test_a_bare_name_means_the_newest_version() -> None:
    """`trim` is the newest, `trim@1` stays what it was."""
    def made(version: int) -> FunctionSpec:
        return FunctionSpec("trim", version, "", "", str.strip, None, "why", ())

    known = {f"trim@{version}": made(version) for version in (1, 10, 2)}
    texts = [Text(name, Place()) for name in ("trim", "trim@1")]
    assert [call.spec.version for call in read_functions(texts, known, [], "via")] == [10, 1]


def test_only_the_last_parameters_may_be_left_out() -> None:
    """Else it could not be told which one was."""
    for spec in FUNCTIONS.values():
        left_out = [one.default is not None for one in spec.parameters]
        assert left_out == sorted(left_out)
        for one in spec.parameters:
            if one.default is not None:
                one.read(one.default)


def test_a_parameter_says_what_it_takes() -> None:
    """In both languages, so that the loader can tell it at the mapping's line."""
    with pytest.raises(WrongArguments) as wrong:
        FUNCTIONS["cut_prefix@1"].call([""])
    assert (str(wrong.value), wrong.value.zh) == (
        "expected 1 to 200 characters for prefix, got 0", "prefix 应为 1 至 200 个字符，实际为 0 个")

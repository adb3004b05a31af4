"""Value functions: their examples hold, they are pure, and a name without version means the newest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guantong.function import FunctionSpec
from guantong.mapping.ruleparts import read_functions
from guantong.plugins import registry
from guantong.problems import Place
from guantong.yamlfile import Text

FUNCTIONS = registry().functions


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_examples_of_a_function_hold(name: str) -> None:
    """Every function has examples, and they are true."""
    spec = FUNCTIONS[name]
    assert [spec.apply(given) for given, _ in spec.examples] == [expected for _, expected in spec.examples]
    assert len(spec.examples) >= 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_can_be_undone_or_says_why_not(name: str) -> None:
    """`inverse` undoes the examples; without one, `lossy` has a reason."""
    spec = FUNCTIONS[name]
    if spec.inverse is None:
        assert spec.lossy
    else:
        assert [spec.inverse(expected) for _, expected in spec.examples] == [given for given, _ in spec.examples]


@pytest.mark.parametrize("name", FUNCTIONS)
@given(text=st.text())
def test_a_function_takes_any_text_and_settles_at_once(name: str, text: str) -> None:
    """No text makes it fail, and a second time changes nothing."""
    apply = FUNCTIONS[name].apply
    assert apply(apply(text)) == apply(text)


def test_a_bare_name_means_the_newest_version() -> None:
    """`trim` is the newest, `trim@1` stays what it was."""
    def made(version: int) -> FunctionSpec:
        return FunctionSpec("trim", version, "", "", str.strip, None, "why", ())

    known = {f"trim@{version}": made(version) for version in (1, 10, 2)}
    texts = [Text(name, Place()) for name in ("trim", "trim@1")]
    assert [spec.version for spec in read_functions(texts, known, [], "via")] == [10, 1]



"""Code tables: canonical word ↔ native value, inline in a rule or a file of the dialect."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.mapping.codes import AMBIGUOUS_CODE
from guantong.mapping.rules import CodeTable
from guantong.model import CodeList
from guantong.model.codes import UNKNOWN_REFERENCE
from guantong.model.declaration import entries, suggestion, words, wrong_shape
from guantong.problems import Place, Problem
from guantong.yamlfile import Node, Table


def read_code_table(
    name: str, node: Node, known: CodeList | None, problems: list[Problem], *, inward: bool, path: str
) -> CodeTable:
    """The table of *node* (`canonical: native` or `canonical: [written, also read, …]`).

    *known* holds its canonical words to the model's list. Where it is read (*inward*), one native value
    standing for two words is a problem.
    """
    written: dict[str, str] = {}
    read: dict[str, str] = {}
    also: dict[str, str] = {}
    if not isinstance(node, Table):
        problems.append(wrong_shape(node, "table", path))
    for canonical, place, value in entries(node):
        if known is not None and canonical not in known.words:
            problems.append(_unknown_word(canonical, place, known.words, f"{path}.{canonical}"))
            continue
        natives = words(value)
        if not natives:
            problems.append(wrong_shape(value, "texts", f"{path}.{canonical}"))
            continue
        written[canonical] = natives[0].value
        for order, native in enumerate(natives):
            other = read.get(native.value) or also.get(native.value)
            if other is not None and other != canonical and inward:
                details = {"native": native.value, "first": other, "second": canonical}
                problems.append(Problem(AMBIGUOUS_CODE, native.place, f"{path}.{canonical}", details))
            elif other is None:
                (also if order else read)[native.value] = canonical
    return CodeTable(name, written, read, also)


def _unknown_word(came: str, place: Place, known: Mapping[str, object], path: str) -> Problem:
    details = {"what": "canonical word", "what_zh": "标准词", "came": came, **suggestion(came, known)}
    return Problem(UNKNOWN_REFERENCE, place, path, details)


BOOLEAN_WORDS = CodeList("boolean", "是否", "true or false", {"true": ("是", "true"), "false": ("否", "false")})

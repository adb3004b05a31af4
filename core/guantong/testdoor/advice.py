"""What a vendor can do about a mistake of its record: the codes' own hints speak to the city's people, who keep the mappings."""

from __future__ import annotations

from collections.abc import Mapping

from guantong.mapping import codes
from guantong.problems import Code, Problem

_TO_SENDERS: Mapping[Code, tuple[str, str]] = {
    codes.UNKNOWN_KIND: ("send a kind that the interface specification names", "请使用接口规范中列出的报文类型"),
    codes.NO_MATCH: ("fill the field as one of them wants it", "请按其中一项填写该字段"),
    codes.REQUIRED: ("fill it", "请填写"),
    codes.NO_TRANSLATION: ("send one of the codes named here; where yours is right, ask the city to add it to the code table",
                           "请使用此处列出的代码；确需使用该代码的，请市级单位补充到代码表"),
    codes.NOT_TYPE: ("write it as the interface specification says; where yours is right, ask the city to add the format to the mapping",
                     "请按接口规范的格式填写；确需使用该格式的，请市级单位在映射中补充"),
    codes.NOT_TEXT: ("write it in the shape of the interface specification's sample", "请按接口规范样例的结构填写"),
    codes.FUNCTION_REFUSED: ("mend the value", "请更正该值"),
}


def advice(problem: Problem) -> tuple[str, str]:
    """What to do about *problem*, for who sent the record: in English and Chinese."""
    return _TO_SENDERS.get(problem.code) or (problem.hint("en"), problem.hint("zh"))

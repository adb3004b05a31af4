"""Validating a YAML node with a pydantic model: every error comes back as a problem at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from guantong.config import codes
from guantong.config.fields import keys_at
from guantong.config.nodes import dotted, find
from guantong.problems import Place, Problem, nearest
from guantong.yamlfile import Items, Node, Table, Text, plain

Model = TypeVar("Model", bound=BaseModel)
Prefix = Callable[[Place], Sequence[str | int]]
"""The path, inside the file of a place, of the node that is validated."""


def under(*parts: str | int) -> Prefix:
    """The prefix of a node that stands at *parts* in its only file."""
    return lambda _: parts


_TOP = under()
_SECRET_LIKE = re.compile(r"secret|token|passw|pwd|credential|(^|_)key$|口令|密码|密钥", re.IGNORECASE)
_LONGEST_QUOTE = 60
_LISTED = 12
"""Known names that are told at most."""

FULL_WIDTH_COLON = "\uff1a"
FULL_WIDTH_QUOTES = "\u201c\u201d\u2018\u2019\uff02\uff07"
_FORMS = {
    r"^[0-9A-Za-z]{2,18}$": "region", r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$": "header_name", r"^/[^\s#]*$": "http_path",
}
"""Forms of text that have words of their own."""

_BILINGUAL = ["en", "zh"]
"""The keys of a text in both languages."""
MOST_SHOWN_AGAIN = 20
"""Characters of a text that is written once more as it should be."""
_EXPECTED: dict[str, tuple[str, str]] = {
    "string_type": ("text", "文本"),
    "int_type": ("a whole number", "整数"),
    "int_parsing": ("a whole number", "整数"),
    "int_from_float": ("a whole number", "整数"),
    "float_type": ("a number", "数字"),
    "float_parsing": ("a number", "数字"),
    "finite_number": ("a number", "数字"),
    "bool_type": ("yes or no", " yes 或 no"),
    "bool_parsing": ("yes or no", " yes 或 no"),
    "list_type": ("a list", "列表"),
    "tuple_type": ("a list", "列表"),
    "dict_type": ("a table of keys", "键值表"),
    "model_type": ("a table of keys", "键值表"),
    "model_attributes_type": ("a table of keys", "键值表"),
    "pattern_regex": ("a regular expression", "正则表达式"),
    "path_type": ("a path", "路径"),
    "greater_than": ("a value above {gt}", "大于 {gt} 的值"),
    "greater_than_equal": ("a value of at least {ge}", "不小于 {ge} 的值"),
    "less_than": ("a value below {lt}", "小于 {lt} 的值"),
    "less_than_equal": ("a value of at most {le}", "不大于 {le} 的值"),
    "string_too_short": ("text of at least {min_length} characters", "至少 {min_length} 个字符的文本"),
    "string_too_long": ("text of at most {max_length} characters", "至多 {max_length} 个字符的文本"),
    "string_pattern_mismatch": ("text of the form {pattern}", "符合 {pattern} 的文本"),
    "region": ("the code of a region, such as 445281", "行政区划代码（如 445281）"),
    "header_name": ("the name of a header, such as X-Request-Id", "报文头名称（如 X-Request-Id）"),
    "http_path": ("a path without blanks, such as /api/v1/applications", "不含空格的路径（如 /api/v1/applications）"),
    "http_address": ("an address such as http://10.0.0.8:8080/service", "如 http://10.0.0.8:8080/service 的地址"),
    "too_short": ("at least {min_length} of them", "至少 {min_length} 项"),
    "too_long": ("at most {max_length} of them", "至多 {max_length} 项"),
    "written_form": ("{expected}", "{expected_zh}"),
}


def validate(
    node: Node, model: type[Model], key_place: Place, prefix: Prefix = _TOP
) -> tuple[Model | None, list[Problem]]:
    """The node as an instance of *model*, or None and every problem in it.

    Unknown keys are problems unless the model itself allows them; only the keys' written names count.
    *key_place* is where the node's own key stands: there a missing key is reported."""
    allows = model.model_config.get("extra") == "allow"
    try:
        value = model.model_validate(
            plain(node), extra=None if allows else "forbid", by_alias=True, by_name=False
        )
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_problem(item, node, model, key_place, prefix) for item in _once(details)]
    return value, []


def _once(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without those that say again, as a missing key, what is said of a misspelt one beside it."""
    extra = [error["loc"] for error in details if error["type"] == "extra_forbidden"]
    missing = {error["loc"] for error in details if error["type"] == "missing"}
    meant = set()
    for loc in extra:
        near = nearest(str(loc[-1]), [str(one[-1]) for one in missing if one[:-1] == loc[:-1]])
        meant.add((*loc[:-1], near))
    return [error for error in details if error["loc"] not in missing & meant]


def _problem(
    error: ErrorDetails, root: Node, model: type[BaseModel], key_place: Place, prefix: Prefix
) -> Problem:
    loc, kind = error["loc"], error["type"]
    found = find(root, loc, key_place)
    place = found.node.place if isinstance(found.node, Text) else found.key_place
    if kind == "missing":
        place = found.key_place
        path = dotted([*prefix(place), *found.path, loc[-1]])
        return Problem(codes.MISSING_KEY, place, path, {"key": loc[-1]})
    if kind == "extra_forbidden":
        place = found.key_place
        path = dotted([*prefix(place), *found.path])
        return unknown_key(str(loc[-1]), keys_at(model, loc[:-1]), place, path)
    path = dotted([*prefix(place), *found.path])
    context = error.get("ctx", {})
    if kind == "string_pattern_mismatch":
        kind = _form(str(context.get("pattern", "")))
    node = found.node
    if loc and loc[-1] == "[key]":
        node, place = Text(str(loc[-2]), found.key_place), found.key_place
    came, came_zh = shown(node, found.path)
    if kind in ("literal_error", "enum"):
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return not_one_of(found.node, known, place, path)
    if kind in _EXPECTED:
        expected, expected_zh = (text.format(**context) for text in _EXPECTED[kind])
        if isinstance(node, Text) and keys_at(model, loc) == _BILINGUAL:
            expected += f", such as {_bilingual(node.value, 'the same in English')}"
            expected_zh += f"，如 {_bilingual(node.value, '英文')}"
        details = {"expected": expected, "expected_zh": expected_zh, "came": came, "came_zh": came_zh}
        return Problem(codes.WRONG_TYPE, place, path, details)
    what = str(context["error"]) if "error" in context else error["msg"]
    return Problem(codes.REFUSED, place, path, {"what": what, "what_zh": context.get("zh", what)})


def _bilingual(text: str, english: str) -> str:
    """How a *text* is to be written where both languages are wanted; one that YAML would read otherwise is left out."""
    return f"{{zh: {text if text.isalnum() and len(text) <= MOST_SHOWN_AGAIN else '…'}, en: {english}}}"


def _form(pattern: str) -> str:
    """The kind of error for a text that is not of the form *pattern*: one with words of its own where it has them."""
    return "http_address" if pattern.startswith("^https?://") else _FORMS.get(pattern, "string_pattern_mismatch")


def unknown_key(key: str, known: Sequence[str], place: Place, path: str) -> Problem:
    """A key nobody declares, with the nearest one that is."""
    if FULL_WIDTH_COLON in key:
        words = {"advice": f"its colon is a full-width one ({FULL_WIDTH_COLON}): write : and a blank",
                 "advice_zh": f"其中的冒号是全角的“{FULL_WIDTH_COLON}”，请改为半角冒号加空格"}
        return Problem(codes.UNKNOWN_KEY, place, path, {"key": key, **words})
    if key == "<<":
        words = {"advice": "keys are not merged: write them out in full", "advice_zh": "不支持合并键，请完整写出各键"}
        return Problem(codes.UNKNOWN_KEY, place, path, {"key": key, **words})
    return Problem(codes.UNKNOWN_KEY, place, path, {"key": key, **advice(key, known, _page(place.file, path))})


def _page(file: str, path: str) -> str:
    """The page of the reference that has every key of this place."""
    parts = path.split(".")
    if "settings" in parts or "options" in parts:
        return "docs/reference/plugins.md"
    return f"docs/reference/{'mapping' if 'mappings' in PurePath(file).parts else 'config'}.md"


def not_one_of(node: Node, known: Sequence[str], place: Place, path: str) -> Problem:
    """A word outside a closed list."""
    came, came_zh = shown(node, ())
    word = node.value if isinstance(node, Text) else ""
    near = nearest(word, known)
    details = {
        "known": ", ".join(known), "came": came, "came_zh": came_zh,
        "advice": f"did you mean {near!r}?" if near else "write one of them",
        "advice_zh": f"是否应为 {near!r}？" if near else "请写其中之一",
    }
    return Problem(codes.NOT_ONE_OF, place, path, details)


def advice(word: str, known: Sequence[str], page: str = "") -> dict[str, str]:
    """The nearest known name, or all of them when they are few, as `advice` and `advice_zh`; where they are many, the
    first and the *page* that has all."""
    near = nearest(word, known)
    if near:
        return {"advice": f"did you mean {near!r}?", "advice_zh": f"是否应为 {near!r}？"}
    if not known:
        return {"advice": "none is known here", "advice_zh": "此处没有可用的名称"}
    listed, rest, rest_zh = ", ".join(sorted(known)[:_LISTED]), "", ""
    if len(known) > _LISTED:
        listed += ", …"
        rest, rest_zh = (f" (all: {page})", f"（全部见 {page}）") if page else ("", "")
    return {"advice": f"known here: {listed}{rest}", "advice_zh": f"此处可用：{listed}{rest_zh}"}


def shown(node: Node, path: Sequence[str | int]) -> tuple[str, str]:
    """What came, in English and Chinese. Never a value whose key or form looks like a secret's."""
    if isinstance(node, Table):
        return "a table of keys", "键值表"
    if isinstance(node, Items):
        return "a list", "列表"
    secret_like = any(_SECRET_LIKE.search(str(part)) for part in path)
    if secret_like or ("://" in node.value and "@" in node.value):
        length = len(node.value)
        return f"a text of {length} characters", f"{length} 个字符的文本"
    value = node.value if len(node.value) <= _LONGEST_QUOTE else node.value[:_LONGEST_QUOTE] + "…"
    if not value:
        return "nothing", "空值"
    if value[0] in FULL_WIDTH_QUOTES:
        return f"{value} with full-width quotes", f"{value}（引号是全角的）"
    return f'"{value}"', f"“{value}”"

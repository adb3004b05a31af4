"""Loading the model from `mappings/canonical`: events, codes, serials; every mistake at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from guantong.model.codes import CYCLE, MISSING_FOLDER, NOT_FOR_TYPE, UNKNOWN_REFERENCE, WRONG_NAME
from guantong.model.declaration import TITLE, Key, entries, place_of, read_table, suggestion, word, words
from guantong.model.masking import Mask
from guantong.model.schema import CodeList, EventModel, Field, FieldType, Model, Personal, Scope
from guantong.problems import Place, Problem
from guantong.yamlfile import Node, Table, Text
from guantong.yamlfolder import YamlFolder, read_folder

FIELD = (
    Key("type", "text", "the type of the value", "值的类型", required=True, choices=get_args(FieldType)),
    Key("label", "table", "zh: and en: label", "中英文名称", required=True),
    Key("codes", "text", "the code list of a code", "代码表名称"),
    Key("required", "flag", "whether the event must have it", "是否必填", choices=("true", "false")),
    Key("personal", "text", "how personal the value is", "个人信息级别", choices=get_args(Personal)),
    Key("mask", "text", "how the value is masked", "脱敏方式", choices=get_args(Mask)),
    Key("standard", "text", "the standard and its field name", "标准及其字段名"),
    Key("strict", "flag", "refuse a wrong check digit", "校验位错误时拒绝"),
    Key("fields", "table", "the fields of a list's item", "列表各项的字段"),
)
EVENT = (
    Key("event", "text", "the event's name", "过程信息名称", required=True),
    Key("include", "texts", "files whose fields this event shares", "引用的公共字段文件"),
    Key("title", "table", "zh: and en: title", "中英文标题", required=True),
    Key("subject", "text", "what the event is about", "对象", required=True),
    Key("identity", "texts", "the fields of its identity", "标识字段"),
    Key("dated", "texts", "the fields that tell when it happened, the first present: its day chooses the rows of"
        " code tables (without it the newest rows hold)", "发生时间字段（依次取第一个有值的；据其日期选用代码表的行，未声明则用最新的行）"),
    Key("fields", "table", "the fields by canonical path", "字段"),
    Key("standard", "text", "the standard it comes from", "依据标准"),
)
INCLUDED = (
    Key("include", "texts", "files whose fields this one shares", "引用的公共字段文件"),
    Key("fields", "table", "the fields by canonical path", "字段", required=True),
    Key("subject", "text", "what the events are about", "对象"),
    Key("identity", "texts", "the fields of their identity", "标识字段"),
    Key("title", "table", "zh: and en: title", "中英文标题"),
)
CODES = (
    Key("codes", "text", "the list's name", "代码表名称", required=True),
    Key("title", "table", "zh: and en: title", "中英文标题", required=True),
    Key("standard", "text", "the standard it comes from", "依据标准"),
    Key("words", "table", "the canonical words and their labels", "标准词及其名称", required=True),
)
SERIAL = (
    Key("scope", "text", "global or system", "作用域", required=True, choices=("global", "system")),
    Key("title", "table", "zh: and en: title", "中英文标题"),
    Key("label", "table", "zh: and en: label", "中英文名称"),
    Key("standard", "text", "the standard it comes from", "依据标准"),
)


def load_model(folder: Path | YamlFolder, shown: str | None = None) -> tuple[Model, list[Problem]]:
    """The model in *folder* (`…/mappings/canonical`) and its problems, files named from *shown* on."""
    problems: list[Problem] = []
    if isinstance(folder, Path):
        folder = read_folder(folder, 1)
    base = shown or folder.path.as_posix()
    if "events" not in folder.folders:
        details = {"what": f"{base}/events", "what_zh": f"{base}/events"}
        problems.append(Problem(MISSING_FOLDER, Place(base), details=details))
    codes = _load_codes(folder.folder("codes"), f"{base}/codes", problems)
    events = _load_events(folder.folder("events"), f"{base}/events", codes, problems)
    serials = _load_serials(folder, f"{base}/serials.yaml", problems)
    return Model(events, codes, serials), problems


def _titles(node: Node | None, problems: list[Problem], path: str) -> tuple[str, str]:
    if node is None:
        return "", ""
    found = read_table(node, TITLE, problems, path)
    return word(found.get("zh")), word(found.get("en"))


def _read(folder: YamlFolder, name: str, shown: str, problems: list[Problem]) -> Node | None:
    node, found = folder.parse(name, shown)
    problems.extend(found)
    return node


def _same_name(node: Node | None, expected: str, problems: list[Problem], path: str) -> None:
    if isinstance(node, Text) and node.value != expected:
        details = {"came": node.value, "expected": expected}
        problems.append(Problem(WRONG_NAME, node.place, path, details))


def _load_codes(folder: YamlFolder, base: str, problems: list[Problem]) -> dict[str, CodeList]:
    lists: dict[str, CodeList] = {}
    for file in folder.files:
        stem = file.removesuffix(".yaml")
        node = _read(folder, file, f"{base}/{file}", problems)
        if node is None:
            continue
        found = read_table(node, CODES, problems)
        _same_name(found.get("codes"), stem, problems, "codes")
        zh, en = _titles(found.get("title"), problems, "title")
        labels: dict[str, tuple[str, str]] = {}
        for name, _, label in entries(found.get("words")):
            labels[name] = (
                (label.value, name) if isinstance(label, Text) else _titles(label, problems, f"words.{name}")
            )
        lists[stem] = CodeList(stem, zh, en, labels, word(found.get("standard")))
    return lists


def _load_serials(folder: YamlFolder, shown: str, problems: list[Problem]) -> dict[str, Scope]:
    node = _read(folder, "serials.yaml", shown, problems)
    table = node.get("serials") if isinstance(node, Table) and "serials" in node.entries else node
    scopes: dict[str, Scope] = {}
    for kind, _, value in entries(table):
        if isinstance(value, Text):
            key = Table({"scope": value}, {"scope": value.place}, value.place)
            found = read_table(key, SERIAL, problems, kind)
        else:
            found = read_table(value, SERIAL, problems, kind)
        scopes[kind] = cast("Scope", word(found.get("scope"), "system"))
    return scopes


def _load_events(
    folder: YamlFolder, base: str, codes: Mapping[str, CodeList], problems: list[Problem]
) -> dict[str, EventModel]:
    nodes: dict[str, tuple[Node, dict[str, Node]]] = {}
    for file in folder.files:
        node = _read(folder, file, f"{base}/{file}", problems)
        if node is not None:
            keys = INCLUDED if file.startswith("_") else EVENT
            nodes[file.removesuffix(".yaml")] = (node, read_table(node, keys, problems))
    events: dict[str, EventModel] = {}
    for name, (node, found) in nodes.items():
        if name.startswith("_"):
            continue
        _same_name(found.get("event"), name, problems, "event")
        fields = _with_included(name, nodes, codes, problems, ())
        zh, en = _titles(found.get("title"), problems, "title")
        for text in words(found.get("identity")):
            if text.value not in fields:
                details = {"what": "field", "what_zh": "字段", "came": text.value,
                           **suggestion(text.value, fields)}
                problems.append(Problem(UNKNOWN_REFERENCE, text.place, "identity", details))
        identity = tuple(text.value for text in words(found.get("identity")))
        dated = _dated(words(found.get("dated")), fields, problems)
        events[name] = EventModel(name, zh, en, word(found.get("subject")), identity, fields, dated, node.place)
    return events


def _dated(named: Iterable[Text], fields: Mapping[str, Field], problems: list[Problem]) -> tuple[str, ...]:
    """The fields named by `dated:`, which are dates or times."""
    told: list[str] = []
    for text in named:
        declared = fields.get(text.value)
        if declared is None:
            details = {"what": "field", "what_zh": "字段", "came": text.value, **suggestion(text.value, fields)}
            problems.append(Problem(UNKNOWN_REFERENCE, text.place, "dated", details))
        elif declared.type not in ("date", "datetime"):
            problems.append(Problem(NOT_FOR_TYPE, text.place, "dated", {"key": "dated", "type": declared.type}))
        else:
            told.append(text.value)
    return tuple(told)


def _with_included(
    name: str, nodes: Mapping[str, tuple[Node, dict[str, Node]]], codes: Mapping[str, CodeList],
    problems: list[Problem], chain: tuple[str, ...],
) -> dict[str, Field]:
    """The fields of one file after those it includes; its own replace included ones of the same path."""
    _, found = nodes[name]
    fields: dict[str, Field] = {}
    for text in words(found.get("include")):
        if text.value in (*chain, name):
            links = " → ".join((*chain, name, text.value))
            details = {"what": "include", "what_zh": "引用", "chain": links}
            problems.append(Problem(CYCLE, text.place, "include", details))
        elif text.value not in nodes:
            details = {"what": "file", "what_zh": "文件", "came": text.value, **suggestion(text.value, nodes)}
            problems.append(Problem(UNKNOWN_REFERENCE, text.place, "include", details))
        else:
            # The included file's own mistakes were said when it was read the first time.
            heard: list[Problem] = []
            fields |= _with_included(text.value, nodes, codes, heard, (*chain, name))
            problems.extend(problem for problem in heard if problem not in problems)
    for path, place, value in entries(found.get("fields")):
        declared = _field(path, value, codes, problems, f"fields.{path}")
        if declared is not None:
            fields[path] = replace(declared, place=place)
    return fields


def _field(
    path: str, node: Node, codes: Mapping[str, CodeList], problems: list[Problem], where: str
) -> Field | None:
    found = read_table(node, FIELD, problems, where)
    if "type" not in found:
        return None
    kind = cast("FieldType", word(found["type"]))
    zh, en = _titles(found.get("label"), problems, f"{where}.label")
    listed = word(found.get("codes")) or None
    if listed is not None and listed not in codes:
        details = {"what": "code list", "what_zh": "代码表", "came": listed, **suggestion(listed, codes)}
        problems.append(Problem(UNKNOWN_REFERENCE, place_of(found["codes"]), f"{where}.codes", details))
        listed = None
    for key, types in (("codes", ("code",)), ("fields", ("list",))):
        if key in found and kind not in types:
            details = {"key": key, "type": kind}
            problems.append(Problem(NOT_FOR_TYPE, place_of(found[key]), f"{where}.{key}", details))
    inner: dict[str, Field] = {}
    for name, place, value in entries(found.get("fields")):
        item = _field(name, value, codes, problems, f"{where}.fields.{name}")
        if item is not None:
            inner[name] = replace(item, place=place)
    return Field(
        path=path, type=kind, label_zh=zh, label_en=en, codes=listed,
        required=word(found.get("required")) == "true",
        personal=cast("Personal", word(found.get("personal"), "none")),
        mask=cast("Mask | None", word(found.get("mask")) or None),
        standard=word(found.get("standard")), strict=word(found.get("strict")) == "true", fields=inner,
    )

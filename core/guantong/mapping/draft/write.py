"""A drafted dialect as its files: every field listed, every proposal marked with its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from guantong.mapping.draft.codetables import TableSketch
from guantong.mapping.draft.propose import Drafted, DraftedRecord, Proposal, usable
from guantong.mapping.draft.schema import FieldSketch
from guantong.mapping.excel.values import quoted, scalar, show_flow
from guantong.yamlfile import node_of

MARK = "建议 proposal"
_CODECS = {"row": "交换表 exchange tables", "json": "JSON", "xml-element": "XML", "xml": "XML",
           "form": "网页表单 web form", "exinfo": "ExInfo"}


def dialect_files(drafted: Drafted, title: str) -> dict[str, bytes]:
    """The files of the dialect by their paths below its folder."""
    files = {"dialect.yaml": "\n".join([*_dialect(drafted, title), ""])}
    for record in drafted.records:
        files[record.file] = "\n".join([*_mapping(record), ""])
    used = {table.name for record in drafted.records for table in _tables(record.proposals)}
    for name in sorted(used):
        files[f"codes/{name}.yaml"] = "\n".join([*_code_table(drafted.tables[name]), ""])
    return {name: text.encode() for name, text in files.items()}


def _dialect(drafted: Drafted, title: str) -> Iterator[str]:
    found = drafted.found
    versioned = any(one.path == "version" for record in drafted.records for one in record.proposals)
    yield "# 草稿：由对方提供的资料生成，逐项核对后使用。编解码器、字符集、版本方式均为推测。"
    yield "# A draft from what the vendor handed over. Codec, charset and versioning are guesses: check each."
    yield f"dialect: {scalar(drafted.name)}"
    yield f"title: {{zh: {scalar(_line(title))}, en: {quoted(f'Draft of {drafted.name}')}}}"
    codec = found.codec or "json"
    yield f"codec: {{in: {codec}, out: {codec}}}   # {MARK}: {_CODECS.get(codec, codec)}"
    options = _flow(found.options)
    if options != "{}":
        yield f"options: {{in: {options}, out: {_flow(_outward(codec, found.options))}}}   # {MARK}: 来自样例 as in the sample"
    yield f"charset: {found.charset}"
    yield f"names: {'ignore-case' if found.any_case else 'exact'}"
    yield f"versioning: {'number' if versioned else 'arrival'}"
    yield "dates:   # 都能读，写出用第一种 all are read, the first is written"
    usual = ("yyyy-MM-dd HH:mm:ss", "yyyy-M-d H:m:s", "yyyyMMddHHmmss", "iso", "yyyy/M/d H:m:s", "yyyy-MM-dd HH:mm", "yyyy-M-d", "yyyyMMdd")
    for pattern in dict.fromkeys((*found.dates, *usual)):
        yield f"  - {pattern}"


def _outward(codec: str, options: Mapping[str, object]) -> Mapping[str, object]:
    """What reads also writes, but JSON writes no wrapper it only met in a sample of several records."""
    return {key: value for key, value in options.items() if codec != "json" or key in ("kind_field", "envelope")}


def _mapping(record: DraftedRecord) -> Iterator[str]:
    sketch = record.record
    yield f"# {_line(sketch.name)} {_line(sketch.title)}".rstrip() + f"（{_line(sketch.place.file)}）"
    if not record.event:
        near = "、".join(record.near)
        yield f"# 没有对上过程信息{f'（可能是 {near}）' if near else ''}：写上 event: 后移到上级目录。"
        yield f"# No event was clear{f' (perhaps {near})' if near else ''}: name it below and move the file up one folder."
        yield "# event:"
        yield f"# record: {scalar(sketch.name)}"
        yield from _listed(record.proposals, "# 字段 fields:")
        return
    yield f"# {MARK}: {record.why[1]} · {record.why[0]}"
    yield f"event: {record.event}"
    if record.second:
        yield f"record: {{in: {scalar(sketch.name)}}}   # 已有另一报文对应此过程信息，此报文只读入 another record is this event's: this one is read only"
    else:
        yield f"record: {scalar(sketch.name)}"
    mapped = [one for one in record.proposals if one.path]
    spare = [one for one in record.proposals if one.spare and not one.path]
    if mapped:
        yield "fields:"
        yield from _rules(mapped, "  ", sketch.name)
    if spare:
        yield f"ignored: [{', '.join(scalar(one.field.name) for one in spare)}]   # {MARK}: 备用字段 spare fields"
    rest = [one for one in record.proposals if not one.path and not one.spare]
    yield from _listed(rest, "# 尚未对应：补充到 fields，或移入 ignored。 Not mapped yet: add to fields, or to ignored.")


def _rules(proposals: list[Proposal], indent: str, record: str) -> Iterator[str]:
    width = max(len(_leaf(one.path, indent)) for one in proposals) + 1
    for one in proposals:
        key = f"{indent}{_leaf(one.path, indent)}:".ljust(len(indent) + width)
        if one.items:
            yield f"{indent}{_leaf(one.path, indent)}:   {_remark(one)}"
            yield f"{indent}  each: {scalar(one.field.name)}"
            yield f"{indent}  fields:"
            yield from _rules([item for item in one.items if item.path], f"{indent}    ", record)
            yield from _listed([item for item in one.items if not item.path], f"{indent}    # 尚未对应 not mapped yet:", f"{indent}    ")
        elif one.table is not None:
            yield f"{key} {{at: {scalar(one.field.name)}, codes: {scalar(one.table.name)}, otherwise: park}}   {_remark(one)}"
        elif one.path == "version":
            yield f"{key} {{at: {scalar(one.field.name)}, default: 1}}   {_remark(one)}"
        elif one.form:
            yield f"{key} {{at: {scalar(one.field.name)}, format: {one.form}}}   {_remark(one)}"
        else:
            yield f"{key} {scalar(one.field.name)}   {_remark(one)}"


def _leaf(path: str, indent: str) -> str:
    """The key of a rule: inside a list, the path after the list's."""
    return path if indent == "  " else path.split(".", 1)[1]


def _remark(one: Proposal) -> str:
    """What was handed over of a field, and why it is taken for what it is."""
    zh = "；".join(dict.fromkeys(claim.zh for claim in one.why))
    en = "; ".join(dict.fromkeys(claim.en for claim in one.why))
    copied = "；代码表取自 gd-exchange，须核对 table copied, check it" if one.table is not None and one.table.copied else ""
    return f"# {_told(one.field)} ｜ {MARK}: {zh} · {en}{copied}"


def _listed(proposals: list[Proposal] | tuple[Proposal, ...], title: str, indent: str = "") -> Iterator[str]:
    if not proposals:
        return
    yield title
    width = max(len(_line(one.field.name)) for one in proposals)
    for one in proposals:
        hint = f" ｜ {one.open[1]} · {one.open[0]}" if one.open[0] else ""
        odd = "" if usable(one.field.name) else " ｜ 名称不可用 unusable name"
        yield f"{indent}#   {_line(one.field.name).ljust(width)}  {_told(one.field)}{hint}{odd}".rstrip()
        for item in one.field.items:
            yield f"{indent}#     {_line(item.name)}  {_told(item)}".rstrip()


def _told(one: FieldSketch) -> str:
    """Label, type, duty and remark on one line."""
    parts = [one.label, one.type, "必填" if one.required else "", one.remark if one.remark != one.label else ""]
    return " · ".join(_line(part) for part in parts if part)[:240]


def _code_table(table: TableSketch) -> Iterator[str]:
    source = "取自 gd-exchange，须与对方核对 · copied from gd-exchange, check it with the vendor" if table.copied else (
        "对方资料中的代码 · the vendor's own codes")
    yield f"# {MARK}: {source}"
    yield f"codes: {table.listed}"
    yield f"title: {{zh: {scalar(table.title[0])}, en: {quoted(table.title[1])}}}"
    yield "table:"
    width = max(len(word) for word, _, _ in table.rows) + 1
    for word, natives, meaning in table.rows:
        values = [quoted(native) for native in natives]
        shown = values[0] if len(values) == 1 else f"[{', '.join(values)}]"
        yield f"  {f'{word}:'.ljust(width)} {shown}   # {_line(meaning)}"
    for code, meaning in table.unmatched:
        yield f"#   没有对应的标准代码 no canonical word: {quoted(code)} {_line(meaning)}"


def _tables(proposals: tuple[Proposal, ...]) -> Iterator[TableSketch]:
    for one in proposals:
        if one.table is not None:
            yield one.table
        yield from _tables(one.items)


def _line(text: str) -> str:
    """A text as part of a comment: on one line, without what would end it."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+", " ", text).strip()[:200]


def _flow(options: Mapping[str, object]) -> str:
    return show_flow(node_of(options))

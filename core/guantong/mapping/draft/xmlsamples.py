"""Sample records in XML: their fields, attributes included, with types guessed from the values. No value is kept.

What is plain is read by the codec `xml-element`; what has namespaces, attributes or elements that repeat by themselves,
by `xml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from guantong.mapping.draft.safexml import line_of, local, parsed, text_of
from guantong.mapping.draft.samples import DEEPEST, KINDS, guessed, is_kind
from guantong.mapping.draft.schema import MAX_FIELDS, FieldSketch, Found, RecordSketch
from guantong.problems import Place

_ANYTHING = ("root", "data", "row", "rows", "record", "records", "request", "response", "result", "body", "xml", "info",
             "message", "item", "list", "document", "exinfo")
"""Root elements that name no record: whatever is sent stands in them."""


@dataclass(slots=True)
class _Shape:
    """How the document is built: elements that hold a list's items, those that repeat by themselves, whether any has
    attributes."""

    lists: dict[str, dict[str, str]] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    attributes: bool = False


def read_xml(body: bytes, file: str, default: str) -> Found:
    """The record of an XML document: attribute-named fields, or an element for each."""
    root, problems = parsed(body, file)
    found = Found(problems=problems, codec="xml-element")
    if root is None:
        return found
    declared = (root.getroottree().docinfo.encoding or "utf-8").casefold()
    found.charset = "gb18030" if declared in ("gb2312", "gbk", "gb18030") else "utf-8"
    named = [one for one in root.iter() if local(one) == "standardInfo" or any(
        inner.get("FieldName") for inner in one.iterfind("*"))]
    if named:
        found.codec = "exinfo"
        found.records = [_attribute_named(one, default, file) for one in named]
        return found
    record, path = root, list[str]()
    while (inner := _only_wrapper(record)) is not None:
        record = inner
        path.append(local(record))
    kind, where = _kind_of(root)
    shape = _Shape()
    fields = (*_attributes(record, "", shape), *_elements(record, "", 0, shape, where.split("/")[-1] if where and not path else ""))
    spaces = {etree.QName(one).namespace or "" for one in root.iter() if isinstance(one.tag, str)}
    if shape.attributes or shape.repeated or spaces != {""}:
        found.codec = "xml"
        _say(found.options, root=local(root), default_namespace="".join(spaces) if len(spaces) == 1 else "",
             record="/".join(path), kind_at=where, kind="" if where else default, lists=shape.lists,
             repeated=list(dict.fromkeys(shape.repeated)))
    elif where or local(root).casefold() in _ANYTHING:
        _say(found.options, root=local(root), data="/".join(path), kind=where, lists=shape.lists)
    else:
        kind = local(root)
        _say(found.options, kind=".", data="/".join(path), lists=shape.lists)
    if fields:
        found.records = [RecordSketch(kind or default, "", fields[:MAX_FIELDS], Place(file))]
    return found


def _say(options: dict[str, object], **told: object) -> None:
    options.update({name: value for name, value in told.items() if value})


def _attribute_named(record: etree._Element, default: str, file: str) -> RecordSketch:
    fields = tuple(
        FieldSketch(one.get("FieldName", "").strip(), type=guessed([text_of(one)]))
        for one in record.iterfind("*") if one.get("FieldName", "").strip()
    )
    once = {one.name: one for one in reversed(fields)}
    return RecordSketch(record.get("process") or default, "", tuple(reversed(once.values())), Place(file, line_of(record)))


def _only_wrapper(element: etree._Element) -> etree._Element | None:
    """The one element below that holds the record: it stands alone, or beside a head."""
    deep = [one for one in element if len(one)]
    flat = [one for one in element if not len(one)]
    heads = [one for one in deep if "head" in local(one).casefold()]
    rest = [one for one in deep if one not in heads]
    if not flat and len(rest) == 1 and len({local(one) for one in rest[0]}) >= 1 and not _repeats(rest[0]):
        return rest[0]
    return None


def _repeats(element: etree._Element) -> bool:
    names = [local(one) for one in element]
    return len(names) > 1 and len(set(names)) == 1


def _kind_of(root: etree._Element) -> tuple[str, str]:
    """The record's kind where a head (or the root) names it, with its path."""
    for one in root.iter():
        if local(one) in KINDS and not len(one) and is_kind((one.text or "").strip()):
            path = [local(one)]
            above = one.getparent()
            while above is not None and above is not root:
                path.insert(0, local(above))
                above = above.getparent()
            return (one.text or "").strip(), "/".join(path)
    return "", ""


def _elements(record: etree._Element, prefix: str, depth: int, shape: _Shape, skip: str) -> Iterator[FieldSketch]:
    """The fields inside an element, without those called *skip*."""
    groups: dict[str, list[etree._Element]] = {}
    for one in record:
        groups.setdefault(local(one), []).append(one)
    for name, group in groups.items():
        path = f"{prefix}{name}"
        if depth > DEEPEST or name == skip:
            continue
        if len(group) > 1:
            shape.repeated.append(name)
            yield FieldSketch(path, type="list", many=True, items=_item_fields(group, depth, shape))
        elif len(group[0]) and (_repeats(group[0]) or _looks_a_list(group[0])):
            shape.lists[name] = {"item": local(group[0][0])}
            yield FieldSketch(path, type="list", many=True, items=_item_fields(list(group[0]), depth, shape))
        elif len(group[0]):
            yield from _attributes(group[0], f"{path}/", shape)
            yield from _elements(group[0], f"{path}/", depth + 1, shape, "")
        else:
            yield FieldSketch(path, type=guessed([group[0].text or ""]))
            yield from _attributes(group[0], path, shape)


def _attributes(element: etree._Element, before: str, shape: _Shape) -> Iterator[FieldSketch]:
    """The attributes of an element that are data: `FJ@type` beside a text, `@type` inside what has fields."""
    for name, value in ((str(name), str(value)) for name, value in element.attrib.items()):
        if not name.startswith("{"):
            shape.attributes = True
            yield FieldSketch(f"{before}@{name}", type=guessed([value]))


def _looks_a_list(element: etree._Element) -> bool:
    """One child only, with fields: a list of which the sample has one item."""
    return len(element) == 1 and len(element[0]) > 0


def _item_fields(items: Sequence[etree._Element], depth: int, shape: _Shape) -> tuple[FieldSketch, ...]:
    fields: dict[str, FieldSketch] = {}
    for item in items[:200]:
        for one in (*_attributes(item, "", shape), *_elements(item, "", depth + 1, shape, "")):
            fields.setdefault(one.name, one)
    return tuple(fields.values())

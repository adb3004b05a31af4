"""XSD and WSDL: every element with fields of its own is a record. What is imported is looked for among the files handed
over beside it; else it is named, never fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

from guantong.mapping.draft.codes import NOT_FOLLOWED
from guantong.mapping.draft.codevalues import code_values
from guantong.mapping.draft.safexml import line_of, local, parsed, text_of
from guantong.mapping.draft.schema import MAX_FIELDS, MAX_RECORDS, FieldSketch, Found, RecordSketch
from guantong.problems import Place, Problem

_XS = "{http://www.w3.org/2001/XMLSchema}"
_DEEPEST = 6
_GROUPS = ("sequence", "all", "choice", "complexContent", "extension", "restriction", "simpleContent")


def read_schema(body: bytes, file: str, beside: Mapping[str, bytes] | None = None) -> Found:
    """The records of an XSD, or of the messages a WSDL's operations take. *beside* are the other files handed over,
    by name."""
    root, problems = parsed(body, file)
    found = Found(problems=problems, codec="xml-element")
    if root is None:
        return found
    if local(root) == "definitions":  # what is called by a WSDL is written as JSON, and the WSDL says how times are
        found.codec, found.dates = "json", ("iso",)
    reader = _Schemas(file, dict(beside or {}))
    reader.learn_all(root)
    for place in dict.fromkeys(reader.elsewhere):
        found.problems.append(Problem(NOT_FOLLOWED, Place(file), details={"came": place}))
    found.records = [*reader.records(), *_rpc(root, reader, file)][:MAX_RECORDS]
    return found


@dataclass(slots=True)
class _Schemas:
    """Everything declared by name, and the fields it comes to. `budget` bounds how much is unfolded."""

    file: str
    beside: dict[str, bytes]
    elements: dict[str, etree._Element] = field(default_factory=dict)
    types: dict[str, etree._Element] = field(default_factory=dict)
    groups: dict[str, etree._Element] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    budget: int = 20 * MAX_FIELDS

    def learn_all(self, root: etree._Element) -> None:
        """Take in the schemas of a document, then those it imports from the files beside it, each once."""
        schemas = [root] if root.tag == f"{_XS}schema" else list(root.iter(f"{_XS}schema"))
        for schema in schemas:
            self.learn(schema)
        for one in root.iter():  # a schema names another by schemaLocation, a WSDL another WSDL by location
            if local(one) in ("import", "include", "redefine"):
                self._import(one.get("schemaLocation") or one.get("location") or "")

    def _import(self, location: str) -> None:
        name = PurePosixPath(unquote(urlsplit(location).path)).name
        if not location or name == self.file or name in self.read:
            return
        if name not in self.beside:
            self.elsewhere.append(location)
            return
        self.read.add(name)
        root, _ = parsed(self.beside[name], name)  # what is wrong with it is told where it is read for itself
        if root is not None:
            self.learn_all(root)

    def learn(self, schema: etree._Element) -> None:
        """Take in a schema's own declarations."""
        for declared in schema:
            kind, name = local(declared), declared.get("name", "")
            if kind == "element":
                self.elements.setdefault(name, declared)
            elif kind in ("complexType", "simpleType"):
                self.types.setdefault(name, declared)
            elif kind in ("group", "attributeGroup"):
                self.groups.setdefault(name, declared)

    def records(self) -> Iterator[RecordSketch]:
        """Global elements with fields, without the answers of operations; where there are none, the types."""
        made = 0
        for name, element in self.elements.items():
            fields = self._of_element(element, "", 0)
            if fields and not name.endswith(("Response", "Result", "Fault")):
                made += 1
                yield RecordSketch(name, _title(element) or self._type_title(element), fields, self._place(element))
        if not made:
            for name, declared in self.types.items():
                fields = tuple(self._inside(declared, "", 0))[:MAX_FIELDS]
                if fields:
                    yield RecordSketch(name, _title(declared), fields, self._place(declared))

    def fields_of(self, element: str, kind: str) -> tuple[FieldSketch, ...]:
        """The fields of an element or type named by a message part."""
        if element in self.elements:
            return self._of_element(self.elements[element], "", 0)
        declared = self.types.get(kind)
        return tuple(self._inside(declared, "", 0)) if declared is not None else ()

    def _of_element(self, element: etree._Element, prefix: str, depth: int) -> tuple[FieldSketch, ...]:
        inner = element.find(f"{_XS}complexType")
        declared = inner if inner is not None else self.types.get(_bare(element.get("type", "")))
        return tuple(self._inside(declared, prefix, depth))[:MAX_FIELDS] if declared is not None else ()

    def _inside(self, node: etree._Element, prefix: str, depth: int) -> Iterator[FieldSketch]:
        """The fields a type or group comes to, elements and attributes, bases first."""
        if depth > _DEEPEST or self.budget <= 0:
            return
        for part in node:
            kind = local(part)
            if kind in _GROUPS:
                base = self.types.get(_bare(part.get("base", ""))) if kind == "extension" else None
                if base is not None:
                    yield from self._inside(base, prefix, depth + 1)
                yield from self._inside(part, prefix, depth)
            elif kind in ("group", "attributeGroup") and part.get("ref"):
                named = self.groups.get(_bare(part.get("ref", "")))
                if named is not None:
                    yield from self._inside(named, prefix, depth + 1)
            elif kind == "element":
                yield from self._element(part, prefix, depth)
            elif kind == "attribute" and part.get("name"):
                yield self._leaf(part, f"{prefix}{part.get('name')}", required=part.get("use") == "required")

    def _element(self, element: etree._Element, prefix: str, depth: int) -> Iterator[FieldSketch]:
        self.budget -= 1
        meant = self.elements.get(_bare(element.get("ref", "")), element)
        name = meant.get("name", "") or _bare(element.get("ref", ""))
        if not name:
            return
        path = f"{prefix}{name}"
        many = element.get("maxOccurs", "1") not in ("0", "1")
        below = self._of_element(meant, "" if many else f"{path}/", depth + 1)
        if many:
            yield FieldSketch(path, _title(meant), "list", many=True, items=below)
        elif len(below) == 1 and below[0].many:
            # A list inside an element of its own: 材料清单/材料.
            yield FieldSketch(below[0].name, _title(meant) or below[0].label, "list", many=True, items=below[0].items)
        elif below:
            yield from below
        else:
            yield self._leaf(meant, path, required=element.get("minOccurs", "1") != "0" and meant.get("nillable") != "true")

    def _leaf(self, declared: etree._Element, path: str, *, required: bool) -> FieldSketch:
        inner = declared.find(f"{_XS}simpleType")
        named = inner if inner is not None else self.types.get(_bare(declared.get("type", "")))
        kind, values = self._simple(named, 0) if named is not None else (_bare(declared.get("type", "string")), ())
        label, remark = _told(_title(declared))
        return FieldSketch(path, label, kind, required, remark, values or code_values(remark))

    def _simple(self, declared: etree._Element, depth: int) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The base type with its length, and the codes it lists."""
        limits = declared.find(f"{_XS}restriction")
        if limits is None or depth > _DEEPEST:
            return "string", ()
        base = _bare(limits.get("base", "string"))
        if base in self.types:
            base = self._simple(self.types[base], depth + 1)[0]
        sizes = [one.get("value", "") for name in ("maxLength", "length", "totalDigits") for one in limits.iterfind(f"{_XS}{name}")]
        values = tuple((one.get("value", ""), _title(one)) for one in limits.iterfind(f"{_XS}enumeration"))
        return (f"{base}({sizes[0]})" if sizes else base), values if all(meaning for _, meaning in values) else ()

    def _type_title(self, element: etree._Element) -> str:
        declared = self.types.get(_bare(element.get("type", "")))
        return _title(declared) if declared is not None else ""

    def _place(self, element: etree._Element) -> Place:
        return Place(self.file, line_of(element))


def _rpc(root: etree._Element, schemas: _Schemas, file: str) -> Iterator[RecordSketch]:
    """The input messages of a WSDL whose parts are typed one by one."""
    inputs = {
        _bare(taken.get("message", "")): operation
        for operation in root.iter() if local(operation) == "operation"
        for taken in operation if local(taken) == "input" and taken.get("message")
    }
    for message in root.iter():
        if local(message) != "message" or message.get("name", "") not in inputs:
            continue
        parts = [part for part in message if local(part) == "part" and part.get("type")]
        fields: list[FieldSketch] = []
        for part in parts:
            below = schemas.fields_of("", _bare(part.get("type", "")))
            label, remark = _told(_title(part))
            fields += below or (FieldSketch(part.get("name", ""), label, _bare(part.get("type", "")), remark=remark),)
        if fields:
            operation = inputs[message.get("name", "")]
            yield RecordSketch(operation.get("name", ""), _title(operation), tuple(fields), Place(file, line_of(message)))


def _bare(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def _title(element: etree._Element) -> str:
    """What is documented of a declaration."""
    texts = [
        text_of(node) for node in element.iterfind("*")
        if local(node) == "documentation"
    ] + [text_of(node) for node in element.iterfind(f"{_XS}annotation/{_XS}documentation")]
    return " ".join(" ".join(texts).split())


def _told(text: str) -> tuple[str, str]:
    """A documentation as label and the rest."""
    for number, char in enumerate(text):
        if char in ":：,，;；。 （(" and number:
            return text[:number], text[number:].strip(" :：,，;；。")
    return text, ""

"""DDL with comments, in the styles of Oracle, MySQL, PostgreSQL, SQL Server and 达梦, as their tools export it.

Read tolerantly, statement by statement: a script may hold anything between the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from guantong.mapping.draft.codevalues import code_values
from guantong.mapping.draft.schema import MAX_FIELDS, FieldSketch, RecordSketch
from guantong.problems import Place

_TOKEN = re.compile(  # what is begun and never ended runs to the end of the text: no place is read twice
    r"""(?P<comment>--[^\n]*|/\*(?:.*?\*/|.*))|(?P<text>[nN]?'(?:[^'\\]|''|\\.)*(?:'|\Z))"""
    r"""|(?P<name>"[^"\n]{1,200}"|`[^`\n]{1,200}`|\[[^\]\n]{1,200}\]|[^\W\d][\w$#]*)|(?P<number>\d+)|(?P<mark>[^\s\w])""",
    re.DOTALL)
_NOT_COLUMNS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "KEY", "INDEX", "CHECK", "FULLTEXT", "EXCLUDE", "LIKE",
                "SPATIAL", "PERIOD", "CLUSTER", "SUPPLEMENTAL", "NOT"}  # 达梦: NOT CLUSTER PRIMARY KEY
_ENDS_TYPE = {"NOT", "NULL", "DEFAULT", "COMMENT", "PRIMARY", "UNIQUE", "CONSTRAINT", "CHECK", "REFERENCES", "COLLATE",
              "GENERATED", "AUTO_INCREMENT", "IDENTITY", "ENABLE", "CHARACTER", "ON", "INVISIBLE", "VISIBLE", "ENCODE"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "name" else ""

    @property
    def value(self) -> str:
        """A name or text without its quotes."""
        if self.kind == "text":
            inner = self.text[self.text.index("'") + 1:-1]
            return inner.replace("''", "'").replace("\\'", "'")
        return self.text[1:-1] if self.text[:1] in "\"`[" else self.text


def read_ddl(text: str, file: str) -> list[RecordSketch]:
    """The tables of a script, with their comments wherever they stand."""
    tables: dict[str, RecordSketch] = {}
    for statement in _statements(text):
        words = [token.word for token in statement[:8]]
        if words[:1] == ["CREATE"] and "TABLE" in words:
            _create(statement, words.index("TABLE") + 1, file, tables)
        elif words[:2] == ["COMMENT", "ON"]:
            _comment_on(statement, tables)
        elif any(token.value.casefold().endswith("addextendedproperty") for token in statement[:6]):
            _property(statement, tables)
        elif words[:2] == ["ALTER", "TABLE"]:
            _alter(statement, tables)
    return [table for table in tables.values() if table.fields]


def _statements(text: str) -> Iterator[list[_Token]]:
    """The statements, each its tokens; a comment stays a token."""
    tokens: list[_Token] = []
    line, at = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        kind = str(found.lastgroup)
        if found[0] == ";" or (found[0].upper() in ("/", "GO") and (not tokens or tokens[-1].line < line)):
            yield _without_comments_before(tokens)
            tokens = []
        else:
            tokens.append(_Token(kind, found[0], line))
    yield _without_comments_before(tokens)


def _without_comments_before(tokens: list[_Token]) -> list[_Token]:
    first = next((number for number, token in enumerate(tokens) if token.kind != "comment"), len(tokens))
    return tokens[first:]


def _create(tokens: list[_Token], at: int, file: str, tables: dict[str, RecordSketch]) -> None:
    while at < len(tokens) and tokens[at].word in ("IF", "NOT", "EXISTS"):
        at += 1
    name, at = _qualified(tokens, at)
    while at < len(tokens) and tokens[at].text != "(":
        at += 1
    if not name or at >= len(tokens):
        return
    parts, end = _parts(tokens, at)
    fields = [field for part in parts if (field := _column(part)) is not None]
    after = [token for token in tokens[end:] if token.kind != "comment"]
    title = next((after[number + 1 + (after[number + 1].text == "=")].value
                  for number, token in enumerate(after[:-2]) if token.word == "COMMENT"), "")
    if not title:  # the last two tokens: COMMENT 'x' without =
        title = after[-1].value if len(after) > 1 and after[-2].word == "COMMENT" and after[-1].kind == "text" else ""
    once = {field.name.casefold(): field for field in reversed(fields)}
    kept = tuple(field for field in fields if once[field.name.casefold()] is field)
    tables[name.casefold()] = RecordSketch(name, title, kept[:MAX_FIELDS], Place(file, tokens[0].line))


def _qualified(tokens: Sequence[_Token], at: int) -> tuple[str, int]:
    """The last part of `owner.table`, and what follows."""
    name = ""
    while at < len(tokens) and tokens[at].kind in ("name", "text"):
        name = tokens[at].value
        at += 1
        if at < len(tokens) and tokens[at].text == ".":
            at += 1
        else:
            break
    return name, at


def _parts(tokens: Sequence[_Token], at: int) -> tuple[list[list[_Token]], int]:
    """What stands between the commas of a parenthesis, and where it ends. A comment after a comma, on the
    same line, belongs to what stands before it."""
    parts: list[list[_Token]] = [[]]
    depth = 0
    line = 0
    for number in range(at, len(tokens)):
        token = tokens[number]
        if token.text == "(" and token.kind == "mark":
            depth += 1
            if depth == 1:
                continue
        elif token.text == ")" and token.kind == "mark":
            depth -= 1
            if depth == 0:
                rest = tokens[number + 1:number + 2]
                if rest and rest[0].kind == "comment" and rest[0].line == line:
                    parts[-1].append(rest[0])
                return parts, number + 1
        elif token.text == "," and depth == 1:
            parts.append([])
            continue
        if token.kind == "comment" and depth == 1 and token.line == line and not parts[-1] and len(parts) > 1:
            parts[-2].append(token)
            continue
        line = token.line
        parts[-1].append(token)
    return parts, len(tokens)


def _column(part: list[_Token]) -> FieldSketch | None:
    notes = [token for token in part if token.kind == "comment"]
    said = [token for token in part if token.kind != "comment"]
    if len(said) < 2 or said[0].kind != "name" or (said[0].text.upper() in _NOT_COLUMNS and said[1].kind != "number"):
        return None
    words = [token.word for token in said]
    ends = next((number for number, word in enumerate(words[2:], 2) if word in _ENDS_TYPE), len(said))
    comment = next((said[number + 1].value for number, word in enumerate(words[:-1])
                    if word == "COMMENT" and said[number + 1].kind == "text"), "")
    required = any(words[number:number + 2] == ["NOT", "NULL"] for number in range(len(words))) or "PRIMARY" in words
    text = comment or " ".join(_note(token.text) for token in notes if token.line >= said[0].line)
    return _told(FieldSketch(said[0].value, type=_type(said[1:ends]), required=required), text)


def _type(tokens: Sequence[_Token]) -> str:
    text = ""
    for token in tokens:
        glued = not text or token.kind == "mark" or text[-1] in "(,"
        text += token.value if glued else f" {token.value}"
    return text[:60]


def _note(comment: str) -> str:
    return comment.removeprefix("--").removeprefix("/*").removesuffix("*/").strip()


def _told(field: FieldSketch, comment: str) -> FieldSketch:
    """The field with a comment as its label and, where it goes on, its remark."""
    text = " ".join(comment.split())
    label, remark = text, ""
    cut = re.search(r"[:：,，;；。(（\s]", text)
    if cut and cut.start() > 0:
        label, remark = text[:cut.start()], text[cut.start():].strip(" :：,，;；。")
    return replace(field, label=label, remark=remark, values=code_values(remark) or code_values(text))


def _comment_on(tokens: list[_Token], tables: dict[str, RecordSketch]) -> None:
    said = [token for token in tokens if token.kind != "comment"]
    what = said[2].word if len(said) > 2 else ""
    text = next((token.value for token in said if token.kind == "text"), "")
    names = [token.value for token in said[3:] if token.kind == "name" and token.word != "IS"]
    if what == "TABLE" and names and names[-1].casefold() in tables:
        key = names[-1].casefold()
        tables[key] = replace(tables[key], title=text)
    elif what == "COLUMN" and len(names) > 1:
        _tell(tables, names[-2], names[-1], text)


def _tell(tables: dict[str, RecordSketch], table: str, column: str, text: str) -> None:
    record = tables.get(table.casefold())
    if record is not None:
        fields = tuple(_told(one, text) if one.name.casefold() == column.casefold() else one for one in record.fields)
        tables[table.casefold()] = replace(record, fields=fields)


def _property(tokens: list[_Token], tables: dict[str, RecordSketch]) -> None:
    """`sp_addextendedproperty 'MS_Description', '…', 'SCHEMA', 'dbo', 'TABLE', 'T', 'COLUMN', 'C'`."""
    texts = [token.value for token in tokens if token.kind == "text"]
    upper = [text.upper() for text in texts]
    if "MS_DESCRIPTION" not in upper or "TABLE" not in upper[:-1]:
        return
    said = texts[upper.index("MS_DESCRIPTION") + 1]
    table = texts[upper.index("TABLE") + 1]
    if "COLUMN" in upper[:-1]:
        _tell(tables, table, texts[upper.index("COLUMN") + 1], said)
    elif table.casefold() in tables:
        tables[table.casefold()] = replace(tables[table.casefold()], title=said)


def _alter(tokens: list[_Token], tables: dict[str, RecordSketch]) -> None:
    """`ALTER TABLE t ADD (c type)` or `ADD COLUMN c type`: columns that came later."""
    name, at = _qualified(tokens, 2)
    record = tables.get(name.casefold())
    if record is None or at >= len(tokens) or tokens[at].word != "ADD":
        return
    at += 1
    if at < len(tokens) and tokens[at].word == "COLUMN":
        at += 1
    parts = _parts(tokens, at)[0] if at < len(tokens) and tokens[at].text == "(" else [list(tokens[at:])]
    known = {one.name.casefold() for one in record.fields}
    added = [one for part in parts if (one := _column(part)) is not None and one.name.casefold() not in known]
    tables[name.casefold()] = replace(record, fields=(*record.fields, *added))

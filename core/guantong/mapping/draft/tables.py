"""Finding lists of fields in grids of text, wherever they stand and however they are headed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from guantong.mapping.draft.codevalues import code_values
from guantong.mapping.draft.headwords import (
    EITHER,
    LABEL,
    LENGTH,
    NAME,
    OPTIONAL,
    OTHER,
    REMARK,
    REQUIRED,
    TABLE,
    TABLE_LABEL,
    TYPE,
    role_of,
)
from guantong.mapping.draft.schema import FieldSketch, RecordSketch
from guantong.problems import Place

IDENTIFIER = re.compile(r"[A-Za-z_][\w$#.-]*(?:/[A-Za-z_][\w$#.-]*)*", re.ASCII)
_INSIDE = re.compile(r"[A-Za-z][A-Za-z0-9_$]{2,}", re.ASCII)
_YES = {"是", "y", "yes", "true", "1", "必填", "必输", "必须", "必选", "m", "√", "✓", "非空", "notnull", "nn", "required"}
_NO = {"否", "n", "no", "false", "0", "不允许", "不可", "不能", "×", "notnull", "非空"}
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_TITLE_ROWS = 4


@dataclass(slots=True)
class TextGrid:
    """Rows of texts, merged cells unfolded; `name` is the sheet's, `above` the texts before the table."""

    name: str
    rows: list[list[str]]
    above: list[str] = field(default_factory=list)


def find_records(
    grid: TextGrid, file: str, columns: Mapping[str, int] | None, default: str
) -> list[RecordSketch]:
    """The records a grid describes. *columns* (role → column from 0) takes the place of finding a header
    row; *default* names a record nothing else names."""
    if columns:
        return _records(grid, [_Block(dict(columns), 0, len(grid.rows))], file, default)
    return _records(grid, list(_blocks(grid.rows)), file, default)


@dataclass(frozen=True, slots=True)
class _Block:
    """One table: what its columns hold, its first row after the header and the row after its last."""

    at: Mapping[str, int]
    first: int
    end: int
    head: int = 0


def _blocks(rows: Sequence[Sequence[str]]) -> Iterator[_Block]:
    heads = [number for number, row in enumerate(rows) if _is_head(row)]
    # The second line of a two-line header belongs to the first.
    firsts = [number for number in heads if number - 1 not in heads]
    for order, number in enumerate(firsts):
        last = number
        while last + 1 < len(rows) and (last + 1 in heads or _continues(rows[last + 1], rows[last])):
            last += 1
        end = firsts[order + 1] if order + 1 < len(firsts) else len(rows)
        at = _placed(rows[number:last + 1], rows[last + 1:end])
        if NAME in at:
            yield _Block(at, last + 1, end, number)


def _is_head(row: Sequence[str]) -> bool:
    roles = {role_of(cell) for cell in row if cell} - {""}
    named = roles & {NAME, LABEL, EITHER, REMARK}
    return len(roles) >= 2 and bool(named) and len({cell for cell in row if cell}) >= 2


def _continues(row: Sequence[str], head: Sequence[str]) -> bool:
    """Whether a row below a header only says more of its columns."""
    said = [(cell, above) for cell, above in zip(row, head, strict=False) if cell]
    return bool(said) and all(role_of(cell) or cell == above for cell, above in said)


def _placed(heads: Sequence[Sequence[str]], below: Sequence[Sequence[str]]) -> dict[str, int]:
    """Which column holds what. Headings like 名称 say too little: the cells below tell names from labels."""
    roles: dict[int, str] = {}
    for head in heads:
        for column, cell in enumerate(head):
            if role := role_of(cell):
                roles[column] = role
    nameish = [column for column, role in roles.items() if role in (NAME, LABEL, EITHER)]
    shares = {column: _share(below, column, IDENTIFIER) for column in nameish}
    names = sorted(nameish, key=lambda column: (-(shares[column] >= 0.6), roles[column] != NAME, column))
    if not names or shares[names[0]] < 0.6:
        return {}
    at = {NAME: names[0]}
    chinese = [(-_share(below, column, _CHINESE, whole=False), column) for column in nameish if column != names[0]]
    chinese += [(-_share(below, column, _CHINESE, whole=False) + 0.5, column)
                for column, role in roles.items() if role == REMARK]
    if chinese and min(chinese)[0] < 0:
        at[LABEL] = min(chinese)[1]
    for column, role in roles.items():
        if role not in (NAME, LABEL, EITHER, OTHER) and column not in at.values():
            at.setdefault(role, column)
    return at


def _share(rows: Sequence[Sequence[str]], column: int, pattern: re.Pattern[str], *, whole: bool = True) -> float:
    """The share of cells below a heading that look so."""
    cells = [row[column].strip() for row in rows if column < len(row) and row[column].strip()]
    fits = sum(bool(pattern.fullmatch(cell) if whole else pattern.search(cell)) for cell in cells)
    return fits / len(cells) if cells else 0.0


def _records(grid: TextGrid, blocks: Sequence[_Block], file: str, default: str) -> list[RecordSketch]:
    made: list[RecordSketch] = []
    for block in blocks:
        groups: dict[str, list[FieldSketch]] = {}
        titles: dict[str, str] = {}
        said = _title(grid, block)
        own_name, own_title = _named(said, grid.name, default, alone=len(blocks) == 1)
        for row in grid.rows[block.first:block.end]:
            sketch = _field(row, block.at)
            if sketch is None:
                continue
            table = _cell(row, block.at, TABLE)
            name = next((word for word in _INSIDE.findall(table) if not role_of(word)), own_name)
            groups.setdefault(name, []).append(sketch)
            titles.setdefault(name, _cell(row, block.at, TABLE_LABEL) or _chinese_of(table) or own_title)
        place = Place(f"{file}[{grid.name}]" if grid.name else file, block.first + 1)
        for name, fields in groups.items():
            once = {one.name.casefold(): one for one in reversed(fields)}
            kept = tuple(one for one in fields if once.get(one.name.casefold()) is one)
            made.append(RecordSketch(_free(name, made), titles[name], kept, place))
    return made


def _free(name: str, made: Sequence[RecordSketch]) -> str:
    """A name no record has yet, where two tables stand under one."""
    taken = {record.name for record in made}
    number, free = 2, name
    while free in taken:
        free = f"{name}_{number}"
        number += 1
    return free


def _field(row: Sequence[str], at: Mapping[str, int]) -> FieldSketch | None:
    name = unicodedata.normalize("NFKC", _cell(row, at, NAME)).strip()
    if not IDENTIFIER.fullmatch(name):
        return None
    kind, length = _cell(row, at, TYPE), _cell(row, at, LENGTH)
    if length and length not in ("-", "0") and "(" not in kind and "（" not in kind:
        kind = f"{kind}({length})"
    remark = _cell(row, at, REMARK)
    label = _cell(row, at, LABEL)
    needed = _cell(row, at, REQUIRED)
    empty = _cell(row, at, OPTIONAL)
    required = _plain(needed) in _YES or (bool(empty) and _plain(empty) in _NO)
    values = code_values(remark) or code_values(label)
    return FieldSketch(name, _first_line(label), kind, required, " ".join(remark.split()), values)


def _first_line(label: str) -> str:
    return " ".join(label.split())


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


def _cell(row: Sequence[str], at: Mapping[str, int], role: str) -> str:
    column = at.get(role, -1)
    return row[column].strip() if 0 <= column < len(row) else ""


def _title(grid: TextGrid, block: _Block) -> str:
    """The texts just above a header: `表 3 受理信息（EX_GDBS_SL）`."""
    found: list[str] = []
    for row in reversed(grid.rows[max(block.head - _TITLE_ROWS, 0):block.head]):
        texts = list(dict.fromkeys(cell.strip() for cell in row if cell.strip()))
        if not texts:
            if found:
                break
            continue
        if len(texts) > 4 or _is_field_row(row, block.at):
            break
        found[:0] = texts
    return " ".join(found or grid.above[-2:])


def _is_field_row(row: Sequence[str], at: Mapping[str, int]) -> bool:
    return bool(IDENTIFIER.fullmatch(_cell(row, at, NAME))) and len({cell for cell in row if cell}) > 2


def _named(said: str, sheet: str, default: str, *, alone: bool) -> tuple[str, str]:
    """The record's native name and its title, from what stands above it, else from the sheet's name. What stands
    above the one table of a sheet is often about the whole document: a Chinese name of the sheet then says more."""
    for text in (said, sheet):
        words = [word for word in _INSIDE.findall(text) if not role_of(word) and word.casefold() not in ("sheet", "table", "xml")]
        if words and not re.fullmatch(r"(?i)sheet\d*", text.strip()):
            best = max(words, key=lambda word: ("_" in word, len(word)))
            return best, _chinese_of(text) or _chinese_of(sheet)
    texts = (sheet, said) if alone else (said, sheet)
    return default, next((title for text in texts if (title := _chinese_of(text)) and _CHINESE.search(title)), "")


def _chinese_of(text: str) -> str:
    """The Chinese words of a heading, without its numbering and 表名."""
    plain = re.sub(r"表\s*\d[\d.-]*|表名称?[:：]?|英文名称?[:：]?|中文名称?[:：]?|[\d.、:：（）()《》【】\[\]\s_A-Za-z-]+", " ", text)
    return " ".join(dict.fromkeys(plain.split()))

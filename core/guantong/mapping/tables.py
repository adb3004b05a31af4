"""Code tables: canonical word ↔ native value, inline in a rule or a file of the dialect, each row with the days
it is in force."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from guantong.mapping.codes import AMBIGUOUS_CODE, ENDS_BEFORE, NOT_A_DAY, NOT_READ_WHY, OVERLAP
from guantong.mapping.declaration import ROW
from guantong.mapping.eras import code_table, days_of, overlap, shared
from guantong.mapping.rules import CodeRow, CodeTable
from guantong.model import CodeList
from guantong.model.codes import UNKNOWN_REFERENCE
from guantong.model.declaration import entries, place_of, read_table, suggestion, word, words, wrong_shape
from guantong.problems import Place, Problem
from guantong.yamlfile import Items, Node, Table, Text

BOOLEAN_WORDS = CodeList("boolean", "是否", "true or false", {"true": ("是", "true"), "false": ("否", "false")})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class _Spots:
    """Of each row, known by its place: the path to it, and where each of its native texts stands."""

    paths: dict[Place, str] = field(default_factory=dict)
    natives: dict[tuple[Place, str], Place] = field(default_factory=dict)


def read_code_table(
    name: str, node: Node, known: CodeList | None, problems: list[Problem], *, inward: bool, path: str
) -> CodeTable:
    """The table of *node*: `canonical: native`, `[written, also read, …]`, a row with its days or several.

    *known* holds its canonical words to the model's list. Two rows of a word in force on one day are a problem;
    so is, where it is read (*inward*), one native value standing for two words on one day.
    """
    rows: list[CodeRow] = []
    spots = _Spots()
    if not isinstance(node, Table):
        problems.append(wrong_shape(node, "table", path))
    for canonical, place, value in entries(node):
        where = f"{path}.{canonical}"
        if known is not None and canonical not in known.words:
            problems.append(_unknown_word(canonical, place, known.words, where))
            continue
        mine = list(_rows(canonical, place, value, problems, spots, where))
        problems.extend(_overlaps(mine, spots))
        rows += mine
    if inward:
        rows = _told_apart(rows, problems, spots)
    return code_table(name, rows)


def _rows(
    canonical: str, place: Place, node: Node, problems: list[Problem], spots: _Spots, path: str
) -> Iterator[CodeRow]:
    """The rows of one word."""
    if isinstance(node, Items) and any(isinstance(item, Table) for item in node.items):
        for order, item in enumerate(node.items):
            yield from _row(canonical, item, problems, spots, f"{path}[{order}]")
    elif isinstance(node, Table):
        yield from _row(canonical, node, problems, spots, path)
    elif natives := words(node):
        _remember(spots, place, path, natives)
        yield CodeRow(canonical, natives[0].value, tuple(text.value for text in natives[1:]), place=place)
    else:
        problems.append(wrong_shape(node, "texts", path))


def _row(canonical: str, node: Node, problems: list[Problem], spots: _Spots, path: str) -> Iterator[CodeRow]:
    found = read_table(node, ROW, problems, path)
    if "value" not in found:
        return
    natives = (*words(found["value"]), *words(found.get("also")))
    _remember(spots, node.place, path, natives)
    days = [_day(found.get(key), problems, f"{path}.{key}") for key in ("from", "until")]
    if None in days:
        return
    row = CodeRow(
        canonical, natives[0].value, tuple(text.value for text in natives[1:]),
        read=word(found.get("read"), "true") == "true", since=days[0] or "", until=days[1] or "",
        why=word(found.get("why")), place=node.place,
    )
    if row.since and row.until and row.until < row.since:
        details = {"since": row.since, "until": row.until}
        problems.append(Problem(ENDS_BEFORE, place_of(found["until"]), f"{path}.until", details))
        return
    if not row.read and not row.why:
        details = {"word": canonical, "native": row.value}
        problems.append(Problem(NOT_READ_WHY, node.place, path, details))
    yield row


def _remember(spots: _Spots, place: Place, path: str, natives: Sequence[Text]) -> None:
    spots.paths[place] = path
    spots.natives.update(((place, text.value), text.place) for text in reversed(natives))


def _day(node: Node | None, problems: list[Problem], path: str) -> str | None:
    """The day written, "" where there is none, None where it is no day."""
    if not isinstance(node, Text):
        return ""
    try:
        if _DAY.fullmatch(node.value) and date.fromisoformat(node.value):
            return node.value
    except ValueError:
        pass  # told below, as any other text that is no day
    problems.append(Problem(NOT_A_DAY, node.place, path, {"came": node.value}))
    return None


def _overlaps(rows: Sequence[CodeRow], spots: _Spots) -> Iterator[Problem]:
    """Rows of one word that are in force on the same day, each told with one before it."""
    for order, row in enumerate(rows):
        for other in rows[:order]:
            days = overlap(row, other)
            if days is not None:
                when, when_zh = days_of(*days)
                details = {"word": row.word, "when": when, "when_zh": when_zh, "line": other.place.line}
                yield Problem(OVERLAP, row.place, spots.paths[row.place], details)
                break


def _told_apart(rows: Sequence[CodeRow], problems: list[Problem], spots: _Spots) -> list[CodeRow]:
    """The rows without those spellings that another word claims on the same day."""
    kept: list[CodeRow] = []
    for row in rows:
        lost: set[str] = set()
        for other in kept:
            days = overlap(row, other) if other.word != row.word else None
            for native in shared(row, other) if days is not None else ():
                if native not in lost and days is not None:
                    dated = days != ("", "")
                    when, when_zh = days_of(*days) if dated else ("", "")
                    details = {"native": native, "first": other.word, "second": row.word,
                               "when": f" {when}" if dated else "", "when_zh": f"{when_zh} " if dated else ""}
                    problems.append(Problem(AMBIGUOUS_CODE, spots.natives[row.place, native], spots.paths[row.place], details))
                    lost.add(native)
        also = tuple(native for native in row.also if native not in lost)
        kept.append(replace(row, also=also, read=row.read and row.value not in lost) if lost else row)
    return kept


def _unknown_word(came: str, place: Place, known: Mapping[str, object], path: str) -> Problem:
    details = {"what": "canonical word", "what_zh": "标准词", "came": came, **suggestion(came, known)}
    return Problem(UNKNOWN_REFERENCE, place, path, details)

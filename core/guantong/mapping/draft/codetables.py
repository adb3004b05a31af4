"""Code tables for a draft: from the meanings the vendor gave, or copied from the dialect that knows the field."""

from __future__ import annotations

from dataclasses import dataclass

from guantong.mapping.draft.evidence import FAMILY, fold_label, fold_words
from guantong.mapping.draft.schema import FieldSketch
from guantong.mapping.rules import CodeTable
from guantong.model import CodeList


@dataclass(frozen=True, slots=True)
class TableSketch:
    """One code table: its file's name, the canonical list, `rows` of canonical word, native values and their
    meaning; the vendor's codes that match no word; where it comes from."""

    name: str
    listed: str
    title: tuple[str, str]
    rows: tuple[tuple[str, tuple[str, ...], str], ...]
    unmatched: tuple[tuple[str, str], ...] = ()
    copied: bool = False


def code_table(
    listed: CodeList, one: FieldSketch, known: CodeTable | None, tables: dict[str, TableSketch]
) -> TableSketch | None:
    """The table for a field, kept in *tables* (one that says the same is used again); None where nothing is
    known of its codes."""
    made = _told(listed, one) or _copied(listed, known)
    if made is None:
        return None
    number, name = 1, listed.name
    while name in tables and (tables[name].rows, tables[name].unmatched) != (made.rows, made.unmatched):
        number += 1
        name = f"{listed.name}.{number}"
    kept = TableSketch(name, made.listed, made.title, made.rows, made.unmatched, made.copied)
    return tables.setdefault(name, kept)


def _told(listed: CodeList, one: FieldSketch) -> TableSketch | None:
    """From the vendor's own words: a code belongs to the canonical word whose label says the same."""
    rows: dict[str, tuple[list[str], str]] = {}
    rest: list[tuple[str, str]] = []
    for code, meaning in one.values:
        word = _word(listed, meaning)
        if word is None or (word in rows and code in rows[word][0]):
            rest.append((code, meaning))
        else:
            rows.setdefault(word, ([], meaning))[0].append(code)
    if not rows:
        return None
    made = tuple((word, tuple(natives), said) for word, (natives, said) in rows.items())
    return TableSketch(listed.name, listed.name, (listed.title_zh, listed.title_en), made, tuple(rest))


def _word(listed: CodeList, meaning: str) -> str | None:
    """The one word of the list that means it: the same label, or the only one that contains it or is
    contained."""
    said = fold_label(meaning)
    plain = fold_words(meaning)
    alike = [word for word, (_, en) in listed.words.items() if plain and plain in (fold_words(word), fold_words(en))]
    if len(alike) == 1:
        return alike[0]
    labels = {word: fold_label(zh) for word, (zh, _) in listed.words.items()}
    same = [word for word, label in labels.items() if label == said]
    close = [word for word, label in labels.items() if len(said) > 1 and len(label) > 1 and (
        label.startswith(said) or said.startswith(label) or label.endswith(said) or said.endswith(label))]
    negated = [word for word in close if ("不" in labels[word]) == ("不" in said)]
    return same[0] if len(same) == 1 else negated[0] if not same and len(negated) == 1 else None


def _copied(listed: CodeList, known: CodeTable | None) -> TableSketch | None:
    """The table of the dialect that reads the field under the same name."""
    if known is None or not known.written:
        return None
    rows = tuple(
        (word, (native, *(also for also, meant in known.also.items() if meant == word)),
         listed.words.get(word, (word, ""))[0])
        for word, native in known.written.items()
    )
    return TableSketch(listed.name, listed.name, (listed.title_zh, f"{listed.title_en} (as in {FAMILY})"), rows, copied=True)

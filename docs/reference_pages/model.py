"""model.md and codes.md: the canonical events, their fields and code lists, from mappings/canonical."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from guantong.model import EventModel, Field, Model, load_model
from guantong.problems import ProblemsError
from guantong.starter import starter
from reference_pages.text import code, page, table


@cache
def _model() -> Model:
    model, problems = load_model(starter("mappings") / "canonical")
    if problems:
        raise ProblemsError(problems)
    return model


def _type(field: Field) -> str:
    return f"[{field.codes}](codes.md#{anchor(field.codes)})" if field.codes else field.type


def anchor(heading: str) -> str:
    """The anchor a Markdown renderer gives to *heading*."""
    return "".join(letter for letter in heading.lower() if letter.isalnum() or letter in "-_")


def _rows(fields: dict[str, Field], before: str = "") -> Iterator[tuple[str, str, str, str, str]]:
    for path, field in fields.items():
        personal = "" if field.personal == "none" else f"{field.personal}, masked {field.mask}"
        marks = ", ".join(mark for mark in ("required" if field.required else "", personal) if mark)
        yield code(before + path), f"{field.label_zh} · {field.label_en}", _type(field), marks, field.standard
        yield from _rows(dict(field.fields), f"{before}{path}[].")


def _event(event: EventModel) -> str:
    identity = ", ".join(code(path) for path in event.identity) or "none beyond subject, event and version"
    head = f"## {event.name}\n\n{event.title_zh} · {event.title_en}\n\n"
    return (
        f"{head}Subject: {event.subject}. Identity: {identity}.\n\n"
        + table(("path", "名称 · name", "type", "", "standard"), _rows(dict(event.fields)))
    )


def model_page() -> str:
    """Every canonical event with its fields."""
    model = _model()
    serials = ((code(f"serial.{kind}"), scope) for kind, scope in model.serials.items())
    listing = ((f"[{name}](#{anchor(name)})", event.title_zh, event.title_en) for name, event in model.events.items())
    return page(
        "Canonical events 过程信息",
        "What events mean, whatever system they come from (`mappings/canonical/events`). Values of type `datetime` "
        "carry their offset, `money` is decimal text, a code is one of the words of its list.",
        table(("event", "中文", "English"), listing),
        "## Serials 流水号", "A serial of scope `global` is unique among all systems, one of scope `system` within the "
        "system that minted it.", table(("path", "scope"), serials),
        *(_event(event) for event in model.events.values()),
    )


def codes_page() -> str:
    """Every canonical code list with its words."""
    return page(
        "Code lists 代码表",
        "The canonical words (`mappings/canonical/codes`); each dialect says how it writes them.",
        *(
            f"## {name}\n\n{codes.title_zh} · {codes.title_en}" + (f" ({codes.standard})" if codes.standard else "")
            + "\n\n" + table(("word", "中文", "English"), ((code(word), *labels) for word, labels in codes.words.items()))
            for name, codes in sorted(_model().codes.items())
        ),
    )

"""The shipped mappings against the books: what the sources send, translated in and out, is what the books
ask for, field by field. The same comparison as the demo's, without a hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest
from tests.sites.tables import tree

from guantong.mapping import Dialect, Untranslatable, load_dialects
from guantong.model import load_model
from guantong.plugins import registry
from guantong.record import Fields
from guantong.sites.naming import named
from guantong.starter import starter
from guantong_adapters.files.packages import write_package
from guantong_adapters.rest.county_records import document as rongcheng_document
from guantong_adapters.rest.xmlstr_records import document as puning_document
from guantong_adapters.rest.xmlstr_records import received
from guantong_adapters.simulation.guangdong import TABLES, columns
from guantong_adapters.simulation.ledger import Effect
from guantong_adapters.simulation.story import Act, Story
from guantong_adapters.soap.simulators.cards import document as card_document
from guantong_adapters.soap.simulators.county import document as jiedong_document
from guantong_adapters.table.county_tables import REPLIES
from guantong_plugins.demo.books import Entry, keep_books
from guantong_plugins.demo.books.entry import HALL, SUPERVISION
from guantong_plugins.demo.books.keep import as_sent
from guantong_plugins.demo.compare import compare
from guantong_plugins.demo.stories import make_stories
from guantong_plugins.demo.stories.sites import table

DIALECTS = {HALL: "gd-hall-sites", SUPERVISION: "supervision"}
CONTEXT: Mapping[str, Any] = {"system": {"id": "x", "region": "445200", "name": "x"}, "site": {}}

SITES = tree(table())


@pytest.fixture(scope="module")
def dialects() -> Mapping[str, Dialect]:
    plugged = registry()
    model, problems = load_model(starter("mappings") / "canonical")
    dialects, more = load_dialects(starter("mappings"), model, plugged.codecs, plugged.functions)
    assert [problem.line() for problem in (*problems, *more)] == []
    return dialects


def _sent(story: Story, act: Act) -> tuple[str, bytes, str | None]:
    """The source's dialect, the record as it goes over the wire, and the kind where it stands outside."""
    if act.event == "case.application" and story.channel == "online":
        return "hall-portal", orjson.dumps(columns(act)), TABLES[act.event]
    if act.event in ("alert.raised", "alert.withdrawn"):
        return "supervision", card_document(act).encode("gb18030"), None
    match story.county:
        case "rongcheng":
            return "rongcheng", rongcheng_document(act), None
        case "jiedong":
            return "jiedong", jiedong_document(act).encode("gb18030"), None
        case "puning":
            return "puning", puning_document(act).encode(), None
        case "huilai":
            return "huilai", write_package([act], "惠来县", act.version), None
        case _:
            row = {name: value if value is None else _column(value) for name, value in columns(act, spare=True).items()}
            return "jiexi", orjson.dumps(row), REPLIES if act.event == "alert.reply" else TABLES[act.event]


def _column(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _delivered(dialects: Mapping[str, Dialect], stories: list[Story]) -> Iterator[tuple[str, Effect]]:
    """Every effect the stories have, by system, when nothing is lost and all goes in order."""
    books = keep_books(stories)
    wanted: dict[tuple[str, str, int], list[Entry]] = {}
    for entry in books.entries:
        wanted.setdefault((entry.case, entry.event, entry.version), []).append(entry)
    for story in stories:
        case: dict[str, Any] = {}
        if story.channel == "onsite":
            case["serial.province"] = f"{'7' * 25}{story.number:04d}"
        cards = [act for card in story.cards for act in (card.raised, card.reply, card.withdrawn) if act is not None]
        for act in [*as_sent(story.acts), *cards]:
            if act.quirks.get("dead") == "bad_digest":
                continue  # parked when its content is kept: a mapping reads no content
            name, body, kind = _sent(story, act)
            try:
                (native,) = dialects[name].decode(body, kind)
                (translated,) = dialects[name].inward(native, CONTEXT)
            except Untranslatable:
                assert act.quirks.get("dead") == "bad_code"
                continue
            assert translated.unread == ()
            case |= translated.values
            systems = {entry.system for entry in wanted[story.county_serial, act.event, act.version]}
            for system in systems - ({HALL} if act.quirks.get("dead") == "too_long" else set()):
                dialect = dialects[DIALECTS.get(system, story.county)]
                site = named(SITES, translated.values)
                context = {**CONTEXT, "site": SITES.facts(site.key) if site else {}, "case": case}
                out = dialect.outward(act.event, translated.values, context).native
                written = dialect.encode(out)
                fields = received(written.decode(), out.kind) if system == "puning.approval" else _kept(out.fields)
                if system == HALL and not fields.get("SBLSH"):
                    fields["SBLSH"] = case["serial.province"]  # the hall mints it
                yield system, Effect(act.version, out.kind, (), fields, str(act.version), "", 0, 0)


def _kept(fields: Fields) -> dict[str, str | None]:
    """Fields as a simulated system files them: lists as JSON."""
    return {
        name: value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in fields.items()
    }


@pytest.mark.parametrize("seed", [1, 2014])
def test_the_shipped_mappings_and_the_books_say_the_same(dialects: Mapping[str, Dialect], seed: int) -> None:
    """No field is lost, invented or changed on the way from any source to any target."""
    stories = make_stories(90, seed)
    books = keep_books(stories)
    ledgers: dict[str, list[Effect]] = {}
    for seq, (system, effect) in enumerate(_delivered(dialects, stories)):
        ledgers.setdefault(system, []).append(
            Effect(seq, effect.kind, (str(seq),), effect.fields, effect.version, "", 0, 0)
        )
    result = compare(books, ledgers, books.dead, books.returned)
    assert [str(difference) for difference in result.all()] == []
